"""The lines of a GFF3 or GTF file as features, and what has to be said of those that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dnaviz.genome.fasta import chromosome_name
from dnaviz.genome.transcript_parts import Span
from dnaviz.io.read import read_lines

Attributes = dict[str, str]
Key = tuple[str, str]
"""A feature's name: its gene where the name is unique only within that (GTF), and its own."""

MAX_LINE = 1_000_000  # bytes
LAST_BASE = 10**12  # more than any chromosome has

EXON, CDS, OUTER = "exon", "CDS", "outer"
_KINDS = {
    **dict.fromkeys(("exon", "pseudogenic_exon", "noncoding_exon"), EXON),
    "cds": CDS,
    # Exonic too; asked only where a transcript has no exons.
    **dict.fromkeys(("five_prime_utr", "three_prime_utr", "utr", "5utr", "3utr"), OUTER),
    **dict.fromkeys(("start_codon", "stop_codon"), OUTER),
}
# No gene or transcript: never anybody's parent here.
_IGNORED = {"selenocysteine", "biological_region", "chromosome", "region", "match", "intron"}
_STRANDS = {"+": "+", "+1": "+", "1": "+", "-": "-", "-1": "-", "−": "-"}
_GTF_ATTRIBUTE = re.compile(r'(\w+)\s+(?:"([^"]*)"|([^";\s]+))\s*(?:;|$)')
_TRANS_SPLICING = re.compile(r"trans[\s_-]?splic", re.IGNORECASE)


class Row(NamedTuple):
    """A feature: 1-based, inclusive; `start` is 0 where a line has no valid start and end.

    `kind` is `EXON`, `CDS` or `OUTER` for parts of transcripts, else what the file calls it.
    """

    line: int
    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: Attributes
    key: Key  # its own
    parents: tuple[Key, ...]

    @property
    def span(self) -> Span:
        """Where it lies."""
        return Span(self.line, self.chrom, self.strand, self.start, self.end, self.number)

    @property
    def number(self) -> int | None:
        """The number of an exon in its transcript, if the file gives one."""
        text = self.attributes.get("exon_number") or self.attributes.get("rank", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None

    @property
    def is_trans_spliced(self) -> bool:
        """Whether the file says that the feature's transcript is put together of several."""
        return bool(_TRANS_SPLICING.search(self.attributes.get("exception", "")))


class Notes:
    """What a reader of a file should be told: the first of each kind, and how many there are."""

    def __init__(self, path: str | Path) -> None:
        self.file = Path(path).name
        self._first: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def add(self, kind: str, line: int, words: str) -> None:
        """Note `words`, a sentence, about a line; only the first of a kind is kept."""
        self._first.setdefault(kind, f"{self.file}, line {line}: {words}")
        self._count[kind] = self._count.get(kind, 0) + 1

    def sentences(self) -> list[str]:
        """Return a sentence for each kind."""
        return [
            f"{words} ({self._count[kind] - 1:,} more like it.)" if self._count[kind] > 1 else words
            for kind, words in self._first.items()
        ]


def read_rows(path: str | Path, notes: Notes) -> Iterator[Row]:
    """Yield the features of a file, plain or gzipped, that have a strand.

    Each line tells by itself whether it is GFF3 or GTF. What cannot be used is noted.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    for number, line in enumerate(read_lines(path, MAX_LINE), 1):
        if line.startswith((b"##FASTA", b">")):
            return
        if not line.strip() or line.startswith(b"#"):
            continue
        text = line.decode("utf-8", "replace")
        columns = text.split("\t") if "\t" in text else text.split(None, 8)
        if len(columns) < 8:
            notes.add(
                "columns", number,
                f"this is no GFF3 or GTF feature: it has {len(columns)} tab-separated columns, "
                "not 9.",
            )  # fmt: skip
            continue
        # A ninth column may be missing; tabs at the end, or within it, belong to it.
        row = _row(number, columns[:8], "\t".join(columns[8:]).strip(), notes)
        if row is not None:
            yield row


def _row(number: int, columns: list[str], text: str, notes: Notes) -> Row | None:
    kind = columns[2].strip()
    if kind.lower() in _IGNORED:
        return None
    kind = _KINDS.get(kind.lower(), kind)
    strand = _STRANDS.get(columns[6].strip())
    is_part = kind in (EXON, CDS)
    if strand is None:
        if is_part:
            notes.add("strand", number, f"this {kind} has no strand and is left out.")
        return None
    start, end = _whole(columns[3]), _whole(columns[4])
    if not 1 <= start <= end <= LAST_BASE:
        notes.add(
            "coordinates", number,
            f"this {kind} has no valid start and end ({columns[3][:20]!r} and "
            f"{columns[4][:20]!r}) and is left out.",
        )  # fmt: skip
        start, end = 0, 0
    if is_gtf := bool(_GTF_ATTRIBUTE.match(text)):
        attributes = _gtf_attributes(text)
    else:
        attributes = _gff3_attributes(text)
    key, parents = _keys(attributes, is_gtf)
    if is_part and not parents:
        what = "a transcript_id" if is_gtf else "a Parent"
        notes.add("parent", number, f"this {kind} has not {what}, and is left out.")
    seqid = columns[0].strip()
    chrom = chromosome_name(unquote(seqid) if "%" in seqid and not is_gtf else seqid)
    return Row(number, chrom, kind, start, end, strand, attributes, key, parents)


def _keys(attributes: Attributes, is_gtf: bool) -> tuple[Key, tuple[Key, ...]]:
    """Return a feature's own name, and those it belongs to."""
    gene, transcript = attributes.get("gene_id", ""), attributes.get("transcript_id", "")
    # In GTF a transcript's name may be unique only in its gene; GFF3 without Parent is read alike.
    named = (gene, transcript) if transcript else ("", gene)
    if is_gtf:
        return named, (named,) if any(named) else ()
    parents = tuple(
        ("", unquote(name.strip()))
        for name in attributes.get("Parent", "").split(",")
        if name.strip()
    )
    own = ("", unquote(attributes["ID"])) if attributes.get("ID") else named
    return own, parents or ((named,) if transcript else ())


def _gff3_attributes(text: str) -> Attributes:
    """Return attributes decoded, but for those whose commas stand between several values."""
    pairs = (pair.partition("=") for pair in text.split(";") if "=" in pair)
    attributes = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
    return {
        key: unquote(value) if "%" in value and key not in ("Parent", "tag", "ID") else value
        for key, value in attributes.items()
    }


def _gtf_attributes(text: str) -> Attributes:
    attributes: Attributes = {}
    for key, quoted, bare in _GTF_ATTRIBUTE.findall(text):
        value = quoted or bare
        # GTF repeats a key where GFF3 joins its values with commas.
        attributes[key] = f"{attributes[key]},{value}" if key in attributes else value
    return attributes


def _whole(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
