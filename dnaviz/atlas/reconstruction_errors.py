"""Reconstruction errors on an atlas's windows, by position, repeats, GC content and noise level.

A good autoencoder returns nearly every base, and a table of its few failures says little. So the
same windows are also read back from latents that were blurred with a little noise: what goes first
then is what the latent holds least firmly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.anndata_files import write_anndata
from dnaviz.atlas.store import UNS_KEY, Atlas, gc_content
from dnaviz.models import require
from dnaviz.models.protocol import decoded

KEY = "losses"  # of the table in ``uns["dnaviz"]``
NOISE = (0.0, 0.05, 0.1, 0.2)
SAMPLE = 2000
BATCH = 256
EDGES = {
    "gc": (0, 0.3, 0.4, 0.5, 0.6, 0.7, 1),
    "repeats": (0, 1e-9, 0.1, 0.2, 0.4, 1),  # first those without any
}
LONGEST_PERIOD = 6
SHORTEST_REPEAT = 10


def reconstruction_errors(
    atlas: Atlas,
    model: Any,
    *,
    noise: tuple[float, ...] = NOISE,
    sample: int | None = SAMPLE,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> pd.DataFrame:
    """Encode an atlas's windows, blur their latents, decode them, and count what went wrong.

    Parameters
    ----------
    atlas
        With sequences.
    model
        A `dnaviz.models.DNAModel` that is a `dnaviz.models.Decoder`.
    noise
        Gaussian noise added to every float, in units of its standard deviation over the atlas.
    sample
        Windows drawn at random, or None for all.

    Returns
    -------
    pandas.DataFrame
        A row for each ``noise`` and each group of bases: ``by`` ("all", "position", "repeats",
        "gc", "label"), ``low`` and ``high`` (the group's limits: 0-based offset from the window's
        middle, share of the window in tandem repeats, its GC content; NaN for labels), ``group``
        (its name), ``windows``, ``bases`` (A, C, G, T only), ``wrong``, and the means of
        ``probability`` (of the right base) and ``entropy`` (bits).
    """
    require(model, "decode")
    atlas.check_model(model)
    rows = np.arange(len(atlas))
    rng = np.random.default_rng(seed)
    if sample is not None and sample < len(rows):
        rows = np.sort(rng.choice(rows, sample, replace=False))
    codes = atlas.codes(rows)
    spread = atlas.latent()[atlas.subsample()].astype(np.float32).std(axis=0)
    groups = _groups(atlas, rows, codes)
    parts = [slice(start, start + BATCH) for start in range(0, len(rows), BATCH)]
    latents = [model.encode(atlas.sequences(rows[part])) for part in parts]
    tables = []
    for number, level in enumerate(noise):
        tallies = np.zeros((4, *codes.shape), np.float32)
        for part, encoded in zip(parts, latents, strict=True):
            progress((number + part.start / len(rows)) / len(noise))
            tallies[:, part] = _read_back(model, encoded, codes[part], level, spread, rng)
        tables.append(_table(level, tallies, groups))
    progress(1.0)
    return pd.concat(tables, ignore_index=True)


def stored(atlas: Atlas) -> pd.DataFrame | None:
    """The table that an atlas carries, or None."""
    table = atlas.info.get(KEY)
    columns = {"noise", "by", "group", "low", "high", "windows", "bases", "wrong"}
    return table if isinstance(table, pd.DataFrame) and columns <= set(table.columns) else None


def store(atlas: Atlas, table: pd.DataFrame) -> None:
    """Put a table into the atlas, to be written with it."""
    atlas.adata.uns[UNS_KEY] = {**atlas.info, KEY: table}


def write(path: str | Path, table: pd.DataFrame) -> None:
    """Put a table into an atlas's file; all else there stays, layers that no map shows too."""
    import anndata

    path = Path(path)
    adata = anndata.read_zarr(path) if path.is_dir() else anndata.read_h5ad(path)
    adata.uns[UNS_KEY] = {**adata.uns.get(UNS_KEY, {}), KEY: table}
    write_anndata(adata, path)


def repeat_share(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of each row's bases (n, w; codes 0-5 for ``ACGTN-``) that lie in tandem repeats.

    A tandem repeat has a period of 1 to 6 bases, at least two whole copies, and 10 bases or more.
    """
    inside = np.zeros(codes.shape, bool)
    for period in range(1, LONGEST_PERIOD + 1):
        shortest = max(SHORTEST_REPEAT, 2 * period) - period  # matches in a row
        same = (codes[:, period:] == codes[:, :-period]) & (codes[:, period:] < 4)
        if same.shape[1] < shortest:
            continue
        runs = np.lib.stride_tricks.sliding_window_view(same, shortest, axis=1).all(axis=2)
        for offset in range(shortest + period):
            inside[:, offset : offset + runs.shape[1]] |= runs
    bases = (codes < 4).sum(axis=1)
    return ((inside & (codes < 4)).sum(axis=1) / np.maximum(bases, 1)).astype(np.float32)


def _read_back(
    model: Any,
    latents: NDArray[np.float32],
    codes: NDArray[np.uint8],
    level: float,
    spread: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Known bases, wrong bases, probabilities of the right base, entropies: (4, n, w)."""
    if level:
        noise = rng.standard_normal(latents.shape, np.float32)
        latents = latents + np.float32(level) * spread * noise
    tallies = np.zeros((4, *codes.shape), np.float32)
    for row, written in enumerate(decoded(model, latents, (codes < 5).sum(axis=1).tolist())):
        occupied = np.flatnonzero(codes[row] < 5)
        columns = slice(int(occupied[0]), int(occupied[-1]) + 1)
        valid = codes[row, columns] < 4
        right = np.minimum(codes[row, columns], 3)
        probability = np.take_along_axis(written, right[None].astype(int), 0)[0]
        tallies[0, row, columns] = valid
        tallies[1, row, columns] = valid & (written.argmax(axis=0) != right)
        tallies[2, row, columns] = valid * probability
        tallies[3, row, columns] = valid * -(written * np.log2(np.maximum(written, 1e-12))).sum(0)
    return tallies


def _groups(
    atlas: Atlas, rows: NDArray[np.int64], codes: NDArray[np.uint8]
) -> list[tuple[str, str, float, float, NDArray[np.bool_] | slice, NDArray[np.int64] | slice]]:
    """(by, name, low, high, rows, columns) of every group of bases."""
    every = slice(None)
    width = codes.shape[1]
    groups: list = [("all", "all", np.nan, np.nan, every, every)]
    for column in range(width):
        offset = column - width // 2
        groups.append(("position", str(offset), offset, offset, every, slice(column, column + 1)))
    for by, values in (("repeats", repeat_share(codes)), ("gc", gc_content(codes))):
        for low, high in zip(EDGES[by], EDGES[by][1:], strict=False):
            chosen = (values >= low) & ((values < high) | (high == 1))
            name = "none" if high < 1e-6 else f"{low:.0%} to {high:.0%}"
            groups.append((by, name, low, high, chosen, every))
    if "label" in atlas.obs:
        labels = atlas.obs["label"].astype(str).to_numpy()[rows]
        for label in list(dict.fromkeys(sorted(labels)))[:20]:
            groups.append(("label", label, np.nan, np.nan, labels == label, every))
    return groups


def _table(level: float, tallies: NDArray[np.float32], groups: list) -> pd.DataFrame:
    records = []
    for by, name, low, high, rows, columns in groups:
        part = tallies[:, rows][:, :, columns]
        bases, wrong, probability, entropy = part.sum(axis=(1, 2), dtype=np.float64)
        if bases:
            records.append(
                {
                    "noise": level, "by": by, "group": name, "low": float(low), "high": float(high),
                    "windows": int(part[0].any(axis=1).sum()), "bases": int(bases),
                    "wrong": int(wrong), "probability": probability / bases,
                    "entropy": entropy / bases,
                }
            )  # fmt: skip
    return pd.DataFrame.from_records(records)
