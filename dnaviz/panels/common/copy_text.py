"""A text that can be read, selected, and copied with a button."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from dnaviz.panels.common.browser import browser_source

HERE = Path(__file__).parent


class CopyText(anywidget.AnyWidget):
    """A paragraph under a heading, with a button that puts it on the clipboard.

    Attributes
    ----------
    heading, text : str
        Plain text; never HTML.
    """

    _esm = browser_source(HERE / "clipboard.js", HERE / "copy_text.js")
    from_browser: frozenset[str] = frozenset()

    heading = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
