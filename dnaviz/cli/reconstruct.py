"""``dnaviz reconstruct``: sequences through the latent and back."""

from typing import Annotated

import typer

from dnaviz.cli.streams import (
    STANDARD,
    Input,
    RemoveGaps,
    Weights,
    check_output,
    open_output,
    read_input,
    show_progress,
    tell,
)

COLUMNS = ("sequence", "length", "accuracy", "reconstruction")
_BATCH = 256  # records at a time, so that memory does not grow with the file


def command(
    source: Input,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help='A .tsv file; "-": stdout.')
    ] = STANDARD,
    remove_gaps: RemoveGaps = False,
    weights: Weights = None,
) -> None:
    """Encode sequences and read them back from the latent.

    Writes a line for each record: sequence, length, accuracy (fraction of bases that came back),
    reconstruction. Sequences longer than the model reads at once go through in overlapping tiles.
    """
    check_output(output, (".tsv",), source)
    records = read_input(source, remove_gaps=remove_gaps)

    from dnaviz import models
    from dnaviz.io.spreadsheet import harmless
    from dnaviz.models.ood_warning import is_mostly_unknown, unknown_warning
    from dnaviz.models.tiles import reconstruct

    model = models.load_model(weights)
    with open_output(output) as out, show_progress(len(records), "Reconstructing") as advance:
        print(*COLUMNS, sep="\t", file=out)
        for start in range(0, len(records), _BATCH):
            batch = records[start : start + _BATCH]
            for record, result in zip(batch, reconstruct(model, batch), strict=True):
                name, accuracy = harmless(record.name), f"{result.accuracy:.6f}"
                print(name, len(record), accuracy, result.reconstruction, sep="\t", file=out)
            advance(len(batch))
    unknown = [record.name for record in records if is_mostly_unknown(str(record))]
    tell(filter(None, [unknown_warning(unknown)]))
