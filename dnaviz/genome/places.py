"""Places of a genome as people write them: chr19:11,089,000-11,094,000:+, in any typography."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from dnaviz.genome.transcript_model import GenomicInterval

_DASH = "[-‐‑‒–—―−﹣－→]|\\.\\.\\.?"
# Thousands may be divided, all by the same mark.
_THOUSANDS = "|".join(f"(?:{mark}[0-9]{{3}})+" for mark in (",", r"\.", " ", "'", "’"))
_NUMBER = f"[0-9]{{1,15}}|[0-9]{{1,3}}(?:{_THOUSANDS})"
_STRAND = "[+]1?|[-−–‐‑—]1?|1"
# What follows a chromosome's name; between blanks, no blank divides thousands.
_WITH_MARKS = re.compile(
    rf"\s*[:：]\s*(?P<start>{_NUMBER})\s*(?:{_DASH})\s*(?P<end>{_NUMBER})"
    rf"(?:\s*[:,]?\s*\(?(?P<strand>{_STRAND})\)?)?"
)
_BETWEEN_BLANKS = re.compile(
    rf"\s+(?P<start>[0-9][0-9,]*)(?:\s+|\s*(?:{_DASH})\s*)(?P<end>[0-9][0-9,]*)"
    rf"(?:\s+(?P<strand>{_STRAND}))?"
)
_ENSEMBL = re.compile(
    r"[^:\s]+:[^:\s]+:(?P<chrom>\S+):(?P<start>[0-9]+):(?P<end>[0-9]+):(?P<strand>-?1)"
)


class Found(NamedTuple):
    """A place that a text names, and whether its chromosome is one of the genome's."""

    place: GenomicInterval
    is_known: bool


def plain_text(text: str) -> str:
    """Return a text on one line, without what cannot be seen."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(visible.split())


def parse_place(text: str, is_known: Callable[[str], bool]) -> Found | None:
    """Read a place of a genome.

    Parameters
    ----------
    text
        1-based, both ends included: ``chr19:1,000-2,000``, with a strand behind it as ``:+``,
        ``(-)`` or Ensembl's ``:-1`` (+ where none is given); ``chr19 1000 2000``, between blanks or
        tabs; ``chromosome:GRCh38:19:1000:2000:1``. Any dash will do.
    is_known
        Whether the genome has a chromosome of that name: names may hold colons and dashes, so that
        only this tells where one ends.

    Returns
    -------
    Found or None
        None where the text is no place. The chromosome is named as it was written.
    """
    text = plain_text(text)
    if match := _ENSEMBL.fullmatch(text):
        return Found(_place(match["chrom"], match), is_known(match["chrom"]))
    unknown = None
    # The longest name first: HLA-A*01:01:01 goes before HLA-A*01.
    for mark in reversed(list(re.finditer(r"[:：\s]", text))):
        chrom, rest = text[: mark.start()].rstrip(), text[mark.start() :]
        match = _WITH_MARKS.fullmatch(rest) or _BETWEEN_BLANKS.fullmatch(rest)
        if match is None or not chrom:
            continue
        if is_known(chrom):
            return Found(_place(chrom, match), True)
        unknown = unknown or Found(_place(chrom, match), False)
    return unknown


def _place(chrom: str, match: re.Match[str]) -> GenomicInterval:
    start, end = (int(re.sub(r"[^0-9]", "", match[key])) for key in ("start", "end"))
    strand = match["strand"] or "+"
    return GenomicInterval(chrom, start, end, "+" if strand.lstrip("+") in ("", "1") else "-")
