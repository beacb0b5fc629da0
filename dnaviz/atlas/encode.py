"""What a model makes of sequences, batch by batch, in a file that a killed run goes on with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.checks import MOST, SEQUENCE_KEY, are_alike
from dnaviz.atlas.store import encode_codes
from dnaviz.errors import InputError
from dnaviz.io.atomic import check_room
from dnaviz.io.resumable import open_pieces, part_of
from dnaviz.models import Model, encode_in, latent_spaces, site_probabilities
from dnaviz.models.protocol import AUTOENCODER, SITES, decoded
from dnaviz.sequences.codes import encode_bases

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import DNAModel

BATCH = 4_096
"""Sequences that are encoded, and kept, at a time."""

ACCURACY = "reconstruction_accuracy"

ALONE = 3
"""Sequences of a batch that are encoded again, each alone."""


def row_type(
    model: DNAModel, spaces: list[str], *, probabilities: bool, accuracy: bool, width: int
) -> np.dtype:
    """Return the fields that are kept of a sequence.

    Parameters
    ----------
    spaces
        Latent spaces; each is a field, float16 of the shipped models, else float32.
    probabilities, accuracy : bool
        Whether there are fields ``donor`` and ``acceptor``, and `ACCURACY`.
    width : int
        Columns of the bases, as codes; none are kept where it is 0.
    """
    shortest = ["A" * model.min_length]
    kept = np.float16 if isinstance(model, Model) else np.float32  # of latents with unit variance
    fields: list[Any] = [
        (space, kept, encode_in(model, shortest, space).shape[1:]) for space in spaces
    ]
    fields += [(site, np.float32) for site in SITES if probabilities]
    fields += [(ACCURACY, np.float32)] * accuracy
    return np.dtype(fields + [(SEQUENCE_KEY, np.uint8, (width,))] * bool(width))


@contextmanager
def encoded(
    sequences: Iterable[str],
    ids: pd.Index,
    model: DNAModel,
    row: np.dtype,
    scratch: Path,
    identity: Mapping[str, Any],
    progress: Callable[[int], None] = lambda count: None,
) -> Iterator[NDArray]:
    """Encode sequences into a file that is mapped into memory; it is removed at the end.

    Parameters
    ----------
    sequences : iterable of str
        Upper case; read once, in batches.
    ids
        Of the sequences.
    row
        Of `row_type`.
    scratch
        The file. A run that was interrupted goes on with it.
    identity : mapping
        What tells these sequences from others, as JSON.
    progress : callable
        Called with the number of sequences done since it was called last.

    Yields
    ------
    ndarray, shape (n,), of dtype `row`

    Raises
    ------
    InputError
        With the id of a sequence that the model does not take, or where there is no room.
    """
    part = part_of(scratch)
    # Here and, copied, in what is made of it.
    needed = 2 * len(ids) * row.itemsize - (part.stat().st_size if part.exists() else 0)
    check_room(scratch, needed)
    # The classifier may be another though the latent spaces are the same: the whole model counts.
    about = {**identity, "model": model.sha256, "row": str(row), "batch": BATCH, "ids": _hash(ids)}
    with open_pieces(scratch, about) as pieces:
        stream = iter(sequences)
        for number, batch in enumerate(iter(lambda: list(islice(stream, BATCH)), [])):
            bases = _hash(batch)
            if number >= pieces.done:
                names = list(ids[number * BATCH :][: len(batch)])
                pieces.add(_encode_batch(batch, names, model, row).tobytes(), bases)
            elif pieces.notes[number] != bases:
                raise InputError(
                    "The sequences are not those of the run that was interrupted, though their ids "
                    "are: that run's latents are removed, so start this one again."
                )
            progress(len(batch))
        assert pieces.path is not None
        rows = np.memmap(pieces.path, dtype=row, mode="r")
        if len(rows) != len(ids):
            raise InputError(f"There are {len(ids):,} ids for {len(rows):,} sequences.")
        yield rows
    scratch.unlink()


def _hash(texts: Iterable[object]) -> str:
    return hashlib.sha256("\n".join(map(str, texts)).encode()).hexdigest()


def _encode_batch(batch: list[str], ids: list[str], model: DNAModel, row: np.dtype) -> NDArray:
    for name, bases in zip(ids, batch, strict=True):
        if not model.min_length <= len(bases) <= model.max_length:
            raise InputError(
                f"{str(name)[:60]} has {len(bases):,} nt; one latent holds {model.min_length} to "
                f"{model.max_length}. Longer ones are cut to their middle by --window."
            )
    rows = np.empty(len(batch), row)
    fields = row.names or ()
    latents = {s: encode_in(model, batch, s) for s in latent_spaces(model) if s in fields}
    for space, values in latents.items():
        if not isinstance(model, Model):
            _check_latents(values, batch, model, space)
        rows[space] = values
    if SITES[0] in fields:
        for site, values in zip(SITES, site_probabilities(model, batch).T, strict=True):
            rows[site] = values
    if ACCURACY in fields:
        values = latents[AUTOENCODER] if AUTOENCODER in latents else encode_in(model, batch)
        rows[ACCURACY] = reconstruction_accuracy(model, batch, values)
    if SEQUENCE_KEY in fields:
        rows[SEQUENCE_KEY] = encode_codes(batch, row[SEQUENCE_KEY].shape[0])
    return rows


def _check_latents(latents: NDArray, batch: list[str], model: DNAModel, space: str) -> None:
    """Refuse latents (n, d) without distances, or that are a sequence's in this batch alone."""
    if (largest := np.abs(latents).max(initial=0)) >= MOST:
        raise InputError(
            f"The model {model.name} gave latents up to {largest:.0e}: below {MOST:.0e} distances "
            "can be told."
        )
    alone = np.concatenate([encode_in(model, [bases], space) for bases in batch[:ALONE]])
    if not are_alike(alone, latents[:ALONE]):
        raise InputError(
            f"The model {model.name} gives a sequence other latents alone than in a batch: put it "
            "in eval mode, and let them depend on neither chance nor the other sequences."
        )


def reconstruction_accuracy(model: Any, sequences: list[str], latents: NDArray) -> NDArray:
    """Share of the bases A, C, G, T of each sequence that the decoder gives back; NaN of none."""
    written = decoded(model, latents, [len(bases) for bases in sequences])
    shares = np.full(len(sequences), np.nan, np.float32)
    for i, (bases, probabilities) in enumerate(zip(sequences, written, strict=True)):
        codes = encode_bases(bases)
        if (valid := codes < len("ACGT")).any():
            shares[i] = (probabilities.argmax(axis=0) == codes)[valid].mean()
    return shares
