"""``dnaviz atlas``: build a map of sequences, and say how far it can be trusted."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from dnaviz.cli.streams import Weights, check_output, tell

app = typer.Typer(no_args_is_help=True, add_completion=False)

OptionalAtlas = Annotated[
    str | None, typer.Argument(metavar="[ATLAS]", help="The shipped one by default.")
]


@app.command()
def build(
    sequences: Annotated[
        str,
        typer.Argument(
            metavar="SEQS", help="A data set of windows (TSV with a column sequence) or FASTA; .gz."
        ),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help="An .h5ad file or .zarr folder.")
    ],
    metadata: Annotated[
        str | None,
        typer.Option(metavar="TSV", help="Columns for the sequences; the first holds their ids."),
    ] = None,
    window: Annotated[
        int, typer.Option(min=20, help="Keep the central bases of longer sequences.")
    ] = 200,
    metric: Annotated[
        Literal["euclidean", "cosine"], typer.Option(help="Distance between latents.")
    ] = "euclidean",
    neighbors: Annotated[int, typer.Option(min=2, max=500, help="UMAP's n_neighbors.")] = 30,
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="UMAP's min_dist.")] = 0.25,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same map.")] = 0,
    sample: Annotated[
        int | None, typer.Option(min=20, help="Draw this many sequences, labels in equal shares.")
    ] = None,
    drawn: Annotated[
        int,
        typer.Option(
            "--draw", min=20, help="Sequences that maps are drawn of; others are projected."
        ),
    ] = 25_000,
    weights: Weights = None,
) -> None:
    """Encode sequences in both latent spaces and draw the map of each.

    A run that was interrupted goes on with what it had encoded when the same command is given
    again.
    """
    from dnaviz.atlas.anndata_files import SUFFIXES, check_anndata_output, size_of, write_anndata

    check_anndata_output(output)
    if not Path(output).is_dir():
        check_output(output, SUFFIXES, sequences, metadata)

    from dnaviz.atlas.inputs import draw_sample, read_sequence_table
    from dnaviz.io.resumable import file_identity

    files = [file_identity(path) for path in (sequences, metadata) if path]
    identity = {"files": files, "options": [window, sample, seed if sample else None]}

    table = read_sequence_table(sequences, metadata, tell=partial(print, file=sys.stderr))
    if sample is not None:
        table = draw_sample(table, sample, seed)

    from dnaviz import models
    from dnaviz.atlas import build as building
    from dnaviz.atlas.checks import SEQUENCE_KEY, UNS_KEY
    from dnaviz.models.ood_warning import unknown_warning

    model = models.load_model(weights)
    adata = building.build_atlas(
        table,
        model,
        window=window,
        metric=metric,
        n_neighbors=neighbors,
        min_dist=min_dist,
        seed=seed,
        drawn=drawn,
        scratch=Path(output).with_name(f".{Path(output).name}.latents"),
        identity=identity,
        progress=_progress(),
    )
    write_anndata(adata, output)
    codes = adata.obsm[SEQUENCE_KEY]  # 4: unknown, 5: no base
    unknown = 2 * (codes == 4).sum(axis=1) > (codes < 5).sum(axis=1)
    tell(filter(None, [unknown_warning(list(adata.obs_names[unknown]))]))
    if adata.n_obs > drawn:
        for space, figures in adata.uns[UNS_KEY]["quality"].items():
            print(
                f"{space}: map of {drawn:,} sequences (seed {seed}), {adata.n_obs - drawn:,} "
                f"projected onto it; trustworthiness {figures['drawn']:.3f} and "
                f"{figures['projected']:.3f}"
            )
    print(f"{output}: {adata.n_obs:,} sequences, {size_of(output) / 1e6:.1f} MB")


@app.command()
def check(
    atlas: Annotated[str, typer.Argument(metavar="ATLAS")],
    weights: Weights = None,
) -> None:
    """Say whether the dashboards can show an atlas: its keys, numbers, columns and model."""
    from dnaviz import models
    from dnaviz.atlas import load_atlas
    from dnaviz.atlas.columns import column_notes

    loaded = load_atlas(atlas)
    print(f"{atlas}: {len(loaded):,} windows; latents: {', '.join(loaded.spaces)}")
    for note in column_notes(loaded.obs):
        print(f"{atlas}: {note}")
    loaded.check_model(models.load_model(weights))


@app.command()
def evaluate(
    atlas: OptionalAtlas = None,
    sample: Annotated[int, typer.Option(min=10, help="Windows to measure on.")] = 2000,
    placement: Annotated[
        bool, typer.Option(help="Compare placing with UMAP's transform (refits the maps).")
    ] = True,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Measure how far a map can be trusted."""
    from dnaviz.atlas import load_atlas
    from dnaviz.atlas.quality import projection_quality, quality

    loaded = load_atlas(atlas)
    print("space", "measure", "value", sep="\t")

    def tell(space: str, measure: str, value: float | None, digits: int = 3) -> None:
        if value is not None:
            print(space, measure, f"{value:.{digits}f}", sep="\t", flush=True)

    figures = quality(loaded, sample=sample, seed=seed)
    tell("4-mers", "kNN label accuracy", figures[0].kmer_accuracy)
    for figure in figures:
        tell(figure.space, "kNN label accuracy, latent", figure.latent_accuracy)
        tell(figure.space, "kNN accuracy of donor, acceptor, neither, latent", figure.site_accuracy)
        tell(figure.space, "kNN label accuracy, map", figure.map_accuracy)
        tell(figure.space, "trustworthiness of the map", figure.trustworthiness)
        tell(figure.space, "trustworthiness of what it was drawn of", figure.drawn)
        tell(figure.space, "trustworthiness of what was projected", figure.projected)
    if placement:
        for space in loaded.spaces:
            measured = projection_quality(loaded, space, seed=seed)
            tell(space, "placed to transformed, in neighbor distances", measured.distance, 2)
            tell(space, "placed to transformed, shared 15 nearest", measured.shared)
            tell(space, "transform to transform, in neighbor distances", measured.repeat, 2)
            tell(space, "transform to transform, shared 15 nearest", measured.repeat_shared)
            tell(space, "placing, milliseconds a sequence", measured.seconds * 1e3, 2)


@app.command("losses")
def measure_losses(
    atlas: OptionalAtlas = None,
    sample: Annotated[int, typer.Option(min=1, help="Windows to measure on, at most.")] = 2000,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the table in the atlas, for the dashboard.")
    ] = False,
    weights: Weights = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Say where reconstruction fails on an atlas's windows.

    By position, tandem repeats, GC content and label; as encoded, and with latents blurred by
    noise (in standard deviations), which tells what would be lost first.
    """
    from dnaviz import models
    from dnaviz.atlas import load_atlas, reconstruction_errors
    from dnaviz.atlas.anndata_files import check_anndata_output
    from dnaviz.io.spreadsheet import spreadsheet_text

    loaded = load_atlas(atlas)
    if write:
        check_anndata_output(loaded.source)
    say = _progress()
    table = reconstruction_errors.reconstruction_errors(
        loaded,
        models.load_model(weights),
        sample=sample,
        seed=seed,
        progress=lambda done: say("reading back", done),
    )
    shown = table.assign(accuracy=1 - table["wrong"] / table["bases"])
    columns = ["noise", "by", "group", "windows", "bases", "wrong", "accuracy", "entropy"]
    print(spreadsheet_text(shown[columns]), end="")
    if write:
        reconstruction_errors.write(loaded.source, table)


def _progress() -> Callable[[str, float], None]:
    """Say on standard error what is being done; in place where a person looks at it."""
    if not sys.stderr.isatty():
        printed: set[str] = set()

        def once(what: str, fraction: float) -> None:
            if what not in printed:
                printed.add(what)
                print(f"{what} ...", file=sys.stderr, flush=True)

        return once

    def in_place(what: str, fraction: float) -> None:
        end = "\n" if fraction >= 1 else ""
        print(f"\r{what:<28} {fraction:4.0%}", end=end, file=sys.stderr, flush=True)

    return in_place
