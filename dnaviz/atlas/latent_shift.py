"""Shift of a sequence's latents and probabilities by edits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.attribution.window import site_window
from dnaviz.models.protocol import window_scores
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.variants import edited_position

WINDOW = 200


class LatentShift(NamedTuple):
    """Distances of latents and probabilities before and after edits.

    Attributes
    ----------
    before, after : str
        The window's bases without and with the edits, around the same base (0-based ``len // 2``);
        N where an edited sequence ends before its window does.
    first, position : int
        1-based positions of the window's first base and of the one in its middle.
    distance : dict of str to float
        Between the two latents, by space.
    probabilities : numpy.ndarray, shape (2, 3), or None
        Of `dnaviz.models.LABELS` for the base in the middle, before and after, by all that the
        model sees around it, in the window or not. NaN after edits that delete the base; None where
        the model scores no sites.
    """

    before: str
    after: str
    first: int
    position: int
    distance: dict[str, float]
    probabilities: NDArray | None


def latent_shift(
    model: Any, sequence: Sequence, edited: Sequence, variants: list[Variant]
) -> LatentShift:
    """Encode a sequence before and after edits.

    A sequence of at most `WINDOW` nt goes in whole; of a longer one the `WINDOW` nt around the
    first edit.
    """
    from dnaviz.models import can, encode_in, latent_spaces

    start, size = 0, min(len(sequence), WINDOW)
    if len(sequence) > WINDOW:
        middle = variants[0].position - 1 if variants else len(sequence) // 2
        middle -= bool(variants and middle and not variants[0].alt)  # a base that stays
        start = min(max(middle - WINDOW // 2, 0), len(sequence) - WINDOW)
    base = start + size // 2
    nearest = base + 1  # 1-based, of the bases up to this one that the edits leave
    while (after := edited_position(variants, nearest)) is None:
        nearest -= 1
    places = ((sequence, base), (edited, max(after - 1, 0)))
    pair = [
        site_window(record, position=at + 1, context=WINDOW).centered(size) for record, at in places
    ]
    distance: dict[str, float] = {}
    for space in latent_spaces(model):
        latents = encode_in(model, pair, space)
        distance[space] = float(np.linalg.norm(latents[1] - latents[0]))
    probabilities = None
    if can(model, "score_windows"):
        probabilities = np.stack([_probabilities(model, record, at) for record, at in places])
        if nearest != base + 1:
            probabilities[1] = np.nan
    return LatentShift(pair[0], pair[1], start + 1, base + 1, distance, probabilities)


def _probabilities(model: Any, sequence: Sequence, at: int) -> NDArray:
    """Return the probabilities (3,) of `dnaviz.models.LABELS` at a 0-based place."""
    from dnaviz.models import log_odds_to_probabilities

    window = site_window(sequence, position=at + 1, context=model.context).array
    sites = log_odds_to_probabilities(window_scores(model, window[None]))[0]
    return np.array([max(1 - sites.sum(), 0), *sites], np.float32)
