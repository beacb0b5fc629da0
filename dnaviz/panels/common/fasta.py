"""A sequence as text that can be pasted again."""

from __future__ import annotations

from dnaviz.sequences import Sequence


def fasta(sequence: Sequence, width: int = 60) -> str:
    """Return a record as FASTA text, `width` bases a line."""
    head = f">{sequence.name} {sequence.description}".rstrip()
    bases = sequence.bases
    lines = [bases[i : i + width] for i in range(0, len(bases), width)]
    return "\n".join([head, *lines, ""])
