"""An atlas: windows of DNA with their latents and maps, around a plain AnnData file.

``import anndata`` costs about 0.3 s on top of the pandas and h5py that every page needs anyway, so
the library itself reads the file: a second reader of our own over h5py would save too little.
"""

from __future__ import annotations

import collections.abc
import os
import zlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import project as placing
from dnaviz.atlas.anndata_files import release_pages, write_anndata
from dnaviz.atlas.checks import (
    CODES,
    KEYS,
    SEQUENCE_KEY,
    UNS_KEY,
    check_content,
    check_known,
    check_model,
    check_size,
)
from dnaviz.atlas.project import Floats, Indices, Projection
from dnaviz.atlas.rows import row_numbers
from dnaviz.deprecation import deprecated
from dnaviz.errors import InputError, check_type, check_whole
from dnaviz.sequences.codes import encode_bases
from dnaviz.sequences.convert import to_numpy

if TYPE_CHECKING:
    from anndata import AnnData

    from dnaviz.models import DNAModel
    from dnaviz.sequences import AnySequences

MEASURED = ("far", "quality", "losses")
"""Keys of ``uns["dnaviz"]`` whose values hold for all windows together."""

SHIPPED = Path(__file__).parent.parent / "assets" / "atlas.h5ad"


class Atlas:
    """Windows, their latents and their maps.

    Parameters
    ----------
    adata
        ``obs``: one row per window, its index the ids; any columns (``label``, ``gene``, ``chrom``,
        ``start``, ``end``, ``strand`` are shown where they are there). ``obsm["X_latent"]`` (n, d)
        and ``obsm["X_umap"]`` (n, 2): the autoencoder's latents and their map; ``X_splice`` and
        ``X_umap_splice``: the same after fine-tuning (optional); ``sequence`` (n, w) uint8 codes
        0-5 for ``ACGTN-`` (optional: without it nothing that shows bases works).
    source
        What errors call it, usually the file.

    Raises
    ------
    InputError
        A key is missing or its content unusable; one sentence with file and key.
    """

    def __init__(self, adata: AnnData, source: str | Path = "the atlas") -> None:
        self.adata = adata
        self.source = str(source)
        check_content(adata, self.source)
        if adata.obs.columns.empty:  # Points need something to be colored by.
            minimal_obs = pd.DataFrame({"label": "window"}, adata.obs.index)
            self.adata = adata = type(adata)(obs=minimal_obs, obsm=adata.obsm, uns=adata.uns)
        for array in adata.obsm.values():
            release_pages(array)
        self.spaces: tuple[str, ...] = tuple(s for s, (key, _) in KEYS.items() if key in adata.obsm)
        self._points: dict[str, Floats] = {}
        self._far: dict[tuple[str, int], float] = {}
        self._model: Any = None  # the last that `check_model` was content with

    def __len__(self) -> int:
        return int(self.adata.n_obs)

    def __repr__(self) -> str:
        return f"Atlas({len(self):,} windows, {Path(self.source).name}, {', '.join(self.spaces)})"

    @property
    def obs(self) -> pd.DataFrame:
        """One row of metadata per window."""
        return self.adata.obs

    @property
    def info(self) -> dict[str, Any]:
        """How the atlas was built (``uns["dnaviz"]``); empty for a file made elsewhere.

        What was measured on more windows than are there is left out, since of a part it is not so.
        """
        info = dict(self.adata.uns.get(UNS_KEY, {}))
        return info if info.get("windows", len(self)) == len(self) else _unmeasured(info)

    @cached_property
    def mark(self) -> bytes:
        """Four bytes that tell these windows in this order from others."""
        return zlib.crc32("\n".join(map(str, self.obs.index)).encode()).to_bytes(4, "big")

    @property
    def metric(self) -> str:
        """Distance between latents: ``euclidean`` or ``cosine``."""
        metric = str(self.info.get("metric", "euclidean"))
        return metric if metric in placing.METRICS else "euclidean"

    @property
    def umap(self) -> tuple[int, float]:
        """UMAP's n_neighbors and min_dist; its usual ones here where the file does not say."""
        settings = self.info.get("umap", {})
        neighbors = settings.get("n_neighbors", placing.MAP_NEIGHBORS)
        min_dist = settings.get("min_dist", placing.MIN_DIST)
        return int(min(max(neighbors, 2), 200)), float(min(max(min_dist, 0.0), 1.0))

    @property
    def is_shipped(self) -> bool:
        """Whether it is the one that comes with the package."""
        return self.source == str(SHIPPED)

    @property
    def has_sequences(self) -> bool:
        return SEQUENCE_KEY in self.adata.obsm

    @property
    def window(self) -> int:
        """Length of the windows in bases; the site is the 0-based base ``window // 2``."""
        return int(self.codes().shape[1] if self.has_sequences else self.info.get("window", 200))

    def latent(self, space: str = "autoencoder") -> NDArray:
        """Latents (n, d) as stored (float16 in the shipped atlas)."""
        return np.asarray(self.adata.obsm[KEYS[self._space(space)][0]])

    def map(self, space: str = "autoencoder") -> Floats:
        """Positions on the map (n, 2), float32."""
        return np.asarray(self.adata.obsm[KEYS[self._space(space)][1]], np.float32)[:, :2]

    def codes(self, rows: collections.abc.Iterable[Any] | None = None) -> NDArray[np.uint8]:
        """Bases (n, window) as uint8 codes 0-5 for ``ACGTN-``, all rows or those of `subset`."""
        if not self.has_sequences:
            raise InputError(
                f"{self.source} has no obsm['{SEQUENCE_KEY}'], so its sequences cannot be shown."
            )
        codes = np.asarray(self.adata.obsm[SEQUENCE_KEY])
        return codes if rows is None else codes[row_numbers(self, rows)]

    def sequences(self, rows: collections.abc.Iterable[Any] | None = None) -> list[str]:
        """Bases of all rows, or of those of `subset`, as text."""
        letters = CODES[np.minimum(self.codes(rows), len(CODES) - 1)]
        return [row.tobytes().decode("ascii").strip("-") for row in letters]

    def rows(self, ids: collections.abc.Sequence[str]) -> Indices:
        """Row numbers of ids; an unknown id is an :class:`InputError`."""
        ids = [ids] if isinstance(ids, str) else ids
        rows = self.obs.index.get_indexer(pd.Index([str(i) for i in ids]))
        if (rows < 0).any():
            unknown = ids[int(np.flatnonzero(rows < 0)[0])]
            raise InputError(f"{self.source} has no window {unknown!r}.")
        return rows.astype(np.int64)

    def check_model(self, model: DNAModel) -> None:
        """Raise :class:`InputError` where the latents are not the model's; see `checks`."""
        if self._model is not model:
            check_model(self, model)
            self._model = model

    def neighbors(
        self,
        queries: AnySequences | NDArray,
        k: int = placing.K,
        space: str = "autoencoder",
        model: DNAModel | None = None,
    ) -> tuple[Indices, Floats]:
        """Nearest windows in latent space, nearest first.

        Parameters
        ----------
        queries
            Sequences, or their latents (n, d) in ``space``; then `model` is what made them.
        k
            How many neighbors.

        Returns
        -------
        rows (n, k), distances (n, k)
        """
        latents = self._encode(queries, space, model)
        return self._nearest(placing.prepare(latents, self.metric), k, space)

    def neighbors_of(
        self, row: int, k: int = placing.K, space: str = "autoencoder"
    ) -> tuple[Indices, Floats]:
        """Nearest windows to one of the atlas's own, itself left out: rows (k,), distances (k,)."""
        rows = row_numbers(self, [row])
        query = placing.prepare(self.latent(space)[rows], self.metric)
        neighbors, distances = self._nearest(query, k, space, rows)
        return neighbors[0], distances[0]

    def project(
        self,
        sequences: AnySequences | NDArray,
        *,
        space: str = "autoencoder",
        model: DNAModel | None = None,
        k: int = placing.K,
    ) -> Projection:
        """Where sequences fall on the map; see :class:`~dnaviz.atlas.project.Projection`.

        A sequence is encoded as it is, its middle base taken as the site; one longer than the
        atlas's window by its central window (:func:`center_crop`). An array (n, d) holds latents;
        `model` is then the one that made them. By default it is the shipped one.

        Raises
        ------
        InputError
            The atlas's latents are another model's (`check_model`), or those given are of another
            size; or a sequence has no known base there.
        """
        queries = placing.prepare(self._encode(sequences, space, model), self.metric)
        chart = placing.MapReference(self.map(space), self.far_threshold(space, k), *self.umap, k)
        neighbors = self._nearest(queries, max(k, chart.map_neighbors), space)
        return placing.project_between(*neighbors, chart)

    def far_threshold(self, space: str = "autoencoder", k: int = placing.K) -> float:
        """Mean distance to k neighbors that 99 % of held-out windows stay within."""
        check_whole(k, 1, "The number of neighbors")
        stored = self.info.get("far", {})
        if k == placing.K and space in stored:
            return float(stored[space])
        if (space, k) not in self._far:
            self._far[space, k] = placing.far_threshold(self.latent(space), k, metric=self.metric)
        return self._far[space, k]

    def subsample(self, most: int = 50_000) -> Indices:
        """Rows spread evenly over the atlas, at most so many: all of a small one."""
        return np.arange(0, len(self), max(1, -(-len(self) // most)))

    def subset(self, rows: collections.abc.Iterable[Any]) -> AnnData:
        """Those rows as an AnnData of their own: row numbers, ids, or a boolean for each window.

        Raises
        ------
        InputError
            If there is no such window, another number of booleans, or no list.
        """
        part = self.adata[row_numbers(self, rows)].copy()
        if len(part) < len(self) and UNS_KEY in part.uns:
            part.uns[UNS_KEY] = _unmeasured(part.uns[UNS_KEY])
        return part

    def write(self, path: str | Path) -> None:
        """Write ``.h5ad`` or ``.zarr``, as the suffix says: whole or not at all."""
        write_anndata(self.adata, path)

    def _space(self, space: str) -> str:
        if space not in KEYS:
            raise InputError(f"{space!r} is no latent space: choose from {', '.join(KEYS)}.")
        if space not in self.spaces:
            raise InputError(f"{self.source} has no obsm['{KEYS[space][0]}'].")
        return space

    def _nearest(
        self, queries: Floats, k: int, space: str, exclude: Indices | None = None
    ) -> tuple[Indices, Floats]:
        """Nearest windows to prepared queries (n, d); `exclude[i]` is not query i's."""
        check_whole(k, 1, "The number of neighbors")
        latents = self.latent(space)
        if len(latents) > placing.MANY:
            neighbors = placing.nearest_of_many(
                queries, latents, k, metric=self.metric, exclude=exclude
            )
            release_pages(self.adata.obsm[KEYS[space][0]])
            return neighbors
        if space not in self._points:
            self._points[space] = placing.prepare(latents, self.metric)
        return placing.nearest(queries, self._points[space], k, exclude=exclude)

    def _encode(self, queries: Any, space: str, model: DNAModel | None) -> NDArray:
        self._space(space)
        queries = to_numpy(queries) if hasattr(queries, "detach") else queries  # a tensor
        latents = isinstance(queries, np.ndarray) and _are_latents(queries)
        if model is None and latents:
            raise InputError(
                "Latents alone do not say which model made them: pass that model too, as model=."
            )
        from dnaviz.models.protocol import checked_latents, encode_in, given_or_shipped

        model = given_or_shipped(model)
        self.check_model(model)
        if latents:
            check_size(self, queries, space)
            return checked_latents(queries, queries.shape[1])
        return encode_in(model, check_known(center_crop(queries, self.window)), space)

    place = deprecated("place", "project")


def _unmeasured(info: dict[str, Any]) -> dict[str, Any]:
    """Return how an atlas was built without what was measured on all of its windows."""
    kept = {key: value for key, value in info.items() if key not in (*MEASURED, "windows")}
    if "umap" in kept:
        kept["umap"] = {key: value for key, value in kept["umap"].items() if key != "drawn"}
    return kept


def _are_latents(array: NDArray) -> bool:
    """Whether an array holds latents (n, d), not one-hot bases (4, L) or (n, 4, L)."""
    if array.ndim != 2 or array.dtype.kind != "f":
        return False
    return not (len(array) == 4 and (array >= 0).all() and np.allclose(array.sum(axis=0), 1))


def center_crop(sequences: Any, window: int) -> list[str]:
    """The central ``window`` bases of each sequence: its middle base stays the middle base."""
    from dnaviz.sequences import as_sequences

    texts = [str(sequence) for sequence in as_sequences(sequences)]
    starts = [max(0, len(text) // 2 - window // 2) for text in texts]
    return [text[at : at + window] for at, text in zip(starts, texts, strict=True)]


def crop_places(obs: pd.DataFrame, lengths: Any, window: int) -> pd.DataFrame:
    """Return a table whose ``start`` and ``end`` are those of what `center_crop` keeps.

    Parameters
    ----------
    obs
        A row for each sequence, in the sense of its column ``strand`` ("+" without one); rows whose
        start and end (1-based, inclusive) do not span the sequence stay as they are.
    lengths
        Of the sequences, in nt, before they are cut.
    window
        Bases kept.
    """
    start, end = (obs.get(name, pd.Series(dtype=str)) for name in ("start", "end"))
    if not all(map(pd.api.types.is_numeric_dtype, (start, end))):
        return obs
    lengths = np.asarray(lengths)
    cut = (lengths > window) & (end - start + 1 == lengths)
    lead = lengths // 2 - window // 2
    strands = obs["strand"].astype(str) if "strand" in obs else pd.Series("+", obs.index)
    reverse = strands.isin(["-", "−", "-1", "-1.0", "minus"])
    first = np.where(reverse, end - lead - window + 1, start + lead)
    return obs.assign(start=start.mask(cut, first), end=end.mask(cut, first + window - 1))


def encode_codes(sequences: list[str], window: int) -> NDArray[np.uint8]:
    """Sequences as uint8 codes (n, window), their middle bases on column ``window // 2``."""
    codes = np.full((len(sequences), window), 5, np.uint8)
    for row, text in zip(codes, center_crop(sequences, window), strict=True):
        start = window // 2 - len(text) // 2
        row[start : start + len(text)] = encode_bases(text)
    return codes


def gc_content(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of G and C among the bases A, C, G, T of each row of codes (n, w)."""
    bases = (codes < 4).sum(axis=1)
    return (((codes == 1) | (codes == 2)).sum(axis=1) / np.maximum(bases, 1)).astype(np.float32)


def load_atlas(path: str | Path | None = None) -> Atlas:
    """An atlas from an ``.h5ad`` file or ``.zarr`` folder; without a path the default, kept.

    The default is what the environment's ``DNAVIZ_ATLAS`` names, else the shipped one. Of the file
    only what a map shows is read: ``obs``, the latents, maps and sequences in ``obsm``, and
    ``uns["dnaviz"]``; nothing in it is trusted, and nothing unpickled.

    Raises
    ------
    InputError
        The file is missing, no AnnData, or lacks what a map needs; one sentence with file and key.
    """
    check_type(path, str | os.PathLike | None, "the path of a file")
    return _shipped() if path is None else _read(Path(path))


@lru_cache(maxsize=1)
def _shipped() -> Atlas:
    if chosen := os.environ.get("DNAVIZ_ATLAS"):
        return _read(Path(chosen))
    if not SHIPPED.exists():
        raise InputError("This installation holds no atlas: give a file to load_atlas().")
    return _read(SHIPPED)


def _read(path: Path) -> Atlas:
    from dnaviz.atlas.read import read_anndata

    keys = [key for pair in KEYS.values() for key in pair]
    return Atlas(read_anndata(path, (*keys, SEQUENCE_KEY), UNS_KEY), path)
