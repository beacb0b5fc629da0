"""Build an atlas: encode windows in both latent spaces and draw the map of each with UMAP.

The only module that imports umap-learn (numba, seconds to import): building is done ahead, on the
command line; viewers place new points with :mod:`dnaviz.atlas.project`.

Choices, the same for both spaces. Latents come standardized from the models (each float has unit
variance over the training set), so they are neither scaled again nor reduced first. They are kept
as float16 (half the file; the rounding is a thousandth of a standard deviation) and the maps are
drawn from what is kept, so that placing sees the very distances UMAP saw. 30 neighbors instead of
UMAP's 15: with 20,000 points the islands stay in one piece; ``min_dist`` .25 keeps single points
apart enough to be picked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz import __version__
from dnaviz.atlas import project as placing
from dnaviz.atlas import reconstruction_errors
from dnaviz.atlas.quality import quality
from dnaviz.atlas.store import (
    KEYS,
    SEQUENCE_KEY,
    UNS_KEY,
    Atlas,
    center_crop,
    encode_codes,
    gc_content,
)
from dnaviz.atlas.umap_fit import fit_umap
from dnaviz.errors import InputError
from dnaviz.models import Model, can, encode_in, latent_spaces, site_probabilities
from dnaviz.models.protocol import SITES
from dnaviz.sequences import from_one_hot

if TYPE_CHECKING:
    from anndata import AnnData

    from dnaviz.models import DNAModel

WINDOW = 200
METRIC = "euclidean"
NEIGHBORS = placing.MAP_NEIGHBORS
MIN_DIST = placing.MIN_DIST
FEWEST = 10  # fewer points make no map
BATCH = 512

Progress = Callable[[str, float], None]
"""Called with what is being done and how far it is (0-1)."""


def build_atlas(
    windows: pd.DataFrame,
    model: DNAModel,
    *,
    window: int = WINDOW,
    metric: str = METRIC,
    n_neighbors: int = NEIGHBORS,
    min_dist: float = MIN_DIST,
    seed: int = 0,
    progress: Progress | None = None,
) -> AnnData:
    """Encode windows, map them, and gather all that the dashboards show of them.

    Parameters
    ----------
    windows
        One row per window: ``sequence``, ids in ``id`` (else made from ``chrom``, ``start``,
        ``end``, ``strand``, ``label``, else numbers), and any other columns, which are kept.
        The columns made here (``length``, ``gc``, ``donor_probability``, ``acceptor_probability``,
        ``reconstruction_accuracy``) replace any of the same name.
    model
        Any `dnaviz.models.DNAModel`. Probabilities and reconstructions are added where it has
        them; only it, told by its hash, can place sequences on the map.
    window
        Bases kept of each sequence: its central ones (:func:`~dnaviz.atlas.store.central`).
    metric
        Distance between latents, ``euclidean`` or ``cosine``.
    n_neighbors, min_dist, seed
        UMAP's; seeded, so that the same latents give the same map.
    progress
        Called with a word and a fraction.

    Raises
    ------
    InputError
        No ``sequence`` column, too few rows, duplicate ids.
    """
    import anndata
    import umap  # noqa: F401 - where it is missing, say so before the work, not after it

    say = progress or (lambda what, fraction: None)
    if not model.min_length <= window <= model.max_length:
        raise InputError(
            f"A window has {model.min_length} to {model.max_length} nt, what one latent holds, "
            f"not {window}."
        )
    obs, sequences = _metadata(windows, window)
    kept = np.float16 if isinstance(model, Model) else np.float32  # of latents with unit variance

    def batched(what: str, compute: Callable[[list[str]], NDArray]) -> NDArray:
        parts = []
        for start in range(0, len(sequences), BATCH):
            say(what, start / len(sequences))
            parts.append(compute(sequences[start : start + BATCH]))
        say(what, 1.0)
        return np.concatenate(parts)

    def encode(space: str) -> NDArray:
        return batched(
            f"encoding ({space})",
            lambda part: encode_in(model, part, space).astype(kept),
        )

    def accuracy(part: list[str]) -> NDArray:
        written = model.decode(encode_in(model, part), [len(text) for text in part])  # type: ignore[attr-defined]
        return np.array([_share_right(a, b) for a, b in zip(part, written, strict=True)])

    spaces = {space: sha256 for space, sha256 in latent_spaces(model).items() if space in KEYS}
    if not spaces:
        raise InputError(f"The model {model.name} has none of the spaces {', '.join(KEYS)}.")
    latents = {space: encode(space) for space in spaces}
    if can(model, "score_windows"):
        probabilities = batched("classifying", lambda part: site_probabilities(model, part))
        for site, values in zip(SITES, probabilities.T, strict=True):
            obs[f"{site}_probability"] = values
    if can(model, "decode"):
        obs["reconstruction_accuracy"] = batched("reconstructing", accuracy)
    adata = anndata.AnnData(obs=obs)
    adata.obsm[SEQUENCE_KEY] = encode_codes(sequences, window)
    far: dict[str, float] = {}
    for space in spaces:
        latent_key, map_key = KEYS[space]
        say(f"mapping ({space})", 0.0)
        points = placing.prepare(latents[space], metric)
        adata.obsm[latent_key] = latents[space]
        adata.obsm[map_key] = np.asarray(
            fit_umap(points, n_neighbors, min_dist, seed).embedding_, np.float32
        )
        far[space] = placing.far_threshold(points)
        say(f"mapping ({space})", 1.0)
    adata.uns[UNS_KEY] = {
        "format": 1,
        "window": window,
        "metric": metric,
        "far": far,
        "neighbors": placing.K,
        "umap": {"n_neighbors": n_neighbors, "min_dist": min_dist, "seed": seed},
        "model": spaces,
        "model_name": model.name,
        "versions": {"dnaviz": __version__}
        | {name: version(name) for name in ("umap-learn", "anndata", "torch")},
    }
    say("measuring the maps", 0.0)
    adata.uns[UNS_KEY]["quality"] = {
        space_quality.space: {
            name: value
            for name, value in space_quality._asdict().items()
            if isinstance(value, float)
        }
        for space_quality in quality(Atlas(adata))
    }
    say("measuring the maps", 1.0)
    atlas = Atlas(adata)
    if can(model, "decode"):
        table = reconstruction_errors.reconstruction_errors(
            atlas, model, progress=partial(say, "measuring reconstruction errors")
        )
        reconstruction_errors.store(atlas, table)
    return adata


def _share_right(bases: str, written: NDArray) -> np.float32:
    """Share of the bases A, C, G, T that the decoder's probabilities (4, L) give back."""
    pairs = [(a, b) for a, b in zip(bases, from_one_hot(written), strict=True) if a in "ACGT"]
    return np.float32(np.mean([a == b for a, b in pairs]) if pairs else np.nan)


def _metadata(windows: pd.DataFrame, window: int) -> tuple[pd.DataFrame, list[str]]:
    """The obs table (without what a model adds) and the sequences, cut to the window."""
    if "sequence" not in windows.columns:
        raise InputError("The windows have no column 'sequence'.")
    if len(windows) < FEWEST:
        raise InputError(f"An atlas needs at least {FEWEST} sequences, not {len(windows)}.")
    sequences = center_crop([str(text) for text in windows["sequence"]], window)
    obs = windows.drop(columns=[c for c in ("sequence", "id") if c in windows.columns])
    obs = obs.rename(columns=lambda name: str(name).replace("/", "_").strip("_") or "column")
    if not obs.columns.is_unique:
        twice = obs.columns[obs.columns.duplicated()][0]
        raise InputError(f"There are two columns called {twice!r}.")
    obs.index = pd.Index(_ids(windows), name="id")
    if not obs.index.is_unique:
        twice = obs.index[obs.index.duplicated()][0]
        raise InputError(f"Two windows have the id {str(twice)[:60]!r}.")
    obs = obs.apply(_storable)
    obs["length"] = np.array([len(text) for text in sequences], np.int32)
    obs["gc"] = gc_content(encode_codes(sequences, window))
    return obs, sequences


def _ids(windows: pd.DataFrame) -> list[str]:
    if "id" in windows.columns:
        return [str(name) for name in windows["id"]]
    coordinates = ["chrom", "start", "end", "strand"]
    if not set(coordinates) <= set(windows.columns):
        return [f"sequence_{number}" for number in range(1, len(windows) + 1)]
    parts = windows[coordinates].astype(str)
    ids = parts["chrom"] + ":" + parts["start"] + "-" + parts["end"] + ":" + parts["strand"]
    if "label" in windows.columns:  # a donor and an acceptor can share a window
        ids = ids + ":" + windows["label"].astype(str)
    return list(ids)


def _storable(column: pd.Series) -> pd.Series:
    """A column as HDF5 takes it: numbers stay, text becomes categories where it repeats."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column
    text = column.astype(object).where(column.notna(), "").astype(str)
    return text.astype("category") if text.nunique() < len(text) / 2 else text
