"""How probable each splice site is, given the other sites of its strand.

A splice model sees some hundred bases around a site. What lies farther away tells, too: donors and
acceptors take turns, and long exons are rare. A chain along the sites, of which each knows the one
before, puts that together with what the model says of each (forward-backward algorithm; exons and
introns have lengths, as in a hidden semi-Markov model of genes). A site that stands alone keeps its
probability.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, inf, log, log1p

import numpy as np

LEAST = 0.01
"""Probability below which a position stays as it is and tells nothing of others."""

SPARSE = 50
"""Positions for each site that is judged, beside the first 20: of more, as a model without training
has, the strongest are."""

SUREST = 1 - 1e-6
"""Probability that is taken for that of a surer site."""

REACH = 100_000
"""Length (nt) of the longest intron that is looked for."""

TOGETHER = 0.25
"""Log factor of two sites in a row that tell nothing of each other but that there is a gene."""

OUT_OF_TURN = -1.9
"""Log factor of two sites in a row between which one must have been missed."""

ALTERNATIVES = 60
"""Distance (nt) within which two of a kind may be alternatives of each other: `TOGETHER`."""

SEEN = 200
"""Length (nt) up to which the model sees both ends of an exon: `TOGETHER`."""

LONG_EXON, EXON_DECAY = 0.75, 1.35
"""Log factor of an exon just longer than `SEEN`, and by how much it falls with the log length."""

MIN_INTRON = 50
"""Length (nt) of the shortest intron."""

INTRON, INTRON_DECAY = 0.5, 0.35
"""Log factor of an intron of 1,000 nt, and by how much it falls with the log length."""

_Placed = tuple[int, int, float]  # column, row (0 donor, 1 acceptor), log-odds


def jointly(probabilities: np.ndarray, strand: str = "+") -> np.ndarray:
    """Return the probability of each site given all others of its strand.

    The weight of a set of sites is the product of their odds, and of a factor for any two that
    follow each other in it: what makes them likelier together than apart. If all factors were 1,
    sites would be independent and stay as they are. The constants of this module are near those
    of the least cross-entropy on genes of validation and training chromosomes, whole and in pieces,
    as the shipped classifier scores them; `TOGETHER`, which is in all of them, calibrates
    validation genes.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (2, L)
        Rows donor and acceptor, columns positions of the forward strand.
    strand : "+" or "-"

    Returns
    -------
    numpy.ndarray, float32, shape (2, L)
    """
    result = probabilities.astype(np.float32)
    reached = [(int(c), int(r)) for r, c in np.argwhere(probabilities >= LEAST)]
    reached.sort(key=lambda place: -float(probabilities[place[1], place[0]]))
    places = sorted(reached[: probabilities.shape[1] // SPARSE + 20])
    chances = [min(float(probabilities[row, column]), SUREST) for column, row in places]
    sites = [(c, r, log(p) - log1p(-p)) for (c, r), p in zip(places, chances, strict=True)]
    # Against its sense, an exon begins with the donor: as if donors and acceptors changed places.
    turned = [(column, 1 - row, odds) for column, row, odds in sites]
    forward, backward = (sites, turned) if strand == "+" else (turned, sites)
    before = _weights_before(forward)
    behind = _weights_before([(-column, row, odds) for column, row, odds in backward[::-1]])[::-1]
    total = _log_sum([0.0, *(b + odds for b, (_, _, odds) in zip(before, sites, strict=True))])
    for (column, row, odds), b, a in zip(sites, before, behind, strict=True):
        result[row, column] = min(exp(b + odds + a - total), 1.0)
    return result


def _weights_before(sites: list[_Placed]) -> list[float]:
    """Return for each site the log of the weights of all sets before it, the empty one too."""
    before: list[float] = []
    ending: list[float] = []  # the weights of the sets that end with each site
    first, far = 0, -inf  # the first site within reach, and the weights of those before it
    for column, row, odds in sites:
        while column - sites[first][0] > REACH:
            far = _log_sum([far, ending[first] + OUT_OF_TURN])
            first += 1
        near = zip(sites[first:], ending[first:], strict=False)
        before.append(
            _log_sum([0.0, far, *(w + _log_factor(column - c, r, row) for (c, r, _), w in near)])
        )
        ending.append(before[-1] + odds)
    return before


def _log_factor(distance: int, row: int, following: int) -> float:
    """Return the log factor of two sites in a row, so many nt apart."""
    if distance == 0:
        return -inf  # no base is both
    if row == following:
        return TOGETHER if distance < ALTERNATIVES else OUT_OF_TURN
    if row == 1:
        length = distance - 1
        if length <= SEEN:
            return TOGETHER
        return max(LONG_EXON - EXON_DECAY * log(length / SEEN), OUT_OF_TURN)
    length = distance + 1
    return OUT_OF_TURN if length < MIN_INTRON else INTRON - INTRON_DECAY * log(length / 1000)


def _log_sum(terms: Iterable[float]) -> float:
    """Return the log of the sum of what these are the logs of."""
    every = list(terms)
    top = max(every)
    return top if top == -inf else top + log(sum(exp(one - top) for one in every))
