"""What a page shows before there is a sequence: ways in, each with an example to open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import ipywidgets as widgets

from dnaviz.panels.common.base import Panel, card
from dnaviz.panels.common.sequence_input import SequenceInput


class Way(NamedTuple):
    """A name, what to do (both plain text of ours), a button's words, and the example it opens."""

    name: str
    words: str
    action: str
    opens: str


class Welcome:
    """A card that is there until the panel has a sequence; computes nothing.

    Parameters
    ----------
    panel : Panel
        Its state says whether there is a sequence.
    given : SequenceInput
        Whose menus the buttons use.
    ways : iterable of Way
    title : str
    head : str
        HTML above the ways.
    """

    def __init__(
        self,
        panel: Panel[Any],
        given: SequenceInput,
        ways: Iterable[Way],
        *,
        title: str,
        head: str = "",
    ) -> None:
        self._panel, self._input = panel, given
        shown = ("sequence", "example", "region", "variants")
        self._traits = [name for name in shown if name in panel.state.traits()]
        self.buttons: dict[str, widgets.Button] = {}
        columns = widgets.Box([self._column(way) for way in ways])
        columns.add_class("dnaviz-split")
        self.head = widgets.HTML(head, layout={"width": "100%"})
        self.view = card(self.head, columns, title=title)
        panel.state.observe(lambda _: self._show(), self._traits)
        self._show()

    def _column(self, way: Way) -> widgets.Widget:
        text = widgets.HTML(f"<h3>{way.name}</h3><div>{way.words}</div>", layout={"width": "100%"})
        button = self.buttons[way.name] = widgets.Button(description=way.action)
        button.on_click(self._panel.guard(lambda _: self._open(way.opens)))
        return widgets.VBox([text, button])

    def _open(self, name: str) -> None:
        """Choose an example in the menu that has it, as a viewer would."""
        genes = [example.name for example in self._input.gallery_examples]
        changes = [worked.name for worked in self._input.gallery_changes]
        if name in changes:
            self._input.changes.value = changes.index(name)
        elif name in genes:
            self._input.gallery.value = genes.index(name)

    def _show(self) -> None:
        given = any(getattr(self._panel.state, name) for name in self._traits)
        self.view.layout.display = "none" if given else None
