"""What edits of a sequence do to its splice sites: the four deltas, and where they fall.

The scan's probabilities are those of a base somewhere in a gene, where one in thousands is a site.
Somebody who asks what a variant does to a short fragment, such as an exon with its flanks in a
minigene, chose it because it holds a site. So a fragment's strongest donor and its strongest
acceptor are taken for true ones, and their log-odds are shifted, before and after the edit alike:
up to `KNOWN` where they stand below it, by at most `MOST_RAISED`; where they stand above it, by
half of what they have too much, `SURPLUS`. So what is lost shows before a strong site is gone, and
strong sites still withstand more than weak ones, as they do in cells (Baeza-Centurion et al. 2019,
Cell 176:549). All other places, and any longer sequence, keep the scan's probabilities. The rule
was chosen on exons of training and validation chromosomes; ``dnaviz measure variants`` measures
what it is worth on held-out ones, ``tests/benchmarks/variant_scale.py`` on a table.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.progress import finish
from dnaviz.scanning import CHUNK, SITES, STRANDS
from dnaviz.sequences import Sequence, as_sequence, one_hot, reverse_complement
from dnaviz.variants import Variant, apply_variants, check_variants, parse_variants

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import Model

EVENTS = ("donor_gain", "donor_loss", "acceptor_gain", "acceptor_loss")
FRAGMENT = 400
"""Longest sequence (nt) that is taken for a fragment chosen because it holds a site."""
KNOWN = 2.0
"""Log-odds towards which a fragment's strongest site is shifted: a probability of 0.88."""
MOST_RAISED = 4.0
"""Most that log-odds are raised by."""
SURPLUS = 0.5
"""Share of the log-odds above `KNOWN` that a strong site loses."""

BATCH = 64
"""Stretches scored at once."""


class Delta(NamedTuple):
    """The largest change of one kind.

    Attributes
    ----------
    value : float
        Change of the probability, 0 to 1; at a fragment's strongest donor and acceptor that of
        shifted odds (see `SpliceEffect.shifts`).
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
        where a base has no partner. Of a fragment all bases, else those within reach of an edit.
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

    @property
    def shifts(self) -> np.ndarray:
        """Log-odds added to the strongest donor and to the strongest acceptor, shape (2,)."""
        if len(self.reference) > FRAGMENT or not self.before.size:
            return np.zeros(2)
        short = KNOWN - _log_odds(self.before.max(axis=1))
        return np.where(short > 0, np.minimum(short, MOST_RAISED), SURPLUS * short)

    @property
    def changes(self) -> np.ndarray:
        """Change of the probability of each base, shape (2, n); of shifted odds at known sites."""
        changes = self.after - self.before
        for row, shift in enumerate(self.shifts):
            if shift:
                column = int(self.before[row].argmax())
                before, after = (
                    1 / (1 + np.exp(-_log_odds(p[row, column]) - shift)) * (p[row, column] > 0)
                    for p in (self.before, self.after)
                )
                changes[row, column] = after - before
        return changes

    def delta(self, event: str, *, as_scanned: bool = False) -> Delta:
        """Return the largest change of one of `EVENTS`; if `as_scanned`, of plain probabilities."""
        if event not in EVENTS:
            raise InputError(f"An event is one of {', '.join(EVENTS)}, not {str(event)[:20]!r}.")
        site, change = event.split("_")
        row = 0 if site == "donor" else 1
        changes = (self.after - self.before if as_scanned else self.changes)[row]
        changes = changes * (1 if change == "gain" else -1)
        if not changes.size or changes.max() <= 0:
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
    reference: Sequence
    alternate: Sequence
    variants: list[Variant]
    positions: list[np.ndarray]  # of each group of edits, shape (2, n)
    pieces: list[tuple[list[_Piece], list[_Piece]]]  # of each group: reference, alternate


def _plan(record: Sequence, variants: list[Variant], strand: str) -> _Plan:
    """Find what has to be scored: all that lies within reach of an edit, in both sequences."""
    from dnaviz.models import CONTEXT

    ordered = sorted(variants)
    alternate = apply_variants(record, ordered)
    groups: list[list[Variant]] = []
    for variant in ordered:
        if groups and variant.position - _end(groups[-1][-1]) <= max(2 * CONTEXT, FRAGMENT):
            groups[-1].append(variant)
        else:
            groups.append([variant])
    positions, pieces, shift = [], [], 0
    for group in groups:
        start, stop = 0, len(record)
        if len(record) > FRAGMENT:
            start = max(group[0].position - 1 - CONTEXT, start)
            stop = min(_end(group[-1]) - 1 + CONTEXT, stop)
        positions.append(_align(group, start, stop, shift))
        grown = sum(len(v.alt) - len(v.ref) for v in group)
        sides = (
            _pieces(str(record), start, stop, strand),
            _pieces(str(alternate), start + shift, stop + shift + grown, strand),
        )
        pieces.append(sides)
        shift += grown
    return _Plan(record, alternate, ordered, positions, pieces)


def _log_odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(np.asarray(p, float), 1e-12, 1 - 1e-7)
    found: np.ndarray = np.log(p / (1 - p))
    return found


def _end(variant: Variant) -> int:
    """Return the 1-based position behind an edit's bases."""
    return variant.position + len(variant.ref)


def _align(group: list[Variant], start: int, stop: int, shift: int) -> np.ndarray:
    """Return partners (2, n) among 0-based positions start to stop; 1-based, 0 for none."""
    reference, alternate, at = [], [], start
    for variant in group:
        first, gone, new = variant.position - 1, len(variant.ref), len(variant.alt)
        pairs = first - at + min(gone, new)
        reference += [np.arange(at, at + pairs), np.arange(first + min(gone, new), first + gone)]
        alternate += [np.arange(at, at + pairs) + shift, np.full(max(gone - new, 0), -1)]
        reference.append(np.full(max(new - gone, 0), -1))
        alternate.append(np.arange(first + min(gone, new), first + new) + shift)
        shift += new - gone
        at = first + gone
    reference.append(np.arange(at, stop))
    alternate.append(np.arange(at, stop) + shift)
    return np.stack([np.concatenate(reference), np.concatenate(alternate)]) + 1


def _pieces(bases: str, start: int, stop: int, strand: str) -> list[_Piece]:
    """Cut 0-based positions start to stop into pieces, in forward order."""
    from dnaviz.models import CONTEXT

    found = []
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        left, right = max(first - CONTEXT, 0), min(last + CONTEXT, len(bases))
        context, lead = bases[left:right], left - (first - CONTEXT)
        if strand == "-":
            context, lead = reverse_complement(context), last + CONTEXT - right
        found.append(_Piece(context, lead, last - first))
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
    positions = np.concatenate([np.empty((2, 0), int), *plan.positions], axis=1)
    both = np.zeros((2, 2, positions.shape[1]), np.float32)
    for side in range(2):
        parts = [scores[piece] for pair in plan.pieces for piece in pair[side]]
        if strand == "-":
            parts = [part[:, ::-1] for part in parts]
        if parts:
            both[side][:, positions[side] > 0] = np.concatenate(parts, axis=1)
    return SpliceEffect(
        plan.reference, plan.alternate, plan.variants, strand, positions, both[0], both[1]
    )
