"""``dnaviz variants`` of a VCF: every row goes out again, with what its variants do to splicing."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dnaviz import __version__
from dnaviz.cli.streams import (
    STANDARD,
    bound_memory,
    check_output,
    copied,
    show_progress,
    standard_input,
    tell,
)
from dnaviz.errors import InputError
from dnaviz.io.read import read_lines
from dnaviz.io.resumable import file_identity, open_pieces
from dnaviz.io.spreadsheet import harmless
from dnaviz.splicing.vcf import (
    EVENTS,
    NOTES,
    AlleleScore,
    VcfRow,
    check_header,
    contig_lengths,
    header_lines,
    info,
    parse_row,
)

if TYPE_CHECKING:
    from dnaviz.splicing.genome_variants import GenomeScorer

SUFFIXES = (".vcf", ".vcf.gz", ".tsv")
TABLE = (
    "chrom", "position", "id", "ref", "alt", "strand", "genes", *EVENTS,
    *(f"{event}_position" for event in EVENTS), "delta_max",
    "risk", "log_odds_loss", "scored_exon", "note",
)  # fmt: skip
MAX_LINE = 100_000_000  # bytes: thousands of samples are long lines
BATCH = 128  # rows at a time, so that memory does not grow with the file


class Source(NamedTuple):
    """A VCF that was read through once."""

    path: Path
    name: str
    header: list[str]
    rows: int


def score_vcf(
    source: str,
    output: str,
    genome: str,
    annotation: str | None,
    strand: str | None,
    masked: bool,
    weights: str | None,
) -> None:
    """Score the variants of a VCF and write it again, as a VCF or as a table."""
    suffix = check_output(output, SUFFIXES, source, genome, annotation)
    with _as_file(source) as path:
        vcf = _read_through(path, "standard input" if source == STANDARD else source)

        bound_memory()
        from dnaviz import models
        from dnaviz.genome.regions import open_regions
        from dnaviz.splicing.genome_variants import GenomeScorer

        regions = open_regions(genome, annotation)
        tell(regions.notes)
        strand = strand or ("gene" if annotation else "both")
        model = models.load_model(weights)
        scorer = GenomeScorer(regions, model, strand, masked)
        _check_lengths(vcf, scorer, Path(genome).name)
        about = (
            f'<Version={__version__},Model={model.sha256[:16]},Genome="{Path(genome).name}",'
            f'Annotation="{Path(annotation).name if annotation else ""}",Strand={strand},'
            f"Masked={'yes' if masked else 'no'}>"
        )
        table = suffix == ".tsv"
        head = _head(vcf, about, masked, table)
        make = _table_text if table else _vcf_text
        # Standard input lies in a file of another name each time: it cannot be gone on with.
        identity = {
            "files": [file_identity(f) for f in (path, genome, annotation) if f],
            "options": [about, suffix, BATCH],
        }
        with open_pieces(output, identity) as pieces:
            if not pieces.done:
                pieces.add(head, {})
            counts = sum(map(Counter, pieces.notes), Counter[str]())
            done = min(max(pieces.done - 1, 0) * BATCH, vcf.rows)
            for rows, scores in _scored(vcf, scorer, done):
                counts_of_piece = Counter(score.note for of_row in scores for score in of_row)
                pieces.add(make(rows, scores), counts_of_piece)
                counts += counts_of_piece
    _report(counts)


@contextmanager
def _as_file(source: str) -> Iterator[Path]:
    """Give the path of the input; standard input is copied to a file first."""
    if source != STANDARD:
        yield Path(source)
        return
    with copied(standard_input(), "stdin.vcf") as path:
        yield path


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of a file's lines that are not blank."""
    for number, line in enumerate(read_lines(path, MAX_LINE), 1):
        if number == 1 and line.startswith(b"BCF"):
            raise InputError(f"{path} is a BCF; make a VCF of it first, as with bcftools view.")
        if line.strip():
            yield number, line.decode("utf-8", "surrogateescape")


def _read_through(path: Path, name: str) -> Source:
    """Read a VCF once: a row that cannot be read is refused before any work."""
    header: list[str] = []
    rows = 0
    width = 0
    for number, line in _lines(path):
        if line.startswith("#") and not rows:
            header.append(line)
            continue
        if not rows:
            check_header(header, name)
            width = len(header[-1].split("\t"))
        cells = parse_row(line, number, name).cells
        if len(cells) != width:
            raise InputError(
                f"Line {number:,} of {name} has {len(cells)} columns, the line of column names "
                f"{width}."
            )
        rows += 1
    check_header(header, name)
    return Source(path, name, header, rows)


def _check_lengths(vcf: Source, scorer: "GenomeScorer", genome: str) -> None:
    for name, length in contig_lengths(vcf.header).items():
        own = scorer.contigs.find(name)
        if own and scorer.contigs.lengths[own] != length:
            raise InputError(
                f"The header of {vcf.name} gives {name} {length:,} nt, {genome} has "
                f"{scorer.contigs.lengths[own]:,}: they are of different assemblies."
            )


def _head(vcf: Source, about: str, masked: bool, table: bool) -> str:
    if table:
        return "\t".join(TABLE) + "\n"
    lines = [*vcf.header[:-1], *header_lines(about, masked), vcf.header[-1]]
    return "".join(f"{line}\n" for line in lines)


def _scored(
    vcf: Source, scorer: "GenomeScorer", done: int
) -> Iterator[tuple[list[VcfRow], list[list[AlleleScore]]]]:
    """Yield batches of rows with their scores, behind those that are done."""
    lines = (pair for pair in _lines(vcf.path) if not pair[1].startswith("#"))
    rest = islice(lines, done, None)
    with show_progress(vcf.rows, "Scoring variants") as advance:
        advance(done)
        while batch := [parse_row(line, n, vcf.name) for n, line in islice(rest, BATCH)]:
            yield batch, scorer.score(batch)
            advance(len(batch))


def _vcf_text(rows: list[VcfRow], scores: list[list[AlleleScore]]) -> str:
    lines = []
    for row, row_scores in zip(rows, scores, strict=True):
        cells = [*row.cells[:7], info(row, row_scores), *row.cells[8:]]
        lines.append("\t".join(cells) + "\n")
    return "".join(lines)


def _table_text(rows: list[VcfRow], scores: list[list[AlleleScore]]) -> str:
    lines = []
    for row, row_scores in zip(rows, scores, strict=True):
        for alt, allele in zip(row.alts, row_scores, strict=True):
            given = [*map(harmless, (*row.cells[:4], alt))]
            if not allele.scores:
                lines.append([*given, *[""] * (len(TABLE) - len(given) - 1), allele.note])
            for one in allele.scores:
                lines.append(
                    [
                        *given, one.strand, harmless(",".join(one.genes)),
                        *(f"{one.deltas[event][0]:.4f}" for event in EVENTS),
                        *(str(one.deltas[event][1] or "") for event in EVENTS),
                        f"{one.largest:.4f}", f"{one.exon.risk:.4f}", f"{one.exon.loss:.4f}",
                        one.exon.exon_text, "",
                    ]
                )  # fmt: skip
    return "".join("\t".join(line) + "\n" for line in lines)


def _report(counts: Counter[str]) -> None:
    """Say on standard error what was scored, and why the rest was not."""
    scored = counts.pop("", 0)
    print(f"{scored:,} alleles scored, {sum(counts.values()):,} not.", file=sys.stderr)
    for note, count in counts.most_common():
        print(f"  {count:,} {note}: {NOTES[note]}", file=sys.stderr)
    if counts["ref_mismatch"] > scored:
        print("Most bases are not the genome's: is it of another assembly?", file=sys.stderr)
