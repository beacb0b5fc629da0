"""A transcript that reaches beyond its record, on a longer record that holds the whole of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.consequences import Consequences, consequences
from dnaviz.splicing.exon_forms import KNOWN
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.scan import SITES
from dnaviz.splicing.variants import apply_variants


def is_whole(structure: TranscriptModel, length: int) -> bool:
    """Whether all exons of a transcript lie on a record of `length` nt."""
    exons = structure.whole_exons or structure.exons
    return all(start >= 1 and end <= length for start, end in exons)


def consequences_around(
    record: Sequence,
    variants: list[Variant],
    before: np.ndarray,
    after: np.ndarray,
    structure: TranscriptModel,
    around: Locator,
    first: int,
    place: GenomicInterval | None = None,
) -> Consequences:
    """List what may happen to an mRNA of which a record has a part only.

    Parameters
    ----------
    record, variants, before, after, structure
        As for `consequences`, of the part.
    around : Locator
        A longer record that holds the part, in the same sense.
    first : int
        1-based position of the part's first base on it.
    place : GenomicInterval, optional
        As for `consequences`, of the part.

    Returns
    -------
    Consequences
        With positions of the part. Sites outside of it are taken to be in use, as they were.

    Raises
    ------
    ValueError
        If the part does not lie there.
    """
    whole, origin = around.record, first - 1
    last = origin + len(record)
    if not 0 <= origin < last <= len(whole) or str(whole)[origin:last] != str(record):
        raise ValueError("The record is not this part of the longer one.")
    moved = _moved(structure, origin)
    edits = [v._replace(position=v.position + origin) for v in variants]
    grown = len(apply_variants(record, variants)) - len(record)
    padded = []
    for values, shift in ((before, 0), (after, grown)):
        wide = np.zeros((2, len(whole) + shift), np.float32)
        for position, _, kind in moved.sites(len(whole)):
            if not origin < position <= last:  # of those in between the part's values tell
                wide[SITES.index(kind), position - 1 + shift * (position > last)] = KNOWN
        wide[:, origin : last + shift] = values
        padded.append(wide)
    products = consequences(whole, edits, padded[0], padded[1], moved, origin=origin, place=place)

    def on_part(position: int) -> bool:
        return not position or 1 <= position <= len(record)

    items = tuple(
        c._replace(sites=tuple(site for site in c.sites if on_part(site.position)))
        for c in products.items
    )
    return products._replace(reference=record, variants=variants, structure=structure, items=items)


def _moved(structure: TranscriptModel, shift: int) -> TranscriptModel:
    """Return a transcript with `shift` added to its positions, all of it within its record."""
    exons = [(s + shift, e + shift) for s, e in structure.whole_exons or structure.exons]
    introns = [(a[1] + 1, b[0] - 1) for a, b in pairwise(exons)]
    cds = (structure.cds[0] + shift, structure.cds[1] + shift) if structure.cds else None
    return TranscriptModel(structure.name, structure.strand, exons, introns, cds, tuple(exons))
