"""Transcripts read from GFF3 or GTF, in Ensembl's, GENCODE's, RefSeq's or plain flavor."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from dnaviz.errors import InputError
from dnaviz.genome.annotation_rows import CDS, EXON, OUTER, Attributes, Key, Notes, Row, read_rows
from dnaviz.genome.transcript_parts import COPIES, MIN_INTRON, OVERLAP, TRANS, Span, separate

Interval = tuple[int, int]

# What the choice of a transcript goes by, as it is written here; others are kept as they are.
_TAGS = {
    "mane_select": "MANE_Select", "refseq_select": "RefSeq_Select", "gencode_basic": "basic",
    "ensembl_canonical": "Ensembl_canonical",
}  # fmt: skip
_TOLD = {
    COPIES: "{} stands in the file more than once: each is a transcript of its own.",
    TRANS: "{} is put together of parts (trans-splicing): no intron is taken between them.",
    OVERLAP: "exons of {} overlap, as of several transcripts of one name: it is left out.",
    "cds": "{} has no exons: its coding sequence (CDS), with its UTRs, is taken for them.",
    "damaged": "{} is left out, because this exon of it is.",
}


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript on one strand.

    `exons` and `cds` are (start, end) pairs, 1-based and inclusive, ascending on the forward
    strand whichever the transcript's strand; `tags` are the annotation's own (``basic``, ``CCDS``,
    ``MANE_Select``); `note` is a sentence about how it was read, where there is something to say.
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
    note: str = ""

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


class Annotation(list[Transcript]):
    """The transcripts of a file.

    Attributes
    ----------
    notes : list of str
        Sentences on what of the file was left out or read in an unusual way, with its line.
    """

    def __init__(self, transcripts: Iterable[Transcript] = (), notes: Iterable[str] = ()) -> None:
        super().__init__(transcripts)
        self.notes = list(notes)


@dataclass(slots=True)
class _Parts:
    """What belongs to one name."""

    attributes: Attributes = field(default_factory=dict)  # of its first exon
    exons: list[Span] = field(default_factory=list)
    cds: list[Span] = field(default_factory=list)
    outer: list[Span] = field(default_factory=list)
    trans_spliced: bool = False
    damaged: dict[str, int] = field(default_factory=dict)  # kind of a part, line


@dataclass(slots=True)
class _Feature:
    """A gene or transcript, which several lines may give."""

    attributes: Attributes
    parents: tuple[Key, ...]
    trans_spliced: bool
    spans: list[Span] = field(default_factory=list)


def read_annotation(path: str | Path) -> Annotation:
    """Read every transcript of a GFF3 or GTF file, plain or gzipped.

    Each line tells its format, not the file's name. Features without a strand are left out: they
    have no splice sites. A transcript without exons has its coding sequence taken for them; one
    name at two places is two transcripts; there is no intron between parts that are put together by
    trans-splicing. What is left out, or not read as usual, is told in `Annotation.notes`.

    Returns
    -------
    Annotation
        In the order of chromosome, start, end and name.

    Raises
    ------
    InputError
        When the file cannot be read, or no exon is found.
    """
    notes = Notes(path)
    parts, features = _collect(read_rows(path, notes))
    transcripts = [
        t for key, part in parts.items() for t in _transcripts(key, part, features, notes)
    ]
    sentences = notes.sentences()
    if not transcripts:
        why = (
            f": {sentences[0]}"
            if sentences
            else ", so no transcript can be read from it: an annotation is GFF3 or GTF."
        )
        raise InputError(f"{path} holds no exon{' that can be used' if sentences else ''}{why}")
    transcripts.sort(key=lambda t: (t.chrom, t.start, t.end, t.transcript))
    return Annotation(transcripts, sentences)


def _collect(rows: Iterator[Row]) -> tuple[dict[Key, _Parts], dict[Key, _Feature]]:
    """Gather the parts of transcripts by their names, and all that could be a parent."""
    parts: dict[Key, _Parts] = {}
    features: dict[Key, _Feature] = {}
    for row in rows:
        if row.kind not in (EXON, CDS, OUTER):
            feature = features.get(row.key)
            if feature is None:
                feature = _Feature(row.attributes, row.parents, row.is_trans_spliced)
                features[row.key] = feature
            if row.start:
                feature.spans.append(row.span)
            continue
        for parent in row.parents:
            part = parts.setdefault(parent, _Parts())
            part.attributes = part.attributes or row.attributes
            part.trans_spliced |= row.is_trans_spliced
            if not row.start:
                part.damaged.setdefault(row.kind, row.line)
                continue
            own = part.exons if row.kind == EXON else part.cds if row.kind == CDS else part.outer
            own.append(row.span)
    # A protein that is a parent of a transcript's CDS, as in TAIR's GFF3, is no transcript.
    transcribed = {
        s.line for part in parts.values() if part.exons for s in (*part.cds, *part.outer)
    }
    proteins = [
        key for key, part in parts.items()
        if part.cds and not part.exons and all(s.line in transcribed for s in part.cds)
    ]  # fmt: skip
    for key in proteins:
        del parts[key]
    return parts, features


def _transcripts(
    key: Key, part: _Parts, features: dict[Key, _Feature], notes: Notes
) -> Iterator[Transcript]:
    """Yield the transcripts of one name: none, one, several, or a transcript's pieces."""
    own = features.get(key)
    exons, told = part.exons, ""
    if not exons and part.cds:
        exons, told = _joined([*part.cds, *part.outer]), "cds"
    if not exons:
        return
    name = _plain(_first([own.attributes if own else {}], "transcript_id", "ID") or key[1])
    # Without one exon the rest would have a false intron.
    damaged = [
        part.damaged[k] for k in (EXON, *((CDS, OUTER) if told else ())) if k in part.damaged
    ]
    if damaged:
        notes.add("damaged", damaged[0], _TOLD["damaged"].format(name))
        return
    flagged = part.trans_spliced or bool(own and own.trans_spliced)
    found, problem = separate(exons, own.spans if own else [], trans_spliced=flagged)
    for kind in filter(None, (told, problem)):
        notes.add(kind, min(e.line for e in exons), _TOLD[kind].format(name))
    note = " ".join(_TOLD[kind].format(name) for kind in (told, problem) if kind)
    for piece in found:
        first = piece[0]
        coding = [c for c in part.cds if any(exon.holds(c) for exon in piece)]
        if len(found) == 1:  # a coding part beyond the exons is kept as it is
            coding = [c for c in part.cds if (c.chrom, c.strand) == (first.chrom, first.strand)]
        yield _transcript(key, piece, coding, part.attributes, features, note)


def _joined(spans: list[Span]) -> list[Span]:
    """Return spans as exons: those that touch or overlap are one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.chrom, s.strand, s.start, s.end)):
        last = joined[-1] if joined else None
        if last and last[1:3] == span[1:3] and span.start <= last.end + 1:
            joined[-1] = last._replace(end=max(last.end, span.end), number=None)
        else:
            joined.append(span._replace(number=None))
    return joined


def _first(sources: list[Attributes], *keys: str) -> str:
    """Return the first value found, asking every source for one key before the next key."""
    first = next(((key, s[key]) for key in keys for s in sources if s.get(key)), ("", ""))
    return unquote(first[1]) if first[0] == "ID" else first[1]


def _transcript(
    key: Key,
    exons: list[Span],
    coding: list[Span],
    part: Attributes,
    features: dict[Key, _Feature],
    note: str,
) -> Transcript:
    feature = features.get(key)
    own = feature.attributes if feature else {}
    # In GFF3 the gene is the transcript's parent, in GTF it is named on every row.
    gene_id = _first([part, own], "gene_id", "geneID")
    parent_keys = [k for k in (feature.parents if feature else ()) if k != key]
    gene_id = gene_id or (parent_keys[0][1] if parent_keys else "") or key[1]
    gene_rows = [features[k] for k in (*parent_keys, ("", gene_id)) if k in features and k != key]
    parent = gene_rows[0].attributes if gene_rows else {}
    row, from_gene = [own, part], [parent, own, part]
    gene = _plain(_first([parent], "gene_id", "ID") or gene_id)
    return Transcript(
        gene=gene,
        gene_name=_first([own, part, parent], "gene_name", "gene_symbol")
        or _first([parent], "Name", "gene")
        or _first([own] if not gene_rows and not parent_keys else [], "gene", "Name")
        or _first([own, part], "gene")
        or gene,
        transcript=_plain(_first([own], "transcript_id", "ID") or key[1]),
        biotype=_first(row, "transcript_biotype", "transcript_type")
        or _first([own], "biotype", "gbkey"),
        chrom=exons[0].chrom,
        strand=exons[0].strand,
        exons=tuple(sorted({(e.start, e.end) for e in exons})),
        cds=tuple(sorted({(c.start, c.end) for c in coding})),
        gene_biotype=_first(from_gene, "gene_biotype", "gene_type") or _first([parent], "biotype"),
        tags=_tags(row),
        note=note,
    )


def _tags(row: list[Attributes]) -> frozenset[str]:
    """Gather the tags of a transcript; Ensembl's GFF3 gives its CCDS as an attribute instead."""
    words = (unquote(tag).strip() for tag in _first(row, "tag").split(","))
    written = (re.sub(r"\s+", "_", word) for word in words if word)
    tags = {_TAGS.get(tag.lower(), tag) for tag in written}
    return frozenset(tags | {"CCDS"} if _first(row, "ccdsid", "ccds_id") else tags)


def _plain(name: str) -> str:
    """Drop the kind that Ensembl and RefSeq write before an identifier (``gene:``, ``rna-``)."""
    return re.sub(r"^(?:gene|transcript|rna)[:-]", "", name)
