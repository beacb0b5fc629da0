"""Link panels in a notebook: a selection in one is shown in all.

* A window clicked on a map is scanned in an inspector and its site explained; a reconstruction
  takes its sequence; another map shows the window of the same id.
* Windows selected on a map are the records that the others offer in their menus. Maps have one
  selection, by the ids of their windows; a map says how many of them it has not.
* A site chosen in an inspector, and the sequence of a reconstruction, are placed on the map.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dnaviz.atlas.latent_shift import WINDOW
from dnaviz.attribution import site_window
from dnaviz.errors import InputError
from dnaviz.panels.common.base import Panel
from dnaviz.panels.common.sequence_input import fasta
from dnaviz.panels.latent_map.panel import LatentMap
from dnaviz.panels.reconstruction.panel import Reconstruction
from dnaviz.panels.splice_inspector.panel import SpliceInspector
from dnaviz.sequences import Sequence, shorten

MOST = 100
"""Selected windows that are handed on."""


class LinkedSelection(NamedTuple):
    """What one panel tells the others.

    ``records``: sequences, the first of them the chosen one; ``site``: the kind of its middle
    base's site, "" if that is not known; ``rows``: rows of the atlas, where the records are of one.
    """

    records: list[Sequence]
    site: str = ""
    rows: tuple[int, ...] = ()
    selected: bool = False  # many windows rather than one


class Link:
    """Panels that follow each other until `unlink` is called; see `link`."""

    def __init__(self, *panels: Panel[Any]) -> None:
        self.panels = panels
        self._telling = False
        self._told: LinkedSelection | None = None
        self._watched: list[tuple[Any, Callable[..., None], list[str]]] = []
        for panel in panels:
            for names, read in _sources(panel):
                self._watch(panel, names, read)

    def unlink(self) -> None:
        """Let the panels go their own ways again."""
        for state, callback, names in self._watched:
            state.unobserve(callback, names)
        self._watched = []

    def __repr__(self) -> str:
        names = ", ".join(type(panel).__name__ for panel in self.panels)
        return f"Link({names}{'' if self._watched else ', undone'})"

    def _watch(
        self, panel: Panel[Any], names: list[str], read: Callable[[], LinkedSelection | None]
    ) -> None:
        def tell(change: Any) -> None:
            # What the others do in answer is no news to them.
            if self._telling:
                return
            self._telling = True
            try:
                chosen = read()
                if chosen is None or chosen == self._told:
                    return
                self._told = chosen
                for other in self.panels:
                    if other is not panel:
                        other.guard(_show)(other, chosen, panel)
            finally:
                self._telling = False

        callback = panel.guard(tell)
        panel.state.observe(callback, names)
        self._watched.append((panel.state, callback, names))


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
    linkable = (LatentMap, SpliceInspector, Reconstruction)
    for panel in panels:
        if not isinstance(panel, linkable):
            raise InputError(f"Only panels can be linked, not {type(panel).__name__}.")
    if len({id(panel) for panel in panels}) < max(2, len(panels)):
        raise InputError("Two or more different panels can be linked.")
    return Link(*panels)


def _sources(panel: Panel[Any]) -> list[tuple[list[str], Callable[[], LinkedSelection | None]]]:
    """Traits of a panel's state to watch, and what they say."""
    if isinstance(panel, LatentMap):
        return [
            (["focus"], lambda: _focused(panel)),
            (["selection"], lambda: _selected(panel)),
        ]
    if isinstance(panel, SpliceInspector):
        return [(["position", "site", "site_strand"], lambda: _site(panel))]
    if isinstance(panel, Reconstruction):
        return [(["sequence", "example"], lambda: _whole(panel))]
    return []


def _focused(panel: LatentMap) -> LinkedSelection | None:
    if not panel.focus:
        return None
    return _windows(panel, panel.atlas.rows([panel.focus]).tolist())


def _selected(panel: LatentMap) -> LinkedSelection:
    rows = panel.selection
    chosen = _windows(panel, rows.tolist()) if len(rows) else LinkedSelection([])
    return chosen._replace(selected=True)


def _windows(panel: LatentMap, rows: list[int]) -> LinkedSelection:
    atlas = panel.atlas
    first = rows[:MOST]
    ids = atlas.obs.index[first]
    records = (
        [
            Sequence(text, "_".join(str(name).split()) or "window")
            for name, text in zip(ids, atlas.sequences(first), strict=True)
        ]
        if atlas.has_sequences
        else []
    )
    label = str(atlas.obs["label"].iloc[rows[0]]) if "label" in atlas.obs else ""
    return LinkedSelection(records, _kind(label, records), tuple(rows))


def _kind(label: str, records: list[Sequence]) -> str:
    """Whether a window's middle is looked at as a donor or as an acceptor."""
    if label in ("donor", "GT decoy"):
        return "donor"
    if label in ("acceptor", "AG decoy"):
        return "acceptor"
    bases = str(records[0]) if records else ""
    middle = len(bases) // 2
    return "acceptor" if bases[middle - 1 : middle + 1] == "AG" else "donor"


def _site(panel: SpliceInspector) -> LinkedSelection | None:
    position, strand, site = panel.state.position, panel.state.site_strand, panel.state.site
    if not position or panel.sequence is None or position > len(panel.sequence):
        return None
    window = site_window(panel.sequence, position=position, strand=strand, site=site)
    name = f"{panel.sequence.name} {site} {position:,}"
    return LinkedSelection([Sequence(window.centered(WINDOW), name)], site)


def _whole(panel: Reconstruction) -> LinkedSelection | None:
    record = panel.input.sequence
    return None if record is None else LinkedSelection([record])


def _show(panel: Panel[Any], chosen: LinkedSelection, source: Panel[Any]) -> None:
    """Let a panel show what was chosen in another; no page waits for it to finish."""
    if isinstance(panel, LatentMap) and isinstance(source, LatentMap):
        _show_windows(panel, chosen, source)
    elif isinstance(panel, LatentMap):
        if chosen.records:
            panel.project(chosen.records)
    elif chosen.records:
        text = "".join(fasta(record) for record in chosen.records)
        if isinstance(panel, SpliceInspector):
            panel.show(text, len(chosen.records[0]) // 2 + 1, site=chosen.site or "donor")
        elif isinstance(panel, Reconstruction):
            panel.input.set(text)
        if len(chosen.rows) > MOST:
            panel.message.info(f"The first {MOST} of {len(chosen.rows):,} selected windows.")


def _show_windows(panel: LatentMap, chosen: LinkedSelection, source: LatentMap) -> None:
    """Let a map show the windows of another by their ids; those of no common id by projection."""
    index, ids = panel.atlas.obs.index, source.atlas.obs.index
    rows = index.get_indexer(ids[list(chosen.rows)])
    rows = rows[rows >= 0]
    absent = len(chosen.rows) - len(rows)
    if not len(rows) and not ids.isin(index).any():
        if chosen.records:
            panel.project(chosen.records)
    elif chosen.selected:
        panel.selection = rows
        if absent:
            panel.message.info(_missing(absent, len(chosen.rows)))
    elif len(rows):
        panel.focus = str(index[rows[0]])
    else:
        panel.message.info(f"{shorten(ids[chosen.rows[0]])} is not on this map.")


def _missing(absent: int, count: int) -> str:
    if absent == count:
        return "Nothing of what was selected is on this map."
    verb = "is" if absent == 1 else "are"
    return f"{absent:,} of the {count:,} selected windows {verb} not on this map."
