"""Reconstruction accuracy by size of the latent, from small trainings of equal budget."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.models.autoencoder import Autoencoder
from dnaviz.training.data.canvases import draw_windows, make_pool, training_windows
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.evaluate import Metric, read_back_metrics
from dnaviz.training.fit.autoencoder import read_back
from dnaviz.training.fit.loop import digest, fit
from dnaviz.training.fit.objectives import Objective

SIZES = (64, 128, 256, 512)
LENGTHS = (50, 100, 200, 400)
SLOT = 64  # floats of latent for each ordered float a slot


def latent_size_sweep(
    train: list[Record], test: list[Record], folder: Path, *, sizes: tuple[int, ...] = SIZES,
    steps: int = 1000, batch: int = 32, n: int = 300, seed: int = 0,
) -> list[Metric]:  # fmt: skip
    """Train an autoencoder of every latent size on bases alone and read test windows back.

    Parameters
    ----------
    train, test : list of Record
        Of training and of test chromosomes.
    folder : path
        Keeps one run for each size; an unfinished one is resumed.
    sizes : tuple of int
        Floats of the latent: 64, 128, 256 or 512.
    steps, batch, seed
        Of every training.
    n : int
        Windows of each length.

    Returns
    -------
    list of Metric
    """
    pool = make_pool(train)
    rng = np.random.default_rng(seed)
    windows = {k: draw_windows(make_pool(test), np.full(n, k), rng) for k in LENGTHS}
    figures = []
    section = f"Rate and distortion after {steps} steps of {batch} windows"
    for size in sizes:
        torch.manual_seed(seed)
        model = Autoencoder(ordered=size // SLOT)

        def loss(
            module: nn.Module, rng: np.random.Generator, device: torch.device
        ) -> dict[str, Tensor]:
            assert isinstance(module, Autoencoder)
            return Objective("plain").losses(module, training_windows(pool, batch, rng), rng)

        print(f"latent of {size} floats", file=sys.stderr)
        settings = {
            "size": size, "steps": steps, "batch": batch, "seed": seed,
            "data": digest([pool.codes]),
        }  # fmt: skip
        fit(model, loss, steps=steps, peak=2e-3, folder=folder / f"latent-{size}", seed=seed,
            settings=settings)  # fmt: skip
        for length, stretches in windows.items():
            shares = np.array([h.mean() for h in read_back(model, stretches) if len(h)])
            kind = f"{length} nt"
            figures += read_back_metrics(section, f"latent {size}", shares, kind, "windows")
    return figures
