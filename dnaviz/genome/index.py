"""An annotation made once into a file that finds a gene in milliseconds.

It becomes a SQLite file in the user's cache: many viewers read it at once, and none of
them keeps a genome's transcripts in memory.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path

from dnaviz.genome.accessions import canonical_contig
from dnaviz.genome.annotation import Annotation, Transcript, read_annotation
from dnaviz.genome.cache import cached
from dnaviz.io.atomic import atomic_path

_TABLES = """
CREATE TABLE transcript (
    id INTEGER PRIMARY KEY, gene_name TEXT, transcript TEXT, chrom TEXT, first INTEGER,
    last INTEGER, fields TEXT);
CREATE TABLE name (name TEXT COLLATE NOCASE, exact INTEGER, id INTEGER);
CREATE TABLE note (sentence TEXT);
CREATE TABLE contig (name TEXT);
"""
_INDICES = """
CREATE INDEX by_name ON name (name COLLATE NOCASE, exact);
CREATE INDEX by_place ON transcript (chrom, first);
"""
# Identifiers whose last number is a version: NM_000527.5, ENST00000558518.6. In names such as
# AT1G01010.1, B0303.3 or RP11-34P13.7 it tells one transcript or gene from another.
_VERSIONED = re.compile(r"([A-Za-z]{1,12}_?\d{5,})\.\d+")


class AnnotationIndex:
    """Transcripts by name and by place; their chromosomes are called as `canonical_contig` does.

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

    @property
    def notes(self) -> list[str]:
        """Sentences on what of the file was left out, or not read as usual."""
        with closing(self._connect()) as connection:
            return [str(row[0]) for row in connection.execute("SELECT sentence FROM note")]

    @property
    def contigs(self) -> list[str]:
        """The names of the contigs that transcripts lie on, as the file has them."""
        with closing(self._connect()) as connection:
            return [str(row[0]) for row in connection.execute("SELECT name FROM contig")]

    def named(self, name: str) -> tuple[list[Transcript], str]:
        """Return the transcripts of a gene (symbol or identifier), or the one of that identifier.

        Case does not matter. An identifier is found without its version, and under another one;
        the second value is a sentence that says so.
        """
        query = (
            "SELECT fields FROM transcript WHERE id IN"
            " (SELECT id FROM name WHERE name = ? AND exact = ?) ORDER BY id"
        )
        if rows := self._ask(query, (name, 1)):
            return rows, ""
        base, dot, version = name.rpartition(".")
        if not (dot and version.isdecimal()):
            return self._ask(query, (name, 0)), ""
        if rows := self._ask(query, (base, 1)) or self._ask(query, (base, 0)):
            names = {rows[0].gene, rows[0].transcript}
            this = next((n for n in names if n.lower().startswith(base.lower())), base)
            return rows, f"The annotation has no {name}: this is {this}."
        return [], ""

    def within(self, chrom: str, start: int, end: int) -> list[Transcript]:
        """Return the transcripts that overlap a region, in order of position."""
        return self._ask(
            "SELECT fields FROM transcript WHERE chrom = ? AND first BETWEEN ? AND ?"
            " AND last >= ? ORDER BY first, last, transcript",
            (chrom, start - self._longest, end, start),
        )

    @cached_property
    def _longest(self) -> int:
        """Length of the longest transcript: one that reaches a place starts no farther before."""
        with closing(self._connect()) as connection:
            query = "SELECT MAX(last - first) FROM transcript"
            return int(connection.execute(query).fetchone()[0])

    def ends(self) -> dict[str, int]:
        """Return the last base of all transcripts of each chromosome."""
        with closing(self._connect()) as connection:
            return dict(
                connection.execute("SELECT chrom, MAX(last) FROM transcript GROUP BY chrom")
            )

    def beyond(self, chrom: str, position: int) -> list[str]:
        """Return the names of the transcripts that reach beyond a position, in their order."""
        return [
            t.transcript
            for t in self._ask(
                "SELECT fields FROM transcript WHERE chrom = ? AND last > ? ORDER BY first",
                (chrom, position),
            )
        ]

    def counts(self, chromosomes: Iterable[str]) -> tuple[int, int]:
        """Return how many transcripts there are, and how many lie on no chromosome of these."""
        with closing(self._connect()) as connection:
            found = dict(
                connection.execute("SELECT chrom, COUNT(*) FROM transcript GROUP BY chrom")
            )
        total = sum(found.values())
        return total, total - sum(found.get(chrom, 0) for chrom in chromosomes)

    def like(self, name: str, most: int = 3) -> list[str]:
        """Return gene symbols close to a name that is none."""
        from difflib import get_close_matches

        with closing(self._connect()) as connection:
            rows = connection.execute("SELECT DISTINCT gene_name FROM transcript").fetchall()
        names = {str(row[0]).upper(): str(row[0]) for row in rows}
        return [names[key] for key in get_close_matches(name.upper(), names, most, 0.75)]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._file.as_uri()}?mode=ro&immutable=1", uri=True)

    def _ask(self, query: str, values: tuple[object, ...]) -> list[Transcript]:
        with closing(self._connect()) as connection:
            rows = connection.execute(query, values).fetchall()
        return [_transcript(row[0]) for row in rows]


def _build(annotation: Annotation, target: Path) -> None:
    transcripts = [replace(t, chrom=canonical_contig(t.chrom)) for t in annotation]
    with (
        atomic_path(target) as temporary,
        closing(sqlite3.connect(temporary)) as connection,
        connection,
    ):
        connection.executescript(_TABLES)
        connection.executemany(
            "INSERT INTO transcript VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (number, t.gene_name, t.transcript, t.chrom, t.start, t.end, _fields(t))
                for number, t in enumerate(transcripts)
            ),
        )
        connection.executemany(
            "INSERT INTO name VALUES (?, ?, ?)",
            ((*name, n) for n, t in enumerate(transcripts) for name in _names(t)),
        )
        connection.executemany(
            "INSERT INTO note VALUES (?)", ((sentence,) for sentence in annotation.notes)
        )
        connection.executemany(
            "INSERT INTO contig VALUES (?)",
            ((name,) for name in sorted({t.chrom for t in annotation})),
        )
        connection.executescript(_INDICES)


def _names(t: Transcript) -> set[tuple[str, int]]:
    """What a transcript is found by, and whether it is written so."""
    exact = {(name, 1) for name in (t.gene_name, t.gene, t.transcript) if name}
    versioned = map(_VERSIONED.fullmatch, (t.gene, t.transcript))
    return exact | {(found[1], 0) for found in versioned if found}


def _fields(t: Transcript) -> str:
    return json.dumps([getattr(t, one.name) for one in fields(t)], default=sorted)


def _transcript(text: str) -> Transcript:
    values = dict(zip((one.name for one in fields(Transcript)), json.loads(text), strict=True))
    for key in ("exons", "cds"):
        values[key] = tuple(map(tuple, values[key]))
    return Transcript(**{**values, "tags": frozenset(values["tags"])})
