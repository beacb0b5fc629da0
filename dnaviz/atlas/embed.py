"""The latents of any number of sequences in a file: batch by batch, with flat memory.

Batches lie beside the output until all are there (`io.resumable`), so that a run that was killed
goes on where it ended; then they are copied into the file, piece by piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz import __version__
from dnaviz.atlas.anndata_files import SUFFIXES, write_anndata
from dnaviz.atlas.checks import KEYS, SEQUENCE_KEY, UNS_KEY
from dnaviz.atlas.store import encode_codes
from dnaviz.errors import InputError, describe_missing
from dnaviz.io.atomic import atomic_path
from dnaviz.io.resumable import open_pieces
from dnaviz.models import Model, encode_in, latent_spaces, require, site_probabilities
from dnaviz.models.protocol import SITES

if TYPE_CHECKING:
    from dnaviz.models import DNAModel

PARQUET = ".parquet"
BATCH = 4_096
"""Sequences that are encoded, and kept, at a time."""


def embed(
    sequences: Iterable[str],
    obs: pd.DataFrame,
    model: DNAModel,
    output: str | Path,
    *,
    spaces: Iterable[str] | None = None,
    probabilities: bool = False,
    bases: bool = False,
    identity: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> None:
    """Write the latents of sequences to an ``.h5ad``, ``.zarr`` or ``.parquet`` file.

    Parameters
    ----------
    sequences : iterable of str
        Upper case; read once, in batches.
    obs : DataFrame
        A row for each sequence, its index the ids and its column ``length`` in nt; kept beside
        the latents.
    model
        Any `dnaviz.models.DNAModel`.
    output
        Latents are ``obsm["X_latent"]`` and ``obsm["X_splice"]``, float16 of the shipped models;
        in a ``.parquet`` file the columns ``latent`` and ``splice``, lists of float32. An existing
        file is replaced.
    spaces : iterable of str, optional
        Latent spaces of the model; by default all that it has.
    probabilities : bool
        Also the probabilities that the middle base is a donor or an acceptor site, as columns.
    bases : bool
        Also the sequences, as a map shows them (``obsm["sequence"]``; no column of a table).
    identity : mapping, optional
        What tells these sequences from others, as JSON: an interrupted run of the same goes on.
    progress : callable
        Called with the number of sequences done since it was called last.

    Raises
    ------
    InputError
        With the id of a sequence that the model does not take, or what the model lacks.
    """
    output = Path(output)
    hashes = latent_spaces(model)
    chosen = list(hashes if spaces is None else dict.fromkeys(spaces))
    if probabilities:
        require(model, "score_windows")
    if output.suffix.lower() == PARQUET:
        _parquet()
        bases = False
    width = max(map(int, obs["length"]), default=0) if bases else 0
    row = _row(model, chosen, probabilities, width)
    about = {**(identity or {}), "model": hashes, "row": str(row), "batch": BATCH}
    scratch = output.with_name(f".{output.name}.latents")
    with open_pieces(scratch, about) as pieces:
        stream = iter(sequences)
        for number, batch in enumerate(iter(lambda: list(islice(stream, BATCH)), [])):
            if number >= pieces.done:
                ids = obs.index[number * BATCH :][: len(batch)]
                pieces.add(_embedded(batch, list(ids), model, chosen, row).tobytes())
            progress(len(batch))
        assert pieces.path is not None
        rows = np.memmap(pieces.path, dtype=row, mode="r")
        if len(rows) != len(obs):
            raise InputError(f"There are {len(obs):,} ids for {len(rows):,} sequences.")
        if probabilities:
            sites = {f"{site}_probability": np.array(rows[site]) for site in SITES}
            obs = obs.assign(**sites)
        if output.suffix.lower() == PARQUET:
            _write_parquet(obs, rows, chosen, output)
        else:
            _write_anndata(obs, rows, chosen, model, output)
    scratch.unlink()


def _row(model: DNAModel, spaces: list[str], probabilities: bool, width: int) -> np.dtype:
    """What is kept of one sequence; of its bases where `width` is not 0."""
    shortest = ["A" * model.min_length]
    kept = np.float16 if isinstance(model, Model) else np.float32  # of latents with unit variance
    fields: list[Any] = [
        (space, kept, encode_in(model, shortest, space).shape[1:]) for space in spaces
    ]
    fields += [(site, np.float32) for site in SITES if probabilities]
    return np.dtype(fields + [(SEQUENCE_KEY, np.uint8, (width,))] * bool(width))


def _embedded(
    batch: list[str], ids: list[str], model: DNAModel, spaces: list[str], row: np.dtype
) -> NDArray:
    for name, bases in zip(ids, batch, strict=True):
        if not model.min_length <= len(bases) <= model.max_length:
            raise InputError(
                f"{str(name)[:60]} has {len(bases):,} nt; one latent holds {model.min_length} to "
                f"{model.max_length}. Longer ones are cut to their middle by --window."
            )
    rows = np.empty(len(batch), row)
    for space in spaces:
        rows[space] = encode_in(model, batch, space)
    if SITES[0] in (row.names or ()):
        for site, values in zip(SITES, site_probabilities(model, batch).T, strict=True):
            rows[site] = values
    if SEQUENCE_KEY in (row.names or ()):
        rows[SEQUENCE_KEY] = encode_codes(batch, row[SEQUENCE_KEY].shape[0])
    return rows


def _write_anndata(
    obs: pd.DataFrame, rows: NDArray, spaces: list[str], model: DNAModel, output: Path
) -> None:
    import anndata

    about = {
        "model": {space: latent_spaces(model)[space] for space in spaces},
        "model_name": model.name,
        "versions": {"dnaviz": __version__}
        | {name: version(name) for name in ("anndata", "torch")},
    }
    adata = anndata.AnnData(obs=obs, uns={UNS_KEY: about})
    arrays = {KEYS[space][0]: rows[space] for space in spaces}
    if SEQUENCE_KEY in (rows.dtype.names or ()):
        arrays[SEQUENCE_KEY] = rows[SEQUENCE_KEY]
    write_anndata(adata, output, arrays)


def _parquet() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise InputError(describe_missing("pyarrow", "parquet")) from None
    return pyarrow


def _write_parquet(obs: pd.DataFrame, rows: NDArray, spaces: list[str], output: Path) -> None:
    arrow = _parquet()

    def tables() -> Iterator[Any]:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            table = arrow.Table.from_pandas(
                obs.iloc[start : start + BATCH].reset_index(), preserve_index=False
            )
            for space in spaces:
                values = np.ascontiguousarray(part[space], np.float32)
                lists = arrow.FixedSizeListArray.from_arrays(
                    arrow.array(values.reshape(-1)), values.shape[1]
                )
                table = table.append_column(KEYS[space][0].removeprefix("X_"), lists)
            yield table

    with atomic_path(output) as path:
        made = tables()
        first = next(made)
        with arrow.parquet.ParquetWriter(path, first.schema) as writer:
            writer.write_table(first)
            for table in made:
                writer.write_table(table)


OUTPUTS = (*SUFFIXES, PARQUET)
