"""What the cards of the splice inspector show, as it is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dnaviz.attribution import Attribution, Mutagenesis
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.splicing.delta_events import known_strand
from dnaviz.splicing.variant_effect import SpliceEffect

if TYPE_CHECKING:
    from dnaviz.splicing.gel import Gel
    from dnaviz.splicing.prediction import Prediction


class PanelResult(NamedTuple):
    """What the cards show; `mutations` and `edited` are of the edited sequence.

    `effects` are those of the edits on both strands, `known` the known transcripts. `prediction` is
    what the edits do to the mRNA, `gel` its bands, `verdict` how it goes with what was published.
    """

    sequence: Sequence | None
    attribution: Attribution | None
    effects: list[SpliceEffect]
    edited: Attribution | None
    mutations: Mutagenesis | None
    known: list[TranscriptModel] = []  # noqa: RUF012 (never changed)
    prediction: Prediction | None = None
    gel: Gel | None = None
    verdict: str = ""

    @property
    def strand(self) -> str:
        """That of known transcripts, or else "": either may be the gene's."""
        record = self.effects[0].reference if self.effects else self.sequence
        return known_strand(self.known, len(record) if record else 0) or ""
