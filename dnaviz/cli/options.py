"""Options that several commands have, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

# Of one site that is explained.
POSITION = typer.Option(
    metavar="P", help="1-based, forward: first base of the intron (donor) or last."
)
Site = Annotated[str, typer.Option(metavar="donor|acceptor", help="Kind of site.")]
SiteStrand = Annotated[str, typer.Option(metavar="+|-", help="Strand of the site.")]
Method = Annotated[
    str,
    typer.Option(
        metavar="METHOD", help="integrated_gradients, input_x_gradient, occlusion or mutagenesis."
    ),
]
Baseline = Annotated[str, typer.Option(metavar="BASELINE", help="uniform, zeros or shuffles.")]
Record = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which record, by name or number, where there are several."),
]

# Of training and evaluation.
Introns = Annotated[Path | None, typer.Option(help="Table of introns (see dnaviz dataset fetch).")]
Slices = Annotated[Path | None, typer.Option(help="Folder of genomic slices.")]
TestGenome = Annotated[Path, typer.Option(help="Genome with test chromosomes, FASTA.")]
TestGenes = Annotated[Path, typer.Option(help="Its genes, GFF3 or GTF.")]
MaxEntScanTables = Annotated[
    Path | None, typer.Option(help="Folder with MaxEntScan's tables, the baseline.")
]
TestChromosomes = Annotated[
    str | None, typer.Option(metavar="CHROMS", help="Test chromosomes, else 1,3,5,7,9,19.")
]
ValidationChromosomes = Annotated[
    str | None, typer.Option(metavar="CHROMS", help="Validation chromosomes, else 2,4.")
]
Included = Annotated[
    list[Path] | None,
    typer.Option(
        "--include", help="JSON of dnaviz measure or dnaviz probe for the card; repeat for more."
    ),
]
Second = Annotated[
    list[Path] | None,
    typer.Option(
        help="model_card.json of a training from another seed, to compare with; given twice, the "
        "two are compared with each other."
    ),
]
