"""The record that a variant of a list lies on: a sequence at hand, a genome, or the gallery."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.accessions import canonical_contig, chromosome_of
from dnaviz.genome.contigs import Contigs
from dnaviz.genome.genes import canonical
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import MAX_LENGTH, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.case_text import EXAMPLE
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.edit_text import edit_words
from dnaviz.splicing.hgvs import Locator, is_accession
from dnaviz.splicing.hgvs_text import Counted, bare_name, counted_in, positions_in

if TYPE_CHECKING:
    from dnaviz.genome.examples import Example
    from dnaviz.genome.regions import Regions

FLANK = 1_000
"""Bases of a genome on each side of a variant that are looked at."""


class CaseRecord(NamedTuple):
    """A record, and how a page opens it.

    Attributes
    ----------
    locator : Locator
        The record with its transcripts, the one to count in first.
    around : callable or None
        Returns a longer record that holds the whole of a transcript, see `predict`.
    example, region : str
        The gallery's gene, or the region of the genome; both "" for the sequence at hand.
    notes : tuple of str
        What was assumed, in sentences.
    """

    locator: Locator
    around: Callable[[TranscriptModel], Locator | None] | None = None
    example: str = ""
    region: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Tells records apart."""
        return self.example, self.region

    @property
    def transcript(self) -> str:
        """The name of the transcript to count in; "" where none is known."""
        return self.locator.structures[0].name if self.locator.structures else ""


class Placed(NamedTuple):
    """Edits of one line of a list, on their record."""

    record: CaseRecord
    variants: list[Variant]
    notes: tuple[str, ...]


class CaseRecords:
    """Finds the record of each variant: on a sequence at hand, in a genome, or in the gallery.

    Parameters
    ----------
    given : CaseRecord, optional
        The sequence at hand. Positions of a record, and coordinates that name no gene, are its.
    regions : Regions, optional
        A genome, with its annotation where genes are to be found by name.
    gallery : bool
        Whether the genes that come with the package are looked in.
    """

    def __init__(
        self,
        given: CaseRecord | None = None,
        regions: Regions | None = None,
        *,
        gallery: bool = True,
    ) -> None:
        from dnaviz.genome.examples import examples

        self.given, self.regions = given, regions
        self._genes = examples() if gallery else ()
        self._examples: dict[str, CaseRecord] = {}

    def place(self, text: str) -> Placed:
        """Place the edits of one line.

        Raises
        ------
        InputError
            With what is wrong, and what to write.
        """
        words = edit_words(text)
        if not words:
            raise InputError(f"There is no variant on this line: write it as {EXAMPLE}.")
        counted = [counted_in(word) for word in words]
        record = self._record(words, counted)
        bare = next((w for w, c in zip(words, counted, strict=True) if c.kind == "record"), "")
        if bare and record is not self.given:
            raise _unnamed(bare, "sequence")
        placed = place_edits(text, record.locator)
        if placed.transcript and placed.transcript != record.transcript:
            locator = record.locator
            chosen = annotated(
                locator.record, locator.structures, locator.place, locator.assembly,
                transcript=placed.transcript,
            )  # fmt: skip
            record = record._replace(locator=chosen)
        return Placed(record, placed.variants, (*record.notes, *placed.notes))

    def _record(self, words: list[str], counted: list[Counted]) -> CaseRecord:
        named = next((c for c in counted if c.names), None)
        if named is None:
            if self.given is not None:
                return self.given
            what = "transcript" if counted[0].kind == "transcript" else "sequence"
            raise _unnamed(words[0], what)
        if named.kind == "genome":
            return self._on_genome(words, [c for c in counted if c.kind == "genome"])
        return self._of_gene(words, counted, named)

    # Counted in a transcript --------------------------------------------------------------

    def _of_gene(self, words: list[str], counted: list[Counted], named: Counted) -> CaseRecord:
        wanted = {bare_name(name) for name in named.names}
        own = self.given
        if own is not None and not wanted & _names(own.locator.structures):
            own = None
        if own is not None and _spans(own.locator, wanted, words, counted):
            return own
        refused: InputError | None = None
        beside = ""
        if len(named.names) == 1 and is_accession(named.names[0]):
            beside = f" Write its gene beside it, as {named.names[0][:40]}(LDLR):c.313+1G>A."
        annotation = self.regions.annotation if self.regions is not None else None
        # The gene of NM_000527.5(LDLR) is looked for where its transcript is not known.
        for name in named.names:
            if annotation is None:
                break
            try:
                return self._in_annotation(words, counted, name)
            except InputError as error:
                hint = "" if annotation.named(name)[0] else beside
                refused = refused or InputError(f"{error}{hint}")
        genes = [e for e in self._genes if wanted & (_names(e.structures) | {bare_name(e.name)})]
        if genes:
            return self._example(max(genes, key=lambda e: len(e.sequence)))
        if own is not None:
            return own
        if refused is not None:
            raise refused
        raise InputError(
            f"{shorten(named.names[0])} is not known here: known are {self._known()}. "
            f"A genome with its annotation knows more.{beside}"
        )

    def _known(self) -> str:
        genes = list(dict.fromkeys(e.name.split()[0] for e in self._genes))
        own = sorted({s.name for s in self.given.locator.structures}) if self.given else []
        known = [*own, *genes]
        if not known:
            return "no genes"
        more = f" and {len(known) - 6} more" if len(known) > 6 else ""
        return ", ".join(known[:6]) + more

    def _in_annotation(self, words: list[str], counted: list[Counted], name: str) -> CaseRecord:
        assert self.regions is not None
        chosen, notes = self.regions.named(name)
        first = canonical(chosen)
        ends = min(t.start for t in chosen), max(t.end for t in chosen)
        whole = GenomicInterval(first.chrom, *ends, first.strand)
        structure = self.regions.structures(whole, chosen)[0]
        places = [
            whole.position(position)
            for word, one in zip(words, counted, strict=True)
            if one.kind == "transcript"
            for position in positions_in(word, structure)
        ] or list(ends)
        return self._window(first.chrom, places, first.strand, structure.name, tuple(notes))

    # Counted in a genome ------------------------------------------------------------------

    def _on_genome(self, words: list[str], counted: list[Counted]) -> CaseRecord:
        name = next(c.names[0] for c in counted if c.names)
        places = [position for c in counted for position in c.positions]
        chrom, assembly = chromosome_of(name) or (name, "")
        given = self.given
        if given is not None and _holds(given.locator.place, chrom, places):
            return given
        if given is not None and bare_name(given.locator.record.name) == bare_name(name):
            return given
        if self.regions is not None:
            lengths = self.regions.lengths
            own = Contigs(lengths).find(name)
            if own is None or max(places) > lengths[own]:
                has = ", ".join(list(lengths)[:5])
                extent = f"{lengths[own]:,} nt of {own}" if own else has
                raise InputError(
                    f"{shorten(words[0])} is not in {self.regions.path.name}, which has {extent}."
                )
            return self._at(own, places)
        genes = [e for e in self._genes if _holds(e.interval, chrom, places)]
        if not genes:
            raise InputError(
                f"{shorten(words[0])} lies on no sequence that is known here: known are "
                f"{self._known()}. A genome knows all of its places."
            )
        found = self._example(max(genes, key=lambda e: len(e.sequence)))
        note = "The coordinate is taken for one of GRCh38, of which the gallery is."
        return found if assembly else found._replace(notes=(note,))

    def _at(self, contig: str, places: list[int]) -> CaseRecord:
        """Return the surroundings of a place, in the sense of the gene that lies there."""
        assert self.regions is not None
        first, last = min(places), max(places)
        there = self.regions.transcripts(contig, first, last)
        if not there:
            return self._window(contig, places, "+", "", ())
        coding = [t for t in there if t.cds] or there
        holding = [t for t in coding if t.start <= first and last <= t.end] or coding
        chosen = canonical([t for t in holding if t.gene == canonical(holding).gene])
        others = sorted({t.gene_name or t.gene for t in coding if t.gene != chosen.gene})
        notes = (f"Also in {', '.join(others[:3])}, not told of here.",) if others else ()
        name = f"{chosen.gene_name} {chosen.transcript}"
        return self._window(contig, places, chosen.strand, name, notes)

    def _window(
        self, chrom: str, places: list[int], strand: str, transcript: str, notes: tuple[str, ...]
    ) -> CaseRecord:
        assert self.regions is not None
        own = Contigs(self.regions.lengths).find(chrom) or chrom
        length = self.regions.lengths.get(own, 0)
        first, last = max(min(places) - FLANK, 1), min(max(places) + FLANK, length)
        if last - first + 1 > MAX_LENGTH:
            raise InputError(
                f"The edits of one line span {last - first + 1:,} nt; at most {MAX_LENGTH:,} can "
                "be looked at: give each a line of its own."
            )
        region = self.regions.find(f"{chrom}:{first}-{last}:{strand}")
        place = region.interval
        locator = Locator(
            region.sequence,
            # The one to count in first.
            sorted(region.structures, key=lambda s: s.name != transcript),
            place,
            self.regions.assembly(place.chrom),
        )
        return CaseRecord(
            locator,
            partial(transcript_around, self.regions, place),
            region=str(place).replace(",", ""),
            notes=notes,
        )

    def _example(self, gene: Example) -> CaseRecord:
        if gene.name not in self._examples:
            locator = Locator(gene.sequence, gene.structures, gene.interval, "GRCh38")
            self._examples[gene.name] = CaseRecord(locator, example=gene.name)
        return self._examples[gene.name]


def transcript_around(
    regions: Regions, place: GenomicInterval, structure: TranscriptModel
) -> Locator | None:
    """Return a record of a genome that holds all of a transcript; None if there is none.

    Parameters
    ----------
    place : GenomicInterval
        The record that the transcript is placed on.
    """
    exons = sorted(structure.whole_exons)
    length = place.end1 - place.start1 + 1
    ends = [1, length, exons[0][0], exons[-1][1]] if exons else [1, length]
    first, last = sorted(place.position(end) for end in (min(ends), max(ends)))
    try:
        found = regions.find(f"{place.chrom}:{first}-{last}:{place.strand}")
    except InputError:  # too long to be shown, or not all there
        return None
    return Locator(found.sequence, found.structures, found.interval)


def _spans(locator: Locator, wanted: set[str], words: list[str], counted: list[Counted]) -> bool:
    """Whether a record, which may be a part of its gene, has all that edits name."""
    structure = next(s for s in locator.structures if wanted & _names([s]))
    try:
        positions = [
            position
            for word, one in zip(words, counted, strict=True)
            if one.kind == "transcript"
            for position in positions_in(word, structure)
        ]
    except InputError:
        return True  # it says what is wrong
    return all(1 <= position <= len(locator.record) for position in positions)


def _unnamed(word: str, what: str) -> InputError:
    """Return why the record of an edit is not known: it names no transcript or sequence."""
    why = f"counts in a {what} that it does not name"
    if what == "sequence" and not word[0].isdecimal():
        why = "is not understood"
    return InputError(f"{shorten(word)} {why}: write it as {EXAMPLE}.")


def _names(structures: tuple[TranscriptModel, ...] | list[TranscriptModel]) -> set[str]:
    return {bare_name(part) for structure in structures for part in structure.name.split()}


def _holds(place: GenomicInterval | None, chrom: str, places: list[int]) -> bool:
    if place is None or canonical_contig(place.chrom) != canonical_contig(chrom):
        return False
    return place.start1 <= min(places) and max(places) <= place.end1
