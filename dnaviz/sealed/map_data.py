"""An atlas as bytes that a page reads: positions, columns and sequences, packed.

All numbers are little-endian. ``web/map/atlas.ts`` reads what is written here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import factor, has_numbers, numbers, plain_type, ranges
from dnaviz.figures.coloring import coloring

STEPS = 2**16 - 1  # of a coordinate between the least and the greatest
EXACT = 2**53  # whole numbers beyond it a page cannot tell apart
CHUNK = 8_000_000  # bytes of sequences in one part: a browser inflates one after the other
ROWS = 50_000  # looked at together
MOST_VALUES = 12  # of a column's numbers that are counted one by one; as `selection.label_table`


class Column(NamedTuple):
    """A column of metadata: what the page is told of it, its values, and their texts or none."""

    about: dict[str, Any]
    values: bytes
    texts: bytes


def quantized(xy: NDArray) -> tuple[bytes, list[float]]:
    """Positions (n, 2) as 16-bit numbers, x of all and then y, and the frame x0, x1, y0, y1.

    0 is the least coordinate and 65,535 the greatest.
    """
    xy = np.asarray(xy, np.float64)
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.where(high > low, high - low, 1)
    steps = np.rint((xy - low) / span * STEPS).astype("<u2")
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    return steps.T.tobytes(), [x0, x1, y0, y1]


def packed_column(values: pd.Series) -> Column:
    """Pack a column, with its colors in either theme.

    A column that is shown on a scale is its numbers; any other is numbers of its distinct values,
    which are texts ("" where missing), each with the category that colors it.
    """
    if not _is_exact(values):
        values = values.astype(str)
    light, dark = coloring(values), coloring(values, dark=True)
    about: dict[str, Any] = {
        "name": str(values.name),
        "numeric": light.numeric,
        "fractions": pd.api.types.is_float_dtype(values),
        "missing": int(np.isnan(numbers(values)).sum()) if has_numbers(values) else 0,
    }
    if light.numeric:
        array = _smallest(values)
        return Column(
            {
                **about,
                "type": array.dtype.str[1:],
                "ends": light.ends,
                "bottom": light.limits[0],
                "scales": [light.scale, dark.scale],
                "ticks": light.ticks,
                "ranges": _ranges(values),
            },
            array.tobytes(),
            b"",
        )
    codes, names = factor(values)
    category = np.zeros(len(names), np.int64)
    category[codes] = light.codes.astype(np.int64)
    array = codes.astype(f"<{np.min_scalar_type(len(names)).str[1:]}")
    about |= {
        "type": array.dtype.str[1:],
        "categories": [[name, count] for name, _, count in light.categories],
        "colors": [[color for _, color, _ in one.categories] for one in (light, dark)],
    }
    texts = {"names": names, "category": category.tolist()}
    return Column(about, array.tobytes(), json.dumps(texts).encode())


def _ranges(values: pd.Series) -> dict[str, list] | None:
    """Ranges in which numbers are counted: the greatest of each, and its text; None for few."""
    array = numbers(values)
    if pd.Series(array).nunique() <= MOST_VALUES:
        return None
    ranged = ranges(values).cat
    names = list(ranged.categories)
    tops = [float(array[ranged.codes.to_numpy() == k].max()) for k in range(len(names))]
    return {"tops": tops, "names": names}


def _is_exact(values: pd.Series) -> bool:
    if not pd.api.types.is_integer_dtype(values):
        return True
    return not ((values.dropna() > EXACT) | (values.dropna() < -EXACT)).any()


def _smallest(values: pd.Series) -> NDArray:
    """Numbers (n,) in their type, or the least that holds whole ones; NaN where one is missing."""
    array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isfinite(array).all() and pd.api.types.is_integer_dtype(values):
        whole = array.astype(np.int64)
        if np.array_equal(whole, whole.astype("<i4")):
            return whole.astype("<i4")
    plain = plain_type(values)
    return array.astype("<f4" if plain.kind == "f" and plain.itemsize <= 4 else "<f8")


def packed_sequences(codes: NDArray[np.uint8]) -> Iterator[bytes]:
    """Bases (n, w) in two bits each, a row begins a byte; the first base is in the highest bits.

    What is none of A, C, G, T is 0 here and stands in `exceptions`. A part holds the rows that
    `rows_of_a_part` says.
    """
    size = rows_of_a_part(codes.shape[1])
    for start in range(0, len(codes), size):
        part = codes[start : start + size]
        width = -(-part.shape[1] // 4) * 4
        bits = np.zeros((len(part), width), np.uint8)
        bits[:, : part.shape[1]] = np.where(part < 4, part, 0)
        four = bits.reshape(len(part), -1, 4)
        packed = four[..., 0] << 6 | four[..., 1] << 4 | four[..., 2] << 2 | four[..., 3]
        yield packed.astype(np.uint8).tobytes()


def rows_of_a_part(width: int) -> int:
    """Count the rows of `packed_sequences` in one part."""
    return max(1, CHUNK // -(-width // 4))


def exceptions(codes: NDArray[np.uint8]) -> bytes:
    """Runs of codes above 3 in the rows (n, w), none longer than a row.

    Returns
    -------
    bytes
        uint32 steps from one run's first place to the next one's, places being counted row after
        row; uint32 lengths; uint8 codes.
    """
    starts, lengths, kinds = [], [], []
    width = codes.shape[1]
    for first in range(0, len(codes), ROWS):
        part = codes[first : first + ROWS]
        edge = np.full((len(part), 1), 255, np.uint8)
        rows = np.concatenate([edge, part, edge], axis=1)
        changes = rows[:, 1:] != rows[:, :-1]
        starting = changes[:, :-1] & (part > 3)
        begin, end = np.flatnonzero(starting), np.flatnonzero(changes[:, 1:] & (part > 3)) + 1
        starts.append(begin.astype(np.int64) + first * width)
        lengths.append(end - begin)
        kinds.append(part[starting])
    steps = np.diff(np.concatenate(starts), prepend=0).astype("<u4")
    return (
        steps.tobytes()
        + np.concatenate(lengths).astype("<u4").tobytes()
        + np.concatenate(kinds).tobytes()
    )


def packed_ids(atlas: Atlas) -> bytes:
    """Ids of all windows as JSON."""
    return json.dumps([str(name) for name in atlas.obs.index]).encode()
