"""Functions and operators of the arrays that take numpy's place in the sealed inspector."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextlib import nullcontext
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

from dnaviz.sealed import array_random as random  # noqa: F401 (a part of it)
from dnaviz.sealed.arrays import (
    _rank,
    asarray,
    bool_,
    dtype,
    float32,
    float64,
    int8,
    int32,
    int64,
    ndarray,
    nonzero,
    together,
    type_of,
    uint8,
)
from dnaviz.sealed.arrays import (
    floating as floating,
)
from dnaviz.sealed.arrays import (
    generic as generic,
)
from dnaviz.sealed.arrays import (
    integer as integer,
)

inf, nan, pi = math.inf, math.nan, math.pi
typing = SimpleNamespace(NDArray=list)
"""What ``numpy.typing`` is asked for; it is only written, never looked at."""


def _map(f: Callable[[Any], Any], x: Any, kind: dtype | None = None) -> ndarray:
    x = asarray(x)
    kind = kind or (float32 if x.dtype is float32 else float64)
    return ndarray(kind.rounded([f(value) for value in x._values()]), x.shape, kind)


def _promoted(x: Any, y: Any) -> dtype:
    """Return the type of a result; a Python number takes the other's where that can hold it."""
    if not (isinstance(x, ndarray) and isinstance(y, ndarray)):
        x, y = (x, y) if isinstance(x, ndarray) else (y, x)
        if not isinstance(x, ndarray) or (isinstance(y, float) and x.dtype.kind != "f"):
            return float64
        return int64 if x.dtype is bool_ and not isinstance(y, bool) else x.dtype
    kinds = {x.dtype, y.dtype}
    if float32 in kinds and kinds & {int32, int64}:
        return float64
    return max(x.dtype, y.dtype, key=_rank)


def _pairwise(f: Callable[[Any, Any], Any], kind: dtype | None = None) -> Callable[[Any, Any], Any]:
    def apply(x: Any, y: Any) -> Any:
        a, b = asarray(x), asarray(y)
        own = kind or _promoted(x, y)
        if own in (uint8, int8):
            raise TypeError(f"There is no arithmetic of {own}.")
        shape = together(a.shape, b.shape)
        return ndarray(own.rounded(list(map(f, a._spread(shape), b._spread(shape)))), shape, own)

    return apply


def _ratio(x: Any, y: Any) -> float:
    if y:
        return x / y
    return nan if not x or x != x else math.copysign(inf, x)


def _divided(x: Any, y: Any) -> ndarray:
    kind = _promoted(x, y)
    return _pairwise(_ratio, kind if kind.kind == "f" else float64)(x, y)


def _reverse(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: f(y, x)


def _in_place(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(x: Any, y: Any) -> Any:
        x[...] = f(x, y)
        return x

    return apply


for _name in ("add", "sub", "mul", "pow", "mod", "floordiv"):
    _f = _pairwise(getattr(operator, _name))
    setattr(ndarray, f"__{_name}__", _f)
    setattr(ndarray, f"__r{_name}__", _reverse(_f))
    setattr(ndarray, f"__i{_name}__", _in_place(_f))
for _name in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or"):
    _f = _pairwise(getattr(operator, f"{_name}_" if _name in ("and", "or") else _name), bool_)
    setattr(ndarray, f"__{_name}__", _f)

_more: dict[str, Any] = {
    "truediv": _divided,
    "rtruediv": _reverse(_divided),
    "itruediv": _in_place(_divided),
    "neg": lambda x: _map(operator.neg, x, x.dtype),
    "abs": lambda x: _map(operator.abs, x, x.dtype),
    "matmul": lambda x, y: tensordot(x, y, 1),
}
for _name, _f in _more.items():
    setattr(ndarray, f"__{_name}__", _f)


# Making arrays -----------------------------------------------------------------------------


def array(value: Any, dtype: Any = None) -> ndarray:
    return asarray(value, dtype).copy()


def ascontiguousarray(x: ndarray) -> ndarray:
    return x.copy()


def full(shape: Any, value: Any, dtype: Any = None) -> ndarray:
    sizes = tuple(map(int, shape)) if isinstance(shape, tuple) else (int(shape),)
    kind = type_of(dtype) if dtype else asarray(value).dtype
    one = kind(asarray(value)._values()[0])
    return ndarray([one] * math.prod(sizes), sizes, kind)


def zeros(shape: Any, dtype: Any = float64) -> ndarray:
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = float64) -> ndarray:
    return full(shape, 1, dtype)


empty = zeros


def full_like(x: ndarray, value: Any) -> ndarray:
    return full(x.shape, value, x.dtype)


def zeros_like(x: ndarray) -> ndarray:
    return full(x.shape, 0, x.dtype)


def eye(size: int, dtype: Any = float64) -> ndarray:
    made = zeros((size, size), dtype)
    for i in range(size):
        made[i, i] = 1
    return made


def arange(*bounds: int) -> ndarray:
    values = list(range(*map(operator.index, bounds)))
    return ndarray(values, (len(values),), int64)


def linspace(start: float, stop: float, count: int) -> ndarray:
    step = (stop - start) / (count - 1)
    return asarray([*(start + i * step for i in range(count - 1)), float(stop)])


def frombuffer(data: bytes, dtype: Any = float64) -> ndarray:
    if type_of(dtype) is not uint8:
        raise TypeError("Only bytes are read from a buffer.")
    return ndarray(list(data), (len(data),), uint8)


# Joining and cutting -----------------------------------------------------------------------


def concatenate(arrays: Any, axis: int = 0) -> ndarray:
    parts = [asarray(x) for x in arrays]
    kind = parts[0].dtype
    for part in parts[1:]:
        kind = _promoted(ndarray([], (0,), kind), part)
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    made, at = zeros(tuple(shape), kind), 0
    for part in parts:
        made[(slice(None),) * axis + (slice(at, at + part.shape[axis]),)] = part
        at += part.shape[axis]
    return made


def stack(arrays: Any, axis: int = 0) -> ndarray:
    key = (slice(None),) * axis + (None,)
    return concatenate([asarray(x)[key] for x in arrays], axis)


def tile(x: Any, counts: Any) -> ndarray:
    x = asarray(x)
    counts = counts if isinstance(counts, tuple) else (counts,)
    x = x[(None,) * (len(counts) - x.ndim) + (...,)]
    for axis, count in enumerate((1,) * (x.ndim - len(counts)) + counts):
        x = concatenate([x] * count, axis) if count != 1 else x
    return x


def repeat(x: ndarray, count: int, axis: int) -> ndarray:
    if axis:
        raise NotImplementedError("Only rows are repeated.")
    return x[[i for i in range(len(x)) for _ in range(count)]]


def pad(x: ndarray, widths: tuple[int, int]) -> ndarray:
    if x.ndim != 1:
        raise NotImplementedError("Only rows are padded.")
    before, behind = (zeros(n, x.dtype) for n in widths)
    return concatenate([before, x, behind])


def diff(x: ndarray, axis: int = -1) -> ndarray:
    before = (slice(None),) * (axis % x.ndim)
    result: ndarray = x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]
    return result


# Looking -----------------------------------------------------------------------------------


def flatnonzero(x: Any) -> ndarray:
    return nonzero(asarray(x).ravel())[0]


def argwhere(x: ndarray) -> ndarray:
    return stack(nonzero(x), 1)


def argsort(x: ndarray) -> ndarray:
    if x.ndim != 1:
        raise NotImplementedError("Only rows are sorted.")
    return asarray(sorted(range(len(x)), key=x._values().__getitem__), int64)


def sort(x: ndarray) -> ndarray:
    found: ndarray = x[argsort(x)]
    return found


def unravel_index(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    found: list[int] = []
    for size in reversed(shape):
        index, rest = divmod(index, size)
        found.append(rest)
    return tuple(reversed(found))


def where(condition: Any, x: Any, y: Any) -> ndarray:
    c, a, b = asarray(condition), asarray(x), asarray(y)
    shape, kind = together(c.shape, a.shape, b.shape), _promoted(x, y)
    triples = zip(c._spread(shape), a._spread(shape), b._spread(shape), strict=False)
    return ndarray(kind.converted([p if yes else q for yes, p, q in triples]), shape, kind)


def ndim(x: Any) -> int:
    return asarray(x).ndim


def can_cast(kind: dtype, to: dtype) -> bool:
    return kind.kind == to.kind and kind.itemsize <= to.itemsize


# Numbers -----------------------------------------------------------------------------------


def exp(x: Any) -> Any:
    return _map(lambda value: inf if value > 709.78 else math.exp(value), x)


def _logarithm(f: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda x: _map(lambda v: f(v) if v > 0 else -inf if v == 0 else nan, x)


log, log2 = _logarithm(math.log), _logarithm(math.log2)


def abs(x: Any) -> Any:
    return _map(operator.abs, asarray(x), asarray(x).dtype)


def isnan(x: Any) -> Any:
    return _map(math.isnan, x, bool_)


def isfinite(x: Any) -> Any:
    return _map(math.isfinite, x, bool_)


def _pick(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: nan if x != x or y != y else f(x, y)


class _Extreme:
    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = _pick(f)

    def __call__(self, x: Any, y: Any) -> ndarray:
        found: ndarray = _pairwise(self._f)(x, y)
        return found

    def accumulate(self, x: ndarray) -> ndarray:
        if x.ndim != 1:
            raise NotImplementedError("Only rows are accumulated.")
        return ndarray(list(accumulate(x._values(), self._f)), x.shape, x.dtype)


maximum, minimum = _Extreme(max), _Extreme(min)


def clip(x: Any, low: Any, high: Any) -> ndarray:
    return minimum(maximum(x, low), high)


def nanmax(x: ndarray) -> float:
    return max((value for value in x._values() if value == value), default=nan)


def mean(x: Any) -> Any:
    return asarray(x).mean()


def cumsum(x: ndarray) -> ndarray:
    if x.ndim != 1:
        raise NotImplementedError("Only rows are summed up.")
    return ndarray(list(accumulate(x._values())), x.shape, x.dtype)


def tensordot(x: ndarray, y: ndarray, axes: int) -> ndarray:
    if x.ndim != 1 or axes != 1 or len(x) != len(y):
        raise NotImplementedError("Only a row is multiplied by an array of as many rows.")
    total, kind = [0.0] * math.prod(y.shape[1:]), _promoted(x, y)
    for weight, row in zip(x._values(), y, strict=True):
        values = row._values() if isinstance(row, ndarray) else [row]
        total = [a + weight * b for a, b in zip(total, values, strict=True)]
    return ndarray(kind.rounded(total), y.shape[1:], kind)


def errstate(**states: str) -> Any:
    return nullcontext()
