"""Edits that were made and can be taken back."""

from __future__ import annotations


class History:
    """Texts that were shown, with a place among them: undo and redo."""

    def __init__(self) -> None:
        self._texts, self._at = [""], 0

    def add(self, text: str) -> None:
        """Note what is shown now; what was undone before it is forgotten."""
        if text != self._texts[self._at]:
            self._texts[self._at + 1 :] = [text]
            self._at += 1

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._texts) - 1

    def undo(self) -> str:
        self._at = max(self._at - 1, 0)
        return self._texts[self._at]

    def redo(self) -> str:
        self._at = min(self._at + 1, len(self._texts) - 1)
        return self._texts[self._at]
