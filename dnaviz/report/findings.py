"""What a report tells about a sequence, gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from dnaviz.attribution import Attribution, Mutagenesis, attribute, mutagenesis
from dnaviz.genome.case_exons import known_structures
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import AnySequences, Sequence, as_sequence
from dnaviz.splicing.annotate import site_weights, with_weighted_sites
from dnaviz.splicing.scan import STRANDS, Scan, scan

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.gel import Gel
    from dnaviz.splicing.prediction import Prediction
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
    known : list of TranscriptModel
        Annotated transcripts on it.
    place : GenomicInterval or None
        Where it lies in a genome.
    sites : list of SiteFinding
        Those that are explained.
    note : str
        Sentences about the sequence, and on what was assumed to place its edits.
    effects : list of SpliceEffect
        What edits of the sequence do, on each strand.
    prediction : Prediction or None
        What they do to the mRNA.
    gel : Gel or None
        Its bands.
    """

    scan: Scan
    known: list[TranscriptModel] = []  # noqa: RUF012 (never changed)
    place: GenomicInterval | None = None
    sites: list[SiteFinding] = []  # noqa: RUF012 (never changed)
    note: str = ""
    effects: list[SpliceEffect] = []  # noqa: RUF012 (never changed)
    prediction: Prediction | None = None
    gel: Gel | None = None


def analyze(
    sequence: AnySequences,
    model: SiteScorer | None = None,
    *,
    threshold: float = 0.5,
    strand: Literal["both", "+", "-"] = "both",
    explained: int = 4,
    edits: str = "",
    coding_start: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Finding:
    """Scan a sequence and explain its most probable sites.

    Where neither `strand` nor a known transcript says which strand is transcribed, that is weighed,
    as `Scan.weighted` does.

    Parameters
    ----------
    sequence : str, Sequence, record of another library or one-hot array
        One. Its own annotation, else upper case where that reads as exons, gives the known sites.
    model : SiteScorer, optional
        By default the shipped one.
    threshold, strand
        As for `scan`.
    explained : int
        Most sites that are explained.
    edits : str
        Changes to tell the effect of, as `dnaviz.splicing.edit_placement.place_edits` reads them.
    coding_start : int
        1-based position where the coding sequence begins, where the record does not say so; or 0.
    progress : callable, optional
        Is given the fraction done, 0 to 1.

    Raises
    ------
    InputError
        As `scan` and `attribute`.
    """
    sequence = as_sequence(sequence)
    scanned = scan(sequence, model, threshold=threshold, strand=strand, progress=progress)
    structures = known_structures(sequence)
    weights = site_weights(scanned, structures)
    scanned = with_weighted_sites(scanned, weights)
    judged = scanned.weighted(weights) if weights else scanned
    strongest = sorted(scanned.sites, key=lambda s: -judged.probability(s))[:explained]
    sites = [
        explain_site(sequence, model, position=one.position, strand=one.strand, site=one.site)
        for one in sorted(strongest, key=lambda s: s.position)
    ]
    whole = Finding(scanned, structures, None, sites)
    return with_edits(whole, edits, model, coding_start) if edits else whole


def with_edits(
    finding: Finding, edits: str, model: SiteScorer | None = None, coding_start: int = 0
) -> Finding:
    """Add to a finding, whose scan is of both strands, what edits do to the mRNA.

    Raises
    ------
    InputError
        If the edits cannot be read or placed.
    """
    from dnaviz.splicing.edit_placement import annotated, place_edits
    from dnaviz.splicing.gel import gel
    from dnaviz.splicing.prediction import predict
    from dnaviz.splicing.variant_effect import splice_effect

    record = finding.scan.sequence
    locator = annotated(record, finding.known, finding.place, coding_start=coding_start)
    variants, notes, _ = place_edits(edits, locator)
    effects = [splice_effect(record, variants, strand=s, model=model) for s in STRANDS]
    prediction = predict(locator, finding.scan, effects)
    bands = gel(prediction.consequences) if prediction.consequences.usual else None
    note = " ".join(filter(None, (finding.note, *notes)))
    return finding._replace(effects=effects, prediction=prediction, gel=bands, note=note)


def explain_site(
    sequence: Sequence,
    model: SiteScorer | None = None,
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
