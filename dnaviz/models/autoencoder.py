"""The sequence-to-sequence autoencoder: DNA of 20-400 nt, one latent of 256 floats, DNA again.

The sequence lies on a canvas with its middle (0-based ``L // 2``) in the middle, so that latents of
sites are aligned whatever the length. The latent has two parts: an *ordered* one (51 slots of 4
floats, one slot every 8 bases) that keeps the bases, and a *global* one (52 floats) that learns a
foveated sketch of the sequence (``dnaviz.models.foveated_target``) and gives distances between
latents their meaning. The decoder reads each ordered float through sines and cosines (Fourier
features, Tancik et al. 2020, arXiv 2006.10739), which lets it tell the many levels apart that a
float has to carry; it writes all positions at once (free-running, no teacher forcing) and says
"nothing here" beyond the ends, which is how the length is predicted.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.encoder import (
    CANVAS_RADIUS,
    SLOTS,
    SPACING,
    WIDTHS,
    Body,
)
from dnaviz.models.foveated_target import FoveatedTarget

ORDERED = 4
GLOBAL = 52
LATENT = SLOTS * ORDERED + GLOBAL
MIN_LENGTH = 20
MAX_LENGTH = 400
FOVEA_RADIUS = 30  # bases on each side of the middle that the global part sees one by one
BLANK = 4  # the fifth class of the decoder: beyond the sequence
OCTAVES = 4
ORDERED_SCALE = 0.1  # so that distances between latents are mostly those of the global part
_FIRST = -(SLOTS // 2) * SPACING - SPACING // 2  # first decoded position, relative to the middle
DECODED = SLOTS * SPACING


def global_size(ordered: int) -> int:
    """Floats of the global part beside so many ordered floats a slot: one in five of them all."""
    return GLOBAL // ORDERED * ordered


def _write_digits(weight: Tensor) -> None:
    """Write a positional code: each float holds its bases as base-4 digits."""
    digit = torch.tensor([-1.5, -0.5, 0.5, 1.5])
    ordered = len(weight)
    per_float = SPACING // ordered
    with torch.no_grad():
        weight.zero_()
        for k in range(ordered):
            for j in range(per_float):
                weight[k, :, k * per_float + j] = digit * 4.0**-j


class Encoder(nn.Module):
    """Body, then the two parts of the latent."""

    def __init__(self, ordered: int = ORDERED) -> None:
        super().__init__()
        self.body = Body()
        self.ordered = nn.Conv1d(WIDTHS[-1], ordered, 1)
        self.digits = nn.Conv1d(4, ordered, SPACING, stride=SPACING, bias=False)
        # The ordered part starts as a plain positional code; the network learns what to add to it
        # (without this start, minutes go into finding any code at all).
        _write_digits(self.digits.weight)
        nn.init.zeros_(self.ordered.weight)
        self.ordered.bias = nn.Parameter(torch.zeros(ordered))
        self.squeeze = nn.Conv1d(WIDTHS[-1], 32, 1)
        self.global_ = nn.Linear(32 * SLOTS, global_size(ordered))
        self.fovea = nn.Linear(4 * (2 * FOVEA_RADIUS + 1), global_size(ordered), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 4, CANVAS) one-hot windows -> (n, LATENT) latents."""
        features = self.body.windows(x)
        ordered = (self.digits(decoded_window(x)) + self.ordered(features)).flatten(1)
        center = x[..., CANVAS_RADIUS - FOVEA_RADIUS : CANVAS_RADIUS + FOVEA_RADIUS + 1]
        global_ = self.global_(F.relu(self.squeeze(features)).flatten(1))
        global_ = global_ + self.fovea(center.flatten(1))
        return torch.cat([ORDERED_SCALE * ordered, global_], dim=1)


class DecoderBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.first = nn.Conv1d(width, width, 3, padding=1)
        self.second = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.gelu(self.first(F.gelu(self.norm(x)))))


class Decoder(nn.Module):
    """Latent -> five logits (A, C, G, T, nothing) for each of the 408 canvas positions."""

    def __init__(self, ordered: int = ORDERED) -> None:
        super().__init__()
        self.ordered, width = ordered, 192
        inputs = ordered * (1 + 2 * OCTAVES)
        self.input = nn.Conv1d(inputs, width, 1)
        self.global_ = nn.Linear(global_size(ordered), width)
        self.positional = nn.Parameter(torch.zeros(1, width, SLOTS))
        self.blocks = nn.Sequential(*(DecoderBlock(width) for _ in range(3)))
        self.output = nn.Conv1d(width, 5 * SPACING, 1)

    def forward(self, z: Tensor) -> Tensor:
        """(n, LATENT) -> logits (n, 5, DECODED)."""
        ordered = z[:, : SLOTS * self.ordered].reshape(-1, self.ordered, SLOTS) / ORDERED_SCALE
        waves = [ordered]
        for octave in range(OCTAVES):
            angle = ordered * (math.pi * 2**octave / 2)
            waves += [torch.sin(angle), torch.cos(angle)]
        x = (
            self.input(torch.cat(waves, dim=1))
            + self.global_(z[:, SLOTS * self.ordered :])[:, :, None]
        )
        x = self.output(self.blocks(x + self.positional))
        return x.reshape(len(z), 5, SPACING, SLOTS).transpose(2, 3).reshape(len(z), 5, DECODED)


class Autoencoder(nn.Module):
    """Encoder and decoder, and the sketch that the global part learns.

    ``noise`` (in units of the ordered floats' deviation) is added in training so that near codes
    stay near. ``ordered`` (1, 2, 4 or 8 floats a slot) sets the size of the latent: 64 times it.
    """

    def __init__(self, noise: float = 0.02, ordered: int = ORDERED) -> None:
        super().__init__()
        self.encoder = Encoder(ordered)
        self.decoder = Decoder(ordered)
        self.foveated_target = FoveatedTarget(global_size(ordered))
        self.noise = noise

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, CANVAS) -> latents (n, LATENT), logits (n, 5, DECODED)."""
        z = self.encoder(x)
        noisy = z
        if self.training and self.noise:
            noisy = z + self.noise * ORDERED_SCALE * torch.randn_like(z)
        return z, self.decoder(noisy)


def decoded_window(canvas: Tensor) -> Tensor:
    """The part of a (n, c, CANVAS) canvas that the decoder writes: (n, c, DECODED)."""
    start = CANVAS_RADIUS + _FIRST
    return canvas[..., start : start + DECODED]


def decoded_slice(length: int) -> slice:
    """Where a sequence of the given length lies among the decoded positions."""
    start = -_FIRST - length // 2
    return slice(start, start + length)
