"""A list of variants as people have it - pasted, a table, a VCF - as one line for each variant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.io.tables import read_rows
from dnaviz.sequences import shorten
from dnaviz.splicing.variants import MISSING
from dnaviz.splicing.vcf import NOTES, note_of

MOST_LINES = 1_000
"""Variants of one case; `dnaviz variants` scores VCF files of any length."""

MOST_TEXT = 20_000_000
EXAMPLE = "LDLR:c.313+1G>A or chr19-11102787-G-A"
"""What a line may be."""

_CHANGE = ("variant", "variants", "hgvs", "hgvsc", "hgvs_c", "cdna", "c.", "change", "mutation",
           "edit", "edits")  # fmt: skip
_TRANSCRIPT = ("transcript", "refseq")
_GENE = ("gene", "symbol", "gene_symbol", "gene_name")
_NAME = ("id", "name", "sample", "patient", "case")
_VCF = (("#chrom", "chrom", "chr", "chromosome"), ("pos", "position", "start"),
        ("ref", "reference", "ref_allele"), ("alt", "alternate", "alt_allele"))  # fmt: skip


class CaseLine(NamedTuple):
    """One variant of a list.

    Attributes
    ----------
    number : int
        Of its line in the text, from 1.
    given : str
        As it was written; a row of a VCF as ``chr19-11102787-G-A``.
    text : str
        The edits to place; "" where `note` says why there are none.
    name : str
        What the list calls it, or "".
    note : str
        A sentence.
    """

    number: int
    given: str
    text: str
    name: str = ""
    note: str = ""


def read_case(text: str) -> list[CaseLine]:
    """Read a list of variants.

    Parameters
    ----------
    text : str
        A line for each variant, in any spelling that `dnaviz.splicing.edit_placement` reads, those
        of several genes with the gene or transcript named; or a table with a column ``variant`` or
        ``hgvs`` (and ``gene`` or ``transcript``), or ``chrom``, ``pos``, ``ref`` and ``alt``; or a
        VCF, of which each allele becomes a line. Several edits on one line are made together.

    Returns
    -------
    list of CaseLine
        All of them, in order: nothing is left out but comments (``#``) and blank lines.

    Raises
    ------
    InputError
        If there is none, or there are more than `MOST_LINES`, or it is no text.
    """
    if not isinstance(text, str):
        raise InputError(
            f"A value of type {type(text).__name__} is not a list of variants: write them as text, "
            f"one on each line, as {EXAMPLE}."
        )
    if len(text) > MOST_TEXT:
        raise InputError(
            f"The list has {len(text):,} characters; at most {MOST_TEXT:,} are read: score it with "
            "dnaviz variants."
        )
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines: list[CaseLine] = []
    table = _table(plain)
    for line in _plain(plain) if table is None else table:
        lines.append(line)
        if len(lines) > MOST_LINES:
            total = sum(bool(one.strip()) and one[0] != "#" for one in plain.split("\n"))
            raise InputError(
                f"The list has {total:,} lines; a case has at most {MOST_LINES:,} variants. Give "
                "those that matter, or score all of a VCF with dnaviz variants."
            )
    if not lines:
        raise InputError(f"The list holds no variant: write one on each line, as {EXAMPLE}.")
    return lines


def _plain(text: str) -> Iterator[CaseLine]:
    """Yield the variants of a list without column names, or of a VCF."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) >= 5 and cells[1].isdecimal():
            name = cells[2] if cells[2] != "." else ""
            yield from _alleles(number, name, cells[0], cells[1], cells[3], cells[4])
        else:
            yield CaseLine(number, " ".join(line.split()), line.strip())


def _table(text: str) -> list[CaseLine] | None:
    """Return the variants of a table whose first line names its columns; None if it is none."""
    head = next((line for line in text.split("\n") if line.strip()), "")
    if not head or len(head) > 10_000 or head.startswith("##"):
        return None
    _, rows = read_rows(text)
    names = [cell.strip().lower() for cell in next(rows).cells]

    def column(known: tuple[str, ...]) -> int:
        return next((names.index(name) for name in known if name in names), -1)

    change, transcript, gene, name = map(column, (_CHANGE, _TRANSCRIPT, _GENE, _NAME))
    place = [column(known) for known in _VCF]
    if change < 0 and min(place) < 0:
        return None
    lines: list[CaseLine] = []
    for row in rows:
        cells = [*row.cells, *[""] * (len(names) - len(row.cells))]
        called = cells[name] if name >= 0 and cells[name] != "." else ""
        if change >= 0 and cells[change]:
            of_row = [cells[at] if at >= 0 else "" for at in (transcript, gene)]
            of_row = ["" if cell.upper() in (*MISSING, "-") else cell for cell in of_row]
            written = _on_gene(cells[change], *of_row)
            lines.append(CaseLine(row.line, written, written, called))
        elif min(place) >= 0 and cells[place[0]]:
            lines += _alleles(row.line, called, *(cells[at] for at in place))
        else:
            given = " ".join(filter(None, cells)) or "(blank)"
            lines.append(CaseLine(row.line, given, "", called, "This row names no variant."))
    return lines


def _on_gene(written: str, transcript: str, gene: str) -> str:
    """Return a change on what the row calls its transcript and gene: ``NM_000527.5(LDLR):c.``."""
    on, _, rest = written.rpartition(":")
    counted = re.match(r"(?:[cn]\.|IVS)", rest, re.IGNORECASE)
    named = not on or re.fullmatch(r"(?:[NX][MR]_|ENS[A-Z]*T|LRG_)[\w.]+", on, re.IGNORECASE)
    if not counted or not named:
        return written
    on = on or transcript
    on = f"{on}({gene})" if on and gene and gene not in on else on or gene
    return f"{on}:{rest}" if on else written


def _alleles(
    number: int, name: str, chrom: str, position: str, ref: str, alts: str
) -> list[CaseLine]:
    """Return a line for each allele of a row with chromosome, position, REF and ALT."""
    found = []
    for alt in alts.split(","):
        given = f"{chrom}-{position}-{ref}-{alt}"
        note = note_of(ref.upper(), alt)
        why = f"Not scored ({note}): {NOTES[note]}." if note else ""
        if not why and not position.isdecimal():
            why = f"The position {shorten(position)} is no whole number."
        found.append(CaseLine(number, given, "" if why else given, name, why))
    return found
