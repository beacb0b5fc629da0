"""Ways through the latent space: what is written at each point, one row below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.theme import Theme, theme, themed_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dnaviz.models.latent_paths import LatentPath

LADDER, HERE = 0, 1  # numbers of traces that a panel listens to and changes
BLANK = "-"


class DecodedRows(NamedTuple):
    """Rows of letters in columns: ``letters`` (n, w), ``kinds`` (n, w) numbers of ``palette``
    (-1: nothing to show), ``columns`` (w,) their 1-based positions, names and colors."""

    letters: NDArray[np.str_]
    kinds: NDArray[np.int64]
    columns: NDArray[np.int64]
    palette: list[tuple[str, str]]


def aligned(rows: Sequence[str]) -> tuple[NDArray[np.str_], int]:
    """Rows of letters (n, w) with their middles (``L // 2``) in one column, and that column."""
    middle = max(len(row) // 2 for row in rows)
    after = max(len(row) - len(row) // 2 for row in rows)
    texts = [
        BLANK * (middle - len(row) // 2) + row + BLANK * (after - len(row) + len(row) // 2)
        for row in rows
    ]
    return np.array([list(text) for text in texts]), middle


def interpolation_rows(
    path: LatentPath, start: str, end: str, *, dark: bool = False
) -> DecodedRows:
    """Every base of a walk by whose it is: both ends', the start's, the end's, or neither's."""
    colors = theme(dark)
    letters, middle = aligned([start, end, *path.bases])
    first, last, written = letters[0], letters[1], letters[2:]
    kinds = np.select(
        [written == BLANK, (written == first) & (written == last), written == first,
         written == last],
        [-1, 0, 1, 2], 3,
    )  # fmt: skip
    columns = np.arange(letters.shape[1]) - middle + len(start) // 2 + 1
    palette = [
        ("as in both", colors.grid),
        ("as at the start", colors.labels["donor"]),
        ("as at the end", colors.labels["AG decoy"]),
        ("as in neither", "#CC79A7"),
    ]
    return DecodedRows(written, kinds, columns, palette)


def traversal_rows(
    path: LatentPath, sequence: str, *, first: int = 1, dark: bool = False
) -> DecodedRows:
    """Every base of a turned latent by whether, and to what, it changed."""
    colors = theme(dark)
    written = np.array([list(row) for row in path.bases])
    same = written == np.array(list(sequence))
    kinds = np.select([same, *[written == base for base in "ACGT"]], [0, 1, 2, 3, 4], -1)
    palette = [
        ("unchanged", colors.grid),
        *((f"now {base}", colors.bases[base]) for base in "ACGT"),
    ]
    return DecodedRows(written, kinds, np.arange(first, first + len(sequence)), palette)


def path_figure(
    path: LatentPath,
    ladder: DecodedRows,
    *,
    at: float,
    axis: str,
    ticks: dict[float, str] | None = None,
    dark: bool = False,
) -> go.Figure:
    """Draw what is written along a path, beside the probabilities of its being a splice site.

    Parameters
    ----------
    at
        The amount to mark (trace `HERE`).
    axis, ticks
        The title of the axis of amounts, and words for some of them.
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    count = len(ladder.palette)
    scale = [
        (edge / count, color)
        for number, (_, color) in enumerate(ladder.palette)
        for edge in (number, number + 1)
    ]
    low, high = float(path.amounts[0]), float(path.amounts[-1])
    half = (high - low) / (len(path.amounts) - 1) / 2
    figure = go.Figure(
        go.Heatmap(
            x=ladder.columns, y=path.amounts, z=np.where(ladder.kinds < 0, np.nan, ladder.kinds),
            zmin=-0.5, zmax=count - 0.5, colorscale=scale, showscale=False,
            text=ladder.letters, hovertemplate="%{x}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_scatter(
        x=[ladder.columns[0] - 0.5, ladder.columns[-1] + 0.5], y=[at, at], mode="lines",
        line={"color": colors.ink, "width": 2}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    for name, color in ladder.palette:
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=name, hoverinfo="skip",
            marker={"symbol": "square", "size": 11, "color": color,
                    "line": {"width": 1, "color": colors.muted}},
        )  # fmt: skip
    for trace in _chances(path, colors):
        figure.add_trace(trace)
    figure.update_layout(
        xaxis={"domain": [0, 0.78], "title": {"text": "position, 1-based"}, "showgrid": False,
               "zeroline": False, "tickformat": "d"},
        xaxis2={"domain": [0.81, 1], "range": [-0.03, 1.03], "fixedrange": True,
                "title": {"text": "probability of a site"}, "zeroline": False},
        yaxis={"title": {"text": axis}, "range": [high + half, low - half], "fixedrange": True,
               "showgrid": False, "zeroline": False,
               **({"tickvals": list(ticks), "ticktext": list(ticks.values())} if ticks else {})},
        legend={"traceorder": "normal", "entrywidth": 104, "font": {"size": 12}},
        dragmode="pan",
    )  # fmt: skip
    return themed_figure(figure, dark=dark, height=400)


def _chances(path: LatentPath, colors: Theme) -> list[go.Scatter]:
    """Probabilities along the path, on the second x axis."""
    import plotly.graph_objects as go

    from dnaviz.models import LABELS

    traces = []
    for site, color in colors.sites.items():
        number = LABELS.index(site)
        for name, values, dash in (
            (site, path.sites, "solid"),
            (f"{site} (latent)", path.frozen, "dot"),
        ):
            if values is None:
                continue
            traces.append(
                go.Scatter(
                    x=values[:, number], y=path.amounts, xaxis="x2", mode="lines", name=name,
                    line={"color": color, "width": 2, "dash": dash},
                    hovertemplate="%{x:.3f}<extra>" + name + "</extra>",
                )
            )  # fmt: skip
    return traces


def sensitivity_figure(
    changes: NDArray,
    numbers: Sequence[int],
    *,
    kind: str,
    first: int = 1,
    chosen: int | None = None,
    dark: bool = False,
) -> go.Figure:
    """Draw how each direction changes what is decoded, position by position (a heat map).

    Parameters
    ----------
    numbers
        Of the n directions, from top to bottom.
    kind
        What the directions are called.
    first
        1-based number of the first base.
    chosen
        The number of the one to mark (trace `HERE`).
    """
    import plotly.graph_objects as go

    colors = theme(dark)
    length = changes.shape[1]
    rows = [str(number) for number in numbers]
    in_rows = chosen is not None and str(chosen) in rows
    figure = go.Figure(
        go.Heatmap(
            x=np.arange(first, first + length), y=rows, z=np.round(changes, 3), zmin=0, zmax=1,
            colorscale=colors.sequential,
            hovertemplate=kind + " %{y}, position %{x}<br>change %{z:.2f}<extra></extra>",
            colorbar={"title": {"text": "change", "side": "right"}, "thickness": 10,
                      "outlinewidth": 0, "len": 0.9},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=[first - 0.5, first + length - 0.5], y=[str(chosen)] * 2 if in_rows else [], mode="lines",
        line={"color": colors.warning, "width": 2}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": "position, 1-based"}, "showgrid": False, "zeroline": False,
               "tickformat": "d"},
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False,
               "title": {"text": kind}, "categoryorder": "array", "categoryarray": rows,
               "nticks": 12},
        dragmode="pan",
    )  # fmt: skip
    return themed_figure(figure, dark=dark, height=280)
