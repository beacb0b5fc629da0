"""Transcripts read from GFF3 or GTF, in Ensembl's, GENCODE's, RefSeq's or plain flavour."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dnaviz.errors import InputError
from dnaviz.genome.fasta import STRANDS, chromosome_name, read_lines

Interval = tuple[int, int]
Attributes = dict[str, str]

# Annotations close frameshifts and assembly errors with gaps of a few bases: no spliceosome does.
MIN_INTRON = 30
MAX_LINE = 1_000_000  # bytes
LAST_BASE = 10**12  # more than any chromosome has

_GTF_ATTRIBUTE = re.compile(r'(\w+)\s+(?:"([^"]*)"|([^";\s]+))\s*(?:;|$)')
# Parts of transcripts, and features that are no gene or transcript: never anybody's parent here.
_PARTS = {"five_prime_UTR", "three_prime_UTR", "UTR", "start_codon", "stop_codon",
          "Selenocysteine", "biological_region", "chromosome", "region", "match"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript on one strand.

    `exons` and `cds` are (start, end) pairs, 1-based and inclusive, ascending on the forward
    strand whichever the transcript's strand; `tags` are the annotation's own (``basic``, ``CCDS``).
    """

    gene: str
    gene_name: str
    transcript: str
    biotype: str
    chrom: str
    strand: str
    exons: tuple[Interval, ...]
    cds: tuple[Interval, ...] = ()
    gene_biotype: str = ""
    tags: frozenset[str] = frozenset()

    @property
    def start(self) -> int:
        """First base on the forward strand, 1-based."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Last base on the forward strand, 1-based."""
        return self.exons[-1][1]

    @property
    def introns(self) -> list[Interval]:
        """The gaps of at least `MIN_INTRON` between the exons, ascending."""
        gaps, reach = [], self.exons[0][1]
        for start, end in self.exons[1:]:
            if start - reach > MIN_INTRON:
                gaps.append((reach + 1, start - 1))
            reach = max(reach, end)
        return gaps


class _Row(NamedTuple):
    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: Attributes


@dataclass(slots=True)
class _Parts:
    exons: list[Interval] = field(default_factory=list)
    cds: list[Interval] = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)


# A transcript's parts are kept by chromosome and strand too: one name may stand on both the
# X and the Y (pseudo-autosomal genes) or on both strands (trans-splicing).
_Key = tuple[str, str, str]


def read_annotation(path: str | Path) -> list[Transcript]:
    """Read every transcript of a GFF3 or GTF file, plain or gzipped.

    The format is told from the file's first feature, not from its name. Features without a
    strand are left out: they have no splice sites.

    Returns
    -------
    list of Transcript
        In the order of chromosome, start, end and name.

    Raises
    ------
    InputError
        When the file cannot be read, a line is no GFF3 or GTF feature, or no exon is found.
    """
    rows = _rows(path)
    parts, features = _collect(rows)
    transcripts = [_transcript(key, part, features) for key, part in parts.items() if part.exons]
    if not transcripts:
        raise InputError(f"{path} holds no exon, so no transcript can be read from it.")
    return sorted(transcripts, key=lambda t: (t.chrom, t.start, t.end, t.transcript))


def _gff3_attributes(text: str) -> Attributes:
    pairs = (pair.partition("=") for pair in text.split(";") if "=" in pair)
    attributes = {key.strip(): value.strip() for key, _, value in pairs}
    return {k: unquote(v) if "%" in v else v for k, v in attributes.items()}


def _gtf_attributes(text: str) -> Attributes:
    attributes: Attributes = {}
    for key, quoted, bare in _GTF_ATTRIBUTE.findall(text):
        value = quoted or bare
        # GTF repeats a key where GFF3 joins its values with commas.
        attributes[key] = f"{attributes[key]},{value}" if key in attributes else value
    # A GTF row names its transcript itself; called its parent as in GFF3, one code reads both.
    attributes.setdefault(
        "Parent", attributes.get("transcript_id") or attributes.get("gene_id", "")
    )
    return attributes


def _rows(path: str | Path) -> Iterator[_Row]:
    parse: Callable[[str], Attributes] | None = None
    is_gtf = False
    for number, line in enumerate(read_lines(path, MAX_LINE), 1):
        if line.startswith(b"##FASTA"):
            return
        if not line.strip() or line.startswith(b"#"):
            continue
        columns = line.decode("utf-8", "replace").split("\t")
        if len(columns) != 9:
            raise InputError(
                f"Line {number} of {path} is no GFF3 or GTF feature: it has {len(columns)} "
                "tab-separated columns, not 9."
            )
        if parse is None:
            is_gtf = bool(_GTF_ATTRIBUTE.match(columns[8].strip()))
            parse = _gtf_attributes if is_gtf else _gff3_attributes
        kind, strand = columns[2], columns[6]
        if strand not in STRANDS or kind in _PARTS:
            continue
        try:
            start, end = int(columns[3]), int(columns[4])
        except ValueError:
            start, end = 0, 0
        if not 1 <= start <= end <= LAST_BASE:
            raise InputError(
                f"Line {number} of {path} has no valid start and end: "
                f"{columns[3][:20]!r} and {columns[4][:20]!r}."
            )
        yield _Row(chromosome_name(columns[0]), kind, start, end, strand, parse(columns[8]))


def _collect(rows: Iterator[_Row]) -> tuple[dict[_Key, _Parts], dict[str, Attributes]]:
    """Gather exons and coding parts by transcript, and the attributes of all that has an ID."""
    parts: dict[_Key, _Parts] = {}
    features: dict[str, Attributes] = {}
    for row in rows:
        if row.kind in ("exon", "CDS"):
            for parent in row.attributes.get("Parent", "").split(","):
                if parent:
                    part = parts.setdefault((parent, row.chrom, row.strand), _Parts())
                    part.attributes = part.attributes or row.attributes
                    own = part.exons if row.kind == "exon" else part.cds
                    own.append((row.start, row.end))
        else:
            name = row.attributes.get("ID") or row.attributes.get("Parent", "")
            features.setdefault(name, row.attributes)
    return parts, features


def _first(sources: list[Attributes], *keys: str) -> str:
    """Return the first value found, asking every source for one key before the next key."""
    return next((s[key] for key in keys for s in sources if s.get(key)), "")


def _transcript(key: _Key, part: _Parts, features: dict[str, Attributes]) -> Transcript:
    name, chrom, strand = key
    own = features.get(name, {})
    # In GFF3 the gene is the transcript's parent, in GTF it is named on every row.
    gene_id = part.attributes.get("gene_id") or own.get("gene_id") or own.get("Parent") or name
    parent = features.get(own.get("Parent", ""), {}) or features.get(gene_id, {})
    row, from_gene = [own, part.attributes], [parent, own, part.attributes]
    gene = _plain(_first([parent], "gene_id", "ID") or gene_id)
    return Transcript(
        gene=gene,
        gene_name=_first([own, part.attributes, parent], "gene_name")
        or _first([parent], "Name", "gene")
        or gene,
        transcript=_plain(_first([own], "transcript_id", "ID") or name),
        biotype=_first(row, "transcript_biotype", "transcript_type")
        or _first([own], "biotype", "gbkey"),
        chrom=chrom,
        strand=strand,
        exons=tuple(sorted(set(part.exons))),
        cds=tuple(sorted(set(part.cds))),
        gene_biotype=_first(from_gene, "gene_biotype", "gene_type") or _first([parent], "biotype"),
        tags=_tags(row),
    )


def _tags(row: list[Attributes]) -> frozenset[str]:
    """Gather the tags of a transcript; Ensembl's GFF3 gives its CCDS as an attribute instead."""
    tags = set(filter(None, _first(row, "tag").split(",")))
    return frozenset(tags | {"CCDS"} if _first(row, "ccdsid", "ccds_id") else tags)


def _plain(name: str) -> str:
    """Drop the kind that Ensembl and RefSeq write before an identifier (``gene:``, ``rna-``)."""
    return re.sub(r"^(?:gene|transcript|rna)[:-]", "", name)
