"""``dnaviz embed``: the latents of sequences, or of windows of a genome, in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dnaviz.cli.streams import Weights, check_output, show_progress, tell
from dnaviz.errors import InputError


def command(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="FASTA of sequences or, with --bed, of a genome.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help=".h5ad, .zarr or .parquet.")
    ],
    bed: Annotated[
        Path | None, typer.Option(metavar="BED", help="Windows of the genome, with their strand.")
    ] = None,
    window: Annotated[
        int | None, typer.Option(metavar="NT", help="Keep the central bases of longer sequences.")
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option(metavar="SPACE", help="A latent space; may be repeated. By default all."),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option(help="Also the probabilities of a splice site in the middle.")
    ] = False,
    bases: Annotated[
        bool,
        typer.Option("--sequences", help="Also the sequences, for logos on a map (.h5ad, .zarr)."),
    ] = False,
    weights: Weights = None,
) -> None:
    """Encode any number of sequences; latents, ids and places go into one file.

    Memory grows with ids alone. A run that was interrupted goes on where it ended when the same
    command is given again.
    """
    from dnaviz.atlas.anndata_files import check_anndata_output, size_of
    from dnaviz.atlas.embed import OUTPUTS, embed

    if not output.is_dir():
        check_output(output, OUTPUTS, source, bed)
    else:
        check_anndata_output(output)

    import pandas as pd

    from dnaviz import models
    from dnaviz.atlas.store import center_crop, crop_places
    from dnaviz.genome.records import read_records, record_lengths
    from dnaviz.genome.windows import read_windows, window_bases
    from dnaviz.io.resumable import file_identity
    from dnaviz.models.ood_warning import is_mostly_unknown, unknown_warning

    model = models.load_model(weights)
    if window is not None and not model.min_length <= window <= model.max_length:
        raise InputError(
            f"A window has {model.min_length} to {model.max_length} nt, what one latent holds, "
            f"not {window}."
        )
    lengths = record_lengths(source)
    if bed is None:
        obs = pd.DataFrame({"length": lengths.values()}, index=pd.Index(list(lengths), name="id"))
        sequences: Iterator[str] = ("".join(pieces) for _, pieces in read_records(source))
    else:
        obs = read_windows(bed, lengths, source)
        obs["length"] = obs["end"] - obs["start"] + 1
        sequences = window_bases(source, obs)
    if window is not None:
        sequences = (center_crop([bases], window)[0] for bases in sequences)
        obs = crop_places(obs, obs["length"], window)
        obs["length"] = obs["length"].clip(upper=window)
    unknown: list[str] = []

    def watched() -> Iterator[str]:
        for name, sequence in zip(obs.index, sequences, strict=True):
            if is_mostly_unknown(sequence):
                unknown.append(name)
            yield sequence

    identity = {
        "files": [file_identity(path) for path in (source, bed) if path],
        "window": window,
    }
    with show_progress(len(obs), "Encoding") as advance:
        embed(
            watched(),
            obs,
            model,
            output,
            spaces=space,
            probabilities=probabilities,
            bases=bases,
            identity=identity,
            progress=advance,
        )
    tell(filter(None, [unknown_warning(unknown)]))
    what = "sequence" if len(obs) == 1 else "sequences"
    print(f"{output}: {len(obs):,} {what}, {size_of(output) / 1e6:.1f} MB")
