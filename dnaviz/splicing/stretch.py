"""A stretch of a genome, scanned with what the model sees around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.genome.regions import Regions
from dnaviz.genome.transcript_model import GenomicInterval
from dnaviz.models import require
from dnaviz.progress import Progress
from dnaviz.sequences import Sequence
from dnaviz.splicing.scan import Scan, scan

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer


class Stretch(NamedTuple):
    """What `scan_stretch` returns.

    Attributes
    ----------
    place : GenomicInterval
        On the forward strand.
    chrom, length
        What the genome's file calls the chromosome, and its length in nt.
    record : Sequence
        Forward bases of the stretch and of the model's context around it.
    inside : slice
        The stretch within the record, 0-based.
    scan : Scan
        Of the record; its sites are those of the stretch.
    """

    place: GenomicInterval
    chrom: str
    length: int
    record: Sequence
    inside: slice
    scan: Scan

    @property
    def own_scan(self) -> Scan:
        """The scan of the stretch alone: positions count from its first base."""
        first = self.inside.start
        rows = self.scan.probabilities.items()
        return self.scan._replace(
            sequence=Sequence(self.record.bases[self.inside], str(self.place)),
            probabilities={strand: values[:, self.inside] for strand, values in rows},
            sites=[site._replace(position=site.position - first) for site in self.scan.sites],
        )


def scan_stretch(
    regions: Regions,
    place: GenomicInterval,
    model: SiteScorer,
    *,
    threshold: float = 0.5,
    strand: Any = "both",
    progress: Progress | None = None,
) -> Stretch:
    """Scan a stretch of a genome; its ends are scored as the model sees them in the chromosome.

    Parameters
    ----------
    place
        At most 200,000 nt, as `Regions.find` gives it; its own strand does not matter.
    threshold, strand, progress
        As for `dnaviz.splicing.scan.scan`.
    """
    require(model, "score_positions")
    chrom = regions.record_name(place.chrom)
    length = regions.lengths[chrom]
    first, last = max(place.start1 - model.context, 1), min(place.end1 + model.context, length)
    record = Sequence(regions.bases(chrom, first, last), place.chrom)
    wide = scan(record, model, threshold=threshold, strand=strand, progress=progress)
    inside = slice(place.start1 - first, place.end1 - first + 1)
    sites = [site for site in wide.sites if inside.start < site.position <= inside.stop]
    own = wide._replace(sites=sites)
    return Stretch(place._replace(strand="+"), chrom, length, record, inside, own)
