"""Files and texts that are no sequences as text: what they are, and what to do instead."""

from __future__ import annotations

import io
import re

from dnaviz.errors import InputError
from dnaviz.sequences.bases import shorten

_WORD = "Copy the sequence text out of it, or save it as plain text."
_SHEET = "Copy the cells with names and sequences, or save them as tab-separated text."
_TRACE = "Export its base calls as FASTA."
_ALIGNMENT = "Export it as FASTA without gaps."

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x09\x00\x00\x00\x0eSnapGene", "a SnapGene file. Export it as FASTA or GenBank."),
    (b"ABIF", f"an ABI trace (.ab1). {_TRACE}"),
    (b".scf", f"an SCF trace. {_TRACE}"),
    (b"\xaeZTR", f"a ZTR trace. {_TRACE}"),
    (b"%PDF", "a PDF. Copy the sequence text out of it."),
    (b"{\\rtf", f"a rich-text document (RTF). {_WORD}"),
    (b"\xd0\xcf\x11\xe0", f"an old Word or Excel document. {_WORD}"),
    (b"\x89PNG", "an image. Paste the sequence as text."),
    (b"\xff\xd8\xff", "an image. Paste the sequence as text."),
    (b"GIF8", "an image. Paste the sequence as text."),
    (b"II*\x00", "an image. Paste the sequence as text."),
    (b"MM\x00*", "an image. Paste the sequence as text."),
    (b"BAM\x01", "a BAM file of reads. Give sequences as FASTA."),
    (b"CRAM", "a CRAM file of reads. Give sequences as FASTA."),
    (b"\x1a\x41\x27\x43", "a 2bit file. Convert it with twoBitToFa."),
    (b"\x43\x27\x41\x1a", "a 2bit file. Convert it with twoBitToFa."),
    (b"\x89HDF", "an HDF5 file. Give sequences as FASTA."),
    (b"SQLite format 3", "a database. Export its sequences as FASTA."),
    (b"BZh", "a bzip2 archive. Unpack it first."),
    (b"\xfd7zXZ", "an xz archive. Unpack it first."),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it first."),
    (b"Rar!", "a RAR archive. Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive. Unpack it first."),
)
_ZIPPED = (
    ("word/", f"a Word document. {_WORD}"),
    ("xl/", f"an Excel sheet. {_SHEET}"),
    ("ppt/", f"a PowerPoint file. {_WORD}"),
    ("content.xml", f"an OpenDocument file. {_WORD}"),
    ("Index/", f"a Pages or Numbers document. {_WORD}"),
)

_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\s*(CLUSTAL|PROBCONS|MUSCLE \()", f"a CLUSTAL alignment. {_ALIGNMENT}"),
        (r"\s*# STOCKHOLM", f"a Stockholm alignment. {_ALIGNMENT}"),
        (r"\s*#NEXUS", f"a NEXUS file. {_ALIGNMENT}"),
        (r"\s*(!!NA_|PileUp|\S.*MSF:)", f"an MSF alignment. {_ALIGNMENT}"),
        (r"\s*##?maf", f"a MAF alignment. {_ALIGNMENT}"),
        (r"\s*@[^\n]*\n[^\n]*\n\+", "FASTQ. Convert the reads to FASTA."),
        (r"\s*@(HD|SQ|RG|PG)\t", "SAM. Convert the reads to FASTA."),
        (r"\s*##gff|\s*##gtf", "an annotation (GFF). Give the sequence as FASTA."),
        (r"\s*##fileformat=VCF", "VCF. Variants go to the variants command; give FASTA here."),
        (
            r"\s*(browser|track)[ \t]+\w+",
            "a track of the UCSC browser. Give the sequence as FASTA.",
        ),
        (r"\s*\{\\rtf", f"rich text (RTF). {_WORD}"),
        (r"\s*<\?xml", "XML. Export the sequence as FASTA or GenBank."),
        (r"\s*<(!DOCTYPE|html|head|body|div|pre|p)\b", "the source of a web page. Copy its text."),
        (r"\s*<[a-zA-Z]", "marked-up text (XML or HTML). Copy the plain text of the sequence."),
        (r"\s*&(gt|lt|amp|nbsp);", "the source of a web page. Copy its text."),
        (r'\s*[\[{]\s*["{]', "JSON. Give the sequence as FASTA."),
    )
)
_REFERENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"(?:https?|ftp)://\S+|www\.\S+", "an address"),
        (r"[^\s:]+(?:\([\w-]+\))?:\s?[cgmnpr]\.\S.*|[cgmnpr]\.[\d*(-]\S*", "a variant"),
        (r"(?:chr)?(?:[\dXYM]|\d\d|MT)[:-]\d+(?:[:-][ACGT]+[:>/-][ACGT]+)", "a variant"),
        (r"rs\d{2,}", "the number of a variant in dbSNP"),
        (r"(?:NC_\d+(?:\.\d+)?|(?:chr)?[\w.]{1,12}):\d[\d,]*(?:[-\u2013]|\.\.)\d[\d,]*(?::[-+1]+)?",
         "a place in a genome"),
        (r"(?:N[CGMPRTWZ]|X[MPR])_\d{6,}(?:\.\d+)?|ENS[A-Z]{0,4}[EGPT]\d{11}(?:\.\d+)?|LRG_\d+\w*"
         r"|CCDS\d+(?:\.\d+)?|[A-Z]{1,2}\d{5,8}(?:\.\d+)?", "an accession"),
        (r"(?=.*[^ACGTUNRYSWKMBDHV])(?=.{2,12}$)[A-Z][A-Z\d]*(?:-[A-Z\d]+)?", "a name"),
    )
)  # fmt: skip
_RUN = re.compile("[ACGTU]{20}", re.IGNORECASE)
_PHYLIP = re.compile(r"\s*(\d{1,6})[ \t]+\d+[ \t]*[IS]?[ \t]*\n(?=[ \t]*[^\s\d])", re.IGNORECASE)
_BLAST = re.compile(r"^[ \t]*Sbjct:?[ \t]+\d", re.MULTILINE)


def refuse_binary(data: bytes) -> None:
    """Refuse the content of a file that is no text, by its first bytes.

    Raises
    ------
    InputError
        Saying what the file is and what to do.
    """
    for magic, words in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"This is {words}")
    if data[257:262] == b"ustar":
        raise InputError("This is a tar archive. Unpack it first.")
    if data.startswith(b"PK\x03\x04"):
        raise InputError(f"This is {_zipped(data)}")


def refuse_other_text(text: str) -> None:
    """Refuse a text in a format that holds no sequence, or no plain one, by its first lines.

    Raises
    ------
    InputError
        Saying what the text is and what to do.
    """
    head = text[:5_000].lstrip()[:2_000]
    for pattern, words in _TEXTS:
        if pattern.match(head):
            raise InputError(f"This is {words}")
    _refuse_references(text)
    counts = _PHYLIP.match(head)
    # A ruler above bases has two numbers too, but not as many lines below it.
    if counts and head.count("\n", counts.end() - 1) >= min(int(counts.group(1)), 20) > 0:
        raise InputError(f"This is a PHYLIP alignment. {_ALIGNMENT}")
    if _BLAST.search(text, 0, 100_000):
        raise InputError("This is a BLAST alignment. Paste one of its sequences, without gaps.")


def _refuse_references(text: str) -> None:
    """Refuse a text that only names sequences or variants, a line each."""
    if _RUN.search(text, 0, 5_000):
        return
    lines = [line.strip() for line in text[:5_000].splitlines() if line.strip()]
    kinds = [next((words for form, words in _REFERENCES if form.fullmatch(x)), "") for x in lines]
    if kinds and all(kinds):
        raise InputError(
            f"{shorten(lines[0])} is {kinds[0]}, not a sequence; nothing is looked up. Paste the "
            "sequence itself: its bases, FASTA or the whole GenBank entry."
        )


def _zipped(data: bytes) -> str:
    """What a zip archive is, by the files in it; one that was cut short has no list of them."""
    import zipfile  # here: few texts are archives

    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()[:1_000]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = [start for start, _ in _ZIPPED if start.encode() in data[:100_000]]
    for start, words in _ZIPPED:
        if any(name.startswith(start) for name in names):
            return words
    return "a zip archive. Unpack it first."
