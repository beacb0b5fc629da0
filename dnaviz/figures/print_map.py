"""The map for the printed page: vector, a column of a journal wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.coloring import Coloring
from dnaviz.figures.theme import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 3.5  # inches: 89 mm, one column of most journals
SIZE = 7  # points of the text
LONGEST = 30  # letters of a name
MOST_VECTORS = 50_000
"""Points drawn one by one; more are a picture at 600 dpi within the vector page."""


def print_map(
    xy: NDArray,
    coloring: Coloring,
    *,
    shown: NDArray[np.bool_] | None = None,
    placed: NDArray | None = None,
    names: list[str] | None = None,
    categories: list[tuple[str, float, float]] | None = None,
) -> Figure:
    """Draw points in the colors of a column, with its legend; see `logo.figure_bytes` to save it.

    Parameters
    ----------
    xy
        Positions (n, 2).
    coloring
        Of the same n points.
    shown
        Which of them are drawn (n,); by default all.
    placed, names
        Positions (m, 2) and names of sequences that are stars.
    categories
        Names that stand on the map, and where; see `map.category_places`.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    colors = theme(False)
    kept = np.ones(len(xy), bool) if shown is None else shown
    figure = Figure(figsize=(WIDTH, WIDTH * 1.08), dpi=600, layout="constrained")
    axes = figure.add_subplot()
    scale = LinearSegmentedColormap.from_list("column", coloring.scale, N=1024)
    low, high = coloring.limits
    points = axes.scatter(
        xy[kept, 0], xy[kept, 1], c=coloring.codes[kept], cmap=scale, vmin=low, vmax=high,
        s=1.2, linewidths=0, alpha=0.8, rasterized=int(kept.sum()) > MOST_VECTORS,
    )  # fmt: skip
    stars = np.empty((0, 2)) if placed is None else np.reshape(placed, (-1, 2))
    for (x, y), name in zip(stars, names or [], strict=True):
        axes.plot(x, y, "*", color=colors.ink, markersize=7, markeredgecolor="white", mew=0.4)
        axes.annotate(_brief(name), (x, y), (4, 3), textcoords="offset points", fontsize=SIZE - 1)
    for name, x, y in categories or []:
        box = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.8}
        axes.text(x, y, _brief(name), ha="center", va="center", fontsize=SIZE - 1, bbox=box)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("UMAP 1", fontsize=SIZE)
    axes.set_ylabel("UMAP 2", fontsize=SIZE)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    title = _brief(coloring.name.replace("_", " "))
    if coloring.numeric:
        bar = figure.colorbar(points, ax=axes, shrink=0.5, aspect=18)
        bar.set_ticks([place for place, _ in coloring.ticks], labels=[t for _, t in coloring.ticks])
        bar.ax.tick_params(labelsize=SIZE - 1)
        bar.set_label(title, fontsize=SIZE)
    else:
        keys = [
            Line2D([], [], marker="o", ls="", ms=4, color=color)
            for _, color, _ in coloring.categories
        ]
        legend = axes.legend(
            keys, ["?"] * len(keys), title=title, fontsize=SIZE - 1, title_fontsize=SIZE,
            frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=2,
            handletextpad=0.2,
        )  # fmt: skip
        # As labels matplotlib would leave out those that begin with "_".
        for words, (name, _, count) in zip(legend.get_texts(), coloring.categories, strict=True):
            words.set_text(f"{_brief(name)} ({count:,})")
    return figure


def _brief(name: str) -> str:
    """Return a name that leaves room for the map: of a long one its begin and its end."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 :]}"
