"""A table of the nearest windows in latent space, each a step to take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import informative_columns
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.sequence_html import value_text
from dnaviz.panels.common.table import Table


class NeighborTable:
    """Nearest windows with their distance; choosing one calls `choose` with its row."""

    def __init__(self, atlas: Atlas, choose: Callable[[int], None], label: str) -> None:
        self.atlas = atlas
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._head = widgets.HTML(layout={"width": "100%"})
        self._named = informative_columns(atlas.obs, 2)
        heads = [name.replace("_", " ") for name in self._named]
        self.table = Table(
            columns=["", *heads, "distance", "window"],
            numeric=[0, len(heads) + 1],
            label=label,
            empty="",
        )
        self.table.on_choose(lambda number: choose(int(self.rows[number])))
        self.view = widgets.VBox([self._head, self.table], layout={"width": "100%"})

    def show(self, rows: NDArray, distances: NDArray, words: str) -> None:
        """Show these rows of the atlas under a heading; none for none."""
        self.rows = rows
        hide(self.view, not len(rows))
        obs = self.atlas.obs
        self._head.value = f'<div class="dnaviz-note">{escape(words)}</div>'
        self.table.show(
            (
                number,
                *(cell(obs, name, at) for name in self._named),
                f"{distance:.2f}",
                str(obs.index[at])[:60],
            )
            for number, (at, distance) in enumerate(zip(rows, distances, strict=True), start=1)
        )


def cell(obs: Any, column: str, at: int) -> str:
    """A value of metadata in a table; empty where there is none."""
    return value_text(obs[column].iloc[int(at)])[:40] if column in obs else ""


def hide(widget: Any, hidden: bool) -> None:
    """Take a widget off the page, or put it back."""
    widget.layout.display = "none" if hidden else None
