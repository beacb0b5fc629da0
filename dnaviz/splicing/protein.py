"""From a spliced mRNA to its protein, and two proteins compared in HGVS's words."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODONS = {"".join(c): a for c, a in zip(product("TCAG", repeat=3), _AMINO_ACIDS, strict=True)}
"""Amino acid of each codon, in one letter; ``*`` stops."""

THREE = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His",
    "I": "Ile", "K": "Lys", "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln",
    "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val", "W": "Trp", "Y": "Tyr", "X": "Xaa",
    "*": "Ter",
}  # fmt: skip

LONGEST_INSERT = 10
"""Most amino acids that a p. description spells out."""


class ProteinChange(NamedTuple):
    """How a protein differs from another.

    Attributes
    ----------
    hgvs : str
        As ``p.(Gly105ArgfsTer12)``; "" where it would be too long to read.
    words : str
        The same in words.
    first : int
        Number of the first amino acid that differs, from 1; 0 where none does.
    """

    hgvs: str
    words: str
    first: int


def translate(mrna: str, start: int = 0) -> str:
    """Return the amino acids from a 0-based start up to and with the first stop codon (``*``).

    Codons with ambiguous bases are X. Without a stop codon all whole codons are translated.
    """
    amino_acids = []
    for i in range(start, len(mrna) - 2, 3):
        amino_acids.append(CODONS.get(mrna[i : i + 3], "X"))
        if amino_acids[-1] == "*":
            break
    return "".join(amino_acids)


def compare_proteins(
    reference: str, alternate: str, *, shifted: bool, early: bool = False
) -> ProteinChange:
    """Describe how a protein differs from the reference.

    Parameters
    ----------
    reference, alternate : str
        As `translate` returns them, from the same start codon.
    shifted : bool
        Whether the alternate is read in another frame behind the first difference.
    early : bool
        Whether its stop codon is another one, before the reference's.
    """
    if reference == alternate:
        return ProteinChange("p.(=)", "the protein is the same", 0)
    first = 0
    while reference[first : first + 1] == alternate[first : first + 1]:
        first += 1
    number = first + 1
    old, new = _three(reference[first : first + 1]), _three(alternate[first : first + 1])
    if not alternate[first:]:
        return ProteinChange("p.?", f"the mRNA ends after codon {first:,} without a stop", number)
    if new == "Ter" and old:
        words = f"a stop instead of {old} at codon {number:,}"
        return ProteinChange(f"p.({old}{number}Ter)", words, number)
    stop = alternate.find("*") - first + 1 if "*" in alternate else 0
    codon, then = f"(codon {first + stop:,})", "no stop codon before the mRNA ends"
    if old == "Ter":
        if stop:
            then = f"{_count(alternate[first:-1])} more, then a stop {codon}"
        words = f"no stop at codon {number:,} ({new} instead): {then}"
        return ProteinChange(
            f"p.(Ter{number}{new}extTer{stop - 1 if stop else '?'})", words, number
        )
    if shifted or not stop:
        if stop:
            then = f"a stop after {stop - 1:,} of them {codon}"
        words = f"from codon {number:,} on other amino acids ({old} becomes {new}) and {then}"
        hgvs = f"p.({old}{number}{new}fsTer{stop or '?'})" if shifted else "p.?"
        return ProteinChange(hgvs, words, number)
    return _in_frame(reference, alternate, first, early)


def _in_frame(reference: str, alternate: str, first: int, early: bool) -> ProteinChange:
    """Describe a stretch of amino acids that is replaced by another, the frame being kept."""
    behind = 0
    most = min(len(reference), len(alternate)) - first
    while behind < most and reference[-1 - behind] == alternate[-1 - behind]:
        behind += 1
    if early or (behind < 2 and alternate[-1:] == "*" and len(alternate) < len(reference)):
        count = len(alternate) - first - 1
        words = (
            f"from codon {first + 1:,} on {count:,} other amino acid{'s' * (count != 1)}, then "
            f"a stop (codon {len(alternate):,})"
        )
        return ProteinChange("", words, first + 1)
    deleted = reference[first : len(reference) - behind]
    put = alternate[first : len(alternate) - behind]
    span = _span(deleted, first)
    if len(deleted) == len(put) == 1:
        hgvs = f"{span}{_three(put)}"
        words = f"{_three(deleted)} becomes {_three(put)} at codon {first + 1:,}"
    elif not put:
        hgvs, words = f"{span}del", f"{_count(deleted)} missing ({_codons(first, deleted)})"
    elif not deleted:
        again = reference[max(0, first - len(put)) : first]
        if again == put:
            return ProteinChange(
                f"p.({_span(again, first - len(again))}dup)",
                f"{_count(put)} twice ({_codons(first - len(again), again)})", first + 1,
            )  # fmt: skip
        before = _three(reference[first - 1]) + str(first)
        after = _three(reference[first]) + str(first + 1)
        hgvs = f"{before}_{after}ins{_three(put)}"
        words = f"{_count(put)} more after codon {first:,}"
    else:
        hgvs = f"{span}delins{_three(put)}"
        words = f"{_count(deleted)} ({_codons(first, deleted)}) replaced by {len(put):,}"
    stop = put.find("*")
    if stop >= 0:
        words += f", with a stop at codon {first + stop + 1:,}"
    return ProteinChange(f"p.({hgvs})" if len(put) <= LONGEST_INSERT else "", words, first + 1)


def _span(deleted: str, first: int) -> str:
    if not deleted:
        return ""
    one = f"{_three(deleted[0])}{first + 1}"
    return one if len(deleted) == 1 else f"{one}_{_three(deleted[-1])}{first + len(deleted)}"


def _codons(first: int, deleted: str) -> str:
    if len(deleted) == 1:
        return f"codon {first + 1:,}"
    return f"codons {first + 1:,} to {first + len(deleted):,}"


def _count(amino_acids: str) -> str:
    return f"{len(amino_acids):,} amino acid{'s' * (len(amino_acids) != 1)}"


def _three(amino_acids: str) -> str:
    return "".join(THREE[a] for a in amino_acids)
