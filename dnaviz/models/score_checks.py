"""Whether a model's scores are what :class:`dnaviz.models.protocol.SiteScorer` says they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnaviz.errors import InputError
from dnaviz.models.protocol import can, position_scores, require, window_scores
from dnaviz.sequences import BASES, one_hot

BEYOND = 20
"""Bases beyond its context that a model is shown on each side."""


def check_scores(model: Any) -> None:
    """Refuse scores that depend on more than the context, or windows scored off their middle.

    A model that scores no positions is not looked at. Scores may differ as in half precision.

    Raises
    ------
    InputError
        With what is wrong.
    """
    if not can(model, "score_positions"):
        return
    require(model, "score_positions")
    middle = model.context + BEYOND
    text = "".join(np.random.default_rng(0).choice(list(BASES), 2 * middle + 1))
    inner = text[BEYOND:-BEYOND]
    (among,) = position_scores(model, [text], [slice(middle, middle + 1)])
    (alone,) = position_scores(model, [inner], [slice(model.context, model.context + 1)])
    if not _alike(among, alone):
        raise InputError(
            f"The model {model.name} scores a base by bases farther away than its context, "
            f"{model.context} nt, or by chance: give the context that it has, and put it in eval "
            "mode."
        )
    for window in (text, text[:-1]) if can(model, "score_windows") else ():
        if not _alike(window_scores(model, one_hot(window)[None])[0], among[:, 0]):
            raise InputError(
                f"The model {model.name} scores the middle of a window, column w // 2 of its "
                f"{len(window)}, otherwise than that base of a sequence."
            )


def _alike(one: Any, other: Any) -> bool:
    return np.allclose(one, other, rtol=0.05, atol=0.5)
