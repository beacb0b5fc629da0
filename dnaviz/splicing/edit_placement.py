"""Edits as people type them, placed on a record by what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.case_exons import known_structures
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.hgvs import Located, Locator
from dnaviz.splicing.transcripts import with_start
from dnaviz.splicing.variants import check_known_bases, parse_variants


class PlacedEdits(NamedTuple):
    """Edits of a record, as they were typed.

    Attributes
    ----------
    variants : list of Variant
        In positions of the record.
    notes : tuple of str
        What was assumed to place them, in sentences.
    transcript : str
        Name of the transcript that the last one named was counted in; "" where none was.
    """

    variants: list[Variant]
    notes: tuple[str, ...] = ()
    transcript: str = ""


def annotated(
    record: Sequence,
    structures: Iterable[TranscriptModel] | None = None,
    place: GenomicInterval | None = None,
    assembly: str = "",
    *,
    transcript: str = "",
    coding_start: int = 0,
) -> Locator:
    """Return a record with its transcripts and its place in a genome, to count edits in.

    Parameters
    ----------
    record : Sequence
    structures : iterable of TranscriptModel, optional
        The transcripts known on it; by default those of its own annotation, or of its case.
    place, assembly
        As for `Locator`.
    transcript : str
        The name of the one to count in where an edit names none; by default the first that tells
        how the record is spliced.
    coding_start : int
        1-based position of the first base of the start codon, for that transcript, where its own
        annotation names none; 0 if it is not known.

    Raises
    ------
    InputError
        If there is no such transcript, or no coding sequence can begin at that base.
    """
    given = known_structures(record) if structures is None else structures
    transcripts = sorted(given, key=lambda one: not one.tells_splicing(len(record)))
    if transcript:
        chosen = next((s for s in transcripts if s.name == transcript), None)
        if chosen is None:
            raise InputError(f"There is no transcript {str(transcript)[:60]} on this sequence.")
        transcripts = [chosen, *(s for s in transcripts if s is not chosen)]
    if coding_start:
        if not transcripts:
            raise InputError(
                "A coding sequence needs exons: write them in upper case and introns in lower case."
            )
        if transcripts[0].cds is None:
            transcripts[0] = with_start(transcripts[0], record, coding_start)
    return Locator(record, transcripts, place, assembly)


def place_edits(text: str, locator: Locator) -> PlacedEdits:
    """Read edits in positions of the record, of a transcript or of a genome.

    Raises
    ------
    InputError
        As `dnaviz.splicing.variants.parse_variants` and `Locator.locate`.
    """
    found: list[Located] = []

    def locate(word: str) -> Variant | None:
        one = locator.locate(word)
        found.extend([one] if one else [])
        return one.variant if one else None

    variants = parse_variants(text, locator.record, locate=locate)
    check_known_bases(variants)
    notes = dict.fromkeys(note for one in found for note in one.notes)
    named = [one.structure.name for one in found if one.structure]
    return PlacedEdits(variants, tuple(notes), named[-1] if named else "")
