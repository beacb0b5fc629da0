"""The training target of the global latent: a foveated summary of the sequence.

Like an eye, the sketch is sharp in the middle and coarse further out: every base weighted by
``1 / (1 + |distance from the middle| / 5)``, and dinucleotide counts in zones that widen outwards.
The global part of the latent learns its leading principal components, so that distances between
latents are distances between sequences as seen from the middle. No label enters. Deviations from
the mean are taken base by base: a base that is absent (padding) or unknown counts as average.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from dnaviz.models.encoder import CANVAS, CANVAS_RADIUS

FOVEA = 5.0
REACH = 100  # bases on each side that the sketch looks at
EDGES = (2, 10, 25, 50, 100)  # zones on each side, in bases from the middle
_SIZE = 4 * (2 * REACH + 1) + 2 * (len(EDGES) - 1) * 16


class FoveatedTarget(nn.Module):
    """Principal components of foveated features; the basis is fitted once, before training."""

    mean: Tensor
    basis: Tensor
    scale: Tensor

    def __init__(self, components: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(_SIZE))
        self.register_buffer("basis", torch.zeros(components, _SIZE))
        self.register_buffer("scale", torch.ones(()))

    @staticmethod
    def features(x: Tensor) -> Tensor:
        """(n, 4, CANVAS) one-hot windows -> (n, features) foveated bases and zone counts."""
        assert x.shape[-1] == CANVAS
        low, high = CANVAS_RADIUS - REACH, CANVAS_RADIUS + REACH + 1
        near = x[..., low:high]
        distance = torch.arange(-REACH, REACH + 1, device=x.device).abs()
        deviation = near - 0.25 * near.sum(1, keepdim=True)
        parts = [(deviation / (1 + distance / FOVEA)).flatten(1)]
        pairs = torch.einsum("nap,nbp->nabp", near[..., :-1], near[..., 1:]).flatten(1, 2)
        pairs = pairs - pairs.sum(1, keepdim=True) / 16
        for inner, outer in pairwise(EDGES):
            for zone in (
                pairs[..., REACH - outer : REACH - inner],
                pairs[..., REACH + inner : REACH + outer],
            ):
                parts.append(zone.sum(-1) / (outer - inner) ** 0.5)
        return torch.cat(parts, dim=1)

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Set mean, basis and scale from unlabeled windows (n, 4, CANVAS)."""
        raw = self.features(x)
        self.mean.copy_(raw.mean(0))
        _, values, basis = torch.linalg.svd(raw - self.mean, full_matrices=False)
        components = len(self.basis)
        self.basis.copy_(basis[:components])
        self.scale.copy_((values[:components].square().sum() / len(raw) / components).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        """(n, 4, CANVAS) -> (n, components), of unit mean square over all components."""
        return (self.features(x) - self.mean) @ self.basis.T / self.scale
