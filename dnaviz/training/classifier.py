"""Train the splice classifiers: the whole network fine-tuned, and a head on frozen latents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.classifier import CONTEXT, LABELS, FrozenHead, SpliceClassifier
from dnaviz.training.corpus import one_hot_codes
from dnaviz.training.loop import fit
from dnaviz.training.metrics import average_precision
from dnaviz.training.sources import Material
from dnaviz.training.transcripts import (
    IGNORE,
    Introns,
    Strand,
    crops,
    join,
    record_strand,
    reverse,
)
from dnaviz.training.windows import PAD, canvas_codes

FROZEN_SITES = 8000  # of each kind, for the head on frozen latents
ANTISENSE = 0.2  # share of crops from the strand without sites


def epoch_strand(material: Material, rng: np.random.Generator) -> Strand:
    """One epoch's bases: the introns strung together anew, then the genes."""
    strung = [Introns(material.introns).string(rng)] if material.introns else []
    return join(strung + [record_strand(gene) for gene in material.genes])


def losses(model: SpliceClassifier, codes: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Cross-entropy over all positions that are not cut away, in nats a thousand positions."""
    x = torch.from_numpy(one_hot_codes(codes.cpu().numpy())).to(codes.device)
    logits = model(x)
    wanted = labels.long()
    return {"splice": 1000 * F.cross_entropy(logits, wanted, ignore_index=IGNORE)}


@torch.no_grad()
def strand_logits(model: nn.Module, strand: Strand, piece: int = 20_000) -> np.ndarray:
    """Logits (3, L) of every position of a strand; nothing beyond its ends."""
    logits = []
    device = next(model.parameters()).device
    beyond = np.full(CONTEXT, PAD, np.uint8)
    padded = np.concatenate([beyond, strand.codes, beyond])
    for start in range(0, len(strand.codes), piece):
        codes = padded[start : start + piece + 2 * CONTEXT]
        x = torch.from_numpy(one_hot_codes(codes[None])).to(device)
        logits.append(model(x)[0].cpu().numpy())
    return np.concatenate(logits, axis=1)


def strand_precision(model: nn.Module, strand: Strand) -> dict[str, float]:
    """Average precision of donors and acceptors over every position of a strand."""
    logits = strand_logits(model, strand)
    scores = logits - np.logaddexp.reduce(logits, axis=0)
    return {
        LABELS[k]: average_precision(strand.labels == k, scores[k]) for k in range(1, len(LABELS))
    }


def train_classifier(
    train: Material,
    validation: Material,
    folder: str | Path,
    *,
    prior: Autoencoder | None,
    steps: int = 6000,
    batch: int = 32,
    width: int = 400,
    peak: float = 2e-3,
    seed: int = 0,
) -> tuple[SpliceClassifier, float]:
    """Train the splice classifier, from the autoencoder's body or from scratch.

    Parameters
    ----------
    train, validation : Material
        Introns and genes of the training and of the validation chromosomes.
    folder : path
        Of the run; an unfinished run there is resumed.
    prior : Autoencoder or None
        Whose body the network starts from (the paper's "prior"); None: from scratch.
    steps, batch, width, peak, seed
        Optimiser steps, crops a step, labelled positions a crop, highest learning rate, seed.

    Returns
    -------
    SpliceClassifier, float
        The trained model in eval mode (not calibrated), and the seconds it took.
    """
    torch.manual_seed(seed)
    model = SpliceClassifier()
    if prior is not None:
        model.body.load_state_dict(prior.encoder.body.state_dict())
    sense = epoch_strand(train, np.random.default_rng(seed))
    other = reverse(sense)
    drawn = len(sense.codes) // (batch * width) or 1
    held_out = epoch_strand(validation, np.random.default_rng(1))
    held_out = Strand(held_out.codes[:400_000], held_out.labels[:400_000], held_out.sites)
    epoch = [0]

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        nonlocal sense, other
        epoch[0] += 1
        if epoch[0] % drawn == 0:
            sense = epoch_strand(train, rng)
            other = reverse(sense)
        flipped = int(batch * ANTISENSE)
        parts = [
            crops(sense, batch - flipped, width, CONTEXT, rng),
            crops(other, flipped, width, CONTEXT, rng),
        ]
        codes, labels = (np.concatenate(p) for p in zip(*parts, strict=True))
        assert isinstance(module, SpliceClassifier)
        return losses(
            module, torch.from_numpy(codes).to(device), torch.from_numpy(labels).to(device)
        )

    settings: dict[str, Any] = {
        "steps": steps, "batch": batch, "width": width, "peak": peak, "seed": seed,
        "prior": prior is not None,
    }  # fmt: skip
    seconds = fit(
        model, loss, steps=steps, peak=peak, folder=Path(folder), seed=seed, settings=settings,
        check=lambda m: strand_precision(m, held_out),
    )  # fmt: skip
    return model, seconds


def train_frozen(autoencoder: Autoencoder, train: Material, seed: int = 0) -> FrozenHead:
    """Logistic regression of neither, donor and acceptor on the autoencoder's latents.

    Trained on windows of 60-400 nt with the site in the middle: as many GT / AG decoys as sites.
    Its probabilities are those of such a balanced mix, not of a gene.

    Parameters
    ----------
    autoencoder : Autoencoder
        Trained, in eval mode.
    train : Material
    seed : int
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(seed)
    windows, labels = middle_windows(epoch_strand(train, rng), FROZEN_SITES, rng)
    latents = []
    with torch.no_grad():
        for i in range(0, len(windows), 256):
            x = torch.from_numpy(one_hot_codes(canvas_codes(windows[i : i + 256])))
            latents.append(autoencoder.encoder(x).numpy())
    features = np.concatenate(latents)
    scaler = StandardScaler().fit(features)
    regression = LogisticRegression(max_iter=500, C=0.1).fit(scaler.transform(features), labels)
    weight = regression.coef_ / scaler.scale_
    head = FrozenHead()
    head.linear.weight.data = torch.from_numpy(weight).float()
    head.linear.bias.data = torch.from_numpy(regression.intercept_ - weight @ scaler.mean_).float()
    return head.eval()


def middle_windows(
    strand: Strand, sites: int, rng: np.random.Generator
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
