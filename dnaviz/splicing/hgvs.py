"""Edits as HGVS, VCF and old papers write them, placed on a record.

``c.313+1G>A``, ``NM_000527.5:c.313+1G>A``, ``LDLR:c.-22C>T``, ``n.57del``, ``IVS2-654C>T``,
``NC_000019.10:g.11102787G>A``, ``chr19-11102787-G-A``, ``19:11102787G>A``. Everything is read from
what the record carries: its transcripts and its place in a genome. Nothing is looked up.
"""

from __future__ import annotations

import collections.abc
import re
from typing import NamedTuple

from dnaviz.errors import InputError
from dnaviz.genome.accessions import canonical_contig, chromosome_of
from dnaviz.genome.fasta import chromosome_name
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, as_sequence, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.hgvs_text import (
    COUNTED,
    INTRON,
    INTRON_SPAN,
    PLACE,
    SPAN,
    bare_name,
    refuse_foreign,
    roman_number,
)
from dnaviz.splicing.transcripts import TranscriptMap, read_position
from dnaviz.splicing.variants import CHANGE, read_change

_FAMILIES = (r"[NX][MR]_\d+", r"ENS[A-Z]*T\d+", r"LRG_\d+(?:t\d+)?")
"""Names of transcripts that are numbered by one database each."""

_SYMBOL = re.compile(r"(?!ENS[A-Z]*\d)[A-Z][A-Z\d.-]*", re.IGNORECASE)
"""A gene's symbol; locus tags and accessions have an underscore or a prefix of their own."""

_COUNTED_IN_TRANSCRIPT = re.compile(r"(?:\S+:)?(?:[cn]\.|(?:c\.)?IVS)", re.IGNORECASE)

_NEAR = 50
"""Offsets (nt) of old intron notation that are certainly counted from the nearest exon."""


class Located(NamedTuple):
    """An edit placed on a record.

    Attributes
    ----------
    variant : Variant
        In positions of the record; its bases are what the record has there.
    structure : TranscriptModel or None
        The transcript that it was counted in.
    notes : tuple of str
        What was assumed to place it, in sentences.
    """

    variant: Variant
    structure: TranscriptModel | None
    notes: tuple[str, ...] = ()


class Locator:
    """Reads edits that are counted in a transcript or in a genome.

    Parameters
    ----------
    sequence : str or Sequence
        The record.
    structures : sequence of TranscriptModel
        The transcripts known on it, the one to count in first where none is named.
    place : GenomicInterval, optional
        Where the record lies in a genome.
    assembly : str
        "GRCh38" or "GRCh37" where it is known which the place is of.
    """

    def __init__(
        self,
        sequence: str | Sequence,
        structures: collections.abc.Sequence[TranscriptModel] = (),
        place: GenomicInterval | None = None,
        assembly: str = "",
    ) -> None:
        self.record = as_sequence(sequence)
        self.structures = tuple(structures)
        self.place, self.assembly = place, assembly
        self._bases = str(self.record)

    def __call__(self, word: str) -> Variant | None:
        """Return the edit that a word names; None if it is of no form that is read here."""
        located = self.locate(word)
        return None if located is None else located.variant

    def locate(self, word: str) -> Located | None:
        """Place one edit; None if it is of no form that is read here.

        Raises
        ------
        InputError
            With what is wrong with it, and what to write.
        """
        plain = word.strip()
        refuse_foreign(plain)
        if match := INTRON.fullmatch(plain):
            return self._numbered_intron(word, match)
        if match := COUNTED.fullmatch(plain):
            kind = match["kind"].lower()
            if kind == "g":
                return self._genomic(word, match["on"], match["rest"])
            return self._transcript(word, match["on"], kind, match["rest"])
        if match := PLACE.fullmatch(plain):
            rest = match["verb"] or ""
            if match["ref"]:
                rest = f"{match['ref']}>{match['alt']}"
            return self._genomic(word, match["chrom"], match["position"] + rest)
        if self.structures and _COUNTED_IN_TRANSCRIPT.match(plain):
            raise _unreadable(word)
        return None

    def _transcript(self, word: str, on: str | None, kind: str, rest: str) -> Located:
        structure, notes = self._structure(word, on)
        numbers = TranscriptMap(structure)
        span = SPAN.fullmatch(rest)
        if span is None:
            raise _unreadable(word)
        first = read_position(span["first"], kind)
        ends = [numbers.record(first)]
        if span["last"]:
            ends.append(numbers.record(read_position(span["last"], kind)))
        return self._placed(word, ends, span["change"], structure, notes)

    def _numbered_intron(self, word: str, match: re.Match[str]) -> Located:
        structure, notes = self._structure(word, match["on"])
        numbers = TranscriptMap(structure)
        text = match["number"].upper()
        roman = not text.isdecimal()
        number = roman_number(text) if roman else int(text)
        span = INTRON_SPAN.fullmatch((match["between"] or "") + match["rest"])
        if span is None:
            raise _unreadable(word)
        offsets = [int(span["first"]), *([int(span["last"])] if span["last"] else [])]

        def read(sign: int) -> Located:
            ends = [numbers.intron(number, sign * offset) for offset in offsets]
            return self._placed(word, ends, span["change"], structure, notes)

        if offsets[0] > 0:
            return read(1)
        # IVS2-654 is 654 bases before the exon; with IVS-II-654 most mean base 654 of the intron,
        # and some papers mean it with either.
        usual, other = (-1, 1) if roman else (1, -1)
        readings: dict[int, Located] = {}
        refused: list[InputError] = []
        for sign in (usual, other):
            try:
                readings[sign] = read(sign)
            except InputError as error:
                refused.append(error)
        if not readings:
            raise refused[0]
        if len(readings) == 1:
            sign, found = readings.popitem()
            if sign == usual:
                return found
            at = numbers.locate(found.variant.position)
            note = f"{word} is read as {at}: read the usual way, other bases stand there."
            return found._replace(notes=(*notes, note))
        if not roman and abs(offsets[0]) <= _NEAR:
            return readings[usual]
        both = [str(numbers.locate(one.variant.position)) for one in readings.values()]
        raise InputError(
            f"{shorten(word)} can be {both[0]} or {both[1]}, depending on who writes it: write the "
            "one that is meant."
        )

    def _genomic(self, word: str, on: str | None, rest: str) -> Located:
        span = re.fullmatch(r"(?P<first>\d{1,10})(?:_(?P<last>\d{1,10}))?(?P<change>.+)", rest)
        if span is None:
            raise _unreadable(word)
        ends = [int(span["first"]), *([int(span["last"])] if span["last"] else [])]
        if on and bare_name(on) == bare_name(self.record.name) and chromosome_of(on) is None:
            return Located(self._edit(word, ends, span["change"], "+"), None)
        if self.place is None:
            raise InputError(
                f"{shorten(word)} is a place in a genome, and where this sequence lies in one is "
                "not known: write the position in this sequence, as 57A>G."
            )
        chrom, assembly = (chromosome_of(on) if on else None) or (on or "", "")
        if chrom and chromosome_name(chrom) != canonical_contig(self.place.chrom):
            raise InputError(
                f"{shorten(word)} lies on {shorten(chrom)}; this sequence is {self.place}."
            )
        if assembly and self.assembly and assembly != self.assembly:
            raise InputError(
                f"{shorten(word)} is of {assembly}, this sequence of {self.assembly}: convert the "
                "position first."
            )
        notes: tuple[str, ...] = ()
        if assembly and not self.assembly:
            notes = (f"{on} is of {assembly}; of which assembly this sequence is, is not known.",)
        last = max(ends)
        if not (self.place.start1 <= min(ends) and last <= self.place.end1):
            raise InputError(f"{shorten(word)} lies outside of this sequence, {self.place}.")
        positions = [self.place.record(end) for end in ends]
        variant = self._edit(word, positions, span["change"], self.place.strand)
        return Located(variant, None, notes)

    def _placed(
        self,
        word: str,
        ends: list[int],
        change: str,
        structure: TranscriptModel,
        notes: tuple[str, ...],
    ) -> Located:
        return Located(self._edit(word, ends, change, structure.strand), structure, notes)

    def _edit(self, word: str, ends: list[int], change: str, strand: str) -> Variant:
        """Read what happens between positions of the record, with bases of a strand."""
        match = CHANGE.fullmatch(change)
        if match is None:
            raise _unreadable(word)
        return read_change(word, ends, match, self._bases, strand)

    def _structure(self, word: str, on: str | None) -> tuple[TranscriptModel, tuple[str, ...]]:
        """Return the transcript that an edit is counted in."""
        if not self.structures:
            raise InputError(
                f"{shorten(word)} counts in a transcript, and none is known on this sequence: "
                "write the position in this sequence, as 57A>G."
            )
        if on is None:
            return self.structures[0], ()
        # LDLR(NM_000527.5) is read as NM_000527.5(LDLR).
        parts = (part for part in re.split(r"[()]", on) if part)
        words = sorted(parts, key=lambda part: _family(part) is None)
        family = _family(words[0])
        for name in words if family is None else words[:1]:
            for structure in self.structures:
                if bare_name(name) in {bare_name(part) for part in structure.name.split()}:
                    if family is not None:
                        _check_gene(word, words, structure)
                    return structure, self._version(name, structure)
        # NM_000527.5(LDLR): of the transcripts of that gene, where there are any.
        symbols = {bare_name(word) for word in words[1:]}
        of_gene = (s for s in self.structures if symbols & set(map(bare_name, s.name.split())))
        first = next(of_gene, self.structures[0])
        if family is None:
            symbols_here = " or ".join(dict.fromkeys(s.name for s in self.structures[:3]))
            raise InputError(
                f"{shorten(word)} counts in {shorten(words[0])}; the transcript known on this "
                f"sequence is {symbols_here}."
            )
        if family in map(_family, first.name.split()):
            raise InputError(
                f"{shorten(word)} counts in {shorten(words[0])}, which is not known on this "
                f"sequence; it has {first.name}. Write the change as counted there, as c.57A>G."
            )
        _check_gene(word, words, first)
        return first, (
            f"{words[0]} is taken for {first.name}, the transcript known here: whether both are "
            "numbered alike is not checked.",
        )

    def _version(self, name: str, structure: TranscriptModel) -> tuple[str, ...]:
        same = [part for part in structure.name.split() if bare_name(part) == bare_name(name)]
        versions = {part.partition(".")[2] for part in (name, *same)} - {""}
        if len(versions) < 2:
            return ()
        return (f"{name} is taken for {same[0]}: the versions differ.",)


def _check_gene(word: str, words: list[str], structure: TranscriptModel) -> None:
    """Refuse ``NM_000527.5(HBB)`` where the gene of the transcript is known, and is another."""
    gene, *others = structure.name.split()
    if not others or not _SYMBOL.fullmatch(gene) or gene == "record":
        return
    for symbol in words[1:]:
        if _SYMBOL.fullmatch(symbol) and bare_name(symbol) != bare_name(gene):
            raise InputError(
                f"{shorten(word)} names the gene {shorten(symbol)}, and the transcript "
                f"{' '.join(others)} is of {gene}: write {words[0]}({gene}) if that is meant, or a "
                f"transcript of {shorten(symbol)}."
            )


def _family(name: str) -> str | None:
    """Return the database that a transcript's name is of, as a pattern; None if it is none."""
    return next((f for f in _FAMILIES if re.fullmatch(f, bare_name(name), re.IGNORECASE)), None)


def is_accession(name: str) -> bool:
    """Whether a name is a transcript's in RefSeq, Ensembl or LRG."""
    return _family(name) is not None


def _unreadable(word: str) -> InputError:
    return InputError(
        f"{shorten(word)} is not understood: write one change as c.57A>G, c.57_59del, "
        "c.57_58insTTG, c.57dup, c.57_59delinsA or c.57_59inv."
    )
