"""The latent map as one HTML file: an atlas and what looks into it, without Python and server."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from dnaviz import __version__
from dnaviz.atlas import Atlas
from dnaviz.atlas.columns import (
    column_notes,
    informative_column,
    member_columns,
    varying_columns,
)
from dnaviz.atlas.quality import trust_words
from dnaviz.errors import InputError
from dnaviz.figures.composition import SAID, VALUES
from dnaviz.figures.logo import GLYPHS
from dnaviz.figures.theme import theme
from dnaviz.panels.latent_map.selection import LOGO_REACH, MOST_MEMBERS
from dnaviz.sealed import map_data
from dnaviz.sequences import shorten

HERE = Path(__file__).parent
MOST_POINTS = 1_000_000
MOST_BYTES = 400_000_000
"""Of a page; one of 375 MB was opened, see docs/map-page.md."""

LEAD = (
    "Each point is {}; those that lie close together are alike{}. Draw a lasso to see what a group "
    "shares, or click a point."
)

SPACES = {"autoencoder": "Autoencoder", "splice": "Fine-tuned"}


def map_page(atlas: Atlas, *, color: str = "", note: str = "", sequences: bool = True) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    atlas : Atlas
        Of at most `MOST_POINTS` windows.
    color : str
        The column that colors the points at first; by default as on the dashboard.
    note : str
        What is to be said of the atlas.
    sequences : bool
        Whether its sequences are in the page, where it has any.

    Raises
    ------
    InputError
        The atlas is too large, or has no such column.
    """
    if len(atlas) > MOST_POINTS:
        raise InputError(
            f"{atlas.source} has {len(atlas):,} windows; a page shows at most {MOST_POINTS:,}. "
            "Write a part of it to a file of its own: atlas.subset(rows).write_h5ad(FILE)."
        )
    names = [str(name) for name in atlas.obs.columns]
    if color and color not in names:
        known = ", ".join(name[:40] for name in names[:12]) + (" …" if len(names) > 12 else "")
        raise InputError(f"{atlas.source} has no column {shorten(color)}; it has {known}.")
    name = "The shipped atlas" if atlas.is_shipped else Path(atlas.source).name
    about: dict[str, Any] = {
        "name": name,
        "count": len(atlas),
        "mark": list(atlas.mark),
        "color": color or informative_column(atlas.obs),
        "offered": varying_columns(atlas.obs),
        "members": member_columns(atlas.obs),
        "mostMembers": MOST_MEMBERS,
        "notes": [*filter(None, [note]), *column_notes(atlas.obs)],
        "themes": [
            {"ink": t.ink, "muted": t.muted, "paper": t.paper, "accent": t.accent, "bases": t.bases}
            for t in (theme(False), theme(True))
        ],
        "glyphs": GLYPHS,
        "words": {"said": SAID, "values": VALUES},
        "logoReach": LOGO_REACH,
    }
    what = ("a sequence", " to the model") if atlas.has_sequences else ("a row of the atlas", "")
    first, rest = _payloads(atlas, about, sequences and atlas.has_sequences)
    script = gzip.decompress((HERE / "built_map" / "map.js.gz").read_bytes()).decode("utf-8")
    script = script.replace("</script", "<\\/script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sheets = ("panels/common/colors.css", "panels/common/style.css", "sealed/map.css")
    parts = {
        "policy": f"'sha256-{digest}'",
        "style": "\n".join((HERE.parent / sheet).read_text("utf-8") for sheet in sheets),
        "name": escape(name),
        "lead": LEAD.format(*what),
        "about": escape(f"{name}: {len(atlas):,} points, dnaviz {__version__}."),
        "first": first,
        "script": script,
        "rest": rest,
    }
    page = (HERE / "map.html").read_text("utf-8")
    # All at once: what is put in is not looked at again.
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: parts[match[1]], page)


def _payloads(atlas: Atlas, about: dict[str, Any], sequences: bool) -> tuple[str, str]:
    """Return what the page needs to draw its first picture, and all else."""
    columns = [map_data.packed_column(atlas.obs[name]) for name in atlas.obs.columns]
    about["columns"] = [column.about for column in columns]
    about["spaces"], positions = [], {}
    for space in atlas.spaces:
        positions[f"points-{space}"], frame = map_data.quantized(atlas.map(space))
        words = {"key": space, "label": SPACES[space], "trust": trust_words(atlas, space)}
        about["spaces"].append({**words, "frame": frame})
    about["sequences"] = None
    if sequences:
        rows = map_data.rows_of_a_part(atlas.window)
        count = -(-len(atlas) // rows)
        about["sequences"] = {"window": atlas.window, "rows": rows, "parts": count}
    drawn = [str(name) for name in atlas.obs.columns].index(about["color"])

    def rest() -> Iterator[tuple[str, bytes]]:
        yield from list(positions.items())[1:]
        yield "ids", map_data.packed_ids(atlas)
        for number, column in enumerate(columns):
            if number != drawn:
                yield from _column(number, column)
        if sequences:
            yield "exceptions", map_data.exceptions(atlas.codes())
            for number, part in enumerate(map_data.packed_sequences(atlas.codes())):
                yield f"sequences-{number}", part

    first = [
        ("about", json.dumps(about).encode()),
        next(iter(positions.items())),
        *_column(drawn, columns[drawn]),
    ]
    used = 0
    texts: list[list[str]] = [[], []]
    for target, payloads in zip(texts, (iter(first), rest()), strict=True):
        for key, data in payloads:
            # What hardly gets smaller is not worth the time: two bits a base are that already.
            packed = gzip.compress(data, 1 if key.startswith("sequences") else 6, mtime=0)
            target.append(
                f'<script type="text/plain" id="payload-{key}">{base64.b64encode(packed).decode()}'
                "</script>"
            )
            used += len(target[-1])
            if used > MOST_BYTES:
                without = "--no-sequences, or an atlas" if sequences else "An atlas"
                raise InputError(
                    f"The page of {atlas.source} would be larger than {MOST_BYTES // 10**6} MB, "
                    f"which no browser opens: {without} with fewer columns or windows is smaller."
                )
    return "\n".join(texts[0]), "\n".join(texts[1])


def _column(number: int, column: map_data.Column) -> Iterator[tuple[str, bytes]]:
    yield f"column-{number}", column.values
    if column.texts:
        yield f"texts-{number}", column.texts
