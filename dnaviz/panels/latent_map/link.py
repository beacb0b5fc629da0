"""What the latent map tells the panels that it is linked to, and what it takes from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.panels.common.base import Panel
from dnaviz.panels.common.linked import MOST, LinkedSelection
from dnaviz.panels.latent_map.state import MapState
from dnaviz.sequences import Sequence, shorten


class LinkedMap(Panel[MapState]):
    """A panel with windows of an atlas; see `LatentMap`."""

    atlas: Atlas
    focus: Any
    selection: Any

    def project(self, sequences: Any) -> Any:
        raise NotImplementedError

    def observe(self, name: str, callback: Callable[[Any], Any]) -> None:
        """As `Panel.observe`; of the selection the callback is given the ids of the windows."""
        if name == "selection":
            super().observe(name, lambda _: callback(self.atlas.obs.index[self.selection].tolist()))
        else:
            super().observe(name, callback)

    def emits(self) -> dict[tuple[str, ...], Any]:
        return {("focus",): self._focused, ("selection",): self._selected}

    def accept(self, chosen: LinkedSelection) -> None:
        """Show windows by their ids, also those of another map; what has none by projection."""
        if chosen.atlas is None:
            if chosen.records:
                self.project(chosen.records)
            return
        index, ids = self.atlas.obs.index, chosen.atlas.obs.index
        rows = index.get_indexer(ids[list(chosen.rows)])
        rows = rows[rows >= 0]
        absent = len(chosen.rows) - len(rows)
        if not len(rows) and not ids.isin(index).any():
            if chosen.records:
                self.project(chosen.records)
        elif chosen.selected:
            self.selection = rows
            if absent:
                self.message.info(_missing(absent, len(chosen.rows)))
        elif len(rows):
            self.focus = str(index[rows[0]])
        else:
            self.message.info(f"{shorten(ids[chosen.rows[0]])} is not on this map.")

    def _focused(self) -> LinkedSelection | None:
        return self._windows(self.atlas.rows([self.focus])) if self.focus else None

    def _selected(self) -> LinkedSelection:
        return self._windows(self.selection)._replace(selected=True)

    def _windows(self, rows: NDArray[Any]) -> LinkedSelection:
        atlas, first = self.atlas, rows[:MOST]
        if not len(rows):
            return LinkedSelection([], atlas=atlas)
        records = []
        if atlas.has_sequences:
            for name, bases in zip(atlas.obs.index[first], atlas.sequences(first), strict=True):
                records.append(Sequence(bases, "_".join(str(name).split()) or "window"))
        label = str(atlas.obs["label"].iloc[rows[0]]) if "label" in atlas.obs else ""
        return LinkedSelection(records, _kind(label, records), tuple(rows.tolist()), atlas=atlas)


def _kind(label: str, records: Iterable[Sequence]) -> str:
    """Whether a window's middle is looked at as a donor or as an acceptor."""
    if label in ("donor", "GT decoy"):
        return "donor"
    if label in ("acceptor", "AG decoy"):
        return "acceptor"
    bases = str(next(iter(records), ""))
    middle = len(bases) // 2
    return "acceptor" if bases[middle - 1 : middle + 1] == "AG" else "donor"


def _missing(absent: int, count: int) -> str:
    if absent == count:
        return "Nothing of what was selected is on this map."
    verb = "is" if absent == 1 else "are"
    return f"{absent:,} of the {count:,} selected windows {verb} not on this map."
