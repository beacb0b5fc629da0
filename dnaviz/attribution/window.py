"""The stretch of a sequence that a prediction can depend on, as the model reads it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.models.protocol import check_site
from dnaviz.sequences import (
    MIN_LENGTH,
    AnySequences,
    as_sequence,
    one_hot,
    reverse_complement,
    shorten,
)
from dnaviz.splicing.scan import check_strand

WITHOUT, AFTER = "without edits", "after the edits"
"""Which of two sequences something is of."""

CONTEXT = 200  # nt on each side that the shipped model looks at


class SiteWindow(NamedTuple):
    """One site with the context the model sees, in the sense of its strand.

    Attributes
    ----------
    array : numpy.ndarray
        float32 of shape (4, 2 * context + 1), the site in the middle, zeros beyond the sequence.
    columns : slice
        The columns of `array` inside the sequence; w of them.
    bases : str
        The w bases, upper case.
    positions : numpy.ndarray
        int of shape (w,): their 1-based forward coordinates (falling on the strand "-").
    offsets : numpy.ndarray
        int of shape (w,): their distance from the site in the sense of the strand; 0 is the site.
    name : str
        Of the sequence.
    position, strand, site
        What was asked for, `position` 1-based on forward coordinates.
    """

    array: np.ndarray
    columns: slice
    bases: str
    positions: np.ndarray
    offsets: np.ndarray
    name: str
    position: int
    strand: str
    site: str

    def centered(self, length: int) -> str:
        """Return `length` bases with the site at 0-based ``length // 2``, N beyond the sequence."""
        left = int(np.flatnonzero(self.offsets == 0)[0]) - length // 2
        right = left + length
        inside = self.bases[max(left, 0) : right]
        return "N" * -min(left, 0) + inside + "N" * max(right - len(self.bases), 0)


def describe_site(result: Any) -> str:
    """Say in few words which site of which sequence a result is of."""
    return (
        f"{result.site} {result.position:,} ({result.strand}) of {shorten(result.name)}, "
        f"probability {result.probability:.3f}"
    )


def attribution_heading(result: Any, threshold: float, edits: str = "") -> str:
    """Return which site is explained, as a heading.

    Parameters
    ----------
    result : Attribution
    threshold : float
        Below it the model sees no site.
    edits : str
        `WITHOUT` or `AFTER`, where there are edits.
    """
    article = "an" if result.site == "acceptor" else "a"
    what = f"{article} {result.site} at {result.position:,} ({result.strand.replace('-', '−')})"
    why, link = "Why the model sees", " with"
    if result.probability < threshold:
        why, link = "What speaks for and against", ","
    begin = f"{edits.capitalize()}: {why[0].lower()}{why[1:]}" if edits else why
    return f"{begin} {what}{link} probability {result.probability:.3f}"


def site_window(
    sequence: AnySequences,
    *,
    site: str = "donor",
    position: int | None = None,
    strand: str = "+",
    context: int = CONTEXT,
) -> SiteWindow:
    """Cut out a site and its context.

    Parameters
    ----------
    sequence : str or Sequence
    site : "donor" or "acceptor"
    position : int, optional
        1-based forward coordinate; by default the middle of the strand as the model counts it
        (0-based L // 2 in the sense of the strand).
    strand : "+" or "-"
    context : int
        Bases on each side of the site, as many as the model looks at.

    Raises
    ------
    InputError
        If any of them is none of the above or lies outside the sequence.
    """
    record = as_sequence(sequence, min_length=MIN_LENGTH)
    check_site(site)
    check_strand(strand)
    length = len(record)
    forward = strand == "+"
    if position is None:
        position = length // 2 + 1 if forward else length - length // 2
    if isinstance(position, bool) or not isinstance(position, int | np.integer):
        raise InputError(f'A position is a whole number, not "{str(position)[:20]}".')
    position = int(position)
    if not 1 <= position <= length:
        raise InputError(f"Position {position:,} lies outside the sequence (1 to {length:,}).")
    index = position - 1 if forward else length - position  # in the sense of the strand
    start, stop = max(index - context, 0), min(index + context + 1, length)
    bases = (
        str(record)[start:stop]
        if forward
        else reverse_complement(str(record)[length - stop : length - start])
    )
    array = np.zeros((4, 2 * context + 1), dtype=np.float32)
    columns = slice(start - index + context, stop - index + context)
    array[:, columns] = one_hot(bases)
    offsets = np.arange(start, stop) - index
    positions = position + offsets if forward else position - offsets
    return SiteWindow(
        array, columns, bases, positions, offsets, record.name, position, strand, site
    )
