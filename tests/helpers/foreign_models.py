"""Models that are not dnaviz's own, behind the interface of dnaviz.models.protocol."""

import hashlib
from collections import Counter
from itertools import product

import numpy as np
import torch
from torch import nn

from dnaviz.sequences import one_hot


class KmerEncoder:
    """Shares of 50 k-mers: an encoder and nothing else, without torch."""

    name = "50 trinucleotides"
    sha256 = hashlib.sha256(b"50 trinucleotides").hexdigest()
    latent_dim = 50
    min_length, max_length = 10, 2_000
    words = tuple("".join(word) for word in product("ACGT", repeat=3))[:50]

    def encode(self, sequences):
        counts = [Counter(s[i : i + 3] for i in range(len(s) - 2)) for s in sequences]
        rows = [[c[w] / max(c.total(), 1) for w in self.words] for c in counts]
        return np.array(rows, np.float32).reshape(len(sequences), self.latent_dim)


class SmallCNN(KmerEncoder):
    """A smooth convolution with 25 nt of context: scores and gradients, no decoder."""

    name = "small CNN"
    context = 25
    latent_dim = 8

    def __init__(self, seed=3):
        generator = torch.Generator().manual_seed(seed)
        self.weight = torch.randn(8, 4, 2 * self.context + 1, generator=generator) / 3
        self.output = torch.randn(2, 8, 1, generator=generator)
        self.sha256 = hashlib.sha256(self.weight.numpy().tobytes()).hexdigest()

    def _features(self, x):
        return torch.tanh(nn.functional.conv1d(x, self.weight))

    def _padded(self, bases):
        x = torch.from_numpy(one_hot(bases).astype(np.float32))[None]
        return nn.functional.pad(x, (self.context, self.context))

    def encode(self, sequences):
        return np.stack([self._features(self._padded(s))[0].mean(1).numpy() for s in sequences])

    def score_positions(self, sequences, wanted=None):
        parts = wanted or [slice(None)] * len(sequences)
        return [
            nn.functional.conv1d(self._features(self._padded(s)), self.output)[0].numpy()[:, part]
            for s, part in zip(sequences, parts, strict=True)
        ]

    def _middles(self, x):
        first = x.shape[-1] // 2 - self.context
        stop = x.shape[-1] // 2 + self.context + 1
        x = nn.functional.pad(x, (-first, stop - x.shape[-1]))
        return nn.functional.conv1d(self._features(x), self.output)[..., 0]

    def score_windows(self, windows):
        return self._middles(torch.as_tensor(windows, dtype=torch.float32)).numpy()

    def gradients(self, windows, site):
        x = torch.tensor(windows, dtype=torch.float32, requires_grad=True)
        scores = self._middles(x)[:, ["donor", "acceptor"].index(site)]
        (slopes,) = torch.autograd.grad(scores.sum(), x)
        return scores.detach().numpy(), slopes.numpy()


class SmallDecoder(KmerEncoder):
    """Writes bases at random from the k-mers' shares, the same for the same latent."""

    name = "small decoder"
    sha256 = hashlib.sha256(b"small decoder").hexdigest()

    def decode(self, latents, lengths=None):
        frequencies = np.random.default_rng(0).random((self.latent_dim, 4, self.max_length))
        scores = np.tensordot(np.asarray(latents), frequencies, 1)
        shares = np.exp(30 * scores) / np.exp(30 * scores).sum(1, keepdims=True)
        lengths = lengths or [200] * len(shares)
        return [row[:, :n].astype(np.float32) for row, n in zip(shares, lengths, strict=True)]
