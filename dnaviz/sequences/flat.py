"""GenBank and EMBL entries: their names, bases and transcripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dnaviz.errors import InputError
from dnaviz.sequences.bases import MAX_NAME, shorten
from dnaviz.sequences.features import Feature

_KEYWORDS = (
    "LOCUS|DEFINITION|ACCESSION|VERSION|DBLINK|KEYWORDS|SOURCE|REFERENCE|COMMENT|PRIMARY|FEATURES|"
    "ORIGIN|CONTIG|BASE COUNT"
)
_FIRST = re.compile(
    rf"(?:{_KEYWORDS})(?=[ \t]|$)|(?:ID|DE|FT|FH|SQ|XX)(?: {{3}}|\t|$)", re.MULTILINE
)
_ANYWHERE = re.compile(r"^[ \t]*(?:LOCUS[ \t]|ORIGIN[ \t]*$|ID {3}\S|SQ {3}\S)", re.MULTILINE)
_MARK = re.compile(r"(LOCUS|DEFINITION|FEATURES|ORIGIN|CONTIG|ID|DE|FH|FT|SQ|//)(?:[ \t]+(.*))?$")
_FEATURE = re.compile(
    r"((?:\d+'|-\d+_)?[A-Za-z][\w'-]*)[ \t]+((?:[A-Za-z-]+\(|\(?[<>]?\d|[\w.]+:).*)$"
)
_QUALIFIER = re.compile(r"/([\w-]+)(?:=(.*))?$")
_LENGTH = re.compile(r"(?:^|[\s;])(\d+) (?:bp\b|BP\.)")
_BASES = re.compile(
    r"[ \t\d]*[ACGTUNRYSWKMBDHVacgtunryswkmbdhv][ACGTUNRYSWKMBDHVacgtunryswkmbdhv \t]{19,}[\d \t]*$"
)


@dataclass
class Entry:
    """One entry: what its lines say, and where its bases stand in the text."""

    line: int
    name: str = ""
    description: str = ""
    start: int | None = None  # offset of the first character behind ORIGIN or SQ
    body_line: int = 0
    is_rna: bool = False
    circular: bool = False
    length: int | None = None  # as its first line says
    end: int = 0
    features: list[Feature] = field(default_factory=list)


def is_flat(text: str) -> bool:
    """Whether a text is (part of) a GenBank or EMBL entry."""
    head = text.lstrip()
    if head.startswith(">"):
        return False
    return bool(_FIRST.match(head) or _ANYWHERE.search(text))


def flat_entries(text: str) -> Iterator[Entry]:
    """The entries of a text, one by one.

    Keywords count where they stand as far left as the entry's first one; the lines of a feature's
    quoted text are never keywords, headers or features.

    Raises
    ------
    InputError
        Where there are bases or headers outside the entries.
    """
    entry: Entry | None = None
    indent: int | None = None
    quoted = in_features = False
    offset = 0
    for number, raw in enumerate(_lines(text), start=1):
        here, offset = offset, offset + len(raw) + 1
        line = raw.strip()
        depth = len(raw) - len(raw.lstrip())
        mark, was_quoted = None, quoted
        if line and (indent is None or depth <= indent):
            mark = _MARK.match(line)
            if quoted and line not in ("ORIGIN", "//") and not line.startswith("FT "):
                mark = None
        if mark is None:
            if entry is None:
                _refuse_outside(raw, number)
            elif in_features and line:
                quoted = _read_feature(entry, line, number, quoted)
            continue
        keyword, rest = mark.group(1), (mark.group(2) or "").strip()
        quoted = False
        if keyword == "FT" and (entry is None or entry.start is None):
            entry = entry or Entry(number)
            indent = depth if indent is None else indent
            quoted = _read_feature(entry, rest, number, was_quoted)
            continue
        ends = keyword == "//" or (
            entry is not None
            and (entry.start is not None or (bool(entry.name) and keyword in ("LOCUS", "ID")))
        )
        if ends and entry is not None:
            entry.end = here
            yield entry
            entry, in_features = None, False
        if keyword == "//":
            continue
        indent = depth if indent is None or entry is None else indent
        entry = entry or Entry(number)
        in_features = keyword == "FEATURES"
        if keyword in ("LOCUS", "ID"):
            entry.name = (rest.replace(";", " ").split() or [""])[0][: MAX_NAME // 2]
            length = _LENGTH.search(rest)
            entry.length = int(length.group(1)) if length else None
            # What it is stands behind its name and, in GenBank, behind its length.
            if keyword == "LOCUS" and length:
                words = rest[length.end() :].split()
            else:
                words = rest.partition(";" if keyword == "ID" else " ")[2].replace(";", " ").split()
            entry.is_rna = any(word.endswith("RNA") for word in words)
            entry.circular = "circular" in map(str.lower, words)
        elif keyword in ("DEFINITION", "DE"):
            entry.description = entry.description or rest[: MAX_NAME // 2]
        elif keyword in ("ORIGIN", "SQ"):
            entry.start, entry.body_line = min(offset, len(text)), number + 1
    if entry is not None and (entry.start is not None or entry.name or entry.features):
        entry.end = len(text)
        yield entry


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _read_feature(entry: Entry, line: str, number: int, quoted: bool) -> bool:
    """Take one line of a feature table; return whether it leaves a quotation open."""
    features = entry.features
    if quoted:
        features[-1].extend(line)
    elif match := _QUALIFIER.match(line):
        if features:
            features[-1].qualify(match.group(1), match.group(2) or "")
    elif match := _FEATURE.match(line):
        features.append(Feature(match.group(1), match.group(2).strip(), number))
        return False
    elif features:
        features[-1].extend(line)
    return line.count('"') % 2 == 1 if not quoted else line.count('"') % 2 == 0


def _refuse_outside(raw: str, number: int) -> None:
    if raw.lstrip().startswith(">") or _BASES.match(raw):
        raise InputError(
            f"Line {number}: {shorten(raw.strip())} stands outside the GenBank or EMBL entry. "
            "Paste the entry alone, from LOCUS or ID to //."
        )
