"""Train an autoencoder: reconstruction loss plus one objective for the latent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.models.architectures import ARCHITECTURES, AnyAutoencoder
from dnaviz.models.autoencoder import MAX_LENGTH, Autoencoder, decoded_slice
from dnaviz.models.threads import one_thread
from dnaviz.training.data.canvases import (
    RecordPool,
    canvas_codes,
    draw_windows,
    make_pool,
    training_windows,
)
from dnaviz.training.data.records import Record, one_hot_codes
from dnaviz.training.fit.loop import digest, fit
from dnaviz.training.fit.objectives import objective as choose

TARGET_WINDOWS = 6000  # windows that the sketch's basis is fitted on


def accuracy(model: nn.Module, windows: list[np.ndarray]) -> dict[str, float]:
    """Reconstruction accuracy by bases and by whole windows, free-running, length known."""
    hits = list(read_back(model, windows))
    return {
        "bases": float(np.concatenate(hits).mean()),
        "exact": float(np.mean([bool(h.all()) for h in hits])),
    }


@torch.no_grad()
def read_back(model: nn.Module, windows: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield for each window a mask of its known bases that are reconstructed."""
    device = next(model.parameters()).device
    for start in range(0, len(windows), 250):
        chunk = windows[start : start + 250]
        _, logits = model(torch.from_numpy(one_hot_codes(canvas_codes(chunk))).to(device))
        bases = logits[:, :4].argmax(1).cpu().numpy()
        for codes, row in zip(chunk, bases, strict=True):
            yield (row[decoded_slice(len(codes))] == codes)[codes < 4]


@torch.no_grad()
def encode(autoencoder: AnyAutoencoder, windows: list[np.ndarray]) -> np.ndarray:
    """Latents (n, floats) of codes of sequences of at most 400 nt."""
    blocks = []
    with one_thread():
        for start in range(0, len(windows), 256):
            canvases = canvas_codes(windows[start : start + 256])
            blocks.append(autoencoder.encoder(torch.from_numpy(one_hot_codes(canvases))).numpy())
    return np.concatenate(blocks)


def validation_windows(records: list[Record], n: int) -> list[np.ndarray]:
    """Draw random windows of 60-400 nt for validation."""
    rng = np.random.default_rng(1)
    return draw_windows(make_pool(records), rng.integers(60, MAX_LENGTH + 1, n), rng)


def train_autoencoder(
    train: list[Record],
    validation: list[Record],
    folder: str | Path,
    *,
    architecture: str = "convolutional",
    objective: str = "sketch",
    steps: int = 12000,
    batch: int = 32,
    peak: float = 2e-3,
    seed: int = 0,
) -> tuple[AnyAutoencoder, float]:
    """Train an autoencoder on windows drawn from records.

    Parameters
    ----------
    train, validation : list of Record
        Stretches of DNA; their labels are not used.
    folder : path
        Of the run; an unfinished run there is resumed.
    architecture : {"convolutional", "recurrent"}
    objective : str
        One of :data:`dnaviz.training.fit.objectives.OBJECTIVES`.
    steps, batch, peak, seed
        Optimizer steps, windows a step, highest learning rate, seed.

    Returns
    -------
    Autoencoder or RecurrentAutoencoder, float
        The trained model in eval mode, and the seconds it took.
    """
    chosen = choose(objective, architecture)
    torch.manual_seed(seed)
    pool: RecordPool = make_pool(train)
    model = ARCHITECTURES[architecture]()
    rng = np.random.default_rng(seed)
    if isinstance(model, Autoencoder):
        lengths = np.full(TARGET_WINDOWS, 220)
        model.foveated_target.fit(
            torch.from_numpy(one_hot_codes(canvas_codes(draw_windows(pool, lengths, rng))))
        )
    held_out = validation_windows(validation, 500) if validation else []

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        return chosen.losses(cast(AnyAutoencoder, module), training_windows(pool, batch, rng), rng)

    settings = {
        "steps": steps, "batch": batch, "peak": peak, "seed": seed, "data": digest([pool.codes]),
        "architecture": architecture, "objective": objective,
    }  # fmt: skip
    seconds = fit(
        model, loss, steps=steps, peak=peak, folder=Path(folder), seed=seed, settings=settings,
        check=(lambda m: accuracy(m, held_out)) if held_out else None,
    )  # fmt: skip
    return model, seconds
