"""Hide cards whose results belong to an earlier sequence."""

from __future__ import annotations

import ipywidgets as widgets


class StaleCards:
    """Hides what belongs to an earlier sequence, unless its successor comes at once.

    To hide every card and show it again would make the browser draw all figures twice.
    """

    def __init__(self, *views: widgets.Widget) -> None:
        self.views, self._old = views, set(views)
        self.hide_old()

    def expire(self) -> None:
        """Say that what the cards show is no longer what was asked for."""
        self._old = set(self.views)

    def show(self, view: widgets.Widget, shown: bool = True) -> None:
        """Show a card with its new content (or hide it, where it has none)."""
        self._old.discard(view)
        view.layout.display = None if shown else "none"

    def hide_old(self) -> None:
        """Hide the cards whose new content has not come."""
        for view in self._old:
            view.layout.display = "none"
