"""Known splice signals in the bases around a site: where they lie, and what they are, in a line.

Offsets are distances from the site in the sense of its strand: of a donor the first intron base is
0, of an acceptor the last one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.sequences import IUPAC

BRANCH = "YTNAY"
"""Where the branch point's A stands fourth (Mercer et al. 2015 and others)."""
REACH = (18, 45)
"""How far upstream of an intron's end branch points lie, in nt."""
MOST_BRANCH_POINTS = 3


class Signal(NamedTuple):
    """One signal: `first` and `last` are offsets of its bases; `text` explains it in one line."""

    name: str
    first: int
    last: int
    text: str


def signals(bases: str, offsets: np.ndarray, site: str) -> list[Signal]:
    """Find the known signals of a site among the bases around it.

    Parameters
    ----------
    bases : str
        In the sense of the strand, upper case.
    offsets : numpy.ndarray
        int of shape (w,), rising by one: the distance of each base from the site.
    site : "donor" or "acceptor"
    """
    around = _Around(bases, int(offsets[0]))
    return _donor(around) if site == "donor" else _acceptor(around)


class _Around:
    """Bases by offset; N beyond their ends."""

    def __init__(self, bases: str, first: int) -> None:
        self._bases, self._first = bases, first

    def __call__(self, first: int, last: int) -> str:
        """Return the bases from one offset to another, both included."""
        indices = range(first - self._first, last - self._first + 1)
        return "".join(self._bases[i] if 0 <= i < len(self._bases) else "N" for i in indices)


def _donor(around: _Around) -> list[Signal]:
    pair = around(0, 1)
    kinds = {
        "GT": "the first two intron bases; nearly every intron begins with them",
        "GC": "the first two intron bases; about one human intron in a hundred begins so",
        "AT": "the first two intron bases; some introns of the minor spliceosome begin so",
    }
    signals = [_dinucleotide(pair, 0, kinds, "GT")]
    motif, bases = "MAGGTRAGT", around(-3, 5)
    signals.append(
        Signal(
            "MAG|GTRAGT",
            -3,
            5,
            f"the donor consensus, where U1 snRNA pairs; {_said(motif, bases)} of 9 bases fit "
            f"({bases[:3]}|{bases[3:]})",
        )
    )
    return signals


def _acceptor(around: _Around) -> list[Signal]:
    kinds = {
        "AG": "the last two intron bases; nearly every intron ends with them",
        "AC": "the last two intron bases; some introns of the minor spliceosome end so",
    }
    signals = [_dinucleotide(around(-1, 0), -1, kinds, "AG")]
    bases = around(-3, 1)
    signals.append(
        Signal(
            "NCAG|G",
            -3,
            1,
            f"the acceptor consensus Y-tract NCAG|G, which U2AF35 binds; "
            f"{_said('CAGG', bases[1:])} of its 4 fixed bases fit ({bases[:4]}|{bases[4:]})",
        )
    )
    tract = _tract(around)
    if tract:
        signals.append(tract)
    return signals + _branch_points(around)


def _dinucleotide(pair: str, first: int, kinds: dict[str, str], usual: str) -> Signal:
    is_known = set(pair) <= set("ACGT")
    lost = "without it sites are all but lost" if is_known else "which bases are there is not known"
    text = kinds.get(pair, f"stands where an intron has {usual}; {lost}")
    return Signal(pair, first, first + 1, f"the {pair}: {text}" if pair in kinds else text)


def _said(motif: str, bases: str) -> int:
    """How many bases fit a motif of IUPAC codes."""
    return sum(base in IUPAC[code] for code, base in zip(motif, bases, strict=True))


def _tract(around: _Around) -> Signal | None:
    """Find the richest stretch of pyrimidines between the branch points and the AG."""
    first, last = -40, -4
    steps = [
        1.0 if base in "CT" else -1.5 if base in "AG" else -0.5 for base in around(first, last)
    ]
    best, start, total = (0.0, 0, 0), 0, 0.0
    for i, step in enumerate(steps):
        if total <= 0:
            start, total = i, 0.0
        total += step
        best = max(best, (total, start, i))
    score, start, end = best
    if score < 5:
        return None
    left, right = first + start, first + end
    bases = around(left, right)
    share = sum(base in "CT" for base in bases) / len(bases)
    return Signal(
        "polypyrimidine tract",
        left,
        right,
        f"a run of C and T before the AG, which U2AF65 binds; {share:.0%} of {len(bases)} bases "
        "here are C or T",
    )


def _branch_points(around: _Around) -> list[Signal]:
    """Candidates: an A in a place like YTNAY, the best and nearest first."""
    candidates = []
    for distance in range(REACH[0], REACH[1] + 1):
        bases = around(-distance - 3, -distance + 1)
        if bases[3] == "A" and bases[1] == "T":
            candidates.append((_said(BRANCH, bases), -distance, bases))
    best = sorted(candidates, key=lambda c: (-c[0], -c[1]))[:MOST_BRANCH_POINTS]
    return [
        Signal(
            "branch point?",
            offset - 3,
            offset + 1,
            f"a candidate: the A in {here}, {-offset} nt upstream of the intron's end, could join "
            f"the lariat ({fit} of 5 bases fit {BRANCH})",
        )
        for fit, offset, here in sorted(best, key=lambda c: c[1])
    ]
