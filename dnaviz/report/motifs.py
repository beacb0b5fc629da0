"""The motifs of a selection of windows as one HTML file, a table, and a MEME file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.atlas.motifs import Motifs, Pattern
from dnaviz.atlas.selection import information
from dnaviz.attribution.seqlets import ENOUGH_MOTIFS, Match
from dnaviz.figures.report_logo import frame_width, framed_logo
from dnaviz.io.meme import Motif
from dnaviz.report.html import as_markup, render

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import SiteScorer

SCALE = 1.6  # of a logo on the page


def motifs_report(
    motifs: Motifs,
    model: SiteScorer,
    *,
    selection: str,
    matches: list[list[Match]] | None = None,
    source: str = "",
    compared: int = 0,
) -> str:
    """Write motifs as a page that needs nothing but itself.

    Parameters
    ----------
    motifs : Motifs
    model : SiteScorer
        Whose attributions they are of.
    selection : str
        What the windows are, in words.
    matches : list of list of Match, optional
        For each pattern what `match_motifs` returns.
    source, compared
        Where these motifs are from, and how many there are.

    Returns
    -------
    str
        HTML without script, address or font from elsewhere. Everything from outside is escaped.
    """
    n, count = len(motifs.rows), len(motifs.patterns)
    drawn = f", drawn of {n + motifs.left_out:,}" if motifs.left_out else ""
    notes = []
    if matches is not None and compared < ENOUGH_MOTIFS:
        notes.append(
            f"{source} has {compared} motif{'s' * (compared != 1)}: with fewer than "
            f"{ENOUGH_MOTIFS} the p-values hang on which they are."
        )
    rows = [
        _row(pattern, motifs, several)
        for pattern, several in zip(motifs.patterns, matches or [[]] * count, strict=True)
    ]
    return render(
        "motifs.html", model,
        title=f"Motifs of {motifs.site}s: {selection}",
        counts=f"{count:,} motif{'s' * (count != 1)} in {n:,} windows{drawn}; mean probability of "
        f"{'an' if motifs.site == 'acceptor' else 'a'} {motifs.site} {motifs.probability:.2f}.",
        method="Integrated Gradients from the uniform baseline, hypothetical contributions "
        f"clustered by TF-MoDISco. Contributions add up to the score within 1 % in "
        f"{motifs.complete:.1%} of the windows.",
        notes=notes, rows=rows, named=matches is not None, source=source,
    )  # fmt: skip


def motifs_table(motifs: Motifs, matches: list[list[Match]] | None = None) -> pd.DataFrame:
    """Return a row for each motif: what the page tells of it."""
    import pandas as pd

    table = pd.DataFrame(
        {
            "motif": [p.name for p in motifs.patterns],
            "consensus": [p.consensus for p in motifs.patterns],
            "site": motifs.site,
            "seqlets": [len(p.starts) for p in motifs.patterns],
            "windows": [len(np.unique(p.windows)) for p in motifs.patterns],
            "share_of_windows": [_share(p, motifs) for p in motifs.patterns],
            "commonest_start": [_commonest(p)[0] for p in motifs.patterns],
            "share_at_it": [_commonest(p)[1] for p in motifs.patterns],
            "contribution": [p.contribution for p in motifs.patterns],
            "reversed_left_out": [p.reversed for p in motifs.patterns],
        }
    )
    if matches is not None:
        best = [several[0] if several else Match("", np.nan, np.nan) for several in matches]
        table["name"] = [match.name for match in best]
        table["p_value"] = [match.p_value for match in best]
        table["e_value"] = [match.e_value for match in best]
    return table


def as_meme(motifs: Motifs) -> list[Motif]:
    """Return the bases of each motif, to be written as a MEME file."""
    return [
        Motif(f"{p.name} {p.consensus.upper()}", p.frequencies, len(p.starts))
        for p in motifs.patterns
    ]


def _share(pattern: Pattern, motifs: Motifs) -> float:
    return len(np.unique(pattern.windows)) / len(motifs.rows)


def _commonest(pattern: Pattern) -> tuple[int, float]:
    """The offset at which most seqlets begin, and the share of them that do."""
    offsets, counts = np.unique(pattern.starts, return_counts=True)
    return int(offsets[counts.argmax()]), float(counts.max() / counts.sum())


def _row(pattern: Pattern, motifs: Motifs, matches: list[Match]) -> dict[str, Any]:
    width = pattern.heights.shape[1]
    offset, share = _commonest(pattern)
    place = f"{offset:+d}".replace("-", "−")
    if share < 0.5:
        low, high = np.quantile(pattern.starts, (0.05, 0.95))
        place = f"{low:+.0f} to {high:+.0f}".replace("-", "−")
    ticks = {k: f"{k + 1}" for k in range(width) if k == 0 or (k + 1) % 5 == 0}
    if share >= 0.5:
        ticks = {k: f"{offset + k:+d}".replace("-", "−") for k in range(width) if k % 2 == 0}
        if -offset in ticks:
            ticks[-offset] = "0"
    axis = "offset from the site" if share >= 0.5 else "place in the motif"

    def logo(heights: Any, what: str) -> Any:
        return as_markup(framed_logo(heights, ticks, caption=axis, label=f"{pattern.name}: {what}"))

    reverse = (
        f" {pattern.reversed:,} more were alike on the other strand alone, and are left out."
        if pattern.reversed
        else ""
    )
    where = f"{share:.0%} begin at {place}" if share >= 0.5 else f"9 in 10 begin at {place}"
    return {
        "name": pattern.name,
        "consensus": pattern.consensus,
        "seqlets": f"{len(pattern.starts):,}",
        "share": f"{_share(pattern, motifs):.0%}",
        "place": place,
        "contribution": f"{pattern.contribution:+.1f}".replace("-", "−"),
        "best": matches[0].name if matches else "",
        "about": f"{len(pattern.starts):,} seqlets in {_share(pattern, motifs):.0%} of the "
        f"windows; {where}; mean contribution {pattern.contribution:+.2f} log-odds.{reverse}",
        "width": int(SCALE * frame_width(width, axis)[0]),
        "contributions": logo(pattern.heights, "mean contribution"),
        "bits": logo(information(pattern.frequencies * len(pattern.starts)), "bases"),
        "matches": [
            {
                "name": match.name,
                "p_value": f"{match.p_value:.2g}",
                "e_value": f"{match.e_value:.2g}",
            }
            for match in matches
        ],
    }
