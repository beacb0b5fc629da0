"""The sealed inspector, opened from a disk without network, answers as Python does."""

import random
import re
import shutil
from collections.abc import Iterator

import pytest
from helpers.bidi import open_firefox
from helpers.dashboards import PATIENCE
from helpers.sealed_page import NOT_DRAWN, READY, SealedPage, draw_case

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.sequences import parse_sequences, reverse_complement

AWKWARD = [
    "ACGTACGTACGTACGTACGTXACGT",
    ">a\nMKVLAAGIVGLLLAQWERTYIPASDFGHKLCVNM",
    "BRCA1",
    "ACGT" * 4,
    ">x\nACGTACGTACGT-ACGTACGTACGTACGT",
    "",
]

FRACTION = re.compile(r"\b\d\.\d+(?:e-\d+)?\b")


DROP = """
text => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], "dropped.fa"));
  dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
}
"""


@pytest.fixture(scope="module")
def sealed(chromium, tmp_path_factory) -> Iterator[SealedPage]:
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
    yield SealedPage(page)
    assert errors == []
    assert [u for u in asked if not u.startswith(("blob:", "data:", file.as_uri()))] == []
    assert page.inner_text("#requests") == "0 network requests"
    context.close()


def test_numbers_are_those_of_python(sealed):
    draw = random.Random(0)
    for _ in range(2):
        agreement = sealed.compare(*draw_case(draw))
        assert agreement.is_met(), agreement


@pytest.mark.slow
def test_numbers_of_sixty_sequences_are_those_of_python(sealed):
    """The first of the thousand that tests/benchmarks/sealed_equality.py compares."""
    style = sealed.page.add_style_tag(content=NOT_DRAWN)
    draw = random.Random(1)
    for _ in range(60):
        agreement = sealed.compare(*draw_case(draw))
        assert agreement.is_met(), agreement
    style.evaluate("style => style.remove()")


def test_awkward_input_is_refused_by_the_same_sentence(sealed):
    sealed.paste(">before\n" + "ACGTTGCAAGGTAAGTTTGC" * 4)
    for text in AWKWARD:
        with pytest.raises(InputError) as error:
            parse_sequences(text)
        sealed.paste(text)
        whose = "The results on this page are still those of before."
        assert sealed.page.inner_text("#error-open") == f"{error.value} {whose}"
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    assert sealed.page.is_hidden("#error-open")
    sealed.page.fill("#edit", "57Z>Q")
    sealed.page.click("#apply")
    sealed.wait()
    expected = [a["error"] for a in _after(sealed, "57Z>Q") if "error" in a]
    assert [sealed.page.inner_text("#error-edits")] == expected


@pytest.mark.slow
def test_an_edit_is_made_to_the_text_in_the_box_and_not_to_the_one_before(sealed):
    page = sealed.page
    old, new = "ACGTTGCAAGGTAAGTTTGC" * 4, "CCGTTGCAAGGTAAGTTTGC" * 4
    sealed.paste(f">old\n{old}")
    page.fill("#text", "MKVLAAGIVGLLLAQWERTYIPASDFGHKLCVNM")
    for _ in range(2):  # it is refused as often as it is asked for
        page.fill("#edit", "1C>G")
        page.press("#edit", "Enter")
        sealed.wait()
        assert "protein" in page.inner_text("#error-open")
        assert page.inner_text("#error-open").endswith("are still those of old.")
        assert page.input_value("#edit") == "1C>G"
        assert page.is_disabled("#reset")
    page.select_option("#strand", "+")  # what is shown of the one before leaves that standing
    sealed.wait()
    assert page.is_visible("#error-open")
    page.fill("#text", f">new\n{new}")
    page.press("#edit", "Enter")
    sealed.wait()
    sealed.ask(do="open", text=f">new\n{new}")
    answers = sealed.ask(do="edits", text="1C>G", add=True)
    variant_html = [a["variant"]["html"] for a in answers if "variant" in a][-1]
    assert page.inner_html("#edits .dnaviz-message b") in variant_html
    assert page.is_hidden("#error-open")
    assert page.input_value("#edit") == ""
    page.click("#undo")
    sealed.wait()
    assert page.is_disabled("#undo")
    assert page.is_disabled("#reset")
    page.fill("#text", f">old\n{old}")
    page.fill("#edit", "1C>G")
    page.click("#apply")
    sealed.wait()
    assert "1C>G" in page.inner_text("#error-edits")
    assert page.is_disabled("#reset")
    page.select_option("#strand", "both")
    sealed.wait()


def _after(sealed: SealedPage, edit: str) -> list[dict]:
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


def test_a_gel_is_drawn_between_primers(sealed):
    page, exon = sealed.page, "ATGGCATCTGACCTTGAGACCATCAAGGCTGATTCCAGTCGAGAACTGAG"
    intron = "gtaagt" + "tctgatttacgcctatgtcc" * 4 + "ttttcttttcag"
    text = f"{exon}{intron}{reverse_complement(exon)}"
    sealed.paste(text)
    page.fill("#edit", "40del")
    page.press("#edit", "Enter")
    sealed.wait()
    page.wait_for_selector("#gel .main-svg", timeout=PATIENCE)
    for forward in ("ACGT", exon[:18]):
        page.fill("#reverse", "")
        page.fill("#forward", forward)
        page.fill("#reverse", exon[:18])
        page.press("#reverse", "Enter")
        sealed.wait()
        assert page.is_hidden("#error-primers") == (forward != "ACGT")
        if forward == "ACGT":
            sentence = "The forward primer has 4 nt; at least 12 are needed."
            assert page.inner_text("#error-primers") == sentence
    sealed.ask(do="open", text=text)
    sealed.ask(do="edits", text="40del", add=True)
    sealed.ask(do="primers", forward=exon[:18], reverse=exon[:18])
    content = kept(page, page.locator('[data-file="bands.tsv"]'))[1]
    assert content == sealed.file("bands.tsv")
    assert "reference\t100\t" in content
    assert "without primers" not in page.inner_text("#bands").lower()


def test_a_dropped_file_is_read_and_files_are_kept_as_python_writes_them(sealed):
    page, gene = sealed.page, examples()[0].sequence.bases[:600]
    text = f">dropped\n{gene}\n"
    page.evaluate(DROP, text)
    sealed.wait()
    sealed.ask(do="open", text=text)
    edit = f"300{gene[299]}>{'A' if gene[299] != 'A' else 'C'}"
    page.focus("#edit")
    page.keyboard.type(edit)
    page.keyboard.press("Enter")
    sealed.wait()
    sealed.ask(do="edits", text=edit, add=True)
    for kind in ("sites.tsv", "sites.bed", "mRNA.fa", "protein.fa"):
        button = page.locator(f'[data-file="{kind}"]')
        if button.is_enabled():
            name, content = kept(page, button)
            expected = sealed.file(kind)
            assert FRACTION.split(content) == FRACTION.split(expected)
            numbers, others = (list(map(float, FRACTION.findall(t))) for t in (content, expected))
            assert numbers == pytest.approx(others, abs=2e-5)  # WebAssembly's are not NumPy's
            assert name.startswith("dropped")
    name, content = kept(page, page.locator('[data-svg="track"]'))
    assert (name, content[:4]) == ("track.svg", "<svg")


def test_long_work_is_cancelled_and_the_keyboard_starts_the_next(sealed):
    page = sealed.page
    page.fill("#text", "ACGTTGCAAGGTAAGTTTGC" * 5000)
    page.click("#run")
    page.click("#cancel")
    sealed.wait()
    assert page.inner_text("#status") == "Cancelled."
    assert page.is_hidden("#card-sites")
    page.fill("#text", "ACGTTGCAAGGTAAGTTTGC" * 4)
    page.press("#text", "Control+Enter")
    sealed.wait()
    assert page.inner_text("#status").startswith("80 nt scanned")
    page.fill("#text", "BRCA1")
    page.press("#text", "Control+Enter")
    sealed.wait()
    assert page.is_visible("#unread")


@pytest.mark.slow
def test_what_is_on_screen_is_told_to_be_of_the_sequence_before_while_a_text_waits(sealed):
    page, text = sealed.page, "ACGTTGCAAGGTAAGTTTGC" * 4
    sealed.paste(text)
    assert page.is_hidden("#unread")
    page.fill("#edit", "1A>G")
    page.click("#apply")
    sealed.wait()
    page.fill("#text", text[1:])
    assert page.is_visible("#unread")
    page.click("#reset")
    sealed.wait()
    assert page.is_visible("#unread")
    page.fill("#text", text)
    assert page.is_hidden("#unread")


@pytest.mark.slow
def test_undo_and_fields_keep_up_with_fast_hands(sealed):
    page = sealed.page
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    for edit in ("1A>G", "5T>C"):  # before the answer to the first
        page.fill("#edit", edit)
        page.click("#apply")
    sealed.wait()
    page.click("#undo")
    sealed.wait()
    assert "1A>G." in page.inner_text("#edits")
    page.fill("#edit", "77Z>Q")
    page.click("#apply")
    sealed.wait()
    assert page.is_visible("#error-edits")
    assert page.input_value("#edit") == "77Z>Q"  # what was not made stays


@pytest.mark.slow
def test_a_chosen_row_keeps_the_focus(sealed):
    page = sealed.page
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    page.press("#threshold", "Home")
    sealed.wait()
    rows = page.locator("#table tbody tr")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    sealed.wait()
    focused = page.locator("#table tr:focus")
    assert focused.get_attribute("aria-selected") == "true"
    assert focused.inner_text() == rows.nth(1).inner_text()


@pytest.mark.slow
def test_links_say_whether_they_were_copied_and_what_they_lack(sealed):
    page = sealed.page
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 4)
    refuse = "value => { navigator.clipboard.writeText = () => Promise.reject(); "
    page.evaluate(refuse + "document.execCommand = () => value }", False)
    page.click("#link")
    page.wait_for_function("() => document.getElementById('said').textContent")
    assert page.inner_text("#said").startswith("Copy the address of this page")
    page.evaluate("value => { document.execCommand = () => value }", True)
    page.click("#link")
    page.wait_for_function("() => /^The link is copied/.test(said.textContent)")
    sealed.paste("ACGTTGCAAGGTAAGTTTGC" * 3100)
    assert "#" not in page.url
    page.click("#link")
    page.wait_for_function("() => /^This is too long for a link/.test(said.textContent)")
    page.evaluate("() => { location.hash = '#state=' + encodeURIComponent('{\"region\":\"x\"}') }")
    page.wait_for_selector("#error-open:not([hidden])")
    assert page.inner_text("#error-open").startswith("The link is of a region")
    sealed.wait()


@pytest.mark.slow
def test_one_file_is_dropped_and_a_text_goes_where_it_is_dropped(sealed):
    drop = """
    files => {
      const dataTransfer = new DataTransfer();
      for (const name of files) dataTransfer.items.add(new File(["ACGT"], name));
      if (!files.length) dataTransfer.setData("text/plain", "ACGT");
      return !dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    }
    """
    assert not sealed.page.evaluate(drop, [])
    assert sealed.page.evaluate(drop, ["a.fa", "b.fa"])
    assert sealed.page.inner_text("#error-open") == "2 files were dropped: drop one."


def test_it_warns_of_sequences_unlike_human_dna(sealed):
    text = "GCGCGGCC" * 60
    sealed.paste(text)
    warning = sealed.session.model.ood_score(text).warning
    assert sealed.page.inner_text("#doubt") == warning
    sealed.paste(examples()[0].sequence.bases[:600])
    assert sealed.page.is_hidden("#doubt")


def kept(page, button) -> tuple[str, str]:
    """Name and text of the file that a button gives to keep."""
    with page.expect_download(timeout=PATIENCE) as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_text("utf-8")


def test_firefox_gives_the_same_numbers(sealed, tmp_path):
    path = shutil.which("firefox") or shutil.which("firefox-esr")
    if path is None:
        pytest.skip("There is no Firefox.")
    with open_firefox(path, tmp_path) as page:
        page.goto(sealed.page.url.split("#")[0])
        page.evaluate(READY)
        agreement = SealedPage(page).compare(*draw_case(random.Random(7)))
        assert agreement.is_met(), agreement
        assert page.evaluate("() => document.getElementById('requests').textContent") == (
            "0 network requests"
        )
