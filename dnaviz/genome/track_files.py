"""Somebody's own tracks - BED, GFF, VCF, bedGraph, bigWig, BAM - cut to a stretch of a genome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dnaviz.errors import InputError, describe_missing
from dnaviz.genome.accessions import canonical_contig
from dnaviz.genome.fasta_access import quiet_pysam
from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.io.read import read_lines

TEXTS = {
    ".bed": "bed", ".bedgraph": "bedgraph", ".bdg": "bedgraph", ".gff": "gff3", ".gff3": "gff3",
    ".gtf": "gtf", ".vcf": "vcf",
}  # fmt: skip
BINARIES = {".bam": "bam", ".bw": "bigwig", ".bigwig": "bigwig"}
MOST_BYTES = 30_000_000

# Zero-based columns of start and end, and what makes the start 1-based.
_COLUMNS = {"bed": (1, 2, 1), "bedgraph": (1, 2, 1), "gff3": (3, 4, 0), "gtf": (3, 4, 0)}
_END = re.compile(r"(?:^|;)END=(\d+)")


class TrackFile(NamedTuple):
    """What a file has on a stretch.

    Attributes
    ----------
    name : str
        Of the file.
    format : str
        "bed", "bedgraph", "gff3", "gtf", "vcf" or "bam": of `content`. A bigWig becomes a bedGraph.
    content : bytes
        The stretch's chromosome is called as the stretch calls it.
    items : int
        Features, values or reads.
    """

    name: str
    format: str
    content: bytes
    items: int


def read_track(path: str | Path, place: GenomicInterval) -> TrackFile:
    """Return what a file of a user has on a stretch of a genome.

    Parameters
    ----------
    path
        BED, bedGraph, GFF3, GTF or VCF, plain or gzipped, a bigWig, or a BAM with its index.
    place
        1-based, both ends included; ``19``, ``chr19`` and ``NC_000019.10`` are the same.

    Raises
    ------
    InputError
        If the file is none of these or is damaged (with the line), or has more than
        `MOST_BYTES` there.
    """
    path = Path(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".bgz")]
    suffix = suffixes[-1] if suffixes else ""
    if not path.is_file():
        raise InputError(f'"{path}" is not a file.')
    if suffix in TEXTS:
        lines = list(_text_lines(path, TEXTS[suffix], place))
        content = "".join(line for line, _ in lines).encode()
        track = TrackFile(path.name, TEXTS[suffix], content, sum(is_item for _, is_item in lines))
    elif suffix in BINARIES:
        track = (_bam if suffix == ".bam" else _bigwig)(path, place)
    else:
        *others, last = [*TEXTS, *BINARIES]
        raise InputError(
            f'"{path}" does not end in {", ".join(others)} or {last}, which is what can be shown.'
        )
    if len(track.content) > MOST_BYTES:
        raise InputError(
            f"{path} has {len(track.content) / 1e6:.0f} MB on {place}; at most "
            f"{MOST_BYTES / 1e6:.0f} go into a page: name a smaller region."
        )
    return track


def _text_lines(path: Path, form: str, place: GenomicInterval) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a file that belong to a stretch, and whether they are features."""
    contig = canonical_contig(place.chrom)
    size = 0
    for number, line in enumerate(read_lines(path), 1):
        text = line.decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n")
        if not text.strip():
            continue
        if text.startswith(("#", "track", "browser")):
            if form == "gff3" and text.startswith("##FASTA"):
                return
            yield f"{text}\n", False
            continue
        cells = text.split("\t") if "\t" in text or form in ("gff3", "gtf") else text.split()
        start, end = _span(cells, form, f"{path}, line {number}")
        if (
            canonical_contig(cells[0]) == contig
            and start <= place.end1
            and max(end, start) >= place.start1
        ):
            size += len(text)
            yield "\t".join([place.chrom, *cells[1:]]) + "\n", True
            if size > MOST_BYTES:
                return  # told by who counts the whole


def _span(cells: list[str], form: str, where: str) -> tuple[int, int]:
    """Return the first and last base (1-based) of a line."""
    if form == "vcf":
        if len(cells) < 8 or not cells[1].isdecimal():
            raise InputError(f"{where}: not a VCF line of eight columns and more.")
        start = int(cells[1])
        end = _END.search(cells[7])
        return start, int(end[1]) if end else start + len(cells[3]) - 1
    first, last, shift = _COLUMNS[form]
    if len(cells) <= last or not (cells[first].isdecimal() and cells[last].isdecimal()):
        names = {"bed": "BED", "bedgraph": "bedGraph"}.get(form, form.upper())
        raise InputError(f"{where}: not a {names} line with a start and an end.")
    if int(cells[first]) > int(cells[last]):
        raise InputError(f"{where}: the feature ends before it starts.")
    if form == "bedgraph":
        try:
            float(cells[3])
        except (IndexError, ValueError):
            raise InputError(
                f"{where}: a bedGraph line has a number as its fourth column."
            ) from None
    return int(cells[first]) + shift, int(cells[last])


def _bam(path: Path, place: GenomicInterval) -> TrackFile:
    try:
        with (
            quiet_pysam() as pysam,
            pysam.AlignmentFile(str(path), "rb") as file,
            TemporaryDirectory() as folder,
        ):
            if not file.has_index():
                raise InputError(f"{path} has no index: make one by samtools index {path.name}.")
            contig = _contig(list(file.references), place)
            if contig is None:
                return TrackFile(path.name, "bam", b"", 0)
            header = file.header.to_dict()
            for record in header["SQ"]:
                if record["SN"] == contig:
                    record["SN"] = place.chrom
            part, count = Path(folder) / "part.bam", 0
            with pysam.AlignmentFile(str(part), "wb", header=header) as written:
                for read in file.fetch(contig, place.start1 - 1, place.end1):
                    written.write(read)
                    count += 1
                    if count % 10_000 == 0 and part.stat().st_size > MOST_BYTES:
                        break
            return TrackFile(path.name, "bam", part.read_bytes(), count)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a BAM file: {error}.") from error


def _bigwig(path: Path, place: GenomicInterval) -> TrackFile:
    try:
        import pyBigWig
    except ModuleNotFoundError:
        raise InputError(describe_missing("pyBigWig", "tracks")) from None
    try:
        file = pyBigWig.open(str(path))
    except RuntimeError:
        file = None
    if file is None or not file.isBigWig():
        raise InputError(f"{path} cannot be read as a bigWig file.")
    with file:
        contigs = file.chroms()
        contig = _contig(list(contigs), place)
        end = min(place.end1, contigs.get(contig, 0))
        if contig is None or end < place.start1:
            return TrackFile(path.name, "bedgraph", b"", 0)
        values = file.intervals(contig, place.start1 - 1, end) or ()
    lines = [f"{place.chrom}\t{start}\t{stop}\t{value:.6g}\n" for start, stop, value in values]
    return TrackFile(path.name, "bedgraph", "".join(lines).encode(), len(lines))


def _contig(names: list[str], place: GenomicInterval) -> str | None:
    contig = canonical_contig(place.chrom)
    return next((name for name in names if canonical_contig(name) == contig), None)
