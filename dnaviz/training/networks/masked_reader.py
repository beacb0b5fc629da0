"""The network behind the prior of ``dnaviz probe``: it fills in hidden bases from what is around.

A body as the autoencoder's looks at DNA in which a base in every eight, and perhaps its neighbors,
is hidden, and says which bases stood there (Devlin et al. 2019). No label is used. What it thinks
of a place that it cannot see, 96 floats, is its opinion of what belongs there.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.models.checkpoint import load_checkpoint
from dnaviz.models.encoder import BODY_RADIUS, SPACING, WIDTHS, Body
from dnaviz.models.model import ASSETS
from dnaviz.models.threads import one_thread
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import one_hot_codes

AROUND = 2  # bases on either side of a slot that may be hidden with it
HIDDEN = 4  # the code of a base that cannot be seen


class MaskedReader(nn.Module):
    """Logits of the bases at every eighth position and :data:`AROUND` it."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Body()
        self.output = nn.Linear(WIDTHS[-1], 4 * (2 * AROUND + 1))

    def forward(self, x: Tensor) -> Tensor:
        """(n, 4, 2 * BODY_RADIUS + 1 + SPACING * (slots - 1)) -> (n, slots, 5, 4) logits."""
        logits: Tensor = self.output(self.body.windows(x).transpose(1, 2))
        return logits.reshape(*logits.shape[:2], 2 * AROUND + 1, 4)


def load_reader(folder: str | Path) -> tuple[MaskedReader, dict[str, Any]]:
    """The reader of a folder, in eval mode, and what is known of its weights."""
    reader = MaskedReader()
    return reader, load_checkpoint(folder, "reader", reader)


@lru_cache(maxsize=1)
def shipped_reader() -> tuple[MaskedReader, dict[str, Any]]:
    """The reader that ships with dnaviz."""
    return load_reader(ASSETS)


@torch.no_grad()
def opinions(codes: np.ndarray, reader: MaskedReader, reach: int, batch: int = 200) -> np.ndarray:
    """What a reader thinks of each position around the middle when that one is hidden.

    Parameters
    ----------
    codes : ndarray, shape (n, L), uint8
        Base codes.
    reader : MaskedReader
        In eval mode.
    reach : int
        Positions before the middle (``L // 2``), and from it on; a multiple of ``SPACING``.

    Returns
    -------
    ndarray, shape (n, 96, 2 * reach), float32
    """
    slots, middle = 2 * reach // SPACING, codes.shape[1] // 2
    found = np.empty((len(codes), WIDTHS[-1], 2 * reach), np.float32)
    width = 2 * BODY_RADIUS + 1 + SPACING * (slots - 1)
    with one_thread():
        for phase in range(SPACING):
            first = middle - reach + phase - BODY_RADIUS  # the window's, in the sequence
            low, high = max(0, first), min(codes.shape[1], first + width)
            seen = np.full((len(codes), width), PAD, np.uint8)
            seen[:, low - first : high - first] = codes[:, low:high]
            hidden = seen[:, BODY_RADIUS : width - BODY_RADIUS : SPACING]
            hidden[hidden != PAD] = HIDDEN
            for start in range(0, len(codes), batch):
                x = torch.from_numpy(one_hot_codes(seen[start : start + batch]))
                found[start : start + batch, :, phase::SPACING] = reader.body.windows(x).numpy()
    return cast(np.ndarray, found)
