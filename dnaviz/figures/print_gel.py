"""The predicted gel for the printed page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz.figures.gel import HALF, band_rows
from dnaviz.figures.theme import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dnaviz.splicing.gel import Gel

SIZE = 7.5  # points of the text


def print_gel(gel: Gel) -> Figure:
    """Draw the bands of a predicted gel as `gel.gel_figure` does, for print."""
    from matplotlib.figure import Figure

    colors = theme()
    figure = Figure(figsize=(3.4, 3.0), facecolor=colors.paper, layout="constrained")
    axis = figure.subplots()
    axis.set_facecolor(colors.paper)
    for lane, size, at, _ in band_rows(gel):
        color, width = (colors.ink, 2.4) if lane else (colors.muted, 1.2)
        axis.plot([lane - HALF, lane + HALF], [size, size], color=color, linewidth=width)
        edge, side = (lane + HALF + 0.05, "left") if lane == 2 else (lane - HALF - 0.05, "right")
        axis.text(edge, at, f"{size:,}", color=color, fontsize=SIZE, va="center", ha=side)
    axis.set_yscale("log")
    axis.set_yticks([])
    axis.minorticks_off()
    axis.set_ylabel("size (nt)", color=colors.ink, fontsize=SIZE)
    axis.set_xlim(-0.8, 2.8)
    axis.set_xticks([0, 1, 2], ["marker", "reference", "alternate"])
    axis.tick_params(colors=colors.ink, labelsize=SIZE, length=0, top=False, labeltop=True,
                     labelbottom=False)  # fmt: skip
    for spine in axis.spines.values():
        spine.set_visible(False)
    return figure
