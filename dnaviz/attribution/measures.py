"""Is an attribution right? Measures that take any model, over sites or on one.

Deletion: do the bases that are named matter more than others? Randomization: does the explanation
of a network of random weights look the same (Adebayo et al. 2018)? Implant: is a consensus motif in
shuffled bases what is named?
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from dnaviz.attribution.attribute import Attribution, attribute
from dnaviz.attribution.checks import Check
from dnaviz.attribution.shuffle import dinucleotide_shuffle
from dnaviz.attribution.window import site_window
from dnaviz.genome.consensus import MOTIF_EXTENT
from dnaviz.models.protocol import window_scores
from dnaviz.sequences import MIN_LENGTH
from dnaviz.splicing.scan import SITES

IMPLANTED = {"donor": "CAGGTAAGT", "acceptor": "TTTTTTTTTTTTTTTTTCAGGTT"}
"""Consensus sites, of the bases of `MOTIF_EXTENT`."""
DELETED = 10  # bases
RISE = 1.0  # log-odds
LEAST_FALL = 1e-6  # of a probability, by its rounding
IMPLANTS, DRAWS, SEEDS = 10, 20, 3  # of one site: shuffles, draws of random bases, random networks


def site_checks(a: Attribution, model: Any) -> list[Check]:
    """Measure on one site what is measured of a method on many; what cannot be is left out."""

    def check(what: str, value: float, n: int) -> Check:
        return Check(what, a.method, a.baseline, value, n)

    length = len(a.bases)
    if length < MIN_LENGTH:  # no sequence of its own
        return []
    ratio = deletion_ratio(model, [a] * DRAWS)
    checks = [] if np.isnan(ratio) else [check("deletion", ratio, DRAWS)]
    networks = [randomized(model, seed) for seed in range(SEEDS)]
    alike = [random_similarity(network, [a]) for network in networks if network is not None]
    if alike:
        checks.append(check("random_weights", float(np.nanmean(alike)), len(alike)))
    first = length // 2 + _first_of_motif(a.site)
    if 0 <= first <= length - len(IMPLANTED[a.site]):
        peak = implanted_peak(model, [a.bases], IMPLANTS, a.method, a.baseline, site=a.site)
        checks.append(check("implant", peak, IMPLANTS))
    return checks


def _first_of_motif(site: str) -> int:
    """Return the offset of an implanted motif's first base from its site."""
    return -MOTIF_EXTENT[site][0] + (site == "acceptor")


def randomized(model: Any, seed: int) -> Any:
    """Copy a model and give the network that scores its sites random weights.

    A model may do it itself, by a method ``randomized(seed)``. Of others the PyTorch modules among
    their attributes are drawn anew; None where there are none.
    """
    if own := getattr(model, "randomized", None):
        return own(seed)
    import torch

    random = copy.deepcopy(model)
    of_sites = getattr(random, "splice", None)
    parts = [of_sites] if of_sites is not None else list(getattr(random, "__dict__", {}).values())
    networks = [part for part in parts if isinstance(part, torch.nn.Module)]
    if not networks:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for network in networks:
            for layer in network.modules():
                if reset := getattr(layer, "reset_parameters", None):
                    reset()
    return random


def implanted_peak(
    model: Any,
    backgrounds: list[str],
    n: int,
    method: str,
    baseline: str,
    seed: int = 0,
    site: str = "donor",
) -> float:
    """Share of consensus sites implanted in shuffled bases that hold the largest contribution.

    And that raise the site's log-odds by `RISE` or more: a network that has learned nothing may
    name the middle whatever stands there.
    """
    rng = np.random.default_rng(seed)
    motif, first = IMPLANTED[site], _first_of_motif(site)
    hits = 0
    for number in range(n):
        bases = dinucleotide_shuffle(backgrounds[number % len(backgrounds)], rng)
        start = len(bases) // 2 + first
        implanted = bases[:start] + motif + bases[start + len(motif) :]
        a = attribute(implanted, site=site, method=method, baseline=baseline, model=model)
        window = site_window(bases, site=site, context=model.context)
        before_it = window_scores(model, window.array[None])[0, SITES.index(site)]
        in_motif = first <= a.offsets[a.contributions.argmax()] < first + len(motif)
        hits += in_motif and a.score - before_it >= RISE
    return hits / n


def deletion_ratio(model: Any, attributions: list[Attribution], seed: int = 0) -> float:
    """Ratio of the score lost by deleting the ten highest-attributed bases to ten random ones.

    The ratio of the mean falls of the probability when they become N (an even mixture); NaN where
    random ones do not lower it by `LEAST_FALL`.
    """
    from dnaviz.models import log_odds_to_probabilities

    rng = np.random.default_rng(seed)
    falls = np.zeros(2)
    for a in attributions:
        window = site_window(a.bases, site=a.site, position=_place(a), context=model.context)
        top = np.argsort(-a.contributions)[:DELETED]
        chance = rng.choice(len(a.bases), DELETED, replace=False)
        arrays = np.stack([window.array] * 3)
        for array, deleted in zip(arrays[1:], (top, chance), strict=True):
            array[:, window.columns.start + deleted] = 0.25
        scores = window_scores(model, arrays)[:, SITES.index(a.site)]
        p = log_odds_to_probabilities(scores).astype(float)
        falls += p[0] - p[1:]
    return float(falls[0] / falls[1]) if falls[1] >= LEAST_FALL * len(attributions) else np.nan


def random_similarity(random: Any, attributions: list[Attribution]) -> float:
    """Mean correlation of contributions with those for a network of random weights."""
    pairs = []
    for a in attributions:
        other = attribute(
            a.bases, site=a.site, position=_place(a), method=a.method, baseline=a.baseline,
            model=random,
        )  # fmt: skip
        pairs.append(np.corrcoef(a.contributions, other.contributions)[0, 1])
    return float(np.nanmean(pairs))


def _place(a: Attribution) -> int:
    """Where the site stands among the bases that were explained, 1-based."""
    return int(np.flatnonzero(a.offsets == 0)[0]) + 1
