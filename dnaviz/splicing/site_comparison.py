"""The sites of a scan beside those of the edited sequence, and known sites that were not found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.splicing.annotate import Weights, site_weights, with_weighted_sites
from dnaviz.splicing.consequences import unedited_places, whole_after
from dnaviz.splicing.scan import SITES, Scan, Site, Strand, motif

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.splicing.variant_effect import SpliceEffect


class ComparedSite(NamedTuple):
    """A site before and after edits.

    Attributes
    ----------
    site : Site
        In the reference; its probability may lie below the threshold. Of an inserted base that of
        the base before it.
    edited : float or None
        Its probability in the edited sequence; None where there are no edits, or where they delete
        its base.
    status : str
        "found", "annotated, not found", "in the edited sequence alone", "inserted behind the
        position" or "base deleted".
    inserted : bool
        Whether the reference lacks its base.
    edited_position : int or None
        1-based in the edited sequence; None where `edited` is.
    weighted : float or None
        What `Scan.weighted` gives, of the edited sequence if there are edits; None where known
        transcripts tell how it is spliced, and where edits delete the base.
    """

    site: Site
    edited: float | None
    status: str
    inserted: bool = False
    edited_position: int | None = None
    weighted: float | None = None


def compare_sites(
    scan: Scan, known: Iterable[TranscriptModel] = (), effects: Iterable[SpliceEffect] = ()
) -> list[ComparedSite]:
    """Return the sites of either sequence, and known ones that are in neither, by position.

    Where no known transcript tells how the sequence is spliced, also those that reach the threshold
    only when weighted, see `Scan.weighted`.

    Parameters
    ----------
    scan : Scan
        Of the reference; its threshold and strands are meant for both sequences.
    known : iterable of TranscriptModel
        Transcripts whose sites are listed also where they do not reach the threshold.
    effects : iterable of SpliceEffect
        Of the edits, on the same strands or more.
    """
    length, structures = len(scan.sequence), list(known)
    weights = site_weights(scan, structures)
    sites: dict[tuple[int, str, str], tuple[Site, str]] = {
        site[:3]: (site, "found") for site in with_weighted_sites(scan, weights).sites
    }
    places = dict.fromkeys(place for structure in structures for place in structure.sites(length))
    for place in places:
        if place not in sites and (site := _at(scan, *place)):
            sites[place] = site, "annotated, not found"
    after = {s: e for e in effects for s in scan.probabilities if s == e.strand}
    joint = {} if weights is None else _given_others(scan, after)
    added = []
    for strand, effect in after.items():
        reaches = effect.after >= scan.threshold
        if joint:
            reaches |= joint[strand][:, np.maximum(effect.positions[1], 1) - 1] >= scan.threshold
        for row, column in np.argwhere(reaches):
            position, there = (int(p) for p in effect.positions[:, column])
            if not there:
                continue
            before = position or int(effect.positions[0, :column].max(initial=1))
            key = (before, strand, SITES[row])
            site = _at(scan, *key)
            if site is None or (position and key in sites):
                continue
            value = float(effect.after[row, column])
            if position:
                status = "in the edited sequence alone"
                added.append(ComparedSite(site, value, status, False, there))
            else:
                site = site._replace(motif="", probability=0.0)
                status = "inserted behind the position"
                added.append(ComparedSite(site, value, status, True, there))
        if joint:
            beyond = _beyond_reach(scan, effect, joint[strand])
            added += [one for one in beyond if one.site[:3] not in sites]
    found = [_compared(site, status, after.get(site.strand)) for site, status in sites.values()]
    if weights is not None:
        found, added = (
            [one._replace(weighted=_weighted(one, after, joint, weights)) for one in some]
            for some in (found, added)
        )
        added = [one for one in added if max(one.edited or 0, one.weighted or 0) >= scan.threshold]
    return sorted([*found, *added], key=lambda one: (one.site.position, one.site.strand))


def compared_columns(compared: Iterable[ComparedSite], *, weighted: bool) -> dict[str, list]:
    """Return position, strand, site, motif, reference, edited, weighted and status of each site.

    Without weighted where `site_weights` gives none.
    """
    names = ["position", "strand", "site", "motif", "reference", "edited", "weighted", "status"]
    rows = [(*one.site, one.edited, one.weighted, one.status) for one in compared]
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    if not weighted:
        del columns["weighted"]
    return columns


def compared_table(compared: Iterable[ComparedSite], *, weighted: bool) -> pd.DataFrame:
    """Return a row for each site, with the columns of `compared_columns`."""
    import pandas as pd

    return pd.DataFrame(compared_columns(compared, weighted=weighted))


def _at(scan: Scan, position: int, strand: str, kind: str) -> Site | None:
    """Return a place of a scan as a site; None on a strand that was not scanned."""
    for known_strand, values in scan.probabilities.items():
        for row, name in enumerate(SITES):
            if (known_strand, name) == (strand, kind):
                value = float(values[row, position - 1])
                shown = motif(scan.sequence, position, known_strand, name)
                return Site(position, known_strand, name, shown, value)
    return None


def _compared(site: Site, status: str, effect: SpliceEffect | None) -> ComparedSite:
    if effect is None:
        return ComparedSite(site, None, status)
    columns = np.flatnonzero(effect.positions[0] == site.position)
    if not len(columns):  # out of reach of the edits
        place = effect.alternate_position(site.position)
        return ComparedSite(site, site.probability, status, False, place)
    there = int(effect.positions[1, columns[0]])
    if not there:
        return ComparedSite(site, None, "base deleted")
    value = float(effect.after[SITES.index(site.site), columns[0]])
    return ComparedSite(site, value, status, False, there)


def _given_others(scan: Scan, effects: Mapping[Strand, SpliceEffect]) -> dict[Strand, np.ndarray]:
    """Return what `Scan.joint` gives at each base, of the edited sequence if there are edits."""
    joint = {}
    for strand, p in scan.probabilities.items():
        if effect := effects.get(strand):
            after, places = whole_after(effect, p), unedited_places(effect)
            joint[strand] = scan.given_others(strand, after, places)
        else:
            joint[strand] = scan.given_others(strand, p)
    return joint


def _beyond_reach(scan: Scan, effect: SpliceEffect, joint: np.ndarray) -> Iterator[ComparedSite]:
    """Yield what reaches the threshold given the others, where the edits change nothing else."""
    places, within = unedited_places(effect), set(effect.positions[1].tolist())
    for row, column in np.argwhere(joint >= scan.threshold).tolist():
        if column + 1 in within:
            continue
        if site := _at(scan, places[column] + 1, effect.strand, SITES[row]):
            status = "in the edited sequence alone"
            yield ComparedSite(site, site.probability, status, False, column + 1)


def _weighted(
    one: ComparedSite,
    effects: Mapping[Strand, SpliceEffect],
    joint: Mapping[Strand, np.ndarray],
    weights: Weights,
) -> float | None:
    strand, at = one.site.strand, one.edited_position
    if strand in effects and at is None:
        return None
    column = (at or one.site.position) - 1
    chance = float(joint[strand][SITES.index(one.site.site), column])
    return chance * float(weights[strand][one.site.position - 1])
