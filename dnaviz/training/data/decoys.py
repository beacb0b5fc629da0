"""GT and AG dinucleotides that no annotated transcript splices at."""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dnaviz.genome.annotation import Transcript
from dnaviz.genome.fasta import STRANDS

CONTEXTS = ("exon", "intron", "intergenic")
DECOYS = {"donor": "GT decoy", "acceptor": "AG decoy"}
_BETWEEN, _ANTISENSE, _INTRON, _EXON = range(4)
_CONTEXT_CODE = {"exon": _EXON, "intron": _INTRON, "intergenic": _BETWEEN}

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def dinucleotides(bases: str, site: str, strand: str) -> Positions:
    """Find where a strand reads GT (`site` donor) or AG (`site` acceptor).

    Returns
    -------
    numpy.ndarray
        1-based forward positions, ascending: of the G of GT, and of the G of AG.
    """
    codes = np.frombuffer(bases.encode("ascii"), dtype=np.uint8)
    # GT reads AC on the other strand and AG reads CT, the G being the C.
    forward, offset = {
        ("donor", "+"): (b"GT", 1),
        ("acceptor", "+"): (b"AG", 2),
        ("donor", "-"): (b"AC", 2),
        ("acceptor", "-"): (b"CT", 1),
    }[site, strand]
    hits = (codes[:-1] == forward[0]) & (codes[1:] == forward[1])
    return np.flatnonzero(hits) + offset


def contexts(length: int, transcripts: Iterable[Transcript], strand: str) -> Bytes:
    """Label each base of a chromosome as exon, intron, antisense or intergenic for one strand.

    An exon of any transcript of the strand is exon, the rest of its transcripts intron; what
    only transcripts of the other strand cover is neither (antisense); the rest is intergenic.

    Returns
    -------
    numpy.ndarray
        One code a base, shape (length,).
    """
    paint = np.full(length, _BETWEEN, dtype=np.uint8)
    both = list(transcripts)
    own = [t for t in both if t.strand == strand]
    other = [t for t in both if t.strand != strand]
    for code, group in ((_ANTISENSE, other), (_INTRON, own)):
        for t in group:
            paint[t.start - 1 : t.end] = code
    for t in own:
        for start, end in t.exons:
            paint[start - 1 : end] = _EXON
    return paint


def even_split(total: int, available: Sequence[int]) -> list[int]:
    """Split `total` into parts as even as the available numbers allow."""
    dealt = [0] * len(available)
    order = sorted(range(len(available)), key=lambda i: (available[i], i))
    for rank, i in enumerate(order):
        dealt[i] = min(available[i], round((total - sum(dealt)) / (len(order) - rank)))
    return dealt


def sample_decoys(
    chrom: str,
    bases: str,
    transcripts: Sequence[Transcript],
    sites: pd.DataFrame,
    *,
    decoys_per_site: float = 1.0,
    window: int = 200,
    max_n: int = 4,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw decoys of one chromosome, evenly over exons, introns and intergenic sequence.

    The same arguments give the same decoys, whatever other chromosomes a genome has.

    Parameters
    ----------
    chrom, bases
        Name and sequence of the chromosome.
    transcripts, sites
        Its transcripts, and their `dnaviz.genome.sites.sites`.
    decoys_per_site
        GT decoys for each donor, and AG decoys for each acceptor.
    window, max_n
        No decoy is drawn whose window of this length holds more than `max_n` N, or that lies
        so near the chromosome's end that the window leaves it.

    Returns
    -------
    pandas.DataFrame
        Columns chrom, strand, position (1-based), label (``GT decoy``, ``AG decoy``), context.
    """
    unknown = np.flatnonzero(np.frombuffer(bases.encode("ascii"), dtype=np.uint8) == ord("N"))
    paint = {strand: contexts(len(bases), transcripts, strand) for strand in STRANDS}
    tables = []
    for site, label in DECOYS.items():
        pools: dict[str, list[Positions]] = {context: [] for context in CONTEXTS}
        for strand in STRANDS:
            used = sites["position"][(sites["site"] == site) & (sites["strand"] == strand)]
            free = dinucleotides(bases, site, strand)
            free = free[~np.isin(free, used.to_numpy())]
            # The whole window lies on the chromosome, whichever the strand.
            free = free[(free > window // 2) & (free <= len(bases) - window // 2)]
            # One number for place and strand, so that both strands are drawn from one pool.
            for context in CONTEXTS:
                candidates = free[paint[strand][free - 1] == _CONTEXT_CODE[context]]
                counts = [
                    np.searchsorted(unknown, candidates - 1 + s * window // 2) for s in (-1, 1)
                ]
                candidates = candidates[counts[1] - counts[0] <= max_n]
                pools[context].append(2 * candidates + STRANDS.index(strand))
        merged = {context: np.sort(np.concatenate(pools[context])) for context in CONTEXTS}
        total = round(decoys_per_site * int((sites["site"] == site).sum()))
        numbers = even_split(total, [len(merged[context]) for context in CONTEXTS])
        for context, number in zip(CONTEXTS, numbers, strict=True):
            rng = np.random.default_rng([seed, zlib.crc32(f"{chrom} {label} {context}".encode())])
            drawn = np.sort(rng.choice(merged[context], number, replace=False))
            columns = {
                "chrom": chrom,
                "strand": np.array(STRANDS)[drawn % 2],
                "position": drawn // 2,
                "label": label,
                "context": context,
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
