"""A map as a Parquet table, which embedding-atlas, DuckDB, polars and pandas open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError, describe_missing
from dnaviz.io.atomic import atomic_path

ROWS = 50_000
"""Windows that are written at a time."""


def write_map_table(atlas: Atlas, path: str | Path) -> None:
    """Write the windows of an atlas and where they lie on its maps, a row each.

    Columns are ``id``, those of ``obs``, ``x`` and ``y`` (float32) of the autoencoder's map,
    ``x_splice`` and ``y_splice`` of the fine-tuned one where there is one, and ``sequence`` where
    there are sequences. A column of ``obs`` of one of these names gets ``_obs`` behind it.

    Raises
    ------
    InputError
        If the file cannot be written, or a column not be put into it.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise InputError(describe_missing("pyarrow", "parquet")) from None
    places = _places(atlas)
    own = ("id", *places, "sequence")
    obs = atlas.obs.rename(columns={name: _other(name, atlas.obs, own) for name in own})
    obs.insert(0, "id", atlas.obs.index.astype(str))
    try:
        schema = arrow.Schema.from_pandas(obs, preserve_index=False)
        for name in places:
            schema = schema.append(arrow.field(name, arrow.float32()))
        if atlas.has_sequences:
            schema = schema.append(arrow.field("sequence", arrow.string()))
        with atomic_path(path) as part, parquet.ParquetWriter(part, schema) as writer:
            for start in range(0, len(obs), ROWS):
                rows = np.arange(start, min(start + ROWS, len(obs)))
                some = obs.iloc[rows].assign(
                    **{key: values[rows] for key, values in places.items()}
                )
                if atlas.has_sequences:
                    some["sequence"] = atlas.sequences(rows)
                writer.write_table(arrow.Table.from_pandas(some, schema, preserve_index=False))
    except arrow.ArrowInvalid as error:
        raise InputError(f"A column of {atlas.source} fits into no table: {error}.") from error


def _places(atlas: Atlas) -> Mapping[str, NDArray[np.float32]]:
    places = {}
    for space in atlas.spaces:
        end = "" if space == "autoencoder" else f"_{space}"
        places[f"x{end}"], places[f"y{end}"] = atlas.map(space).T
    return places


def _other(name: str, obs: pd.DataFrame, taken: tuple[str, ...]) -> str:
    other = f"{name}_obs"
    while other in obs or other in taken:
        other += "_obs"
    return other
