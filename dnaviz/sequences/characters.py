"""Characters of pasted text that cannot be seen, and the words for those that are no bases."""

from __future__ import annotations

import re
import unicodedata

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
PRIMES = "'\u2018\u2019\u201b\u2032\u2035\u00b4`\u02b9\u02bc\u02c8\uff07"
GAPS = DASHES + ".~"

# Seen by nobody and harmless: byte order marks, zero-width blanks and joiners, soft hyphens,
# marks of direction as word processors and web pages leave them.
_UNSEEN = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u180e"
_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
_BLANKS = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_UNSEEN, None),
        **dict.fromkeys(_LINE_ENDS, "\n"),
        **dict.fromkeys(_BLANKS, " "),
    }
)
_UNPLAIN = re.compile(f"[{_UNSEEN}{_LINE_ENDS}{_BLANKS}]")


def plain_text(text: str) -> str:
    """Text with plain blanks and line ends, without characters that nobody sees.

    Lines keep their numbers. Columns count what can be seen.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _UNPLAIN.search(text):
        return text
    return text.translate(_PLAIN)


def describe_invalid_character(character: str) -> str:
    """What is wrong with a character among bases, in words."""
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    if not character.isprintable() or character.isspace():
        shown = f"the character {code}" + (f" ({name})" if name else "")
        return f"{shown} is not a nucleotide code"
    if character == ".":
        return '"." is a gap or stands for bases that are left out, not a nucleotide code'
    if character in GAPS:
        return f'"{character}" is a gap, not a nucleotide code'
    if character == "\u2026":
        return '"…" stands for bases that are left out; paste the whole sequence'
    if character.isascii() and character.isdigit():
        return f'"{character}" is not a nucleotide code; position numbers may end or begin a line'
    if character.isascii():
        return f'"{character}" is not a nucleotide code'
    # A Cyrillic or Greek capital looks like the base it is not.
    return f'"{character}" ({code}) is not a nucleotide code but {name.lower() or "a symbol"}'
