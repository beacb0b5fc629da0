"""What the reconstruction says is worth seeing, before there is a sequence."""

from __future__ import annotations

from typing import Any

from dnaviz.panels.common.base import Panel
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.common.terms import term_html
from dnaviz.panels.common.welcome import Way, Welcome

HEAD = (
    "<div>Human DNA comes back without an error nearly always: that 256 numbers hold a sequence "
    f"is the point of a {term_html('latent')}, and tells little by itself. Worth seeing is where "
    "that ends:</div>"
)
WAYS = (
    Way(
        "Where is it in doubt?",
        "Below the letters stands how sure the decoder is of each base. Paste something that is "
        "not human, a long repeat or a run of N, and compare.",
        "Open LDLR exon 4",
        "LDLR exon 4",
    ),
    Way(
        "What does one base move?",
        "Write an edit, as 101G>A: how far the latent moves, where the sequence goes on the map, "
        "and what the classifier makes of it.",
        "Open STK11 exon 5",
        "STK11 exon 5",
    ),
    Way(
        "What lies between two?",
        "Interpolate to another sequence, or move along one direction, and read what is written "
        "on the way; then see what fails first when the latent is blurred.",
        "Open INSR exon 11",
        "INSR exon 11",
    ),
)


def welcome(panel: Panel[Any], given: SequenceInput) -> Welcome:
    """Return the card that says what to look at."""
    return Welcome(panel, given, WAYS, title="What is worth seeing", head=HEAD)
