"""A case: a list of variants, each on its own record, the largest consequence first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError
from dnaviz.io.spreadsheet import spreadsheet_text
from dnaviz.progress import Progress, Stepwise, in_steps, scaled_progress, stepwise
from dnaviz.report.findings import Finding
from dnaviz.sequences import Sequence
from dnaviz.splicing.case_records import CaseRecord, CaseRecords, Placed
from dnaviz.splicing.case_text import CaseLine, read_case
from dnaviz.splicing.consequences import LESS_SUPPORTED
from dnaviz.splicing.delta_events import NOTABLE, Event
from dnaviz.splicing.edit_placement import annotated
from dnaviz.splicing.prediction import Prediction, predict
from dnaviz.splicing.scan import STRANDS, Scan, scan
from dnaviz.splicing.spelling import Spellings, joined, rolled
from dnaviz.splicing.transcript_pair import KINDS
from dnaviz.splicing.transcripts import TranscriptMap
from dnaviz.splicing.variant_effect import splice_effects

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import SiteScorer

RANKING = (
    "Ranked by consequence: variants that change the mRNA come first, the best supported first, "
    "then the others by the largest change of a splice site's probability. What could not be "
    "placed stands at the end."
)
"""How the variants of a case are ordered."""

KEPT = 1_000_000
"""Bases (nt) of scanned records that are kept for the lines that follow."""

COLUMNS = (
    "rank", "line", "name", "variant", "gene", "transcript", "c.", "genome", "VCF", "lies in",
    "consequence", "what happens", "nt", "support", "frame", "stop at codon", "NMD expected",
    "protein", "largest site change", "delta", "notes", "error",
)  # fmt: skip


class CaseRow(NamedTuple):
    """One variant of a case.

    Attributes
    ----------
    line : CaseLine
        As it was given.
    placed : Placed or None
        Its record and edits; None where it could not be placed.
    finding : Finding or None
        The scan, the effects, the prediction and its gel.
    error : str
        Why there is none of them, in a sentence.
    notes : tuple of str
        What was assumed, in sentences.
    """

    line: CaseLine
    placed: Placed | None = None
    finding: Finding | None = None
    error: str = ""
    notes: tuple[str, ...] = ()

    @property
    def prediction(self) -> Prediction | None:
        return self.finding.prediction if self.finding else None

    @property
    def names(self) -> Spellings:
        """The edits in all coordinates."""
        return joined(self.prediction.names) if self.prediction else Spellings("")

    @property
    def gene(self) -> str:
        """The gene whose transcript is told of; "" where none is known."""
        structure = self.prediction.consequences.structure if self.prediction else None
        return structure.name.split()[0] if structure and structure.name.split() else ""

    @property
    def effect(self) -> str:
        """The largest change of a splice site, in words."""
        if self.prediction is None:
            return ""
        event = self.prediction.event
        if event is None:
            return f"No splice site changes by {NOTABLE} or more"
        if event.is_inserted:
            return event.told(self.prediction.consequences.place)
        return event.at(self._where(event))

    def _where(self, event: Event) -> str:
        """Name the place of a site: in the transcript, or the genome, or the record."""
        assert self.prediction is not None
        transcript = self.prediction.consequences
        on_gene = self.prediction.known and event.strand == transcript.strand
        if on_gene and transcript.structure is not None:
            position = TranscriptMap(transcript.structure).locate(event.delta.position)
            if position is not None:
                return str(position)
        place = self.placed.record.locator.place if self.placed else None
        if place is None:
            return f"{event.delta.position:,} ({event.strand.replace('-', '−')})"
        strand = place.sense(event.strand).replace("-", "−")
        return f"{place.chrom}:{place.position(event.delta.position):,} ({strand})"

    @property
    def delta(self) -> float:
        """The largest change of a splice site's probability, 0 to 1."""
        if self.finding is None or self.prediction is None:
            return 0.0
        if self.prediction.event:
            return self.prediction.event.delta.value
        strand = self.prediction.consequences.strand if self.prediction.known else ""
        return max(e.delta_max for e in self.finding.effects if strand in ("", e.strand))

    @property
    def support(self) -> float:
        """How well the best supported change of the mRNA is supported; 0 where there is none."""
        main = self.prediction.consequences.main if self.prediction else None
        return main.support if main and main.kind != "unchanged" else 0.0

    @property
    def consequence(self) -> str:
        """What happens to the mRNA, in short."""
        if self.prediction is None:
            return self.error
        products = self.prediction.consequences
        if products.main.kind == "unchanged":
            return products.outcome
        return products.main.words + f", {LESS_SUPPORTED}" * products.is_less_supported


class Case(NamedTuple):
    """What `analyze_case` returns: every variant of a list, ranked as `RANKING` says.

    Attributes
    ----------
    rows : tuple of CaseRow
    """

    rows: tuple[CaseRow, ...]

    def __repr__(self) -> str:
        failed = sum(bool(row.error) for row in self.rows)
        return f"Case({len(self.rows):,} variants, {failed:,} of them not predicted)"

    def table(self) -> pd.DataFrame:
        """Return a row for each variant, with the columns of `COLUMNS`."""
        import pandas as pd

        rows = [_cells(rank, row) for rank, row in enumerate(self.rows, 1)]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
            {"nt": "Int64", "stop at codon": "Int64", "rank": "Int64"}
        )

    def tsv(self) -> str:
        """Return the table as tab-separated text in which no cell is a formula."""
        return spreadsheet_text(self.table())


def analyze_case(
    variants: str,
    *,
    genome: str | Path | None = None,
    annotation: str | Path | None = None,
    sequence: str | Sequence | None = None,
    coding_start: int = 0,
    model: SiteScorer | None = None,
    progress: Progress | None = None,
) -> Case:
    """Predict what each variant of a list does to its mRNA.

    Parameters
    ----------
    variants : str
        The list's text, see `dnaviz.splicing.case_text.read_case`.
    genome, annotation : path, optional
        FASTA and GFF3 or GTF, plain or gzipped: genes and coordinates are looked up there, and
        genes then in the gallery that comes with the package.
    sequence : str or Sequence, optional
        A record that positions such as 57A>G count in.
    coding_start : int
        Where the coding sequence of its exons in upper case begins (1-based), or 0.
    model : SiteScorer, optional
        By default the shipped one.
    progress : callable, optional
        Is given the fraction done, 0 to 1.

    Returns
    -------
    Case
        A variant that could not be placed stands in it with a sentence why.

    Raises
    ------
    InputError
        If the list holds no variant or too many, or a file cannot be read.
    """
    from dnaviz.genome.regions import open_regions
    from dnaviz.models import given_or_shipped
    from dnaviz.sequences import as_sequence

    lines = read_case(variants)
    regions = None
    if genome is not None:
        regions = open_regions(str(genome), None if annotation is None else str(annotation))
    elif annotation is not None:
        raise InputError("An annotation needs its genome.")
    given = None
    if sequence is not None:
        given = CaseRecord(annotated(as_sequence(sequence), coding_start=coding_start))
    records = CaseRecords(given, regions)
    return predict_lines(lines, records, given_or_shipped(model), progress=progress)


@stepwise
def predict_lines(
    lines: Iterable[CaseLine],
    records: CaseRecords,
    model: SiteScorer,
    *,
    progress: Progress | None = None,
) -> Stepwise[Case]:
    """Predict the lines of a list of variants; see `analyze_case`."""
    listed = list(lines)
    scans: dict[tuple[str, str], Scan] = {}
    seen: dict[tuple[object, ...], CaseRow] = {}
    rows: list[CaseRow] = []
    for number, line in enumerate(listed):
        yield number / len(listed)
        if line.note:
            rows.append(CaseRow(line, error=line.note))
            continue
        try:
            placed = records.place(line.text)
        except InputError as error:
            rows.append(CaseRow(line, error=str(error)))
            continue
        alike = _key(placed)
        if alike in seen:
            first = seen[alike]
            same = f"The same change as line {first.line.number:,}."
            rows.append(first._replace(line=line, notes=(*placed.notes, same)))
            continue
        try:
            finding = yield from scaled_progress(
                number / len(listed), (number + 1) / len(listed), _find(placed, scans, model)
            )
            row = CaseRow(line, placed, finding, "", placed.notes)
        except InputError as error:
            row = CaseRow(line, placed, error=str(error), notes=placed.notes)
        seen[alike] = row
        rows.append(row)
    order = sorted(rows, key=lambda r: (bool(r.error), -r.support, -r.delta, r.line.number))
    return Case(tuple(order))


def _key(placed: Placed) -> tuple[object, ...]:
    """Return what is the same for two lines with the same change of the same transcript."""
    record, place = placed.record, placed.record.locator.place
    bases = str(record.locator.record)
    made = [rolled(variant, bases) for variant in placed.variants]
    if not record.region or place is None:
        return (*record.key, record.transcript, *made)
    in_genome = [(place.position(position), *alleles) for position, *alleles in made]
    return (place.chrom, place.strand, record.transcript, *in_genome)


def _find(
    placed: Placed, scans: dict[tuple[str, str], Scan], model: SiteScorer
) -> Stepwise[Finding]:
    """Predict one variant; scans of records are kept for the next."""
    from dnaviz.splicing.gel import gel

    record, variants, locator = placed.record, placed.variants, placed.record.locator
    scanned = scans.get(record.key)
    if scanned is None:
        scanned = yield from in_steps(scan, locator.record, model)
        while scans and sum(len(s.sequence) for s in scans.values()) > KEPT:
            del scans[next(iter(scans))]
        scans[record.key] = scanned
    effects = []
    for strand in STRANDS:
        effects += splice_effects([(locator.record, variants)], strand=strand, model=model)
        yield 1.0
    # Who reads the list does not see the stretch of the genome, or the gene, that was looked at.
    in_genome = bool(record.region or record.example)
    prediction = predict(locator, scanned, effects, record.around, in_genome=in_genome)
    bands = gel(prediction.consequences) if prediction.consequences.usual else None
    return Finding(
        scanned, list(locator.structures), locator.place, effects=effects,
        prediction=prediction, gel=bands,
    )  # fmt: skip


def _cells(rank: int, row: CaseRow) -> list[object]:
    line, names = row.line, row.names
    head = [None if row.error else rank, line.number, line.name, line.given]
    tail = [" ".join(row.notes), row.error]
    if row.prediction is None:
        return [*head, *[""] * 8, None, None, "", None, "", "", "", None, *tail]
    main = row.prediction.consequences.main
    coding = main.coding
    changed = main.kind != "unchanged"
    decay = {True: "yes", False: "no", None: ""}[coding.nmd if changed or coding.nmd else None]
    return [
        *head, row.gene, names.transcript, names.coding or names.noncoding or names.record,
        names.genomic, names.vcf, names.where, KINDS[main.kind], main.words,
        main.length if changed else None, main.support if changed else None,
        coding.frame if changed else "", (coding.stop_codon or None) if changed else None, decay,
        coding.change.hgvs if coding.change else "", row.effect, row.delta, *tail,
    ]  # fmt: skip
