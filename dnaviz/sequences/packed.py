"""Transcripts of a record as text for a link."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dnaviz.errors import InputError
from dnaviz.sequences.features import Interval, RecordTranscript


def pack_transcripts(transcripts: Iterable[RecordTranscript]) -> str:
    """Transcripts as text for a link; none as an empty one."""
    listed = list(transcripts)
    return json.dumps(listed, separators=(",", ":")) if listed else ""


def unpack_transcripts(text: str, length: int) -> tuple[RecordTranscript, ...]:
    """The transcripts that `pack_transcripts` wrote, of a record of `length` nt.

    Raises
    ------
    InputError
        Where the text is anything else.
    """

    def intervals(values: Any, low: int, high: int) -> tuple[Interval, ...]:
        spans = tuple((start, end) for start, end in values)
        for start, end in spans:
            if type(start) is not int or type(end) is not int or not low <= start <= end <= high:
                raise ValueError(start)
        return tuple(sorted(spans))

    try:
        return tuple(
            RecordTranscript(
                str(name)[:100],
                {"+": "+", "-": "-"}[strand],
                intervals(exons, 1, length),
                intervals(introns, 0, length + 1),
                next(iter(intervals([cds] if cds else [], 1, length)), None),
                bool(is_whole),
            )
            for name, strand, exons, introns, cds, is_whole in (json.loads(text) if text else [])
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError("The transcripts of this link cannot be used.") from None
