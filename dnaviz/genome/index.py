"""Files made once from a genome and its annotation, so that one gene is found in milliseconds.

An annotation becomes a SQLite file in the user's cache: many viewers read it at once, and none of
them keeps a genome's transcripts in memory.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import tempfile
import zlib
from contextlib import closing
from functools import cache
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.files import atomic_path, atomic_write
from dnaviz.genome.annotation import Interval, Transcript, read_annotation

VERSION = 1  # of what the files hold; part of their names
MAX_UNPACKED = 1_000_000_000  # bytes of a gzipped FASTA that is unpacked into the cache

_TABLES = """
CREATE TABLE transcript (
    id INTEGER PRIMARY KEY, gene TEXT, gene_name TEXT, transcript TEXT, biotype TEXT, chrom TEXT,
    strand TEXT, exons TEXT, cds TEXT, gene_biotype TEXT, tags TEXT, first INTEGER, last INTEGER);
CREATE TABLE name (name TEXT COLLATE NOCASE, id INTEGER);
"""
_INDICES = """
CREATE INDEX by_name ON name (name COLLATE NOCASE);
CREATE INDEX by_place ON transcript (chrom, first);
"""
_COLUMNS = "gene, gene_name, transcript, biotype, chrom, strand, exons, cds, gene_biotype, tags"


class AnnotationIndex:
    """Transcripts by name and by place.

    Parameters
    ----------
    path
        GFF3 or GTF, plain or gzipped.

    Raises
    ------
    InputError
        When the annotation cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file = cached(self.path, ".sqlite")
        if not self._file.is_file():
            _build(read_annotation(path), self._file)

    def named(self, name: str) -> list[Transcript]:
        """Return the transcripts of a gene (symbol or identifier), or the one of that identifier.

        Case does not matter, nor does the version behind an identifier's dot.
        """
        query = (
            f"SELECT {_COLUMNS} FROM transcript WHERE id IN (SELECT id FROM name WHERE name = ?)"
            " ORDER BY id"
        )
        return self._ask(query, (name,)) or self._ask(query, (name.partition(".")[0],))

    def within(self, chrom: str, start: int, end: int) -> list[Transcript]:
        """Return the transcripts that overlap a region, in order of position."""
        return self._ask(
            f"SELECT {_COLUMNS} FROM transcript WHERE chrom = ? AND first <= ? AND last >= ?"
            " ORDER BY first, last, transcript",
            (chrom, end, start),
        )

    def like(self, name: str, most: int = 3) -> list[str]:
        """Return gene symbols close to a name that is none."""
        from difflib import get_close_matches

        with closing(self._connect()) as connection:
            rows = connection.execute("SELECT DISTINCT gene_name FROM transcript").fetchall()
        known = {str(row[0]).upper(): str(row[0]) for row in rows}
        return [known[key] for key in get_close_matches(name.upper(), known, most, 0.75)]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._file.as_uri()}?mode=ro&immutable=1", uri=True)

    def _ask(self, query: str, values: tuple[object, ...]) -> list[Transcript]:
        with closing(self._connect()) as connection:
            rows = connection.execute(query, values).fetchall()
        return [_transcript(row) for row in rows]


def indexed_fasta(path: str | Path) -> tuple[Path, Path, Path]:
    """Return a FASTA file to read at random, and where its two indices are or may be written.

    An index beside the file is used; where there is none, it belongs into the cache. A gzipped
    file that is not bgzip cannot be read at random and is unpacked into the cache.

    Raises
    ------
    InputError
        When the file cannot be read, or unpacked is larger than a gigabyte.
    """
    source = Path(path)
    try:
        with source.open("rb") as file:
            head = file.read(18)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if head[:2] == b"\x1f\x8b" and head[12:14] != b"BC":
        source = _unpacked(source)
    indices = [Path(f"{source}{suffix}") for suffix in (".fai", ".gzi")]
    if not indices[0].is_file():
        indices = [cached(source, suffix) for suffix in (".fai", ".gzi")]
    return source, indices[0], indices[1]


def cached(path: Path, suffix: str) -> Path:
    """Return where in the cache a file made from `path`, as it now is, has its place."""
    try:
        whole = path.resolve(strict=True)
        about = whole.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    key = f"{whole} {about.st_size} {about.st_mtime_ns} {VERSION}".encode()
    return _cache_folder() / f"{whole.name[:60]}.{hashlib.sha256(key).hexdigest()[:16]}{suffix}"


@cache
def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "dnaviz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    # A folder of our own: others could put files into a shared one.
    return Path(tempfile.mkdtemp(prefix="dnaviz-"))


def _unpacked(path: Path) -> Path:
    target = cached(path, ".fa")
    if target.is_file():
        return target
    try:
        with gzip.open(path) as packed, atomic_write(target, "wb") as file:
            while piece := packed.read(1 << 20):
                file.write(piece)
                if file.tell() > MAX_UNPACKED:
                    raise InputError(
                        f"{path} is too large to be unpacked here: give it unpacked, "
                        "or packed with bgzip."
                    )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is damaged: its gzip stream does not decompress.") from error
    return target


def _build(transcripts: list[Transcript], target: Path) -> None:
    with (
        atomic_path(target) as temporary,
        closing(sqlite3.connect(temporary)) as connection,
        connection,
    ):
        connection.executescript(_TABLES)
        connection.executemany(
            f"INSERT INTO transcript VALUES ({', '.join('?' * 13)})",
            ((number, *_row(t)) for number, t in enumerate(transcripts)),
        )
        connection.executemany(
            "INSERT INTO name VALUES (?, ?)",
            ((name, n) for n, t in enumerate(transcripts) for name in _names(t)),
        )
        connection.executescript(_INDICES)


def _names(t: Transcript) -> set[str]:
    names = {t.gene_name, t.gene, t.transcript}
    return {name for name in names | {n.partition(".")[0] for n in names} if name}


def _row(t: Transcript) -> tuple[object, ...]:
    return (
        t.gene, t.gene_name, t.transcript, t.biotype, t.chrom, t.strand, _text(t.exons),
        _text(t.cds), t.gene_biotype, ",".join(sorted(t.tags)), t.start, t.end,
    )  # fmt: skip


def _transcript(row: tuple[str, ...]) -> Transcript:
    gene, gene_name, transcript, biotype, chrom, strand, exons, cds, gene_biotype, tags = row
    return Transcript(
        gene, gene_name, transcript, biotype, chrom, strand, _intervals(exons), _intervals(cds),
        gene_biotype, frozenset(filter(None, tags.split(","))),
    )  # fmt: skip


def _text(intervals: tuple[Interval, ...]) -> str:
    return ",".join(f"{start}-{end}" for start, end in intervals)


def _intervals(text: str) -> tuple[Interval, ...]:
    pairs = (pair.partition("-") for pair in text.split(",") if pair)
    return tuple((int(start), int(end)) for start, _, end in pairs)
