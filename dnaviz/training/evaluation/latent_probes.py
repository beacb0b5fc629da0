"""Probe autoencoder latents with labels unseen in training: neighbors, linear probe, few labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnaviz.errors import InputError
from dnaviz.models.architectures import AnyAutoencoder
from dnaviz.models.autoencoder import MAX_LENGTH
from dnaviz.sequences.codes import encode_bases
from dnaviz.training.evaluation.evaluate import (
    Metric,
    knn_hits,
    metric,
    read_back_metrics,
)
from dnaviz.training.fit.autoencoder import encode, read_back
from dnaviz.training.probe.kernels import count_kmers

FEW = 100  # labels
DRAWS = 10


def latent_probes(
    models: dict[str, AnyAutoencoder], windows: pd.DataFrame, *, most: int = 4000, seed: int = 0
) -> list[Metric]:
    """Classify donors, acceptors and their decoys from latents that were trained without labels.

    Parameters
    ----------
    models : dict of str to autoencoder
        By the name that the figures give them.
    windows : DataFrame
        Columns ``sequence`` (of one length; of more than 400 nt the middle ones) and ``label``.
    most : int
        Windows used.
    seed : int
        Of the windows and labels drawn.

    Returns
    -------
    list of Metric
        For every model and for 4-mers: accuracy of the 15 nearest neighbors, of logistic
        regression by five-fold cross-validation, and of logistic regression on 100 labels; for
        every model the share of bases and of whole windows that it gives back.

    Raises
    ------
    InputError
        When the windows differ in length, or all have one label.
    """
    if windows["sequence"].str.len().nunique() != 1:
        raise InputError("The windows need one length to be compared by.")
    if windows["label"].nunique() < 2:
        raise InputError("All windows have one label; two or more are needed to tell apart.")
    sample = windows.sample(min(most, len(windows)), random_state=seed)
    codes = np.stack([encode_bases(s) for s in sample["sequence"]])
    cut = max(0, codes.shape[1] // 2 - MAX_LENGTH // 2)
    codes = codes[:, cut : cut + MAX_LENGTH]
    labels = sample["label"].to_numpy()
    figures = []
    section = f"What latents mean, {codes.shape[1]} nt"
    for name, model in models.items():
        shares = np.array([h.mean() for h in read_back(model, list(codes)) if len(h)])
        figures += read_back_metrics(section, name, shares, "", "windows")
        figures += _probe(section, name, encode(model, list(codes)), labels, seed)
    return figures + _probe(section, "4-mers", count_kmers(codes, 4), labels, seed)


def _probe(
    section: str, name: str, features: np.ndarray, labels: np.ndarray, seed: int
) -> list[Metric]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict, train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def regression():  # type: ignore[no-untyped-def]
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))

    few = []
    for draw in range(DRAWS):
        train, test = train_test_split(
            np.arange(len(labels)), train_size=FEW, stratify=labels, random_state=seed + draw
        )
        fitted = regression().fit(features[train], labels[train])
        few.append((fitted.predict(features[test]) == labels[test]).mean())
    probed = cross_val_predict(regression(), features, labels, cv=5) == labels
    measured = {
        "15-nearest-neighbor accuracy": knn_hits(features, labels, 15),
        "linear probe accuracy, five folds": probed,
        f"linear probe accuracy, {FEW} labels, {DRAWS} draws": np.array(few),
    }
    return [metric(section, what, name, np.mean, hits) for what, hits in measured.items()]
