"""Possible mRNAs of a sequence: their exons joined, their protein, and whether NMD awaits them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from dnaviz.genome.transcript_parts import MIN_INTRON
from dnaviz.splicing.protein import ProteinChange, compare_proteins, translate

NMD_DISTANCE = 50
"""A stop codon this far (nt) before the last exon junction, or farther, lets the mRNA decay."""

Cut = tuple[int, int]
"""An exon, 0-based and half-open, in the sense of the transcript."""


class Reading(NamedTuple):
    """What a ribosome makes of an mRNA.

    Attributes
    ----------
    start, stop : int
        0-based index in the mRNA of the start codon, and of the first base behind the stop codon;
        stop is -1 where the mRNA ends without one.
    protein : str
        Amino acids in one letter, with the ``*`` of the stop.
    end : int
        0-based index in the mRNA of the first base behind the coding sequence that is known of the
        transcript; -1 where its last base is not in the mRNA.
    """

    start: int
    stop: int
    protein: str
    end: int


class Product(NamedTuple):
    """A possible mRNA.

    Attributes
    ----------
    exons : tuple of (start, end)
        0-based, half-open, in the sense of the transcript, on the sequence it is made of.
    mrna : str
        DNA codes.
    reading : Reading or None
        None where no coding sequence is known, or its start codon is not in the mRNA.
    """

    exons: tuple[Cut, ...]
    mrna: str
    reading: Reading | None


class CodingEffect(NamedTuple):
    """What a product's coding sequence is, compared with the reference's.

    Attributes
    ----------
    frame : str
        "kept", "shifted", "outside" (the coding sequence is as it was), "start lost" or "unknown".
    stop_codon : int
        Number of the codon that stops, where that is another stop than the reference's; else 0.
    nmd : bool or None
        Whether nonsense-mediated decay is expected; None where it cannot be told.
    nmd_reason : str
        A sentence.
    change : ProteinChange or None
    """

    frame: str
    stop_codon: int
    nmd: bool | None
    nmd_reason: str
    change: ProteinChange | None


UNKNOWN = CodingEffect("unknown", 0, None, "No coding sequence is known.", None)


def make_product(bases: str, exons: tuple[Cut, ...], cds: Cut | None) -> Product:
    """Join exons to an mRNA and read it.

    Parameters
    ----------
    bases : str
        In the sense of the transcript.
    exons : tuple of (start, end)
        0-based, half-open, ascending, within `bases`.
    cds : (start, end) or None
        The coding sequence, 0-based and half-open in `bases`, stop codon included; it ends at 0
        where its last base is lost.
    """
    mrna = "".join(bases[s:e] for s, e in exons)
    at, last = (None, None) if cds is None else (_index(exons, cds[0]), _index(exons, cds[1] - 1))
    if at is None:
        return Product(exons, mrna, None)
    protein = translate(mrna, at)
    stop = at + 3 * len(protein) if protein.endswith("*") else -1
    return Product(exons, mrna, Reading(at, stop, protein, -1 if last is None else last + 1))


def junctions(product: Product) -> list[int]:
    """Return the indices in the mRNA at which introns were, not gaps of the annotation."""
    positions, at = [], 0
    for (start, end), (following, _) in pairwise(product.exons):
        at += end - start
        if following - end >= MIN_INTRON:
            positions.append(at)
    return positions


def decays(product: Product) -> tuple[bool, str]:
    """Say whether nonsense-mediated decay is expected of an mRNA by the 50-nt rule, and why."""
    reading, ends = product.reading, junctions(product)
    if reading is None or reading.stop < 0:
        return False, "There is no stop codon that the rule could be asked of."
    if not ends:
        return False, "The mRNA has no exon junction."
    distance = ends[-1] - reading.stop
    if distance < 0:
        return False, "The stop codon lies in the last exon."
    where = f"The stop codon ends {distance:,} nt before the last exon junction"
    if distance > NMD_DISTANCE:
        return True, f"{where}: more than {NMD_DISTANCE}."
    return False, f"{where}: no more than {NMD_DISTANCE}."


def coding_effect(reference: Product, alternate: Product) -> CodingEffect:
    """Compare what two mRNAs code for.

    Parameters
    ----------
    reference : Product
        The mRNA without the change.
    alternate : Product
        A possible one with it.
    """
    usual = reference.reading
    if usual is None or usual.stop < 0:
        return UNKNOWN
    made = alternate.reading
    if made is None or made.protein[:1] != usual.protein[:1]:
        return CodingEffect(
            "start lost", 0, None, "The start codon is lost: where reading begins is not known.",
            ProteinChange("p.?", "the start codon is lost", 1),
        )  # fmt: skip
    before = reference.mrna[usual.start : usual.stop]
    after = alternate.mrna[made.start : made.stop] if made.stop >= 0 else ""
    if before == after:
        return CodingEffect(
            "outside", 0, *_decay(reference, alternate, same_stop=True),
            compare_proteins(usual.protein, made.protein, shifted=False),
        )  # fmt: skip
    # The frame is kept where the reference's end of the coding sequence is met again, in frame;
    # where the mRNA lacks it, lengths tell.
    end = made.end if made.end >= 0 else len(alternate.mrna) - len(reference.mrna) + usual.stop
    shifted = bool((end - made.start) % 3)
    same_stop = made.stop == made.end
    early = 0 <= made.stop < made.end
    change = compare_proteins(usual.protein, made.protein, shifted=shifted, early=early)
    stop = 0 if same_stop or made.stop < 0 else len(made.protein)
    return CodingEffect(
        "shifted" if shifted else "kept", stop, *_decay(reference, alternate, same_stop), change
    )


def _decay(reference: Product, alternate: Product, same_stop: bool) -> tuple[bool | None, str]:
    """Say whether decay is expected of the alternate that is not of the reference."""
    made = alternate.reading
    if made is None or made.stop < 0:
        return None, "The mRNA has no stop codon in this frame: it may decay for that."
    expected, why = decays(alternate)
    if expected and decays(reference)[0]:
        return None, "The rule expects decay of the usual mRNA, too, so it says nothing here."
    if same_stop and not expected:
        return False, "The stop codon is the usual one."
    return expected, why


def _index(exons: tuple[Cut, ...], position: int) -> int | None:
    """Return where in the mRNA a base is; None if no exon has it."""
    at = 0
    for start, end in exons:
        if start <= position < end:
            return at + position - start
        at += end - start
    return None
