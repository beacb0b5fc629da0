"""``dnaviz scan``: the splice sites of sequences as a table."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from dnaviz.cli.streams import (
    STANDARD,
    Input,
    RemoveGaps,
    Weights,
    check_output,
    open_output,
    read_annotation,
    read_input,
    show_progress,
    steps,
    tell,
)
from dnaviz.errors import InputError

if TYPE_CHECKING:
    from dnaviz.splicing.genome_scan import Regions

LARGE = 1_000_000  # characters of FASTA: more are scanned while they are read
SMALL = (".tsv", ".bed")
JUDGED = 100  # records of a genome of which is told whether they look human

Strand = Literal["both", "+", "-"]
Threshold = Annotated[
    float, typer.Option(metavar="P", help="Smallest probability of a site, 0 to 1.")
]


def command(
    source: Input,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="A .tsv, .bed, .bedgraph or .vcf file, or one of them with .gz, .bw, .parquet; "
            '"-": stdout.',
        ),
    ] = STANDARD,
    threshold: Threshold = 0.5,
    strand: Annotated[str, typer.Option(metavar="both|+|-", help="Strands to look at.")] = "both",
    region: Annotated[
        list[str] | None,
        typer.Option(metavar="chr:from-to", help="Scan this part of a genome; may be repeated."),
    ] = None,
    bed: Annotated[
        Path | None,
        typer.Option(
            metavar="BED", help="Scan these parts of a genome, on the strands of --strand."
        ),
    ] = None,
    genes: Annotated[
        Path | None,
        typer.Option(metavar="GFF", help="Scan the genes of this annotation, with 200 nt around."),
    ] = None,
    annotation: Annotated[
        Path | None,
        typer.Option(metavar="GFF", help="Tell the gene, transcripts and whether a site is known."),
    ] = None,
    weighted: Annotated[
        bool,
        typer.Option(
            "--weighted",
            help="Add a column: the probability given the other sites of the record, times that "
            "of its strand being transcribed; list the sites, too, that reach P only so.",
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option(metavar="N", help="Processes that scan a genome side by side.")
    ] = 1,
    scheduler: Annotated[
        str, typer.Option(metavar="TCP", help="Scan on a Dask cluster: tcp://host:8786.")
    ] = "",
    remove_gaps: RemoveGaps = False,
    weights: Weights = None,
) -> None:
    """Find every donor and acceptor of sequences or of a genome.

    Writes a line for each site: sequence, position, strand, site, motif, probability. Positions
    are 1-based on the forward strand; that of a donor is the first base of the intron, that of
    an acceptor the last. A name that ends in .bed gives BED instead. Probabilities are calibrated
    for genes read in the sense of their strand; a strand without genes has sites now and then.

    FASTA and 2bit files of any length are scanned while they are read. A scan that was interrupted
    goes on where it ended when the same command is given again.
    """
    strands = check_choices(threshold, strand)
    texts = (".tsv", ".bed", ".bedgraph", ".vcf")
    suffixes = (*texts, *(f"{text}.gz" for text in texts), ".bw", ".parquet")
    suffix = check_output(output, suffixes, source, bed, genes, annotation)
    if sum(map(bool, (region, bed, genes))) > 1:
        raise InputError("Give one of --region, --bed and --genes.")
    by_region = bool(region or bed or genes or annotation)
    regions = _regions(region, bed)
    if by_region or workers != 1 or scheduler or suffix not in SMALL or is_large(source):
        if weighted:
            from dnaviz.sequences import MAX_LENGTH

            raise InputError(
                "--weighted reads whole records: it adds a column to a .tsv of a file of at most "
                f"1 MB and records of at most {MAX_LENGTH:,} nt, without regions, --annotation and "
                "--workers."
            )
        _check_genome(source, remove_gaps)
        scan_genome(
            source,
            output,
            suffix.removesuffix(".gz"),
            regions,
            annotation,
            genes,
            region or (),
            threshold=threshold,
            strand=strands,
            workers=workers,
            scheduler=scheduler,
            weights=weights,
        )
        return
    records = read_input(source, remove_gaps=remove_gaps)

    from dnaviz import models
    from dnaviz.models.ood_warning import ood_warning
    from dnaviz.splicing.export import HEADER, WEIGHTED_HEADER, bed_lines, tsv_lines
    from dnaviz.splicing.scan import scan

    model = models.load_model(weights)
    if words := ood_warning(model, records):
        print(words, file=sys.stderr)
    as_bed = suffix == ".bed"
    if as_bed and weighted:
        raise InputError("--weighted adds a column, for which BED has no place: write a .tsv.")
    with (
        open_output(output) as out,
        show_progress(sum(map(len, records)), "Scanning") as advance,
    ):
        if not as_bed:
            out.write(WEIGHTED_HEADER if weighted else HEADER)
        for record in records:
            progress = steps(len(record), advance)
            result = scan(
                record,
                model,
                threshold=threshold,
                strand=strands,
                progress=progress,
            )
            out.writelines(bed_lines(result) if as_bed else tsv_lines(result, weighted=weighted))


def scan_genome(
    source: str,
    output: str,
    suffix: str,
    regions: Regions | None,
    annotation: Path | None,
    genes: Path | None,
    named: Sequence[str] = (),
    *,
    threshold: float,
    strand: Strand,
    workers: int,
    scheduler: str,
    weights: str | None,
) -> None:
    """Scan a FASTA file of any length, chunk by chunk; what was written stays when it is killed."""
    from dnaviz import models
    from dnaviz.genome.records import record_lengths
    from dnaviz.io.resumable import file_identity, open_pieces
    from dnaviz.models.ood_warning import ood_warning
    from dnaviz.sequences import Sequence as Record
    from dnaviz.splicing import genome_scan, genome_sites
    from dnaviz.splicing.binary_tracks import binary_format

    written = output
    if made := binary_format(suffix):
        suffix = made.text
        written = str(Path(output).with_name(f".{Path(output).name}{suffix}"))
    model = models.load_model(weights)
    models.require(model, "score_positions")
    lengths = record_lengths(source)
    if named:  # by the names that there are: a record may be called as a region is
        regions = genome_sites.parse_regions(named, lengths)
    if genes is not None:
        transcripts, notes = genome_sites.on_records(read_annotation(genes), lengths)
        tell(notes)
        regions = genome_sites.gene_regions(transcripts)
    clip = genes is not None
    parts = None if regions is None else genome_sites.resolve(regions, lengths, source, clip=clip)
    annotate = (
        genome_sites.SiteAnnotator(read_annotation(annotation), lengths) if annotation else None
    )
    tell(annotate.notes if annotate else ())
    identity = {
        "files": [file_identity(path) for path in (source, annotation) if path],
        "regions": parts,
        "options": [threshold, strand, suffix, genome_scan.CHUNK],
        "weights": model.sha256,
    }
    lines = genome_sites.site_lines(suffix, annotate)
    total = sum(lengths.values())
    if parts is not None:
        total = sum(end - start + 1 for spans in parts.values() for start, end in spans)
    with open_pieces(written, identity) as pieces, show_progress(total, "Scanning") as advance:
        if not pieces.done:
            about = f"model {model.sha256[:16]}, {Path(source).name}"
            pieces.add(genome_sites.header(suffix, annotate is not None, lengths, about))
        judged: dict[str, Record] = {}  # each record by a chunk of it, most of which is known

        def watched(chunks: Iterable[genome_scan.Chunk]) -> Iterator[genome_scan.Chunk]:
            for chunk in chunks:
                if len(judged) < JUDGED and 2 * chunk.bases.count("N") < len(chunk.bases):
                    judged.setdefault(chunk.name, Record(chunk.bases, chunk.name))
                yield chunk

        chunks = watched(genome_scan.read_chunks(source, model.context, regions=parts))
        for chunk in islice(chunks, max(pieces.done - 1, 0)):  # of an earlier run
            advance(chunk.stop - chunk.start)
        scanned = genome_scan.scan_chunks(
            chunks, model, weights=weights, threshold=threshold, strand=strand, workers=workers,
            scheduler=scheduler,
        )  # fmt: skip
        for chunk, sites in scanned:
            pieces.add(lines(chunk, sites))
            advance(chunk.stop - chunk.start)
        if made and pieces.path:
            made.convert(pieces.path, lengths, output)
    tell(filter(None, [ood_warning(model, list(judged.values()))]))
    if made:
        Path(written).unlink()


def _check_genome(source: str, remove_gaps: bool) -> None:
    """Refuse what is not scanned while it is read: it can be written as .tsv and .bed alone."""
    from dnaviz.genome.two_bit import is_two_bit
    from dnaviz.io.read import read_lines

    rest = (
        "scan writes a .tsv or .bed, of all of it, by one process and without --annotation. For "
        "anything else give a FASTA file"
    )
    if remove_gaps:
        raise InputError(f"With --remove-gaps, of files that are not large, {rest} without gaps.")
    if source == STANDARD:
        raise InputError(f"Of standard input {rest}.")
    head = _head(source, 4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head and not head.startswith(b">") and not is_two_bit(source):
        next(read_lines(source), b"")  # says so where it is UTF-16 or an archive
        raise InputError(f"{source} is neither FASTA nor 2bit: of it {rest}.")


def is_large(source: str) -> bool:
    """Whether a file is 2bit, or FASTA of over a megabyte or with a record over `MAX_LENGTH`."""
    from dnaviz.genome.two_bit import is_two_bit
    from dnaviz.sequences import MAX_LENGTH

    path = Path(source)
    if source == STANDARD or not path.is_file():
        return False
    if is_two_bit(path):
        return True
    head = _head(source, LARGE + 1)
    longest = max(len(b"".join(one.splitlines()[1:])) for one in head.split(b"\n>"))
    return head.startswith(b">") and (len(head) > LARGE or longest > MAX_LENGTH)


def _head(source: str, size: int) -> bytes:
    """The first bytes of a file; none where it is damaged, which who reads the whole tells."""
    from dnaviz.io.read import open_maybe_gzip

    with open_maybe_gzip(source) as file:
        try:
            return file.read(size)
        except (OSError, EOFError, zlib.error):
            return b""


def _regions(region: list[str] | None, bed: Path | None) -> Regions | None:
    from dnaviz.splicing import genome_sites

    if region:
        return genome_sites.parse_regions(region)
    if bed:
        return genome_sites.read_bed(bed)
    return None


def check_choices(threshold: float, strand: str) -> Strand:
    """Refuse a threshold that is no probability and a strand that is none; return the strand."""
    if not 0 <= threshold <= 1:
        raise InputError(f"The threshold is a probability between 0 and 1, not {threshold:g}.")
    if strand not in get_args(Strand):
        raise InputError(f'The strand is "both", "+" or "-", not "{strand}".')
    return cast(Strand, strand)
