"""What mails, documents and web pages put around a text: quoting, fences, quotation marks."""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\n]+")
_QUOTED = re.compile(r"[ \t]*>[ \t>]")
_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$", re.MULTILINE)
_MARKS = '"\u201c\u201d\u201e\u201f\u00ab\u00bb'
_DEEPEST = 5


def unquoted(text: str) -> str:
    """A text without the quoting of mails (a ">" before each line), fences and quotation marks.

    Lines keep their numbers.
    """
    text = _FENCE.sub("", text) if "```" in text or "~~~" in text else text
    for _ in range(_DEEPEST):
        if not _is_quoted(text):
            break
        text = _QUOTE.sub("", text)
    body = text.strip()
    inner = body[1:-1]
    if len(body) > 1 and body[0] in _MARKS and body[-1] in _MARKS and not set(inner) & set(_MARKS):
        start = text.index(body)
        text = text[:start] + " " + inner + text[start + len(body) :]
    return text


def _is_quoted(text: str) -> bool:
    """Whether every line begins with ">", as no FASTA file's do: nothing would be bases."""
    first = _LINE.search(text.lstrip())
    if first is None or not _QUOTED.match(first.group()):
        return False
    return all(m.group().lstrip()[:1] in ("", ">") for m in _LINE.finditer(text))
