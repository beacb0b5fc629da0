"""Atlases and checkpoints as somebody would make them who means harm; each maker writes one."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SPRUNG = "sprung"
"""The file that a pickle makes beside itself where anybody unpickles it."""


class Trap:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.folder / SPRUNG,)


def adata(rows: int = 40) -> Any:
    """A small atlas that is in order."""
    from anndata import AnnData

    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"label": ["donor"] * rows}, index=[f"w{i}" for i in range(rows)])
    made = AnnData(obs=obs)
    made.obsm["X_latent"] = rng.normal(size=(rows, 8)).astype(np.float32)
    made.obsm["X_umap"] = rng.normal(size=(rows, 2)).astype(np.float32)
    made.obsm["sequence"] = rng.integers(0, 4, (rows, 20)).astype(np.uint8)
    return made


def h5(folder: Path) -> Any:
    """A sound file, opened for changes."""
    import h5py

    path = folder / "atlas.h5ad"
    adata().write_h5ad(path)
    return h5py.File(path, "r+")


def as_array(dataset: Any) -> Any:
    dataset.attrs["encoding-type"], dataset.attrs["encoding-version"] = "array", "0.2.0"
    return dataset


def bomb(size: int) -> bytes:
    """A zlib stream of so many zero bytes, made without ever holding them."""
    packer = zlib.compressobj(9)
    piece = 2**22
    block = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    more = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    count = size // piece
    check = struct.pack(">I", (count * piece % 65521) << 16 | 1)
    return block + more * (count - 1) + b"\x03\x00" + check


def huge_shape(folder: Path) -> Path:
    with h5(folder) as file:
        del file["obsm/X_latent"]
        as_array(file.create_dataset("obsm/X_latent", (10**11, 256), "f4", chunks=(1000, 256)))
    return folder / "atlas.h5ad"


def zeros_by_the_gigabyte(folder: Path) -> Path:
    with h5(folder) as file:
        del file["obsm/sequence"]
        made = as_array(
            file.create_dataset("obsm/sequence", (10**7, 200), "u1", chunks=(2**16, 200),
                                compression="gzip")
        )  # fmt: skip
        packed = zlib.compress(bytes(2**16 * 200))
        for row in range(0, 10**7, 2**16):
            made.id.write_direct_chunk((row, 0), packed)
    return folder / "atlas.h5ad"


def huge_chunk(folder: Path) -> Path:
    with h5(folder) as file:
        del file["obsm/X_umap"]
        made = as_array(
            file.create_dataset("obsm/X_umap", (40, 2), "f4", maxshape=(None, 2),
                                chunks=(10**8, 2), compression="gzip")
        )  # fmt: skip
        made.id.write_direct_chunk((0, 0), zlib.compress(bytes(1000)))
    return folder / "atlas.h5ad"


def packed_by_another_program(folder: Path) -> Path:
    """Names a packing that HDF5 would look for among the plug-ins of this machine."""
    import h5py

    with h5(folder) as file:
        del file["obsm/X_umap"]
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((40, 2))
        how.set_filter(32004, h5py.h5z.FLAG_OPTIONAL, ())  # LZ4
        space = h5py.h5s.create_simple((40, 2))
        made = h5py.h5d.create(file.id, b"obsm/X_umap", h5py.h5t.IEEE_F32LE, space, how)
        as_array(h5py.Dataset(made))[...] = 1
    return folder / "atlas.h5ad"


def chunk_that_unpacks_to_more(folder: Path, rows: int = 40) -> Path:
    with h5(folder) as file:
        del file["obsm/X_umap"]
        made = as_array(
            file.create_dataset(
                "obsm/X_umap", (rows, 2), "f4", chunks=(rows, 2), compression="gzip"
            )
        )
        made.id.write_direct_chunk((0, 0), bomb(2 * 2**30))
    return folder / "atlas.h5ad"


def chunk_that_unpacks_to_much_more(folder: Path) -> Path:
    """Declares as much as it takes on disk, so that only the ceiling of memory stops it."""
    return chunk_that_unpacks_to_more(folder, 2**18)


def one_text_a_million_times(folder: Path) -> Path:
    """Strings lie once in the file, and as often in memory as something points to them."""
    import h5py

    with h5(folder) as file:
        column = "x" * 2**20
        kind = h5py.string_dtype()
        del file["obs/label"]
        made = file.create_dataset("obs/label", (40,), kind, chunks=(40,), compression="gzip")
        made.attrs["encoding-type"], made.attrs["encoding-version"] = "string-array", "0.2.0"
        made[:] = column
        # The 40 references to the first of them, 25,000 times over.
        raw = zlib.decompress(made.id.read_direct_chunk((0,))[1])[:16]
        many = 1_000_000
        for name in ("obs/label", "obs/_index"):
            del file[name]
            made = file.create_dataset(name, (many,), kind, chunks=(many,), compression="gzip")
            made.attrs["encoding-type"], made.attrs["encoding-version"] = "string-array", "0.2.0"
            made.id.write_direct_chunk((0,), zlib.compress(raw * many))
    with (folder / "atlas.h5ad").open("ab") as out:
        out.write(os.urandom(8 * 2**20))  # large enough to be allowed what it declares
    return folder / "atlas.h5ad"


def soft_link(folder: Path) -> Path:
    import h5py

    with h5(folder) as file:
        file.move("obsm/X_latent", "obsm/elsewhere")
        file["obsm/X_latent"] = h5py.SoftLink("/obsm/elsewhere")
    return folder / "atlas.h5ad"


def external_link(folder: Path) -> Path:
    import h5py

    adata().write_h5ad(folder / "secret.h5ad")
    with h5(folder) as file:
        del file["obs"]
        file["obs"] = h5py.ExternalLink("secret.h5ad", "/obs")
    return folder / "atlas.h5ad"


def external_bytes(folder: Path) -> Path:
    secret = folder / "secret.txt"
    secret.write_bytes(bytes([0, 1, 2, 3]) * 200)
    with h5(folder) as file:
        del file["obsm/sequence"]
        as_array(
            file.create_dataset("obsm/sequence", (40, 20), "u1", external=[(str(secret), 0, 800)])
        )
    return folder / "atlas.h5ad"


def virtual(folder: Path) -> Path:
    import h5py

    adata().write_h5ad(folder / "secret.h5ad")
    layout = h5py.VirtualLayout((40, 20), "u1")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5ad"), "obsm/sequence", (40, 20))
    with h5(folder) as file:
        del file["obsm/sequence"]
        as_array(file.create_virtual_dataset("obsm/sequence", layout))
    return folder / "atlas.h5ad"


def a_group_within_itself(folder: Path) -> Path:
    with h5(folder) as file:
        group = file["uns"].create_group("dnaviz")
        group.attrs["encoding-type"], group.attrs["encoding-version"] = "dict", "0.1.0"
        group["again"] = group
    return folder / "atlas.h5ad"


def a_hundred_thousand_columns(folder: Path) -> Path:
    with h5(folder) as file:
        for number in range(3000):
            file["obs"][f"c{number}"] = file["obs/_index"]
    return folder / "atlas.h5ad"


def text_for_a_figure(folder: Path) -> Path:
    made = adata()
    made.uns["dnaviz"] = {"far": {"autoencoder": "<b>far</b>"}}
    made.write_h5ad(folder / "atlas.h5ad")
    return folder / "atlas.h5ad"


def nan_for_a_figure(folder: Path) -> Path:
    made = adata()
    made.uns["dnaviz"] = {"quality": {"splice": {"trustworthiness": float("nan")}}}
    made.write_h5ad(folder / "atlas.h5ad")
    return folder / "atlas.h5ad"


def other_number_of_rows(folder: Path) -> Path:
    with h5(folder) as file:
        del file["obsm/X_umap"]
        as_array(file.create_dataset("obsm/X_umap", data=np.zeros((39, 2), "f4")))
    return folder / "atlas.h5ad"


def obs_that_is_an_array(folder: Path) -> Path:
    with h5(folder) as file:
        del file["obs"]
        as_array(file.create_dataset("obs", data=np.zeros((40, 2), "f4")))
    return folder / "atlas.h5ad"


def pickle_as_h5ad(folder: Path) -> Path:
    (folder / "atlas.h5ad").write_bytes(pickle.dumps(Trap(folder)))
    return folder / "atlas.h5ad"


# zarr


def zarr_folder(folder: Path, version: int = 2) -> Path:
    import anndata

    before = anndata.settings.zarr_write_format
    anndata.settings.zarr_write_format = version
    try:
        adata().write_zarr(folder / "atlas.zarr")
    finally:
        anndata.settings.zarr_write_format = before
    return folder / "atlas.zarr"


def _change_v2(path: Path, **values: Any) -> None:
    about = json.loads((path / ".zarray").read_text())
    (path / ".zarray").write_text(json.dumps(about | values))


def zarr_pickle(folder: Path) -> Path:
    path = zarr_folder(folder)
    array = path / "obsm" / "sequence"
    _change_v2(array, compressor={"id": "pickle", "protocol": 5}, filters=None)
    for chunk in array.glob("[0-9]*"):
        chunk.write_bytes(pickle.dumps(Trap(folder)))
    return path


def zarr_pickle_v3(folder: Path) -> Path:
    path = zarr_folder(folder, 3)
    array = path / "obsm" / "sequence"
    about = json.loads((array / "zarr.json").read_text())
    about["codecs"].append({"name": "numcodecs.pickle", "configuration": {}})
    (array / "zarr.json").write_text(json.dumps(about))
    return path


def zarr_other_codec(folder: Path) -> Path:
    path = zarr_folder(folder)
    _change_v2(path / "obsm" / "sequence", filters=[{"id": "delta", "dtype": "|u1"}])
    return path


def zarr_huge_shape(folder: Path) -> Path:
    path = zarr_folder(folder)
    _change_v2(path / "obsm" / "X_umap", shape=[10**11, 2])
    return path


def zarr_bomb(folder: Path) -> Path:
    path = zarr_folder(folder)
    array = path / "obsm" / "sequence"
    _change_v2(array, compressor={"id": "zlib", "level": 9}, filters=None)
    (array / "0.0").write_bytes(bomb(2 * 2**30))
    return path


def zarr_link(folder: Path) -> Path:
    path = zarr_folder(folder)
    secret = folder / "secret.txt"
    secret.write_bytes(bytes(800))
    _change_v2(path / "obsm" / "sequence", compressor=None)
    (path / "obsm" / "sequence" / "0.0").unlink()
    (path / "obsm" / "sequence" / "0.0").symlink_to(secret)
    return path


def zarr_pipe(folder: Path) -> Path:
    path = zarr_folder(folder)
    (path / "obsm" / "sequence" / "0.0").unlink()
    os.mkfifo(path / "obsm" / "sequence" / "0.0")
    return path


def a_folder_of_pickles(folder: Path) -> Path:
    (folder / "atlas.zarr").mkdir()
    (folder / "atlas.zarr" / "zarr.json").write_bytes(pickle.dumps(Trap(folder)))
    return folder / "atlas.zarr"


def an_empty_folder(folder: Path) -> Path:
    (folder / "atlas.zarr").mkdir()
    return folder / "atlas.zarr"


ATLASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    made.__name__: (made, words)
    for made, words in [
        (huge_shape, r"declares [\d,]+ MB of content"),
        (zeros_by_the_gigabyte, r"declares [\d,]+ MB of content"),
        (huge_chunk, r"declares [\d,]+ MB of content"),
        (packed_by_another_program, r"obsm\['X_umap'\] is packed with '32004', which is not read"),
        (chunk_that_unpacks_to_more, r"obsm\['X_umap'\] cannot be read: it unpacks to more"),
        (chunk_that_unpacks_to_much_more, r"obsm\['X_umap'\] cannot be read as AnnData's"),
        (one_text_a_million_times, r"obs cannot be read"),
        (soft_link, r"obsm\['X_latent'\] is a link"),
        (external_link, r"obs is a link"),
        (external_bytes, r"obsm\['sequence'\] keeps its content in another file"),
        (virtual, r"obsm\['sequence'\] keeps its content in another file"),
        (a_group_within_itself, r"uns\['dnaviz'\] is nothing that AnnData writes"),
        (a_hundred_thousand_columns, r"obs has 3,00\d columns"),
        (text_for_a_figure, r"uns\['dnaviz'\]\['far'\]\['autoencoder'\] is no finite number"),
        (nan_for_a_figure, r"\['trustworthiness'\] is no finite number"),
        (other_number_of_rows, r"obsm\['X_umap'\] has 39 rows, but obs 40"),
        (obs_that_is_an_array, r"obs is no table"),
        (pickle_as_h5ad, r"it is not HDF5"),
        (zarr_pickle, r"obsm/sequence/\S+ asks for the codec 'pickle'"),
        (zarr_pickle_v3, r"obsm/sequence/\S+ asks for the codec 'numcodecs.pickle'"),
        (zarr_other_codec, r"obsm/sequence/\S+ asks for the codec 'delta'"),
        (zarr_huge_shape, r"declares [\d,]+ MB of content"),
        (zarr_bomb, r"obsm\['sequence'\] cannot be read"),
        (zarr_link, r"holds a link"),
        (zarr_pipe, r"holds 0\.0, which is neither file nor folder"),
        (a_folder_of_pickles, r"zarr\.json is damaged"),
        (an_empty_folder, r"it is a folder that is no Zarr store"),
    ]
}
