"""Link panels in a notebook: a selection in one is shown in all.

* A window clicked on a map is scanned in an inspector and its site explained; a reconstruction
  takes its sequence; another map shows the window of the same id.
* Windows selected on a map are the records that the others offer in their menus. Maps have one
  selection, by the ids of their windows; a map says how many of them it has not.
* A site chosen in an inspector, and the sequence of a reconstruction, are placed on the map.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from dnaviz.errors import InputError
from dnaviz.panels.common.base import Panel
from dnaviz.panels.common.linked import LinkedSelection


class _Choice(traitlets.HasTraits):
    """What was last chosen in a panel, by its viewer or by a panel that it is linked to."""

    value = traitlets.Any()


class Link:
    """Panels that follow each other until `unlink` is called; see `link`."""

    def __init__(self, *panels: Panel[Any]) -> None:
        self.panels = panels
        self._choices = [_Choice() for _ in panels]
        self._watched: list[tuple[Any, Callable[..., None], list[str]]] = []
        for panel, choice in zip(panels, self._choices, strict=True):
            for names, read in panel.emits().items():

                def note(_: Any, choice: Any = choice, read: Any = read) -> None:
                    if (chosen := read()) is not None:
                        choice.value = chosen

                callback = panel.guard(note)
                panel.state.observe(callback, list(names))
                self._watched.append((panel.state, callback, list(names)))
            choice.observe(lambda change: self._tell(change["new"]), "value")

    def unlink(self) -> None:
        """Let the panels go their own ways again."""
        for state, callback, names in self._watched:
            state.unobserve(callback, names)
        self._watched = []

    def __repr__(self) -> str:
        names = ", ".join(type(panel).__name__ for panel in self.panels)
        return f"Link({names}{'' if self._watched else ', undone'})"

    def _tell(self, chosen: LinkedSelection) -> None:
        for panel, choice in zip(self.panels, self._choices, strict=True):
            if choice.value != chosen:
                # What the panel does in answer is no choice of its own.
                with choice.hold_trait_notifications():
                    panel.guard(panel.accept)(chosen)
                    choice.value = chosen


def link(*panels: Panel[Any]) -> Link:
    """Let panels share what is chosen.

    Parameters
    ----------
    panels : LatentMap, SpliceInspector or Reconstruction
        Two or more.

    Returns
    -------
    Link
        Call its `unlink` to end it.

    Raises
    ------
    InputError
        Fewer than two panels, the same one twice, or something that is no panel.

    Examples
    --------
    >>> where, why = LatentMap(), SpliceInspector()
    >>> link(where, why)
    """
    for panel in panels:
        if not hasattr(panel, "emits"):
            raise InputError(f"Only panels can be linked, not {type(panel).__name__}.")
    if len({id(panel) for panel in panels}) < max(2, len(panels)):
        raise InputError("Two or more different panels can be linked.")
    return Link(*panels)
