"""The parts of edits in HGVS, VCF and old intron notation: what each counts in, and where."""

from __future__ import annotations

import re
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.spelling import rolled
from dnaviz.splicing.transcripts import TranscriptMap, read_position

COUNTED = re.compile(r"(?:(?P<on>[^:\s]+):)?(?P<kind>[cngmrp])\.(?P<rest>.+)", re.IGNORECASE)
INTRON = re.compile(
    r"(?:(?P<on>[^:\s]+):)?(?:c\.)?IVS[-_]?(?P<number>\d{1,3}|[IVX]{1,6})(?P<between>-)?(?P<rest>[-+]?\d.*)",
    re.IGNORECASE,
)
PLACE = re.compile(
    r"(?P<chrom>[^:\s]+?)[:-](?P<position>\d{1,10})"
    r"(?:[:-]?(?P<ref>[A-Z]+)(?:>|[:/-])(?P<alt>[A-Z]+)|(?P<verb>(?:_\d+)?(?:del|ins|dup|inv).*))",
    re.IGNORECASE,
)
SPAN = re.compile(
    r"(?P<first>[-*]?\d{1,9}(?:[-+]\d{1,9})?)(?:_(?P<last>[-*]?\d{1,9}(?:[-+]\d{1,9})?))?"
    r"(?P<change>[A-Za-z=].*|)"
)
INTRON_SPAN = re.compile(
    r"(?P<first>[-+]?\d{1,7})"
    r"(?:_(?:IVS[-_]?(?:\d{1,3}|[IVX]{1,6}))?(?P<last>[-+]?\d{1,7}))?(?P<change>[A-Za-z].*)",
    re.IGNORECASE,
)
_ROMAN = {"I": 1, "V": 5, "X": 10}


class Counted(NamedTuple):
    """What an edit counts in.

    Attributes
    ----------
    kind : "transcript", "genome" or "record"
    names : tuple of str
        Of the transcript or gene, or of the chromosome; empty where none is named.
    positions : tuple of int
        Coordinates of a genome, 1-based; empty for others.
    """

    kind: str
    names: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()


def counted_in(word: str) -> Counted:
    """Return what an edit counts in, by its form alone.

    Raises
    ------
    InputError
        As `refuse_foreign`.
    """
    refuse_foreign(word)
    if match := INTRON.fullmatch(word):
        return Counted("transcript", _names(match["on"]))
    if match := COUNTED.fullmatch(word):
        if match["kind"].lower() in "cn":
            return Counted("transcript", _names(match["on"]))
        span = re.match(r"(\d{1,10})(?:_(\d{1,10}))?", match["rest"])
        ends = tuple(int(end) for end in span.groups() if end) if span else ()
        names = (match["on"],) if match["on"] else ()
        return Counted("genome", names, ends) if ends else Counted("record")
    if match := PLACE.fullmatch(word):
        first = int(match["position"])
        if match["ref"]:
            return Counted("genome", (match["chrom"],), _span(first, match["ref"], match["alt"]))
        verb = re.match(r"_(\d{1,10})", match["verb"])
        return Counted("genome", (match["chrom"],), (first, int(verb[1]) if verb else first))
    return Counted("record")


def _span(first: int, ref: str, alt: str) -> tuple[int, int]:
    """Return the first and last base that alleles change; of an insertion the one before it."""
    position, gone, put = rolled(Variant(first, ref.upper(), alt.upper()), "")
    if not gone:
        position = position - 1 if put and position > first else first
    return position, position + max(len(gone) - 1, 0)


def positions_in(word: str, structure: TranscriptModel) -> list[int]:
    """Return the record's positions that an edit of a transcript may mean, whatever stands there.

    Raises
    ------
    InputError
        If the transcript has no such position.
    """
    numbers = TranscriptMap(structure)
    if match := INTRON.fullmatch(word):
        text = match["number"].upper()
        number = int(text) if text.isdecimal() else roman_number(text)
        span = INTRON_SPAN.fullmatch((match["between"] or "") + match["rest"])
        offsets = [int(span[end]) for end in ("first", "last") if span[end]] if span else []
        signs = (1, -1) if offsets and offsets[0] < 0 else (1,)
        positions, refused = [], None
        for offset in (sign * offset for offset in offsets for sign in signs):
            try:
                positions.append(numbers.intron(number, offset))
            except InputError as error:
                refused = error
        if refused is not None and not positions:
            raise refused
        return positions
    counted = COUNTED.fullmatch(word)
    span = SPAN.fullmatch(counted["rest"]) if counted else None
    if counted is None or span is None:
        return []
    kind = counted["kind"].lower()
    return [
        numbers.record(read_position(span[end], kind)) for end in ("first", "last") if span[end]
    ]


def refuse_foreign(word: str) -> None:
    """Refuse what no record can place: names in databases, changes of proteins and of RNA.

    Raises
    ------
    InputError
        Saying what to write.
    """
    if re.fullmatch(r"rs\d+", word, re.IGNORECASE):
        raise InputError(
            f"{shorten(word)} is a name in a database, and nothing is looked up online: write "
            "the change itself, as c.313+1G>A or 57A>G."
        )
    match = None if INTRON.fullmatch(word) else COUNTED.fullmatch(word)
    kind = match["kind"].lower() if match else ""
    if kind == "p":
        raise InputError(
            f"{shorten(word)} is a change of a protein, which several changes of DNA can "
            "make: write the change of the DNA, as c.313+1G>A."
        )
    if kind in ("m", "r"):
        what = "the mitochondria's genome" if kind == "m" else "RNA"
        raise InputError(
            f"{shorten(word)} counts in {what}: write it as c., n. or g., or in positions "
            "of this sequence (57A>G)."
        )


def _names(on: str | None) -> tuple[str, ...]:
    """Return the names of ``NM_000527.5(LDLR)``, one by one."""
    return tuple(part for part in re.split(r"[()]", on or "") if part)


def bare_name(name: str) -> str:
    """Return a name in capitals without its version."""
    return name.upper().partition(".")[0]


def roman_number(text: str) -> int:
    values = [_ROMAN[letter] for letter in text]
    return sum(
        -value if value < max(values[i:], default=0) else value for i, value in enumerate(values)
    )
