"""What names a selection: a field, undo, and the labels as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dnaviz.atlas.labels import Labels
from dnaviz.io.spreadsheet import spreadsheet_text
from dnaviz.panels.common.base import row
from dnaviz.panels.common.table import Download

if TYPE_CHECKING:
    from dnaviz.panels.latent_map.panel import LatentMap


class LabelRow:
    """A field and buttons that label what is selected on a map."""

    def __init__(self, panel: LatentMap, labels: Labels) -> None:
        self._labels = labels
        self.name = widgets.Text(
            placeholder="Name this selection", description="Label",
            style={"description_width": "initial"}, layout={"width": "280px"},
        )  # fmt: skip
        self.button = widgets.Button(description="Label selection")
        self.button.on_click(panel.guard(lambda _: panel.label(str(self.name.value))))
        self.undo = widgets.Button(description="Undo label")
        self.undo.on_click(panel.guard(lambda _: panel.undo_label()))
        self.file = Download("Labels TSV", self._tsv, panel.message.error)
        self.view = row(self.name, self.button, self.undo, self.file)
        self.show()

    def show(self) -> None:
        """Offer to undo, and the file, where there are labels."""
        self.undo.disabled = self.file.disabled = not self._labels.can_undo

    def _tsv(self) -> tuple[str, str]:
        return "labels.tsv", spreadsheet_text(self._labels.table(), "id")
