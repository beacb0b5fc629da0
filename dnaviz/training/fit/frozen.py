"""Fit the head on frozen latents: the autoencoder's latents as features, nothing of it changed."""

from __future__ import annotations

import numpy as np
import torch

from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.classifier import CONTEXT, FrozenHead
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.labeled_sequence import LabeledSequence
from dnaviz.training.fit.autoencoder import encode

FROZEN_SITES = 8000  # of each kind


def train_frozen(autoencoder: Autoencoder, train: LabeledSequence, seed: int = 0) -> FrozenHead:
    """Logistic regression of neither, donor and acceptor on the autoencoder's latents.

    Trained on windows of 60-400 nt with the site in the middle: as many GT / AG decoys as sites.
    Its probabilities are those of such a balanced mix, not of a gene.

    Parameters
    ----------
    autoencoder : Autoencoder
        Trained, in eval mode.
    train : LabeledSequence
        Genes in a row; absent bases are passed over.
    seed : int
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(seed)
    present = train.codes != PAD
    present_bases = LabeledSequence(train.codes[present], train.labels[present])
    windows, labels = middle_windows(present_bases, FROZEN_SITES, rng)
    features = encode(autoencoder, windows)
    scaler = StandardScaler().fit(features)
    regression = LogisticRegression(max_iter=500, C=0.1).fit(scaler.transform(features), labels)
    weight = regression.coef_ / scaler.scale_
    head = FrozenHead()
    head.linear.weight.data = torch.from_numpy(weight).float()
    head.linear.bias.data = torch.from_numpy(regression.intercept_ - weight @ scaler.mean_).float()
    return head.eval()


def middle_windows(
    strand: LabeledSequence, sites: int, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Windows of 60-400 nt around sites and around as many GT / AG decoys, with their labels."""
    codes, labels = strand.codes, strand.labels
    first, second = codes[:-1], codes[1:]
    gt = np.flatnonzero((first == 2) & (second == 3))
    ag = np.flatnonzero((first == 0) & (second == 2)) + 1
    chosen = []
    for positions in (
        np.flatnonzero(labels == 1),
        np.flatnonzero(labels == 2),
        gt[labels[gt] == 0],
        ag[labels[ag] == 0],
    ):
        inside = positions[(positions > CONTEXT) & (positions < len(codes) - CONTEXT)]
        chosen.append(rng.choice(inside, min(sites, len(inside)), replace=False))
    middles = np.concatenate(chosen)
    lengths = rng.integers(60, 2 * CONTEXT + 1, len(middles))
    windows = [codes[m - n // 2 : m - n // 2 + n] for m, n in zip(middles, lengths, strict=True)]
    return windows, labels[middles].astype(np.int64)
