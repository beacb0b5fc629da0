"""The part of numpy that scans, effects, attributions and figures use, in plain Python.

The sealed inspector runs dnaviz in a browser, where numpy's compiled code has no place to come
from. This module takes its place there, and nowhere else. What it does, it does as numpy does; what
it does not know it refuses by an error. The test of the page compares all numbers with Python's.
"""

from __future__ import annotations

import math
import operator
from array import array as _packed
from collections.abc import Callable, Iterable, Iterator
from itertools import product, repeat
from typing import Any

inf, nan, pi = math.inf, math.nan, math.pi


class generic:
    """What numpy's scalars are; here they are Python's."""


class integer(generic):
    pass


class floating(generic):
    pass


class dtype:
    """A type of elements; called, it converts one."""

    def __init__(self, kind: str, itemsize: int, code: str, rank: int) -> None:
        self.kind, self.itemsize, self.code, self.rank = kind, itemsize, code, rank

    def __call__(self, value: Any) -> Any:
        return self.converted([value])[0]

    def __repr__(self) -> str:
        return {"b": "bool", "u": "uint", "i": "int", "f": "float"}[self.kind] + (
            str(8 * self.itemsize) if self.kind != "b" else ""
        )

    def rounded(self, values: list[Any]) -> list[Any]:
        """Return results of arithmetic as this type holds them."""
        return _packed("f", values).tolist() if self is float32 else values

    def converted(self, values: Iterable[Any]) -> list[Any]:
        cast = {"b": bool, "f": float}.get(self.kind, int)
        return self.rounded([cast(value) for value in values])


bool_, uint8, int8 = dtype("b", 1, "b", 0), dtype("u", 1, "B", 1), dtype("i", 1, "b", 2)
int32, int64 = dtype("i", 4, "i", 3), dtype("i", 8, "q", 4)
float32, float64 = dtype("f", 4, "f", 5), dtype("f", 8, "d", 6)
_TYPES: dict[Any, dtype] = {bool: bool_, int: int64, float: float64, None: float64}


def type_of(given: Any) -> dtype:
    return given if isinstance(given, dtype) else _TYPES[given]


def _places(shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> list[int]:
    places = [offset]
    for size, stride in zip(shape, strides, strict=True):
        steps = range(0, size * stride, stride) if stride else [0] * size
        places = [place + step for place in places for step in steps]
    return places


def _dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


class ndarray:
    """A view of a list: an offset into it, and a stride for each axis."""

    __slots__ = ("_list", "_offset", "_strides", "dtype", "shape")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        values: list[Any],
        shape: tuple[int, ...],
        kind: dtype,
        strides: tuple[int, ...] | None = None,
        offset: int = 0,
    ) -> None:
        self._list, self.shape, self.dtype, self._offset = values, shape, kind, offset
        self._strides = _dense(shape) if strides is None else strides

    size = property(lambda self: math.prod(self.shape))
    ndim = property(lambda self: len(self.shape))
    T = property(lambda self: self.transpose())
    data = property(lambda self: self.tobytes())

    def _values(self) -> list[Any]:
        if self._strides == _dense(self.shape):
            return self._list[self._offset : self._offset + self.size]
        return [self._list[i] for i in _places(self.shape, self._strides, self._offset)]

    def _spread(self, shape: tuple[int, ...]) -> Iterable[Any]:
        """Return the values as broadcast to a shape."""
        if self.shape == shape:
            return self._values()
        if self.size == 1:
            return repeat(self._values()[0], math.prod(shape))
        missing = len(shape) - self.ndim
        strides = [0] * missing + [
            0 if size == 1 else stride
            for size, stride in zip(self.shape, self._strides, strict=True)
        ]
        if missing < 0 or any(
            a not in (1, b) for a, b in zip(self.shape, shape[missing:], strict=True)
        ):
            raise ValueError(f"An array of shape {self.shape} does not broadcast to {shape}.")
        return [self._list[i] for i in _places(shape, tuple(strides), self._offset)]

    # Indices -------------------------------------------------------------------------------

    def _find(self, key: Any) -> tuple[list[int] | None, ndarray]:
        """Return a view, or the places of the elements and an array of their shape."""
        keys = list(key) if isinstance(key, tuple) else [key]
        keys = [asarray(k) if isinstance(k, list) else k for k in keys]
        used = sum(_axes(k) for k in keys)
        if Ellipsis in [k for k in keys if not isinstance(k, ndarray)]:
            at = next(i for i, k in enumerate(keys) if k is Ellipsis)
            keys[at : at + 1] = [slice(None)] * (self.ndim - used)
        keys += [slice(None)] * (self.ndim - sum(_axes(k) for k in keys))
        if any(isinstance(k, ndarray) and k.ndim for k in keys):
            return self._find_many(keys)
        offset, shape, strides, axis = self._offset, [], [], 0
        for k in keys:
            if k is None:
                shape.append(1)
                strides.append(0)
                continue
            size, stride = self.shape[axis], self._strides[axis]
            axis += 1
            if isinstance(k, slice):
                part = range(size)[k]
                offset += part.start * stride if len(part) else 0
                shape.append(len(part))
                strides.append(stride * part.step)
            else:
                offset += range(size)[operator.index(k)] * stride
        return None, ndarray(self._list, tuple(shape), self.dtype, tuple(strides), offset)

    def _find_many(self, keys: list[Any]) -> tuple[list[int], ndarray]:
        parts: list[tuple[str, Any, int, int]] = []
        axis = 0
        for k in keys:
            if k is None:
                parts.append(("slice", range(1), 0, 1))
            elif isinstance(k, slice):
                parts.append(("slice", range(self.shape[axis])[k], self._strides[axis], 0))
                axis += 1
            elif isinstance(k, ndarray) and k.dtype is bool_:
                if k.shape != self.shape[axis : axis + k.ndim]:
                    raise IndexError("A mask needs the shape of what it masks.")
                for column in nonzero(k):
                    parts.append(("many", column, self._strides[axis], self.shape[axis]))
                    axis += 1
            else:
                parts.append(("many", asarray(k), self._strides[axis], self.shape[axis]))
                axis += 1
        many = [i for i, part in enumerate(parts) if part[0] == "many"]
        shape = together(*(parts[i][1].shape for i in many))
        offsets = [self._offset] * math.prod(shape)
        for i in many:
            _, indices, stride, size = parts[i]
            steps = [range(size)[j] * stride for j in indices._spread(shape)]
            offsets = list(map(operator.add, offsets, steps))
        adjacent = many == list(range(many[0], many[-1] + 1))
        before = [p for p in parts[: many[0]] if p[0] == "slice"] if adjacent else []
        behind = [p for p in (parts[many[-1] :] if adjacent else parts) if p[0] == "slice"]

        def steps_of(slices: list[Any]) -> list[int]:
            return [sum(steps) for steps in product(*([i * s for i in r] for _, r, s, _ in slices))]

        places = [a + b + c for a in steps_of(before) for b in offsets for c in steps_of(behind)]
        sizes = tuple(len(p[1]) for p in before), shape, tuple(len(p[1]) for p in behind)
        return places, ndarray([], sum(sizes, ()), self.dtype)

    def _row(self, i: int) -> Any:
        at = self._offset + i * self._strides[0]
        if len(self.shape) == 1:
            return self._list[at]
        return ndarray(self._list, self.shape[1:], self.dtype, self._strides[1:], at)

    def __getitem__(self, key: Any) -> Any:
        if type(key) is int and self.shape:  # the ways most taken, by themselves
            return self._row(range(self.shape[0])[key])
        if type(key) is tuple and len(key) == len(self.shape):
            at = self._offset
            for k, size, stride in zip(key, self.shape, self._strides, strict=True):
                if type(k) is not int:
                    break
                at += range(size)[k] * stride
            else:
                return self._list[at]
        places, found = self._find(key)
        if places is not None:
            return ndarray([self._list[i] for i in places], found.shape, self.dtype)
        return found if found.shape else found._list[found._offset]

    def __setitem__(self, key: Any, value: Any) -> None:
        places, found = self._find(key)
        if places is None:
            places = _places(found.shape, found._strides, found._offset)
        values = self.dtype.converted(asarray(value)._spread(found.shape))
        for i, one in zip(places, values, strict=True):
            self._list[i] = one

    def __iter__(self) -> Iterator[Any]:
        return map(self._row, range(len(self)))

    def __len__(self) -> int:
        return self.shape[0]

    # Shapes and types ----------------------------------------------------------------------

    def transpose(self, *axes: int) -> ndarray:
        order = axes or tuple(reversed(range(self.ndim)))
        shape, strides = (tuple(of[i] for i in order) for of in (self.shape, self._strides))
        return ndarray(self._list, shape, self.dtype, strides, self._offset)

    def reshape(self, *shape: Any) -> ndarray:
        sizes = tuple(shape[0]) if isinstance(shape[0], tuple) else shape
        if -1 in sizes:
            rest = -math.prod(sizes)
            sizes = tuple(self.size // rest if n == -1 else n for n in sizes)
        if math.prod(sizes) != self.size:
            raise ValueError(f"An array of shape {self.shape} cannot have the shape {sizes}.")
        return ndarray(self._values(), sizes, self.dtype)

    def ravel(self) -> ndarray:
        return self.reshape(-1) if self.size else ndarray([], (0,), self.dtype)

    def copy(self) -> ndarray:
        return ndarray(self._values(), self.shape, self.dtype)

    def astype(self, kind: Any) -> ndarray:
        return ndarray(type_of(kind).converted(self._values()), self.shape, type_of(kind))

    def tolist(self) -> Any:
        if not self.size:
            return [row.tolist() for row in self] if self.ndim > 1 else []
        values = self._values()
        for size in reversed(self.shape[1:]):
            values = [values[i : i + size] for i in range(0, len(values), size)]
        return values if self.shape else values[0]

    def tobytes(self) -> bytes:
        return _packed(self.dtype.code, self._values()).tobytes()

    def __float__(self) -> float:
        return float(self._one())

    def __int__(self) -> int:
        return int(self._one())

    def __index__(self) -> int:
        return operator.index(self._one())

    def __bool__(self) -> bool:
        return bool(self._one())

    def _one(self) -> Any:
        if self.size != 1:
            raise ValueError("An array of several elements is no number.")
        return self._values()[0]

    # Reductions ----------------------------------------------------------------------------

    def _reduce(self, f: Callable[[list[Any]], Any], axis: Any, kind: dtype | None = None) -> Any:
        if axis is None:
            return f(self._values())
        axes = [a % self.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
        kept = [a for a in range(self.ndim) if a not in axes]
        values = self.transpose(*kept, *axes)._values()
        shape = tuple(self.shape[a] for a in kept)
        width = math.prod(self.shape[a] for a in axes)
        found = [f(values[i * width : (i + 1) * width]) for i in range(math.prod(shape))]
        kind = kind or self.dtype
        return ndarray(kind.rounded(found), shape, kind) if shape else kind.rounded(found)[0]

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        kind = type_of(dtype) if dtype else max(self.dtype, int64, key=_rank)
        kind = kind if kind.kind == "f" else int64
        total = self._reduce(sum, axis, kind)
        if keepdims:
            return total[(slice(None),) * axis + (None,)]
        return total if isinstance(total, ndarray) else kind(total)

    def mean(self, axis: Any = None) -> Any:
        return self.sum(axis) / (self.size if axis is None else self.shape[axis])

    def max(self, axis: Any = None, initial: Any = None) -> Any:
        more = [] if initial is None else [initial]
        return self._reduce(lambda values: max(values + more), axis)

    def min(self, axis: Any = None, initial: Any = None) -> Any:
        more = [] if initial is None else [initial]
        return self._reduce(lambda values: min(values + more), axis)

    def argmax(self, axis: Any = None) -> Any:
        return self._reduce(lambda values: values.index(max(values)), axis, int64)

    def argmin(self, axis: Any = None) -> Any:
        return self._reduce(lambda values: values.index(min(values)), axis, int64)

    def any(self, axis: Any = None) -> Any:
        return self._reduce(any, axis, bool_)

    def all(self, axis: Any = None) -> Any:
        return self._reduce(all, axis, bool_)


def _axes(key: Any) -> int:
    """Return how many axes an index takes."""
    if key is None or key is Ellipsis:
        return 0
    return key.ndim if isinstance(key, ndarray) and key.dtype is bool_ else 1


def together(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that shapes broadcast to."""
    longest = max(map(len, shapes))
    columns = zip(*((1,) * (longest - len(s)) + s for s in shapes), strict=True)
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in columns)


def asarray(value: Any, dtype: Any = None) -> ndarray:
    """Return what a number, a list or a list of lists holds as an array."""
    if isinstance(value, ndarray):
        return value if dtype in (None, value.dtype) else value.astype(dtype)
    if not isinstance(value, list | tuple):
        kind = type_of(dtype) if dtype else _TYPES[type(value)]
        return ndarray(kind.converted([value]), (), kind)
    kinds = set(map(type, value))
    if kinds and kinds <= {bool, int, float}:
        kind = type_of(dtype) if dtype else max((_TYPES[k] for k in kinds), key=_rank)
        return ndarray(kind.converted(value), (len(value),), kind)
    rows = [row if isinstance(row, ndarray) else asarray(row) for row in value]
    inner = rows[0].shape if rows else ()
    if any(row.shape != inner for row in rows):
        raise ValueError("The rows of an array have one shape.")
    kind = type_of(dtype) if dtype else max((r.dtype for r in rows), key=_rank, default=float64)
    values = [v for row in rows for v in row._values()]
    return ndarray(kind.converted(values), (len(rows), *inner), kind)


def nonzero(x: ndarray) -> list[ndarray]:
    """Return the indices, an array for each axis, of what is not zero."""
    at = [i for i, value in enumerate(x._values()) if value]
    sizes = zip(_dense(x.shape), x.shape, strict=True)
    return [ndarray([i // d % n for i in at], (len(at),), int64) for d, n in sizes]


def _rank(kind: dtype) -> int:
    return kind.rank
