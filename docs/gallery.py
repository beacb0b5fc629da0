"""Draw the gallery: ``python docs/gallery.py`` writes ``docs/gallery.md`` and its pictures.

Every figure is what dnaviz draws for print, with the caption that stands below it, as SVG and PDF.
Run it again when figures or weights change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

import dnaviz
from dnaviz.figures.caption import (
    attribution_caption,
    gel_caption,
    map_caption,
    mutagenesis_caption,
    track_caption,
)
from dnaviz.figures.coloring import coloring
from dnaviz.figures.logo import attribution_logo, figure_bytes
from dnaviz.figures.print_gel import print_gel
from dnaviz.figures.print_map import print_map
from dnaviz.figures.print_mutations import print_mutations
from dnaviz.figures.print_track import print_track
from dnaviz.splicing.delta_events import changed_places, gaps
from dnaviz.splicing.gel import gel
from dnaviz.splicing.prediction import Prediction

DOCS = Path(__file__).parent
EVERY = 8
"""Of the windows of the map one in so many is drawn: each is a shape of its own in the file."""


SELECTED = 200
"""Donors whose logos are drawn."""


class Entry(NamedTuple):
    """A figure, how to make one, and its file by kind."""

    name: str
    title: str
    made_by: str
    draw: Callable[[str], bytes]


def entries() -> Iterator[Entry]:
    """Draw the figures, one after another."""
    model = dnaviz.load_model()
    inspector = dnaviz.SpliceInspector(model)
    inspector.open_example("LDLR c.1813C>T")
    record, prediction = inspector.sequence, inspector.prediction
    result = dnaviz.scan(record, model)
    effects = [inspector.effect]

    def track(kind: str) -> bytes:
        structures = inspector.scan_view.structures
        moved, gone = changed_places(effects), gaps(effects)
        figure = print_track(result, structures=structures, edited=moved, gaps=gone)
        return figure_bytes(figure, kind, track_caption(result, model))

    yield Entry(
        "track",
        "Splice sites along a sequence, and what a variant changes",
        'The splice inspector\'s "Track SVG" and "Track PDF".',
        track,
    )
    bands = gel(prediction.consequences, *primers(prediction))
    yield Entry(
        "gel",
        "The gel that would show it",
        'The splice inspector\'s "Gel SVG" and "Gel PDF".',
        lambda kind: figure_bytes(print_gel(bands), kind, gel_caption(bands, prediction, model)),
    )
    exon = next(e for e in dnaviz.examples() if e.name == "LDLR exon 4")
    donor = exon.exons[0][1] + 1
    why = dnaviz.attribute(exon.sequence, site="donor", position=donor, model=model)
    yield Entry(
        "attribution",
        "Which bases make the model see a site",
        f"`dnaviz attribute gene.fa --site donor --position {donor} -o why.pdf`, "
        'or the splice inspector\'s "Logo SVG" and "Logo PDF".',
        lambda kind: figure_bytes(attribution_logo(why), kind, attribution_caption(why, model)),
    )
    m = dnaviz.mutagenesis(exon.sequence, site="donor", position=donor, model=model)
    yield Entry(
        "mutations",
        "What each mutation would do to it",
        'The splice inspector\'s "Mutations SVG" and "Mutations PDF".',
        lambda kind: figure_bytes(print_mutations(m), kind, mutagenesis_caption(m, model)),
    )
    atlas = dnaviz.load_atlas()

    def latent_map(kind: str) -> bytes:
        shown = np.arange(len(atlas)) % EVERY == 0
        figure = print_map(atlas.map("splice"), coloring(atlas.obs["label"]), shown=shown)
        return figure_bytes(figure, kind, map_caption(int(shown.sum()), atlas, "splice", "label"))

    yield Entry(
        "map",
        "The latent map",
        f'The map\'s "SVG" and "PDF"; they draw every window, this one in {EVERY}.',
        latent_map,
    )
    panel = dnaviz.LatentMap(atlas, model)
    panel.space = "splice"
    panel.selection = np.flatnonzero(atlas.obs["label"] == "donor")[:SELECTED]
    yield Entry(
        "logos",
        "What the windows of a selection share, and what the model looks at in them",
        'The selection\'s "Logos SVG" and "Logos PDF".',
        panel.selection_card.printed,
    )


def primers(prediction: Prediction) -> tuple[str, str]:
    """Primers on both sides of where the mRNA changes."""
    usual = prediction.consequences.usual.mrna
    changed = prediction.consequences.items[0].product.mrna
    first = next(i for i, (a, b) in enumerate(zip(usual, changed, strict=False)) if a != b)
    forward = usual[first - 150 : first - 130]
    return forward, dnaviz.reverse_complement(usual[first + 150 : first + 170])


def main() -> None:
    """Write the pictures and the page."""
    folder = DOCS / "gallery"
    folder.mkdir(exist_ok=True)
    page = [
        "# Gallery",
        "",
        "Figures for a journal, as dnaviz draws them: vector, fonts embedded, nobody's selection "
        "on them, and below each a line that says of what it is and how it was made. Written by "
        "`python docs/gallery.py`.",
        "",
    ]
    for entry in entries():
        for kind in ("svg", "pdf"):
            (folder / f"{entry.name}.{kind}").write_bytes(entry.draw(kind))
        page += [
            f"## {entry.title}",
            "",
            f"![{entry.title}](gallery/{entry.name}.svg)",
            "",
            f"{entry.made_by} As {{download}}`PDF <gallery/{entry.name}.pdf>`.",
            "",
        ]
        print(entry.name, (folder / f"{entry.name}.svg").stat().st_size, "bytes")
    (DOCS / "gallery.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
