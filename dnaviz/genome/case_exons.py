"""Exons that a record shows in upper case, its introns in lower case; told from masked repeats."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dnaviz.genome.consensus import consensus
from dnaviz.genome.transcript_model import TranscriptModel, record_structures
from dnaviz.sequences import Sequence, reverse_complement, upper_case_regions

CASE_NAME = "upper case"
"""Name of the structure that a record's case gives."""

INTRON_ENDS = {("GT", "AG"), ("GC", "AG"), ("AT", "AC")}
"""First and last two bases of introns: all but one in a thousand of the human genome's."""

MIN_BITS = 4.0
"""Consensus score per border that weak evidence needs: 94 % of human donors and 92 % of acceptors
have it, and one in seven of all GT and AG."""


class _Border(NamedTuple):
    position: int  # 1-based in the sense of the strand: first or last base of the lower case
    site: Literal["donor", "acceptor"]
    reads: str  # the two bases of the intron there, in upper case


def case_transcript_model(sequence: Sequence, *, insist: bool = False) -> TranscriptModel | None:
    """Read upper case as exons where its borders read as splice sites on one strand.

    Lower case is also how masked repeats, primers and single bases are marked. It is an intron
    here only where every stretch between two upper-case ones begins with GT and ends with AG on
    the same strand. GC-AG and AT-AC introns count beside a GT-AG one. Lower case at either end of
    the record may be an intron that goes on outside it, or flank. Where a single border, or an
    intron against the word of an end, is all there is, the consensus has to agree as well.

    Parameters
    ----------
    sequence : Sequence
        Case as in the text that was read.
    insist : bool
        Take upper case for exons whatever the borders read: on the strand on which more of them
        read as splice sites, else the forward one.

    Returns
    -------
    TranscriptModel or None
        Named `CASE_NAME`, with the strand that the borders tell; None where the record has one
        case, or its case is no annotation.
    """
    exons = upper_case_regions(sequence)
    if not exons:
        return None
    for strand in "+-":
        introns = _introns(sequence, exons, strand)
        if introns is not None:
            return TranscriptModel(CASE_NAME, strand, exons, introns)
    if not insist:
        return None
    strand = max("+-", key=lambda s: _sites_read(sequence, exons, s))
    return TranscriptModel(CASE_NAME, strand, exons, _lower_case(sequence, exons))


def known_structures(sequence: Sequence) -> list[TranscriptModel]:
    """Return the transcripts that a record shows: of its own annotation, else by its case.

    Annotation that does not tell how the record is spliced leaves that to its case.
    """
    own = record_structures(sequence)
    is_told = any(one.tells_splicing(len(sequence)) for one in own)
    case = None if is_told else case_transcript_model(sequence)
    return [*own, *([case] if case else [])]


def _lower_case(sequence: Sequence, exons: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches beside the exons; at the record's ends they go on outside it."""
    ends = [0, *(end + 1 for _, end in exons)]
    starts = [*(start - 1 for start, _ in exons), len(sequence) + 1]
    introns = [(s, e) for s, e in zip(ends, starts, strict=True) if e >= max(s, 1)]
    return [(s, e) for s, e in introns if s <= len(sequence)]


def _borders(sequence: Sequence, start: int, end: int, strand: str) -> list[_Border]:
    """The borders within the record of a stretch of lower case, in the sense of a strand."""
    length, bases = len(sequence), str(sequence)
    if strand == "-":
        bases = reverse_complement(bases)
        start, end = length + 1 - end, length + 1 - start
    borders = []
    if start >= 1:
        borders.append(_Border(start, "donor", bases[start - 1 : min(start + 1, end)]))
    if end <= length:
        borders.append(_Border(end, "acceptor", bases[max(end - 2, start - 1, 0) : end]))
    return borders


def _introns(
    sequence: Sequence, exons: list[tuple[int, int]], strand: str
) -> list[tuple[int, int]] | None:
    """The introns on a strand; None where the case is no annotation on it."""
    kept, borders, contradicted, common = [], [], False, False
    for start, end in _lower_case(sequence, exons):
        ends = _borders(sequence, start, end, strand)
        reads = tuple(border.reads for border in ends)
        if len(ends) == 2:
            if reads not in INTRON_ENDS:
                return None
        elif reads[0] != {"donor": "GT", "acceptor": "AG"}[ends[0].site]:
            contradicted = True  # the flank of a gene, unless nothing else speaks for exons
            continue
        common = common or reads in (("GT", "AG"), ("GT",), ("AG",))
        kept.append((start, end))
        borders += ends
    if not common or (contradicted and len(borders) < 2):
        return None
    if (contradicted or len(borders) == 1) and not _agrees(sequence, borders, strand):
        return None
    return kept


def _agrees(sequence: Sequence, borders: list[_Border], strand: str) -> bool:
    """Whether the borders look like human splice sites, on average."""
    length, score_at = len(sequence), consensus().score_at
    places = [b.position if strand == "+" else length + 1 - b.position for b in borders]
    scores = [
        score_at(sequence, place, strand, b.site) for place, b in zip(places, borders, strict=True)
    ]
    return sum(scores) >= MIN_BITS * len(scores)


def _sites_read(sequence: Sequence, exons: list[tuple[int, int]], strand: str) -> int:
    dinucleotides = {"donor": "GT", "acceptor": "AG"}
    return sum(
        border.reads == dinucleotides[border.site]
        for start, end in _lower_case(sequence, exons)
        for border in _borders(sequence, start, end, strand)
    )
