"""The table of sites as text: for the panel, reports and the sealed inspector."""

from __future__ import annotations

from dnaviz.genome.consensus import consensus
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import KnownSites, bits, describe_nearest_site
from dnaviz.splicing.site_comparison import ComparedSite

SITE_COLUMNS = ["position", "strand", "site", "motif", "probability", "consensus"]
"""Columns of the table where there are no edits and nothing is known."""

WEIGHTED = "weighted"
"""Column of what `Scan.weighted` gives."""


class SiteRows:
    """Columns and cells of the table.

    Parameters
    ----------
    record : Sequence
    known : list of TranscriptModel
        Transcripts on it.
    edited : bool
        Whether there are edits: two columns of probabilities.
    place : GenomicInterval or None
        Where the record lies in a genome.
    weighted : bool
        Whether the strand is not known: a column of `WEIGHTED`.

    Attributes
    ----------
    columns : list of str
    numeric : list of int
        Those that hold numbers.
    """

    def __init__(
        self,
        record: Sequence,
        known: list[TranscriptModel],
        edited: bool,
        place: GenomicInterval | None = None,
        weighted: bool = False,
    ) -> None:
        self._record, self._known, self._edited, self._place = record, known, edited, place
        self._weighted = weighted
        self._known_sites = KnownSites(known, len(record))
        self.columns, self.numeric = list(SITE_COLUMNS), [0, 4, 5]
        if edited:
            at = self.columns.index("probability")
            self.columns[at : at + 1] = ["reference", "edited"]
            self.numeric.append(6)
        if weighted:
            self.columns.insert(self.columns.index("consensus"), WEIGHTED)
            self.numeric.append(self.numeric[-1] + 1)
        if known:
            self.columns.append("nearest known site")
        if place is not None:
            self.columns.append(place.chrom)
            self.numeric.append(len(self.columns) - 1)

    def cells(self, one: ComparedSite) -> list[str]:
        """Return a site's row."""
        s = one.site
        near = describe_nearest_site(self._known_sites.nearest(s))
        if one.status == "annotated, not found":
            near = f"{one.status} ({near.partition('(')[2]}" if "(" in near else one.status
        score = consensus().score_at(self._record, s.position, s.strand, s.site)
        return [
            f"{'behind ' if one.inserted else ''}{s.position:,}",
            s.strand.replace("-", "−"),
            s.site,
            s.motif,
            f"{s.probability:.3f}",
            *([edited_cell(one)] if self._edited else []),
            *(["" if one.weighted is None else f"{one.weighted:.3f}"] if self._weighted else []),
            "" if one.inserted else bits(score),
            *([near] if self._known else []),
            *([f"{self._place.position(s.position):,}"] if self._place else []),
        ]


def edited_cell(one: ComparedSite) -> str:
    """Return a site's probability in the edited sequence, as a cell of the table."""
    return "deleted" if one.edited is None else f"{one.edited:.3f}"
