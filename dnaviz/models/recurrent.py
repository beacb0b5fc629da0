"""The recurrent encoder-decoder of the paper's kind, beside the convolutional default.

A bidirectional GRU reads the sequence in words of eight bases (base by base gradients would have
eight times as many steps to go), its last states become one latent of the default's size, and a
second GRU writes all positions from that latent, free-running: it is never shown the sequence.
After Agarwal, Reddy and Anand 2019 (arXiv 1906.03087).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dnaviz.models.autoencoder import LATENT, decoded_window
from dnaviz.models.encoder import SLOTS, SPACING

HIDDEN = 256


class RecurrentEncoder(nn.Module):
    """Words of eight bases -> bidirectional GRU -> one latent."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Linear(4 * SPACING, HIDDEN)
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True, bidirectional=True)
        self.latent = nn.Linear(2 * HIDDEN, LATENT)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 4, CANVAS) one-hot windows -> (n, LATENT) latents."""
        words = decoded_window(x).unflatten(2, (SLOTS, SPACING)).transpose(1, 2).flatten(2)
        states = self.gru(torch.tanh(self.input(words)))[1]
        return self.latent(states.transpose(0, 1).flatten(1))


class RecurrentDecoder(nn.Module):
    """Latent -> GRU over 51 words -> five logits (A, C, G, T, nothing) for each position."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Linear(LATENT, HIDDEN)
        self.input = nn.Linear(LATENT, HIDDEN)
        self.positional = nn.Parameter(0.1 * torch.randn(1, SLOTS, HIDDEN))
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)
        self.output = nn.Linear(HIDDEN, 5 * SPACING)

    def forward(self, z: Tensor) -> Tensor:
        """(n, LATENT) -> logits (n, 5, DECODED)."""
        inputs = torch.tanh(self.input(z))[:, None] + self.positional
        written = self.output(self.gru(inputs, torch.tanh(self.start(z))[None])[0])
        return written.unflatten(2, (5, SPACING)).permute(0, 2, 1, 3).flatten(2)


class RecurrentAutoencoder(nn.Module):
    """Encoder and decoder, with the interface of the default."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder()
        self.decoder = RecurrentDecoder()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, CANVAS) -> latents (n, LATENT), logits (n, 5, DECODED)."""
        z = self.encoder(x)
        return z, self.decoder(z)
