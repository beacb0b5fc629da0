"""One value for each base of a record: how much it speaks for the sites around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dnaviz.attribution.attribute import attribute
from dnaviz.sequences import Sequence

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.scan import Site


def attribution_track(
    sequence: Sequence,
    sites: Iterable[Site],
    model: SiteScorer,
) -> NDArray[np.float32]:
    """Return the attributions of several sites along a record.

    Parameters
    ----------
    sequence
        A record of L nt.
    sites
        What is explained by Integrated Gradients against the uniform baseline; all on one strand,
        or the values of two strands mix.

    Returns
    -------
    numpy.ndarray
        (L,) float32, log-odds, along the record's forward strand: of each base its contribution to
        the site to which it contributes most, for or against; 0 where no site is near.
    """
    track = np.zeros(len(sequence), np.float32)
    for site in sites:
        why = attribute(
            sequence, site=site.site, position=site.position, strand=site.strand, model=model
        )
        columns = why.positions - 1
        stronger = np.abs(why.contributions) > np.abs(track[columns])
        track[columns[stronger]] = why.contributions[stronger]
    return track
