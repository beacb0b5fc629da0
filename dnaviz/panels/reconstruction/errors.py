"""Reconstruction errors on the atlas's windows."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pandas as pd

from dnaviz.atlas import Atlas
from dnaviz.atlas.reconstruction_errors import stored
from dnaviz.figures.reconstruction_errors import reconstruction_errors_figure
from dnaviz.panels.common.base import Panel, Steps
from dnaviz.panels.common.plot import Plot
from dnaviz.panels.common.sequence_html import facts_html, list_html
from dnaviz.panels.reconstruction.tool import Tool, ToolInput

ACCURACY = "reconstruction_accuracy"  # a column that building an atlas adds
NAMED = 5  # failing windows named at most


class ErrorsTool(Tool):
    """Figures that were measured when the atlas was built, or with ``dnaviz atlas losses``."""

    def __init__(self, panel: Panel[Any], atlas: Atlas | None, model: Any) -> None:
        super().__init__(panel, atlas, model)
        self.table: pd.DataFrame | None = stored(atlas) if atlas is not None else None
        self.facts = widgets.HTML(layout={"width": "100%"})
        self.notes = widgets.HTML(layout={"width": "100%"})
        self.plot = Plot("Share of bases that come back, by position, repeats and GC content")
        self.view.children = [self.message.view, self.notes, self.facts, self.plot]

    def steps(self, shown: ToolInput) -> Steps:
        yield 0.95
        if self.atlas is not None:
            self.facts.value = facts_html(_facts(self.atlas, self.table))
        if self.table is None:
            self.plot.layout.display = "none"
            self.notes.value = list_html(
                [
                    "Reconstruction errors were not measured for this atlas: "
                    "dnaviz atlas losses ATLAS --write does it."
                ]
            )
            return
        self.notes.value = list_html(
            [
                "Every window of the sample was encoded and read back, free-running: as it is, and "
                "with its latent blurred by random noise in units of each number's standard "
                "deviation. What goes first under noise is what the latent holds least firmly.",
            ]
        )
        self.restyle()

    def restyle(self) -> None:
        if self.table is not None:
            self.plot.show(
                reconstruction_errors_figure(self.table, dark=self.panel.dark), view="lost"
            )


def _facts(atlas: Atlas, table: pd.DataFrame | None) -> dict[str, str]:
    """Counts over all windows of the atlas, and over the sample at each level of noise."""
    facts = {}
    obs = atlas.obs
    if ACCURACY in obs and len(obs):
        failing = obs.index[obs[ACCURACY] < 1]
        held_out = "split" in obs and set(obs["split"].astype(str)) == {"test"}
        kind = "held-out windows" if held_out else "windows of the atlas"
        facts[kind] = f"{len(obs):,}"
        facts["that lose a base"] = f"{len(failing):,}"
        if 0 < len(failing) <= NAMED:
            facts["namely"] = ", ".join(map(str, failing))
    if table is not None:
        for level, wrong, bases in table.loc[
            table["by"] == "all", ["noise", "wrong", "bases"]
        ].to_numpy(dtype=float):
            name = "as encoded" if level == 0 else f"blurred by {level:g} sd"
            facts[f"bases right, {name}"] = (
                f"{1 - wrong / bases:.2%} ({wrong:,.0f} of {bases:,.0f} wrong)"
            )
        facts |= _extremes(table)
    return facts


def _extremes(table: pd.DataFrame) -> dict[str, str]:
    """Where most and least comes back under the middle level of noise; nothing without noise."""
    levels = sorted(level for level in table["noise"].unique() if level > 0)
    if not levels:
        return {}
    level = levels[len(levels) // 2]
    rows = table[(table["by"] == "position") & (table["noise"] == level)]
    share = (1 - rows["wrong"] / rows["bases"]).set_axis(rows["low"]).sort_values()
    if len(share) < 2 * NAMED:
        return {}

    def say(part: pd.Series) -> str:
        return ", ".join(f"{position:+g} ({value:.0%})" for position, value in part.items())

    return {
        f"firmest positions at {level:g} sd": say(share.iloc[: -NAMED - 1 : -1]),
        f"first to go at {level:g} sd": say(share.head(NAMED)),
    }
