"""MaxEntScan (Yeo and Burge 2004), the baseline that splice-site models are compared with.

Its tables are not part of dnaviz; a folder that holds ``score5_matrix.txt[.gz]`` and
``score3_matrix.txt[.gz]`` is given by path.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dnaviz.errors import InputError
from dnaviz.io.read import read_lines
from dnaviz.sequences.codes import encode_bases, kmer_index

Scores = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

_BACKGROUND = np.array([0.27, 0.23, 0.23, 0.27])
# Log-odds of the two invariant bases (rows A C G T), taken out of the maximum-entropy tables.
_DONOR_G = np.log2(np.array([0.004, 0.0032, 0.9896, 0.0032]) / _BACKGROUND)
_DONOR_T = np.log2(np.array([0.0034, 0.0039, 0.0042, 0.9884]) / _BACKGROUND)
_ACCEPTOR_A = np.log2(np.array([0.9903, 0.0032, 0.0034, 0.0030]) / _BACKGROUND)
_ACCEPTOR_G = np.log2(np.array([0.0027, 0.0037, 0.9905, 0.0030]) / _BACKGROUND)
# The acceptor's 21 other bases as overlapping pieces: those multiplied, then those divided by.
_PIECES = [(0, 7), (7, 14), (14, 21), (4, 11), (11, 18), (4, 7), (7, 11), (11, 14), (14, 18)]
_MULTIPLIED = 5
# Length of each motif, and the 0-based index in it of the first / last base of the intron.
MODEL_WINDOWS = {"donor": (9, 3), "acceptor": (23, 19)}
_CHUNK = 1 << 20  # positions scored at a time


class MaxEntScan:
    """Log-odds scores of donors and acceptors.

    Parameters
    ----------
    folder
        Where the two tables are.

    Raises
    ------
    InputError
        When a table is missing or incomplete.
    """

    def __init__(self, folder: str | Path) -> None:
        self._donor = _read_donor_table(_find(folder, "score5_matrix.txt"))
        self._acceptor = _read_acceptor_tables(_find(folder, "score3_matrix.txt"))

    def score(self, sequences: Sequence[str], site: str) -> Scores:
        """Score the middle of each sequence as a donor or an acceptor.

        Parameters
        ----------
        sequences
            Windows with the site (first base of the intron, or last) at 0-based ``length // 2``;
            or bare motifs, 9 nt of a donor (3 exon, 6 intron) or 23 of an acceptor (20 intron,
            3 exon).
        site
            ``donor`` or ``acceptor``.

        Returns
        -------
        numpy.ndarray
            Shape (n,), in bits; -inf where the motif is not wholly A, C, G and T.
        """
        length, offset = _motif(site)
        motifs = []
        for bases in sequences:
            start = 0 if len(bases) == length else len(bases) // 2 - offset
            motif = bases[start : start + length] if start >= 0 else ""
            motifs.append(motif.ljust(length, "N"))
        codes = encode_bases("".join(motifs)).reshape(len(motifs), length)
        return self._score(codes, site)

    def scan(self, sequence: str, site: str) -> Scores:
        """Score every position of a sequence, as the first base of an intron or as the last.

        Returns
        -------
        numpy.ndarray
            Shape (len(sequence),), in bits; -inf where the motif leaves the sequence or is not
            wholly A, C, G and T.
        """
        length, offset = _motif(site)
        scores = np.full(len(sequence), -np.inf)
        codes = encode_bases(sequence)
        for start in range(0, len(codes) - length + 1, _CHUNK):
            piece = codes[start : start + _CHUNK + length - 1]
            motifs = np.lib.stride_tricks.sliding_window_view(piece, length)
            scores[start + offset :][: len(motifs)] = self._score(motifs, site)
        return scores

    def score_positions(self, sequences: list[str]) -> list[Scores]:
        """Score every position as donor and as acceptor, (2, L) for each sequence, in bits.

        What cannot be scored is -1000.
        """
        rows = [np.stack([self.scan(bases, site) for site in MODEL_WINDOWS]) for bases in sequences]
        return [np.where(np.isfinite(scores), scores, -1e3) for scores in rows]

    def _score(self, codes: Codes, site: str) -> Scores:
        """Score motifs given as codes 0-3 (4 = unknown), shape (n, length)."""
        valid = (codes < 4).all(axis=1)
        codes = np.minimum(codes, 3)
        if site == "donor":
            rest = np.delete(codes, [3, 4], axis=1)
            table = self._donor[kmer_index(rest, 7)[0][:, 0]]
            scores = _DONOR_G[codes[:, 3]] + _DONOR_T[codes[:, 4]] + table
        else:
            rest = np.delete(codes, [18, 19], axis=1)
            scores = _ACCEPTOR_A[codes[:, 18]] + _ACCEPTOR_G[codes[:, 19]]
            for k, (start, end) in enumerate(_PIECES):
                value = self._acceptor[k][kmer_index(rest[:, start:end], end - start)[0][:, 0]]
                scores += value if k < _MULTIPLIED else -value
        return np.where(valid, scores, -np.inf)


def _motif(site: str) -> tuple[int, int]:
    if site not in MODEL_WINDOWS:
        raise InputError(f"A site is 'donor' or 'acceptor', not {site!r}.")
    return MODEL_WINDOWS[site]


def _find(folder: str | Path, name: str) -> Path:
    for path in (Path(folder) / name, Path(folder) / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{folder} holds no {name} (or {name}.gz), MaxEntScan's table.")


def _rows(path: Path, columns: int) -> list[list[str]]:
    rows = [line.decode("ascii", "replace").split() for line in read_lines(path) if line.strip()]
    if any(len(row) != columns for row in rows):
        raise InputError(f"{path} is not MaxEntScan's table: its lines have not {columns} columns.")
    return rows


def _read_donor_table(path: Path) -> Scores:
    table = np.full(4**7, np.nan)
    for motif, value in _rows(path, 2):
        codes = encode_bases(motif)
        if len(codes) != 7 or codes.max() > 3:
            raise InputError(f"{path} is not MaxEntScan's table: {motif!r} is no 7-mer.")
        table[kmer_index(codes, 7)[0][0]] = float(value)
    return _logarithm(table, path)


def _read_acceptor_tables(path: Path) -> list[Scores]:
    tables = [np.full(4 ** (end - start), np.nan) for start, end in _PIECES]
    for table, index, value in _rows(path, 3):
        try:
            tables[int(table)][int(index)] = float(value)
        except (ValueError, IndexError) as error:
            raise InputError(f"{path} is not MaxEntScan's table of acceptors.") from error
    return [_logarithm(table, path) for table in tables]


def _logarithm(table: Scores, path: Path) -> Scores:
    if not (table > 0).all():
        raise InputError(f"{path} is incomplete: it lacks {int((~(table > 0)).sum())} values.")
    return np.log2(table)
