"""The sequence of the splice inspector in its state, and so in the link, and back."""

from __future__ import annotations

from dnaviz.atlas.latent_shift import WINDOW
from dnaviz.attribution import site_window
from dnaviz.panels.common.linked import LinkedSelection
from dnaviz.panels.common.sequence_input import SequenceInput
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.sequences import Sequence
from dnaviz.sequences.packed import pack_transcripts, unpack_transcripts

SEQUENCE = ("sequence", "transcripts", "name", "example", "region")
"""Parts of the state that name a sequence."""


def chosen_site(state: InspectorState, record: Sequence | None) -> LinkedSelection | None:
    """Return the window of the chosen site for the panels that the inspector is linked to."""
    position, site = state.position, state.site
    if not position or record is None or position > len(record):
        return None
    window = site_window(record, position=position, strand=state.site_strand, site=site)
    name = f"{record.name}_{site}_{position}"  # without blanks: FASTA keeps it
    return LinkedSelection([Sequence(window.centered(WINDOW), name)], site)


def note_sequence(state: InspectorState, given: SequenceInput) -> None:
    """Put the sequence that is in the field into the state."""
    example, region, record = given.example, given.region, given.sequence
    pasted = record is not None and example is None and region is None
    with state.hold_trait_notifications():
        state.example = example.name if example else ""
        state.region = region.name if region else ""
        state.name = record.name if record is not None and pasted else ""
        state.sequence = record.bases if record is not None and pasted else ""
        transcripts = record.transcripts if record is not None and pasted else ()
        state.transcripts = pack_transcripts(transcripts)
        # The reference of a published change comes with its change.
        state.edits = given.worked.edit if given.worked else ""
        state.case_exons = None
        state.transcript = state.forward_primer = state.reverse_primer = ""
        state.coding_start = 0


def open_noted(state: InspectorState, given: SequenceInput) -> bool:
    """Put the sequence that the state names into the field; tell whether it names one.

    Raises
    ------
    InputError
        If there is no such example or region, or the sequence cannot be used.
    """
    if state.example:
        given.load_example(state.example)
    elif state.region:
        given.load_region(state.region)
    elif state.sequence:
        transcripts = unpack_transcripts(state.transcripts, len(state.sequence))
        name = state.name or "sequence"
        given.set(Sequence(state.sequence, name, transcripts=transcripts), run=False)
    else:
        return False
    return True
