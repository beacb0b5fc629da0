"""The sealed inspector: one HTML file with the model, Python and dnaviz's own code inside."""

from __future__ import annotations

import base64
import gzip
import json
from html import escape

from dnaviz.attribution import BASELINES, METHODS
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.sealed.modules import BUILT, PACKAGE, archive
from dnaviz.sealed.plain_model import PlainModel, packed

ASSETS = ("consensus.json",)
GALLERY = ("examples.fa.gz", "examples.json", "examples_other.json")


def inspector_page(model: PlainModel, *, ood: bytes = b"", gallery: bool = False) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    model : PlainModel
        What scores splice sites in it.
    ood : bytes
        What tells sequences unlike human DNA; see `dnaviz.sealed.page_ood.packed_ood`.
    gallery : bool
        Whether the example genes and published changes are in it.
    """
    about, numbers = packed(model)
    payloads = {
        "pyodide.asm.wasm": (BUILT / "pyodide.asm.wasm.gz").read_bytes(),
        "memory.bin": (BUILT / "memory.bin.gz").read_bytes(),
        "python_stdlib.zip": _gzip((BUILT / "python_stdlib.zip").read_bytes()),
        "worker.js": (BUILT / "worker.js.gz").read_bytes(),
        "kernel.wasm": _gzip((BUILT / "kernel.wasm").read_bytes()),
        "plotly.js": _gzip((PACKAGE / "serving/static/plotly-cartesian.min.js").read_bytes()),
        "dnaviz.bin": _gzip(archive(ASSETS + (GALLERY if gallery else ()))),
        "network.json": _gzip(json.dumps(about).encode()),
        "network.bin": _gzip(numbers),
        "ood.bin": _gzip(ood),
    }
    sheets = ("panels/common/colors.css", "panels/common/style.css", "sealed/page.css")
    script = gzip.decompress((BUILT / "page.js.gz").read_bytes()).decode("utf-8")
    parts = {
        "style": "\n".join((PACKAGE / sheet).read_text("utf-8") for sheet in sheets),
        "methods": _options(METHODS),
        "baselines": _options(BASELINES),
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
