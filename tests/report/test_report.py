"""Reports: whole, escaped, and of themselves; and the commands that write them."""

import re
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest

from dnaviz import models
from dnaviz.attribution import attribute
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.report import Finding, analyze, html_report
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import describe_strand
from dnaviz.splicing.scan import scan

pytestmark = pytest.mark.usefixtures("few_steps")

BASES = "".join(np.random.default_rng(5).choice(list("ACGT"), 400))
NASTY = "><script>alert(1)</script><img/src=x>"


class Page(HTMLParser):
    """Tags, addresses and words of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words, self.open = [], [], [], []
        self.feed(text)
        self.text = " ".join(self.words)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("href", "src", "xlink:href", "action")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(autouse=True)
def lively_is_shipped(lively, monkeypatch):
    monkeypatch.setattr(models, "load_model", lambda folder=None: lively)


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "in.fa"
    path.write_text(f">one\n{BASES}\n>two {NASTY}\n{BASES[::-1]}\n")
    return path


def run(capsys, *words):
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_report_is_self_contained(lively):
    record = Sequence(BASES[:200] + BASES[200:].lower(), NASTY, NASTY)
    result = analyze(record, lively, explained=2)
    known = [TranscriptModel(f"{NASTY} T1", "+", [(1, 99)], [(100, 300)])]
    place = GenomicInterval(NASTY, 1001, 1400, "-")
    page = Page(html_report([result._replace(known=known, place=place, note=NASTY)], lively))
    assert not {"script", "img", "link", "iframe", "object", "embed"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert NASTY in page.text
    assert page.tags.count("svg") == 1 + 2 * 2  # the track; the logos in their axes
    assert "Why the model sees" in page.text
    assert "not for clinical decisions" in page.text.lower()


def test_a_report_says_what_of_its_record_was_left_out(lively):
    record = Sequence(BASES, "one", notes=("4 features are left out, as some overlap.",))
    page = html_report([analyze(record, lively, explained=0)], lively)
    assert record.notes[0] in Page(page).text


def test_report_lists_the_sites_of_the_scan(lively):
    result = analyze(Sequence(BASES, "mine"), lively, explained=0, threshold=0.7, strand="+")
    assert result.sites == []
    page = Page(html_report([result], lively, day=date(2020, 1, 2)))
    expected = scan(BASES, lively, threshold=0.7, strand="+").sites
    for site in expected[:20]:
        assert f"{site.position:,}" in page.text
        assert site.motif in page.text
    assert page.tags.count("tr") == 1 + min(len(expected), 300)
    assert "2020-01-02" in page.text
    empty = Finding(scan(BASES, lively, threshold=1.0))
    assert "No position reaches the threshold" in html_report([empty], lively)


def test_report_weighs_the_strand_where_none_is_given(lively):
    both = analyze(Sequence(BASES, "mine"), lively, explained=1)
    (site,) = both.sites
    best = both.scan.weighted().strongest()
    assert (site.attribution.position, site.attribution.strand) == (best.position, best.strand)
    page = Page(html_report([both], lively)).text
    assert describe_strand(both.scan.transcribed()) in page
    assert f"{best.probability:.3f}" in page
    assert "all other sites of its strand, times that of its strand being transcribed." in page
    given = analyze(Sequence(BASES, "mine"), lively, explained=0, strand="+")
    page = Page(html_report([given], lively)).text
    assert "transcribed" not in page
    assert "Weighted: the probability given all other sites." in page


def test_report_lists_the_most_probable_sites(lively):
    result = Finding(scan(BASES, lively, threshold=0.0))
    page = Page(html_report([result], lively))
    assert page.tags.count("tr") == 301
    assert f"{len(result.scan.sites) - 300} weaker sites" in page.text


def test_the_command_writes_all_records(fasta, tmp_path, capsys):
    out = tmp_path / "report.html"
    words = ["-o", out, "--explain", "1", "--title", "T & U", "--threshold", "0.95"]
    code, printed, _ = run(capsys, "report", fasta, *words)
    assert (code, printed) == (0, "")
    page = Page(out.read_text())
    assert [x for x in page.links if "record" in x] == ["#record-1", "#record-2"]
    assert "T & U" in page.text
    assert out.stat().st_size < 500_000


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["-o", "x.pdf"], ".html"),
        (["-o", "x.html", "--threshold", "2"], "between 0 and 1"),
        (["-o", "x.html", "--strand", "up"], "strand"),
    ],
)
def test_report_command_rejects_bad_options(fasta, capsys, words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "report", fasta, *words)
    assert code == 2
    assert part in err
    assert err.count("\n") == 1


ATTRIBUTE = ["--site", "donor", "--position", "150", "--method", "input_x_gradient"]


@pytest.mark.parametrize("kind", ["tsv", "svg", "pdf", "html"])
def test_attribute_output_format_follows_the_suffix(fasta, tmp_path, capsys, lively, kind):
    out = tmp_path / f"a.{kind}"
    code, printed, err = run(capsys, "attribute", fasta, *ATTRIBUTE, "--record", "one", "-o", out)
    assert (code, printed) == (0, "")
    assert "donor at 150" in err
    content = out.read_bytes()
    if kind == "tsv":
        rows = [line.split("\t") for line in content.decode().splitlines()]
        expected = attribute(BASES, position=150, method="input_x_gradient", model=lively)
        assert rows[0] == ["position", "offset", "base", "contribution", "A", "C", "G", "T"]
        assert "".join(row[2] for row in rows[1:]) == expected.bases
        result = np.array([float(row[3]) for row in rows[1:]])
        np.testing.assert_allclose(result, expected.contributions, rtol=1e-4, atol=1e-5)
    elif kind == "svg":
        assert b"donor 150" in content
        assert b"<image" not in content
    elif kind == "pdf":
        assert content.startswith(b"%PDF")
        assert b"/Type3" not in content
    else:
        assert re.search(r"a donor at 150 \(\+\)", content.decode())


def test_attribute_to_standard_output_is_a_table(tmp_path, capsys):
    path = tmp_path / "one.fa"
    path.write_text(BASES)
    code, out, _ = run(capsys, "attribute", path, *ATTRIBUTE, "--strand", "-")
    assert code == 0
    assert out.splitlines()[1].split("\t")[0] == "350"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([*ATTRIBUTE], "--record"),
        ([*ATTRIBUTE, "--record", "three"], "three"),
        ([*ATTRIBUTE, "--record", "one", "-o", "x.docx"], ".tsv"),
        (["--position", "9999", "--record", "one"], "outside"),
        (["--position", "9", "--record", "one", "--method", "magic"], "magic"),
        (["--site", "exon", "--position", "9", "--record", "one"], "exon"),
        (["--record", "one"], "--position"),
    ],
)
def test_attribute_command_rejects_bad_options(fasta, capsys, words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "attribute", fasta, *words)
    assert (code, out) == (2, "")
    assert part in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("x.*"))


def test_a_report_of_edits_begins_with_the_mrna(tmp_path, capsys, lively, monkeypatch):
    exon = "".join("ACGT"[i * 7 % 4] for i in range(60))
    text = f">mini\n{BASES[:80].lower()}ag{exon}GT".replace("GT", "gt") + BASES[80:160].lower()
    path, out = tmp_path / "mini.fa", tmp_path / "out.html"
    path.write_text(text)
    code, _, err = run(capsys, "report", str(path), "-o", str(out), "--edits", "90_92del")
    assert (code, err) == (0, "")
    page = out.read_text()
    at = page.index("What happens to the mRNA")
    assert at < page.index("<svg")
    assert "not for clinical decisions" in page
    assert "90_92del" in page
    edit = f"n.2{exon[1]}>{'A' if exon[1] != 'A' else 'C'}"
    code, _, err = run(
        capsys, "report", str(path), "-o", str(out), "--edits", f"NM_000527.5:{edit}"
    )
    assert (code, err) == (0, "")
    assert "NM_000527.5 is taken for " in out.read_text()
    path.write_text(f"{text}\n>other\n{BASES}\n")
    code, _, err = run(capsys, "report", str(path), "-o", str(out), "--edits", "90_92del")
    assert code == 2
    assert "--edits are those of one record" in err
    code, _, err = run(capsys, "report", str(path), "-o", str(out), "--edits", "rs334")
    assert code == 2


def test_a_report_is_of_what_analyze_returns_and_nothing_else(lively):
    scanned = scan(BASES, lively)
    assert html_report([analyze(BASES)], lively) == html_report([analyze(Sequence(BASES))], lively)
    for findings in (scanned, [scanned], [None]):
        with pytest.raises(InputError, match=r"is not a finding: .* dnaviz\.report\.analyze"):
            html_report(findings, lively)
