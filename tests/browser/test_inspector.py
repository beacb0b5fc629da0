"""The splice inspector as a bench biologist uses it: every way in, and every file out."""

import gzip
import re

import pytest
from helpers.dashboards import MINIGENE, open_dashboard, paste
from helpers.links import copied_link
from playwright.sync_api import Page, expect

INTRON = "acgtacgttgcaacgtccctttcttttcttccctcacag"
MIXED = INTRON + MINIGENE[:69] + MINIGENE[69:].lower()
FIND = "Find splice sites"
WHY = re.compile(r"(hy the model sees|hat speaks for and against) an? (donor|acceptor) at ")


@pytest.fixture
def inspector(page, served):
    open_dashboard(page, served.url + "splice-inspector")
    return page


def explained(page: Page) -> None:
    expect(page.get_by_role("heading", name=WHY)).to_be_visible()
    expect(page.locator("table.dnaviz-pick").first).to_be_visible()


def track(page: Page):
    return page.get_by_role("group", name="Probability of donors and acceptors along the sequence")


def rows(page: Page):
    return page.get_by_role("grid", name="Predicted splice sites").locator("tbody tr")


def saved(page: Page, name: str) -> tuple[str, bytes]:
    """Press a download button; return the file's name and content."""
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_paste_case_select_and_every_file(inspector):
    page = inspector
    paste(page, f">mine\n{MIXED}", "Find splice sites")
    explained(page)
    expect(page.get_by_text("Upper case is exon")).to_be_visible()
    expect(track(page).get_by_text("upper case →")).to_be_visible()
    expect(rows(page).filter(has_text="known exon end (upper case)").first).to_be_visible()
    row = rows(page).filter(has_text="acceptor").first
    position = row.locator("td").first.inner_text()
    row.click()
    expect(page.get_by_text(f"Why the model sees an acceptor at {position}")).to_be_visible()

    name, tsv = saved(page, "Sites TSV")
    lines = tsv.decode().splitlines()
    assert name == "mine-sites.tsv"
    assert lines[0].startswith("sequence\tposition\tstrand\tsite\tmotif\tprobability\tconsensus")
    assert len(lines) == 1 + rows(page).count()
    _, bed = saved(page, "Sites BED")
    assert {len(line.split("\t")) for line in bed.decode().splitlines()} == {6}
    _, svg = saved(page, "Track SVG")
    assert b">upper case" in svg
    assert b"<image" not in svg
    _, pdf = saved(page, "Track PDF")
    assert pdf.startswith(b"%PDF")
    _, attributions = saved(page, "Attributions TSV")
    assert attributions.decode().splitlines()[0].split("\t")[:3] == ["position", "offset", "base"]
    _, logo = saved(page, "Logo SVG")
    assert b"<text" in logo
    _, logo = saved(page, "Logo PDF")
    assert logo.startswith(b"%PDF")


def test_the_report_opens_without_a_network(inspector, chromium, tmp_path):
    page = inspector
    paste(page, f">mine & <b>yours</b>\n{MIXED}", "Find splice sites")
    explained(page)
    name, content = saved(page, "Report HTML")
    assert len(content) < 1_000_000
    file = tmp_path / name
    file.write_bytes(content)
    context = chromium.new_context(offline=True, java_script_enabled=False)
    mail = context.new_page()
    said, asked = [], []
    mail.on("console", lambda message: said.append(message.text))
    mail.on("request", lambda request: asked.append(request.url))
    mail.goto(file.as_uri())
    expect(mail.get_by_role("heading", name="Splice sites of mine")).to_be_visible()
    expect(mail.get_by_role("heading", name=WHY)).to_be_visible()
    expect(mail.locator("svg").first).to_be_visible()
    context.close()
    assert asked == [file.as_uri()]
    assert said == []


def test_upload_and_the_picker_between_records(inspector, tmp_path):
    page = inspector
    data = f">first one\r\n{MINIGENE}\r\n>second\r\n{MIXED}\r\n".encode()
    (tmp_path / "two.fa").write_bytes(data)
    (tmp_path / "two.fa.gz").write_bytes(gzip.compress(data))
    for name in ("two.fa", "two.fa.gz"):
        with page.expect_file_chooser() as chosen:  # its input is not part of the page
            page.get_by_role("button", name="Upload a file").click()
        chosen.value.set_files(tmp_path / name)
        expect(page.get_by_text(f"{name}: 2 records read")).to_be_visible()
        explained(page)
        expect(page.get_by_text("Upper case is exon")).to_be_hidden()
        picker = page.locator("select", has_text="2. second")
        picker.select_option(label=f"2. second ({len(MIXED)} nt)")
        expect(page.get_by_text("Upper case is exon")).to_be_visible()
        assert "second" in copied_link(page)
        assert "#" not in page.url


BAD = {
    "ACGT" * 4: ["16 nt", "at least 20"],
    f">ok\n{MINIGENE}\n>bad\nACGTACGTACGTACGTACGT\nACGT*ACGT": ["bad", "line 5", "column 5", "*"],
    "A" * 200_001: ["200,001 nt", "at most 200,000"],
    "MKVLAAGIVGLLLAQPWERTYIPASDF": ["column 4", "protein"],
}
LAYOUTS = (
    "        1 " + MINIGENE[:60].lower() + "\n       61 " + MINIGENE[60:120].lower() + "\n//",
    MINIGENE.replace("T", "U") + "NNRYSWKM",
    "5'-" + " ".join(MINIGENE[i : i + 10] for i in range(0, 130, 10)) + "-3'",
    ">windows\r\n" + MINIGENE[:60] + "\r\n" + MINIGENE[60:] + "\r\n",
)


def test_bad_paste_keeps_its_text_and_layouts_are_understood(inspector):
    page = inspector
    message = page.get_by_role("alert").first
    for text, words in BAD.items():
        paste(page, text, "Find splice sites")
        for word in words:
            expect(message).to_contain_text(word)
        expect(page.locator("textarea").first).to_have_value(text)
        assert "Traceback" not in page.content()
    for text in LAYOUTS:
        paste(page, text, "Find splice sites")
        explained(page)
        expect(page.get_by_role("alert")).to_have_count(0)
        paste(page, "!", "Find splice sites")
        expect(message).to_be_visible()


def genbank(bases: str, location: str) -> str:
    """An entry as NCBI writes it, with one transcript."""
    lines = [f"{i + 1:>9} {bases[i : i + 60].lower()}" for i in range(0, len(bases), 60)]
    table = f"     mRNA            {location}\n" + " " * 21 + '/gene="MINI"\n'
    return (
        f"LOCUS       MINI {len(bases)} bp DNA\nFEATURES             Location/Qualifiers\n{table}"
        f'{" " * 21}/transcript_id="NM_1.1"\nORIGIN\n' + "\n".join(lines) + "\n//\n"
    )


def test_gaps_entries_and_documents(inspector, tmp_path):
    page = inspector
    bases = INTRON.upper() + MINIGENE
    first, last = len(INTRON) + 1, len(INTRON) + 69
    paste(page, genbank(bases, f"join(1..5,{first}..{last},{len(bases) - 5}..{len(bases)})"), FIND)
    explained(page)
    expect(track(page).get_by_text("MINI →")).to_be_visible()
    expect(rows(page).filter(has_text="known exon end (NM_1.1)").first).to_be_visible()
    document = tmp_path / "my sequence.docx"
    document.write_bytes(b"PK\x03\x04" + bytes(26) + b"word/document.xml")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Upload a file").click()
    chosen.value.set_files(document)
    expect(page.get_by_text("This is a Word document. Copy the sequence text out")).to_be_visible()
    expect(page.get_by_text("The results on this page are still those of MINI.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove gaps")).to_be_hidden()
    paste(page, f">aligned\n{bases[:60]}---{bases[60:]}", FIND)
    expect(page.get_by_text("is a gap, not a nucleotide code")).to_be_visible()
    page.get_by_role("button", name="Remove gaps").click()
    expect(page.get_by_text("positions count bases alone")).to_be_visible()
    expect(page.get_by_text("still those of MINI")).to_be_hidden()
    expect(rows(page).filter(has_text="known exon end")).to_have_count(0)
    explained(page)


def test_a_published_change_is_one_choice_away(inspector):
    page = inspector
    menu = page.locator("select", has_text="Published changes")
    assert menu.locator("option").count() >= 13
    menu.select_option(index=1)
    explained(page)
    expect(page.get_by_text("PMID 19361455").last).to_be_visible()
    expect(rows(page).filter(has_text="known exon end (ENST00000558518)").first).to_be_visible()
    expect(page.locator("th", has_text="chr19")).to_be_visible()
    assert "LDLR%20c.313" in copied_link(page)
    link = page.get_by_role("link", name="Open on the latent map")
    assert "latent-map#state=" in (link.get_attribute("href") or "")
    link.scroll_into_view_if_needed()


@pytest.mark.slow
def test_a_region_of_a_genome(page, tmp_path, serve):
    bases = (MIXED.upper() * 20)[:3_000]
    (tmp_path / "g.fa").write_text(f">7\n{bases}\n")
    rows_ = [
        ("gene", 301, 900, "ID=gene:G1;Name=ALPHA"),
        ("mRNA", 301, 900, "ID=T1;Parent=gene:G1"),
    ]
    rows_ += [("exon", 301, 500, "Parent=T1"), ("exon", 701, 900, "Parent=T1")]
    lines = [f"7\t.\t{kind}\t{s}\t{e}\t.\t+\t.\t{about}\n" for kind, s, e, about in rows_]
    (tmp_path / "g.gff3").write_text("".join(lines))
    files = ("--genome", str(tmp_path / "g.fa"), "--annotation", str(tmp_path / "g.gff3"))
    served = serve(*files, "--kernels", "ordinary")  # for one page that is sooner ready
    open_dashboard(page, served.url + "splice-inspector")
    field = page.get_by_placeholder("Gene, transcript")
    field.fill("chr7:1,001-1,600:-")
    page.get_by_role("button", name="Load region").click()
    explained(page)
    expect(page.locator("th", has_text="chr7")).to_be_visible()
    field.fill("alpha")
    field.press("Enter")
    expect(page.get_by_text("1 transcript on it")).to_be_visible()
    expect(track(page).get_by_text("ALPHA →")).to_be_visible()
    field.fill("BETA")
    field.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("BETA")
