"""How a sequence gets into a panel: pasted, uploaded, picked among records, or an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

from dnaviz.errors import InputError
from dnaviz.panels.base import Message, row
from dnaviz.panels.guard import guard
from dnaviz.sequences import MAX_LENGTH, MIN_LENGTH, Sequence, parse_sequences, read_sequence_bytes

MAX_UPLOAD = 5_000_000
SHOWN_TEXT = 400_000
"""Longest text put into the paste box; a longer upload is only read."""


def gallery() -> list[Any]:
    """Return the shipped example genes; none where they are missing."""
    try:
        from dnaviz.genome.examples import examples

        return list(examples())
    except (ImportError, OSError):
        return []


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
    min_length, max_length : int
        Limits of one record in nucleotides.
    examples : bool
        Offer the example genes.

    Attributes
    ----------
    records : list of Sequence
        All records of the box or file.
    sequence : Sequence or None
        The chosen record.
    example : genome.examples.Example or None
        The example the sequence is, if it is one unchanged.
    """

    def __init__(
        self,
        on_sequence: Callable[[], None],
        message: Message,
        *,
        action: str = "Scan",
        placeholder: str = "Paste DNA or RNA: raw, FASTA, GenBank; several records are fine",
        min_length: int = MIN_LENGTH,
        max_length: int = MAX_LENGTH,
        examples: bool = True,
    ) -> None:
        self._on_sequence = on_sequence
        self._message = message
        self._limits = {"min_length": min_length, "max_length": max_length}
        self.records: list[Sequence] = []
        self.sequence: Sequence | None = None
        self.example: Any = None
        self._read_text: str | None = None
        self._quiet = False
        guarded = guard(message.error)

        self.box = widgets.Textarea(
            placeholder=placeholder,
            continuous_update=False,
            rows=5,
            layout={"width": "100%", "height": "118px", "margin": "0"},
        )
        self.button = widgets.Button(description=action, button_style="primary")
        self.button.on_click(guarded(lambda _: self.submit()))
        self.upload = widgets.FileUpload(description="Upload", multiple=False)
        self.upload.observe(guarded(self._on_upload), "value")
        self.picker = widgets.Dropdown(options=[], layout={"display": "none", "width": "320px"})
        self.picker.observe(guarded(self._on_pick), "value")
        self._examples = gallery() if examples else []
        self.gallery = widgets.Dropdown(
            options=[
                ("Example genes …", None),
                *((f"{e.name} - {e.description}", i) for i, e in enumerate(self._examples)),
            ],
            layout={"width": "320px", "display": None if self._examples else "none"},
        )
        self.gallery.observe(guarded(self._on_gallery), "value")
        self.view = widgets.VBox(
            [self.box, row(self.button, self.upload, self.gallery, self.picker)],
            layout={"width": "100%", "margin": "0"},
        )

    def set(self, sequence: str | Sequence, *, run: bool = True) -> None:
        """Put a sequence into the box (Python use, links); InputError if it cannot be read."""
        text = sequence if isinstance(sequence, str) else fasta(sequence)
        self._take(parse_sequences(text, **self._limits), text)
        self.gallery.index = 0
        if run:
            self._on_sequence()

    def submit(self) -> None:
        """Read the box, unless it was read already, and run."""
        text = self.box.value
        if text != self._read_text or not self.records:
            if not text.strip() and self.records and self._read_text is None:
                pass  # An upload too long to show: the empty box stands for it.
            else:
                self._take(parse_sequences(text, **self._limits), text)
                self.gallery.index = 0
        self._message.clear()
        self._on_sequence()

    def load_example(self, name: str) -> None:
        """Put the example gene `name` into the box, without running."""
        for number, example in enumerate(self._examples):
            if example.name == name:
                with self._quietly():
                    self.gallery.value = number
                self._take([example.sequence], fasta(example.sequence))
                self.example = example
                return
        raise InputError(f"There is no example called {name[:40]}.")

    def _take(self, records: list[Sequence], text: str | None) -> None:
        self.records, self.sequence, self.example = records, records[0], None
        self._read_text = text
        if text is None:
            self.box.value = ""
        elif self.box.value != text:
            self.box.value = text
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
            raise InputError(f"{name} has {len(data):,} bytes; an upload has at most 5 MB.")
        records = read_sequence_bytes(bytes(data), name, **self._limits)
        text = "".join(fasta(record) for record in records)
        self._take(records, text if len(text) <= SHOWN_TEXT else None)
        self.gallery.index = 0
        self._message.info(
            f"{name}: {len(records):,} record{'s' if len(records) > 1 else ''} read."
        )
        self._on_sequence()

    def _on_pick(self, change: Any) -> None:
        number = change["new"]
        if not isinstance(number, int) or not 0 <= number < len(self.records):
            return
        if self.records[number] is not self.sequence:
            self.sequence, self.example = self.records[number], None
            self._message.clear()
            self._on_sequence()

    def _on_gallery(self, change: Any) -> None:
        number = change["new"]
        if self._quiet or not isinstance(number, int) or not 0 <= number < len(self._examples):
            return
        self.load_example(self._examples[number].name)
        self._message.clear()
        self._on_sequence()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Set the gallery's menu without it loading anything."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


def fasta(sequence: Sequence, width: int = 60) -> str:
    """Return a record as FASTA text, `width` bases a line."""
    head = f">{sequence.name} {sequence.description}".rstrip()
    bases = sequence.bases
    lines = [bases[i : i + width] for i in range(0, len(bases), width)]
    return "\n".join([head, *lines, ""])
