"""Check attribution methods on held-out sites, each measure with its pass threshold.

Sites are windows of the atlas's chromosome 19, which no weight was trained or chosen on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.atlas.store import Atlas
from dnaviz.attribution import BASELINES, Attribution, attribute
from dnaviz.attribution.checks import BARS, Check
from dnaviz.attribution.measures import (
    deletion_ratio,
    implanted_peak,
    random_similarity,
    randomized,
)
from dnaviz.errors import InputError
from dnaviz.genome.consensus import MOTIF_EXTENT, consensus
from dnaviz.io.atomic import atomic_write
from dnaviz.models import Model
from dnaviz.sequences import one_hot

RANDOM_SITES = 30  # explained by a network of random weights, whose corners cost many steps

METHOD_BASELINES = [
    *(("integrated_gradients", baseline) for baseline in BASELINES),
    ("input_x_gradient", "uniform"),
    *(("occlusion", baseline) for baseline in BASELINES),
    ("mutagenesis", "uniform"),
]


class Sample(NamedTuple):
    """Windows with their site at 0-based ``len // 2``."""

    donors: list[str]
    acceptors: list[str]
    any: list[tuple[str, str]]  # (window, the site it is asked about), of every label


def draw(atlas: Atlas, sites: int, windows: int, seed: int = 0) -> Sample:
    """Draw true sites (so many of either kind) and windows of every label from an atlas.

    Raises
    ------
    InputError
        If the atlas has no sequences or labels, or too few.
    """
    if not atlas.has_sequences:
        raise InputError("The atlas holds no sequences to explain.")
    if "label" not in atlas.obs:
        raise InputError("The atlas has no column 'label' that says which windows are sites.")
    rng = np.random.default_rng(seed)
    labels = atlas.obs["label"].astype(str).to_numpy()
    windows_by_label = {}
    for site in ("donor", "acceptor"):
        rows = np.flatnonzero(labels == site)
        if len(rows) < sites:
            raise InputError(f"The atlas has {len(rows):,} windows of the kind {site}.")
        windows_by_label[site] = atlas.sequences(np.sort(rng.choice(rows, sites, replace=False)))
    rows = np.sort(rng.choice(len(atlas), min(windows, len(atlas)), replace=False))
    kinds = ["acceptor" if labels[r] in ("acceptor", "AG decoy") else "donor" for r in rows]
    mixed = list(zip(atlas.sequences(rows), kinds, strict=True))
    return Sample(windows_by_label["donor"], windows_by_label["acceptor"], mixed)


def measure(
    model: Model, sample: Sample, *, implants: int = 1_000, seed: int = 0
) -> Iterator[Check]:
    """Measure every method and baseline; yields each figure as it is known.

    The baseline of shuffles costs ten times as much: it is asked about a fifth of everything.
    """
    random = randomized(model, seed)
    for method, baseline in METHOD_BASELINES:
        share = 5 if baseline == "shuffles" else 1

        def check(what: str, value: float, n: int) -> Check:
            return Check(what, method, baseline, value, n)  # noqa: B023 - called in its own turn

        if method == "integrated_gradients":
            subset = sample.any[::share]
            fits = [explain(model, s, site, method, baseline).converged for s, site in subset]
            yield check("completeness", float(np.mean(fits)), len(fits))
        explained = {
            site: [explain(model, s, site, method, baseline) for s in windows[::share]]
            for site, windows in (("donor", sample.donors), ("acceptor", sample.acceptors))
        }
        for site, attributions in explained.items():
            yield check(f"consensus_{site}", consensus_correlation(attributions), len(attributions))
        backgrounds = sample.donors[:: max(len(sample.donors) * share // implants, 1)]
        n = implants // share
        yield check("implant", implanted_peak(model, backgrounds, n, method, baseline, seed), n)
        every = explained["donor"] + explained["acceptor"]
        yield check("deletion", deletion_ratio(model, every, seed), len(every))
        few = every[:: max(len(every) * share // RANDOM_SITES, 1)]
        yield check("random_weights", random_similarity(random, few), len(few))


def explain(model: Model, window: str, site: str, method: str, baseline: str) -> Attribution:
    return attribute(window, site=site, method=method, baseline=baseline, model=model)


def consensus_correlation(attributions: list[Attribution]) -> float:
    """Correlate the mean attribution of each base at each place with the log-odds consensus's.

    Both are means over the same sites: a site gives each place of the motif its base's
    contribution, and the consensus gives the same base its log-odds.
    """
    site = attributions[0].site
    before, after = MOTIF_EXTENT[site]
    first = -before if site == "donor" else 1 - before  # offset of the motif's first base
    means = np.zeros((4, before + after))
    frequencies = np.zeros_like(means)
    for a in attributions:
        start = int(np.flatnonzero(a.offsets == first)[0])
        columns = slice(start, start + before + after)
        x = one_hot(a.bases[columns])
        means += x * a.contributions[columns]
        frequencies += x
    expected = frequencies * consensus().weights(site)
    return float(np.corrcoef(means.ravel(), expected.ravel())[0, 1])


def write_checks(checks: list[Check], model: Model, command: str, folder: str | Path) -> None:
    """Write the checks and the weights' checksum, as `attribution.checks` reads them."""
    entry = {
        "command": command,
        "weights_sha256": model.classifier_sha256,
        "checks": [check._asdict() for check in checks],
    }
    with atomic_write(Path(folder) / "explanations.json") as file:
        file.write(json.dumps(entry, indent=1) + "\n")


def line(check: Check) -> str:
    """Format one check as a line of text."""
    sign = "≥" if BARS[check.what].least else "≤"
    verdict = "" if check.passed else "  FAILS"
    return (
        f"{check.method:22s}{check.baseline:10s}{check.what:20s}{check.value:9.3f}  "
        f"({sign} {BARS[check.what].bar:g}, n = {check.n:,}){verdict}"
    )
