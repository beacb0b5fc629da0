"""What each mutation does to a site, for the printed page: vector, at the width of a journal's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dnaviz.figures.heatmap import VIEW
from dnaviz.plots import draw_heatmap
from dnaviz.sequences import BASES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dnaviz.attribution import Mutagenesis

WIDTH = 7.2  # inches: 183 mm, two columns of most journals
SIZE = 7.5  # points of the text


def print_mutations(mutations: Mutagenesis) -> Figure:
    """Draw the changes of probability around a site; a dot marks the base that is there.

    See `logo.figure_bytes` to save it.
    """
    from matplotlib.figure import Figure

    m = mutations
    first, last = VIEW[m.site]
    inside = (m.offsets >= first) & (m.offsets <= last)
    offsets, bases = m.offsets[inside], np.array(list(m.bases))[inside]
    figure = Figure(figsize=(WIDTH, 1.5), layout="constrained")
    axes = figure.subplots()
    draw_heatmap(axes, m.values[:, inside], offsets, "change of probability")
    is_base = np.isin(bases, list(BASES))
    rows = [BASES.index(base) for base in bases[is_base]]
    axes.plot(offsets[is_base], rows, ".", color="0.35", markersize=2)
    axes.set_xlabel(f"offset from the {m.site} (nt)", fontsize=SIZE)
    axes.set_ylabel("becomes", fontsize=SIZE)
    for axis in figure.axes:
        axis.tick_params(labelsize=SIZE)
    figure.axes[-1].yaxis.label.set_fontsize(SIZE)
    return figure
