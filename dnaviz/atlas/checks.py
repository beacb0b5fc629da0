"""What an atlas must be: the keys and values of its AnnData, and the model its latents are of.

Whether latents are a model's is told by the hash of its weights (``uns["dnaviz"]["model"]``,
written on building), and not taken on trust: a few windows are encoded again. A file of latents
alone must name the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData

    from dnaviz.atlas.store import Atlas
    from dnaviz.models import DNAModel

# Keys in ``obsm``: (latents, map) of each space.
KEYS = {"autoencoder": ("X_latent", "X_umap"), "splice": ("X_splice", "X_umap_splice")}
SEQUENCE_KEY = "sequence"
CODES = np.frombuffer(b"ACGTN-", np.uint8)  # 5: no base here (a sequence shorter than the window)
UNS_KEY = "dnaviz"
MOST = 1e15
CHECKED = 50_000  # rows looked at together: they stay in the processor's cache
TRIED = 8  # windows encoded again to tell whose latents an atlas has
CLOSE = 0.05  # of a latent's length: half-precision takes a thousandth


def check_content(adata: AnnData, source: str) -> None:
    """Raise :class:`InputError` where an AnnData is no atlas; one sentence with the key."""
    if not hasattr(adata, "obsm"):
        raise InputError(f"An atlas is made of an AnnData, not of a {type(adata).__name__}.")
    for key in KEYS["autoencoder"]:
        if key not in adata.obsm:
            raise InputError(f"{source} lacks obsm['{key}'].")
    if adata.n_obs < 2:
        raise InputError(f"{source} holds {adata.n_obs} windows; an atlas needs at least 2.")
    for latent, chart in KEYS.values():
        if (latent in adata.obsm) != (chart in adata.obsm):
            missing, there = (chart, latent) if latent in adata.obsm else (latent, chart)
            raise InputError(f"{source} has obsm['{there}'] but lacks obsm['{missing}'].")
        for key in (latent, chart):
            if key in adata.obsm:
                check_numbers(adata.obsm[key], f"{source}: obsm['{key}']", 2 if key == chart else 1)
    if unnamed := [name for name in adata.obs.columns if not isinstance(name, str)]:
        raise InputError(f"{source}: obs has a column called {unnamed[0]}, which is no text.")
    if not adata.obs.columns.is_unique:
        twice = str(adata.obs.columns[adata.obs.columns.duplicated()][0])
        raise InputError(f"{source}: obs has two columns called {twice[:60]!r}.")
    for name, values in adata.obs.items():
        if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "mixed":
            try:
                pd.factorize(values)
            except TypeError:
                what = f"{source}: obs[{str(name)[:60]!r}]"
                raise InputError(f"{what} holds neither numbers nor text.") from None
    if not adata.obs.index.is_unique:
        twice = adata.obs.index[adata.obs.index.duplicated()][0]
        raise InputError(f"{source}: obs.index has duplicate ids, {str(twice)[:60]!r} for one.")
    if SEQUENCE_KEY in adata.obsm:
        codes = adata.obsm[SEQUENCE_KEY]
        if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.ndim != 2:
            raise InputError(f"{source}: obsm['{SEQUENCE_KEY}'] is no two-dimensional uint8 array.")
        if not codes.shape[1]:
            raise InputError(f"{source}: obsm['{SEQUENCE_KEY}'] has no columns.")
        if codes.max() >= len(CODES):
            raise InputError(f"{source}: obsm['{SEQUENCE_KEY}'] has codes above 5.")
    info = adata.uns.get(UNS_KEY, {})
    _check_figures(info, f"{source}: uns['{UNS_KEY}']", ("far", "quality", "umap"))


def check_numbers(values: Any, what: str, columns: int) -> None:
    """Raise :class:`InputError` where values are no finite numbers (n, `columns` or more)."""
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype.kind not in "fiu":
        raise InputError(f"{what} is no two-dimensional array of numbers.")
    if values.shape[1] < columns:
        raise InputError(f"{what} has {values.shape[1]} columns, not {columns}.")
    for start in range(0, len(values), CHECKED):
        part = values[start : start + CHECKED]
        if not _within(part):
            row = start + int(np.flatnonzero(~(np.abs(part.astype(float)) < MOST).all(axis=1))[0])
            raise InputError(f"{what} has NaN or infinite values (row {row}).")


def _within(values: NDArray) -> bool:
    """Whether distances between values fit into a float32; NaN is never within."""
    if values.dtype == np.float16:  # its infinities and NaN have all bits of the exponent
        return not ((values.view(np.uint16) & 0x7C00) == 0x7C00).any()
    return -MOST < float(values.min()) <= float(values.max()) < MOST


def _check_figures(info: Any, what: str, keys: tuple[str, ...] = ()) -> None:
    """Figures that are shown, or compared with, are finite numbers, however deep they stand."""
    if not isinstance(info, Mapping):
        raise InputError(f"{what} is no dictionary.")
    for key in keys or info:
        value = info.get(key, {})
        if isinstance(value, Mapping):
            _check_figures(value, f"{what}['{key}']")
        elif not isinstance(value, Real) or not np.isfinite(float(value)):
            raise InputError(f"{what}['{key}'] is no finite number.")


def check_model(atlas: Atlas, model: DNAModel) -> None:
    """Raise :class:`InputError` where an atlas's latents are not those that a model gives."""
    from dnaviz.models import encode_in

    for space in atlas.spaces:
        _check_weights(atlas, model, space)
    rows = _plain_rows(atlas, model.min_length)
    sequences = atlas.sequences(rows) if len(rows) else ["A" * model.min_length]
    for space in atlas.spaces:
        latents = np.asarray(encode_in(model, sequences, space), np.float64)
        check_size(atlas, latents, space)
        stored = np.asarray(atlas.latent(space)[rows], np.float64)
        if not len(rows):
            _check_named(atlas, space)
        elif not are_alike(latents, stored):
            raise InputError(
                f"{atlas.source}: the {space} latents of its windows are not what the model makes "
                f"of their sequences, so obsm['{KEYS[space][0]}'] is another model's: nothing can "
                "be placed among them or explained by this one."
            )


def check_size(atlas: Atlas, latents: NDArray, space: str) -> None:
    """Raise :class:`InputError` where latents (n, d) have another size than an atlas's."""
    stored = atlas.latent(space).shape[1]
    if latents.shape[1] != stored:
        raise InputError(
            f"{atlas.source}: obsm['{KEYS[space][0]}'] has {stored} columns, but the model's "
            f"{space} latents have {latents.shape[1]}, so it was built with another model."
        )


def _plain_rows(atlas: Atlas, shortest: int) -> NDArray[np.int64]:
    """A few rows whose sequences are known base for base, from all over the atlas."""
    if not atlas.has_sequences:
        return np.empty(0, np.int64)
    rows = atlas.subsample(TRIED * 50)
    codes = atlas.codes(rows)
    plain = rows[
        (codes != CODES.tobytes().index(b"N")).all(axis=1) & ((codes < 4).sum(axis=1) >= shortest)
    ]
    return plain[:: max(1, len(plain) // TRIED)][:TRIED]


def is_unknown(bases: str) -> bool:
    """Whether none of the bases is A, C, G or T."""
    return not set(bases.upper()) & set("ACGT")


def check_known(windows: list[str]) -> list[str]:
    """Return windows, none of which may be unknown altogether: it would lie nowhere."""
    for number, bases in enumerate(windows, start=1):
        if is_unknown(bases):
            which = f"Sequence {number}" if len(windows) > 1 else "The sequence"
            raise InputError(f"{which} has no known base around its middle, so it has no place.")
    return windows


def are_alike(latents: NDArray, stored: NDArray) -> bool:
    """Whether most of latents (n, d) are those stored, but for rounding."""
    away = np.linalg.norm(latents - stored, axis=1)
    return bool(np.median(away - CLOSE * np.linalg.norm(latents, axis=1)) <= 0)


def _weights(atlas: Atlas, space: str) -> str:
    """The hash of the weights that made an atlas's latents; empty where it does not say."""
    named = atlas.info.get("model", {})
    return str(named.get(space, "")) if isinstance(named, Mapping) else ""


def _check_weights(atlas: Atlas, model: DNAModel, space: str) -> None:
    """Refuse a model with another hash than the one that an atlas names."""
    from dnaviz.models import latent_spaces

    stored, own = _weights(atlas, space), latent_spaces(model).get(space, "")
    if stored and stored != own:
        maker = str(atlas.info.get("model_name", ""))[:60]
        raise InputError(
            f"{atlas.source}: obsm['{KEYS[space][0]}'] is another model's: it was built with "
            f"{f'{maker}, ' if maker else ''}weights {stored[:12]}, and {model.name} has "
            f"{own[:12] or 'none'} for {space} latents, so nothing can be placed among them or "
            "explained by it."
        )


def _check_named(atlas: Atlas, space: str) -> None:
    if not _weights(atlas, space):
        raise InputError(
            f"{atlas.source} holds neither sequences nor the name of the model that made its "
            f"{space} latents, so nothing can be placed among them: build it with "
            "`dnaviz atlas build`."
        )
