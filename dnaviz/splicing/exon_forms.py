"""What the sites around one exon or in one intron make possible: forms of it, with a support each.

The unit that is recognized is an exon: an acceptor and a donor together. A form of an exon has the
product of the probabilities of its two ends as its support; what is left of 1 is that the exon is
skipped. Where the forms add up to more than 1, they share it. Supports order what is possible; they
are no proportions of transcripts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

KNOWN = 0.95
"""A known exon's sites are taken for at least this probable in the reference: they are in use."""

FLOOR = 0.02
"""Sites less probable than this in both sequences make no form."""

MOST_EXTENDED = 300
"""Most bases of an intron (nt) that a site inside it adds to an exon."""

PSEUDO_EXON = (20, 500)
"""Shortest and longest exon (nt) that is looked for inside an intron."""

MIN_GAP = 30
"""Least distance (nt) of two sites that end one intron, or of a pseudo-exon from an exon."""

RETAINED = 0.35
"""Support of keeping a short intron that lost a site, beside skipping an exon."""

SHORT_INTRON = 150
"""Introns longer than this (nt) are kept the more rarely the longer they are."""


class End(NamedTuple):
    """A place where an exon may begin or end.

    Attributes
    ----------
    cut : int
        Bases of the alternate before it, in the sense of the transcript.
    reference, alternate : float
        Its site's probability, of a new end that of no pseudo-exon taking it included; of an end
        that is no splice site 1.
    column : int
        0-based place of the site's base in the alternate; -1 where it has none.
    """

    cut: int
    reference: float
    alternate: float
    column: int


class Form(NamedTuple):
    """An exon between two ends, with its support in the reference and in the alternate."""

    start: End
    end: End
    before: float
    after: float


def logit(p: float) -> float:
    """Return log-odds, of probabilities held off 0 and 1."""
    held = min(max(p, 1e-6), 1 - 1e-6)
    return float(np.log(held / (1 - held)))


def in_use(reference: float, alternate: float) -> tuple[float, float]:
    """Return the probabilities of a known site: at least `KNOWN` before, moved by as much after.

    The change of log-odds is that of the scan.
    """
    shift = max(logit(KNOWN) - logit(reference), 0.0)
    return tuple(  # type: ignore[return-value]
        float(1 / (1 + np.exp(-logit(p) - shift))) if p > 0 else 0.0 for p in (reference, alternate)
    )


def exon_forms(
    starts: list[End], ends: list[End], *, skippable: bool
) -> tuple[list[Form], tuple[float, float]]:
    """Return the forms of an exon and the support of its absence, before and after.

    Parameters
    ----------
    starts, ends : list of End
        Where it may begin and end; the usual places first.
    skippable : bool
        Whether the mRNA may lack it: the first and the last exon only where they are deleted.
    """
    pairs = [(s, e) for s in starts for e in ends]
    # An exon without a base is deleted: it had its support before.
    weights = np.array(
        [(s.reference * e.reference, s.alternate * e.alternate * (e.cut > s.cut)) for s, e in pairs]
    )
    total = weights.sum(axis=0)
    shared = weights / np.maximum(total, 1)
    left = np.maximum(1 - total, 0)
    forms = [Form(s, e, float(b), float(a)) for (s, e), (b, a) in zip(pairs, shared, strict=True)]
    deleted = all(e.cut <= s.cut for s, e in pairs)
    absent = (float(left[0]), float(left[1])) if skippable else (0.0, float(deleted))
    return forms, absent


def pseudo_exons(starts: list[End], ends: list[End]) -> list[Form]:
    """Return the exons that an intron's own sites can make, those that grow, the best first."""
    low, high = PSEUDO_EXON
    forms = [
        Form(s, e, s.reference * e.reference, s.alternate * e.alternate)
        for s in starts
        for e in ends
        if low <= e.cut - s.cut <= high
    ]
    return sorted(forms, key=lambda form: form.before - form.after)


def retention(lost: float, length: int) -> float:
    """Return the support of keeping an intron.

    Parameters
    ----------
    lost : float
        What its weaker site lost of its probability.
    length : int
        Of the intron, nt.
    """
    return RETAINED * lost * min(1.0, SHORT_INTRON / max(length, 1))
