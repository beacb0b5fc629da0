"""The latent map: every window of an atlas a point; select, click, search, and place one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas import Projection
from dnaviz.atlas.any_anndata import AtlasLike, open_atlas
from dnaviz.atlas.columns import informative_column, known_values, numeric_limits
from dnaviz.atlas.labels import COLUMN, Labels
from dnaviz.atlas.mean_attribution import MeanAttribution
from dnaviz.atlas.rows import chosen_rows
from dnaviz.atlas.search import search
from dnaviz.atlas.sites import site_windows, sites_told
from dnaviz.deprecation import deprecated
from dnaviz.errors import InputError
from dnaviz.figures.coloring import shown_points
from dnaviz.models import load_model
from dnaviz.models.ood_warning import ood_warning
from dnaviz.panels.common.base import card
from dnaviz.panels.common.fasta import fasta
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.latent_map.controls import MapControls, bind
from dnaviz.panels.latent_map.labels import LabelRow
from dnaviz.panels.latent_map.link import LinkedMap
from dnaviz.panels.latent_map.projected import ProjectedCard
from dnaviz.panels.latent_map.selection import SelectionCard
from dnaviz.panels.latent_map.state import MapState, pack, unpack
from dnaviz.panels.latent_map.view import MapView
from dnaviz.panels.latent_map.window import WindowCard
from dnaviz.sequences import AnySequences, Sequence, as_sequences, parse_sequences, shorten

if TYPE_CHECKING:
    from dnaviz.models import DNAModel

MOST_PLACED = 200
LEAD = (
    "Each point is {}; windows that the model finds similar lie close together. Draw a lasso to "
    "see what a group shares, click a point, or place a sequence of yours."
)
UNSEEN = "200 nt of human chromosome 19 around a splice site or a look-alike, none seen in training"
NONE: NDArray[np.int64] = np.empty(0, np.int64)


class LatentMap(LinkedMap):
    """A map of an atlas that answers questions.

    Every control is an attribute too: ``panel.space = "splice"``, ``panel.color = "gene"``,
    ``panel.selection = rows``, ``panel.search("LDLR")``, ``panel.project(sequences)``.

    Parameters
    ----------
    atlas : Atlas or AnnData, optional
        The shipped by default; any AnnData with a map will do, `lacks` says what is not shown.
    model : DNAModel, optional
        Places sequences and explains windows as it can; by default the shipped, loaded if needed.

    Raises
    ------
    InputError
        The model's latents have another size than the atlas's.
    """

    heading = "Latent map"
    too_long = "Too long for a link: select or place fewer, or save the selection as a file."

    def __init__(self, atlas: AtlasLike = None, model: DNAModel | None = None) -> None:
        self.atlas, self.lacks, self.encodes = open_atlas(atlas)
        self.labels = Labels(self.atlas, atlas)
        self._model = model
        if model is not None:
            self.atlas.check_model(model)
        self.lead = self.lacks or LEAD.format(UNSEEN if self.atlas.is_shipped else "a sequence")
        super().__init__(MapState(color=informative_column(self.atlas.obs)))
        self.placement: Projection | None = None
        self.placed: list[Sequence] = []
        self._trail: list[str] = []
        self.map = MapView(
            self.atlas,
            space=self.state.space,
            color=self.state.color,
            size=self.state.size,
            opacity=self.state.opacity,
            dark=self.dark,
            on_select=self._lasso,
            on_clear=lambda: self._select(NONE),
            on_click=self._click,
            on_hide=lambda names: self.hide(self.color, names),
            on_shown=lambda: self.selection_card.prepare(),
            guard=self.guard,
        )
        self.controls = MapControls(self.atlas, self.state, self.guard, self.search, self._drag)
        self.controls.offer_files(self.map.printed, self.message.error)
        self.input = SequenceInput(
            self._on_sequences,
            self.message,
            action="Place",
            placeholder="Paste windows as DNA or RNA, raw or FASTA, the site in their middle",
            examples=False,  # whole genes have no one place on the map
        )
        self.projected_card = ProjectedCard(self.atlas, self.guard(self._step))
        self.window_card = WindowCard(
            self.atlas, lambda: self.model, self.guard(self._step), self.guard(self._step_back)
        )
        self.selection_card = SelectionCard(
            self.atlas,
            self.message.error,
            lambda: self.model,
            self.guard(lambda _: self._select(NONE)),
            self.guard(self._click),
        )
        bind(self.selection_card.explain, self.state, "explain", self.guard)
        self.label_row = LabelRow(self, self.labels)
        self.selection_card.offer(self.label_row.view)
        self._show_filters()
        self._show_selection()
        self.controls.show_range()
        self.controls.show_trust(self.space)
        for names, show in {
            ("space",): self._show_space,
            ("color",): self._show_color,
            ("size", "opacity"): lambda: self.map.show_style(self.state.size, self.state.opacity),
            ("contours",): self._show_contours,
            ("names",): lambda: self.map.show_names(self.state.names),
            ("hidden", "between"): self._show_filters,
            ("selection",): self._show_selection,
            ("explain",): self._show_selection_card,
            ("focus",): self._show_focus,
            ("placed",): self._show_text,
        }.items():
            self.follow(list(names), show)
        self.compose(*self._layout())
        self.open_link()
        self.map.show_preview()

    def _layout(self) -> list[widgets.Widget]:
        tools = self.controls
        chart = card(tools.above, tools.filters, self.map.plot, tools.below, tools.notes)
        gap = {"grid_gap": "18px"}
        main = widgets.VBox([chart, self.selection_card.view], layout=gap)
        main.add_class("dnaviz-main")
        yours = card(self.input.view, self.projected_card.view, title="Where does mine fall?")
        yours.layout.display = None if self.encodes else "none"
        side = widgets.VBox([yours, self.window_card.view], layout=gap)
        split = widgets.Box([main, side])
        split.add_class("dnaviz-split")
        return [self.status, split]

    @property
    def space(self) -> str:
        """The latent space shown: ``autoencoder``, or ``splice`` for the fine-tuned one."""
        return str(self.state.space)

    @space.setter
    def space(self, space: str) -> None:
        self.atlas.map(space)  # says what is wrong with it
        self.state.space = space

    @property
    def color(self) -> str:
        """The column of ``atlas.obs`` that colors the points."""
        return str(self.state.color)

    @color.setter
    def color(self, column: str) -> None:
        self._check_column(column)
        self.state.color = column

    @property
    def selection(self) -> NDArray[np.int64]:
        """Rows of the selected windows, ascending; set rows, ids or a boolean mask."""
        return unpack(self.state.selection, len(self.atlas), self.atlas.mark)

    @selection.setter
    def selection(self, chosen: Iterable[Any]) -> None:
        self._select(chosen_rows(self.atlas, chosen))

    @property
    def selected(self) -> pd.DataFrame:
        """Metadata of the selected windows."""
        return self.atlas.obs.iloc[self.selection]

    @property
    def logo(self) -> NDArray | None:
        """Sequence logo of the selection in bits (4, w), rows A C G T; its middle is the site."""
        return self.selection_card.heights

    @property
    def attribution(self) -> MeanAttribution | None:
        """Mean attribution of the selection, of a random part of a large one; None without one."""
        self.selection_card.runner.finish()
        return self.selection_card.attribution

    @property
    def focus(self) -> str:
        """Id of the window in the sequence card; empty for none."""
        return str(self.state.focus)

    @focus.setter
    def focus(self, name: str) -> None:
        if name:
            self.atlas.rows([name])
        self._trail.clear()
        self.state.focus = name

    @property
    def model(self) -> DNAModel:
        """The model that encodes pasted sequences, loaded when first asked for."""
        if not self.encodes:
            raise InputError(self.lacks)
        if self._model is None:
            self.atlas.check_model(model := load_model())
            self._model = model
        return self._model

    def project(self, sequences: AnySequences) -> Projection:
        """Place sequences on the map as stars; see `dnaviz.atlas.Atlas.project`."""
        records = as_sequences(sequences, min_length=self.model.min_length)
        self.message.clear()
        return self._place(records)

    def search(self, text: str) -> NDArray[np.int64]:
        """Select the windows of a gene, an id, or that hold a motif; see `dnaviz.atlas.search`."""
        rows, words = search(self.atlas, str(text))
        self._select(rows)
        if hidden := int((~self.map.shown[rows]).sum()):
            words += f" {hidden:,} of them {'is' if hidden == 1 else 'are'} hidden."
        self.message.info(words)
        return rows

    def hide(self, column: str, values: Iterable[str]) -> None:
        """Hide the windows whose column has one of these values; an empty list shows them all."""
        self._check_column(column)
        rest = {k: v for k, v in self.state.hidden.items() if k != column}
        hidden = known_values(self.atlas.obs[column], values)
        self.state.hidden = {**rest, column: hidden} if hidden else rest

    def between(self, column: str, low: float | None = None, high: float | None = None) -> None:
        """Show only windows whose numeric column lies within limits; no limits show them all."""
        self._check_column(column)
        rest = {k: v for k, v in self.state.between.items() if k != column}
        if limits := numeric_limits(self.atlas.obs[column], low, high):
            rest[column] = limits
        self.state.between = rest

    def label(self, name: str, column: str = COLUMN) -> None:
        """Name the selected windows in a column of ``obs``, that of a given AnnData too.

        An empty name takes theirs away; see `dnaviz.atlas.labels.Labels.give`.
        """
        self.labels.give(self.selection, name, column)
        self._show_labels()
        self.state.names = True
        self.message.info(self.labels.told(len(self.selection)))

    def undo_label(self) -> None:
        """Take the last label back."""
        if self.labels.column:
            self.hide(self.labels.column, [])  # it may be gone
        self.labels.undo()
        self._show_labels()

    def save(self, path: str | Path) -> None:
        """Write the AnnData with its labels as ``.h5ad`` or ``.zarr``."""
        self.labels.save(path)

    def restyle(self, dark: bool) -> None:
        self.map.show_dark(dark)
        self._show_selection_card()
        self._show_focus()

    # What the viewer does.

    def _select(self, rows: NDArray[np.int64]) -> None:
        self.message.clear()
        self.state.selection = pack(rows, len(self.atlas), self.atlas.mark)

    def _lasso(self, rows: NDArray[np.int64], add: bool) -> None:
        self._select(np.union1d(self.selection, rows) if add else rows)

    def _click(self, at: int) -> None:
        self._trail.clear()
        self.state.focus = str(self.atlas.obs.index[at])

    def _step(self, at: int) -> None:
        """To a neighbor, remembering the way back."""
        if self.focus:
            self._trail.append(self.focus)
        self.state.focus = str(self.atlas.obs.index[at])

    def _step_back(self, _: Any) -> None:
        if self._trail:
            self.state.focus = self._trail.pop()

    def _drag(self, tool: str) -> None:
        if tool in ("lasso", "select", "pan"):
            self.map.show_drag(tool)

    def _on_sequences(self) -> None:
        self._place(site_windows(self.input.records, self.atlas.window, self.model))

    def _place(self, records: list[Sequence]) -> Projection:
        if not 1 <= len(records) <= MOST_PLACED:
            count = f"{len(records):,}"
            raise InputError(f"1 to {MOST_PLACED} sequences can be placed at once, not {count}.")
        placement = self.atlas.project(records, space=self.space, model=self.model)
        self.placed, self.placement = records, placement
        self.state.placed = "".join(fasta(record) for record in records)
        self._show_placed()
        if words := " ".join(filter(None, [sites_told(records), ood_warning(self.model, records)])):
            self.message.info(words)
        return placement

    # What follows from a change of state.

    def _show_space(self) -> None:
        self.atlas.map(self.space)
        self.map.show_space(self.space)
        self.controls.show_trust(self.space)
        self._show_contours()
        self._show_focus()
        if self.placed:
            self.placement = self.atlas.project(self.placed, space=self.space, model=self.model)
            self._show_placed()

    def _show_color(self) -> None:
        self._check_column(self.color)
        self.map.show_color(self.color)
        self.map.show_hidden(self.state.hidden.get(self.color, []))
        self.controls.show_range()
        self._show_selection_card()

    def _show_labels(self) -> None:
        column = self.labels.column or informative_column(self.atlas.obs)
        if column == self.color:
            self._show_color()
        self.state.color = column
        self.label_row.show()

    def _show_contours(self) -> None:
        self.map.show_contours(self.state.contours)

    def _show_filters(self) -> None:
        shown = shown_points(self.atlas.obs, self.state.hidden, self.state.between)
        if not np.array_equal(shown, self.map.shown):
            self.map.show_rows(shown)
            self._show_contours()
        self.map.show_hidden(self.state.hidden.get(self.color, []))
        self.controls.show_filters(int(shown.sum()))
        self.controls.show_range()

    def _show_selection(self) -> None:
        # The map last: a page that draws thousands of points shows nothing else meanwhile.
        rows = self.selection
        if len(rows):
            self.page.status = f"{len(rows):,} of {len(self.atlas):,} windows are selected."
        self._show_selection_card(lambda: self.map.show_selected(rows))

    def _show_selection_card(self, then: Callable[[], None] = lambda: None) -> None:
        self.selection_card.show(self.selection, self.color, self.dark, self.state.explain, then)

    def _show_focus(self) -> None:
        row = int(self.atlas.rows([self.focus])[0]) if self.focus else None
        self.window_card.show(row, self.space, self._trail, dark=self.dark)
        self.map.show_focus(row, self.window_card.neighbors)

    def _show_text(self) -> None:
        """Sequences of a link: placed, and put into the box for the viewer to see."""
        text = self.state.placed
        if text and text != "".join(fasta(record) for record in self.placed):
            records = parse_sequences(text, min_length=self.model.min_length)
            self.input.set(text, run=False)
            self._place(records)

    def _show_placed(self) -> None:
        assert self.placement is not None
        names = [record.name for record in self.placed]
        lengths = [len(record) for record in self.placed]
        self.projected_card.show(self.placement, names, lengths, self.space)
        self.page.status = f"Placed on the map: {', '.join(name[:40] for name in names[:5])}."
        self.map.show_placed(self.placement.xy, names)

    # Checks.

    def _check_column(self, column: str) -> None:
        if column not in self.atlas.obs.columns:
            raise InputError(f"The atlas has no column {shorten(str(column))}.")

    place = deprecated("place", "project")
