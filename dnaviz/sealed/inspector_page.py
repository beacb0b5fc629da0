"""The sealed inspector: one HTML file with the model, Python and dnaviz's own code inside."""

from __future__ import annotations

import ast
import base64
import gzip
import io
import json
import zipfile
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from dnaviz.attribution import BASELINES, METHODS
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.sealed.plain_model import PlainModel, packed
from dnaviz.sealed.shown import BASELINES_HERE

PACKAGE = Path(str(files("dnaviz")))
BUILT = PACKAGE / "sealed" / "built"

ENTRIES = ("dnaviz.sealed.session", "dnaviz.sealed.page_model", "dnaviz.sealed.array_math")
"""Modules that the page begins with; what they import goes with them."""

HEAVY = ("dnaviz.models.model", "dnaviz.panels.common")
"""Imported only where a model or a widget is: neither is in the file."""

ASSETS = ("consensus.json",)
GALLERY = ("examples.fa.gz", "examples.json", "examples_other.json")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes every time


def inspector_page(model: PlainModel, *, gallery: bool = False) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    model : PlainModel
        What scores splice sites in it.
    gallery : bool
        Whether the example genes and published changes are in it.
    """
    about, numbers = packed(model)
    payloads = {
        "pyodide.asm.wasm": (BUILT / "pyodide.asm.wasm.gz").read_bytes(),
        "python_stdlib.zip": _gzip((BUILT / "python_stdlib.zip").read_bytes()),
        "worker.js": (BUILT / "worker.js.gz").read_bytes(),
        "kernel.wasm": _gzip((BUILT / "kernel.wasm").read_bytes()),
        "plotly.js": _gzip((PACKAGE / "serving/static/plotly-cartesian.min.js").read_bytes()),
        "dnaviz.zip": _gzip(sources(ASSETS + (GALLERY if gallery else ()))),
        "network.json": _gzip(json.dumps(about).encode()),
        "network.bin": _gzip(numbers),
    }
    sheets = ("panels/common/colors.css", "panels/common/style.css", "sealed/page.css")
    script = gzip.decompress((BUILT / "page.js.gz").read_bytes()).decode("utf-8")
    parts = {
        "style": "\n".join((PACKAGE / sheet).read_text("utf-8") for sheet in sheets),
        "methods": _options(METHODS),
        "baselines": _options({name: BASELINES[name] for name in BASELINES_HERE}),
        "model": escape(f"Model: {about['name']}, dnaviz {about['version']}."),
        "gallery": _gallery() if gallery else "",
        "payloads": "\n".join(
            f'<script type="text/plain" id="payload-{name}">{base64.b64encode(data).decode()}'
            "</script>"
            for name, data in payloads.items()
        ),
        "script": script.replace("</script", "<\\/script"),
    }
    page = (PACKAGE / "sealed/page.html").read_text("utf-8")
    for name, text in parts.items():
        page = page.replace("{{ " + name + " }}", text)
    return page


def sources(assets: tuple[str, ...]) -> bytes:
    """Return a zip of the modules that the page needs, and of assets."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in modules():
            path = _path(name)
            _write(target, path.relative_to(PACKAGE.parent).as_posix(), _bare(path))
        for asset in assets:
            _write(target, f"dnaviz/assets/{asset}", (PACKAGE / "assets" / asset).read_bytes())
    return buffer.getvalue()


def modules() -> list[str]:
    """Return the names of the modules that the page needs, packages among them."""
    found: set[str] = set()
    queue = list(ENTRIES)
    while queue:
        name = queue.pop()
        if name in found or name.startswith(HEAVY) or not _exists(name):
            continue
        found.add(name)
        queue.append(name.rpartition(".")[0])
        for node in ast.walk(_without_types(ast.parse(_path(name).read_text("utf-8")))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dnaviz"):
                queue += [str(node.module), *(f"{node.module}.{a.name}" for a in node.names)]
    return sorted(found)


def _exists(name: str) -> bool:
    return bool(name) and _path(name).is_file()


def _path(name: str) -> Path:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _without_types(tree: ast.Module) -> ast.Module:
    """Leave out what is imported for types alone."""
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return tree


def _bare(path: Path) -> bytes:
    """Return a module without comments and docstrings."""
    tree: Any = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body:
            continue
        kept = [
            one
            for one in body
            if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        ]
        node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree).encode()


def _write(target: zipfile.ZipFile, name: str, data: bytes) -> None:
    target.writestr(zipfile.ZipInfo(name, EPOCH), data)  # stored: all is compressed together


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _options(choices: dict[str, str]) -> str:
    return "".join(
        f'<option value="{escape(name)}">{escape(text)}</option>' for name, text in choices.items()
    )


def _gallery() -> str:
    genes = {e.name: f"{e.name} - {e.description}" for e in examples()}
    changes = {w.name: f"{w.name} - {w.known.effect}" for w in worked_examples()}
    return (
        '<select id="gallery" aria-label="Examples"><option value="">Examples …</option>'
        f'<optgroup label="Genes">{_options(genes)}</optgroup>'
        f'<optgroup label="Published changes">{_options(changes)}</optgroup></select>'
    )
