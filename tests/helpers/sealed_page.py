"""The sealed inspector in a browser, beside a `Session` of the same model in Python."""

import csv
import io
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Page, sync_playwright

from dnaviz.genome.examples import examples
from dnaviz.models import load_model
from dnaviz.sealed.session import Session
from helpers.dashboards import FLAGS, PATIENCE

FILES = ("sites.tsv", "attribution.tsv", "mutations.tsv", "deltas.tsv")

# Does what a viewer does, without a figure drawn and a file kept: most of the time goes there.
DRIVE = """
([text, edit, kinds]) => {
  const $ = (id) => document.getElementById(id);
  const idle = () => new Promise((go) => {
    const look = () => {
      if ($("main").getAttribute("aria-busy") !== "false") return;
      watch.disconnect();
      go();
    };
    const watch = new MutationObserver(look);
    watch.observe($("main"), { attributes: true });
    look();
  });
  const files = {};
  const keep = ({ detail }) => {
    if (!detail.startsWith('{"file"')) return;
    const { name, text } = JSON.parse(detail).file;
    files[name] = text;
  };
  const download = async (kind) => {
    document.querySelector(`[data-file="${kind}"]`).click();
    await idle();
  };
  const shown = (id) => ($(id).hidden ? "" : $(id).textContent);
  const click = HTMLAnchorElement.prototype.click;
  const work = async () => {
    HTMLAnchorElement.prototype.click = () => {};
    document.addEventListener("dnaviz-answer", keep);
    $("text").value = text;
    $("run").click();
    await idle();
    if (!$("lower").hidden) { $("lower").click(); await idle(); }
    for (const kind of kinds.slice(0, -1)) await download(kind);
    const verdict = $("verdict").textContent;
    $("edit").value = edit;
    $("apply").click();
    await idle();
    const refused = shown("error-edits");
    if (!refused) await download(kinds.at(-1));
    return {
      files: Object.values(files), refused, verdict,
      opened: shown("error-open"), broken: shown("broken"),
      headline: $("edits").innerHTML, paragraph: $("paragraph").textContent,
    };
  };
  window.dnavizWork = work().finally(() => {
    HTMLAnchorElement.prototype.click = click;
    document.removeEventListener("dnaviz-answer", keep);
  });
}
"""


BARS = (1e-5, 1e-4, 1e-3, 1e-4, 1e-4)

NOT_DRAWN = ".dnaviz-plot { display: none }"
"""A figure waits to be drawn until it is shown."""


READY = """
() => new Promise((go) => {
  const root = document.documentElement;
  const look = () => { if (root.dataset.ready) { watch.disconnect(); go(true); } };
  const watch = new MutationObserver(look);
  watch.observe(root, { attributes: true });
  look();
})
"""


@contextmanager
def open_sealed(file: Path, *, draws: bool = False) -> Iterator[Page]:
    """Open the file in Chromium without network, and wait until it answers."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_context(offline=True).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=PATIENCE)
        if not draws:
            page.add_style_tag(content=NOT_DRAWN)
        yield page
        browser.close()


class Agreement(NamedTuple):
    """How far the page's numbers are from Python's, at most; 1 - r of attributions.

    Integrated Gradients halves stretches until the sum is within its tolerance. Where it comes to
    lie on the edge, the rounding of one ReLU decides: `other_steps` is 1 - r where the page took
    another number of steps than Python, and both are within the tolerance.
    """

    probability: float = 0.0
    attribution: float = 0.0
    other_steps: float = 0.0
    mutation: float = 0.0
    delta: float = 0.0

    def worst(self, other: "Agreement") -> "Agreement":
        return Agreement(*map(max, zip(self, other, strict=True)))

    def is_met(self) -> bool:
        """Whether the bars are: 1e-5 for probabilities, r > .9999 (.999), 1e-4 for changes."""
        return all(own < bar for own, bar in zip(self, BARS, strict=True))


class SealedPage:
    """The page, and a `Session` of the same model in Python."""

    def __init__(self, page: Page) -> None:
        self.page, self.session = page, Session(load_model())

    def wait(self) -> None:
        self.page.wait_for_selector('main[aria-busy="false"]', timeout=PATIENCE)
        assert self.page.inner_text("#broken") == ""

    def paste(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.click("#run")
        self.wait()

    def ask(self, **request: object) -> list[dict]:
        """Answer a request in Python."""
        return [json.loads(answer) for answer in self.session.answer(json.dumps(request))]

    def file(self, kind: str) -> str:
        return next(a["file"]["text"] for a in self.ask(do="file", kind=kind) if "file" in a)

    def compare(self, text: str, edit: str) -> Agreement:
        """Compare all that is said of a sequence and of an edit with what Python says.

        Raises
        ------
        AssertionError
            Where something else than a number differs.
        """
        self.page.evaluate(DRIVE, [text, edit, FILES])
        opened = [a["error"] for a in self.ask(do="open", text=text) if "error" in a]
        if any("sites" in a and a["sites"]["lower"] for a in self.ask(do="view")):
            self.ask(do="view", lower=True)
        expected = [self.file(kind) for kind in FILES[:-1]]
        explained = self.session.attribution
        answers = self.ask(do="edits", text=edit, add=True)
        refused = [a["error"] for a in answers if "error" in a]
        if not refused:
            expected.append(self.file(FILES[-1]))
        own = self.page.evaluate("() => window.dnavizWork")
        assert own["broken"] == ""
        _same("refusals", [own["opened"], own["refused"]], ["".join(opened), "".join(refused)])
        variant = [a["variant"]["html"] for a in answers if "variant" in a]
        mrna = [a["mrna"]["paragraph"] for a in answers if a.get("mrna")]
        if not refused:
            parse = "html => { const d = document.createElement('div'); d.innerHTML = html; "
            html = self.page.evaluate(parse + "return d.innerHTML }", variant[-1])
            _same("edits", own["headline"], html)
            _same("paragraph", own["paragraph"], mrna[-1])
        tables = [[_rows(text) for text in texts] for texts in (own["files"], expected)]
        unlike = max(_unlikeness(tables, column) for column in ("contribution", *"ACGT"))
        same_steps = explained is not None and f"; {explained.steps} steps" in own["verdict"]
        return Agreement(
            _distance(tables, 0, "probability", ("position", "site", "strand")),
            unlike if same_steps else 0.0,
            0.0 if same_steps else unlike,
            _distance(tables, 2, "change", ()),
            0.0 if refused else _distance(tables, 3, "delta", ("event", "strand", "position")),
        )


def _same(name: str, own: object, expected: object) -> None:
    assert own == expected, f"{name}: {own}, in Python {expected}"


def _rows(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def _column(rows: list[dict], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def _distance(tables: list[list[list[dict]]], at: int, name: str, same: tuple[str, ...]) -> float:
    own, expected = (table[at] for table in tables)
    _same(name, *([[row[s] for s in same] for row in table] for table in (own, expected)))
    return float(np.abs(_column(own, name) - _column(expected, name)).max(initial=0.0))


def _unlikeness(tables: list[list[list[dict]]], name: str) -> float:
    own, expected = (_column(table[1], name) for table in tables)
    assert len(own) == len(expected)
    return 0.0 if np.std(expected) < 1e-4 else float(1 - np.corrcoef(own, expected)[0, 1])


def draw_case(draw: random.Random) -> tuple[str, str]:
    """A sequence as people have it, and edits of it."""
    length = draw.choice((draw.randint(60, 400),) * 18 + (draw.randint(401, 1500), 3000))
    if draw.random() < 0.6:
        gene = draw.choice([e.sequence.bases.upper() for e in examples()])
        start = draw.randrange(len(gene) - length) if len(gene) > length else 0
        bases = gene[start : start + length]
    else:
        bases = "".join(draw.choice("ACGT") for _ in range(length))
    if draw.random() < 0.25:
        at, width = draw.randrange(len(bases) - 30), draw.randint(1, 25)
        bases = bases[:at] + "N" * width + bases[at + width :]
    places = sorted(draw.sample(range(6, len(bases) - 20, 20), draw.choice((1, 1, 1, 2))))
    edits = ", ".join(_drawn_edit(draw, bases, p) for p in places)
    if draw.random() < 0.3:
        bases = bases[: len(bases) // 3] + bases[len(bases) // 3 :].lower()
    if draw.random() < 0.1:
        bases = bases.replace("T", "U").replace("t", "u")
    return bases, edits


def _drawn_edit(draw: random.Random, bases: str, p: int) -> str:
    """An edit of what begins at p, 1-based, and is at most 12 nt long."""
    added = "".join(draw.choice("ACGT") for _ in range(draw.randint(1, 8)))
    end = p + draw.randint(1, 11)
    kind = draw.choice(("substitution",) * 4 + ("del", "ins", "delins", "dup"))
    if kind == "substitution":
        return f"{p}{bases[p - 1]}>{draw.choice('ACGT'.replace(bases[p - 1], ''))}"
    if kind == "ins":
        return f"{p}_{p + 1}ins{added}"
    return f"{p}_{end}{kind}{added if kind == 'delins' else ''}"
