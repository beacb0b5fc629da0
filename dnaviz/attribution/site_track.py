"""One value for each base of a record: how much it speaks for the sites around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.attribution.attribute import attribute
from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.progress import Progress
from dnaviz.sequences import Sequence

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer
    from dnaviz.splicing.scan import Site


class SiteTrack(NamedTuple):
    """What `attribution_track` returns.

    ``values`` (L,) float32, log-odds, along the record's forward strand: of each base its
    contribution to the site to which it contributes most, for or against; 0 where no site is near.
    ``incomplete``: sites whose Integrated Gradients do not add up to the score.
    """

    values: NDArray[np.float32]
    incomplete: list[Site]

    @property
    def warning(self) -> str:
        """What to tell of the incomplete ones; empty where there are none."""
        if not self.incomplete:
            return ""
        return (
            f"Explanation incomplete: for {len(self.incomplete):,} of the sites the contributions "
            "do not add up to the score within 1 %; read single ones with care."
        )


def attribution_track(
    sequence: Sequence,
    sites: Iterable[Site],
    model: SiteScorer,
    *,
    method: str = "integrated_gradients",
    baseline: str = "uniform",
    progress: Progress | None = None,
) -> SiteTrack:
    """Return the attributions of several sites along a record.

    Parameters
    ----------
    sequence
        A record of L nt.
    sites
        What is explained; all on one strand, or the values of two strands mix.
    method, baseline
        As for `attribute`.
    progress : callable, optional
        Is given the fraction done, 0 to 1.
    """
    track = np.zeros(len(sequence), np.float32)
    several, incomplete = list(sites), []
    for number, site in enumerate(several, 1):
        why = attribute(
            sequence, site=site.site, position=site.position, strand=site.strand, method=method,
            baseline=baseline, model=model,
        )  # fmt: skip
        if method == "integrated_gradients" and not why.converged:
            incomplete.append(site)
        columns = why.positions - 1
        stronger = np.abs(why.contributions) > np.abs(track[columns])
        track[columns[stronger]] = why.contributions[stronger]
        if progress is not None:
            progress(number / len(several))
    return SiteTrack(track, incomplete)


def bedgraph(
    place: GenomicInterval, values: NDArray[np.float32], *, least: float = 1e-6, chrom: str = ""
) -> str:
    """Return values (L,) along a stretch as a bedGraph, without those nearer to 0 than `least`.

    The chromosome is called `chrom`, by default as the stretch calls it.
    """
    columns = np.flatnonzero(np.abs(values) >= least)
    name, first = chrom or place.chrom, place.start1 - 1
    return "".join(
        f"{name}\t{first + i}\t{first + i + 1}\t{values[i]:.4g}\n" for i in columns.tolist()
    )
