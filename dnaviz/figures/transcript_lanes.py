"""Exons and introns under a track: which lane each transcript takes, and what it is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dnaviz.genome.case_exons import CASE_NAME
from dnaviz.genome.transcript_model import TranscriptModel, clipped
from dnaviz.splicing.annotate import PREDICTED

MOST_LANES = 10
"""Lanes of known transcripts; a gene may have fifty."""

ARROWS = {"+": "→", "-": "←"}


class Lane(NamedTuple):
    """One line of boxes.

    Attributes
    ----------
    label : str
        Untrusted text.
    predicted : bool
    exons : list of (start, end)
        1-based, inclusive, within the record.
    span : (first, last)
        What the line through the boxes connects.
    strand : str
    """

    label: str
    predicted: bool
    exons: list[tuple[int, int]]
    span: tuple[int, int]
    strand: str

    def hints(self) -> list[tuple[float, str]]:
        """Return the middle of every exon with a plain sentence about it."""
        order = self.exons if self.strand == "+" else self.exons[::-1]
        return [
            (
                (start + end) / 2,
                f"exon {number} of {len(order)}: {start:,}-{end:,} ({end - start + 1:,} nt)",
            )
            for number, (start, end) in enumerate(order, 1)
        ]


def transcript_lanes(structures: Iterable[TranscriptModel], length: int) -> tuple[list[Lane], int]:
    """Return the lanes of a record of `length` nt from top to bottom, and how many are left out.

    Predicted structures come first.
    """
    every = list(structures)
    predicted = [s for s in every if s.name == PREDICTED]
    annotated = [s for s in every if s.name != PREDICTED]
    shown = [*predicted, *annotated[:MOST_LANES]]
    drawn = []
    for structure in shown:
        exons = clipped(structure.exons, length)
        parts = [*exons, *clipped(structure.introns, length)]
        span = (min(s for s, _ in parts), max(e for _, e in parts))
        drawn.append(
            Lane(
                _label(structure, len(annotated)),
                structure.name == PREDICTED,
                exons,
                span,
                structure.strand,
            )
        )
    return drawn, len(annotated) - len(annotated[:MOST_LANES])


def _label(structure: TranscriptModel, annotated: int) -> str:
    words = structure.name.split()
    # A lone gene goes by its symbol; of several transcripts the identifier tells them apart.
    lone = len(words) == 2 and annotated == 1 and structure.name != CASE_NAME
    text = words[0] if lone else structure.name
    return f"{text[:28]} {ARROWS[structure.strand]}"
