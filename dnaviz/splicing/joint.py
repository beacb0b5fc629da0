"""How probable each splice site is, given the other sites of its strand.

A splice model sees some hundred bases around a site. What lies farther away tells, too: donors and
acceptors take turns, long exons are rare, and a reading frame goes on from exon to exon without a
stop codon. A chain along the sites, of which each knows the one before, puts that together with
what the model says of each (forward-backward algorithm; exons and introns have lengths and phases,
as in a generalized hidden Markov model of genes). A site that stands alone keeps its probability.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp, inf, log, log1p
from typing import NamedTuple

import numpy as np

from dnaviz.sequences import reverse_complement
from dnaviz.splicing.frames import PHASES, Frames, frames

LEAST = 0.01
"""Probability below which a position stays as it is and tells nothing of others."""

SPARSE = 100
"""Positions for each site that is judged, beside the first 20: of more, as a model without training
has, the strongest are. Human genes have at most one in 150, by the shipped model."""

SUREST = 1 - 1e-6
"""Probability that is taken for that of a surer site."""

ALTERNATIVES = 60
"""Distance (nt) within which two of a kind may be alternatives of each other."""

SEEN = 200
"""Length (nt) up to which the model sees both ends of an exon."""

MAX_EXON, MIN_INTRON, MAX_INTRON = 25_000, 50, 100_000
"""Lengths (nt) of the exons and introns that are looked for."""


class Factors(NamedTuple):
    """What makes two sites in a row likelier together than apart, as logs.

    Attributes
    ----------
    missed : float
        Two of a kind: one was missed between them. Two in turn, twice: an acceptor and a donor may
        have been missed.
    together : float
        Two that tell nothing of each other but that there is a gene: of a kind within
        `ALTERNATIVES`, or the ends of an exon of at most `SEEN`.
    long_exon, exon_decay : float
        One just longer, and by how much it falls with the log length.
    intron, intron_decay : float
        An intron of 1,000 nt, and by how much it falls with the log length.
    coding : float
        Log-odds that a site of which nothing else is known is one between translated exons.
    unbegun : float
        By how much an intron phase is less likely before which no ATG can have begun.
    open, most_open : float
        An exon that is read without a stop codon: part of `Frames.rarity_since`, and the most.
    stop, start : float
        One in which translation ends, or begins.
    untranslated : float
    """

    missed: float = -1.3
    together: float = 0.35
    long_exon: float = 0.6
    exon_decay: float = 1.8
    intron: float = 0.5
    intron_decay: float = 0.45
    coding: float = 0.2
    unbegun: float = 1.2
    open: float = 0.5
    most_open: float = 12.0
    stop: float = -5.0
    start: float = -1.3
    untranslated: float = -1.4


FACTORS = Factors()

STATES = (0, 1, 2, 3)
"""Not translated, or one more than the phase of the intron that the site is an end of."""

_States = Sequence[float]  # a log weight for each of `STATES`


class _Reached(NamedTuple):
    column: int
    row: int  # 0 donor, 1 acceptor
    probability: float
    first: int  # 0-based place, in the bases, of the first one behind it


class _Site(NamedTuple):
    column: int
    row: int
    odds: float  # log-odds
    frames: Frames
    anew: _States  # log probabilities if nothing is known of other sites


def jointly(
    bases: str,
    probabilities: np.ndarray,
    strand: str = "+",
    *,
    places: Sequence[int] | None = None,
    factors: Factors = FACTORS,
) -> np.ndarray:
    """Return the probability of each site given all others of its strand.

    The weight of a set of sites is the product of their odds, and of a factor for any two that
    follow each other in it: what makes them likelier together than apart. If all factors were 1,
    sites would be independent and stay as they are. The factors are near those of the least
    cross-entropy on validation genes as the shipped classifier scores them: ``dnaviz measure genes
    --split validation --fit`` prints both.

    Parameters
    ----------
    bases : str
        The forward strand, upper case.
    probabilities : numpy.ndarray, shape (2, L)
        Rows donor and acceptor, columns positions of the forward strand.
    strand : "+" or "-"
    places : sequence of int, optional
        Of an edited sequence: the 0-based place in `bases`, the unedited, of each position, -1 of
        an inserted base. Reading frames are those of the unedited, since a splice site does not
        know of a stop codon.
    factors : Factors

    Returns
    -------
    numpy.ndarray, float32, shape (2, L)
    """
    if strand == "-":
        turned = places and [-1 if p < 0 else len(bases) - 1 - p for p in places[::-1]]
        sense = reverse_complement(bases)
        return jointly(sense, probabilities[:, ::-1], places=turned, factors=factors)[:, ::-1]
    # Behind a donor the intron begins with it, behind an acceptor the exon with the next base; in
    # inserted bases both begin, for reading frames, with the next one that is not inserted.
    own: Sequence[int] = range(len(bases)) if places is None else places
    last = list(accumulate(own, max))
    reached = [
        _Reached(int(c), int(r), float(probabilities[r, c]), int(last[c] + (own[c] < 0 or r)))
        for r, c in np.argwhere(probabilities >= LEAST)
    ]
    reached.sort(key=lambda one: -one.probability)
    chosen = tuple(sorted(reached[: probabilities.shape[1] // SPARSE + 20]))
    result = probabilities.astype(np.float32)
    for one, given in zip(chosen, _given_each_other(bases, chosen, factors), strict=True):
        result[one.row, one.column] = given
    return result


@lru_cache(maxsize=8)  # a page asks again whenever its threshold moves
def _given_each_other(
    bases: str, chosen: tuple[_Reached, ...], factors: Factors
) -> tuple[float, ...]:
    before_sites = frames(bases, [one.first for one in chosen])
    sites = [
        _Site(one.column, one.row, _log_odds(one.probability), here, _anew(one.row, here, factors))
        for one, here in zip(chosen, before_sites, strict=True)
    ]
    before, behind = _before(sites, factors), _behind(sites, factors)
    ending = (b + s.odds for s, states in zip(sites, before, strict=True) for b in states)
    total = _log_sum([0.0, *ending])
    result = []
    for site, before_it, behind_it in zip(sites, before, behind, strict=True):
        weight = _log_sum(b + a for b, a in zip(before_it, behind_it, strict=True))
        result.append(min(exp(weight + site.odds - total), 1.0))
    return tuple(result)


def _log_odds(probability: float) -> float:
    p = min(probability, SUREST)
    return log(p) - log1p(-p)


def _anew(row: int, here: Frames, factors: Factors) -> _States:
    coding = 1 / (1 + exp(-factors.coding))
    unlikely = exp(-factors.unbegun)
    read = [1.0 if row == 1 or here.may_be_read(phase) else unlikely for phase in PHASES]
    weights = [1 - coding, *(coding / len(PHASES) * weight for weight in read)]
    return [log(weight / sum(weights)) for weight in weights]


def _before(sites: list[_Site], factors: Factors) -> list[_States]:
    """Return for each site and state the log of the weights of all sets before it."""
    before: list[_States] = []
    ending: list[_States] = []  # of the sets that end with each site
    every, done = [-inf, -inf], 0  # the weights of all of these before a site, by their kind
    for i, site in enumerate(sites):
        while sites[done].column < site.column:
            row = sites[done].row
            every[row], done = _log_sum([every[row], *ending[done]]), done + 1
        anew = [0.0, *_missed(site.row, every, factors)]
        states: list[list[float]] = [[] for _ in STATES]
        for k in _near(site.column, sites, range(i - 1, -1, -1)):
            one, weights = sites[k], ending[k]
            if one.row == site.row:
                if site.column - one.column < ALTERNATIVES:
                    anew.append(_log_sum(weights) + factors.together)
                continue
            for origin, target, factor in _links(one, site, factors):
                states[target].append(weights[origin] + factor)
        fresh = _log_sum(anew)
        before.append(
            [_log_sum([fresh + a, *own]) for a, own in zip(site.anew, states, strict=True)]
        )
        ending.append([weight + site.odds for weight in before[-1]])
    return before


def _behind(sites: list[_Site], factors: Factors) -> list[_States]:
    """Return for each site and state the log of the weights of all sets behind it."""
    behind: list[_States] = [()] * len(sites)
    begun: list[float] = [0.0] * len(sites)  # of the sets that begin with each site
    every, done = [-inf, -inf], len(sites) - 1
    for i in range(len(sites) - 1, -1, -1):
        site = sites[i]
        while sites[done].column > site.column:
            row = sites[done].row
            every[row], done = _log_sum([every[row], begun[done]]), done - 1
        anew = [0.0, *_missed(site.row, every, factors)]
        states: list[list[float]] = [[] for _ in STATES]
        for k in _near(site.column, sites, range(i + 1, len(sites))):
            one = sites[k]
            if one.row == site.row:
                if one.column - site.column < ALTERNATIVES:
                    anew.append(begun[k] + factors.together)
                continue
            for origin, target, factor in _links(site, one, factors):
                states[origin].append(factor + one.odds + behind[k][target])
        fresh = _log_sum(anew)
        behind[i] = [_log_sum([fresh, *own]) for own in states]
        begun[i] = site.odds + _log_sum(a + b for a, b in zip(site.anew, behind[i], strict=True))
    return behind


def _missed(row: int, every: list[float], factors: Factors) -> list[float]:
    """Return the log weights of all sites of its kind, and of the other, beside a site."""
    return [every[row] + factors.missed, every[1 - row] + 2 * factors.missed]


def _near(column: int, sites: list[_Site], order: Iterable[int]) -> Iterator[int]:
    """Yield the sites within reach of a column, but not at it."""
    for k in order:
        distance = abs(sites[k].column - column)
        if distance > MAX_INTRON:
            return
        if distance:
            yield k


def _links(before: _Site, site: _Site, factors: Factors) -> list[tuple[int, int, float]]:
    """Return from which to which state what is between two sites leads, and its log factor."""
    distance = site.column - before.column
    first, ends = before.frames.first, site.frames
    # An intron or an exon may be deleted with the bases that are missing between these two.
    is_known = ends.first - first - distance - site.row + before.row < MIN_INTRON
    if before.row == 0:
        length = distance + 1
        if not MIN_INTRON <= length <= MAX_INTRON:
            return []
        factor = factors.intron - factors.intron_decay * log(length / 1000)
        if is_known:
            return [(state, state, factor) for state in STATES]
        return [(0, 0, factor), *_any_phase(factor)]
    length = distance - 1
    if length > MAX_EXON:
        return []
    factor = factors.together
    if length > SEEN:
        factor = factors.long_exon - factors.exon_decay * log(length / SEEN)
    links = [(0, 0, factor + factors.untranslated)]
    if not is_known:
        begins = [(0, 1 + phase, factor + factors.start - log(len(PHASES))) for phase in PHASES]
        stops = [(1 + phase, 0, factor + factors.stop) for phase in PHASES]
        return [*links, *begins, *stops, *_any_phase(factor)]
    read = min(factors.open * ends.rarity_since(before.frames), factors.most_open)
    for phase in PHASES:
        following = (phase + ends.first - first) % 3
        if ends.is_open_from(first + (3 - phase) % 3, following):
            links.append((1 + phase, 1 + following, factor + read))
        else:
            links.append((1 + phase, 0, factor + factors.stop))
        if ends.is_begun_from(first, phase):
            links.append((0, 1 + phase, factor + factors.start))
    return links


def _any_phase(factor: float) -> list[tuple[int, int, float]]:
    """Return the links from each phase to each, where nothing tells which follows which."""
    share = factor - log(len(PHASES))
    return [(1 + phase, 1 + following, share) for phase in PHASES for following in PHASES]


def _log_sum(terms: Iterable[float]) -> float:
    """Return the log of the sum of what these are the logs of."""
    every = list(terms)
    top = max(every)
    return top if top == -inf else top + log(sum(exp(one - top) for one in every))
