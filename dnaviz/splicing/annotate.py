"""Predicted sites in their context: the exons and introns they make, the consensus, known sites."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.genome.case_exons import CASE_NAME
from dnaviz.genome.consensus import consensus
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.splicing.scan import FAR, Scan, Site, Strand
from dnaviz.splicing.transcribed import CLEAR, Stretch, stretches

if TYPE_CHECKING:
    import pandas as pd

MIN_EXON, MAX_EXON = 20, 3_000
"""Shortest and longest exon between two splice sites that is drawn: all but a few of a genome's."""

MIN_INTRON = 50
"""Shortest intron that is drawn; below that no human spliceosome can work."""

PREDICTED = "predicted"

MOST_EXONS = 12
"""Predicted exons of a strand that are named."""

MOST_STRETCHES = 4
"""Stretches of one transcribed strand that are named."""

Weights = Mapping[Strand, np.ndarray]
"""By strand, how probable it is at each position that it is the transcribed one."""


class KnownSite(NamedTuple):
    """The annotated site nearest to a predicted one, of its kind and strand.

    Attributes
    ----------
    position : int
        1-based, forward coordinates of the record.
    distance : int
        From the annotated site to the predicted one, in the sense of the strand: positive where
        the predicted one lies downstream.
    name : str
        The transcript whose site it is.
    """

    position: int
    distance: int
    name: str


class KnownSites:
    """The annotated sites of a record, to be asked for the nearest one.

    Parameters
    ----------
    structures : iterable of TranscriptModel
    length : int
        Of the record, in nt.
    """

    def __init__(self, structures: Iterable[TranscriptModel], length: int) -> None:
        self._names: dict[tuple[str, str], dict[int, str]] = {}
        for structure in structures:
            for position, strand, kind in structure.sites(length):
                names = self._names.setdefault((strand, kind), {})
                names.setdefault(position, structure.name)
        self._positions = {key: sorted(names) for key, names in self._names.items()}

    def nearest(self, site: Site) -> KnownSite | None:
        """Return the nearest annotated site of the same kind on the same strand, if any."""
        key = (site.strand, site.site)
        positions = self._positions.get(key)
        if not positions:
            return None
        at = bisect_left(positions, site.position)
        near = min(positions[max(at - 1, 0) : at + 1], key=lambda p: abs(p - site.position))
        distance = site.position - near if site.strand == "+" else near - site.position
        return KnownSite(near, distance, self._names[key][near])


def predicted_transcript_models(
    scan: Scan, known: Iterable[TranscriptModel] = ()
) -> list[TranscriptModel]:
    """Join a scan's sites to the likeliest exons and introns, one structure for each strand.

    Donors and acceptors take turns along the strand, exons (from an acceptor to a donor) are at
    least 20 nt and introns at least 50 nt long; of all such chains the one whose sites have the
    highest sum of log-odds above the threshold. Exons longer than 3,000 nt are left out.

    Parameters
    ----------
    scan : Scan
        What reaches its threshold given the other sites is joined, see `Scan.joint`. Of both
        strands that are those of `with_weighted_sites`, but for sites of a strand of which the
        other one clearly looks transcribed.
    known : iterable of TranscriptModel
        Where these tell how the record is spliced, sites of both strands are joined.

    Returns
    -------
    list of TranscriptModel
        Called "predicted"; none for a strand on which no two sites go together.
    """
    models = []
    length, joint, weights = len(scan.sequence), scan.joint(), strand_weights(scan, known)
    if weights is not None:
        listed = {site[:3] for site in with_weighted_sites(scan, weights).sites}
        likely = [
            site
            for site in joint.sites
            if site[:3] in listed and weights[site.strand][site.position - 1] > 1 - CLEAR
        ]
        joint = joint._replace(sites=likely)
    for strand in scan.probabilities:
        chain = _chain(joint, strand)
        exons, introns = [], []
        for (first, kind), (second, _) in pairwise(chain):
            if kind == "donor":
                introns.append((first, second))
            elif second - first - 1 <= MAX_EXON:
                exons.append((first + 1, second - 1))
        if strand == "-":
            exons = [(length + 1 - e, length + 1 - s) for s, e in reversed(exons)]
            introns = [(length + 1 - e, length + 1 - s) for s, e in reversed(introns)]
        if exons or introns:
            models.append(TranscriptModel(PREDICTED, strand, exons, introns))
    return models


def site_table(
    scan: Scan, structures: Iterable[TranscriptModel] = (), place: GenomicInterval | None = None
) -> pd.DataFrame:
    """Return a scan's sites with what stands beside them.

    Parameters
    ----------
    scan : Scan
    structures : iterable of TranscriptModel
        Known transcripts on the record.
    place : GenomicInterval, optional
        Where the record lies in a genome.

    Returns
    -------
    pandas.DataFrame
        In the order of ``scan.sites``: the columns of ``dnaviz scan``; consensus (log-odds in
        bits, missing where the motif leaves the record); known_position, known_distance and
        known_in of the nearest annotated site of the kind and strand (see `KnownSite`; missing
        where there is none); without known transcripts weighted, see `Scan.weighted`; with a place
        chrom, genome_position and genome_strand.
    """
    import pandas as pd

    structures = list(structures)
    record, known_sites = scan.sequence, KnownSites(structures, len(scan.sequence))
    near = [known_sites.nearest(site) for site in scan.sites]
    table = scan.table()
    scores = [consensus().score_at(record, s.position, s.strand, s.site) for s in scan.sites]
    table["consensus"] = np.array(scores, dtype=float)
    for name in ("position", "distance"):
        values = [None if k is None else getattr(k, name) for k in near]
        table[f"known_{name}"] = pd.array(values, dtype="Int64")
    table["known_in"] = [None if k is None else k.name for k in near]
    if (weights := site_weights(scan, structures)) is not None:
        everything = scan.weighted(weights)
        table["weighted"] = [everything.probability(site) for site in scan.sites]
    if place is not None:
        table["chrom"] = place.chrom
        table["genome_position"] = [place.position(s.position) for s in scan.sites]
        table["genome_strand"] = [place.sense(s.strand) for s in scan.sites]
    return table


def site_weights(scan: Scan, known: Iterable[TranscriptModel]) -> Weights | None:
    """Return what `Scan.weighted` takes; None where it would tell nothing more.

    That is where known transcripts tell how the sequence is spliced, and of one strand that a model
    scanned which sees the other sites by itself.
    """
    is_known = any(one.tells_splicing(len(scan.sequence)) for one in known)
    alone = len(scan.probabilities) < 2 and scan.context >= FAR
    return None if is_known or alone else scan.transcribed()


def with_weighted_sites(scan: Scan, weights: Weights | None) -> Scan:
    """Return the scan with the sites, too, that reach its threshold only when weighted.

    They have their own probability, as all others, see `Scan.weighted`; `weights` are those of
    `site_weights`, and without any the scan stays as it is.
    """
    if weights is None:
        return scan
    listed = {site[:3] for site in scan.sites}
    more = [
        site._replace(probability=scan.probability(site))
        for site in scan.joint().sites
        if site[:3] not in listed
        and site.probability * weights[site.strand][site.position - 1] >= scan.threshold
    ]
    return scan._replace(sites=sorted([*scan.sites, *more], key=lambda s: s[:3]))


def strand_weights(scan: Scan, known: Iterable[TranscriptModel]) -> Weights | None:
    """Return how probably each strand is transcribed; None where that is known.

    It is known of a scan of one strand, and where known transcripts tell how it is spliced.
    """
    return None if len(scan.probabilities) < 2 else site_weights(scan, known)


def describe_weighted(scan: Scan, weights: Weights, *, edited: bool = False) -> str:
    """Say in a sentence what `Scan.weighted` gives, of the edited sequence if there is one."""
    head = f"Weighted: the {'edited ' if edited else ''}probability"
    if scan.context >= FAR:
        return f"{head}, times that of its strand being transcribed."
    others = f"{head} given all other sites"
    if len(weights) < 2:
        return f"{others}."
    return f"{others} of its strand, times that of its strand being transcribed."


def describe_exons(models: Iterable[TranscriptModel], *, edited: bool = False) -> str:
    """Name in a sentence the exons of predicted transcripts; "" for none.

    They are those of the reference, which is said where the sequence is edited.
    """
    named = []
    for model in models:
        if model.name == PREDICTED and model.exons:
            places = [f"{start:,}-{end:,}" for start, end in model.exons[:MOST_EXONS]]
            left = len(model.exons) - len(places)
            more = f" and {left:,} more" if left else ""
            named.append(f"{', '.join(places)}{more} on {_sign(model.strand)}")
    what = f"Exons predicted between two sites{', without edits' if edited else ''}"
    return f"{what}: {'; '.join(named)}." if named else ""


def describe_strand(weights: Weights) -> str:
    """Say in a sentence which strand looks transcribed, and how surely; "" if one was chosen."""
    if len(weights) < 2:
        return ""
    share = float(weights["+"].mean())
    clear = _clear(weights)
    if not clear:
        return f"Which strand is transcribed is open: + {percent(share)}, − {percent(1 - share)}."
    if len({one.strand for one in clear}) == 1:
        sure = share if clear[0].strand == "+" else 1 - share
        return f"The strand {_sign(clear[0].strand)} looks transcribed ({percent(sure)})."
    if len(clear) > MOST_STRETCHES:
        return f"The strand that looks transcribed changes {len(clear) - 1:,} times."
    named = ", ".join(
        f"{_sign(one.strand)} from {one.first:,} to {one.last:,} ({percent(one.probability)})"
        for one in clear
    )
    return f"The strand that looks transcribed is {named}."


def describe_other_strand(scan: Scan, weights: Weights) -> str:
    """Say how many sites lie opposite to a strand that looks transcribed; "" for none."""
    clear = _clear(weights) if len(weights) > 1 else []
    other = sum(
        one.first <= site.position <= one.last and one.strand != site.strand
        for site in scan.sites
        for one in clear
    )
    if not other:
        return ""
    lie = "site lies" if other == 1 else "sites lie"
    return f" {other:,} {lie} on the strand that does not: most sites like these are not used."


def _clear(weights: Weights) -> list[Stretch]:
    """Return the stretches of which it is told which strand looks transcribed."""
    return [one for one in stretches(weights["+"]) if one.probability >= CLEAR]


def percent(share: float) -> str:
    """Return a chance as it is shown."""
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _sign(strand: str) -> str:
    return strand.replace("-", "−")


def bits(score: float) -> str:
    """Return a consensus score as it is shown; empty where there is none."""
    return "" if np.isnan(score) else f"{score:+z.1f}".replace("-", "−")


def describe_nearest_site(site: KnownSite | None) -> str:
    """Return in words how near the next known site is."""
    if site is None:
        return "none"
    own = site.name.split()[-1][:30]
    name = site.name if site.name == CASE_NAME or own.isdecimal() else own
    if site.distance == 0:
        return f"known exon end ({name})"
    return f"{site.distance:+,} nt ({name})".replace("-", "−", 1)


def _chain(scan: Scan, strand: Strand) -> list[tuple[int, str]]:
    """Return the best chain of a strand as (position in its own sense, kind), ascending."""
    length = len(scan.sequence)
    sites = [s for s in scan.sites if s.strand == strand]
    places = [s.position if strand == "+" else length + 1 - s.position for s in sites]
    order = sorted(range(len(sites)), key=lambda i: (places[i], sites[i].site))
    floor = _log_odds(scan.threshold)
    score: dict[int, float] = {}
    before: dict[int, int] = {}
    # The best chain so far that ends in each kind, among the sites far enough behind.
    best: dict[str, int | None] = {"donor": None, "acceptor": None}
    behind: dict[str, list[int]] = {"donor": [], "acceptor": []}
    for i in order:
        kind = sites[i].site
        other = "donor" if kind == "acceptor" else "acceptor"
        # An intron counts both its ends, an exon neither.
        gap = MIN_INTRON - 1 if kind == "acceptor" else MIN_EXON + 1
        while behind[other] and places[behind[other][0]] + gap <= places[i]:
            j = behind[other].pop(0)
            top = best[other]
            if top is None or score[j] > score[top]:
                best[other] = j
        score[i] = _log_odds(sites[i].probability) - floor
        link = best[other]
        if link is not None:
            score[i] += score[link]
            before[i] = link
        behind[kind].append(i)
    if not score:
        return []
    at = max(order, key=lambda i: score[i])
    chain = [at]
    while at in before:
        at = before[at]
        chain.append(at)
    return [(places[i], sites[i].site) for i in reversed(chain)]


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)))
