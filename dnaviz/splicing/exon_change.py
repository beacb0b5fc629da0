"""What a variant does to the exon it lies in or near: one number, defined in log-odds.

An exon is used when both its sites are recognized. What both lose in log-odds together, its `loss`,
is hidden by no saturated probability; and an exon whose weaker site is weak has less to spare, its
`weakness`. The `risk` joins them: the chance that the exon is used at least 10 points less often,
fitted to measured minigenes (``dnaviz measure inclusion`` prints the fit, and what it is worth on
exons that were left out of it). Where no exon is known, every pair of an acceptor and a donor that
could be one counts by the odds of its sites against those of other pairs with one of these sites,
and against the odds that there is none; so an exon beside it, which loses nothing, does not hide
what another one loses. The other site of an exon may also lie beyond the reach of the edits.

What more sequence around the edits does to the number: **nothing** once the model sees all that it
reads around every place that the edits reach (twice its context on each side of them). Before that
the number follows the log-odds of these places, and those alone: it asks for no length, a place
beyond the record is one that is certainly no site, and a site that comes onto the record changes
the number as little as its log-odds differ from those.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError, check_type
from dnaviz.genome.transcript_model import ExonSites

FLOOR = -9.0
"""Log-odds of a place that is certainly no site: below it, or without the base, nothing is lost."""

STRONG, MOST_WEAK = 1.0, 6.0
"""Log-odds from which on a site is strong, and the most that it counts as weaker than that."""

NO_EXON = -7.0
"""Log-odds (of two sites together) that there is no exon in reach."""

OUTSIDE = -6.0
"""Log-odds that the other site of an exon lies beyond the reach of the edits, and loses nothing."""

LITTLE = 0.3
"""Log-odds that every exon in reach is taken to lose, for whose weakness counts how much."""

MIN_EXON = 20
"""Shortest exon (nt) that an unknown pair of sites makes."""

WEAK, INTERCEPT, SLOPE = 0.3, -2.7, 0.8
"""Share of `weakness` in the score, and how the score becomes the risk (logistic)."""


class ExonChange(NamedTuple):
    """What edits do to an exon.

    Attributes
    ----------
    exon : (int, int)
        First and last base, 1-based forward positions in the reference; of an unknown exon those of
        the pair of sites that `loss` is most of, (0, 0) where one of them lies out of reach, or
        where it is likelier that there is none.
    known : bool
        It was given, not chosen.
    loss : float
        Log-odds that its acceptor and its donor lose together; below 0 where they gain. A site that
        the edits cannot reach loses nothing.
    weakness : float
        By how much the weaker site's log-odds lie below `STRONG` before the edits, 0 to
        `MOST_WEAK`; of several exons that could be meant mostly that of those that lose.
    """

    exon: tuple[int, int]
    known: bool
    loss: float
    weakness: float

    @property
    def exon_text(self) -> str:
        """The exon as "first-last", "" for none."""
        first, last = self.exon
        return f"{first}-{last}" if last else ""

    @property
    def score(self) -> float:
        """What variants are ranked by: the loss, and a share of the weakness."""
        return self.loss + WEAK * self.weakness

    @property
    def risk(self) -> float:
        """The chance that the exon is used at least 10 points less often, 0 to 1."""
        return 1 / (1 + exp(-INTERCEPT - SLOPE * self.score))

    @property
    def risk_without(self) -> float:
        """The same for a change that does nothing to the exon's sites."""
        return self._replace(loss=0.0).risk


NONE = ExonChange((0, 0), False, 0.0, 0.0)


_BEYOND = np.full((2, 1), OUTSIDE)


def exon_change(
    positions: NDArray,
    before: NDArray,
    after: NDArray,
    strand: str,
    exons: Iterable[tuple[int, int] | ExonSites] = (),
) -> ExonChange:
    """Return what happens to the exon that edits lie in or near.

    Parameters
    ----------
    positions : numpy.ndarray
        int of shape (n,), ascending: 1-based forward positions in the reference of the bases within
        reach of the edits; 0 for an inserted base.
    before, after : numpy.ndarray
        Log-odds, shape (2, n), rows donor and acceptor.
    strand : "+" or "-"
    exons : iterable of (start, end) or ExonSites
        Known exons on the strand, 1-based forward, of which those with a site in `positions`
        matter; of several the one with the highest risk is returned.

    Raises
    ------
    InputError
        If an exon is no pair, or ends before it begins.
    """
    there = np.flatnonzero(positions > 0)
    place = positions[there]
    old, new = (np.maximum(values[:, there], FLOOR) for values in (before, after))
    if strand == "-":  # in the sense of the strand, counted backwards
        place, old, new = -place[::-1], old[:, ::-1], new[:, ::-1]
    known_exons = _as_exon_sites(exons)
    if strand == "-":
        known_exons = [ExonSites(-e.end, -e.start, e.at_end, e.at_start) for e in known_exons]
    if known_exons:
        exons_of_site = [one for exon in known_exons if (one := _known(exon, place, old, new))]
        best = max(exons_of_site, key=lambda one: one.risk, default=NONE._replace(known=True))
    else:
        best = _likely(place, old, new)
    first, last = best.exon
    return best if strand == "+" else best._replace(exon=(-last, -first))


def _as_exon_sites(exons: Any) -> list[ExonSites]:
    check_type(exons, Iterable, "a list of exons, each a pair of its first and last base")
    sites = []
    for exon in exons:
        check_type(exon, tuple | list, "a pair of an exon's first and last base")
        if len(exon) not in (2, len(ExonSites._fields)):
            raise InputError(f"An exon is a pair of its first and last base, not {len(exon)}.")
        one = ExonSites(*exon)
        if one.start > one.end:
            raise InputError(
                f"The exon {one.start:,}-{one.end:,} ends before it begins: give its first base on "
                "the forward strand first."
            )
        sites.append(one)
    return sites


def _known(exon: ExonSites, place: NDArray, old: NDArray, new: NDArray) -> ExonChange | None:
    sites = ((1, exon.start - 1, exon.at_start), (0, exon.end + 1, exon.at_end))
    hits = [(row, int(c)) for row, at, own in sites if own for c in np.flatnonzero(place == at)]
    if not hits:
        return None
    loss = sum(float(old[at] - new[at]) for at in hits)
    return ExonChange(
        (exon.start, exon.end), True, loss, float(_weakness(min(old[at] for at in hits)))
    )


def _likely(place: NDArray, old: NDArray, new: NDArray) -> ExonChange:
    donors, acceptors = (np.flatnonzero(row > FLOOR) for row in old)
    # The last of each kind is a site out of reach: it loses nothing, and pairs with any other.
    donor, acceptor = (
        np.concatenate([np.stack([values[row, at] for values in (old, new)]), _BEYOND], axis=1)
        for row, at in ((0, donors), (1, acceptors))
    )
    length = place[donors][None] - place[acceptors][:, None] - 1
    odds = acceptor[0][:, None] + donor[0][None]
    odds[:-1, :-1] = np.where(length >= MIN_EXON, odds[:-1, :-1], -np.inf)
    odds[-1, -1] = -np.inf
    top = max(float(odds.max()), NO_EXON)
    pairs = np.exp(odds - top)
    rivals = pairs.sum(axis=1, keepdims=True) + pairs.sum(axis=0) - pairs
    shares = pairs / (rivals + exp(NO_EXON - top))
    lost_acceptor, lost_donor = (site[0] - site[1] for site in (acceptor, donor))
    loss = lost_acceptor[:, None] + lost_donor[None]
    weaker = np.minimum(acceptor[0][:, None], donor[0][None])
    weaker[-1], weaker[:, -1] = donor[0], acceptor[0]
    weakness = _weakness(weaker)
    meant = shares * (np.abs(loss) + LITTLE)
    exon = (0, 0)
    i, j = np.unravel_index(int(meant.argmax()), meant.shape)
    if i < len(acceptors) and j < len(donors) and odds[:-1, :-1].max() > NO_EXON:
        exon = (int(place[acceptors[i]]) + 1, int(place[donors[j]]) - 1)
    mean = float((meant * weakness).sum() / max(meant.sum(), 1e-9))
    return ExonChange(
        exon, False, float((shares * loss).sum()), mean * min(1.0, float(shares.sum()))
    )


def _weakness(log_odds: NDArray | float) -> NDArray:
    return np.clip(STRONG - np.asarray(log_odds), 0, MOST_WEAK)
