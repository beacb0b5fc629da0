"""A stretch of a genome in IGV, as one HTML file that asks no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.attribution import Attribution
from dnaviz.attribution.site_track import attribution_track, bedgraph
from dnaviz.errors import InputError
from dnaviz.figures.theme import theme
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.regions import Regions
from dnaviz.genome.track_files import TrackFile
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.report.html import as_markup, render
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.scan import SITES, STRANDS, Scan, Strand
from dnaviz.splicing.stretch import scan_stretch

if TYPE_CHECKING:
    from dnaviz.models import SiteScorer

HERE = Path(__file__).parent
LEAST = 0.001
"""Probabilities below this are not drawn: nothing would be seen of them."""
MOST_EXPLAINED = 40
"""Sites of a strand whose attributions are drawn, the most probable ones."""


class GenomeView(NamedTuple):
    """A scanned stretch, and what is drawn beside it.

    Attributes
    ----------
    genome : str
        Its name, on the page.
    place : GenomicInterval
        On the forward strand.
    length : int
        Of its chromosome, nt.
    scan : Scan
        Of the stretch's forward strand, with what the model sees around it.
    transcripts : list of Transcript
    attributions : dict
        By strand, float32 (L,), log-odds; see `dnaviz.attribution.site_track`.
    notes : list of str
        Sentences on what was left out.
    """

    genome: str
    place: GenomicInterval
    length: int
    scan: Scan
    transcripts: list[Transcript]
    attributions: dict[Strand, NDArray[np.float32]]
    notes: list[str]


def genome_view(
    regions: Regions,
    place: GenomicInterval,
    model: SiteScorer,
    *,
    threshold: float = 0.5,
    explain: bool = True,
    progress: Callable[[float], None] | None = None,
) -> GenomeView:
    """Scan a stretch of a genome, both strands, and explain the sites on it.

    Parameters
    ----------
    regions
        The genome and, where there is one, its annotation.
    place
        At most 200,000 nt, as `Regions.find` gives it; its strand does not matter.
    threshold
        Smallest probability of a site that is explained.
    explain
        Whether attributions are computed.
    progress : callable, optional
        Is given the fraction done, 0 to 1.

    Raises
    ------
    InputError
        If IGV could not name the chromosome.
    """
    if ":" in place.chrom:
        raise InputError(
            f'IGV cannot show "{place.chrom}": in its positions a colon ends the name of a '
            "chromosome. Rename the record."
        )
    tell = progress or (lambda fraction: None)
    stretch = scan_stretch(
        regions, place, model, threshold=threshold, progress=lambda part: tell(part / 2)
    )
    attributions: dict[Strand, NDArray[np.float32]] = {}
    notes: list[str] = []
    for strand in STRANDS if explain else ():
        on_strand = sorted(
            (s for s in stretch.scan.sites if s.strand == strand),
            key=lambda s: s.probability,
            reverse=True,
        )
        if len(on_strand) > MOST_EXPLAINED:
            notes.append(
                f"Attributions are of the {MOST_EXPLAINED} most probable of {len(on_strand):,} "
                f"sites on the strand {strand.replace('-', '−')}."
            )
        if on_strand:
            track = attribution_track(stretch.record, on_strand[:MOST_EXPLAINED], model)
            attributions[strand] = track.values[stretch.inside]
            notes += filter(None, [track.warning])
        tell(0.5 + len(attributions) / 4)
    return GenomeView(
        genome=regions.path.name,
        place=stretch.place,
        length=stretch.length,
        scan=stretch.own_scan,
        transcripts=regions.transcripts(place.chrom, place.start1, place.end1),
        attributions=attributions,
        notes=notes,
    )


def scanned_view(
    scan: Scan,
    place: GenomicInterval | None,
    structures: Iterable[TranscriptModel],
    attributions: Iterable[Attribution] = (),
) -> GenomeView:
    """Return a view of what has been scanned and explained; nothing is computed again.

    Parameters
    ----------
    scan
        Of a record, both strands.
    place
        Where the record lies in a genome, and in which sense; None shows it by itself, under its
        own name.
    structures
        Transcripts on the record.
    attributions
        Of sites of the record; the last of a strand is drawn.
    """
    length, forward = len(scan.sequence), place is None or place.strand == "+"
    if place is None:
        own_name = re.sub(r"[^\w.-]+", "_", scan.sequence.name).strip("_")[:60]
        place = GenomicInterval(own_name or "sequence", 1, length, "+")
    order = slice(None, None, 1 if forward else -1)
    start = place.start1
    tracks: dict[Strand, NDArray[np.float32]] = {}
    notes = []
    for why in attributions:
        strand = _strand(place.sense(why.strand))
        notes.append(
            f"Attributions are of the {why.site} at {place.chrom}:{place.position(why.position):,} "
            f"on the {_sign(strand)} strand, of probability {why.probability:.3f}."
        )
        track = np.zeros(length, np.float32)
        columns = [place.position(position) - start for position in why.positions.tolist()]
        track[columns] = why.contributions
        tracks[strand] = track
    sites = [
        site._replace(
            position=place.position(site.position) - start + 1,
            strand=_strand(place.sense(site.strand)),
        )
        for site in scan.sites
    ]
    bases = scan.sequence.bases
    rows = scan.probabilities.items()
    stretch = scan._replace(
        sequence=Sequence(bases if forward else reverse_complement(bases), str(place)),
        probabilities={_strand(place.sense(s)): values[:, order] for s, values in rows},
        sites=sites,
    )
    return GenomeView(
        genome=place.chrom,
        place=place._replace(strand="+"),
        length=place.end1,
        scan=stretch,
        transcripts=[_on_genome(model, place) for model in structures if model.exons],
        attributions=tracks,
        notes=notes,
    )


def edits_track(
    variants: Iterable[Variant], view: GenomeView, place: GenomicInterval | None
) -> TrackFile:
    """Return edits of a record, which lies at `place`, as a track of its view."""
    lines = []
    for variant in variants:
        # An insertion stands between two bases: the one before it is marked.
        ends = variant.position - (not variant.ref), variant.position + len(variant.ref) - 1
        first, last = sorted(map(place.position, ends) if place else ends)
        name = "_".join(str(variant).split())[:60]
        lines.append(f"{view.place.chrom}\t{max(first, 1) - 1}\t{max(last, 1)}\t{name}\n")
    return TrackFile("Edits", "bed", "".join(lines).encode(), len(lines))


def _strand(strand: str) -> Strand:
    return "-" if strand == "-" else "+"


def _on_genome(model: TranscriptModel, place: GenomicInterval) -> Transcript:
    """Return the part of a transcript that lies on a record, in the genome's coordinates."""

    def there(interval: tuple[int, int]) -> tuple[int, int]:
        first, last = sorted(map(place.position, interval))
        return max(first, 1), last

    return Transcript(
        gene="", gene_name="", transcript=model.name, biotype="", chrom=place.chrom,
        strand=place.sense(model.strand), exons=tuple(sorted(map(there, model.exons))),
        cds=(there(model.cds),) if model.cds else (),
    )  # fmt: skip


def genome_page(
    view: GenomeView, model: SiteScorer, *, tracks: Iterable[TrackFile] = (), title: str = ""
) -> str:
    """Return a view as a page: igv.js, the bases and every track are in it.

    Parameters
    ----------
    tracks
        Somebody's own, below the others.
    title
        By default the place.
    """
    place = view.place
    library = (HERE / "igv" / "igv.min.js").read_text("utf-8")
    library, _, _ = library.partition("//# sourceMappingURL=")  # no file that is beside a page
    script = (HERE / "genome_view.js").read_text("utf-8")
    assert "</script" not in library + script
    return render(
        "genome_view.html", model,
        title=title or str(place).removesuffix(":+"),
        place=str(place).removesuffix(":+"),
        sites=f"{len(view.scan.sites):,}",
        threshold=f"{view.scan.threshold:g}",
        least=f"{LEAST:g}",
        notes=view.notes,
        explained=bool(view.attributions),
        hashes=[_hash(library), _hash(script)],
        library=as_markup(library),
        script=as_markup(script),
        config=as_markup(_json(_config(view, tracks))),
    )  # fmt: skip


def _config(view: GenomeView, own: Iterable[TrackFile]) -> dict[str, Any]:
    """Return what ``igv.createBrowser`` is given."""
    place = view.place
    fasta = (
        f">{place.chrom}:{place.start1}-{place.end1} @len={view.length}\n"
        f"{view.scan.sequence.bases}\n"
    )
    tracks: list[dict[str, Any]] = [{"type": "sequence", "order": -1e9, "frameTranslate": False}]
    if view.transcripts:
        tracks.append(
            _track(
                "Annotation", "bed", _bed(view.transcripts, place.chrom), displayMode="EXPANDED",
                height=min(40 + 20 * len(view.transcripts), 160),
                color=theme().exon,
            )
        )  # fmt: skip
    for strand, probabilities in sorted(view.scan.probabilities.items()):
        for row, kind in enumerate(SITES):
            values = probabilities[row]
            tracks.append(
                _track(
                    f"{kind.capitalize()}s, {_sign(strand)} strand",
                    "bedgraph", bedgraph(place, values, least=LEAST).encode(),
                    min=0, max=1, height=50, color=theme().sites[kind], graphType="bar",
                )
            )  # fmt: skip
        if strand in view.attributions:
            tracks.append(
                _track(
                    f"Attributions, {_sign(strand)} strand",
                    "bedgraph", bedgraph(place, view.attributions[strand]).encode(),
                    graphType="dynseq", autoscale=True, height=90,
                )
            )  # fmt: skip
    for track in own:
        shown: dict[str, Any] = {"height": 200} if track.format == "bam" else {}
        if track.format in ("bed", "gff3", "gtf"):
            shown = {"displayMode": "EXPANDED"}
        tracks.append(_track(track.name, track.format, track.content, **shown))
    for order, entry in enumerate(tracks[1:]):
        entry["order"] = order
    return {
        "reference": {
            "id": view.genome, "name": view.genome, "fastaURL": _data_uri(fasta.encode()),
            "indexed": False, "wholeGenomeView": False, "tracks": [],
        },
        "locus": f"{place.chrom}:{place.start1}-{place.end1}",
        "tracks": tracks,
        # Nothing of igv.js that would ask a server.
        "loadDefaultGenomes": False, "search": False, "showSVGButton": True,
        "showSampleNameButton": False, "showChromosomeWidget": False, "showIdeogram": False,
    }  # fmt: skip


def _bed(transcripts: Iterable[Transcript], chrom: str) -> bytes:
    """Return transcripts as BED12, on a chromosome of this name."""
    lines = []
    for t in transcripts:
        start = t.start - 1
        thick = (t.cds[0][0] - 1, t.cds[-1][1]) if t.cds else (start, start)
        exons = [(first - 1, last) for first, last in t.exons]
        name = "_".join(f"{t.gene_name} {t.transcript}".split())
        cells = [
            chrom, start, t.end, name, 0, t.strand, *thick, 0, len(exons),
            ",".join(str(last - first) for first, last in exons),
            ",".join(str(first - start) for first, _ in exons),
        ]  # fmt: skip
        lines.append("\t".join(map(str, cells)) + "\n")
    return "".join(lines).encode()


def _track(name: str, form: str, content: bytes, **shown: Any) -> dict[str, Any]:
    uri = _data_uri(content, packed=form != "bam")
    return {"name": name, "format": form, "url": uri, "indexed": False, **shown}


def _data_uri(content: bytes, *, packed: bool = True) -> str:
    if packed:
        content = gzip.compress(content, 9, mtime=0)
    kind = "gzip" if packed else "octet-stream"
    return f"data:application/{kind};base64,{base64.b64encode(content).decode()}"


def _sign(strand: str) -> str:
    return strand.replace("-", "−")


def _hash(script: str) -> str:
    """Return what a Content-Security-Policy calls a script by."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(value: Any) -> str:
    """Return JSON that may stand within a script element, whatever texts are in it."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
