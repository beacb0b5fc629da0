"""Edits of a sequence as people write them: ``57A>G``, ``60del``, ``60_64del``, ``60_61insTTG``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences import IUPAC, Sequence, as_sequence, shorten

MOST = 1_000
MAX_TEXT = 200_000  # characters of all edits together

_EDIT = re.compile(
    r"(?P<start>\d{1,9})(?:_(?P<end>\d{1,9}))?"
    r"(?:(?P<ref>[A-Za-z]+)>(?P<alt>[A-Za-z]+)|del(?P<replaced>[A-Za-z]*?)ins(?P<by>[A-Za-z]+)"
    r"|del(?P<deleted>[A-Za-z]*)|ins(?P<inserted>[A-Za-z]+)|dup(?P<twice>[A-Za-z]*))"
)
_PREFIX = re.compile(r"^[cgn]\.(?=\d)")


class Variant(NamedTuple):
    """One edit: the bases `ref` at the 1-based `position` become `alt`.

    An insertion has an empty `ref` and stands before `position`; a deletion has an empty `alt`.
    """

    position: int
    ref: str
    alt: str

    def __str__(self) -> str:
        last = self.position + len(self.ref) - 1
        if not self.ref:
            return f"{self.position - 1}_{self.position}ins{self.alt}"
        span = f"{self.position}" if len(self.ref) == 1 else f"{self.position}_{last}"
        return f"{span}del" if not self.alt else f"{self.position}{self.ref}>{self.alt}"


def parse_variants(text: str, sequence: str | Sequence) -> list[Variant]:
    """Read edits, separated by commas, semicolons or blanks, and check them against a sequence.

    Parameters
    ----------
    text
        Substitutions (``57A>G``, ``57AT>GC``, ``57_58delinsG``), deletions (``60del``,
        ``60_64del``), insertions between two neighbours (``60_61insTTG``) and duplications
        (``60dup``, ``60_64dup``); positions are 1-based in the unedited sequence.
        U is read as T, case does not matter, a leading ``g.``, ``c.`` or ``n.`` is passed over.

    Raises
    ------
    InputError
        With the edit that cannot be read, lies outside, contradicts the sequence, or overlaps
        another.
    """
    bases = str(as_sequence(sequence))
    if len(text) > MAX_TEXT:
        raise InputError(f"The edits have {len(text):,} characters; at most {MAX_TEXT:,} are read.")
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if len(words) > MOST:
        raise InputError(f"There are {len(words):,} edits; at most {MOST:,} can be made at once.")
    return check_variants([_read(word, bases) for word in words], bases)


def check_variants(variants: Iterable[Variant], sequence: str | Sequence) -> list[Variant]:
    """Return edits in order of position, each checked against a sequence.

    Raises
    ------
    InputError
        With the edit that lies outside, contradicts the sequence, or overlaps another.
    """
    bases, ordered = str(as_sequence(sequence)), sorted(variants)
    for variant in ordered:
        start, end = variant.position, variant.position + len(variant.ref) - 1
        if not 1 <= start <= len(bases) + (not variant.ref) or end > len(bases):
            raise InputError(
                f"{shorten(str(variant))} lies outside the sequence of {len(bases):,} nt."
            )
        there = bases[start - 1 : end]
        if there != variant.ref:
            raise InputError(
                f"{shorten(str(variant))}: the sequence has {_few(there)} at {start:,}, not "
                f"{_few(variant.ref)}."
            )
    for first, second in pairwise(ordered):
        together = first.position == second.position and not first.ref and not second.ref
        if together or second.position < first.position + len(first.ref):
            raise InputError(f"The edits {shorten(str(first))} and {shorten(str(second))} overlap.")
    return ordered


def apply_variants(sequence: str | Sequence, variants: list[Variant]) -> Sequence:
    """The sequence with all edits made; its name says so."""
    record = as_sequence(sequence)
    bases = record.bases
    for variant in sorted(variants, reverse=True):
        start = variant.position - 1
        bases = bases[:start] + variant.alt + bases[start + len(variant.ref) :]
    name = record.name if not variants else f"{record.name} edited"
    return Sequence(bases, name, record.description)


def table_variant(sequence: str | Sequence, position: int, ref: str, alt: str) -> Variant:
    """An edit as tables and VCF files give it: what stands at a 1-based position, and what then.

    Parameters
    ----------
    ref, alt
        Upper or lower case, U or T. An insertion repeats a base beside it (``A`` to ``ATTG``); so
        may a deletion (``ATTG`` to ``A``), or `alt` is empty or "-". What both share at their
        start and end is taken off.

    Raises
    ------
    InputError
        If `ref` is not what the sequence has there, or nothing changes.
    """
    bases = str(as_sequence(sequence))
    ref, alt = (shared.strip().upper().replace("U", "T") for shared in (ref, alt))
    alt = "" if alt in ("-", ".") else alt
    if ref in ("", "-", "."):
        raise InputError("The ref is empty: an insertion repeats the base before it, as A to ATTG.")
    for name, codes in (("ref", ref), ("alt", alt)):
        if not set(codes) <= set(IUPAC):
            raise InputError(f"The {name} {shorten(codes)} holds something that is no nucleotide.")
    if not 1 <= position <= position + len(ref) - 1 <= len(bases):
        raise InputError(
            f"Position {position:,} with {len(ref):,} nt of ref lies outside the sequence of "
            f"{len(bases):,} nt."
        )
    there = bases[position - 1 : position - 1 + len(ref)]
    if there != ref:
        raise InputError(
            f"The ref {shorten(ref)} does not match: the sequence has {shorten(there)} at "
            f"{position:,}."
        )
    if ref == alt:
        raise InputError("The alt is the same as the ref: nothing changes.")
    start, end = 0, 0
    while start < min(len(ref), len(alt)) and ref[start] == alt[start]:
        start += 1
    while end < min(len(ref), len(alt)) - start and ref[-1 - end] == alt[-1 - end]:
        end += 1
    return Variant(position + start, ref[start : len(ref) - end], alt[start : len(alt) - end])


def substitutions(before: str | Sequence, after: str | Sequence) -> list[Variant]:
    """The single-base edits that turn one sequence into another of the same length."""
    a, b = str(as_sequence(before)), str(as_sequence(after))
    if len(a) != len(b):
        raise InputError(f"The sequences have {len(a):,} and {len(b):,} nt, not the same length.")
    return [Variant(i, x, y) for i, (x, y) in enumerate(zip(a, b, strict=True), 1) if x != y]


def edited_position(variants: list[Variant], position: int) -> int | None:
    """Where a base of the sequence (1-based) stands after edits; None if it is deleted."""
    shift = 0
    for variant in sorted(variants):
        inside = position - variant.position
        if inside < 0:
            break
        if inside < len(variant.ref):
            return position + shift if inside < len(variant.alt) else None
        shift += len(variant.alt) - len(variant.ref)
    return position + shift


def substitute(
    sequence: str | Sequence, variants: list[Variant], position: int, base: str
) -> list[Variant]:
    """Add to edits that one base of the *edited* sequence becomes another.

    Parameters
    ----------
    variants
        Edits of `sequence`.
    position
        1-based in the edited sequence.
    base
        What stands there then; what was there before the edits takes an edit back.

    Raises
    ------
    InputError
        If the position lies outside.
    """
    bases, shift = str(as_sequence(sequence)), 0
    for number, variant in enumerate(found := sorted(variants)):
        inside = position - variant.position - shift
        if inside < 0:
            break
        if inside < len(variant.alt):
            alt = variant.alt[:inside] + base + variant.alt[inside + 1 :]
            again = [] if alt == variant.ref else [variant._replace(alt=alt)]
            return [*found[:number], *again, *found[number + 1 :]]
        shift += len(variant.alt) - len(variant.ref)
    at = position - shift
    _inside(f"Position {position:,}", at, at, bases)
    there = bases[at - 1]
    return found if there == base else sorted([*found, Variant(at, there, base)])


def _read(word: str, bases: str) -> Variant:
    found = _EDIT.fullmatch(_PREFIX.sub("", word))
    if found is None:
        raise InputError(
            f"{shorten(word)} is no edit: write 57A>G, 60_64del, 60_61insTTG, 60dup or "
            "57_59delinsA."
        )
    start, end = int(found["start"]), int(found["end"] or found["start"])
    if found["inserted"]:
        if end != start + 1:
            raise InputError(f"{shorten(word)}: an insertion stands between two neighbours.")
        _inside(word, start, end, bases)
        return Variant(end, "", _codes(word, found["inserted"]))
    ref = _codes(word, "".join(found[key] or "" for key in ("ref", "replaced", "deleted", "twice")))
    alt = _codes(word, found["alt"] or found["by"] or "")
    if ref:
        if found["end"] and end != start + len(ref) - 1:
            raise InputError(f"{shorten(word)}: the positions span another length than the bases.")
        end = start + len(ref) - 1
    _inside(word, start, end, bases)
    there = bases[start - 1 : end]
    if ref and ref != there:
        raise InputError(
            f"{shorten(word)}: the sequence has {_few(there)} at {start:,}, not {_few(ref)}."
        )
    if found["twice"] is not None:
        # An insertion stands between two bases: at the sequence's end before them, not behind.
        return Variant(end + 1 if end < len(bases) else start, "", there)
    if alt == there:
        raise InputError(f"{shorten(word)} changes nothing.")
    return Variant(start, there, alt)


def _inside(word: str, start: int, end: int, bases: str) -> None:
    if not 1 <= start <= end <= len(bases):
        raise InputError(f"{shorten(word)} lies outside the sequence of {len(bases):,} nt.")


def _few(bases: str) -> str:
    return bases if len(bases) <= 20 else f"{bases[:19]}…"


def _codes(word: str, text: str) -> str:
    codes = text.upper().replace("U", "T")
    if not set(codes) <= set(IUPAC):
        raise InputError(f"{shorten(word)} holds something that is no nucleotide code.")
    return codes
