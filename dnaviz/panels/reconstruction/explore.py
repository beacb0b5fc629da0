"""The tools of the reconstruction panel, one at a time, beside the map they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from dnaviz.atlas import Atlas
from dnaviz.deprecation import deprecated
from dnaviz.panels.common.base import Panel, Steps, card
from dnaviz.panels.common.mini_map import MiniMap
from dnaviz.panels.reconstruction.edit import EditTool
from dnaviz.panels.reconstruction.errors import ErrorsTool
from dnaviz.panels.reconstruction.interpolate import InterpolateTool
from dnaviz.panels.reconstruction.tool import Tool, ToolInput
from dnaviz.panels.reconstruction.traverse import TraverseTool

SPACES = [("Autoencoder", "autoencoder"), ("Fine-tuned", "splice")]
NAMES = [
    ("Edit bases", "edit"),
    ("Interpolate to another sequence", "walk"),
    ("Move along one latent direction", "turn"),
    ("Reconstruction errors", "lost"),
]


class Explorer:
    """Chooses the tool and draws the map.

    Parameters
    ----------
    panel : Panel
        Its state has `tool` and `space` and what the tools need.
    atlas : Atlas or None
        No map without it.
    read_box : callable
        As that of `EditTool`.
    """

    def __init__(
        self,
        panel: Panel[Any],
        atlas: Atlas | None,
        model: Any,
        read_box: Callable[[str], bool],
    ) -> None:
        self._panel, self._atlas = panel, atlas
        self.edit = EditTool(panel, atlas, model, read_box)
        self.interpolate = InterpolateTool(panel, atlas, model)
        self.traverse = TraverseTool(panel, atlas, model)
        self.errors = ErrorsTool(panel, atlas, model)
        self._tools: dict[str, Tool] = {
            "edit": self.edit, "walk": self.interpolate, "turn": self.traverse, "lost": self.errors,
        }  # fmt: skip
        self._done: dict[str, tuple[ToolInput, str]] = {}  # what each tool was asked
        self.chooser = widgets.ToggleButtons(options=NAMES, style={"button_width": "auto"})
        widgets.link((panel.state, "tool"), (self.chooser, "value"))
        self.map = MiniMap("Where it lies on the map") if atlas else None
        self._space = widgets.ToggleButtons(options=SPACES, style={"button_width": "auto"})
        widgets.link((panel.state, "space"), (self._space, "value"))
        # A narrower column beside the tool; the map is one for all tools.
        self.side = widgets.VBox([self._space, *([self.map.plot] if self.map else [])])
        main = widgets.VBox([tool.view for tool in self._tools.values()])
        main.add_class("dnaviz-main")
        split = widgets.Box([main, self.side])
        split.add_class("dnaviz-split")
        self.view = card(self.chooser, split, title="Explore the latent")
        panel.state.observe(panel.guard(lambda _: self.draw_map()), "space")

    @property
    def tool(self) -> Tool:
        """The one on screen."""
        return self._tools[self._panel.state.tool]

    def steps(self, shown: ToolInput) -> Steps:
        """Have the chosen tool look at a sequence and its edits, if it has not."""
        state = self._panel.state
        for name, tool in self._tools.items():
            tool.view.layout.display = None if name == state.tool else "none"
        self.tool.show_asked()
        asked = shown, {"walk": state.other, "turn": state.direction}.get(state.tool, "")
        if self._done.get(state.tool) != asked:
            self._done.pop(state.tool, None)  # it shows neither until it is done
            yield from self.tool.steps(shown)
            self._done[state.tool] = asked
        self.draw_map()

    def restyle(self) -> None:
        for name in self._done:
            self._tools[name].restyle()
        self.draw_map()

    def draw_map(self) -> None:
        """Put on the map what the tool has to say there."""
        panel, space = self._panel, self._panel.state.space
        spot = None
        if self.map is not None and self._atlas is not None and space in self._atlas.spaces:
            spot = self.tool.overlay(space)
        self.side.layout.display = None if spot is not None else "none"
        if spot is not None and self.map is not None and self._atlas is not None:
            self.map.show(
                self._atlas, space, spot.stars, spot.names,
                path_xy=spot.path, near=spot.near, dark=panel.dark,
            )  # fmt: skip

    turn = deprecated("turn", "traverse")
