"""What the decoder writes, base by base: its probabilities, its doubt, and where it errs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.theme import theme, themed_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROWS = "TGCA"  # bottom to top
BINS = 200
WHOLE = 200  # bases in view at first: a window of the atlas; longer ones are dragged along


def entropy(probabilities: NDArray) -> NDArray:
    """Entropy in bits (0-2) of base probabilities (4, L), per position."""
    p = np.clip(np.asarray(probabilities, float), 1e-12, 1)
    return np.maximum(-(p * np.log2(p)).sum(axis=0), 0)


def mismatches(bases: str, written: str) -> NDArray[np.int64]:
    """0-based positions of A, C, G, T that the decoder does not write back."""
    return np.array(
        [i for i, (a, b) in enumerate(zip(bases, written, strict=True)) if a in "ACGT" and a != b],
        np.int64,
    )


def reconstruction_figure(
    bases: str,
    written: str,
    probabilities: NDArray,
    *,
    first: int = 1,
    dark: bool = False,
) -> go.Figure:
    """Draw the decoder's probabilities as a heatmap under their entropy.

    Parameters
    ----------
    bases, written
        Original and reconstruction, of the same length L.
    probabilities
        (4, L), rows A C G T.
    first
        1-based number of the first base, for the axis.
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    x = np.arange(first, first + len(bases))
    wrong = mismatches(bases, written)
    rows = ["ACGT".index(base) for base in ROWS]
    doubt = entropy(probabilities)
    hover = np.array(
        [f"{position:,} {a} read as {b}" for position, a, b in zip(x, bases, written, strict=True)]
    )
    line = {"color": colors.muted, "width": 1, "shape": "hvh"}
    figure = go.Figure(
        [
            go.Scatter(
                x=x, y=doubt, mode="lines", line=line,
                fill="tozeroy", fillcolor=colors.grid, customdata=hover, yaxis="y2", name="entropy",
                hovertemplate="%{customdata}<br>entropy %{y:.2f} bits<extra></extra>",
            ),
            go.Scatter(
                x=x[wrong], y=doubt[wrong], mode="markers", yaxis="y2", name="mismatch",
                marker={"symbol": "x", "size": 9, "color": colors.warning}, hoverinfo="skip",
            ),
            go.Heatmap(
                x=x, y=list(ROWS), z=np.round(np.asarray(probabilities, float)[rows], 4),
                zmin=0, zmax=1, colorscale=colors.sequential, customdata=np.tile(hover, (4, 1)),
                hovertemplate="%{customdata}<br>probability of %{y}: %{z:.3f}<extra></extra>",
                colorbar={"title": {"text": "probability", "side": "right", "font": {"size": 12}},
                          "thickness": 10, "outlinewidth": 0, "len": 0.6, "y": 0.28},
            ),
            go.Scatter(
                x=x[wrong], y=[bases[i] for i in wrong], mode="markers", name="original base",
                marker={"symbol": "square-open", "size": 9, "color": colors.warning,
                        "line": {"width": 2}},
                hoverinfo="skip",
            ),
        ]
    )  # fmt: skip
    figure.update_traces(showlegend=False)
    figure.update_layout(
        xaxis={
            "title": {"text": "position, 1-based"}, "tickformat": ",d", "showgrid": False,
            "range": [first - 0.5, first + min(len(bases), WHOLE) - 0.5], "zeroline": False,
            "minallowed": first - 0.5, "maxallowed": first + len(bases) - 0.5,
        },
        yaxis={"domain": [0, 0.55], "fixedrange": True, "showgrid": False,
               "title": {"text": "base"}, "type": "category",
               "categoryorder": "array", "categoryarray": list(ROWS)},
        yaxis2={"domain": [0.65, 1], "fixedrange": True, "range": [0, 2.05], "dtick": 1,
                "title": {"text": "entropy (bits)"}},
    )  # fmt: skip
    return themed_figure(figure, dark=dark, height=320)


def accuracy_figure(
    bases: str, written: str, *, shown: tuple[int, int] | None = None, dark: bool = False
) -> go.Figure:
    """Draw accuracy along a long sequence, in at most 200 bins.

    `shown` (first, last, 1-based) marks the part that is looked at.
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    unambiguous = np.array([base in "ACGT" for base in bases])
    right = np.array([a == b for a, b in zip(bases, written, strict=True)]) & unambiguous
    size = max(1, -(-len(bases) // BINS))
    starts = np.arange(0, len(bases), size)
    counts = np.add.reduceat(unambiguous.astype(int), starts)
    shares = np.add.reduceat(right.astype(int), starts) / np.maximum(counts, 1)
    shares = np.where(counts > 0, shares, np.nan)
    ends = np.minimum(starts + size, len(bases))
    figure = go.Figure(
        go.Bar(
            x=(starts + ends + 1) / 2,
            y=shares,
            width=ends - starts,
            marker={"color": colors.accent, "line": {"width": 0}},
            customdata=[f"{a + 1:,} to {b:,}" for a, b in zip(starts, ends, strict=True)],
            hovertemplate="%{customdata}<br>%{y:.1%} of bases right<extra></extra>",
        )
    )
    if shown is not None:
        figure.add_vrect(
            x0=shown[0], x1=shown[1], fillcolor=colors.ink, opacity=0.12, line={"width": 0}
        )
    low = float(np.nanmin(shares)) if (counts > 0).any() else 0.0
    figure.update_layout(
        xaxis={"title": {"text": "position, 1-based"}, "tickformat": ",d", "showgrid": False},
        yaxis={"range": [max(0.0, low - 0.05) if low > 0.3 else 0, 1.005], "tickformat": ".0%",
               "title": {"text": "bases right"}, "fixedrange": True},
        bargap=0,
    )  # fmt: skip
    return themed_figure(figure, dark=dark, height=150)
