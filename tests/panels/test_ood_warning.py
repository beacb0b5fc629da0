"""What does not look human is told where its results are shown."""

import pytest

from dnaviz import load_atlas, load_model
from dnaviz.cli import main
from dnaviz.models.ood_warning import ood_warning
from dnaviz.panels import LatentMap, Reconstruction, SpliceInspector
from dnaviz.report import analyze, html_report
from dnaviz.sequences import Sequence, parse_sequences


def load_text() -> str:
    """A stretch of the genome."""
    return str(load_atlas().sequences([0])[0])


@pytest.fixture
def model(untrained, monkeypatch):
    """Random weights that know what human DNA looks like."""
    monkeypatch.setattr(untrained, "ood_model", load_model().ood_model)
    monkeypatch.delenv("QUERY_STRING", raising=False)
    return untrained


def test_inspector_shows_and_clears_the_warning(model, synthetic_atlas) -> None:
    panel = SpliceInspector(model=model, atlas=synthetic_atlas)
    panel.sequence = "CA" * 150
    assert "repeats itself" in panel.scan_view.doubt.text
    panel.scan_view.show(panel.result)
    assert panel.scan_view.doubt.text == ""


def test_an_example_of_the_gallery_is_human(synthetic_atlas, monkeypatch) -> None:
    monkeypatch.delenv("QUERY_STRING", raising=False)
    panel = SpliceInspector(atlas=synthetic_atlas)
    panel.open_example("LDLR exon 4")
    assert panel.scan_view.doubt.text == ""
    panel.sequence = panel.sequence.bases  # pasted
    assert panel.scan_view.doubt.text == ""


def test_map_shows_the_warning(model, synthetic_atlas) -> None:
    panel = LatentMap(synthetic_atlas, model)
    panel.project("CA" * 100)
    assert "repeats itself" in panel.message.text


def test_reconstruction_shows_the_warning(model, synthetic_atlas) -> None:
    panel = Reconstruction(model, synthetic_atlas, sequence="CA" * 100)
    assert "repeats itself" in panel.notes.value
    panel.sequence = load_text()
    assert "repeats itself" not in panel.notes.value


def test_report_shows_the_warning(model) -> None:
    page = html_report([analyze(Sequence("CA" * 100, "r"), model, explained=0)], model)
    assert "repeats itself" in page


def test_scan_prints_the_warning(model, monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: model)
    (tmp_path / "r.fa").write_text(">r\n" + "CA" * 100 + "\n")
    assert main(["scan", str(tmp_path / "r.fa")]) == 0
    messages = capsys.readouterr()
    assert "repeats itself" in messages.err
    assert "repeats" not in messages.out


def test_flagged_sequences_are_named(model) -> None:
    records = [Sequence("CA" * 100, f"r{i}") for i in range(4)] + [Sequence("A" * 15, "short")]
    words = ood_warning(model, records)
    assert words.startswith("4 of 5 sequences")
    assert '"r0", "r1", "r2" and 1 more' in words
    assert ood_warning(model, records[-1:]) == ""
    alike = [Sequence("CA" * 100, "r")] * 2
    assert ood_warning(model, alike).startswith("2 of 2 sequences")


@pytest.mark.parametrize(
    "first",
    [
        "LOCUS       pX 40 bp    DNA     circular SYN 01-JAN-2024",
        "ID   pX; SV 1; circular; DNA; 40 BP.",
    ],
)
def test_a_circular_record_is_told_to_be_read_as_linear(first):
    bases = "ACGTTGCAGG" * 4
    for text, told in ((first, True), (first.replace("circular", "linear"), False)):
        form = "ORIGIN\n" if text.startswith("LOCUS") else "SQ   Sequence 40 BP;\n"
        records = parse_sequences(f"{text}\n{form}        1 {bases}\n//\n")
        assert ('read as linear: "pX".' in ood_warning(object(), records)) is told


def test_bases_that_are_mostly_unknown_are_told():
    assert ood_warning(object(), [Sequence("N" * 60 + "ACGU" * 15)]) == ""
    words = ood_warning(object(), [Sequence("n" * 60 + "R" + "ACGT" * 15)])
    assert words.startswith("61 of the 121 bases are not known")


def test_unusual_bases_among_unknown_ones_are_told_too(model) -> None:
    words = ood_warning(model, [Sequence("N" * 400 + "CA" * 150, "r")])
    assert "400 of the 700 bases are not known" in words
    assert "repeats itself" in words
    assert "repeats" not in ood_warning(model, [Sequence("N" * 400 + load_text(), "r")])
