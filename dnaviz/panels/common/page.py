"""The strip at the top of a panel: title, link, light or dark; and the style of the page.

A small anywidget, because three things only the browser knows: whether it is dark, what its
address is, and how to put text on the clipboard.
"""

from __future__ import annotations

import html
from pathlib import Path

import anywidget
import traitlets

from dnaviz.panels.common.browser import browser_source

HERE = Path(__file__).parent


def escape(text: object) -> str:
    """Return `text` safe to stand inside HTML (also inside attributes and plotly's hover text)."""
    return html.escape(str(text), quote=True)


class PageWidget(anywidget.AnyWidget):
    """Title, one line of explanation, "Copy link" and the light/dark switch.

    Attributes
    ----------
    heading, lead : str
        Plain text; never HTML.
    query : str
        What stands behind "#" in the link that "Copy link" copies. The address bar does not show
        it: it may hold a sequence, and addresses are kept, passed on and logged.
    opened : str
        The same of the link that the page was opened by; the browser sets it.
    links : bool
        Whether there are such links.
    note : str
        Said instead of copying a link where there is none, e.g. because it would be too long.
    status : str
        What came of the work, for screen readers: a sentence.
    dark : bool
        What the browser shows; the browser sets it, from the viewer's choice or system setting.
    """

    _esm = browser_source(HERE / "clipboard.js", HERE / "page.js")
    _css = browser_source(HERE / "colors.css", HERE / "style.css")
    from_browser = frozenset({"dark", "opened"})

    heading = traitlets.Unicode("").tag(sync=True)
    lead = traitlets.Unicode("").tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    opened = traitlets.Unicode("").tag(sync=True)
    links = traitlets.Bool(True).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
