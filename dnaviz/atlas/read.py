"""Atlas files of strangers: measured and checked before anything large is read.

HDF5 and zarr may declare arrays that no memory holds, unpack to a thousand times what they take on
disk, point to other files, and (zarr) name pickle as their packing. So only what a map needs is
read; its links, packings and sizes are looked at first, and reading has a ceiling of memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnaviz.atlas.anndata_files import LARGE, check_codecs, is_zarr, size_of
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData
    from numpy.typing import NDArray

MOST_BYTES = 8 * 2**30
"""Most that the arrays of an atlas may take in memory: about 8 million windows."""

MOST_TIMES = 50
"""Most times its size on disk that an atlas may declare: latents hardly compress."""

FREE_BYTES = 64 * 2**20
"""What a file may declare whatever its size: small arrays of zeros take no place at all."""

FREE_MEMORY = 2**29
"""What reading may take besides four times what is declared."""

SLACK_BYTES = 2**16
"""What an array may take on disk beyond twice its size."""

MOST_COLUMNS = 1_000
DEEPEST = 6
TEXT_BYTES = 100  # of a string in memory, about

# What HDF5 may pack with (of Zarr, see `files.CODECS`): nothing that another program brings.
_HDF5_FILTERS = {1, 2, 3, 4, 5, 6, 32000}  # deflate, shuffle, fletcher32, szip, ..., lzf


def read_anndata(path: Path, obsm: tuple[str, ...] | None, uns: str) -> AnnData:
    """Read what a map shows from an ``.h5ad`` file or a ``.zarr`` folder.

    Parameters
    ----------
    path
        The file or folder.
    obsm
        Keys of ``obsm`` to read where they are there, nothing else of it is; None: every array.
    uns
        The key of ``uns`` to read, likewise.

    Returns
    -------
    AnnData
        Of ``obs`` and those keys alone: no ``X``, however large it is.

    Raises
    ------
    InputError
        One sentence with the file, and the key where one is at fault.
    """
    import pandas as pd
    from anndata import AnnData
    from anndata.io import read_elem

    with ExitStack() as stack:
        root, on_disk = _open(path, stack)
        nodes = {("obs", ""): _child(path, root, "obs", "obs")}
        if nodes["obs", ""] is None:
            raise InputError(f"{path} is no AnnData file: it has no obs.")
        if getattr(getattr(nodes["obs", ""], "dtype", None), "names", None):
            raise InputError(
                f"{path} was written by an old AnnData (0.6): open it with anndata.read_h5ad and "
                "save it again with write_h5ad."
            )
        for group, keys in (("obsm", obsm), ("uns", (uns,))):
            parent = _child(path, root, group, group)
            if not hasattr(parent, "keys"):
                continue
            for key in parent if keys is None else keys:
                node = _child(path, parent, key, _name(group, key))
                if keys is not None or len(getattr(node, "shape", ())) == 2:
                    nodes[group, key] = node
        nodes = {place: node for place, node in nodes.items() if node is not None}
        declared = sum(_declared(path, node, _name(*place)) for place, node in nodes.items())
        allowed = min(MOST_BYTES, FREE_BYTES + MOST_TIMES * on_disk)
        if declared > allowed:
            raise InputError(
                f"{path} declares {declared / 2**20:,.0f} MB of content in {on_disk / 2**20:,.1f} "
                f"MB on disk; at most {allowed / 2**20:,.0f} MB are read."
            )
        parts: dict[str, dict[str, Any]] = {"obs": {}, "obsm": {}, "uns": {}}
        with memory_ceiling(FREE_MEMORY + 4 * declared):
            for (group, key), node in nodes.items():
                try:
                    mapped = _mapped(path, node)
                    parts[group][key] = read_elem(node) if mapped is None else mapped
                except Exception as error:  # whatever a damaged or hostile file makes of it
                    what = f"{path}: {_name(group, key)}"
                    raise InputError(f"{what} cannot be read as AnnData's.") from error
    obs = parts["obs"][""]
    if not isinstance(obs, pd.DataFrame):
        raise InputError(f"{path}: obs is no table.")
    for key, value in parts["obsm"].items():
        rows = (*getattr(value, "shape", ()), 0)[0]
        if rows != len(obs):
            what = f"{path}: {_name('obsm', key)}"
            raise InputError(f"{what} has {rows:,} rows, but obs {len(obs):,}.")
    try:
        with warnings.catch_warnings():
            # What it would say of duplicate ids, the check of an atlas says.
            warnings.simplefilter("ignore", UserWarning)
            return AnnData(obs=obs, obsm=parts["obsm"], uns=parts["uns"])
    except Exception as error:
        raise InputError(f"{path} is no AnnData file: its parts do not fit together.") from error


@contextmanager
def memory_ceiling(more: int) -> Iterator[None]:
    """Let this process take at most so many more bytes; beyond them allocations fail.

    Only where the system knows such a limit (Linux); elsewhere nothing is limited.
    """
    try:
        import resource

        with Path("/proc/self/statm").open() as file:
            now = int(file.read().split()[5]) * resource.getpagesize()
        kind = resource.RLIMIT_DATA
    except (ImportError, OSError):
        yield
        return
    before, hard = resource.getrlimit(kind)
    limits = [now + more, *(limit for limit in (before, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(kind, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (before, hard))


def _open(path: Path, stack: ExitStack) -> tuple[Any, int]:
    """The root of a file or folder, and its size on disk."""
    if path.is_dir():
        _check_links(path)
        return _open_zarr(path), size_of(path)
    import h5py

    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    # HDF5 or nothing: a pickle, a text or a half-written file by another name goes no further.
    if not h5py.is_hdf5(path):
        raise InputError(f"{path} is no AnnData file: it is not HDF5.")
    try:
        return stack.enter_context(h5py.File(path, "r")), path.stat().st_size
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} is no AnnData file: it cannot be read as HDF5.") from error


def _open_zarr(path: Path) -> Any:
    if not is_zarr(path):
        raise InputError(f"{path} is no AnnData file: it is a folder that is no Zarr store.")
    check_codecs(path)
    import zarr

    # Each array's own description, which is also what its reader goes by.
    how: Any = {} if zarr.__version__.startswith("2.") else {"use_consolidated": False}
    try:
        return zarr.open_group(str(path), mode="r", **how)
    except Exception as error:
        raise InputError(f"{path} is no AnnData file: it cannot be read as Zarr.") from error


def _check_links(path: Path) -> None:
    for file in path.rglob("*"):
        if file.is_symlink():
            raise InputError(f"{path} holds a link, {file.name[:60]}, which is not followed.")
        if not file.is_file() and not file.is_dir():  # as a pipe, which reading would wait for
            raise InputError(f"{path} holds {file.name[:60]}, which is neither file nor folder.")


def _child(path: Path, parent: Any, key: str, name: str) -> Any:
    """A member of a group, None if there is none; a link to elsewhere is refused."""
    import h5py

    try:
        if isinstance(parent, h5py.Group):
            link = parent.get(key, getlink=True)
            if link is not None and not isinstance(link, h5py.HardLink):
                raise InputError(f"{path}: {name} is a link, which is not followed.")
        return parent.get(key)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path}: {name} cannot be read as AnnData's.") from error


def _declared(path: Path, node: Any, name: str, depth: int = 0) -> int:
    """Bytes that a node and all below it say they take; what may not be read is refused."""
    import h5py

    if hasattr(node, "shape"):
        return _size(path, node, name)
    if not hasattr(node, "keys") or depth >= DEEPEST:
        raise InputError(f"{path}: {name} is nothing that AnnData writes.")
    keys = list(node.keys())
    if len(keys) > MOST_COLUMNS:
        raise InputError(f"{path}: {name} has {len(keys):,} columns; at most {MOST_COLUMNS:,}.")
    total = 0
    for key in keys:
        child = _child(path, node, key, name)
        if isinstance(child, h5py.Datatype):
            raise InputError(f"{path}: {name} is nothing that AnnData writes.")
        total += _declared(path, child, name, depth + 1)
    return total


def _size(path: Path, array: Any, name: str) -> int:
    """Bytes of an array, or of one of its chunks where that is larger."""
    import h5py

    if isinstance(array, h5py.Dataset):
        properties = array.id.get_create_plist()
        filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
        if array.external or array.is_virtual:
            raise InputError(f"{path}: {name} keeps its content in another file.")
        strange = [str(number) for number in sorted(filters - _HDF5_FILTERS)]
        stored = array.id.get_storage_size()
        item = TEXT_BYTES if array.dtype.kind == "O" else array.dtype.itemsize
    else:
        strange, stored = [], array.nbytes_stored
        stored = stored() if callable(stored) else stored  # Zarr 3 or 2
        item = TEXT_BYTES if array.dtype.kind in "OT" else array.dtype.itemsize
    if strange:
        raise InputError(f"{path}: {name} is packed with {strange[0][:40]!r}, which is not read.")
    shapes = [array.shape or (), array.chunks or (), getattr(array, "shards", None) or ()]
    size = item * max(prod(map(int, shape)) for shape in shapes)
    # What takes more place packed than unpacked unpacks to something else. Text may.
    if stored > 2 * size + SLACK_BYTES and array.dtype.kind not in "OT":
        raise InputError(f"{path}: {name} cannot be read: it unpacks to more than it declares.")
    return size


def _mapped(path: Path, node: Any) -> NDArray | None:
    """A large array that HDF5 keeps in one piece, left on disk until it is looked at; else None.

    Latents of a million windows are half a gigabyte that most viewers never touch; what is read of
    them, all viewers on a machine share.
    """
    import h5py
    import numpy as np

    if not isinstance(node, h5py.Dataset) or node.dtype.kind not in "fiu" or node.ndim != 2:
        return None
    offset = node.id.get_offset()  # None where it is in chunks, or packed
    if offset is None or node.nbytes < LARGE or node.dtype.byteorder == ">":
        return None
    if offset + node.nbytes > path.stat().st_size:
        raise OSError("the file is shorter than it declares")
    return np.memmap(path, node.dtype, "r", offset, node.shape)


def _name(group: str, key: str) -> str:
    return f"{group}['{key}']" if key else group
