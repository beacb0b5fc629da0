"""Sequences of nucleotide codes, and the arrays that models read."""

import re
from dataclasses import dataclass, field

import numpy as np

from dnaviz.errors import InputError, check_type
from dnaviz.sequences.characters import describe_invalid_character
from dnaviz.sequences.features import RecordTranscript

BASES = "ACGT"
IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T",
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip

CODES = "".join(IUPAC) + "".join(IUPAC).lower() + "Uu"
_COMPLEMENT = str.maketrans("ACGTURYSWKMBDHVNacgturyswkmbdhvn", "TGCAAYRSWMKVHDBNtgcaayrswmkvhdbn")
_RNA = str.maketrans("Uu", "Tt")
MAX_NAME = 2_000
_NOT_A_CODE = re.compile(rf"[^{CODES}]")


@dataclass(frozen=True, repr=False)
class Sequence:
    """One named sequence of nucleotides.

    Parameters
    ----------
    bases
        IUPAC nucleotide codes; upper and lower case are kept, U and u become T and t.
    name
        First word of the record's header. Untrusted text: escape it before showing it as HTML.
        Characters that do not print, line ends too, become blanks.
    description
        The rest of the header, untrusted as well.
    transcripts
        What the record's own annotation says of exons, introns and coding sequences.
    circular
        Whether the record says that its ends are joined, as a plasmid's are.
    notes
        Sentences on what of the record could not be used. They do not count for equality.

    Raises
    ------
    InputError
        If `bases` holds anything but nucleotide codes.
    """

    bases: str
    name: str = "sequence"
    description: str = ""
    transcripts: tuple[RecordTranscript, ...] = ()
    circular: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        _check_codes(self.bases)
        for words in (self.name, self.description):
            check_type(words, str, "the name or description of a sequence: give it as text")
        object.__setattr__(self, "bases", self.bases.translate(_RNA))
        # Names come from links too, not from headers alone: on one line, of one length.
        object.__setattr__(self, "name", printable(self.name).strip()[:MAX_NAME] or "sequence")
        object.__setattr__(self, "description", printable(self.description).strip()[:MAX_NAME])

    def __len__(self) -> int:
        return len(self.bases)

    def __str__(self) -> str:
        """The bases in upper case."""
        return self.bases.upper()

    def __repr__(self) -> str:
        return f"Sequence({shorten(self.name)}, {len(self):,} nt)"


def upper_case_regions(sequence: Sequence) -> list[tuple[int, int]]:
    """The stretches in upper case of a sequence that mixes cases, else none.

    Many databases print exons in upper and introns in lower case.

    Returns
    -------
    list of (start, end)
        1-based, both ends included.
    """
    regions = [(m.start() + 1, m.end()) for m in re.finditer("[A-Z]+", sequence.bases)]
    return [] if regions == [(1, len(sequence))] else regions


def reverse_complement(bases: str | Sequence) -> str:
    """The other strand, read in its own direction; IUPAC codes and case are kept.

    Raises
    ------
    InputError
        If `bases` holds anything but nucleotide codes.
    """
    bases = bases.bases if isinstance(bases, Sequence) else bases
    _check_codes(bases)
    return bases.translate(_COMPLEMENT)[::-1]


def _mixtures() -> np.ndarray:
    """Rows A, C, G, T; a column for each byte; an ambiguity code is an even mixture."""
    table = np.zeros((4, 256), dtype=np.float32)
    for code, members in {**IUPAC, "U": "T"}.items():
        for base in members:
            for byte in (code, code.lower()):
                table[BASES.index(base), ord(byte)] = 1 / len(members)
    return table


_MIXTURES = _mixtures()


def one_hot(bases: str | Sequence) -> np.ndarray:
    """Bases as an array a model reads.

    Returns
    -------
    numpy.ndarray
        float32 of shape (4, L), rows A, C, G, T. An ambiguity code is the even mixture of its
        bases (N is .25 each), so that every column adds up to 1.

    Raises
    ------
    InputError
        If `bases` holds anything but nucleotide codes.
    """
    bases = bases.bases if isinstance(bases, Sequence) else bases
    _check_codes(bases)
    return _MIXTURES[:, np.frombuffer(bases.encode("ascii"), dtype=np.uint8)]


def centered_one_hot(sequences: list[str], width: int) -> np.ndarray:
    """Bases as an array (n, 4, width) with each sequence's middle in the middle, zeros around it.

    The middle of a sequence is its 0-based base ``L // 2``, that of the array column
    ``width // 2``; what lies beyond the array is cut off.
    """
    canvas = np.zeros((len(sequences), len(BASES), width), np.float32)
    shifts = [width // 2 - len(sequence) // 2 for sequence in sequences]
    visible = [
        sequence[max(-shift, 0) : max(-shift, 0) + width]
        for sequence, shift in zip(sequences, shifts, strict=True)
    ]
    joined, start = one_hot("".join(visible)), 0  # looked up all at once
    for row, bases, shift in zip(canvas, visible, shifts, strict=True):
        at, end = max(shift, 0), start + len(bases)
        row[:, at : at + len(bases)] = joined[:, start:end]
        start = end
    return canvas


def from_one_hot(array: np.ndarray) -> str:
    """The most probable base at each position.

    Parameters
    ----------
    array
        Shape (4, L), rows A, C, G, T: one-hot or any scores. Columns of zeros (padding) are N.
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.shape[0] != 4:
        raise InputError(f"One-hot bases have the shape (4, length), not {array.shape}.")
    codes = np.where(array.any(axis=0), array.argmax(axis=0), 4)
    return np.frombuffer(b"ACGTN", dtype=np.uint8)[codes].tobytes().decode("ascii")


def printable(text: str) -> str:
    """Text with a blank for each character that does not print."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def shorten(text: str, length: int = 40) -> str:
    """Untrusted text for a message: on one line, printable, quoted, at most `length` characters."""
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return '"' + "".join(c if c.isprintable() else "�" for c in shown) + '"'


def _check_codes(bases: str) -> None:
    check_type(bases, str, "a sequence: give its bases as text")
    if strange := _NOT_A_CODE.search(bases):
        raise InputError(
            f"Position {strange.start() + 1}: {describe_invalid_character(strange.group())}."
        )
