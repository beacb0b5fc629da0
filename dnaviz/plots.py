"""What `plot` of a result draws with matplotlib: arrays in, axes out.

`dnaviz.figures` draws the same results for pages; this is for figures that users compose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASES = "ACGT"
LONGEST = 100  # letters of a title
BASE_COLORS = {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#D55E00"}
SITE_COLORS = {"donor": "#0072B2", "acceptor": "#D55E00"}


def axes_for(ax: Axes | None, *, title: str, xlabel: str, ylabel: str) -> Axes:
    """Return the axes to draw on, labeled: those given, or of a new pyplot figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(9, 2.6), layout="constrained")
    short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    ax.set_title(short, loc="left", fontsize="medium", parse_math=False)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def draw_logo(
    ax: Axes, heights: np.ndarray, x: np.ndarray, colors: dict[str, str] = BASE_COLORS
) -> None:
    """Draw letters of `heights` (4, w), rows A C G T, at places `x` (w,), with logomaker."""
    import logomaker
    import pandas as pd

    if not heights.any():  # no letter to take the scale from
        ax.axhline(0, color="0.2", linewidth=0.5)
        ax.set(xlim=(x[0] - 0.5, x[-1] + 0.5), ylim=(0, 1))
        return
    logomaker.Logo(
        pd.DataFrame(heights.T, columns=list(BASES), index=x),
        ax=ax,
        color_scheme={base: colors[base] for base in BASES},
        baseline_width=0.5,
        flip_below=False,
        show_spines=False,
    )


def draw_stems(ax: Axes, x: np.ndarray, heights: np.ndarray, site: str, label: str = "") -> None:
    """Draw a line for each of heights (n,) at places x (n,), in the color of a kind of site."""
    shown = np.abs(heights) >= 1e-3  # what is less has no length on paper
    ax.vlines(x[shown], 0, heights[shown], color=SITE_COLORS[site], label=label or "_nolegend_")
    ax.axhline(0, color="0.6", linewidth=0.8)


def draw_heatmap(ax: Axes, values: np.ndarray, x: np.ndarray, label: str) -> None:
    """Draw values (4, w), rows A C G T, at places x (w,) that ascend by one, white for 0."""
    most = float(np.abs(values).max(initial=0)) or 1.0
    image = ax.imshow(
        values,
        cmap="RdBu_r",
        vmin=-most,
        vmax=most,
        aspect="auto",
        interpolation="nearest",
        extent=(x[0] - 0.5, x[-1] + 0.5, len(BASES) - 0.5, -0.5),
    )
    ax.set_yticks(range(len(BASES)), list(BASES))
    ax.figure.colorbar(image, ax=ax, label=label, pad=0.01)
