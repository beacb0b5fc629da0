"""One line of pasted text: its bases, and what a layout puts beside them."""

from __future__ import annotations

import re
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences.bases import CODES
from dnaviz.sequences.characters import DASHES, PRIMES

_CODES = re.compile(f"[{CODES}]+")
_NUMBER = re.compile(r"\d[\d,.]*")
_LEAD = re.compile(r"\s*(\d[\d,.]*)[:.)]?(?=\s|\Z)")
_FIVE = re.compile(
    rf"\s*[(\[]?5\s?[{PRIMES}]+[)\]]?(?:\s*[{DASHES}>\u2192]+\s*[(\[]?3\s?[{PRIMES}]+[)\]]?:?)?"
    rf"[{DASHES}\s]*"
)
_THREE = re.compile(rf"[(\[]?3\s?[{PRIMES}]+[)\]]?[.,;]?\Z")
_BACKWARDS = re.compile(
    rf"\s*[(\[]?3\s?[{PRIMES}]+(?:.*5\s?[{PRIMES}]+\W*\Z|[)\]]?\s*[{DASHES}>\u2192]+\s*[(\[]?5\s?[{PRIMES}])"
)
_RULER = re.compile(r"[\s\d.,|:+*]*|\s*[-=_*#\u2013\u2014]{3,}\s*")
_WORD = re.compile(r"(?<!\S)(?:and|vs|strand|start|mutant)(?!\S)", re.IGNORECASE)
"""Words that people write beside bases and whose letters all are nucleotide codes."""

_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb'


class Line(NamedTuple):
    """A line of text.

    Attributes
    ----------
    number : int
        1-based, in the whole text.
    raw : str
    text : str
        As long as `raw`, with blanks for position numbers and the marks of the ends.
    bases : str
        `text` without blanks; may hold what is no nucleotide code.
    first, last : int or None
        The numbers before and behind the bases.
    opens, closes : bool
        Whether it has the marks 5' and 3'.
    """

    number: int
    raw: str
    text: str
    bases: str
    first: int | None = None
    last: int | None = None
    opens: bool = False
    closes: bool = False

    @property
    def is_pure(self) -> bool:
        """Whether it holds nucleotide codes and nothing else."""
        return bool(_CODES.fullmatch(self.bases))

    @property
    def is_blocked(self) -> bool:
        """Whether it is set in blocks of ten, as flat files and many pages print bases."""
        blocks = self.text.split()
        return len(blocks) > 1 and all(len(b) == 10 for b in blocks[:-1]) and len(blocks[-1]) <= 10


def read_line(number: int, raw: str) -> Line:
    """Tell the bases of a line from the numbers and end marks beside them.

    Raises
    ------
    InputError
        Where a sequence is written from its 3' to its 5' end.
    """
    packed = "".join(raw.split())
    if packed.isalpha() or not packed:
        return Line(number, raw, raw, packed)
    if packed == "//":  # the end of an entry, copied with its bases
        return Line(number, raw, " " * len(raw), "")
    if _BACKWARDS.match(raw):
        raise InputError(
            f"Line {number}: this sequence is written from 3' to 5'; write it from 5' to 3', or "
            "delete it if it is the other strand of the one above."
        )
    text = _unquoted(raw)
    if _RULER.fullmatch(text) and not _NUMBER.fullmatch(text.strip(" \t:.,")):
        return Line(number, raw, " " * len(raw), "")  # a ruler above the bases, or between records
    first = last = None
    opens = closes = False
    if lead := _LEAD.match(text):
        first = _value(lead.group(1))
        text = " " * lead.end() + text[lead.end() :]
    if five := _FIVE.match(text):
        opens = True
        text = " " * five.end() + text[five.end() :]
    body = text.rstrip()
    if (words := body.split()) and len(words) > 1 and _NUMBER.fullmatch(words[-1]):
        last = _value(words[-1])
        body = body[: -len(words[-1])].rstrip()
    if three := _THREE.search(body[-12:]):
        closes = True
        body = body[: len(body) - len(three.group())].rstrip(DASHES + " \t")
    text = body + " " * (len(raw) - len(body))
    return Line(number, raw, text, "".join(text.split()), first, last, opens, closes)


def share_of(letters: str, text: str) -> float:
    """The share of a text's visible characters that are among `letters`, in either case."""
    packed = "".join(text.split()).upper()
    return sum(map(packed.count, letters)) / len(packed) if packed else 0.0


def _unquoted(raw: str) -> str:
    """The line with blanks for quotation marks around it."""
    body = raw.strip()
    if len(body) > 1 and body[0] in _QUOTES and body[-1] in _QUOTES:
        start = raw.index(body)
        return " " * (start + 1) + body[1:-1] + " " * (len(raw) - start - len(body) + 1)
    return raw


def _value(digits: str) -> int:
    return int(re.sub(r"\D", "", digits)[:15])


def check_words(line: Line) -> None:
    """Refuse a word of nucleotide codes that stands among bases which have no such codes."""
    match = _WORD.search(line.text)
    if match is None:
        return
    rest = _WORD.sub("", line.text)
    if rest.strip() and share_of("RYSWKMBDHV", rest) < 0.05:
        raise InputError(
            f'Line {line.number}: "{match.group()}" would be read as bases. Delete it, and write '
            '">name" on a line above each of several sequences.'
        )
