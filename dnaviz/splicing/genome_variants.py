"""Variants of a genome, scored in batches: bases from the genome, genes from its annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.annotation import Transcript
from dnaviz.genome.contigs import Contigs
from dnaviz.genome.transcript_model import ExonSites, exon_sites
from dnaviz.sequences import MIN_LENGTH, Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.scan import SITES, STRANDS
from dnaviz.splicing.spelling import rolled
from dnaviz.splicing.variant_effect import SpliceEffect, splice_effects
from dnaviz.splicing.vcf import EVENTS, AlleleScore, StrandScore, VcfRow, note_of

if TYPE_CHECKING:
    from dnaviz.genome.regions import Regions
    from dnaviz.models import Model

FLANK = 600
"""Bases read on each side of a change (nt): its reach and the context of all that it reaches."""

ROLL = 1_000
"""Bases before an indel (nt) among which its first equal place is looked for."""


class _Task(NamedTuple):
    """An allele to score: its window, the edit in it, and the strands with their genes."""

    window: Sequence
    start: int  # the genome's coordinate of the window's first base, 1-based
    variant: Variant
    strands: dict[str, tuple[str, ...]]
    sites: set[tuple[int, str, str]]  # annotated ones: coordinate, strand, kind
    exons: dict[str, list[ExonSites]]  # annotated ones by strand, in the window's coordinates


class GenomeScorer:
    """Scores alleles of a genome.

    Parameters
    ----------
    regions : Regions
        The genome, with its annotation where genes or masks are asked for.
    model : Model
    strand : "both", "+", "-" or "gene"
        "gene": the strands of the genes that lie there.
    masked : bool
        Whether gains at annotated sites and losses at others count as 0.

    Raises
    ------
    InputError
        When genes or masks are asked for without an annotation.
    """

    def __init__(self, regions: Regions, model: Model, strand: str, masked: bool) -> None:
        if strand not in ("both", *STRANDS, "gene"):
            raise InputError(f'The strand is "both", "+", "-" or "gene", not "{strand[:20]}".')
        if regions.annotation is None and (masked or strand == "gene"):
            option = "--masked" if masked else "--strand gene"
            raise InputError(f"{option} needs the genome's annotation (--annotation).")
        self.regions, self.model, self.strand, self.masked = regions, model, strand, masked
        self.contigs = Contigs(regions.lengths)

    def score(self, rows: list[VcfRow]) -> list[list[AlleleScore]]:
        """Return, for each row, what was found of each of its alleles."""
        plans = [[self._plan(row, alt) for alt in row.alts] for row in rows]
        tasks = [p for plan in plans for p in plan if isinstance(p, _Task)]
        scored: dict[tuple[int, str], StrandScore] = {}
        for strand in STRANDS:
            of_strand = [(i, t) for i, t in enumerate(tasks) if strand in t.strands]
            effects = splice_effects(
                [(t.window, [t.variant]) for _, t in of_strand], strand=strand, model=self.model
            )
            for (i, task), effect in zip(of_strand, effects, strict=True):
                scored[i, strand] = self._strand_score(task, effect)
        numbers = iter(range(len(tasks)))
        scores = []
        for plan in plans:
            alleles = []
            for part in plan:
                if isinstance(part, str):
                    alleles.append(AlleleScore((), part))
                    continue
                i = next(numbers)
                alleles.append(AlleleScore(tuple(scored[i, s] for s in part.strands)))
            scores.append(alleles)
        return scores

    def _plan(self, row: VcfRow, alt: str) -> _Task | str:
        """Return what to score of an allele, or why it cannot be scored."""
        if note := note_of(row.ref, alt):
            return note
        contig = self.contigs.find(row.chrom)
        if contig is None:
            return "contig_not_in_genome"
        last = row.position + len(row.ref) - 1
        if not 1 <= row.position <= last <= self.contigs.lengths[contig]:
            return "outside_contig"
        if self.regions.bases(contig, row.position, last) != row.ref:
            return "ref_mismatch"
        position, ref, put = self._leftmost(contig, row.position, row.ref, alt.upper())
        start = max(position - FLANK, 1)
        end = min(position + len(ref) - 1 + FLANK, self.contigs.lengths[contig])
        window = Sequence(self.regions.bases(contig, start, end))
        if min(len(window), len(window) + len(put) - len(ref)) < MIN_LENGTH:
            return "outside_contig"
        transcripts = self.regions.transcripts(contig, start, end)
        variant = Variant(position - start + 1, ref, put)
        first, last = _span(variant, str(window))
        strands = self._strands(transcripts, first + start - 1, last + start - 1)
        if not strands:
            return "no_gene"
        sites = {
            (site, t.strand, kind)
            for t in (transcripts if self.masked else ())
            for intron in t.introns
            for site, kind in zip(
                intron, ("donor", "acceptor") if t.strand == "+" else ("acceptor", "donor"),
                strict=True,
            )
        }  # fmt: skip
        exons = {s: _exons([t for t in transcripts if t.strand == s], start) for s in strands}
        return _Task(window, start, variant, strands, sites, exons)

    def _leftmost(self, contig: str, position: int, ref: str, alt: str) -> tuple[int, str, str]:
        """Return an edit trimmed, an indel at the first of equal places."""
        if len(ref) == len(alt) == 1:
            return position, ref, alt
        first = max(position - ROLL, 1)
        bases = self.regions.bases(contig, first, position + len(ref) - 1)
        at, ref, alt = rolled(Variant(position - first + 1, ref, alt), bases, left=True)
        return first + at - 1, ref, alt

    def _strands(
        self, transcripts: list[Transcript], first: int, last: int
    ) -> dict[str, tuple[str, ...]]:
        """Return the strands to look at, each with the genes on it."""
        there = [t for t in transcripts if t.start <= last and t.end >= first]
        genes = {
            str(s): tuple(sorted({t.gene_name or t.gene for t in there if t.strand == s}))
            for s in STRANDS
        }
        strands = genes if self.strand in ("both", "gene") else {self.strand}
        return {s: names for s, names in genes.items()
                if s in strands and (names or self.strand != "gene")}  # fmt: skip

    def _strand_score(self, task: _Task, effect: SpliceEffect) -> StrandScore:
        gains = losses = effect
        if self.masked:
            before, after = effect.log_odds
            known = np.zeros(before.shape, bool)
            coordinates = effect.positions[0] + task.start - 1
            for row, kind in enumerate(SITES):
                places = {p for p, s, k in task.sites if s == effect.strand and k == kind}
                known[row] = np.isin(coordinates, list(places)) & (effect.positions[0] > 0)
            gains, losses = (
                effect._replace(log_odds=np.stack([before, np.where(kept, after, before)]))
                for kept in (~known, known)
            )
        deltas = {}
        for event in EVENTS:
            delta = (gains if event.endswith("gain") else losses).delta(event)
            place = delta.position + task.start - 1 if delta.position else 0
            deltas[event] = (delta.value, place)
        exon = effect.exon(task.exons[effect.strand])
        first, last = exon.exon
        if last:
            exon = exon._replace(exon=(first + task.start - 1, last + task.start - 1))
        return StrandScore(effect.strand, task.strands[effect.strand], deltas, exon)


def _span(variant: Variant, bases: str) -> tuple[int, int]:
    """Return the first and last base that an edit, at the first of equal places, lies on in any.

    An insertion lies on the bases beside it.
    """
    last = rolled(variant, bases)[0] + len(variant.ref) - 1
    return (variant.position, last) if variant.ref else (variant.position - 1, last + 1)


def _exons(transcripts: list[Transcript], start: int) -> list[ExonSites]:
    """Return the exons of transcripts, whole, in the coordinates of a window from `start` on."""
    exons = {exon for t in transcripts for exon in exon_sites(t.exons, t.introns)}
    return [e._replace(start=e.start - start + 1, end=e.end - start + 1) for e in sorted(exons)]
