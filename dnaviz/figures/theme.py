"""One look for every figure: colors, fonts and the plotly template, in a light and a dark variant.

Colors are Okabe and Ito's, which people with any common color blindness tell apart; donors and
their GT decoys share blue, acceptors and their AG decoys share orange.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dnaviz.figures.drawing import Drawing
from dnaviz.plots import BASE_COLORS

if TYPE_CHECKING:
    import plotly.graph_objects as go

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8F98", "#F0E442")
"""Categorical colors in the order to use them."""


@dataclass(frozen=True)
class Theme:
    """The colors of one variant; every value is a CSS hex color.

    `bases` has keys A C G T N, `labels` the data set's labels, `sites` "donor" and "acceptor".
    `diverging` runs from negative through paper-like zero to positive, `sequential` from none to
    all; both are plotly color scales.
    """

    name: str
    paper: str
    panel: str
    ink: str
    muted: str
    grid: str
    accent: str
    warning: str
    exon: str
    bases: dict[str, str]
    labels: dict[str, str]
    diverging: list[tuple[float, str]]
    sequential: list[tuple[float, str]]

    @property
    def sites(self) -> dict[str, str]:
        return {site: self.labels[site] for site in ("donor", "acceptor")}


LIGHT = Theme(
    name="light",
    paper="#FFFFFF",
    panel="#F6F7F9",
    ink="#1B2430",
    muted="#5B6675",
    grid="#E4E8ED",
    accent="#0072B2",
    warning="#B3450B",
    exon="#5B6675",
    bases={**BASE_COLORS, "N": "#8A8F98"},
    labels={
        "donor": "#0072B2",
        "acceptor": "#D55E00",
        "GT decoy": "#56B4E9",
        "AG decoy": "#E69F00",
        "neither": "#8A8F98",
    },
    diverging=[
        (0.0, "#0072B2"),
        (0.25, "#7FB8D8"),
        (0.5, "#FFFFFF"),
        (0.75, "#EAAE7F"),
        (1.0, "#D55E00"),
    ],
    sequential=[(0.0, "#F6F7F9"), (0.5, "#7FB8D8"), (1.0, "#004B76")],
)

DARK = Theme(
    name="dark",
    paper="#14181D",
    panel="#1C2229",
    ink="#E6EAF0",
    muted="#9AA5B3",
    grid="#2C343E",
    accent="#56B4E9",
    warning="#F2A065",
    exon="#9AA5B3",
    bases={"A": "#1FC295", "C": "#4DA3DB", "G": "#F0B63A", "T": "#F07A2B", "N": "#8A8F98"},
    labels={
        "donor": "#3A95D0",
        "acceptor": "#EC7A2E",
        "GT decoy": "#9AD4F5",
        "AG decoy": "#F3C35B",
        "neither": "#8A8F98",
    },
    diverging=[
        (0.0, "#56B4E9"),
        (0.25, "#2B5F80"),
        (0.5, "#1C2229"),
        (0.75, "#83501F"),
        (1.0, "#F2883A"),
    ],
    sequential=[(0.0, "#1C2229"), (0.5, "#2B6F99"), (1.0, "#A9DBF7")],
)


def theme(dark: bool = False) -> Theme:
    """Return the light theme, or the dark one."""
    return DARK if dark else LIGHT


def _look(dark: bool) -> dict[str, Any]:
    """Return the layout of the theme's template, as plotly takes it."""
    colors = theme(dark)
    axis = {
        "gridcolor": colors.grid,
        "linecolor": colors.grid,
        "zerolinecolor": colors.grid,
        "tickcolor": colors.grid,
        "tickfont": {"color": colors.muted, "size": 12},
        "title": {"font": {"color": colors.muted, "size": 12}},
        "automargin": True,
    }
    return {
        "font": {"family": FONT, "color": colors.ink, "size": 13},
        "title": {"font": {"size": 15, "color": colors.ink}, "x": 0, "xanchor": "left"},
        "paper_bgcolor": colors.paper,
        "plot_bgcolor": colors.paper,
        "colorway": OKABE_ITO,
        "xaxis": axis,
        "yaxis": axis,
        "margin": {"l": 56, "r": 16, "t": 28, "b": 40},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": colors.panel,
            "bordercolor": colors.grid,
            "font": {"family": FONT, "color": colors.ink, "size": 12},
        },
        "legend": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "title": {"text": ""},
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": colors.muted,
            "activecolor": colors.accent,
        },
        "coloraxis": {"colorbar": {"thickness": 10, "outlinewidth": 0}},
        "colorscale": {"diverging": colors.diverging, "sequential": colors.sequential},
    }


@lru_cache(maxsize=2)
def template(dark: bool = False) -> go.layout.Template:
    """Return the plotly template of the light or the dark theme."""
    import plotly.graph_objects as go

    return go.layout.Template(layout=go.Layout(**_look(dark)))


@lru_cache(maxsize=2)
def _plain_template(dark: bool) -> dict[str, Any]:
    return {"layout": _look(dark)}


def themed_spec(
    traces: list[Any], layout: dict[str, Any], *, dark: bool = False, height: int | None = None
) -> Drawing:
    """Return a drawing with the look of the project.

    Parameters
    ----------
    traces, layout
        As plotly takes them.
    dark, height
        As for `themed_figure`.
    """
    look: dict[str, Any] = {"template": _plain_template(dark), "autosize": True}
    if height is not None:
        look["height"] = height
    return Drawing(traces, {**layout, **look})


def themed_figure(figure: go.Figure, *, dark: bool = False, height: int | None = None) -> go.Figure:
    """Give `figure` the look of the project and return it.

    Parameters
    ----------
    figure : plotly Figure or FigureWidget
        Changed in place.
    dark : bool
        The dark variant.
    height : int, optional
        Height in CSS pixels; the width follows the page.
    """
    figure.update_layout(template=template(dark), autosize=True)
    if height is not None:
        figure.update_layout(height=height)
    return figure
