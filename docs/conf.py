"""The documentation site: ``sphinx-build -W docs site`` (extra "docs").

Sphinx and not MkDocs: Material for MkDocs, which is what one uses MkDocs for, is maintained until
November 2026 and no longer. Pages are the Markdown that a repository viewer shows, too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from pygments.lexers.special import TextLexer

import dnaviz
from dnaviz.panels.common.terms import TERMS

sys.path.insert(0, str(Path(__file__).parent))
from command_help import commands

project = "dnaviz"
author = "the authors of dnaviz"
version = release = dnaviz.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["site"]
html_theme = "furo"
html_title = "dnaviz"
html_show_copyright = False
default_role = "py:obj"  # `name` in a docstring leads to it where the page has it
html_favicon = "../dnaviz/serving/static/icon.svg"
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"  # docstrings say types in words
autodoc_member_order = "bysource"


class Commands(Directive):
    """The help of every command, a section each."""

    def run(self) -> list[nodes.Node]:
        sections = []
        for name, text in commands().items():
            section = nodes.section(ids=[nodes.make_id(name)])
            section += nodes.title(text=f"dnaviz {name}")
            section += nodes.literal_block(text, text, language="text")
            sections.append(section)
        return sections


class Terms(Directive):
    """The words that the pages explain."""

    def run(self) -> list[nodes.Node]:
        words = nodes.definition_list()
        for term, meaning in TERMS.items():
            item = nodes.definition_list_item("", nodes.term(text=term))
            item += nodes.definition("", nodes.paragraph(text=meaning))
            words += item
        return [words]


def setup(app: Any) -> None:
    app.add_directive("commands", Commands)
    app.add_directive("terms", Terms)
    # Drawn by repository viewers; the site, which fetches nothing, shows the list of arrows.
    app.add_lexer("mermaid", TextLexer)
