"""Rows of VCF files: what can be scored of them, and the field that says what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences import shorten
from dnaviz.splicing.exon_change import ExonChange

FIELD, LARGEST, RISK = FIELDS = ("DNAVIZ", "DNAVIZ_MAX", "DNAVIZ_RISK")
EVENTS = ("donor_gain", "donor_loss", "acceptor_gain", "acceptor_loss")
SUBFIELDS = (
    "ALLELE", "STRAND", "GENE", *EVENTS, *(f"{e}_pos" for e in EVENTS),
    "risk", "log_odds_loss", "scored_exon", "NOTE",
)  # fmt: skip

LONGEST_ALLELE = 10_000
"""Alleles longer than this (nt) are passed through."""

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")

NOTES = {
    "no_alternate": "there is no alternate allele",
    "overlapping_deletion": "the allele is missing because of a deletion given elsewhere",
    "symbolic_allele": "the bases are not given",
    "breakend": "the bases are those of another place",
    "not_bases": "the alleles hold something that is no A, C, G or T",
    "too_long": f"an allele has more than {LONGEST_ALLELE:,} nt",
    "same_as_ref": "nothing changes",
    "ref_mismatch": "the genome has other bases there",
    "contig_not_in_genome": "the genome has no such contig",
    "outside_contig": "the position lies outside the contig",
    "no_gene": "no gene of the annotation lies there",
}
"""Why an allele was not scored: the words of NOTE, and what they mean."""


class VcfRow(NamedTuple):
    """A row of a VCF: its cells as they were, and the parts that are scored."""

    cells: list[str]
    chrom: str
    position: int
    ref: str
    alts: tuple[str, ...]


class StrandScore(NamedTuple):
    """What one allele does on one strand of the genome.

    Attributes
    ----------
    strand : "+" or "-"
    genes : tuple of str
        Names of the genes on that strand, where an annotation is known.
    deltas : dict
        By event, its value (0 to 1) and the genome's coordinate where it falls, 0 for none.
    exon : ExonChange
        What it does to the exon that it lies in or near, in the genome's coordinates.
    """

    strand: str
    genes: tuple[str, ...]
    deltas: dict[str, tuple[float, int]]
    exon: ExonChange

    @property
    def largest(self) -> float:
        return max(value for value, _ in self.deltas.values())


class AlleleScore(NamedTuple):
    """What was found of one allele: a score for each strand, or a note of `NOTES`."""

    scores: tuple[StrandScore, ...]
    note: str = ""

    @property
    def leading(self) -> StrandScore | None:
        """What was found on the strand that has the largest delta."""
        return max(self.scores, key=lambda score: score.largest, default=None)


def parse_row(line: str, number: int, name: str) -> VcfRow:
    """Read a row of a VCF.

    Raises
    ------
    InputError
        When it lacks columns, its position is no number, or it was scored before.
    """
    cells = line.split("\t")
    if len(cells) < len(COLUMNS):
        hint = " Columns are separated by tabs." if len(cells) == 1 else ""
        raise InputError(
            f"Line {number:,} of {name} has {len(cells)} columns; a VCF has at least "
            f"{len(COLUMNS)}.{hint}"
        )
    if not re.fullmatch(r"\d{1,12}", cells[1]):
        raise InputError(
            f"Line {number:,} of {name}: the position {shorten(cells[1])} is no whole number."
        )
    if {field.partition("=")[0] for field in cells[7].split(";")} & set(FIELDS):
        raise _scored_before(f"Line {number:,} of {name}")
    return VcfRow(cells, cells[0], int(cells[1]), cells[3].upper(), tuple(cells[4].split(",")))


def note_of(ref: str, alt: str) -> str:
    """Return why an allele cannot be scored, as a key of `NOTES`; "" if it can."""
    upper = alt.upper()
    if upper in (".", ""):
        return "no_alternate"
    if upper == "*":
        return "overlapping_deletion"
    if upper.startswith("<"):
        return "symbolic_allele"
    if set(upper) & set("[]") or upper.startswith(".") or upper.endswith("."):
        return "breakend"
    if max(len(ref), len(upper)) > LONGEST_ALLELE:
        return "too_long"
    if not ref or not set(ref + upper) <= set("ACGT"):
        return "not_bases"
    return "same_as_ref" if ref == upper else ""


def info(row: VcfRow, scores: Iterable[AlleleScore]) -> str:
    """Return a row's INFO with the fields added, each with a value for each allele."""
    alleles = list(scores)
    leading = [allele.leading for allele in alleles]
    values = {
        FIELD: [_entry(alt, s) for alt, s in zip(row.alts, alleles, strict=True)],
        LARGEST: [f"{one.largest:.4f}" if one else "." for one in leading],
        RISK: [f"{one.exon.risk:.4f}" if one else "." for one in leading],
    }
    own = row.cells[7].rstrip(";")
    kept = [] if own in (".", "") else [own]
    return ";".join([*kept, *(f"{name}={','.join(of)}" for name, of in values.items())])


def _entry(alt: str, score: AlleleScore) -> str:
    if not score.scores:
        return "|".join([alt, *"." * (len(SUBFIELDS) - 2), score.note])
    return "&".join(
        "|".join(
            [
                alt, one.strand, "/".join(map(plain_name, one.genes)) or ".",
                *(f"{one.deltas[event][0]:.4f}" for event in EVENTS),
                *(str(one.deltas[event][1] or ".") for event in EVENTS),
                f"{one.exon.risk:.4f}", f"{one.exon.loss:.4f}", one.exon.exon_text or ".", ".",
            ]
        )
        for one in score.scores
    )  # fmt: skip


def plain_name(text: str) -> str:
    """Return a name without what separates values in INFO."""
    return re.sub(r"[\s,;=|&/%]", "_", text)


def header_lines(about: str, masked: bool) -> list[str]:
    """Return the lines that a VCF's header gains.

    Parameters
    ----------
    about : str
        Version, model and files that the scores are of.
    """
    mask = (
        " Masked: gains at annotated sites and losses at sites that are not annotated count as 0."
        if masked
        else ""
    )
    described = (
        "Splice deltas of dnaviz: for each allele, joined by & for each strand: "
        f"{'|'.join(SUBFIELDS)}. Deltas are the largest changes of a probability (0 to 1), _pos "
        f"their 1-based positions.{mask} risk: the chance (0 to 1) that scored_exon, of the "
        "annotation or the likeliest, is used at least 10 points less often; log_odds_loss: what "
        "its two sites lose together. NOTE says why an allele has no scores: "
        + ", ".join(NOTES)
        + "."
    )
    return [
        f"##dnaviz={about}",
        f'##INFO=<ID={FIELD},Number=A,Type=String,Description="{described}">',
        f'##INFO=<ID={LARGEST},Number=A,Type=Float,Description="The largest delta of {FIELD} of '
        'each allele">',
        f'##INFO=<ID={RISK},Number=A,Type=Float,Description="risk of {FIELD} on the strand of the '
        f'largest delta, to rank losses of exons by; of new sites far from exons {LARGEST} tells">',
    ]


def check_header(lines: list[str], name: str) -> None:
    """Refuse a header that is none, or whose file was scored before.

    Raises
    ------
    InputError
        Saying what is wrong.
    """
    if not lines or not lines[-1].startswith("#CHROM"):
        raise InputError(f"{name} has no line of column names (#CHROM, POS, ...) before its rows.")
    names = lines[-1].split("\t")
    if tuple(names[: len(COLUMNS)]) != COLUMNS:
        raise InputError(
            f"{name}: the columns of a VCF are {', '.join(COLUMNS)}, separated by tabs, not "
            f"{shorten(', '.join(names[: len(COLUMNS)]), 80)}."
        )
    for line in lines:
        if re.match(rf"##INFO=<ID=(?:{'|'.join(FIELDS)}),", line):
            raise _scored_before(name)


def _scored_before(what: str) -> InputError:
    return InputError(
        f"{what} already has the field {FIELD}; take it out first, as with bcftools annotate -x "
        f"{','.join(f'INFO/{field}' for field in FIELDS)}."
    )


def contig_lengths(lines: list[str]) -> dict[str, int]:
    """Return the lengths of contigs that a header states."""
    lengths = {}
    for line in lines:
        if line.startswith("##contig=<"):
            name = re.search(r"[<,]ID=([^,>]+)", line)
            length = re.search(r"[<,]length=(\d+)", line)
            if name and length:
                lengths[name[1]] = int(length[1])
    return lengths
