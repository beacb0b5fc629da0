"""What the tools of the reconstruction panel have in common."""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.latent_shift import WINDOW
from dnaviz.atlas.store import center_crop
from dnaviz.figures.latent_paths import HERE
from dnaviz.models import LABELS, can, encode_in
from dnaviz.models.latent_paths import LatentPath
from dnaviz.panels.common.base import Message, Panel, Steps
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.runner import guard
from dnaviz.panels.common.sequence_html import facts_html
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant


@dataclass(frozen=True)
class ToolInput:
    """What the panel shows: a sequence before and after edits, with both accuracies.

    ``window`` is the central `WINDOW` bases of what was edited, ``first`` the 1-based position of
    the first of them.
    """

    sequence: Sequence
    edited: Sequence
    variants: list[Variant]
    accuracies: tuple[float, float]
    window: str = field(init=False)
    first: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", center_crop([self.edited], WINDOW)[0])
        object.__setattr__(self, "first", _first(self.edited))

    def window_note(self) -> list[str]:
        """A sentence where only a part of the sequence is looked at."""
        return window_note(self.edited)


def window_note(record: Sequence, latent: str = "The latent") -> list[str]:
    """A sentence where only the central window of a record is looked at."""
    if len(record) <= WINDOW:
        return []
    first = _first(record)
    last = first + WINDOW - 1
    return [f"{latent} is that of positions {first:,} to {last:,}: the central window."]


def _first(record: Sequence) -> int:
    return max(0, len(record) // 2 - WINDOW // 2) + 1


class MapOverlay(NamedTuple):
    """What a tool puts on the map: stars (m, 2), their names, a path (p, 2), ringed rows."""

    stars: NDArray
    names: list[str]
    path: NDArray | None
    near: NDArray


class Tool:
    """A part of the panel that looks at what is shown in its own way.

    Attributes
    ----------
    view : ipywidgets.VBox
    message : Message
        Where the tool says what is wrong with what was typed into it.
    """

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        self.panel, self.atlas, self.model = panel, atlas, model
        self.message = Message()
        self.guard = guard(self.message.error)
        self.view = widgets.VBox(layout={"width": "100%"})

    def show_asked(self) -> None:
        """Have the controls say what is asked for, whatever was typed since."""

    def steps(self, shown: ToolInput) -> Steps:
        """Look at what is shown; anything found wrong goes to the tool's own message."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Redraw what carries colors."""

    def overlay(self, space: str) -> MapOverlay | None:
        """What the tool puts on the map of a space."""
        return None


class PathProjection:
    """Where the points of a path lie on the map, in each space, looked up when asked for."""

    def __init__(self, path: LatentPath, atlas: Atlas, model: Any) -> None:
        self._path, self._atlas, self._model = path, atlas, model
        self._placed: dict[str, Any] = {}

    def placed(self, space: str) -> Any:
        """`Projection` of the latents themselves; fine-tuned, of what is written for them."""
        if space not in self._placed:
            points: Any = self._path.latents
            if space != "autoencoder":
                points = encode_in(self._model, self._path.bases, space)
            self._placed[space] = self._atlas.project(points, space=space, model=self._model)
        return self._placed[space]

    def overlay(
        self, space: str, at: int, ends: collections.abc.Sequence[tuple[int, str]]
    ) -> MapOverlay:
        """The whole path, its named ends, and the point `at` with its neighbors."""
        placed = self.placed(space)
        rows = [*(number for number, _ in ends), at]
        names = [*(name for _, name in ends), "here"]
        return MapOverlay(placed.xy[rows], names, placed.xy, placed.neighbors[at])


class PathTool(Tool):
    """A path through the latent space: a slider along it, and what is written at its points.

    Attributes
    ----------
    amount : str
        The trait of the panel's state that says which point is shown.
    path : LatentPath or None
    """

    amount = ""

    def __init__(
        self, panel: Panel[Any], atlas: Atlas | None, model: Any, *,
        plot: str, first: tuple[widgets.Widget, ...] = (), **slider: Any,
    ) -> None:  # fmt: skip
        super().__init__(panel, atlas, model)
        self.path: LatentPath | None = None
        self._shown: ToolInput | None = None
        self._places: PathProjection | None = None
        wide = {"layout": {"width": "100%"}}
        self.slider = widgets.FloatSlider(style={"description_width": "initial"}, **slider, **wide)
        widgets.link((panel.state, self.amount), (self.slider, "value"))
        panel.state.observe(self.guard(lambda _: self.show_point()), self.amount)
        self.plot = Plot(plot)
        self.plot.on_click(self.guard(self._on_click))
        self.notes, self.facts, self.letters = (widgets.HTML(**wide) for _ in range(3))
        self.result = widgets.VBox(
            [*first, self.slider, self.plot, self.facts, self.letters],
            layout={"display": "none", "width": "100%"},
        )

    @property
    def at(self) -> int:
        """The number of the point that is shown."""
        return self.path.nearest(getattr(self.panel.state, self.amount)) if self.path else 0

    def describe(self, path: LatentPath, shown: ToolInput, at: int) -> tuple[str, dict[str, Any]]:
        """What is written at a point, as HTML, and what is to be said of it."""
        raise NotImplementedError

    def show_point(self) -> None:
        """Show the point that the state names."""
        path, shown, at = self.path, self._shown, self.at
        if path is None or shown is None:
            return
        self.plot.change(HERE, y=[getattr(self.panel.state, self.amount)] * 2)
        self.letters.value, facts = self.describe(path, shown, at)
        for number, name in enumerate(LABELS):
            if name != "neither" and path.sites is not None:
                facts[f"{name}, of what is written"] = f"{path.sites[at, number]:.3f}"
            if name != "neither" and path.frozen is not None:
                facts[f"{name}, read off the latent"] = f"{path.frozen[at, number]:.3f}"
        facts["distance after re-encoding"] = f"{path.cycle_error[at]:.2f}"
        self.facts.value = facts_html(facts)
        self.panel.explorer.draw_map()  # type: ignore[attr-defined]

    def _on_click(self, trace: int, point: int | tuple[int, int]) -> None:
        if self.path is not None and isinstance(point, tuple) and point[0] < len(self.path.amounts):
            setattr(self.panel.state, self.amount, float(self.path.amounts[point[0]]))


def unlike_note(model: Any, path: LatentPath) -> list[str]:
    """A sentence where what is written along a path does not look like human DNA."""
    if not can(model, "ood_score"):
        return []
    unlike = sum(model.ood_score(bases).warning is not None for bases in path.bases)
    if not unlike:
        return []
    return [
        f"At {unlike} of {len(path.bases)} points on this path, what is written does not look like "
        "human DNA: a latent is made to bring its sequence back, and what lies between two of them "
        "is seldom a sequence that a genome would have."
    ]


def far_note(placed: Any) -> list[str]:
    """A sentence where points of a path lie far from every window of the atlas."""
    far = int(np.sum(placed.far))
    if not far:
        return []
    return [
        f"{far} of {len(placed.far)} points on this path lie farther from the atlas than 99 % of "
        "its own windows: what the decoder writes there is a guess."
    ]
