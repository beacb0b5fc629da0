"""Errors of the classifier on held-out windows: miss rates by kind of site, and the worst."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnaviz.models import LABELS, Model
from dnaviz.training.evaluation.evaluate import DECOY_LABELS, Metric, metric

MISSED = 0.1  # a true site below this probability counts as missed
SHOWN = 20  # bases on each side of the middle that an example shows
USUAL = {"donor": ("GT", 0), "acceptor": ("AG", -1)}  # dinucleotide, its start from the middle


def missed_by_kind(model: Model, windows: pd.DataFrame) -> list[Metric]:
    """Share of true sites that get almost no probability, by whether they begin or end as usual."""
    chances = model.classify(windows["sequence"].tolist())
    figures = []
    for site, (usual, offset) in USUAL.items():
        true = (windows["label"] == site).to_numpy()
        sequences = windows["sequence"][true]
        missed = chances[true, LABELS.index(site)] < MISSED
        pairs = np.array([_at_middle(s, offset) for s in sequences])
        for name, chosen in ((usual, pairs == usual), (f"not {usual}", pairs != usual)):
            if chosen.any():
                what = f"{site}s missed (p < {MISSED}), {name}"
                section = "Sites that are missed, by kind"
                figures.append(metric(section, what, "classifier", np.mean, missed[chosen]))
    return figures


def worst_errors(model: Model, windows: pd.DataFrame, most: int = 3) -> list[dict[str, Any]]:
    """The decoys with the highest and the true sites with the lowest probabilities.

    Parameters
    ----------
    model : Model
    windows : DataFrame
        Of :func:`dnaviz.training.data.site_windows.label_windows`.
    most : int
        Of each kind and site; one for each gene.

    Returns
    -------
    list of dict
        ``kind``, ``place`` (chromosome:position:strand, 1-based), ``gene``, ``probability`` of the
        site, and ``sequence``: bases around it, the middle one (first or last of the intron) in
        lower case.
    """
    chances = model.classify(windows["sequence"].tolist())
    examples = []
    for site, decoy in DECOY_LABELS.items():
        usual, offset = USUAL[site]
        scored = windows.assign(probability=chances[:, LABELS.index(site)])
        scored = scored[[_at_middle(s, offset) == usual for s in scored["sequence"]]]
        article = "an" if site == "acceptor" else "a"
        kinds = {decoy: f"{decoy} taken for {article} {site}", site: f"{site} missed"}
        for label, kind in kinds.items():
            ordered = scored[scored["label"] == label].sort_values(
                "probability", ascending=label == site, kind="stable"
            )
            for row in ordered.drop_duplicates("gene").head(most).to_dict("records"):
                examples.append(
                    {
                        "kind": kind,
                        "place": f"{row['chrom']}:{row['position']}:{row['strand']}",
                        "gene": str(row["gene"]),
                        "probability": round(float(row["probability"]), 4),
                        "sequence": _around(str(row["sequence"])),
                    }
                )
    return examples


def _at_middle(sequence: str, offset: int) -> str:
    start = len(sequence) // 2 + offset
    return sequence[start : start + 2]


def _around(sequence: str) -> str:
    middle = len(sequence) // 2
    before, after = sequence[middle - SHOWN : middle], sequence[middle + 1 : middle + 1 + SHOWN]
    return before + sequence[middle].lower() + after
