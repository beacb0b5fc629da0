"""How a sequence gets into a panel: pasted, uploaded, an example, or a region of a genome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dnaviz.errors import GapError, InputError
from dnaviz.genome.transcript_model import record_structures
from dnaviz.io.read import read_sequence_bytes
from dnaviz.panels.common.base import Message, escape, row
from dnaviz.panels.common.fasta import fasta
from dnaviz.panels.common.runner import guard
from dnaviz.sequences import MAX_LENGTH, MIN_LENGTH, Sequence, parse_sequences
from dnaviz.sequences.convert import as_sequence, refuse_path

if TYPE_CHECKING:
    from dnaviz.genome.examples import Example, WorkedExample
    from dnaviz.genome.regions import Region, Regions
    from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel

MAX_UPLOAD = 5_000_000
LIMITS: Any = {"min_length": MIN_LENGTH, "max_length": MAX_LENGTH}
SHOWN_TEXT = 400_000
"""Longest text put into the paste box; a longer upload is only read."""


def gallery() -> tuple[list[Example], list[WorkedExample]]:
    """Return the shipped example genes and published changes; none where they are missing."""
    try:
        from dnaviz.genome.examples import examples, worked_examples

        return list(examples()), list(worked_examples())
    except (ImportError, OSError):
        return [], []


class SequenceInput:
    """A paste box with upload, record picker and examples.

    What the user typed stays in the box whatever happens; what is wrong with it is told in
    `message`. Nothing runs while they type: `on_sequence` is called when they press the button,
    upload, pick a record or an example.

    Parameters
    ----------
    on_sequence : callable
        Called without arguments once a sequence was read; look at `sequence`, `records`, `example`.
    message : Message
        Where errors go.
    action : str
        The button's label.
    examples : bool
        Offer the example genes.
    changes : bool
        Offer the published changes as well.
    regions : Regions, optional
        A genome to load regions from by name.

    Attributes
    ----------
    records : list of Sequence
        All records of the box or file.
    sequence : Sequence or None
        The chosen record.
    example : Example or None
        The example the sequence is, if it is one unchanged.
    worked : WorkedExample or None
        The published change whose reference the sequence is, if it is one unchanged.
    region : Region or None
        The region of the genome the sequence is, if it is one unchanged.
    """

    def __init__(
        self,
        on_sequence: Callable[[], None],
        message: Message,
        *,
        action: str = "Scan",
        placeholder: str = "Paste DNA or RNA: raw, FASTA, GenBank; several records are fine",
        examples: bool = True,
        changes: bool = False,
        regions: Regions | None = None,
    ) -> None:
        self._on_sequence = on_sequence
        self._message = message
        self.records: list[Sequence] = []
        self.sequence: Sequence | None = None
        self.example: Example | None = None
        self.worked: WorkedExample | None = None
        self.region: Region | None = None
        self.regions = regions
        self._read_text: str | None = None
        self._place = ""  # what the region was loaded by
        guarded = guard(message.error)

        self.box = widgets.Textarea(
            placeholder=placeholder,
            continuous_update=False,
            rows=5,
            layout={"width": "100%", "height": "118px", "margin": "0"},
        )
        self.old = widgets.HTML(layout={"margin": "0", "display": "none"})
        self._with_gaps: tuple[str | bytes, str] | None = None  # what was refused, and its name
        self.remove_gaps = widgets.Button(description="Remove gaps", layout={"display": "none"})
        self.remove_gaps.on_click(guarded(lambda _: self._without_gaps()))
        self.button = widgets.Button(description=action, button_style="primary")
        self.button.on_click(guarded(lambda _: self.submit()))
        self.upload = widgets.FileUpload(description="Upload", multiple=False)
        self.upload.observe(guarded(self._on_upload), "value")
        self.picker = widgets.Dropdown(
            options=[], tooltip="Record to show", layout={"display": "none", "width": "320px"}
        )
        self.picker.observe(guarded(self._on_pick), "value")
        self.gallery_examples, self.gallery_changes = gallery() if examples else ([], [])
        self.gallery = self._menu(
            "Example genes …", [f"{e.name} - {e.description}" for e in self.gallery_examples]
        )
        self.gallery.observe(guarded(self._on_gallery), "value")
        self.gallery_changes = self.gallery_changes if changes else []
        self.changes = self._menu(
            "Published changes …", [f"{w.name} - {w.known.effect}" for w in self.gallery_changes]
        )
        self.changes.observe(guarded(self._on_change), "value")
        self.place = widgets.Text(
            placeholder="Gene, transcript, or chr19:11,089,000-11,094,000:+",
            continuous_update=False,
            layout={"width": "350px", "margin": "0"},
        )
        self.place.observe(guarded(self._on_place), "value")
        self.load = widgets.Button(description="Load region")
        self.load.on_click(guarded(lambda _: self._load_and_run()))
        self.note = widgets.HTML(layout={"margin": "0", "display": "none"})
        genome = [self.place, self.load] if regions is not None else []
        self.view = widgets.VBox(
            [
                self.box,
                row(self.button, self.remove_gaps, self.upload, self.picker),
                row(self.gallery, self.changes, *genome),
                self.note,
                self.old,
            ],
            layout={"width": "100%", "margin": "0"},
        )

    @property
    def structures(self) -> list[TranscriptModel]:
        """The transcripts known on the sequence."""
        record = self.example or self.region
        if record is not None:
            return list(record.structures)
        return [] if self.sequence is None else record_structures(self.sequence)

    @property
    def genome_interval(self) -> GenomicInterval | None:
        """Where the sequence lies in a genome, if that is known."""
        record = self.example or self.region
        return None if record is None else record.interval

    @property
    def assembly(self) -> str:
        """The assembly that `genome_place` is of, if that is known; else ""."""
        if self.region is not None and self.regions is not None:
            return self.regions.assembly(self.region.interval.chrom)
        return "" if self.example is None else "GRCh38"

    def set(self, sequence: str | Sequence, *, run: bool = True) -> None:
        """Put a sequence into the box (Python use, links); InputError if it cannot be read."""
        refuse_path(sequence)
        if not isinstance(sequence, str | Sequence):
            sequence = as_sequence(sequence)
        text = sequence if isinstance(sequence, str) else fasta(sequence)
        records = self._parse(text)
        if isinstance(sequence, Sequence):
            records = [replace(records[0], transcripts=sequence.transcripts, notes=sequence.notes)]
        self._take(records, text)
        if run:
            self._on_sequence()

    def submit(self) -> None:
        """Read the box, unless it was read already, and run."""
        text = self.box.value
        # The empty box stands for an upload that is too long to show.
        long = bool(self.records) and self._read_text is None
        if self._unread or not (text.strip() or long):
            self._take(self._read(text), text)
        self._show_refused(False)
        self._message.clear()
        self._on_sequence()

    @property
    def _unread(self) -> bool:
        return bool(self.box.value.strip()) and self.box.value != self._read_text

    def read_unread(self) -> bool:
        """Read a text in the box that was not read yet, without running; tell if there was one."""
        if unread := self._unread:
            try:
                self._take(self._read(self.box.value), self.box.value)
            except InputError as error:
                raise InputError(f"The text in the box cannot be read. {error}") from None
        return unread

    def tell_unread(self) -> None:
        """Say whose results the page shows if the box has a text that was not read."""
        if self._unread:
            self._show_refused(True)

    def _read(self, source: str | bytes, name: str = "", **more: Any) -> list[Sequence]:
        """Read a pasted text or an upload; offer to remove its gaps, if it has some.

        What is still on the page after a refusal is said to be of the sequence before.
        """
        self._with_gaps = None
        try:
            if isinstance(source, bytes):
                return read_sequence_bytes(source, name, **LIMITS, **more)
            return self._parse(source, **more)
        except InputError as error:
            if isinstance(error, GapError):
                self._with_gaps = source, name
            self._show_refused(True)
            raise

    def _parse(self, text: str, **more: Any) -> list[Sequence]:
        """Read a text; of one that only names an example say where to find that."""
        try:
            return parse_sequences(text, **LIMITS, **more)
        except InputError:
            for example in self.gallery_examples:
                if example.name.lower() == text.strip().lower():
                    raise InputError(
                        f'{example.name} is here: choose it under "Example genes".'
                    ) from None
            raise

    def _without_gaps(self) -> None:
        if self._with_gaps is None:
            return
        records = self._read(*self._with_gaps, remove_gaps=True)
        text = "".join(fasta(record) for record in records)
        self._take(records, text if len(text) <= SHOWN_TEXT else None)
        self._message.info("The gaps are removed: positions count bases alone.")
        self._on_sequence()

    def _show_refused(self, refused: bool) -> None:
        """Say whose results the page shows while a text in the box cannot be read."""
        self.remove_gaps.layout.display = None if refused and self._with_gaps else "none"
        self.old.value, self.old.layout.display = "", "none"
        if refused and self.sequence is not None:
            self.old.value = (
                '<div class="dnaviz-message" role="status">The results on this page are still '
                f"those of {escape(self.sequence.name[:60])}.</div>"
            )
            self.old.layout.display = None

    def load_example(self, name: str) -> None:
        """Put the example gene or published change `name` into the box, without running."""
        for example in self.gallery_examples:
            if example.name == name:
                note = f"{example.description}; {example.interval}"
                self._take([example.sequence], fasta(example.sequence), note, example=example)
                return
        for worked in self.gallery_changes:
            if worked.name == name:
                record, known = worked.example.sequence, worked.known
                note = (
                    f"{worked.name} ({worked.edit} in this sequence): {known.effect} "
                    f"{known.citation}"
                )
                self._take([record], fasta(record), note, example=worked.example, worked=worked)
                return
        raise InputError(f"There is no example called {str(name)[:40]}.")

    def load_region(self, text: str) -> None:
        """Put a gene, transcript or region of the genome into the box, without running.

        Raises
        ------
        InputError
            As `genome.regions.Regions.find`; also where the panel has no genome.
        """
        if self.regions is None:
            raise InputError("There is no genome here to load a region from.")
        region = self.regions.find(text)
        count = len(region.structures)
        message = f"{region.interval}; {count:,} transcript{'' if count == 1 else 's'} on it."
        note = " ".join([message, *region.notes])
        self._take([region.sequence], fasta(region.sequence), note, region=region, place=text)

    def _take(
        self,
        records: list[Sequence],
        text: str | None,
        note: str = "",
        *,
        example: Example | None = None,
        worked: WorkedExample | None = None,
        region: Region | None = None,
        place: str = "",
    ) -> None:
        """Take records, and what is known of the first; the menus show what it is."""
        self._with_gaps = None
        self._show_refused(False)
        self.records, self.sequence = records, records[0]
        self._know(note, example, worked, region)
        self._place = place
        self.gallery.value = -1 if worked else _place_of(example, self.gallery_examples)
        self.changes.value = _place_of(worked, self.gallery_changes)
        self.place.value = place
        self._read_text = text
        self.box.value = text or ""
        self.picker.options = [
            (f"{n}. {record.name[:60]} ({len(record):,} nt)", n - 1)
            for n, record in enumerate(records, start=1)
        ]
        self.picker.value = 0
        self.picker.layout.display = None if len(records) > 1 else "none"

    def _on_upload(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        name, data = str(file.get("name", "upload"))[:200], file.get("content", b"")
        self.upload.value = ()
        if len(data) > MAX_UPLOAD:
            self._with_gaps = None
            self._show_refused(True)
            raise InputError(f"{name} has {len(data):,} bytes; an upload has at most 5 MB.")
        records = self._read(bytes(data), name)
        text = "".join(fasta(record) for record in records)
        self._take(records, text if len(text) <= SHOWN_TEXT else None)
        self._message.info(
            f"{name}: {len(records):,} record{'s' if len(records) > 1 else ''} read."
        )
        self._on_sequence()

    def _on_pick(self, change: Any) -> None:
        number = change["new"]
        if not isinstance(number, int) or not 0 <= number < len(self.records):
            return
        if self.records[number] is not self.sequence:
            self.sequence = self.records[number]
            self._know()
            self._message.clear()
            self._on_sequence()

    def _on_gallery(self, change: Any) -> None:
        self._load_from(self.gallery_examples, change["new"], None if self.worked else self.example)

    def _on_change(self, change: Any) -> None:
        self._load_from(self.gallery_changes, change["new"], self.worked)

    def _load_from(self, offered: list[Any], number: object, shown: Any) -> None:
        if not isinstance(number, int) or not 0 <= number < len(offered):
            return
        if offered[number] is not shown:
            self.load_example(offered[number].name)
            self._message.clear()
            self._on_sequence()

    def _on_place(self, change: Any) -> None:
        if str(change["new"]).strip() and change["new"] != self._place:
            self._load_and_run()

    def _load_and_run(self) -> None:
        self.load_region(self.place.value)
        self._message.clear()
        self._on_sequence()

    def _know(
        self,
        note: str = "",
        example: Example | None = None,
        worked: WorkedExample | None = None,
        region: Region | None = None,
    ) -> None:
        """Know this of the sequence, or nothing but itself."""
        self.example, self.worked, self.region = example, worked, region
        note = note or " ".join(self.sequence.notes if self.sequence else ())
        self.note.value = f'<span class="dnaviz-note">{escape(note)}</span>' if note else ""
        self.note.layout.display = None if note else "none"

    @staticmethod
    def _menu(first: str, options: list[str]) -> widgets.Dropdown:
        return widgets.Dropdown(
            # A value of None would leave the menu blank.
            options=[(first, -1), *((text, i) for i, text in enumerate(options))],
            value=-1,
            tooltip=first.removesuffix(" …"),
            layout={"width": "270px", "display": None if options else "none"},
        )


def _place_of(item: object, offered: list[Any]) -> int:
    """The number of an item in a menu; -1 where it is none of those."""
    return next((number for number, one in enumerate(offered) if one is item), -1)
