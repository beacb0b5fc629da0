"""What edits of a sequence do to its splice sites: the four deltas, and where they fall.

A delta is the largest change of a probability of its kind, as SpliceAI defines it, among bases
paired by `dnaviz.splicing.pairing`: it depends on the reference and on the alternate sequence, not
on how the edits between them were written. What that means for an exon, in one number, is told by
`SpliceEffect.exon` (see `dnaviz.splicing.exon_change`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError, check_type
from dnaviz.models.protocol import position_scores
from dnaviz.plots import axes_for, draw_stems
from dnaviz.progress import Progress, Stepwise, stepwise
from dnaviz.sequences import AnySequences, Sequence, as_sequences
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.effect_plan import EffectPlan, Piece, own_strand, plan_effect, read_edits
from dnaviz.splicing.exon_change import FLOOR, ExonChange, exon_change
from dnaviz.splicing.pairing import pair_bases
from dnaviz.splicing.scan import SITES, check_strand
from dnaviz.splicing.variants import edited_position

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from dnaviz.genome.transcript_model import ExonSites
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.hgvs import Locator

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


class SiteChange(NamedTuple):
    """A splice site before and after the edits.

    Attributes
    ----------
    position, alternate_position : int
        1-based forward positions in the reference and in the alternate; 0 in the one that lacks
        the base.
    strand : "+" or "-"
    site : "donor" or "acceptor"
    before, after : float
        Probabilities, as a scan gives them.
    log_odds_change : float
        Of the log-odds, which are taken for `dnaviz.splicing.exon_change.FLOOR` where they are
        less or the base is not there.
    """

    position: int
    alternate_position: int
    strand: str
    site: str
    before: float
    after: float
    log_odds_change: float


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
    log_odds : numpy.ndarray
        float32 of shape (2, 2, n): of the reference and of the alternate, rows donor and acceptor;
        minus infinity where there is no base.
    notes : tuple of str
        What was assumed to place the edits, in sentences.
    """

    reference: Sequence
    alternate: Sequence
    variants: list[Variant]
    strand: str
    positions: np.ndarray
    log_odds: np.ndarray
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        deltas = ", ".join(f"{event} {delta.value:.3f}" for event, delta in self.deltas.items())
        edits = "; ".join(map(str, self.variants[:3])) + (" ..." if len(self.variants) > 3 else "")
        sentences = "; ".join([deltas, *self.notes])
        return f"SpliceEffect({self.reference.name} {edits}, strand {self.strand}: {sentences})"

    @property
    def before(self) -> np.ndarray:
        """Probabilities in the reference, shape (2, n), 0 where there is no base."""
        return _probabilities(self.log_odds[0])

    @property
    def after(self) -> np.ndarray:
        """Probabilities in the alternate, shape (2, n), 0 where there is no base."""
        return _probabilities(self.log_odds[1])

    def alternate_position(self, position: int) -> int | None:
        """Return where a base of the reference stands in the alternate; None if it is deleted.

        Raises
        ------
        InputError
            If the reference has no such position.
        """
        if not 1 <= position <= len(self.reference):
            raise InputError(f"{position:,} lies outside of the {len(self.reference):,} nt.")
        columns = np.flatnonzero(self.positions[0] == position)
        if len(columns):
            return int(self.positions[1, columns[0]]) or None
        return edited_position(self.variants, position)

    def change(self, site: str, position: int) -> float:
        """Return the change of a base's probability; 0 out of reach of the edits.

        Parameters
        ----------
        site : "donor" or "acceptor"
        position : int
            1-based in the reference.

        Raises
        ------
        InputError
            If the site is neither.
        """
        if site not in SITES:
            raise InputError(f'A site is "donor" or "acceptor", not "{str(site)[:20]}".')
        row = SITES.index(site)
        there = np.flatnonzero(self.positions[0] == position)
        return float((self.after - self.before)[row, there].sum())

    def exon(self, known: Iterable[tuple[int, int] | ExonSites] = ()) -> ExonChange:
        """Return what happens to the exon that the edits lie in or near.

        Parameters
        ----------
        known : iterable of (start, end) or ExonSites
            Exons on the strand, 1-based forward; by default the likeliest are found. Such a one is
            named only where its end could not as well lie beyond the bases in reach: they hold all
            that there is on its side, or it is a place of `sites`. Both ends of a pair are taken
            for splice sites: of an exon at an end of its transcript, `ExonSites` says which are.

        Raises
        ------
        InputError
            If an exon is no pair, or ends before it begins.
        """
        before, after = self.log_odds
        change = exon_change(self.positions[0], before, after, self.strand, known)
        return change if change.known or self._holds(change.exon) else change._replace(exon=(0, 0))

    def _holds(self, exon: tuple[int, int]) -> bool:
        first, last = exon
        reached, sites = self.positions[0], {(s.position, s.site) for s in self.sites()}
        left = ((reached > 0) & (reached < first)).sum() == first - 1
        right = (reached > last).sum() == len(self.reference) - last
        begin, end = ("acceptor", "donor") if self.strand == "+" else ("donor", "acceptor")
        return (left or (first - 1, begin) in sites) and (right or (last + 1, end) in sites)

    def sites(self, threshold: float = 0.1) -> list[SiteChange]:
        """Return the places that are sites before or after, by position.

        Parameters
        ----------
        threshold : float
            Smallest probability of a site.
        """
        before, after = self.before, self.after
        changes = np.diff(np.maximum(self.log_odds, FLOOR), axis=0)[0]
        is_site = np.maximum(before, after) >= threshold
        return [
            SiteChange(
                int(self.positions[0, column]),
                int(self.positions[1, column]),
                self.strand,
                SITES[row],
                float(before[row, column]),
                float(after[row, column]),
                float(changes[row, column]),
            )
            for column, row in np.argwhere(is_site.T)
        ]

    def delta(self, event: str) -> Delta:
        """Return the largest change of one of `EVENTS`."""
        if event not in EVENTS:
            raise InputError(f"An event is one of {', '.join(EVENTS)}, not {str(event)[:20]!r}.")
        site, change = event.split("_")
        row = SITES.index(site)
        old, new = self.before, self.after
        changes = (new - old)[row] * (1 if change == "gain" else -1)
        if not changes.size or changes.max() < NOISE:
            return Delta(0.0, 0, 0, 0.0, 0.0)
        column = int(changes.argmax())
        reference, alternate = (int(p) for p in self.positions[:, column])
        if not reference:  # inserted: the last base of the reference before it
            reference = int(self.positions[0, :column].max(initial=1))
        before, after = float(old[row, column]), float(new[row, column])
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

        columns = ["event", "strand", "delta", "position", "alternate_position", "before", "after"]
        rows = [(event, self.strand, *delta) for event, delta in self.deltas.items()]
        return pd.DataFrame(rows, columns=columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the changes of probabilities along the reference.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        edits = ", ".join(map(str, self.variants[:3])) + (", ..." if self.variants[3:] else "")
        title = f"{self.reference.name} {edits}, strand {self.strand}"
        ax = axes_for(ax, title=title, xlabel="position", ylabel="change of probability")
        # Inserted bases stand at the base before them, as in `Delta`.
        x = np.maximum.accumulate(self.positions[0])
        for site, row in zip(SITES, self.after - self.before, strict=True):
            draw_stems(ax, x, row, site, site)
        ax.set_xlim(x.min(initial=0) - 1, x.max(initial=0) + 1)
        ax.legend(frameon=False)
        return ax


def splice_effect(
    sequence: AnySequences,
    edits: str | list[str] | list[Variant],
    *,
    strand: str | None = None,
    model: SiteScorer | None = None,
    locator: Locator | None = None,
) -> SpliceEffect:
    """Score a sequence before and after edits.

    Parameters
    ----------
    sequence : str, Sequence, record of another library or one-hot array
        One, as `dnaviz.sequences.as_sequences` takes it.
    edits : str, list of str or list of Variant
        As `dnaviz.splicing.variants.parse_variants` reads them: ``"57A>G, 60delT, 61_62insAC"``;
        where the record has a transcript (GenBank features, exons in upper case) also
        ``c.313+1G>A``, ``n.57del`` and ``IVS2-654C>T``.
    strand : "+" or "-", optional
        The strand whose sites are looked at; positions are those of the forward strand. By default
        that of its transcripts, "+" of none; of some on both, or on "-" without introns, say it.
    model : SiteScorer, optional
        By default the shipped one.
    locator : Locator, optional
        Of what the record does not name itself: `dnaviz.splicing.edit_placement.annotated`.

    Raises
    ------
    InputError
        If the edits do not fit the sequence, or the strand is none or has to be said.
    """
    record, variants, notes = read_edits(sequence, edits, locator)
    strand = strand or own_strand(record, variants, locator)
    (effect,) = splice_effects([(record, variants)], strand=strand, model=model)
    return effect._replace(notes=notes)


@stepwise
def splice_effects(
    edited: Iterable[tuple[AnySequences, str | list[str] | list[Variant]]] | pd.DataFrame,
    *,
    strand: str | None = None,
    model: SiteScorer | None = None,
    progress: Progress | None = None,
) -> Stepwise[list[SpliceEffect]]:
    """Do what `splice_effect` does for many sequences, in batches; what recurs is scored once.

    Parameters
    ----------
    edited : iterable of (sequence, edits), or DataFrame
        As `splice_effect` takes both; a table has columns ``sequence`` and ``edits``, and names
        its sequences as `dnaviz.sequences.as_sequences` says.
    strand, model
        As for `splice_effect`.
    progress : callable, optional
        Is given the fraction done, 0 to 1; to cancel, it raises.

    Raises
    ------
    InputError
        As for `splice_effect`, with the number (1-based) of the pair or row at fault.
    """
    from dnaviz.models import given_or_shipped

    check_strand(strand or "+")
    items: Any = edited
    if hasattr(edited, "columns"):
        if "edits" not in edited.columns:
            raise InputError("The table needs a column 'edits' beside its column 'sequence'.")
        items = zip(as_sequences(items), items["edits"], strict=True)
    read = []
    check_type(items, Iterable, "a list of pairs, each of a sequence and its edits")
    for number, item in enumerate(items, start=1):
        try:
            check_type(item, tuple | list, "a pair of a sequence and its edits")
            if len(item) != 2:
                raise InputError(f"A sequence and its edits are two, not {len(item)}.")
            record, variants, notes = read_edits(*item)
            read.append((record, variants, strand or own_strand(record, variants), notes))
        except InputError as error:
            raise InputError(f"Item {number}: {error}") from None
    model = given_or_shipped(model, "score_positions")
    plans = [plan_effect(r, edits, own, model.context) for r, edits, own, _ in read]
    pieces = {piece for plan in plans for pair in plan.pieces for side in pair for piece in side}
    scores: dict[Piece, np.ndarray] = {}
    # Pieces of like length side by side: a batch is as wide as its widest.
    queue = sorted(pieces, key=lambda piece: (piece.length, piece.bases))
    for start in range(0, len(queue), BATCH):
        batch = queue[start : start + BATCH]
        parts = [slice(piece.first, piece.first + piece.length) for piece in batch]
        scores_of_batch = position_scores(model, [piece.bases for piece in batch], parts)
        scores.update(zip(batch, scores_of_batch, strict=True))
        yield min(start + BATCH, len(queue)) / len(queue)
    effects = [_effect(plan, scores) for plan in plans]
    return [e._replace(notes=notes) for e, (*_, notes) in zip(effects, read, strict=True)]


def _effect(plan: EffectPlan, scores: dict[Piece, np.ndarray]) -> SpliceEffect:
    positions = [np.empty((2, 0), int)]
    log_odds = [np.empty((2, 2, 0), np.float32)]
    for (stretch, blocks), sides in zip(plan.groups, plan.pieces, strict=True):
        joined = [np.concatenate([scores[piece] for piece in side], axis=1) for side in sides]
        pairs = pair_bases(*plan.senses, blocks, stretch, *map(_probabilities, joined))
        positions.append(pairs + 1)
        starts = (stretch.start, stretch.alt_start)
        columns = [
            np.where(row < 0, -np.inf, values[:, np.maximum(row - first, 0)])
            for values, row, first in zip(joined, pairs, starts, strict=True)
        ]
        log_odds.append(np.stack(columns).astype(np.float32))
    places, values = np.concatenate(positions, axis=1), np.concatenate(log_odds, axis=2)
    if plan.strand == "-":
        lengths = np.array([[len(plan.reference)], [len(plan.alternate)]])
        places = np.where(places > 0, lengths + 1 - places, 0)[:, ::-1]
        values = values[:, :, ::-1]
    return SpliceEffect(plan.reference, plan.alternate, plan.variants, plan.strand, places, values)


def _probabilities(log_odds: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        probabilities: np.ndarray = 1 / (1 + np.exp(-log_odds))
    return probabilities
