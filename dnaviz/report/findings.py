"""What a report tells about a sequence, gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from dnaviz.attribution import Attribution, Mutagenesis, attribute, mutagenesis
from dnaviz.genome.case_exons import case_transcript_model
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel, record_structures
from dnaviz.sequences import Sequence
from dnaviz.splicing.scan import Scan, scan

if TYPE_CHECKING:
    from dnaviz.models import Model
    from dnaviz.splicing.variant_effect import SpliceEffect

FLANK = 60
"""Bases on either side of a site that are mutated for a report."""


class SiteFinding(NamedTuple):
    """One explained site.

    Attributes
    ----------
    attribution : Attribution
    mutations : Mutagenesis or None
    neighbors : list of tuple
        Label, gene, place, strand and distance of the most similar known windows, as text.
    """

    attribution: Attribution
    mutations: Mutagenesis | None = None
    neighbors: list[tuple[str, ...]] = []  # noqa: RUF012 (never changed)


class Finding(NamedTuple):
    """One sequence with its sites.

    Attributes
    ----------
    scan : Scan
    known : list of Structure
        Annotated transcripts on it.
    place : Place or None
        Where it lies in a genome.
    sites : list of SiteFinding
        Those that are explained.
    note : str
        A sentence about the sequence.
    effects : list of SpliceEffect
        What edits of the sequence do, on each strand.
    """

    scan: Scan
    known: list[TranscriptModel] = []  # noqa: RUF012 (never changed)
    place: GenomicInterval | None = None
    sites: list[SiteFinding] = []  # noqa: RUF012 (never changed)
    note: str = ""
    effects: list[SpliceEffect] = []  # noqa: RUF012 (never changed)


def analyze(
    sequence: Sequence,
    model: Model | None = None,
    *,
    threshold: float = 0.5,
    strand: Literal["both", "+", "-"] = "both",
    explained: int = 4,
    method: str = "integrated_gradients",
    baseline: str = "uniform",
    progress: Callable[[float], None] | None = None,
) -> Finding:
    """Scan a sequence and explain its most probable sites.

    Parameters
    ----------
    sequence : Sequence
        Its own annotation, else upper case where that reads as exons, gives the known sites.
    model : Model, optional
        By default the shipped one.
    threshold, strand
        As for `scan`.
    explained : int
        Most sites that are explained.
    method, baseline
        As for `attribute`.
    progress : callable, optional
        Is given the fraction done, 0 to 1.

    Raises
    ------
    InputError
        As `scan` and `attribute`.
    """
    scanned = scan(sequence, model, threshold=threshold, strand=strand, progress=progress)
    strongest = sorted(scanned.sites, key=lambda s: -s.probability)[:explained]
    sites = []
    for site in sorted(strongest, key=lambda s: s.position):
        sites.append(
            explain_site(
                sequence, model, position=site.position, strand=site.strand, site=site.site,
                method=method, baseline=baseline,
            )
        )  # fmt: skip
    return Finding(scanned, known_structures(sequence), None, sites)


def known_structures(sequence: Sequence) -> list[TranscriptModel]:
    """Return the transcripts that a record shows: of its own annotation, else by its case."""
    case = case_transcript_model(sequence)
    return record_structures(sequence) or ([case] if case else [])


def explain_site(
    sequence: Sequence,
    model: Model | None = None,
    *,
    position: int,
    strand: str = "+",
    site: str = "donor",
    method: str = "integrated_gradients",
    baseline: str = "uniform",
) -> SiteFinding:
    """Attribute a site and mutate the bases around it; the parameters are those of `attribute`."""
    why = attribute(
        sequence, site=site, position=position, strand=strand, method=method, baseline=baseline,
        model=model,
    )  # fmt: skip
    changes = mutagenesis(
        sequence, site=site, position=position, strand=strand, model=model, flank=FLANK
    )
    return SiteFinding(why, changes)
