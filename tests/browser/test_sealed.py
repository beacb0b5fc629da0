"""The sealed inspector, opened from a disk without network, answers as Python does."""

import csv
import io
import json
import random
from collections.abc import Iterator

import numpy as np
import pytest
from helpers.dashboards import PATIENCE

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import load_model
from dnaviz.sealed.session import Session
from dnaviz.sequences import parse_sequences

AWKWARD = [
    "ACGTACGTACGTACGTACGTXACGT",
    ">a\nMKVLAAGIVGLLLAQWERTYIPASDFGHKLCVNM",
    "BRCA1",
    "ACGT" * 4,
    ">x\nACGTACGTACGT-ACGTACGTACGTACGT",
    "",
]


class Sealed:
    """The page, and a `Session` of the same model in Python."""

    def __init__(self, page) -> None:
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

    def tables(self, kind: str) -> tuple[list[dict], list[dict]]:
        """A file as the page keeps it, and as Python makes it."""
        with self.page.expect_download(timeout=PATIENCE) as download:
            self.page.click(f'[data-file="{kind}"]')
        own = download.value.path().read_text("utf-8")
        file = next(a["file"] for a in self.ask(do="file", kind=kind) if "file" in a)
        assert download.value.suggested_filename == file["name"]
        return tuple(
            list(csv.DictReader(io.StringIO(text), delimiter="\t")) for text in (own, file["text"])
        )

    def compare(self, bases: str, edit: str) -> None:
        """Compare scan, deltas, mutations and attributions of a sequence with Python's."""
        self.paste(bases)
        self.ask(do="open", text=bases)
        self.page.click("#lower") if self.page.is_visible("#lower") else None
        if any("sites" in a and a["sites"]["lower"] for a in self.ask(do="view")):
            self.ask(do="view", lower=True)
        self.wait()
        own, expected = self.tables("sites.tsv")
        assert [r["position"] + r["site"] for r in own] == [
            r["position"] + r["site"] for r in expected
        ]
        assert numbers(own, "probability") == pytest.approx(
            numbers(expected, "probability"), abs=1e-5
        )
        own, expected = self.tables("attribution.tsv")
        for column in ("contribution", "A", "C", "G", "T"):
            pair = numbers(own, column), numbers(expected, column)
            if np.std(pair[1]) > 1e-4:
                assert np.corrcoef(pair)[0, 1] > 0.9999
        own, expected = self.tables("mutations.tsv")
        assert numbers(own, "change") == pytest.approx(numbers(expected, "change"), abs=1e-4)
        self.page.fill("#edit", edit)
        self.page.click("#apply")
        self.wait()
        answers = self.ask(do="edits", text=edit, add=True)
        said = [a["variant"]["html"] for a in answers if "variant" in a][-1]
        assert self.page.inner_html("#edits .dnaviz-message b") in said  # the headline
        own, expected = self.tables("deltas.tsv")
        assert numbers(own, "delta") == pytest.approx(numbers(expected, "delta"), abs=1e-4)
        assert [r["event"] for r in own] == [r["event"] for r in expected]


def numbers(rows: list[dict], column: str) -> list[float]:
    return [float(row[column]) for row in rows]


def drawn(draw: random.Random) -> tuple[str, str]:
    """A sequence and an edit of it."""
    bases = "".join(draw.choice("ACGT") for _ in range(draw.choice((60, 120, 200))))
    p = draw.randrange(10, len(bases) - 10)
    other = "ACGT"["ACGT".index(bases[p - 1]) - 1]
    return bases, draw.choice(
        (f"{p}{bases[p - 1]}>{other}", f"{p}_{p + 2}del", f"{p}_{p + 1}insGT")
    )


@pytest.fixture(scope="module")
def sealed(chromium, tmp_path_factory) -> Iterator[Sealed]:
    file = tmp_path_factory.mktemp("sealed") / "inspector.html"
    assert main(["export", str(file), "--with-gallery"]) == 0
    assert file.stat().st_size < 10_000_000
    context = chromium.new_context(offline=True, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=PATIENCE)
    yield Sealed(page)
    assert errors == []
    assert [u for u in asked if not u.startswith(("blob:", "data:", file.as_uri()))] == []
    assert page.inner_text("#requests") == "0 network requests"
    context.close()


def test_numbers_are_those_of_python(sealed):
    draw = random.Random(0)
    for _ in range(2):
        sealed.compare(*drawn(draw))


@pytest.mark.slow
def test_numbers_of_a_thousand_sequences_are_those_of_python(sealed):
    draw = random.Random(1)
    for _ in range(1000):
        sealed.compare(*drawn(draw))


def test_awkward_input_is_refused_by_the_same_sentence(sealed):
    for text in AWKWARD:
        with pytest.raises(InputError) as error:
            parse_sequences(text)
        sealed.paste(text)
        assert sealed.page.inner_text("#error-open") == str(error.value)
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    assert sealed.page.is_hidden("#error-open")
    sealed.page.fill("#edit", "57Z>Q")
    sealed.page.click("#apply")
    sealed.wait()
    expected = [a["error"] for a in _after(sealed, "57Z>Q") if "error" in a]
    assert [sealed.page.inner_text("#error-edits")] == expected


def _after(sealed: Sealed, edit: str) -> list[dict]:
    sealed.ask(do="open", text="ACGTTGCAAGGTAAGTTTGC" * 4)
    return sealed.ask(do="edits", text=edit, add=True)


def test_an_example_and_its_link_open_what_python_says(sealed):
    page = sealed.page
    name = "LDLR c.313+1G>A"
    page.select_option("#gallery", name)
    sealed.wait()
    answers = sealed.ask(do="example", name=name)
    said = [a["variant"]["html"] for a in answers if "variant" in a][-1]
    assert page.inner_html("#edits .dnaviz-message b") in said
    assert page.is_visible("#card-mrna")
    address = page.url
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    assert page.is_hidden("#card-mrna")
    page.goto(address)  # another fragment: the page stays
    sealed.wait()
    page.wait_for_selector("#card-mrna:not([hidden])")
    assert page.url == address
