"""What the sealed inspector shows, as a link keeps it: the dashboard's names and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from dnaviz.attribution import BASELINES, METHODS
from dnaviz.errors import InputError
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence, parse_sequences
from dnaviz.sequences.packed import pack_transcripts, unpack_transcripts
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.scan import SITES, STRANDS

_CHOICES = {
    "strand": ("both", *STRANDS),
    "site_strand": STRANDS,
    "site": SITES,
    "method": tuple(METHODS),
    "baseline": tuple(BASELINES),
}


@dataclass
class Shown:
    """The state of `dnaviz.panels.splice_inspector.state.InspectorState`, what of it is here."""

    sequence: str = ""
    transcripts: str = ""
    name: str = ""
    example: str = ""
    edits: str = ""
    transcript: str = ""
    coding_start: int = 0
    forward_primer: str = ""
    reverse_primer: str = ""
    threshold: float = 0.5
    strand: str = "both"
    position: int = 0
    site_strand: str = "+"
    site: str = "donor"
    method: str = "integrated_gradients"
    baseline: str = "uniform"

    @classmethod
    def of(cls, values: object) -> Shown:
        """Read a link's state; what is not valid is left at its default."""
        shown = cls()
        if isinstance(values, Mapping):
            for field in fields(cls):
                value, default = values.get(field.name), getattr(shown, field.name)
                kind = (int, float) if isinstance(default, float) else type(default)
                valid = isinstance(value, kind) and not isinstance(value, bool)
                if valid and value in _CHOICES.get(field.name, (value,)):
                    setattr(shown, field.name, value)
        shown.threshold = min(max(shown.threshold, 0.01), 0.99)
        shown.position, shown.coding_start = max(shown.position, 0), max(shown.coding_start, 0)
        return shown

    def changed(self) -> dict[str, Any]:
        """Return what differs from the defaults, for a link."""
        default = asdict(Shown())
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    @property
    def chosen(self) -> tuple[int, str, str]:
        """The site, as (position, strand, site)."""
        return self.position, self.site_strand, self.site

    @chosen.setter
    def chosen(self, site: tuple[int, str, str]) -> None:
        self.position, self.site_strand, self.site = site

    def kept(self, edits: str = "") -> Shown:
        """Return how the next sequence, with its edits, is looked at: without what is of this."""
        return Shown(
            edits=edits,
            threshold=self.threshold,
            strand=self.strand,
            method=self.method,
            baseline=self.baseline,
        )


class Record:
    """A sequence with what is known of it.

    Attributes
    ----------
    sequence : Sequence
    structures : list of TranscriptModel or None
        Of an example; None where the sequence itself says what it has.
    place : GenomicInterval or None
    gene : Locator or None
        The whole gene that the sequence is a part of, where that is known.
    assembly, example, edit, note : str
        `edit` is the published change that an example is about.
    """

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        self.structures: list[TranscriptModel] | None = None
        self.place: GenomicInterval | None = None
        self.gene: Locator | None = None
        self.assembly = self.example = self.edit = self.note = ""

    def note_in(self, shown: Shown) -> None:
        """Put the sequence into a state."""
        pasted = not self.example
        shown.example = self.example
        shown.name = self.sequence.name if pasted else ""
        shown.sequence = self.sequence.bases if pasted else ""
        shown.transcripts = pack_transcripts(self.sequence.transcripts if pasted else ())


def linked_record(values: object) -> tuple[Shown, Record]:
    """Return what a link says, as far as it can be read, and the sequence that it names.

    Raises
    ------
    InputError
        If there is none that this page has, or its bases cannot be used.
    """
    given, shown = values if isinstance(values, Mapping) else {}, Shown.of(values)
    if shown.example:
        record = example_record(shown.example)
    elif shown.sequence:
        transcripts = unpack_transcripts(shown.transcripts, len(shown.sequence))
        name = " ".join(shown.name.split()) or "sequence"
        sequence = Sequence(shown.sequence, name, transcripts=transcripts)
        (checked,) = parse_sequences(f">{name}\n{sequence.bases}")
        record = Record(sequence if checked.bases == sequence.bases else checked)
    elif given.get("region"):
        raise InputError(
            "The link is of a region of a genome, which this page does not have: paste its bases."
        )
    else:
        raise InputError("The link holds no sequence: copy it again, or paste the sequence.")
    others = [str(name) for name in given if name not in asdict(shown)]
    if others:
        names = ", ".join(name[:40].replace("_", " ") for name in others[:8])
        record.note = f"{record.note} This page does not show what else the link names: {names}."
    return shown, record


def example_record(name: str) -> Record:
    """Return an example gene or published change of the gallery by name.

    Raises
    ------
    InputError
        If there is none, as on a page without the gallery.
    """
    try:
        record = _example_record(name)
    except OSError:  # the file of the gallery
        record = None
    if record is None:
        raise InputError(f"This page has no example called {name[:40]}.")
    return record


def _example_record(name: str) -> Record | None:
    for example in examples():
        if example.name == name:
            record = Record(example.sequence)
            record.note = f"{example.description}; {example.interval}"
            break
    else:
        worked = next((w for w in worked_examples() if w.name == name), None)
        if worked is None:
            return None
        example, record = worked.example, Record(worked.example.sequence)
        record.edit, gene = worked.edit, worked.gene
        record.gene = Locator(gene.sequence, gene.structures, gene.interval, "GRCh38")
        record.note = (
            f"{worked.name} ({worked.edit} in this sequence): {worked.known.effect} "
            f"{worked.known.citation}"
        )
    record.structures, record.place = list(example.structures), example.interval
    record.assembly, record.example = "GRCh38", name
    return record
