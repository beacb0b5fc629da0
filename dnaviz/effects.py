"""What edits of a sequence do to its splice sites: the four deltas, and where they fall.

A delta is the largest change of a probability of its kind, as SpliceAI defines it, among bases
paired by `dnaviz.splicing.pairing`: it depends on the reference and on the alternate sequence, not
on how the edits between them were written.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.progress import finish
from dnaviz.scanning import CHUNK, SITES, STRANDS
from dnaviz.sequences import Sequence, as_sequence, one_hot, reverse_complement
from dnaviz.splicing.pairing import Block, differing_blocks, pair_bases, rolls
from dnaviz.variants import Variant, apply_variants, check_variants, parse_variants

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import Model

EVENTS = ("donor_gain", "donor_loss", "acceptor_gain", "acceptor_loss")

NOISE = 1e-5
"""Changes of a probability below this are rounding: they have no place."""

BATCH = 64
"""Stretches scored at once."""


class Delta(NamedTuple):
    """The largest change of one kind.

    Attributes
    ----------
    value : float
        Change of the probability, 0 to 1.
    position : int
        1-based in the reference, forward coordinates; of an inserted base that of the base before
        it. 0 where nothing changes.
    alternate_position : int
        The same place in the alternate sequence; 0 where the base was deleted.
    before, after : float
        The site's probability in the reference and in the alternate sequence, as a scan gives it;
        0 in the one that lacks the base.
    """

    value: float
    position: int
    alternate_position: int
    before: float
    after: float


class SpliceEffect(NamedTuple):
    """What `splice_effect` returns: both sequences, aligned base by base, around the edits.

    Attributes
    ----------
    reference, alternate : Sequence
    variants : list of Variant
    strand : "+" or "-"
    positions : numpy.ndarray
        int of shape (2, n): 1-based forward positions in the reference and in the alternate; 0
        where a base has no partner. Of the bases within reach of an edit, ascending.
    before, after : numpy.ndarray
        float32 of shape (2, n), rows donor and acceptor: probabilities in the reference and in the
        alternate, 0 where there is no base.
    """

    reference: Sequence
    alternate: Sequence
    variants: list[Variant]
    strand: str
    positions: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def change(self, site: str, position: int) -> float:
        """Return the change of a base's probability; 0 out of reach of the edits.

        Parameters
        ----------
        site : "donor" or "acceptor"
        position : int
            1-based in the reference.
        """
        row = SITES.index(site)
        there = np.flatnonzero(self.positions[0] == position)
        return float((self.after - self.before)[row, there].sum())

    def delta(self, event: str) -> Delta:
        """Return the largest change of one of `EVENTS`."""
        if event not in EVENTS:
            raise InputError(f"An event is one of {', '.join(EVENTS)}, not {str(event)[:20]!r}.")
        site, change = event.split("_")
        row = 0 if site == "donor" else 1
        changes = (self.after - self.before)[row] * (1 if change == "gain" else -1)
        if not changes.size or changes.max() < NOISE:
            return Delta(0.0, 0, 0, 0.0, 0.0)
        column = int(changes.argmax())
        reference, alternate = (int(p) for p in self.positions[:, column])
        if not reference:  # inserted: the last base of the reference before it
            reference = int(self.positions[0, :column].max(initial=1))
        before, after = float(self.before[row, column]), float(self.after[row, column])
        return Delta(float(changes[column]), reference, alternate, before, after)

    @property
    def deltas(self) -> dict[str, Delta]:
        """By event, its `Delta`."""
        return {event: self.delta(event) for event in EVENTS}

    @property
    def delta_max(self) -> float:
        """The largest of the four deltas, 0 to 1."""
        return max(delta.value for delta in self.deltas.values())

    def table(self) -> pd.DataFrame:
        """Return one row for each event, with what its `Delta` holds."""
        import pandas as pd

        columns = ["event", "delta", "position", "alternate_position", "before", "after"]
        return pd.DataFrame([(e, *d) for e, d in self.deltas.items()], columns=columns)


def splice_effect(
    sequence: str | Sequence,
    edits: str | list[Variant],
    *,
    strand: str = "+",
    model: Model | None = None,
) -> SpliceEffect:
    """Score a sequence before and after edits.

    Parameters
    ----------
    sequence : str or Sequence
    edits : str or list of Variant
        As `dnaviz.variants.parse_variants` reads them: ``"57A>G, 60delT, 61_62insAC"``.
    strand : "+" or "-"
        The strand whose sites are looked at; edits are always written on the forward strand.
    model : Model, optional
        By default the shipped one.

    Raises
    ------
    InputError
        If the edits do not fit the sequence, or the strand is none.
    """
    record = as_sequence(sequence)
    if isinstance(edits, str):
        variants = parse_variants(edits, record)
    else:
        variants = check_variants(edits, record)
    return splice_effects([(record, variants)], strand=strand, model=model)[0]


def splice_effects(
    edited: Iterable[tuple[Sequence, list[Variant]]],
    *,
    strand: str = "+",
    model: Model | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[SpliceEffect]:
    """Do what `splice_effect` does for many sequences, in batches; what recurs is scored once.

    Parameters
    ----------
    edited : iterable of (Sequence, list of Variant)
        Edits that were checked against their sequence.
    progress : callable, optional
        Is given the fraction done, 0 to 1.
    """
    steps = effect_steps(edited, strand=strand, model=model)
    return finish(steps, progress)


def effect_steps(
    edited: Iterable[tuple[Sequence, list[Variant]]],
    *,
    strand: str = "+",
    model: Model | None = None,
) -> Generator[float, None, list[SpliceEffect]]:
    """Do what `splice_effects` does, one batch at a time: yield the fraction done."""
    from dnaviz.models import load

    if strand not in STRANDS:
        raise InputError(f'The strand of a site is "+" or "-", not "{str(strand)[:20]}".')
    plans = [_plan(record, variants, strand) for record, variants in edited]
    wanted = {piece for plan in plans for pair in plan.pieces for side in pair for piece in side}
    scores: dict[_Piece, np.ndarray] = {}
    # Pieces of like length side by side: a batch is as wide as its widest.
    queue = sorted(wanted, key=lambda piece: (piece.length, piece.bases))
    splice = (model or load()).splice
    for start in range(0, len(queue), BATCH):
        batch = queue[start : start + BATCH]
        scores.update(zip(batch, _score(splice, batch), strict=True))
        yield min(start + BATCH, len(queue)) / len(queue)
    return [_effect(plan, strand, scores) for plan in plans]


class _Piece(NamedTuple):
    """A stretch to score: `length` positions in the sense of the strand, with their context.

    `lead` bases of context are missing before the first of `bases`, beyond the sequence's end.
    """

    bases: str
    lead: int
    length: int


class _Plan(NamedTuple):
    """What has to be scored, in the sense of the strand."""

    reference: Sequence
    alternate: Sequence
    variants: list[Variant]
    senses: tuple[str, str]
    groups: list[tuple[Block, list[Block]]]  # each stretch, and the differences in it
    pieces: list[tuple[list[_Piece], list[_Piece]]]  # of each group: reference, alternate


def _plan(record: Sequence, variants: list[Variant], strand: str) -> _Plan:
    """Find what has to be scored: all that lies within reach of a difference, in both sequences."""
    from dnaviz.models import CONTEXT

    alternate = apply_variants(record, variants)
    reference, other = (
        str(s) if strand == "+" else reverse_complement(str(s)) for s in (record, alternate)
    )
    blocks = differing_blocks(reference, other)
    together: list[list[Block]] = []
    stretches: list[Block] = []
    for block, roll in zip(blocks, rolls(reference, other, blocks), strict=True):
        before = min(max(CONTEXT, roll), block.start)
        behind = min(CONTEXT, len(reference) - block.stop)
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
        (_pieces(reference, s.start, s.stop), _pieces(other, s.alt_start, s.alt_stop))
        for s in stretches
    ]
    groups = list(zip(stretches, together, strict=True))
    return _Plan(record, alternate, sorted(variants), (reference, other), groups, pieces)


def _pieces(bases: str, start: int, stop: int) -> list[_Piece]:
    """Cut 0-based positions start to stop into pieces."""
    from dnaviz.models import CONTEXT

    found = []
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        left, right = max(first - CONTEXT, 0), min(last + CONTEXT, len(bases))
        found.append(_Piece(bases[left:right], left - (first - CONTEXT), last - first))
    return found


def _score(splice: Any, pieces: list[_Piece]) -> list[np.ndarray]:
    """Return the probabilities of each piece, shape (2, length): rows donor and acceptor."""
    import torch

    from dnaviz.models import CONTEXT, LABELS
    from dnaviz.models.sizes import usual
    from dnaviz.models.threads import one_thread

    x = np.zeros((len(pieces), 4, usual(max(p.length for p in pieces)) + 2 * CONTEXT), np.float32)
    for row, piece in zip(x, pieces, strict=True):
        row[:, piece.lead : piece.lead + len(piece.bases)] = one_hot(piece.bases)
    rows = [LABELS.index(site) for site in SITES]
    with torch.inference_mode(), one_thread():
        found = splice(torch.from_numpy(x)).softmax(dim=1)[:, rows].numpy()
    return [row[:, : piece.length] for row, piece in zip(found, pieces, strict=True)]


def _effect(plan: _Plan, strand: str, scores: dict[_Piece, np.ndarray]) -> SpliceEffect:
    positions = [np.empty((2, 0), int)]
    probabilities: tuple[list[np.ndarray], ...] = ([np.empty((2, 0))], [np.empty((2, 0))])
    for (stretch, blocks), sides in zip(plan.groups, plan.pieces, strict=True):
        before, after = (
            np.concatenate([scores[piece] for piece in side], axis=1) for side in sides
        )
        pairs = pair_bases(*plan.senses, blocks, stretch, before, after)
        positions.append(pairs + 1)
        for found, values, row, first in zip(
            probabilities, (before, after), pairs, (stretch.start, stretch.alt_start), strict=True
        ):
            found.append(np.where(row < 0, 0, values[:, np.maximum(row - first, 0)]))
    places = np.concatenate(positions, axis=1)
    both = [np.concatenate(parts, axis=1).astype(np.float32) for parts in probabilities]
    if strand == "-":
        lengths = np.array([[len(plan.reference)], [len(plan.alternate)]])
        places = np.where(places > 0, lengths + 1 - places, 0)[:, ::-1]
        both = [values[:, ::-1] for values in both]
    return SpliceEffect(
        plan.reference, plan.alternate, plan.variants, strand, places, both[0], both[1]
    )
