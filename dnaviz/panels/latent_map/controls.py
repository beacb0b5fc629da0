"""The controls of the latent map."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
from traitlets import TraitError

from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import is_numeric, number_texts, numbers, varying_columns
from dnaviz.atlas.quality import trust_words
from dnaviz.panels.common.base import row
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.table import Download
from dnaviz.panels.common.terms import terms_html
from dnaviz.panels.latent_map.state import MapState

SPACES = {"Autoencoder": "autoencoder", "Fine-tuned": "splice"}
TOOLS = {"Lasso": "lasso", "Box": "select", "Pan": "pan"}

Guard = Callable[[Callable[..., Any]], Callable[..., None]]


class MapControls:
    """Controls above and below the map, each bound to a trait of the state.

    Parameters
    ----------
    atlas, state
        What is shown, and how.
    guard : callable
        Wraps callbacks.
    on_search, on_tool : callable
        Given the text to find; the drag tool chosen.
    """

    def __init__(
        self,
        atlas: Atlas,
        state: MapState,
        guard: Guard,
        on_search: Callable[[str], Any],
        on_tool: Callable[[str], None],
    ) -> None:
        self._atlas, self._state, self._guard = atlas, state, guard
        self._ends = 0.0, 1.0
        spaces = [(name, key) for name, key in SPACES.items() if key in atlas.spaces]
        self.space = self._bind(widgets.ToggleButtons(options=spaces), "space")
        self.space.layout.display = None if len(spaces) > 1 else "none"
        self._colors = varying_columns(atlas.obs)
        menu = widgets.Dropdown(
            description="Color by",
            style={"description_width": "initial"},
            layout={"width": "220px"},
        )
        self._offer(menu, state.color)
        state.observe(guard(lambda change: self._offer(menu, change["new"])), "color")
        self.color = self._bind(menu, "color")
        self.tool = widgets.ToggleButtons(options=list(TOOLS.items()), value="lasso")
        self.tool.observe(guard(lambda change: on_tool(change["new"])), "value")
        self.search = widgets.Text(
            placeholder="Find a gene, place (chr19:11,089,000-11,094,000), id or motif",
            continuous_update=False,
            layout={"flex": "1 1 180px", "width": "auto"},
        )
        self.search.observe(
            guard(lambda change: on_search(change["new"]) if change["new"].strip() else None),
            "value",
        )
        slider = {
            "readout": False,
            "style": {"description_width": "initial"},
            "layout": {"width": "170px"},
        }
        self.size = self._bind(
            widgets.FloatSlider(min=1, max=14, step=0.5, description="Size", **slider), "size"
        )
        self.opacity = self._bind(
            widgets.FloatSlider(min=0.05, max=1, step=0.05, description="Opacity", **slider),
            "opacity",
        )
        self.contours = self._bind(
            widgets.Checkbox(description="Density lines", indent=False, layout={"width": "130px"}),
            "contours",
        )
        self.names = self._bind(
            widgets.Checkbox(
                description="Labels on the map", indent=False, layout={"width": "170px"}
            ),
            "names",
        )
        self.range = widgets.FloatRangeSlider(
            min=0, max=1, step=0.01, continuous_update=False, description="Show only",
            readout_format=".3g", layout={"width": "340px", "display": "none"},
        )  # fmt: skip
        self.range.observe(guard(self._range_moved), "value")
        self.summary = widgets.HTML()
        show_all = widgets.Button(description="Show all")
        show_all.on_click(guard(lambda _: self.show_all()))
        self.filters = row(self.summary, show_all)
        self.above = row(self.space, self.color, self.tool, self.search)
        self.trust = widgets.HTML(layout={"width": "100%"})
        words = terms_html("donor", "acceptor", "decoy", "window", "latent", "attribution")
        terms = [widgets.HTML(words)] if atlas.is_shipped else []
        self.notes = widgets.VBox([self.trust, *terms], layout={"width": "100%"})
        self.below = row(self.size, self.opacity, self.contours, self.names, self.range)

    def _offer(self, menu: widgets.Dropdown, color: str) -> None:
        """Offer the columns in which windows differ, and the one that is shown."""
        if color in self._atlas.obs and color not in self._colors:
            self._colors.append(color)
        options = [(name.replace("_", " "), name) for name in self._colors]
        if len(menu.options) != len(options):
            menu.options = options

    def offer_files(
        self, make: Callable[[str], tuple[str, bytes]], tell: Callable[[str], None]
    ) -> None:
        """Offer the map for print; `make` is given "svg" or "pdf"."""
        self.files = [Download(f"Map {k.upper()}", partial(make, k), tell) for k in ("svg", "pdf")]
        self.below.children = [*self.below.children, *self.files]

    def show_all(self) -> None:
        """Take every filter off."""
        self._state.hidden = {}
        self._state.between = {}

    def show_trust(self, space: str) -> None:
        """Say how far the map of a space can be trusted, where the atlas knows."""
        text = trust_words(self._atlas, space)
        self.trust.value = f'<div class="dnaviz-note">{escape(text)}</div>' if text else ""

    def show_filters(self, shown: int) -> None:
        """Say which filters are on and how many windows they leave."""
        parts = [
            f"{column.replace('_', ' ')} without {', '.join(values[:4])}"
            + (" …" if len(values) > 4 else "")
            for column, values in self._state.hidden.items()
        ]
        parts += [
            f"{column.replace('_', ' ')} {' to '.join(number_texts(limits))}"
            for column, limits in self._state.between.items()
        ]
        self.filters.layout.display = None if parts else "none"
        words = f"{shown:,} of {len(self._atlas):,} windows shown: {'; '.join(parts)}"
        self.summary.value = f'<span class="dnaviz-note">{escape(words)}</span>'

    def show_range(self) -> None:
        """Offer limits where the points are colored by a number."""
        column = self._state.color
        values = self._atlas.obs[column]
        if not is_numeric(values):
            self.range.layout.display = "none"
            return
        numeric = numbers(values)
        low, high = self._ends = float(np.nanmin(numeric)), float(np.nanmax(numeric))
        if max(-low, high) > 2**53:  # beyond what a page counts with
            self.range.layout.display = "none"
            return
        # At once: the slider refuses a minimum above its maximum, even on the way.
        with self.range.hold_sync(), self.range.hold_trait_notifications():
            self.range.min, self.range.max = low, high
            self.range.step = (high - low) / 200
            self.range.readout_format = _readout(low, high)
            self.range.value = tuple(self._state.between.get(column, self._ends))
        self.range.layout.display = None

    def _range_moved(self, change: Any) -> None:
        column, step = self._state.color, self.range.step
        if tuple(change["new"]) == tuple(self._state.between.get(column, self._ends)):
            return
        rest = {k: v for k, v in self._state.between.items() if k != column}
        # A handle that stands at an end means that end, however the browser rounds it.
        low, high = (
            end if abs(value - end) < step / 2 else float(value)
            for value, end in zip(change["new"], self._ends, strict=True)
        )
        self._state.between = rest if (low, high) == self._ends else {**rest, column: [low, high]}

    def _bind(self, widget: Any, name: str) -> Any:
        return bind(widget, self._state, name, self._guard)


def _readout(low: float, high: float) -> str:
    """How a slider writes its ends (d3-format), with digits enough for a hundredth of its span."""
    digit = np.log10((high - low) / 100)
    if digit >= -0.5:
        return ",.0f"
    if digit > -6:
        return f".{int(np.ceil(-digit))}f"
    return f".{min(int(np.log10(max(-low, high)) - digit) + 2, 17)}g"


def bind(widget: Any, state: MapState, name: str, guard: Guard) -> Any:
    """Keep a widget's value and a trait of the state the same, whichever changes."""
    widget.value = getattr(state, name)
    widget.observe(guard(lambda change: setattr(state, name, change["new"])), "value")

    def show(change: Any) -> None:
        with suppress(TraitError):  # of what a menu does not offer the panel says what is wrong
            widget.value = change["new"]

    state.observe(guard(show), name)
    return widget
