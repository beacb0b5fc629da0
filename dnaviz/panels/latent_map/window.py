"""One window of the atlas: where it is, its bases, what the model makes of it, and its like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas import Atlas
from dnaviz.atlas.mean_attribution import A_SITE, MeanAttribution, apparent_site, mean_attribution
from dnaviz.figures.composition import aligned_logo
from dnaviz.figures.reconstruction import mismatches
from dnaviz.models.protocol import can, lacks
from dnaviz.panels.common.base import card
from dnaviz.panels.common.neighbors import NeighborTable, hide
from dnaviz.panels.common.page import escape
from dnaviz.panels.common.runner import Runner, Steps
from dnaviz.panels.common.sequence_html import (
    alignment_html,
    facts_html,
    image_html,
    list_html,
    sequence_html,
    value_text,
)
from dnaviz.sequences import Sequence

NEIGHBORS = 15
REACH = 20  # bases each side of the site in the attribution logo
STEPS = 64  # of Integrated Gradients, of one window
PER_LINE = 30
_FIRST_FACTS = ("label", "context", "gene", "transcript")


class WindowCard:
    """One window: coordinates, bases over reconstruction, attribution, neighbors in latent space.

    Parameters
    ----------
    atlas : Atlas
    model : callable
        Returns the model; an InputError where there is none that fits.
    choose, back : callable
        Given the row of the neighbor to step to; to step back.

    Attributes
    ----------
    written : str
        The reconstruction of the window's bases; empty until it is there.
    attribution : MeanAttribution or None
        Of this one window.
    """

    def __init__(
        self,
        atlas: Atlas,
        model: Callable[[], Any],
        choose: Callable[[int], None],
        back: Callable[..., None],
    ) -> None:
        self.atlas = atlas
        self.written = ""
        self.attribution: MeanAttribution | None = None
        self.runner = Runner(self._failed)
        self._model = model
        self._row: int | None = None
        self._dark = False
        full_width = {"layout": {"width": "100%"}}
        self.heading, self.attribution_logo = widgets.HTML(**full_width), widgets.HTML(**full_width)
        self._bases = widgets.HTML(**full_width)
        self.near = NeighborTable(atlas, choose, "Nearest windows in latent space")
        self.back = widgets.Button(description="Back", layout={"display": "none"})
        self.back.on_click(back)
        self.view = card(
            self.heading,
            self.attribution_logo,
            self._bases,
            self.near.view,
            self.back,
            title="Sequence",
        )
        self.show(None, "", [], dark=False)

    @property
    def neighbors(self) -> NDArray[np.int64]:
        """Rows of the nearest windows, nearest first."""
        return self.near.rows

    def show(self, index: int | None, space: str, steps: list[str], *, dark: bool) -> None:
        """Show a window of the atlas; None for none. `steps` is where the viewer came from."""
        hide(self.back, not steps)
        for part in (self._bases, self.attribution_logo):
            hide(part, index is None or not self.atlas.has_sequences)
        same = index == self._row
        self._row, self._dark = index, dark
        if index is None:
            self.runner.cancel()
            self.near.show(np.empty(0, np.int64), np.empty(0), "")
            self.heading.value = (
                '<div class="dnaviz-note">Click a point to see its sequence, where in the genome '
                "it lies, what the model makes of it, and the most similar windows.</div>"
            )
            return
        obs = self.atlas.obs
        name = str(obs.index[index])
        self.heading.value = f"<h3>{escape(name)}</h3>" + facts_html(facts(obs, index))
        rows, distances = self.atlas.neighbors_of(index, NEIGHBORS, space)
        self.near.show(rows, distances, "Nearest in latent space: choose one to step to it")
        if not self.atlas.has_sequences:
            return
        if not same:
            self.written, self.attribution = "", None
        self._show_bases()
        if same and self.written and self.attribution is not None:
            self._show_attribution()
        else:
            self.attribution_logo.value = list_html(["Explaining …"])
            self.runner.start(index, self._explain)

    def _explain(self) -> Steps:
        assert self._row is not None
        yield 0.0
        from dnaviz.models.tiles import reconstruct

        model, codes = self._model(), self.atlas.codes([self._row])
        bases = self.atlas.sequences([self._row])[0]
        if lack := lacks(model, "score_windows") or lacks(model, "gradients"):
            self.attribution_logo.value = list_html([lack])
        else:
            (explained,) = mean_attribution(codes, apparent_site(codes, model), model, steps=STEPS)
            self.attribution = explained
            self._show_attribution()
        yield 0.5
        if can(model, "decode"):
            self.written = reconstruct(model, [Sequence(bases)])[0].reconstruction
            self._show_bases()

    def _show_attribution(self) -> None:
        attribution = self.attribution
        assert attribution is not None
        site = self.atlas.window // 2
        part = slice(max(0, site - REACH), site + REACH + 1)
        probability = 1 / (1 + np.exp(-attribution.score))
        title = f"Attribution logo of this window for the {attribution.site} site"
        svg = aligned_logo(
            attribution.heights[:, part], part.start - site, unit="log-odds", title=title,
            dark=self._dark, width=520, height=150,
        )  # fmt: skip
        self.attribution_logo.value = image_html(svg, title, 320) + list_html(
            [
                f"How much each base speaks for {A_SITE[attribution.site]} at the site "
                f"(probability {probability:.3g} from these {self.atlas.window} nt alone)."
            ]
        )

    def _show_bases(self) -> None:
        assert self._row is not None
        bases = self.atlas.sequences([self._row])[0]
        site = _site(self.atlas, self._row)
        letters = sequence_html(bases, site=site, dark=self._dark, per_line=PER_LINE)
        shown, sentences = f'<div class="dnaviz-scroll">{letters}</div>', []
        wrong = mismatches(bases, self.written or bases)
        if self.written:
            sentences = ["The autoencoder writes every base of it back from its latent."]
        if len(wrong):
            right = 1 - len(wrong) / max(sum(base in "ACGT" for base in bases), 1)
            sentences = [
                f"Over its reconstruction from the latent: {right:.1%} of the bases come back; "
                "the others are marked."
            ]
            shown = alignment_html(
                bases, self.written, first=1, edited=[site], dark=self._dark, per_line=PER_LINE
            )
        self._bases.value = shown + list_html(sentences)

    def _failed(self, why: str) -> None:
        self.attribution_logo.value = list_html([why], warning=True)


def _site(atlas: Atlas, row: int) -> int:
    """0-based place of the site among a window's bases; a short one does not start on column 0."""
    from dnaviz.atlas.store import CODES

    blank = len(CODES) - 1
    return atlas.window // 2 - int(np.flatnonzero(atlas.codes([row])[0] != blank)[0])


def facts(obs: Any, index: int) -> dict[str, Any]:
    """What is known of a window, its coordinates first."""
    shown: dict[str, Any] = {}

    def said(name: str) -> str:  # of one column: a row of numbers would turn all into fractions
        return value_text(obs[name].iloc[index])

    if {"chrom", "start", "end"} <= set(obs.columns):
        strand = f" ({said('strand')})" if "strand" in obs else ""
        shown["position"] = f"{said('chrom')}:{said('start')}-{said('end')}{strand}"
    names = [*(n for n in _FIRST_FACTS if n in obs), *obs.columns]
    handled = {"chrom", "start", "end", "strand", "position"}
    for name in names:
        if name not in handled:
            handled.add(name)
            shown[str(name).replace("_", " ")] = said(name)
    return shown
