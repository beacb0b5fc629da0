"""Shift of a sequence's latents and probabilities by edits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant

WINDOW = 200


class LatentShift(NamedTuple):
    """Distances of latents and probabilities before and after edits.

    ``before`` and ``after``: the window's bases without and with the edits; ``first``: the 1-based
    position of its first base; ``distance``: between the two latents, by space; ``probabilities``
    (2, 3): of `dnaviz.models.LABELS` for its middle base (0-based ``len // 2``), before and after;
    None where the model scores no sites.
    """

    before: str
    after: str
    first: int
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
    from dnaviz.models.protocol import label_probabilities

    if len(sequence) <= WINDOW and len(edited) <= WINDOW:
        pair, first = [str(sequence), str(edited)], 1
    else:
        middle = variants[0].position - 1 if variants else len(sequence) // 2
        start = int(np.clip(middle - WINDOW // 2, 0, max(0, len(sequence) - WINDOW)))
        pair = [str(s)[start : start + WINDOW] for s in (sequence, edited)]
        first = start + 1
    distance: dict[str, float] = {}
    for space in latent_spaces(model):
        latents = encode_in(model, pair, space)
        distance[space] = float(np.linalg.norm(latents[1] - latents[0]))
    probabilities = label_probabilities(model, pair) if can(model, "score_windows") else None
    return LatentShift(pair[0], pair[1], first, distance, probabilities)
