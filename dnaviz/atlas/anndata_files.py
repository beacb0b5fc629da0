"""AnnData files: ``.h5ad`` and ``.zarr``, written whole or not at all; what they ask for."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from dnaviz.errors import InputError, UnfinishedWork
from dnaviz.io.atomic import (
    atomic_path,
    check_room,
    check_writable,
    describe_failure,
    output_suffix,
)

if TYPE_CHECKING:
    from anndata import AnnData

SUFFIXES = (".h5ad", ".zarr")
LARGE = 2**25
"""Bytes of an array from which an ``.h5ad`` file is written unpacked: `read` leaves it on disk."""

_PIECE = 2**22  # bytes of an array that are copied at a time

# What a chunk of a Zarr array may go through. numcodecs also knows "pickle", which would run code
# that a stranger's file holds; so nothing but these.
CODECS = {
    "blosc", "bytes", "bz2", "crc32", "crc32c", "gzip", "lz4", "lzma", "sharding_indexed",
    "shuffle", "transpose", "vlen-array", "vlen-bytes", "vlen-utf8", "zlib", "zstd",
}  # fmt: skip
_METADATA = (".zarray", ".zgroup", ".zmetadata", "zarr.json")
_CODEC_KEYS = ("codecs", "compressor", "compressors", "filters", "index_codecs", "serializer")


def is_zarr(path: Path) -> bool:
    """Whether a folder is a Zarr store."""
    return path.is_dir() and any((path / name).is_file() for name in _METADATA)


def write_anndata(
    adata: AnnData, path: str | Path, obsm: Mapping[str, NDArray] | None = None
) -> None:
    """Write AnnData to ``path``, whole or not at all; its suffix, one of `SUFFIXES`, says how.

    `obsm` has further arrays for ``adata.obsm`` that are copied piece by piece: they may be larger
    than memory.

    ``.h5ad`` is compressed with gzip alone: byte shuffling made the file 3 % smaller and is not
    AnnData's way to write. Beyond `LARGE` it is not compressed, so that nobody has to unpack what
    they do not look at. An existing ``.zarr`` store is replaced; no other folder is.
    """
    path = Path(path)
    arrays = [*adata.obsm.values(), *(obsm or {}).values()]
    # HDF5 cannot be closed where the disk is full: at the end of the program it would crash.
    check_room(path, sum(a.nbytes for a in arrays) + int(adata.obs.memory_usage(deep=True).sum()))
    if output_suffix(path, SUFFIXES) != ".zarr":
        with atomic_path(path) as part:
            large = max((array.nbytes for array in adata.obsm.values()), default=0) >= LARGE
            adata.write_h5ad(part, compression=None if large else "gzip")
            if obsm:
                import h5py

                with h5py.File(part, "a") as file:
                    _copy_arrays(file["obsm"], obsm)
        return
    check_anndata_output(path)
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that the format will change one day
            adata.write_zarr(part)
            if obsm:
                import zarr

                _copy_arrays(zarr.open_group(part, mode="a")["obsm"], obsm)
                zarr.consolidate_metadata(part)
        old = path.with_name(f".{path.name}.old")
        if is_zarr(path):
            path.replace(old)
        part.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise UnfinishedWork(f'"{path}" cannot be written: {describe_failure(error)}.') from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_arrays(group: Any, arrays: Mapping[str, NDArray]) -> None:
    """Add arrays to a group of an AnnData file (h5py or zarr), as anndata writes them."""
    for key, array in arrays.items():
        rows = min(max(_PIECE // array[:1].nbytes, 1), len(array))
        make = getattr(group, "create_array", None) or group.create_dataset  # h5py, zarr 2: a set
        made = make(key, shape=array.shape, dtype=array.dtype, chunks=(rows, *array.shape[1:]))
        made.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        for start in range(0, len(array), rows):
            made[start : start + rows] = array[start : start + rows]
            release_pages(array)


def release_pages(array: object) -> None:
    """Release the pages of a memory-mapped array; they are read again on access."""
    import mmap

    mapped = getattr(array, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def check_anndata_output(path: str | Path) -> None:
    """Refuse, before any work, a path that `write_anndata` cannot or must not write."""
    path = Path(path)
    if not (output_suffix(path, SUFFIXES) == ".zarr" and is_zarr(path)):
        check_writable(path)


def size_of(path: str | Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    path = Path(path)
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def check_codecs(path: Path) -> None:
    """Refuse a Zarr store that asks for a codec that is not one of `CODECS`."""
    for name in _METADATA:
        for file in path.rglob(name):
            try:
                codecs = set(_codecs(json.loads(file.read_bytes())))
            except (ValueError, OSError, RecursionError):
                raise InputError(f"{path} is no AnnData file: {file.name} is damaged.") from None
            if codecs - CODECS:
                unknown = min(codecs - CODECS)
                raise InputError(
                    f"{path} cannot be read: {file.relative_to(path)} asks for the codec "
                    f"{unknown[:40]!r}."
                )


def _codecs(value: Any, inside: bool = False) -> Iterator[str]:
    """Names of all codecs that Zarr metadata (version 2 or 3) ask for."""
    if isinstance(value, list):
        for item in value:
            yield from _codecs(item, inside)
    elif isinstance(value, dict):
        if inside:
            yield str(value.get("id", value.get("name", "")))
        for key, item in value.items():
            # A codec's own settings hold further codecs only under the same keys.
            yield from _codecs(item, key in _CODEC_KEYS)
    elif inside and isinstance(value, str):
        yield value
