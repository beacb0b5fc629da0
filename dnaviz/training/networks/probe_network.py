"""The network behind ``dnaviz probe``: the autoencoder's encoder under a head for any labels.

Three looks at a sequence of fixed length are added up: the encoder's own (its body around the
middle, and its global latent), every base and pair of neighboring bases near the middle, and what
words the sequence is made of in parts along its whole length. With the autoencoder's weights the
network is the paper's "prior" (arXiv 1906.03087); with random ones it is "from scratch".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.autoencoder import GLOBAL, Encoder
from dnaviz.models.encoder import BODY_RADIUS, SLOTS, SPACING, WIDTHS, Body

RADIUS = 96  # bases on each side of the middle that the body looks at
CENTER_RADIUS = 30  # bases on each side that are seen one by one
K = 3  # bases in a word
PART = 50  # bases in a part whose words are counted
SQUEEZED = 32
HIDDEN = 128


class ProbeNet(nn.Module):
    """Logits of any number of classes for sequences of one length.

    Parameters
    ----------
    length : int
        Of the sequences, nt.
    classes : int
    encoder : Encoder, optional
        Whose weights it starts from; random ones when not given.
    dropout : float
    """

    one_hot: Tensor

    def __init__(
        self, length: int, classes: int, encoder: Encoder | None = None, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.length, self.middle = length, length // 2
        self.radius = min(RADIUS, self.middle)
        self.reach = self.radius // SPACING  # slots on either side of the middle one
        slots = 2 * self.reach + 1
        table = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)])
        self.register_buffer("one_hot", table, persistent=False)
        self.body = Body()
        self.squeeze = nn.Conv1d(WIDTHS[-1], SQUEEZED, 1)
        self.global_ = nn.Linear(SQUEEZED * slots, GLOBAL)
        self.global_norm = nn.BatchNorm1d(GLOBAL)
        if encoder is not None:
            self._start_from(encoder)
        self.near = min(CENTER_RADIUS, self.middle, length - self.middle - 1)
        self.parts = max(1, round(length / PART))
        words = 5**K * self.parts
        self.words_norm = nn.BatchNorm1d(words)
        self.branches = nn.ModuleDict(
            {
                "features": nn.Linear(SQUEEZED * slots, HIDDEN, bias=False),
                "whole": nn.Linear(GLOBAL, HIDDEN, bias=False),
                "bases": nn.Linear(30 * 2 * self.near, HIDDEN, bias=False),
                "words": nn.Linear(words, HIDDEN, bias=False),
            }
        )
        self.norm = nn.BatchNorm1d(HIDDEN)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Sequential(nn.Linear(HIDDEN, 64), nn.ReLU(), nn.Linear(64, classes))

    def _start_from(self, encoder: Encoder) -> None:
        """Copy the encoder; of its look over 51 slots the inner ones, as many as there are here."""
        self.body.load_state_dict(encoder.body.state_dict())
        self.squeeze.load_state_dict(encoder.squeeze.state_dict())
        weight = encoder.global_.weight.detach().reshape(GLOBAL, SQUEEZED, SLOTS)
        reach = min(self.reach, SLOTS // 2)
        inner = weight[..., SLOTS // 2 - reach : SLOTS // 2 + reach + 1]
        with torch.no_grad():
            target = self.global_.weight.reshape(GLOBAL, SQUEEZED, 2 * self.reach + 1)
            target.zero_()
            target[..., self.reach - reach : self.reach + reach + 1] = inner
            self.global_.bias.copy_(encoder.global_.bias)

    def forward(self, codes: Tensor) -> Tensor:
        """(n, length) base codes (0-3 = A C G T, 4 = unknown) -> (n, classes) logits."""
        codes = codes.long()
        features = self.squeeze(self.body.windows(self._window(codes))).float()
        features = F.relu(features).flatten(1)
        sums = self.branches["features"](self.dropout(features))
        sums = sums + self.branches["whole"](self.global_norm(self.global_(features)))
        sums = sums + self.branches["bases"](self.dropout(self._bases(codes)))
        sums = sums + self.branches["words"](
            self.dropout(self.words_norm(self._kmer_counts(codes)))
        )
        return self.output(self.dropout(F.relu(self.norm(sums))))

    def _window(self, codes: Tensor) -> Tensor:
        """One-hot bases around the middle, zeros beyond them."""
        visible = codes[:, self.middle - self.radius : self.middle + self.radius + 1]
        reach = self.reach * SPACING + BODY_RADIUS
        before = reach - self.radius
        x = self.one_hot[visible].transpose(1, 2)
        return F.pad(x, (before, 2 * reach + 1 - before - visible.shape[1]))

    def _bases(self, codes: Tensor) -> Tensor:
        """Bases near the middle and pairs of neighbors, one-hot."""
        low, high = self.middle - self.near, self.middle + self.near
        first, second = codes[:, low:high], codes[:, low + 1 : high + 1]
        pairs = F.one_hot(5 * first + second, 25)
        return torch.cat([F.one_hot(first, 5), pairs], dim=2).flatten(1).float()

    def _kmer_counts(self, codes: Tensor) -> Tensor:
        """Square roots of k-mer counts in each part of the sequence."""
        total = self.length - K + 1
        words = torch.zeros_like(codes[:, :total])
        for offset in range(K):
            words = 5 * words + codes[:, offset : offset + total]
        part = torch.arange(total, device=codes.device) * self.parts // total
        counts = torch.zeros(len(codes), self.parts * 5**K, device=codes.device)
        ones = torch.ones((), device=codes.device).expand(words.shape)
        return counts.scatter_add_(1, words + part * 5**K, ones).sqrt()
