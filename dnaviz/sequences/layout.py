"""Which lines of a text without (or below one) header line are one sequence, and which are names.

A name must never be read as bases, and two sequences never as one. What a text is, its lines tell:
bases that were wrapped fill every line but the last; a name is short, above or before bases, and
mostly has letters other than A, C, G and T. Where the lines do not tell, the text is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences.bases import CODES, shorten
from dnaviz.sequences.lines import Line, check_words, read_line, share_of

LONGEST_NAME = 12
"""Most letters that a word of nucleotide codes may have to be taken for a name."""

MAX_HEADING = 40
"""Most characters of a line of words that becomes a name; of a longer one, the first word does."""

SHORTEST_BASES = 15
"""Fewest bases below or behind a name that are taken for a sequence."""

PRIMER = range(15, 36)
"""Bases in a line of a list of primers; nobody wraps sequences so narrowly."""

WRAPPED = 40
"""Narrowest lines in which a wrapped sequence that was edited is recognized."""

WIDEST = 130
"""Bases in the widest lines that programs wrap sequences to, but for a few."""

USUAL_WIDTHS = {*range(40, WIDEST + 1, 5), 48, 54, 63, 64, 66, 72, 76, 78}
"""Bases in the lines that programs wrap sequences to."""

ALIKE = 15
"""Bases at either end by which two sequences are variants of one another."""


_RUN = re.compile(f"[{CODES}]{{{SHORTEST_BASES},}}")
_CODED = re.compile("[RYSWKMBDHV]", re.IGNORECASE)
_OPPOSITE = str.maketrans("ACGTU", "TGCAA")


class Piece(NamedTuple):
    """The lines of one record below its header or name; `line` is where it begins."""

    header: str
    lines: list[Line]
    line: int


def headless_records(
    lines: list[Line], check: Callable[[list[Line], int], None] = lambda lines, number: None
) -> list[Piece]:
    """The records of a text without header lines: bare bases, or names above bases.

    Parameters
    ----------
    lines
        Of the whole text; those with something other than nucleotide codes may be names.
    check
        Is given the lines of bases below a name, and which record they are.

    Raises
    ------
    InputError
        Where it is not clear what is a name, or where one sequence ends.
    """
    filled = [line for line in lines if line.bases]
    names = {line.number for line in _names(filled)}
    if not names or not any(line.is_pure for line in filled):
        check(lines, 1)
        return [Piece("", part, part[0].number) for part in sequences_in(lines, named=False)]
    if filled[0].number not in names:
        first = next(line for line in filled if line.number in names)
        raise InputError(stray(first))
    records: list[Piece] = []
    header: list[Line] = []
    body: list[Line] = []
    for line in [*lines, None]:
        if line is None or (line.number in names and body):
            if not any(x.bases for x in body):
                raise InputError(stray(header[-1]))
            check(body, len(records) + 1)
            if len(sequences_in(body, named=False)) > 1:
                raise InputError(_unclear(body, "several 5' ends stand below one name"))
            records.append(Piece(as_header([h.raw for h in header]), body, header[0].number))
            header, body = [], []
        if line is not None and line.number in names:
            header.append(line)
        elif line is not None and (body or line.bases):
            body.append(line)
    return records


def as_header(words: Iterable[str]) -> str:
    """The header that words above or beside bases make: a short name stays whole."""
    parts = [word.strip(' \t#*:=->|"').strip() for word in words]
    name, *rest = [part for part in parts if part] or [""]
    if len(name) <= MAX_HEADING:
        name = "_".join(name.split())
    return " ".join([name, *rest])


def sequences_in(lines: list[Line], *, named: bool) -> list[list[Line]]:
    """The lines of each sequence among lines of bases.

    Parameters
    ----------
    named
        Whether a header line above says that this is one sequence: its lines may then be of any
        length, and there is just one.

    Raises
    ------
    InputError
        Where the lines do not tell whether this is one sequence.
    """
    filled = [line for line in lines if line.bases]
    for line in filled:
        check_words(line)
        if not named:
            _check_pair(line)
    if len(filled) < 2:
        return [filled] if filled else []
    opened = [i for i, line in enumerate(filled) if line.opens]
    if len(opened) > 1 or any(line.closes for line in filled[:-1]):
        return _by_ends(filled, opened, named)
    if named:
        for line in _names(filled):
            raise InputError(stray(line))
    if all(line.raw.lstrip().startswith("-") for line in filled):
        raise InputError(_unclear(filled, "each line begins with a dash", named))
    _check_strands(filled)
    _check_first(filled)
    _check_last(filled)
    if _are_numbered(filled):
        return [filled]
    if not named:
        _check_alike(filled)
        _check_lengths(filled)
    _check_paragraphs(lines, filled, named)
    return [filled]


def _check_pair(line: Line) -> None:
    """Refuse two words as long as primers; of another case or another length they are parts."""
    words = line.text.split()
    one_case = line.bases.isupper() or line.bases.islower()
    pair = len(words) == 2 and one_case and all(len(word) in PRIMER for word in words)
    if pair and line.first is None and line.last is None and not line.opens:
        raise InputError(
            f"Line {line.number} may be one sequence or two: words this short are usual for "
            'primers. Write a line ">name" above each; remove the blank if it is one.'
        )


def _names(filled: list[Line]) -> Iterator[Line]:
    """The lines that are words above bases, not bases."""
    others = [line for line in filled if len(line.bases) > LONGEST_NAME]
    plain = not others or share_of("RYSWKMBDHV", "".join(x.bases for x in others[:50])) < 0.05
    for i, line in enumerate(filled):
        if not line.is_pure:
            following = next((x for x in filled[i + 1 :] if x.is_pure), None)
            if is_word(line.raw) or (following is not None and _is_marked(line, following)):
                yield line
        elif plain and len(line.bases) <= LONGEST_NAME:
            following = next((x for x in filled[i + 1 :] if x.is_pure), None)
            coded = share_of("ACGTU", line.bases) <= 0.8
            if following is not None and coded and _is_longer(following, line):
                yield line


def _is_marked(line: Line, following: Line) -> bool:
    """Whether a line is a word of nucleotide codes with marks around it: "WT:", "(MUT)"."""
    word = read_line(0, line.raw.strip(" \t:=()[]{}*#\u2022"))
    named = line.raw.rstrip().endswith(":") or share_of("ACGTU", word.bases) <= 0.8
    return (
        word.is_pure and named and len(word.bases) <= LONGEST_NAME and _is_longer(following, word)
    )


def is_word(text: str) -> bool:
    """Whether a text with other characters than nucleotide codes is a name, not bases."""
    letters = "".join(filter(str.isalpha, text))
    if _RUN.search(text):
        return False
    if letters and text.lstrip().startswith("#"):
        return True
    strange = sum(c.isalnum() and c.upper() not in CODES for c in text)
    if not letters or not strange:
        return False
    is_long = len(letters) > 2 * LONGEST_NAME
    return (
        share_of("ACGTU", letters) < 0.7
        and share_of("-.~[]()/", text) < 0.3
        and (not is_long or strange >= 0.1 * len(letters))
    )


def _is_longer(line: Line, name: Line) -> bool:
    return len(line.bases) >= SHORTEST_BASES and 2 * len(line.bases) > 3 * len(name.bases)


def _by_ends(filled: list[Line], opened: list[int], named: bool) -> list[list[Line]]:
    """Sequences that each begin with 5' and end with 3'."""
    ends = [i for i, line in enumerate(filled) if line.closes]
    starts = opened or [0]
    parts = [filled[i:j] for i, j in pairwise([*starts, len(filled)])]
    if starts[0] != 0 or (ends and ends != [*(i - 1 for i in starts[1:]), len(filled) - 1]):
        raise InputError(_unclear(filled, "not every sequence has both its 5' and its 3' mark"))
    if named:
        raise InputError(_unclear(filled, "several 5' ends stand below one name"))
    return parts


def _are_numbered(filled: list[Line]) -> bool:
    """Whether position numbers show that the lines are one sequence.

    Raises
    ------
    InputError
        Where the numbers do not count the bases: a list, or a line is missing.
    """
    steps, way = 0, 0
    for i, (one, two) in enumerate(pairwise(filled)):
        for a, b, size in (
            (one.first, two.first, len(one.bases)),
            (one.last, two.last, len(two.bases)),
        ):
            if a is None or b is None:
                continue
            step, before = abs(b - a), way
            way = 1 if b > a else -1
            # The number behind a short last line may be that of a full one.
            is_last = i == len(filled) - 2 and a == one.last
            fits = 2 * step >= size and (2 * step <= 3 * size or is_last)
            if fits and before in (0, way):
                steps += 1
            elif step == 1 or b <= 1 or fits:
                raise InputError(_unclear(filled, "its numbers do not count bases"))
            else:
                raise InputError(
                    f"Line {two.number}: its number {b:,} does not follow from {a:,} in line "
                    f"{one.number}; is a line missing? Paste all lines, or leave the numbers out."
                )
    return steps >= len(filled) - 1


def is_other_strand(one: str, two: str) -> bool:
    """Whether the bases of a line are those opposite another's, in either direction."""
    if not len(one) == len(two) >= ALIKE or _is_repeat(one.upper()):
        return False
    opposite = one.upper().translate(_OPPOSITE)
    return two.upper() in (opposite, opposite[::-1])


def _check_strands(filled: list[Line]) -> None:
    """Refuse both strands of a sequence, one below the other."""
    for one, two in pairwise(filled):
        if is_other_strand(one.bases, two.bases):
            raise InputError(
                f"Line {two.number}: this is the other strand of line {one.number}. Paste one "
                "strand, from 5' to 3'."
            )


def _is_repeat(piece: str) -> bool:
    """Whether bases have few different codons: a repeat is like itself everywhere."""
    return len({piece[i : i + 3] for i in range(len(piece) - 2)}) < 8


def _check_first(filled: list[Line]) -> None:
    """Refuse a short first line, which may be a name; a wrapped sequence has none."""
    first, second = filled[0], filled[1]
    if len(first.bases) <= LONGEST_NAME and _is_longer(second, first):
        name = first.raw.strip()
        raise InputError(
            f"Line {first.number}: {shorten(name)} may be a name or bases. Write "
            f"{shorten('>' + name)} if it is the name of what follows, or join it to line "
            f"{second.number} if it is part of the sequence."
        )


def _check_last(filled: list[Line]) -> None:
    """Refuse a word below bases: "thanks" is of nucleotide codes, as no other line is."""
    *others, last = filled
    if is_coded(last.bases) and not any(map(has_codes, (line.bases for line in others))):
        raise InputError(stray(last))


def is_coded(bases: str) -> bool:
    """Whether a short line has more ambiguity codes than bases have."""
    return len(bases) <= 2 * LONGEST_NAME and share_of("ACGTUN", bases) <= 0.8


def has_codes(bases: str) -> bool:
    """Whether bases have an ambiguity code other than N."""
    return bool(_CODED.search(bases))


def _check_alike(filled: list[Line]) -> None:
    """Refuse lines that are variants of the first one, not its continuation."""
    first = filled[0].bases.upper()
    if len(first) < 2 * ALIKE:
        return
    for ends in (slice(0, ALIKE), slice(-ALIKE, None)):
        piece = first[ends]
        if _is_repeat(piece):
            continue
        for line in filled[1:]:
            if line.bases.upper()[ends] == piece:
                where = f"lines {filled[0].number} and {line.number}"
                raise InputError(_unclear(filled, f"{where} begin or end alike"))


def _check_lengths(filled: list[Line]) -> None:
    """Refuse lines that no wrapping makes."""
    sizes = [len(line.bases) for line in filled]
    widths = [len(line.raw.strip()) for line in filled]
    blocked = all(line.is_blocked for line in filled[:-1])
    for lengths in (sizes, widths):
        if set(lengths[:-1]) == {lengths[0]} and lengths[-1] <= lengths[0]:
            if not blocked and all(size in PRIMER for size in sizes):
                raise InputError(_unclear(filled, "lines this short are usual for primers"))
            if sizes[0] > WIDEST and (len(sizes) < 3 or sizes[-1] == sizes[0]):
                raise InputError(_unclear(filled, "nobody wraps sequences so widely"))
            marked = blocked or filled[0].opens
            if not marked and sizes[-1] == sizes[0] and sizes[0] not in USUAL_WIDTHS:
                why = f"no program wraps sequences to {sizes[0]} bases a line"
                raise InputError(_unclear(filled, why))
            return
    inner = sorted(sizes[:-1])
    usual = max(set(inner), key=inner.count)
    edited = (
        len(inner) > 1
        and usual >= WRAPPED
        and 2 * inner.count(usual) >= len(inner)
        and 2 * inner[0] >= usual
        and 2 * max(sizes) <= 3 * usual
    )
    middle = inner[len(inner) // 2]
    as_printed = (  # in a font whose letters differ in width
        len(inner) > 2
        and WRAPPED <= middle <= 130
        and 0.9 * middle <= inner[0]
        and inner[-1] <= 1.1 * middle
        and sizes[-1] < 0.9 * inner[0]
    )
    if not (edited or as_printed):
        one, two = next((a, b) for a, b in pairwise(filled) if len(a.bases) != len(b.bases))
        raise InputError(
            _unclear(
                filled,
                f"line {one.number} has {len(one.bases):,} bases, line {two.number} "
                f"{len(two.bases):,}",
            )
        )


def _check_paragraphs(lines: list[Line], filled: list[Line], named: bool) -> None:
    """Refuse a blank line where a sequence may have ended."""
    starts = {two.number for one, two in pairwise(filled) if two.number > one.number + 1}
    gaps = {line.number for line in lines if not line.raw.strip()}
    starts = {n for n in starts if n - 1 in gaps}
    if not starts:
        return
    sizes = [len(line.bases) for line in filled]
    wrapped = set(sizes[:-1]) == {sizes[0]} and sizes[-1] <= sizes[0]
    begins = [i for i, line in enumerate(filled) if i == 0 or line.number in starts]
    counts = [b - a for a, b in pairwise([*begins, len(filled)])]  # lines of each paragraph
    regular = set(counts[:-1]) == {counts[0]} and counts[-1] <= counts[0]
    blocked = counts[0] == 1 and all(line.is_blocked for line in filled[:-1])
    spaced = len(counts) > 2 and sizes[-1] < sizes[0]
    if not (wrapped and regular and (blocked or spaced)):
        raise InputError(_unclear(filled, f"a blank line stands above line {min(starts)}", named))


def _unclear(filled: list[Line], why: str, named: bool = False) -> str:
    first, last = filled[0].number, filled[-1].number
    one = "remove the blank lines if it is one" if named else "one such line above all if it is one"
    return (
        f"Lines {first:,} to {last:,} may be one sequence or several: {why}. Write a line "
        f'">name" above each sequence; {one}.'
    )


def stray(line: Line) -> str:
    """What to say of a line that is not bases."""
    text = line.raw.strip()
    column = line.raw.index(text) + 1
    return (
        f"Line {line.number}, column {column}: {shorten(text)} is not bases. Write "
        f"{shorten('>' + text)} if it names the bases below it; else delete it."
    )
