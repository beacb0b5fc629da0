"""Objectives of the autoencoder beside reconstruction, which shape its latent.

Every objective keeps the reconstruction loss; each adds one thing:

* ``plain``: nothing;
* ``sketch``: the global part of the latent learns a foveated sketch
  (:mod:`dnaviz.models.foveated_target`);
* ``denoising``: one base in ten of the input is replaced at random, the true ones are to be written
  (Vincent et al. 2008);
* ``masking``: spans of the input are hidden, all bases are to be written (Devlin et al. 2019);
* ``contrastive``: the global parts of a window and of the same window shifted, or its reverse
  complement, are to be nearer than those of other windows (van den Oord et al. 2018);
* ``variational``: the global part is noisy and near a standard normal (Kingma & Welling 2014, the
  deviation being fixed).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dnaviz.errors import InputError
from dnaviz.models.architectures import AnyAutoencoder
from dnaviz.models.autoencoder import BLANK, GLOBAL, Autoencoder, decoded_window
from dnaviz.models.encoder import CANVAS_RADIUS
from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import one_hot_codes

OBJECTIVES = ("sketch", "plain", "denoising", "masking", "contrastive", "variational")
GLOBAL_ONES = {"sketch", "contrastive", "variational"}  # they need the latent's global part
IGNORED = -100
REPLACED = 0.1
SHIFT = 8
TEMPERATURE = 0.1
BETA = 1e-3


class Objective(NamedTuple):
    """An objective by name, checked against the architecture."""

    name: str

    def losses(
        self, model: AnyAutoencoder, codes: np.ndarray, rng: np.random.Generator
    ) -> dict[str, Tensor]:
        """Named losses of a batch of canvases (n, CANVAS) of base codes."""
        device = next(model.parameters()).device
        classes = targets(torch.from_numpy(codes)).to(device)
        corrupt = {"denoising": replace_bases, "masking": hide_spans}.get(self.name)
        x = device_one_hot(codes if corrupt is None else corrupt(codes, rng), device)
        latents, logits = model(x) if self.name != "variational" else _noisy(model, x)
        terms = {"reconstruction": F.cross_entropy(logits, classes, ignore_index=IGNORED)}
        if self.name == "sketch":
            assert isinstance(model, Autoencoder)
            terms["sketch"] = F.mse_loss(latents[:, -GLOBAL:], model.foveated_target(x))
        elif self.name == "contrastive":
            other = model.encoder(device_one_hot(other_view(codes, rng), device))
            terms["contrastive"] = 0.1 * info_nce(latents[:, -GLOBAL:], other[:, -GLOBAL:])
        elif self.name == "variational":
            terms["divergence"] = BETA * latents[:, -GLOBAL:].square().sum(1).mean() / 2
        return terms


def objective(name: str, architecture: str) -> Objective:
    """The objective of a name.

    Raises
    ------
    InputError
        When there is none, or it needs a latent with a global part and the architecture has none.
    """
    if name not in OBJECTIVES:
        raise InputError(f"There is no objective {name!r}: choose from {', '.join(OBJECTIVES)}.")
    if architecture != "convolutional" and name in GLOBAL_ONES:
        others = ", ".join(o for o in OBJECTIVES if o not in GLOBAL_ONES)
        raise InputError(f"The {architecture} architecture can be trained by {others} only.")
    return Objective(name)


def targets(codes: Tensor) -> Tensor:
    """Classes (n, DECODED) to decode from canvases (n, CANVAS): no loss where the base is N."""
    classes = decoded_window(codes[:, None])[:, 0].long()
    return torch.where(classes == 4, IGNORED, torch.where(classes == PAD, BLANK, classes))


def replace_bases(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One known base in ten replaced by a random one."""
    hit = (rng.random(codes.shape) < REPLACED) & (codes < 4)
    return np.where(hit, rng.integers(0, 4, codes.shape, dtype=np.uint8), codes)


def hide_spans(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One span of 5-20 bases in every hundred becomes N."""
    hidden = codes.copy()
    for row in hidden:
        unmasked = np.flatnonzero(row < 4)
        for _ in range(1 + len(unmasked) // 100):
            start = int(rng.choice(unmasked)) if len(unmasked) else 0
            span = row[start : start + int(rng.integers(5, 21))]
            span[span < 4] = 4
    return hidden


def other_view(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same windows seen from up to eight bases aside, half of them from the other strand."""
    shifts = rng.integers(-SHIFT, SHIFT + 1, len(codes))
    moved = np.stack([np.roll(row, shift) for row, shift in zip(codes, shifts, strict=True)])
    flipped = rng.random(len(codes)) < 0.5
    moved[flipped] = COMPLEMENT[moved[flipped][:, ::-1]]
    assert moved.shape[1] == 2 * CANVAS_RADIUS + 1
    return moved


def info_nce(a: Tensor, b: Tensor) -> Tensor:
    """InfoNCE: each row of a (n, d) against its own row of b among all rows of b."""
    similarity = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T / TEMPERATURE
    own = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(similarity, own) + F.cross_entropy(similarity.T, own)) / 2


def _noisy(model: AnyAutoencoder, x: Tensor) -> tuple[Tensor, Tensor]:
    """Latents, and logits of latents whose global part is noisy."""
    latents = model.encoder(x)
    noise = torch.zeros_like(latents)
    noise[:, -GLOBAL:] = torch.randn(len(latents), GLOBAL, device=latents.device)
    return latents, model.decoder(latents + noise)


def device_one_hot(codes: np.ndarray, device: torch.device) -> Tensor:
    """Return codes (n, L) as one-hot (n, 4, L) on a device."""
    return torch.from_numpy(one_hot_codes(codes)).to(device)
