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
from dnaviz.training.windows import canvas_codes

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
def strand_precision(model: nn.Module, strand: Strand, piece: int = 20_000) -> dict[str, float]:
    """Average precision of donors and acceptors over every position of a strand."""
    probabilities = []
    device = next(model.parameters()).device
    padded = np.concatenate([np.full(CONTEXT, 5), strand.codes, np.full(CONTEXT, 5)])
    for start in range(0, len(strand.codes), piece):
        codes = padded[start : start + piece + 2 * CONTEXT]
        x = torch.from_numpy(one_hot_codes(codes[None])).to(device)
        probabilities.append(model(x).softmax(1)[0].cpu().numpy())
    joined = np.concatenate(probabilities, axis=1)
    return {
        LABELS[k]: average_precision(strand.labels == k, joined[k]) for k in range(1, len(LABELS))
    }


def train_classifier(
    train: Material,
    validation: Material,
    folder: str | Path,
    *,
    prior: Autoencoder | None,
    steps: int = 6000,
    batch: int = 16,
    width: int = 1000,
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


def train_frozen(
    autoencoder: Autoencoder, windows: list[np.ndarray], labels: np.ndarray
) -> FrozenHead:
    """Logistic regression of donor, acceptor, neither on the autoencoder's latents.

    Parameters
    ----------
    autoencoder : Autoencoder
        Trained, in eval mode.
    windows : list of (L,) uint8
        Base codes, the site in the middle.
    labels : (n,) int
        Indices into ``LABELS``.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    with torch.no_grad():
        latents = np.concatenate(
            [
                autoencoder.encoder(
                    torch.from_numpy(one_hot_codes(canvas_codes(windows[i : i + 256])))
                ).numpy()
                for i in range(0, len(windows), 256)
            ]
        )
    scaler = StandardScaler().fit(latents)
    regression = LogisticRegression(max_iter=500, C=0.1).fit(scaler.transform(latents), labels)
    head = FrozenHead()
    weight = regression.coef_ / scaler.scale_
    head.linear.weight.data = torch.from_numpy(weight).float()
    head.linear.bias.data = torch.from_numpy(regression.intercept_ - weight @ scaler.mean_).float()
    return head.eval()
