"""Where the viewer's sequences fell, what lies around them, and which are far from all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import Atlas, Projection
from dnaviz.atlas.columns import informative_column, is_numeric, numbers
from dnaviz.panels.common.neighbors import NeighborTable, cell, hide
from dnaviz.panels.common.sequence_html import list_html, value_text
from dnaviz.panels.common.table import Table


class ProjectedCard:
    """Where sequences fell; choosing one shows its neighbors, choosing one of these steps there.

    Parameters
    ----------
    atlas : Atlas
    choose : callable
        Given the row of a neighbor to look at.
    """

    def __init__(self, atlas: Atlas, choose: Callable[[int], None]) -> None:
        self.atlas = atlas
        self.placement: Projection | None = None
        self._names: list[str] = []
        full_width = {"layout": {"width": "100%"}}
        self.notes, self.warnings = widgets.HTML(**full_width), widgets.HTML(**full_width)
        self.table = Table(
            columns=["sequence", "distance", "around", "nearest"],
            numeric=[1],
            label="Where your sequences fall",
            empty="",
        )
        self.table.on_choose(self._show_neighbors)
        self.near = NeighborTable(atlas, choose, "Nearest windows to your sequence")
        self.view = widgets.VBox(
            [self.warnings, self.table, self.notes, self.near.view], **full_width
        )
        hide(self.view, True)

    def _show_neighbors(self, number: int) -> None:
        assert self.placement is not None
        self.near.show(
            self.placement.neighbors[number],
            self.placement.distances[number],
            f"Nearest to {self._names[number][:40]} in latent space: choose one to look at it",
        )

    def show(
        self, placement: Projection | None, names: list[str], lengths: list[int], space: str
    ) -> None:
        """Show a placement; None for none."""
        self.placement, self._names = placement, names
        hide(self.view, placement is None)
        if placement is None:
            return
        obs = self.atlas.obs
        self.table.show(
            (
                name[:24],
                f"{distances.mean():.2f}{' far' if far else ''}",
                _around(obs, rows),
                cell(obs, "gene", rows[0]) or str(obs.index[rows[0]])[:24],
            )
            for name, rows, distances, far in zip(
                names, placement.neighbors, placement.distances, placement.far, strict=True
            )
        )
        self._show_neighbors(0)
        self.warnings.value = list_html(
            self._far(placement, names, self.atlas.far_threshold(space)), warning=True
        )
        window = self.atlas.window
        notes = ["The middle base of a sequence is taken for the site."]
        if any(length > window for length in lengths):
            notes.append(
                f"Of sequences longer than {window} nt the central {window} nt are placed."
            )
        if any(length < window for length in lengths):
            notes.append(f"Sequences shorter than {window} nt are encoded as they are.")
        self.notes.value = list_html([" ".join(notes)])

    @staticmethod
    def _far(placement: Projection, names: list[str], beyond: float) -> list[str]:
        away = [name[:40] for name, far in zip(names, placement.far, strict=True) if far]
        if not away:
            return []
        few = ", ".join(away[:5]) + (f" and {len(away) - 5} more" if len(away) > 5 else "")
        return [
            f"{few}: farther from the atlas than 99 % of held-out windows are (mean distance to "
            f"{placement.neighbors.shape[1]} neighbors above {beyond:.2f}), so the place on the "
            "map means little."
        ]


def _around(obs: Any, rows: NDArray[np.int64]) -> str:
    """The commonest label of the neighbors and how many have it: '12/15 donor'.

    Where there are no labels, the same of the column that tells most.
    """
    name = informative_column(obs)
    values = obs[name].iloc[rows]
    if is_numeric(obs[name]):
        mean = pd.Series(numbers(values)).mean()  # of those that have a value
        return f"{name.replace('_', ' ')[:16]} {value_text(mean)}".strip()
    counts = values.astype(str).value_counts()
    return f"{counts.iloc[0]}/{len(rows)} {counts.index[0][:20]}"
