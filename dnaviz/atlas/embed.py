"""The latents of any number of sequences in a file: batch by batch, with flat memory.

Batches lie beside the output until all are there (`encode`), so that a run that was killed goes on
where it ended; then they are copied into the file, piece by piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz import __version__
from dnaviz.atlas.anndata_files import SUFFIXES, write_anndata
from dnaviz.atlas.checks import KEYS, SEQUENCE_KEY, UNS_KEY
from dnaviz.atlas.encode import BATCH, encoded, row_type
from dnaviz.errors import InputError, describe_missing
from dnaviz.io.atomic import atomic_path
from dnaviz.models import latent_spaces, require
from dnaviz.models.protocol import SITES

if TYPE_CHECKING:
    from dnaviz.models import DNAModel

PARQUET = ".parquet"


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
        Also the sequences, as a map shows them (``obsm["sequence"]``); not in a ``.parquet`` file.
    identity : mapping, optional
        What tells these sequences from others, as JSON: an interrupted run of the same goes on.
    progress : callable
        Called with the number of sequences done since it was called last.

    Raises
    ------
    InputError
        With the id of a sequence that the model does not take, or what the model or the file lacks.
    """
    output = Path(output)
    chosen = list(latent_spaces(model) if spaces is None else dict.fromkeys(spaces))
    if probabilities:
        require(model, "score_windows")
    if output.suffix.lower() == PARQUET:
        _parquet()
        if bases:
            raise InputError(
                "A .parquet file of latents has no column for sequences: write an .h5ad or .zarr."
            )
    width = max(map(int, obs["length"]), default=0) if bases else 0
    row = row_type(model, chosen, probabilities=probabilities, accuracy=False, width=width)
    scratch = output.with_name(f".{output.name}.latents")
    with encoded(sequences, obs.index, model, row, scratch, identity or {}, progress) as rows:
        if probabilities:
            sites = {f"{site}_probability": np.array(rows[site]) for site in SITES}
            obs = obs.assign(**sites)
        if output.suffix.lower() == PARQUET:
            _write_parquet(obs, rows, chosen, output)
        else:
            _write_anndata(obs, rows, chosen, model, output)


def _write_anndata(
    obs: pd.DataFrame, rows: NDArray, spaces: list[str], model: DNAModel, output: Path
) -> None:
    import anndata

    about = {
        "model": {space: latent_spaces(model)[space] for space in spaces},
        "model_name": model.name,
        "window": int(obs["length"].max()),
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
