"""Train the masked reader: hide bases of unlabeled DNA, ask which they were."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.encoder import BODY_RADIUS, SPACING
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import Record, one_hot_codes
from dnaviz.training.fit.loop import digest, fit, use_bfloat16
from dnaviz.training.fit.objectives import IGNORED
from dnaviz.training.networks.masked_reader import AROUND, HIDDEN, MaskedReader

SLOTS = 40  # places a window that may be hidden
WINDOW = 2 * BODY_RADIUS + 1 + SPACING * (SLOTS - 1)
HIDE = 0.65  # share of the slots that are
PLACES = BODY_RADIUS + SPACING * np.arange(SLOTS)[:, None] + np.arange(-AROUND, AROUND + 1)


def draw(
    sources: list[list[Record]], shares: list[float], n: int, rng: np.random.Generator
) -> np.ndarray:
    """Random windows (n, WINDOW) of random records, each source as often as its share says."""
    windows = np.full((n, WINDOW), PAD, np.uint8)
    chosen = rng.choice(len(sources), n, p=np.array(shares) / sum(shares))
    for row, source in zip(windows, chosen, strict=True):
        codes = sources[source][rng.integers(len(sources[source]))].codes
        if len(codes) >= WINDOW:
            start = rng.integers(0, len(codes) - WINDOW + 1)
            row[:] = codes[start : start + WINDOW]
        else:
            start = rng.integers(0, WINDOW - len(codes) + 1)
            row[start : start + len(codes)] = codes
    return windows


def hide(windows: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Windows with hidden bases, and those bases (n, SLOTS, 5), IGNORED where none is asked."""
    shape = (len(windows), SLOTS, 1)
    hit = rng.random(shape) < HIDE
    before, after = (rng.integers(0, AROUND + 1, shape) for _ in range(2))
    offsets = np.arange(-AROUND, AROUND + 1)
    masked = hit & (offsets >= -before) & (offsets <= after)
    truth = windows[:, PLACES]
    everywhere = np.zeros(windows.shape, bool)
    everywhere[:, PLACES] = masked
    asked = np.where(masked & (truth < HIDDEN), truth.astype(np.int64), IGNORED)
    return np.where(everywhere & (windows != PAD), np.uint8(HIDDEN), windows), asked


def train_reader(
    sources: list[list[Record]],
    shares: list[float],
    folder: str | Path,
    *,
    start: Autoencoder,
    steps: int = 6000,
    batch: int = 32,
    peak: float = 2e-3,
    seed: int = 0,
) -> tuple[MaskedReader, float]:
    """Train a reader on windows drawn from records.

    Parameters
    ----------
    sources : list of list of Record
        Stretches of DNA of several kinds.
    shares : list of float
        How often each kind is drawn from.
    folder : path
        Of the run; an unfinished run there is resumed.
    start : Autoencoder
        Whose body it starts from.
    steps, batch, peak, seed
        Optimizer steps, windows a step, highest learning rate, seed.

    Returns
    -------
    MaskedReader, float
        In eval mode, its weights a running mean; and the seconds it took.
    """
    torch.manual_seed(seed)
    reader = MaskedReader()
    reader.body.load_state_dict(start.encoder.body.state_dict())

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        seen, asked = hide(draw(sources, shares, batch, rng), rng)
        x = torch.from_numpy(one_hot_codes(seen)).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=use_bfloat16(device)):
            logits = cast(Tensor, module(x))
        truth = torch.from_numpy(asked).to(device)
        return {
            "hidden": F.cross_entropy(
                logits.float().flatten(0, 2), truth.flatten(), ignore_index=IGNORED
            )
        }

    settings = {
        "steps": steps, "batch": batch, "peak": peak, "seed": seed, "shares": shares,
        "start": digest(reader.state_dict().values()),
        "data": digest([record.codes for source in sources for record in source]),
    }  # fmt: skip
    seconds = fit(
        reader, loss, steps=steps, peak=peak, folder=Path(folder), seed=seed, settings=settings,
        average=0.998,
    )  # fmt: skip
    return reader, seconds
