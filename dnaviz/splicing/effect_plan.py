"""Edits as they are given, and what has to be scored to tell what they do, in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences import AnySequences, Sequence, as_sequence, reverse_complement, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.edit_text import EMPTY
from dnaviz.splicing.pairing import Block, differing_blocks, rolls
from dnaviz.splicing.scan import CHUNK
from dnaviz.splicing.variants import apply_variants, check_variants

if TYPE_CHECKING:
    from dnaviz.splicing.hgvs import Locator


class Piece(NamedTuple):
    """A stretch to score, in the sense of the strand, with its context on both sides.

    `first` is where its `length` positions begin in `bases`, 0-based.
    """

    bases: str
    first: int
    length: int


class EffectPlan(NamedTuple):
    """What has to be scored, in the sense of the strand."""

    reference: Sequence
    alternate: Sequence
    variants: list[Variant]
    strand: str
    senses: tuple[str, str]
    groups: list[tuple[Block, list[Block]]]  # each stretch, and the differences in it
    pieces: list[tuple[list[Piece], list[Piece]]]  # of each group: reference, alternate


def read_edits(
    sequence: AnySequences, edits: str | list[str] | list[Variant], locator: Locator | None = None
) -> tuple[Sequence, list[Variant], tuple[str, ...]]:
    """Return a record, its edits, checked against it, and what was assumed to place them.

    Raises
    ------
    InputError
        If the edits are empty text, change nothing, are of another type, or do not fit the record.
    """
    record = as_sequence(sequence)
    if isinstance(edits, str):
        from dnaviz.splicing.edit_placement import annotated, place_edits

        placed = place_edits(edits, locator or annotated(record))
        if not placed.variants:
            raise InputError(EMPTY)
        return record, placed.variants, placed.notes
    several = isinstance(edits, Iterable) and not isinstance(edits, bytes)
    given: list[Any] = list(edits) if several else [edits]
    if given and all(isinstance(one, str) for one in given):
        return read_edits(record, ", ".join(given), locator)
    if wrong := [one for one in given if not isinstance(one, Variant)]:
        raise InputError(f'Edits are text such as "57A>G", not {str(wrong[0])[:20]!r}.')
    if same := [one for one in given if one.ref == one.alt]:
        raise InputError(f"{shorten(str(same[0]))} changes nothing.")
    return record, check_variants(given, record), ()


def own_strand(
    record: Sequence, variants: Iterable[Variant], locator: Locator | None = None
) -> str:
    """Return the strand of a record's transcripts, "+" where it has none.

    Raises
    ------
    InputError
        If they lie on both strands, or the one that edits reach is on "-" and has no introns.
    """
    from dnaviz.splicing.edit_placement import annotated

    edits, structures = list(variants), (locator or annotated(record)).structures
    strands = {one.strand for one in structures if one.tells_splicing(len(record))}
    silent = (one for one in structures if one.strand == "-" and _reach(edits, *one.span()))
    if not strands and (one := next(silent, None)):
        raise InputError(
            f"{one.name[:80]} has no introns and does not tell which strand is spliced: say which "
            'to look at, strand="+" or "-".'
        )
    if len(strands) > 1:
        raise InputError(
            'The sequence has transcripts on both strands: say which to look at, strand="+" or "-".'
        )
    return strands.pop() if strands else "+"


def _reach(variants: list[Variant], first: int, last: int) -> bool:
    return any(v.position <= last and v.position + len(v.ref) - 1 >= first for v in variants)


def plan_effect(record: Sequence, variants: list[Variant], strand: str, context: int) -> EffectPlan:
    """Find what has to be scored: all that lies within reach of a difference, in both sequences."""
    alternate = apply_variants(record, variants)
    reference, other = (
        str(s) if strand == "+" else reverse_complement(str(s)) for s in (record, alternate)
    )
    blocks = differing_blocks(reference, other)
    together: list[list[Block]] = []
    stretches: list[Block] = []
    for block, roll in zip(blocks, rolls(reference, other, blocks), strict=True):
        before = min(max(context, roll), block.start)
        behind = min(context, len(reference) - block.stop)
        stretch = Block(
            block.start - before, block.stop + behind,
            block.alt_start - before, block.alt_stop + behind,
        )  # fmt: skip
        if stretches and stretch.start <= stretches[-1].stop:
            stretches[-1] = stretches[-1]._replace(stop=stretch.stop, alt_stop=stretch.alt_stop)
            together[-1].append(block)
        else:
            stretches.append(stretch)
            together.append([block])
    pieces = [
        (
            _pieces(reference, s.start, s.stop, context),
            _pieces(other, s.alt_start, s.alt_stop, context),
        )
        for s in stretches
    ]
    groups = list(zip(stretches, together, strict=True))
    return EffectPlan(
        record, alternate, sorted(variants), strand, (reference, other), groups, pieces
    )


def _pieces(bases: str, start: int, stop: int, context: int) -> list[Piece]:
    """Cut 0-based positions start to stop into pieces."""
    pieces = []
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        left = max(first - context, 0)
        pieces.append(Piece(bases[left : last + context], first - left, last - first))
    return pieces
