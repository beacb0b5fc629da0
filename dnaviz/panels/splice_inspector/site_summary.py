"""What is said above the table of sites: for the panel and the sealed inspector."""

from __future__ import annotations

from collections.abc import Iterable

from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.splicing.annotate import (
    Weights,
    describe_exons,
    describe_other_strand,
    describe_strand,
    describe_weighted,
)
from dnaviz.splicing.scan import SITES, Scan, Site

REACH = 200
"""Bases on each side of a site that the model reads (`dnaviz.models.CONTEXT`)."""

LOWEST = 0.01
"""Smallest threshold."""


def counted(shown: Scan) -> str:
    """Say how many sites reach the threshold."""
    donors = sum(s.site == "donor" for s in shown.sites)
    weighted = sum(s.probability < shown.threshold for s in shown.sites)
    return (
        f"{_count(donors, 'donor')} and {_count(len(shown.sites) - donors, 'acceptor')} with a "
        f"probability of at least {shown.threshold:.2f}"
        f"{f', {weighted:,} of them only when weighted' if weighted else ''}."
    )


def summary_html(
    shown: Scan,
    weights: Weights | None = None,
    structures: Iterable[TranscriptModel] = (),
    *,
    edited: bool = False,
) -> str:
    """Say how many sites there are, whose strand looks transcribed, and where to look for none.

    `weights` are those of `dnaviz.splicing.annotate.site_weights`; without them a transcript is
    known, and predicted exons, among `structures`, are not named. `edited` is whether what is
    weighted is of an edited sequence.
    """
    more = " Choose a site to see why. Consensus: log-odds of the motif, in bits."
    if weights is not None:
        if exons := describe_exons(structures, edited=edited):
            more = f" <b>{exons}</b>{more}"
        if strand := describe_strand(weights):
            more += f" <b>{strand}</b>{describe_other_strand(shown, weights)}"
        more += f" {describe_weighted(shown, weights, edited=edited)}"
        if strand:
            more += " If you know the strand, choose it above."
    elif len({site.strand for site in shown.sites}) > 1:
        more += (
            " Probabilities hold for the strand that is transcribed: on the other one, most "
            "sites like these are not used."
        )
    return counted(shown) + (more if shown.sites else "") + strongest_html(shown)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def below(scan: Scan) -> list[Site]:
    """Return the strongest site of each kind that has none at the threshold."""
    listed = {site.site for site in scan.sites}
    best = [scan.strongest(kind) for kind in SITES if kind not in listed]
    return [site for site in best if site.probability >= LOWEST]


def strongest_html(scan: Scan) -> str:
    """Say where to look when no donor, or no acceptor, reaches the threshold."""
    weaker = below(scan)
    if not weaker:
        return "" if scan.sites else " Nothing here looks like a splice site to the model."
    named = " and ".join(
        f"<b>{s.site} at {s.position:,}</b> ({s.strand.replace('-', '−')}) with {s.probability:.2f}"
        for s in sorted(weaker, key=lambda s: -s.probability)
    )
    sentence = f" The strongest below it: {named}."
    if len(scan.sequence) < 2 * REACH:
        sentence += (
            " Low values are usual in a short fragment, where the model sees little of the gene "
            f"around a site: paste at least {REACH} nt on each side of it."
        )
    return sentence
