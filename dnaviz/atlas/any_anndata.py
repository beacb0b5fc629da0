"""A map of any AnnData: what can be shown of it, and a sentence on what cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.checks import KEYS, SEQUENCE_KEY, UNS_KEY, check_numbers
from dnaviz.atlas.read import read_anndata
from dnaviz.atlas.store import Atlas, load_atlas
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData

AtlasLike: TypeAlias = "Atlas | AnnData | None"

MAPS = ("X_umap", "X_tsne", "X_draw_graph_fa", "X_pca")
"""Keys of maps, the first that is there is drawn; else any other of two or three columns."""

MOST_COLUMNS = 3
"""Columns of an array that may be a map; of more, as of latents, the first two are none."""


class Opened(NamedTuple):
    """An atlas, and what of an AnnData it cannot show.

    Attributes
    ----------
    atlas : Atlas
    note : str
        A sentence; empty for an atlas of dnaviz.
    encodes : bool
        Whether its latents are a model's, which can project sequences onto it.
    """

    atlas: Atlas
    note: str
    encodes: bool


def load_any_atlas(path: str | Path) -> Opened:
    """Return what `open_atlas` does, of an ``.h5ad`` file or a ``.zarr`` folder.

    Raises
    ------
    InputError
        The file cannot be read, or has no map; one sentence with the file.
    """
    path, own = Path(path), {key for pair in KEYS.values() for key in pair}
    data = read_anndata(path, (*own, *MAPS, SEQUENCE_KEY), UNS_KEY)
    if not {*MAPS, KEYS["autoencoder"][1]} & set(data.obsm):
        data = read_anndata(path, None, UNS_KEY)
    return open_atlas(data, str(path))


def open_atlas(data: AtlasLike, source: str = "This AnnData") -> Opened:
    """Return an atlas, and what of it cannot be shown.

    Parameters
    ----------
    data
        An atlas, None for the shipped one, or an AnnData, which stays as it is. Of one without
        latents (``obsm["X_latent"]``) neighbors are told by ``X_pca``, else by the map itself.
    source
        What sentences call an AnnData.

    Raises
    ------
    InputError
        If it is none of these, or no array in ``obsm`` is a map.
    """
    if data is None:
        return Opened(load_atlas(), "", True)
    if isinstance(data, Atlas):
        return Opened(data, "", True)
    if not (hasattr(data, "obs") and hasattr(data, "obsm")):
        raise InputError(f"A map is of an atlas or an AnnData, not of a {type(data).__name__}.")
    latent_key, map_key = KEYS["autoencoder"]
    if latent_key in data.obsm and map_key in data.obsm:
        return _with_whole_spaces(data, source)
    return _as_atlas(data, latent_key, map_key, source)


def _with_whole_spaces(data: AnnData, source: str) -> Opened:
    """An atlas without the spaces that have latents and no map, or a map and no latents."""
    from anndata import AnnData

    half = {
        there: missing
        for pair in KEYS.values()
        for there, missing in (pair, pair[::-1])
        if there in data.obsm and missing not in data.obsm
    }
    if not half:
        return Opened(Atlas(data, source), "", True)
    obsm = {key: values for key, values in data.obsm.items() if key not in half}
    atlas = Atlas(AnnData(obs=data.obs.copy(), obsm=obsm, uns=dict(data.uns)), source)
    (there, missing), *_ = half.items()
    note = f"obsm['{there}'] is not shown: there is no obsm['{missing}'] for it."
    return Opened(atlas, note, True)


def _as_atlas(data: AnnData, latent_key: str, map_key: str, source: str) -> Opened:
    from anndata import AnnData

    arrays = {key: array for key in data.obsm if (array := _numbers(data.obsm[key])) is not None}
    others = [
        key for key, array in arrays.items()
        if key not in (latent_key, SEQUENCE_KEY) and array.shape[1] <= MOST_COLUMNS
    ]  # fmt: skip
    drawn = next((key for key in (*MAPS, *others) if key in arrays), None)
    if drawn is None:
        raise InputError(
            f"{source} has no map: none of its obsm has two columns of numbers. Make one with "
            "scanpy.tl.pca, or with scanpy.pp.neighbors and scanpy.tl.umap."
        )
    near = next(key for key in (latent_key, "X_pca", drawn) if key in arrays)
    for key in (drawn, near):  # by the names that they have there
        check_numbers(arrays[key], f"{source}: obsm['{key}']", 2)
    obsm = {map_key: arrays[drawn][:, :2], latent_key: arrays[near]}
    if SEQUENCE_KEY in data.obsm:
        obsm[SEQUENCE_KEY] = data.obsm[SEQUENCE_KEY]
    uns = {UNS_KEY: data.uns[UNS_KEY]} if UNS_KEY in data.uns and near == latent_key else {}
    atlas = Atlas(AnnData(obs=data.obs.copy(), obsm=obsm, uns=uns), source)
    encodes = near == latent_key
    what = [] if encodes else [f"latents of a model (obsm['{latent_key}'])"]
    what += [] if atlas.has_sequences else [f"sequences (obsm['{SEQUENCE_KEY}'])"]
    lost = [] if encodes else ["sequences of yours cannot be placed"]
    lost += [] if atlas.has_sequences else ["logos and attributions cannot be shown"]
    note = f"{source} has no {' and no '.join(what)}: {' and '.join(lost)}. " if what else ""
    note += f"Drawn is obsm['{drawn}']; neighbors are those in obsm['{near}']."
    return Opened(atlas, note, encodes)


def _numbers(values: Any) -> NDArray | None:
    """An array of at least two columns of numbers, or None where it is none."""
    array = values.to_numpy() if isinstance(values, pd.DataFrame) else values
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "fiu":
        return None
    return array if array.shape[1] >= 2 else None
