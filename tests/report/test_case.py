"""A list of variants to a ranked table and one page, nothing lost and nothing unsafe."""

import csv
import gzip
import io
from html.parser import HTMLParser

import pytest
from helpers.small_annotation import TRANSCRIPTS
from helpers.small_genome import genome, written  # noqa: F401 (the first is a fixture)

from dnaviz.cli import main
from dnaviz.progress import in_steps
from dnaviz.report import analyze_case, case_report
from dnaviz.report.case import Case, predict_lines
from dnaviz.report.case_html import counts
from dnaviz.report.findings import analyze
from dnaviz.splicing.case_records import CaseRecords
from dnaviz.splicing.case_text import read_case

LINES = [
    "HBB:c.92+40C>A", "LDLR:c.313+1G>A", "rs334", "chr19-11102787-G-A", "LDLR:c.1813C>T",
    "=cmd()", "<script>alert(1)</script>", "+5A>G",
]  # fmt: skip


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for key, value in attrs if key in ("href", "src")]
        self.ids += [value for key, value in attrs if key == "id"]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def model():
    from dnaviz.models import load_model

    return load_model()


@pytest.fixture(scope="module")
def case(model):
    return analyze_case("\n".join(LINES), model=model)


def test_the_largest_consequence_comes_first_and_nothing_is_lost(case):
    assert sorted(row.line.given for row in case.rows) == sorted(LINES)
    keys = [(bool(row.error), -row.support, -row.delta) for row in case.rows]
    assert keys == sorted(keys)
    first = case.rows[0]
    assert first.line.given == "LDLR:c.313+1G>A"
    assert (first.gene, first.consequence) == ("LDLR", "exon 3 is skipped (123 nt)")
    assert first.effect.startswith("Lost donor at c.313+1: ")
    assert all(row.error.endswith(".") for row in case.rows[-4:])


def test_a_row_is_what_its_record_alone_gives(case, model):
    from dnaviz.genome.examples import examples

    ldlr = examples()[0]
    row = next(row for row in case.rows if row.line.given == "LDLR:c.1813C>T")
    variant = ldlr.sequence.bases.index(str(row.finding.scan.sequence))
    assert variant == 0  # the whole gene
    finding = analyze(ldlr.sequence, model, explained=0, edits=str(row.placed.variants[0]))
    alone = finding.prediction.event
    assert row.prediction.event.delta.value == pytest.approx(alone.delta.value, abs=1e-5)


def test_what_is_not_known_is_counted_as_no_predicted_change(case):
    row = case.rows[0]
    consequences = row.prediction.consequences
    main = consequences.main._replace(kind="not_known")
    unknown = consequences._replace(items=(main,))
    prediction = row.prediction._replace(consequences=unknown)
    other = row._replace(finding=row.finding._replace(prediction=prediction))
    sentence = counts(Case((row, other)))
    assert sentence == (
        "2 variants: 1 with a predicted change of splicing, 0 without, 1 of which it is not known."
    )


def test_the_same_change_in_two_spellings_is_said_to_be_one(case):
    twice = next(row for row in case.rows if row.line.given == "chr19-11102787-G-A")
    assert "The same change as line 2." in twice.notes
    assert twice.support == case.rows[0].support


def test_a_padded_change_is_the_same_and_a_small_one_is_not_nothing(model):
    """A VCF may repeat bases before and behind a change."""
    case = analyze_case("chr19-11102787-G-A\nchr19-11102785-TCG-TCA\nLDLR:c.100T>A", model=model)
    first, padded, small = case.rows
    assert padded.notes[-1] == "The same change as line 1."
    assert first.names.where == padded.names.where == "intron 3"
    assert small.effect.startswith("No splice site changes")
    strand = small.prediction.consequences.strand
    effect = next(e for e in small.finding.effects if e.strand == strand)
    assert 0 < small.delta == effect.delta_max < 0.05


def test_the_table_has_a_row_for_each_and_no_formula(case):
    rows = list(csv.reader(io.StringIO(case.tsv()), delimiter="\t"))
    assert len(rows) == 1 + len(LINES)
    assert not [cell for row in rows for cell in row if cell[:1] in "=@" and cell]
    line = dict(zip(rows[0], rows[1], strict=True))
    assert line["VCF"] == "chr19-11102787-G-A"
    assert line["c."] == "c.313+1G>A"
    assert line["rank"] == "1"


def test_the_page_is_self_contained_with_a_part_for_each(case, model):
    page = Page(case_report(case, model))
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    placed = [row for row in case.rows if not row.error]
    assert {f"variant-{n}" for n in range(1, len(placed) + 1)} <= set(page.ids)
    text = " ".join(page.words)
    assert "<script>alert(1)</script>" in text
    assert all(row.error in text for row in case.rows)
    assert "the best supported first" in text
    assert "not for clinical decisions" in text


def test_a_case_tells_its_progress_and_can_be_left(model):
    lines = read_case("LDLR:c.313+1G>A\nGAMT:c.327G>A")
    steps = in_steps(predict_lines, lines, CaseRecords(), model)
    fractions = [next(steps) for _ in range(3)]
    assert fractions == sorted(fractions)
    steps.close()


def test_the_command_writes_page_and_table(tmp_path, capsys):
    listed = tmp_path / "list.vcf.gz"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n"
    listed.write_bytes(gzip.compress(f"{head}19\t11102787\t.\tG\tA,<INV>\n".encode()))
    out = tmp_path / "case.html"
    assert main(["report", "--variants", str(listed), "-o", str(out), "--title", "Family 7"]) == 0
    assert "<h1>Family 7</h1>" in out.read_text()
    assert "exon 3 is skipped" in (tmp_path / "case.tsv").read_text()
    assert "2 variants: 1 with a predicted change" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "-o", "x.html"], "Name a file of sequences, or a list"),
        (["report", "a.fa", "--genome", "g.fa", "-o", "x.html"], "--variants"),
        (["report", "--variants", "case.tsv", "-o", "case.html"], "is the input"),
        (["report", "--variants", "no.txt", "-o", "x.html"], "no.txt"),
        (["report", "--variants", "case.tsv", "--annotation", "a.gff", "-o", "x.html"], "genome"),
    ],
)
def test_what_the_command_cannot_do_is_one_sentence(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case.tsv").write_text("57A>G\n")
    assert main(words) != 0
    err = capsys.readouterr().err
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert (tmp_path / "case.tsv").read_text() == "57A>G\n"


def test_one_change_of_a_genome_is_one_finding_however_it_is_aligned(tmp_path, genome, model):  # noqa: F811
    fasta, annotation = written(tmp_path, genome, TRANSCRIPTS)
    bases = genome["chr1"]
    at = next(i for i in range(2_200, 2_450) if bases[i] == bases[i + 1] == bases[i + 2])
    left, right = bases[at - 1 : at + 1], bases[at : at + 4]
    lines = f"chr1-{at}-{left}-{left[0]}\nchr1-{at + 1}-{right}-{right[1:]}"
    case = analyze_case(lines, genome=fasta, annotation=annotation, model=model)
    first, second = case.rows
    assert second.notes[-1] == "The same change as line 1."
    assert second.consequence == first.consequence
    table = case.table()
    assert table["c."].nunique() == table["VCF"].nunique() == 1
