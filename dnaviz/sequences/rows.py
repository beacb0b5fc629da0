"""Rows of names and sequences: tables copied from a sheet, a document or a mail."""

from __future__ import annotations

import re
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences.bases import shorten
from dnaviz.sequences.characters import PRIMES
from dnaviz.sequences.layout import LONGEST_NAME, SHORTEST_BASES, Piece, as_header, is_word
from dnaviz.sequences.lines import Line, read_line, share_of

SHORTEST_CELL = 10
"""Fewest characters of a cell that may be a sequence."""

_CELL = {separator: re.compile(f"[^{separator}]+") for separator in ("\t", "|", ";", ",")}
_FIVE = re.compile(rf"(?<![\w{PRIMES}])5\s?[{PRIMES}]+(?![a-zA-Z])")
_HEAD = re.compile(r"seq|oligo|primer|name|^id$|5['\u2019\u2032]|exon|length", re.IGNORECASE)
_NAME_HEAD = re.compile(r"name|\bid\b|oligo$|primer$|gene|exon|label|sample", re.IGNORECASE)
_GIVEN = re.compile(r"\s*([^:=\s][^:=]*?)(?:[ \t]*[:=]|[ \t]+[-\u2013\u2014](?=[ \t]))[ \t]*(\S.*)")
_RULE = re.compile(r"[\s|:+=-]*")
_LABEL_END = " \t:=-\u2013\u2014>|"


class _Cell(NamedTuple):
    start: int
    text: str


def named_rows(lines: list[Line]) -> list[Piece] | None:
    """The records of lines that each hold a name and a sequence; None where they do not.

    Raises
    ------
    InputError
        Where some lines do and others do not, or two columns hold sequences.
    """
    filled = [line for line in lines if line.raw.strip() and not _RULE.fullmatch(line.raw)]
    for separator in _CELL:
        if sum(separator in line.raw for line in filled) >= max(1, len(filled) - 1):
            table = _table(filled, separator)
            if table is not None:
                return table
    return _labeled(filled)


def _table(lines: list[Line], separator: str) -> list[Piece] | None:
    rows = [_cells(line.raw, separator) for line in lines]
    sequences = [[i for i, cell in enumerate(row) if _is_sequence(cell)] for row in rows]
    named = [_has_name(row, own) for row, own in zip(rows, sequences, strict=True)]
    heads = 1 if not sequences[0] and any(_HEAD.search(c.text.strip()) for c in rows[0]) else 0
    if not any(named) and not (heads and any(sequences)):
        if separator == "\t":
            _refuse_side_by_side(lines, rows)
        return None
    if any(own and len(row) < 2 for row, own in zip(rows, sequences, strict=True)):
        return None
    name_column = None
    if heads:
        titles = [c.text.strip() for c in rows[0]]
        columns = [
            i for i, t in enumerate(titles) if _NAME_HEAD.search(t) and "seq" not in t.lower()
        ]
        name_column = columns[0] if columns else None
    found = []
    for line, row, own in list(zip(lines, rows, sequences, strict=True))[heads:]:
        if len(own) != 1:
            raise _wrong_row(line, "no sequence" if not own else "more than one sequence")
        others = [i for i, c in enumerate(row) if i != own[0] and c.text.strip(' \t"')]
        words = [i for i in others if re.search("[^\\W\\d]", row[i].text)]
        if not others and any(named):
            raise InputError(f"Line {line.number}: this row of the table has no name.")
        at = name_column if name_column in others else next(iter(words or others), None)
        name = "" if at is None else row[at].text.strip(' \t"')
        rest = " ".join(row[i].text.strip(' \t"') for i in others if i != at)
        found.append(_piece(line, [name, rest], row[own[0]]))
    return _told_apart(found)


def _wrong_row(line: Line, what: str) -> InputError:
    return InputError(
        f"Line {line.number}: this row of the table holds {what}. Keep the columns with the name "
        "and with one sequence."
    )


def _refuse_side_by_side(lines: list[Line], rows: list[list[_Cell]]) -> None:
    """Refuse sequences in cells beside each other: tabs divide one into blocks of 10 at most."""
    for line, row in zip(lines, rows, strict=True):
        long = [c for c in row if len(read_line(0, c.text).bases) >= SHORTEST_BASES]
        if sum(map(_is_sequence, long)) > 1:
            raise _wrong_row(line, "more than one sequence")


def _cells(raw: str, separator: str) -> list[_Cell]:
    """The cells of a row, empty ones too, so that columns keep their numbers."""
    cells, start = [], 0
    for text in raw.split(separator):
        cells.append(_Cell(start, text))
        start += len(text) + 1
    return cells


def _is_sequence(cell: _Cell) -> bool:
    line = read_line(0, cell.text)
    return (
        len(line.bases) >= SHORTEST_CELL
        and share_of("ACGTUNRYSWKMBDHV", line.bases) >= 0.8
        and share_of("ACGTUN-", line.bases) >= 0.6
    )


def _has_name(row: list[_Cell], sequences: list[int]) -> bool:
    """Whether a row has a sequence and, in a cell of its own, a word."""
    if not sequences:
        return False
    words = [c.text for i, c in enumerate(row) if i not in sequences]
    words = [w for w in words if re.search("[^\\W\\d]", w)]
    if any(not read_line(0, word).is_pure for word in words):
        return True
    # A word of nucleotide codes alone: a name where it is short and one sequence stands beside it.
    return len(words) == 1 and len(sequences) == 1 and len(words[0].strip()) <= LONGEST_NAME


def _labeled(lines: list[Line]) -> list[Piece] | None:
    """The records of lines that begin with a name, blanks between it and the bases."""
    rows = [_label(line) for line in lines]
    if not any(rows):
        return None
    first = lines[0].raw
    if rows[0] is None and len(lines) > 1 and len(_HEAD.findall(first)) > 1:
        lines, rows = lines[1:], rows[1:]
    for line, row in zip(lines, rows, strict=True):
        if row is None:
            named = next(x for x, y in zip(lines, rows, strict=True) if y)
            raise InputError(
                f"Line {line.number} has no name before its bases, as line {named.number} has. "
                'Write each sequence below a line ">name".'
            )
    return _told_apart([row for row in rows if row])


def _label(line: Line) -> Piece | None:
    """The name and the bases of one line, if it has both."""
    raw = line.raw
    if (five := _FIVE.search(raw)) and raw[: five.start()].strip(_LABEL_END):
        cell = _Cell(five.start(), raw[five.start() :])
        return _piece(line, [raw[: five.start()]], cell) if _is_sequence(cell) else None
    given = _GIVEN.match(raw)
    if given and read_line(0, given.group(2)).is_pure:
        name, mark = given.group(1), raw[given.end(1) : given.start(2)]
        cell = _Cell(given.start(2), given.group(2))
        coded = share_of("ACGTU", name) > 0.8
        if mark.strip() in (":", "=") or not coded:
            if not _is_sequence(cell):
                return None
            if coded and (len(name) >= SHORTEST_CELL or mark == mark.rstrip()):
                raise InputError(
                    f'Line {line.number}: what stands before "{mark.strip()}" may be a name or '
                    'bases. Write a name on a line ">name" of its own, or delete the '
                    f'"{mark.strip()}" if it marks a border.'
                )
            return _piece(line, [name], cell)
    words = [_Cell(m.start(), m.group()) for m in re.finditer(r"\S+", line.text)]
    pure = [read_line(0, word.text).is_pure for word in words]
    if not words or not pure[-1]:
        return None
    at = max((i for i, yes in enumerate(pure) if not yes), default=-1) + 1
    bases = words[at:]
    total = sum(len(word.text) for word in bases)
    if at == 0:
        word, bases = words[0].text, words[1:]
        total -= len(word)
        behind = "".join(b.text for b in bases)
        coded = share_of("ACGTU", word) <= 0.8 and share_of("RYSWKMBDHV", behind) < 0.05
        if len(word) > LONGEST_NAME or total < SHORTEST_BASES:
            return None
        if not coded:
            if len(word) < SHORTEST_CELL and all(len(b.text) >= SHORTEST_BASES for b in bases):
                raise InputError(
                    f"Line {line.number}: {shorten(word)} may be a name or bases. Write "
                    f'">{word}" on a line above the bases, or remove the blank behind it.'
                )
            return None
    else:
        label = raw[: bases[0].start]
        if total < SHORTEST_BASES or not is_word(label):
            return None
    sizes = [len(b.text) for b in bases]
    if set(sizes[:-1]) - {sizes[0]} or sizes[-1] > sizes[0]:
        raise InputError(
            f"Line {line.number}: it is not clear where the name ends and the bases begin. Write "
            '">name" on a line of its own above the bases.'
        )
    start = bases[0].start
    return _piece(line, [raw[:start]], _Cell(start, line.text[start:]))


def _piece(line: Line, words: list[str], cell: _Cell) -> Piece:
    """A record of a row; its bases keep their columns."""
    own = read_line(line.number, cell.text)
    body = line._replace(text=" " * cell.start + own.text, bases=own.bases)
    return Piece(as_header(words), [body], line.number)


def _told_apart(pieces: list[Piece]) -> list[Piece]:
    """Refuse one name twice: pieces of a sequence, as alignments print them, or two sequences."""
    seen: dict[str, int] = {}
    for piece in pieces:
        name = piece.header.split(" ", 1)[0]
        if name and name in seen:
            raise InputError(
                f"Lines {seen[name]} and {piece.line} are both called {shorten(name)}. Give every "
                "sequence a name of its own, and put the pieces of one sequence on one line."
            )
        seen[name] = piece.line
    return pieces
