"""Edits of a sequence as people write them: ``57A>G``, ``60del``, ``60_64del``, ``60_61insTTG``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from dnaviz.errors import InputError
from dnaviz.sequences import IUPAC, Sequence, as_sequence, reverse_complement, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.edit_text import EXAMPLE, edit_words, not_understood

MOST = 1_000
MAX_TEXT = 200_000  # characters of all edits together

MISSING = {"", ".", "NA", "NAN", "N/A", "NULL", "NONE"}
"""How tables write that a cell has no value."""

_CHANGE = (
    r"(?:(?P<ref>[A-Z]+)>(?P<alt>[A-Z]+)|del(?P<replaced>[A-Z]*?)ins(?P<by>[A-Z]+)"
    r"|del(?P<deleted>[A-Z]*|\d+)|ins(?P<inserted>[A-Z]+)|dup(?P<twice>[A-Z]*|\d+)"
    r"|inv(?P<turned>[A-Z]*|\d+))"
)
CHANGE = re.compile(_CHANGE, re.IGNORECASE)
"""What happens, as it stands behind the positions of an edit."""

_EDIT = re.compile(rf"(?P<start>\d{{1,9}})(?:_(?P<end>\d{{1,9}}))?{_CHANGE}", re.IGNORECASE)

Locate = Callable[[str], Variant | None]
"""Reads a word that counts in another sequence, as ``c.313+1G>A``; None if it is none of those."""


def parse_variants(
    text: str, sequence: str | Sequence, *, locate: Locate | None = None
) -> list[Variant]:
    """Read edits, separated by commas, semicolons or white space; check them against a sequence.

    Parameters
    ----------
    text
        Substitutions (``57A>G``, ``57AT>GC``, ``57_58delinsG``), deletions (``60del``,
        ``60_64del``), insertions between two neighbors (``60_61insTTG``), duplications
        (``60dup``, ``60_64dup``) and inversions (``60_64inv``); positions are 1-based in the
        unedited sequence. U is read as T, case does not matter.
    locate
        Is given each word that is not counted in positions of the sequence, as HGVS on a
        transcript or a place in a genome, and returns the edit in those positions. Without it such
        words are refused.

    Raises
    ------
    InputError
        With the edit that cannot be read, lies outside, contradicts the sequence, or overlaps
        another, or that follows one of `locate` and does not say what it counts in.
    """
    bases = str(as_sequence(sequence))
    if not isinstance(text, str):
        raise InputError(f"Edits are text such as {EXAMPLE}, not {shorten(str(text))}.")
    if len(text) > MAX_TEXT:
        raise InputError(f"The edits have {len(text):,} characters; at most {MAX_TEXT:,} are read.")
    words = edit_words(text)
    if len(words) > MOST:
        raise InputError(f"There are {len(words):,} edits; at most {MOST:,} can be made at once.")
    variants, before = [], ""
    for word in words:
        if _EDIT.fullmatch(word) and before:
            raise InputError(
                f"{shorten(word)} may count as {shorten(before)} does, or in this sequence: write "
                "both as c.[76A>C;80del], or what counts in this sequence first."
            )
        variants.append(_read(word, bases, locate))
        before = "" if _EDIT.fullmatch(word) else word
    return check_variants(variants, bases)


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
        reference = bases[start - 1 : end]
        if reference != variant.ref:
            raise InputError(
                f"{shorten(str(variant))}: the sequence has {_few(reference)} at {start:,}, not "
                f"{_few(variant.ref)}."
            )
    for first, second in pairwise(ordered):
        together = first.position == second.position and not first.ref and not second.ref
        if first == second:
            raise InputError(f"{shorten(str(first))} is among the edits already: leave one out.")
        if together or second.position < first.position + len(first.ref):
            pair = f"{shorten(str(first))} and {shorten(str(second))}"
            raise InputError(
                f"The edits {pair} overlap: leave one out, or write both as one change."
            )
    return ordered


def check_known_bases(variants: Iterable[Variant]) -> None:
    """Refuse edits that put a code for several bases, of which no score is one of an allele.

    Raises
    ------
    InputError
        With the edit.
    """
    for variant in variants:
        if set(variant.alt) - set("ACGT"):
            raise InputError(
                f"{shorten(str(variant))} puts a code that stands for several bases: score each "
                "allele of A, C, G and T by itself."
            )


def apply_variants(sequence: str | Sequence, variants: list[Variant]) -> Sequence:
    """The sequence with all edits made; its name says so.

    Raises
    ------
    InputError
        If no base is left.
    """
    record = as_sequence(sequence)
    bases = record.bases
    for variant in sorted(variants, reverse=True):
        start = variant.position - 1
        bases = bases[:start] + variant.alt + bases[start + len(variant.ref) :]
    if not bases:
        raise InputError(f"The edits delete all {len(record):,} nt of the sequence.")
    name = record.name if not variants else f"{record.name} edited"
    return Sequence(bases, name, record.description)


def table_variant(sequence: str | Sequence, position: int, ref: str, alt: str) -> Variant:
    """An edit as tables and VCF files give it: what stands at a 1-based position, and what then.

    Parameters
    ----------
    ref, alt
        Upper or lower case, U or T. An insertion repeats a base beside it (``A`` to ``ATTG``); so
        may a deletion (``ATTG`` to ``A``), or its `alt` is "-". What both share at their start and
        end is taken off.

    Raises
    ------
    InputError
        If `ref` is not what the sequence has there, one of both is missing or no bases, or nothing
        changes.
    """
    bases = str(as_sequence(sequence))
    ref, alt = (_allele(name, text) for name, text in (("ref", ref), ("alt", alt)))
    if not 1 <= position <= position + len(ref) - 1 <= len(bases):
        raise InputError(
            f"Position {position:,} with {len(ref):,} nt of ref lies outside the sequence of "
            f"{len(bases):,} nt."
        )
    reference = bases[position - 1 : position - 1 + len(ref)]
    if reference != ref:
        raise InputError(
            f"The ref {shorten(ref)} does not match: the sequence has {shorten(reference)} at "
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


def written_positions(variants: list[Variant]) -> set[int]:
    """0-based positions, in the edited sequence, of the bases that edits wrote."""
    shift, positions = 0, set[int]()
    for variant in sorted(variants):
        start = variant.position - 1 + shift
        positions |= set(range(start, start + len(variant.alt)))
        shift += len(variant.alt) - len(variant.ref)
    return positions


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
    for number, variant in enumerate(ordered := sorted(variants)):
        inside = position - variant.position - shift
        if inside < 0:
            break
        if inside < len(variant.alt):
            alt = variant.alt[:inside] + base + variant.alt[inside + 1 :]
            again = [] if alt == variant.ref else [variant._replace(alt=alt, written="")]
            return [*ordered[:number], *again, *ordered[number + 1 :]]
        shift += len(variant.alt) - len(variant.ref)
    at = position - shift
    if not 1 <= at <= len(bases):
        raise InputError(f"Position {position:,} lies outside the sequence of {len(bases):,} nt.")
    reference = bases[at - 1]
    return ordered if reference == base else sorted([*ordered, Variant(at, reference, base)])


def _allele(name: str, text: str) -> str:
    """Return the bases of a table's cell; none only where it says "-" of an alt."""
    cell = text.strip().upper()
    if cell in MISSING or (cell == "-" and name == "ref"):
        empty = f'"{cell}"' if cell else "empty"
        advice = (
            "an insertion repeats the base before it, as A to ATTG"
            if name == "ref"
            else "a deletion repeats the base before it, as ATTG to A, or has - for its alt"
        )
        raise InputError(f"The {name} is {empty}: {advice}.")
    if cell == "-":
        return ""
    if "," in cell or "/" in cell:
        raise InputError(f"The {name} {shorten(cell)} holds several alleles: give each a row.")
    if cell == "*" or cell[0] == "<" or {"[", "]"} & set(cell):
        raise InputError(f"The {name} {shorten(cell)} is a symbol: its bases have to be known.")
    codes = cell.replace("U", "T")
    if not set(codes) <= set(IUPAC):
        raise InputError(f"The {name} {shorten(cell)} holds something that is no nucleotide.")
    return codes


def _read(word: str, bases: str, locate: Locate | None) -> Variant:
    match = _EDIT.fullmatch(word)
    if match is None:
        variant = locate(word) if locate else None
        if variant is None:
            raise not_understood(word)
        return variant
    ends = [int(match[end]) for end in ("start", "end") if match[end]]
    variant = read_change(word, ends, match, bases)
    clean = re.sub("[A-Z]+", lambda part: _spelled(part.group()), word.upper())
    return variant if str(variant) == clean else variant._replace(written=clean)


def _spelled(part: str) -> str:
    """Return letters of an edit as HGVS has them: its words small, bases large and of DNA."""
    verb = next((v for v in ("DELINS", "DEL", "INS", "DUP", "INV") if part.startswith(v)), "")
    codes = part[len(verb) :]
    if verb == "DEL" and "INS" in codes:
        return "del" + codes.replace("INS", "ins").replace("U", "T")
    return verb.lower() + codes.replace("U", "T")


def read_change(
    word: str, ends: list[int], match: re.Match[str], bases: str, strand: str = "+"
) -> Variant:
    """Return what happens between positions of a sequence, with bases of a strand.

    Parameters
    ----------
    word : str
        The edit as it was written, for messages.
    ends : list of int
        One or two 1-based forward positions, in the order of the strand.
    match : re.Match
        Of `CHANGE`.
    bases : str
        The sequence.
    strand : "+" or "-"

    Raises
    ------
    InputError
        When the change cannot be made there.
    """
    minus, length = strand == "-", len(bases)
    if len(ends) == 2 and (ends[0] > ends[1]) != minus and ends[0] != ends[1]:
        raise InputError(f"{shorten(word)}: the positions are in the wrong order.")
    start, end = min(ends), max(ends)
    named = "".join(match[key] or "" for key in ("ref", "replaced", "deleted", "twice", "turned"))
    codes = "" if named.isdecimal() else _codes(word, named)
    size = int(named) if named.isdecimal() else len(named)
    if size and len(ends) == 1:
        start, end = (end - size + 1, end) if minus else (start, start + size - 1)
    if not 1 <= start <= end <= length:
        raise InputError(f"{shorten(word)} lies outside the sequence of {length:,} nt.")
    if size and size != end - start + 1:
        raise InputError(
            f"{shorten(word)}: the positions span {end - start + 1:,} nt, but {size:,} are named."
        )
    there = bases[start - 1 : end]
    sensed = reverse_complement(there) if minus else there
    if codes and codes != sensed:
        raise InputError(
            f"{shorten(word)}: {shorten(codes, 24)} is written, but {shorten(sensed, 24)} stands "
            "there."
        )
    put = _codes(word, match["alt"] or match["by"] or match["inserted"] or "")
    put = reverse_complement(put) if minus else put
    if match["inserted"]:
        if len(ends) != 2 or end != start + 1:
            apart = f", and {end - start - 1:,} nt lie between these" if end > start + 1 else ""
            raise InputError(
                f"{shorten(word)}: an insertion stands between two neighbors, as 57_58insA{apart}."
            )
        return Variant(end, "", put)
    if match["twice"] is not None:
        # An insertion stands between two bases: at the sequence's end before them, not behind.
        return Variant(end + 1 if end < length else start, "", there)
    if match["turned"] is not None:
        put = reverse_complement(there)
    if put == there:
        raise InputError(f"{shorten(word)} changes nothing.")
    return Variant(start, there, put)


def _few(bases: str) -> str:
    return bases if len(bases) <= 20 else f"{bases[:19]}…"


def _codes(word: str, text: str) -> str:
    codes = text.upper().replace("U", "T")
    if not set(codes) <= set(IUPAC):
        raise InputError(f"{shorten(word)} holds something that is no nucleotide code.")
    return codes
