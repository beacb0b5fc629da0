"""Splice-site classifiers on the encoder: fine-tuned and on frozen latents.

Both answer for the base in the middle: donor (it is the first intron base), acceptor (it is the
last intron base) or neither. These are the paper's two uses of the autoencoder
(arXiv 1906.03087): its body as a *prior* that is fine-tuned, and its latents as *features*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.autoencoder import LATENT
from dnaviz.models.encoder import (
    BODY_RADIUS,
    SPACING,
    WIDTHS,
    Body,
    Residual,
    conv_norm,
    fold_batch_norm,
)

LABELS = ("neither", "donor", "acceptor")
CONTEXT = 200  # bases on each side that a prediction may depend on
SPLICE_LATENT = 64
HIDDEN = 128

_REACH = (CONTEXT - BODY_RADIUS) // SPACING  # slots on either side that fit into CONTEXT
_SPARE = CONTEXT - BODY_RADIUS - _REACH * SPACING  # bases of CONTEXT left over
SPLICE_SLOTS = 2 * _REACH + 1


# The context head: width of its features; dilations and taps of its residual blocks.
WIDTH, DILATIONS, TAPS = 48, (1, 2, 4), 3


def missing_fraction(x: Tensor) -> Tensor:
    """Fraction of the 401 bases around each position that lie beyond the sequence.

    Parameters
    ----------
    x : Tensor, shape (n, 4, w + 2 * CONTEXT)

    Returns
    -------
    Tensor, shape (n, 1, w)
    """
    bases = F.pad(x.sum(1, keepdim=True).float().cumsum(-1), (1, 0))
    width = 2 * CONTEXT + 1
    return (1 - (bases[..., width:] - bases[..., :-width]) / width).to(x.dtype)


def calibrated(
    logits: Tensor,
    missing: Tensor,
    temperature: Tensor,
    bias: Tensor,
    gain: Callable[[Tensor], Tensor] = F.softplus,
    loss: Callable[[Tensor], Tensor] = F.softplus,
) -> Tensor:
    """Logits (n, 3, w) as they are after calibration, given the share (n, 1, w) of absent bases.

    Beta calibration (Kull, Silva Filho & Flach 2017, AISTATS): odds for a site and odds against it
    have a temperature each. Ranking within a class is kept. `gain` and `loss` are softplus, as
    modules of their own, each with an input of its own, for tools that look at modules.
    """
    odds = logits[:, 1:] - logits[:, :1]
    against, for_ = (temperature[0] + temperature[1] * missing[..., None]).exp().unbind(-1)
    odds = gain(odds.view_as(odds)) / for_ - loss(-odds) / against
    return F.pad(odds, (0, 0, 1, 0)) + bias[0][:, None] + bias[1][:, None] * missing


class PositionClassifier(nn.Module):
    """Base class: logits of ``LABELS`` for every position, from 400 nt around it.

    ``temperature`` and ``bias`` are set after training so that probabilities are calibrated at the
    prevalence of sites in genes. Both are straight lines over the share of the 401 bases around a
    position that is absent: value at 0, and slope (a fragment's sites need another correction than
    those of a whole gene, and with all bases there no ranking within a class pair changes).
    """

    channels: int  # of the features before the last layers
    output: nn.Conv1d  # of the logits, on the latents
    temperature: Tensor  # (2, 2): logarithms where no base is absent, slopes; against, for a site
    bias: Tensor  # (2, len(LABELS))

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.register_buffer("temperature", torch.zeros(2, 2))
        self.register_buffer("bias", torch.zeros(2, len(LABELS)))

    def hidden_and_logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features (n, channels, w) before the last layers, and what :meth:`forward` returns."""
        raise NotImplementedError

    def center_latents(self, x: Tensor) -> Tensor:
        """Latents (n, SPLICE_LATENT) of the middle of windows (n, 4, 2 * CONTEXT + 1).

        The same numbers as for all positions outside training, for less work.
        """
        raise NotImplementedError

    def center_logits(self, x: Tensor) -> Tensor:
        """Logits (n, 3) of the middle of windows (n, 4, 2 * CONTEXT + 1)."""
        return self.logits(self.center_latents(x)[..., None], missing_fraction(x))[..., 0]

    def logits(self, latents: Tensor, missing: Tensor) -> Tensor:
        """Calibrated logits (n, 3, w) of latents (n, SPLICE_LATENT, w)."""
        return calibrated(self.output(self.relu(latents)), missing, self.temperature, self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of every position that has its context.

        Parameters
        ----------
        x : Tensor, shape (n, 4, w + 2 * CONTEXT)
            One-hot bases; zeros beyond the sequence.

        Returns
        -------
        Tensor, shape (n, 3, w)
            Logits of ``LABELS``.
        """
        return self.hidden_and_logits(x)[1]


class SpliceClassifier(PositionClassifier):
    """Convolutional body, context head over 400 nt, latent of 64 floats, three logits."""

    channels = HIDDEN

    def __init__(self) -> None:
        super().__init__()
        self.body = Body()
        self.squeeze = nn.Conv1d(WIDTHS[-1], WIDTH, 1)
        self.blocks = nn.Sequential(*(Residual(WIDTH, TAPS, dilation) for dilation in DILATIONS))
        slots = SPLICE_SLOTS - 2 * (TAPS - 1) * sum(DILATIONS)  # that the blocks leave
        self.context_conv = nn.Conv1d(WIDTH, HIDDEN, slots, bias=False)
        self.norm = nn.BatchNorm1d(HIDDEN)
        self.latent = nn.Conv1d(HIDDEN, SPLICE_LATENT, 1)
        self.output = nn.Conv1d(SPLICE_LATENT, len(LABELS), 1)
        self.dropout = nn.Dropout(0.2)

    def hidden_and_logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = F.relu(self.squeeze(self.body.dense(F.pad(x, (-_SPARE, -_SPARE)))))
        for block in self.blocks:
            features = block(features, spacing=SPACING)
        hidden = F.relu(conv_norm(features, self.context_conv, self.norm, spacing=SPACING))
        latents = self.latent(self.dropout(hidden))
        return hidden, self.logits(latents, missing_fraction(x))

    def center_latents(self, x: Tensor) -> Tensor:
        """See :meth:`PositionClassifier.center_latents`; the strided way."""
        x = x[..., _SPARE : x.shape[-1] - _SPARE]
        assert self.squeeze.bias is not None
        squeezed = self.body.sparse(x).convolve(self.squeeze.weight, self.squeeze.bias)
        patch = squeezed.relu()
        for block in cast(list[Residual], self.blocks):
            patch = block.forward_sparse(patch)
        hidden = (
            patch.convolve(*fold_batch_norm(self.context_conv, self.norm)).relu().dense()[:, :, 0]
        )
        latents: Tensor = self.latent(hidden)[..., 0]
        return latents


class FrozenHead(nn.Module):
    """Logistic regression on the autoencoder's latents, which stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(LATENT, len(LABELS))

    def forward(self, latents: Tensor) -> Tensor:
        """(n, LATENT) -> logits (n, 3)."""
        return self.linear(latents)


class SpliceHeads(nn.Module):
    """Both classifiers, as one checkpoint holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.fine_tuned = SpliceClassifier()
        self.frozen = FrozenHead()
