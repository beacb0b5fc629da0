"""Build an atlas: encode windows in both latent spaces and draw the map of each with UMAP.

Building is done ahead, on the command line; viewers place new points with
:mod:`dnaviz.atlas.project`.

Choices, the same for both spaces. Latents come standardized from the models (each float has unit
variance over the training set), so they are neither scaled again nor reduced first. They are kept
as float16 (half the file; the rounding is a thousandth of a standard deviation) and the maps are
drawn from what is kept, so that placing sees the very distances UMAP saw. 30 neighbors instead of
UMAP's 15: with 20,000 points the islands stay in one piece; ``min_dist`` .25 keeps single points
apart enough to be picked. Of many windows a sample is drawn and the rest projected (`umap_fit`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz import __version__
from dnaviz.atlas import project as placing
from dnaviz.atlas import reconstruction_errors
from dnaviz.atlas.anndata_files import release_pages
from dnaviz.atlas.encode import ACCURACY, BATCH, encoded, row_type
from dnaviz.atlas.quality import quality
from dnaviz.atlas.store import (
    KEYS,
    SEQUENCE_KEY,
    UNS_KEY,
    Atlas,
    center_crop,
    crop_places,
    encode_codes,
    gc_content,
)
from dnaviz.atlas.umap_fit import DRAWN, draw_map
from dnaviz.errors import InputError, check_type
from dnaviz.models import can, latent_spaces
from dnaviz.models.protocol import SITES

if TYPE_CHECKING:
    from anndata import AnnData

    from dnaviz.models import DNAModel

WINDOW = 200
METRIC = "euclidean"
NEIGHBORS = placing.MAP_NEIGHBORS
MIN_DIST = placing.MIN_DIST
FEWEST = 10  # fewer points make no map

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
    drawn: int = DRAWN,
    scratch: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> AnnData:
    """Encode windows, map them, and gather all that the dashboards show of them.

    Parameters
    ----------
    windows
        One row per window: ``sequence``, ids in ``id`` (else made from ``chrom``, ``start``,
        ``end``, ``strand``, ``label`` where all have them, else numbers), and any other columns,
        which are kept.
        The columns made here (``length``, ``gc``, ``donor_probability``, ``acceptor_probability``,
        ``reconstruction_accuracy``) replace any of the same name.
    model
        Any `dnaviz.models.DNAModel`. Probabilities and reconstructions are added where it has
        them; only it, told by its hash, can place sequences on the map.
    window
        Bases kept of each sequence: its central ones (:func:`~dnaviz.atlas.store.center_crop`).
    metric
        Distance between latents, ``euclidean`` or ``cosine``.
    n_neighbors, min_dist, seed
        UMAP's; seeded, so that the same latents give the same map.
    drawn
        Windows that the maps are drawn of, a seeded sample; the others are projected.
    scratch, identity
        Where latents lie until all are there, by default a temporary folder, and what tells the
        windows from others: a run that was interrupted goes on with them.
    progress
        Called with a word and a fraction.

    Raises
    ------
    InputError
        No ``sequence`` column, too few rows, duplicate or missing ids.
    """
    import anndata
    import umap  # noqa: F401 - where it is missing, say so before the work, not after it

    check_type(windows, pd.DataFrame, "a table of windows with a column 'sequence'")
    say = progress or (lambda what, fraction: None)
    if not model.min_length <= window <= model.max_length:
        raise InputError(
            f"A window has {model.min_length} to {model.max_length} nt, what one latent holds, "
            f"not {window}."
        )
    obs, sequences = _metadata(windows, window)
    spaces = {space: sha256 for space, sha256 in latent_spaces(model).items() if space in KEYS}
    if not spaces:
        raise InputError(f"The model {model.name} has none of the spaces {', '.join(KEYS)}.")
    scores, decodes = can(model, "score_windows"), can(model, "decode")
    row = row_type(model, [*spaces], probabilities=scores, accuracy=decodes, width=window)
    encoding = Counter[str]()

    def encode_progress(count: int) -> None:
        encoding["done"] += count
        say("encoding", encoding["done"] / len(sequences))

    say("encoding", 0.0)
    with ExitStack() as stack:
        if scratch is None:
            scratch = Path(stack.enter_context(TemporaryDirectory(prefix="dnaviz-"))) / "latents"
        rows = stack.enter_context(
            encoded(sequences, obs.index, model, row, scratch, identity or {}, encode_progress)
        )
        arrays = {field: _copied(rows, field) for field in row.names or ()}
    for site in SITES if scores else ():
        obs[f"{site}_probability"] = arrays[site]
    if decodes:
        obs[ACCURACY] = arrays[ACCURACY]
    adata = anndata.AnnData(obs=obs)
    adata.obsm[SEQUENCE_KEY] = arrays[SEQUENCE_KEY]
    far: dict[str, float] = {}
    for space in spaces:
        latent_key, map_key = KEYS[space]
        mapping = partial(say, f"mapping ({space})")
        mapping(0.0)
        adata.obsm[latent_key] = latents = arrays[space]
        adata.obsm[map_key] = draw_map(
            latents, metric=metric, n_neighbors=n_neighbors, min_dist=min_dist, seed=seed,
            drawn=drawn, progress=mapping,
        )  # fmt: skip
        far[space] = placing.far_threshold(latents, metric=metric)
        mapping(1.0)
    adata.uns[UNS_KEY] = {
        "format": 1,
        "window": window,
        "windows": len(obs),
        "metric": metric,
        "far": far,
        "neighbors": placing.K,
        "umap": {
            "n_neighbors": n_neighbors,
            "min_dist": min_dist,
            "seed": seed,
            "drawn": min(drawn, len(obs)),
        },
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


def _copied(rows: NDArray, field: str) -> NDArray:
    """A field of rows that are mapped into memory, the pages of which are given back."""
    values = np.empty((len(rows), *rows.dtype[field].shape), rows.dtype[field].base)
    for start in range(0, len(rows), BATCH):
        values[start : start + BATCH] = rows[field][start : start + BATCH]
        release_pages(rows)
    return values


def _metadata(windows: pd.DataFrame, window: int) -> tuple[pd.DataFrame, list[str]]:
    """The obs table (without what a model adds) and the sequences, cut to the window."""
    if "sequence" not in windows.columns:
        raise InputError("The windows have no column 'sequence'.")
    if len(windows) < FEWEST:
        raise InputError(f"An atlas needs at least {FEWEST} sequences, not {len(windows)}.")
    texts = list(windows["sequence"])
    sequences = [
        bases
        for start in range(0, len(texts), BATCH)
        for bases in center_crop([str(text) for text in texts[start : start + BATCH]], window)
    ]
    obs = windows.drop(columns=[c for c in ("sequence", "id") if c in windows.columns])
    obs = obs.rename(columns=lambda name: str(name).replace("/", "_").strip("_") or "column")
    if not obs.columns.is_unique:
        twice = obs.columns[obs.columns.duplicated()][0]
        raise InputError(f"There are two columns called {twice!r}.")
    obs.index = pd.Index(_ids(windows), name="id")
    if not obs.index.is_unique:
        twice = obs.index[obs.index.duplicated()][0]
        raise InputError(f"Two windows have the id {str(twice)[:60]!r}.")
    obs = crop_places(obs, [len(str(text)) for text in texts], window).apply(_storable)
    obs["length"] = np.array([len(text) for text in sequences], np.int32)
    obs["gc"] = np.concatenate(
        [
            gc_content(encode_codes(sequences[start : start + BATCH], window))
            for start in range(0, len(sequences), BATCH)
        ]
    )
    return obs, sequences


def _ids(windows: pd.DataFrame) -> list[str]:
    if "id" in windows.columns:
        if (missing := _missing(windows["id"])).any():
            raise InputError(f"Row {int(missing.argmax()) + 1} of the windows has no id.")
        return [str(name) for name in windows["id"]]
    coordinates = ["chrom", "start", "end", "strand"]
    if not set(coordinates) <= set(windows.columns) or any(
        _missing(windows[name]).any() for name in coordinates
    ):
        return [f"sequence_{number}" for number in range(1, len(windows) + 1)]
    parts = windows[coordinates].convert_dtypes().astype(str)  # 1.0 is base 1
    ids = parts["chrom"] + ":" + parts["start"] + "-" + parts["end"] + ":" + parts["strand"]
    if "label" in windows.columns:  # a donor and an acceptor can share a window
        ids = ids + ":" + windows["label"].astype(str)
    return list(ids)


def _missing(values: pd.Series) -> NDArray[np.bool_]:
    """Which values (n,) are missing, or text of nothing but blanks."""
    return np.array(values.isna() | (values.astype(str).str.strip() == ""), bool)


def _storable(column: pd.Series) -> pd.Series:
    """A column as HDF5 takes it: numbers stay, text becomes categories where it repeats."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column
    text = column.astype(object).where(column.notna(), "").astype(str)
    return text.astype("category") if text.nunique() < len(text) / 2 else text
