"""What a variant does, largest change first, on either strand; and which strand a gene is on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.genome.transcript_model import ExonSites, GenomicInterval, TranscriptModel
from dnaviz.splicing.annotate import Weights
from dnaviz.splicing.exon_change import ExonChange
from dnaviz.splicing.scan import SITES, STRANDS, Scan, Strand
from dnaviz.splicing.variant_effect import EVENTS, Delta, SpliceEffect

if TYPE_CHECKING:
    import pandas as pd

NOTABLE = 0.05
"""Smallest delta that is told as what a variant does."""

VISIBLE = 0.02
"""Smallest change of a probability that is drawn."""

SITE = 0.1
"""Probability below which a place is no site, for words."""


class Event(NamedTuple):
    """One of the four deltas of one strand.

    Attributes
    ----------
    event : str
        One of `dnaviz.splicing.variant_effect.EVENTS`.
    strand : "+" or "-"
    delta : Delta
    """

    event: str
    strand: str
    delta: Delta

    @property
    def site(self) -> str:
        return self.event.split("_")[0]

    @property
    def chosen(self) -> tuple[int, str, str]:
        """Its place in the reference, as (position, strand, site)."""
        return self.delta.position, self.strand, self.site

    @property
    def is_inserted(self) -> bool:
        """Whether the reference lacks the base of the site."""
        return self.event.endswith("gain") and self.delta.before == 0

    def __str__(self) -> str:
        """What happens, as a headline: ``New donor at 1,148 (+): 0.00 → 0.61``."""
        return self.told()

    def told(self, place: GenomicInterval | None = None) -> str:
        """Return the headline, in coordinates of the genome where the record's place is given."""
        where, moved = f"{self.delta.position:,}", self.delta.alternate_position
        strand = self.strand
        if place:
            where = f"{place.chrom}:{place.position(self.delta.position):,}"
            strand = place.sense(strand)
        if not moved:
            where += ", whose base is deleted"
        elif self.is_inserted and place:
            where = f"a base of the edited sequence, behind {where}"
        elif self.is_inserted:
            where = f"{moved:,} of the edited sequence, behind {where} of this one"
        elif moved != self.delta.position and not place:
            where += f" ({moved:,} in the edited sequence)"
        return self.at(f"{where} ({strand.replace('-', '−')})")

    def at(self, where: str) -> str:
        """Say what happens to the site that lies there: ``New donor at c.1813: 0.00 → 0.61``."""
        before, after = self.delta.before, self.delta.after
        if self.event.endswith("gain"):
            kind = "New" if before < SITE else "Stronger"
        else:
            kind = "Lost" if after < SITE else "Weaker"
        return f"{kind} {self.site} at {where}: {before:.2f} → {after:.2f}"


def events(effects: Iterable[SpliceEffect]) -> list[Event]:
    """Return all deltas of both strands that have a place, the largest first."""
    listed = [
        Event(event, effect.strand, delta)
        for effect in effects
        for event, delta in effect.deltas.items()
        if delta.position
    ]
    return sorted(listed, key=lambda one: (-one.delta.value, one.strand, EVENTS.index(one.event)))


def leading_event(
    effects: Iterable[SpliceEffect], strand: str = "", weights: Weights | None = None
) -> Event | None:
    """Return the largest event, on a strand if one is named; None if none is `NOTABLE`.

    With weights (`dnaviz.splicing.annotate.strand_weights`) the largest is that of the highest
    product with how probably its strand is transcribed there.
    """
    candidates = [
        one for one in events(effects) if strand in ("", one.strand) and one.delta.value >= NOTABLE
    ]
    if weights is None:
        return next(iter(candidates), None)
    chances = {str(s): row for s, row in weights.items()}
    return max(
        candidates,
        key=lambda one: one.delta.value * float(chances[one.strand][one.delta.position - 1]),
        default=None,
    )


def event_table(effects: Iterable[SpliceEffect]) -> pd.DataFrame:
    """Return a row for each event of both strands, the largest delta first."""
    import pandas as pd

    table = pd.concat([effect.table() for effect in effects], ignore_index=True)
    return table.sort_values("delta", ascending=False, kind="stable", ignore_index=True)


class Moved(NamedTuple):
    """A place whose probability edits change.

    Attributes
    ----------
    position : float
        1-based in the reference; between two bases for one that is inserted there.
    strand : "+" or "-"
    site : "donor" or "acceptor"
    before, after : float
        Probabilities.
    """

    position: float
    strand: str
    site: str
    before: float
    after: float


def changed_places(effects: Iterable[SpliceEffect], least: float = VISIBLE) -> list[Moved]:
    """Return all places whose probability changes by `least` or more, on both strands."""
    found = []
    for effect in effects:
        before, after = effect.before, effect.after
        # An inserted base stands behind the last one that the reference has.
        places = np.maximum.accumulate(effect.positions[0]) + 0.5 * (effect.positions[0] == 0)
        for row, column in np.argwhere(np.abs(after - before) >= least):
            values = float(before[row, column]), float(after[row, column])
            found.append(Moved(float(places[column]), effect.strand, SITES[row], *values))
    return found


class Gap(NamedTuple):
    """Bases that edits take out or put in.

    Attributes
    ----------
    first, last : int
        Deleted ones, 1-based in the reference; of inserted ones `first` is the base before them,
        and `last` the one behind.
    inserted : int
        How many are inserted; 0 of deleted ones.
    """

    first: int
    last: int
    inserted: int

    def __str__(self) -> str:
        if self.inserted:
            return f"{self.inserted:,} nt inserted behind {self.first:,}"
        return f"{self.last - self.first + 1:,} nt deleted: {self.first:,} to {self.last:,}"


def gaps(effects: Iterable[SpliceEffect]) -> list[Gap]:
    """Return where reference and edited sequence have no partner, in order of position.

    The bases are paired as those of `changed_places`.
    """
    effect = next(iter(effects), None)
    if effect is None:
        return []
    reference, alternate = effect.positions
    found: list[Gap] = []
    before = 0
    for at, there in zip(reference.tolist(), alternate.tolist(), strict=True):
        last = found[-1] if found else None
        if not at:
            if last and last.inserted and last.first == before:
                found[-1] = last._replace(inserted=last.inserted + 1)
            else:
                found.append(Gap(before, before + 1, 1))
        elif not there:
            if last and not last.inserted and last.last == at - 1:
                found[-1] = last._replace(last=at)
            else:
                found.append(Gap(at, at, 0))
        before = at or before
    return found


def known_strand(structures: Iterable[TranscriptModel], length: int) -> Strand | None:
    """Return the strand of the transcripts that tell how a record of `length` nt is spliced.

    It is None where there is none, or they lie on both.
    """
    strands = {one.strand for one in structures if one.tells_splicing(length)}
    return next((s for s in STRANDS if strands == {s}), None)


def sense_strand(
    scan: Scan, structures: Iterable[TranscriptModel] = (), position: int = 0
) -> Strand:
    """Return the strand of known transcripts, or else the one that looks transcribed.

    Parameters
    ----------
    scan : Scan
    structures : iterable of TranscriptModel
        Known transcripts, those in upper case among them.
    position : int
        1-based, where it is asked; 0 for the whole sequence.
    """
    if known := known_strand(structures, len(scan.sequence)):
        return known
    weights = scan.transcribed()
    if not position:
        return max(weights, key=lambda s: float(weights[s].mean()))
    return max(weights, key=lambda s: float(weights[s][position - 1]))


def exons_on(structures: Iterable[TranscriptModel], strand: str, length: int) -> list[ExonSites]:
    """Return the exons of the transcripts that tell how a record of `length` nt is spliced."""
    telling = (one for one in structures if one.strand == strand and one.tells_splicing(length))
    return sorted({exon for one in telling for exon in one.exon_sites()})


def flank(effect: SpliceEffect, change: ExonChange) -> int:
    """Return how many bases there are between a change, or its exon, and the sequence's end."""
    places = [v.position for v in effect.variants]
    places += [v.position + len(v.ref) - 1 for v in effect.variants]
    places += [end for end in change.exon if end]
    return max(min(min(places) - 1, len(effect.reference) - max(places)), 0)
