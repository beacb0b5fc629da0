"""Inputs that other tools of this trade got wrong: every row of cases.tsv gives what it should.

The list and its files lie beside the checkout (shared/cases, or $DNAVIZ_CASES). Each of its rows is
a function here, named after the row's id, that does what the row's command does and asserts what
the row expects. PENDING names the rows whose answer is not right yet; it is to become empty.
"""

import csv
import os
import re
import shutil
from pathlib import Path

import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError

CASES = Path(os.environ.get("DNAVIZ_CASES", Path(__file__).parents[2] / "shared" / "cases"))
PENDING: set[str] = set()
# Rows that a browser shows, and the test that does: path::name.
ELSEWHERE: dict[str, str] = {
    "W01": "tests/browser/test_map.py::test_without_webgl_the_map_is_a_picture_that_answers"
}


def rows():
    with (CASES / "cases.tsv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.mark.data
def test_every_row_of_the_list_is_run():
    if not CASES.is_dir():
        pytest.skip("the cases are not here")
    assert set(rows()) == set(RUN) | set(ELSEWHERE)
    assert not PENDING


# --- what the rows do ------------------------------------------------------------------------


def command(capsys, *words):
    """Exit code, standard output and standard error of dnaviz."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def table(text):
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def bases_of(path):
    """The records that dnaviz reads in a file of sequences."""
    from dnaviz.io.read import read_sequences

    return [(record.name, record.bases) for record in read_sequences(path)]


def record_of(path):
    """The bases in the numbered lines of a flat file."""
    lines = path.read_text().splitlines()
    return "".join(
        "".join(x.split()[1:]) for x in lines if re.match(r"\s*\d+ [acgt ]+$", x)
    ).upper()


def transcripts(name):
    """What is read of an annotation: its transcripts by name, and what is told of it."""
    from dnaviz.genome.annotation import read_annotation

    result = read_annotation(CASES / "gff" / name)
    return result, " ".join(map(str, getattr(result, "notes", [])))


def opened(annotation, name, genome=None):
    from dnaviz.genome.regions import Regions

    return Regions(genome or CASES / "gff" / "g.fa", CASES / "gff" / annotation).find(name)


def region(name, text="chr19:101-180"):
    from dnaviz.genome.regions import Regions

    return Regions(CASES / "genome" / name).find(text)


def expected_bases(name, chrom="chr19", first=101, last=180):
    """A stretch of a FASTA file, read by hand."""
    text = (CASES / "genome" / name).read_text(encoding="utf-8-sig").replace("\r", "\n")
    record = next(r for r in text.split(">")[1:] if r.split("\n")[0].split()[0] == chrom)
    return "".join(record.split("\n")[1:])[first - 1 : last].upper()


def edits(text, *, gene=False):
    from dnaviz.genome.examples import examples, worked_examples
    from dnaviz.splicing.variants import parse_variants

    if gene:
        record = next(e for e in examples() if e.name == "GAMT").sequence
    else:
        record = next(x for x in worked_examples() if x.name == "GAMT c.327G>A").example.sequence
    return parse_variants(text, record)


def html_of(widget):
    """All text that a panel shows."""
    import ipywidgets

    widget = getattr(widget, "view", widget)
    if isinstance(widget, ipywidgets.HTML):
        return widget.value
    return " ".join(map(html_of, getattr(widget, "children", ())))


# Sequences.


def s01(capsys):
    code, out, _ = command(capsys, "scan", CASES / "seq" / "wt_mut.txt")
    assert code == 2 or {row["sequence"] for row in table(out)} == {"WT", "MUT"}


def s02(capsys):
    path = CASES / "seq" / "hbb_heading.txt"
    code, _, _ = command(capsys, "scan", path)
    assert code == 2 or bases_of(path) == [("HBB", "".join(path.read_text().split()[1:]))]


def s06(capsys):
    path = CASES / "seq" / "primers.txt"
    lines = re.findall("[ACGT]{30}", path.read_text())
    code, _, _ = command(capsys, "scan", path)
    assert code == 2 or [bases for _, bases in bases_of(path)] == lines


def flat_file(name):
    path = CASES / "seq" / name
    ((_, bases),) = bases_of(path)
    assert bases.upper() == record_of(path)
    assert len(bases) == 240


def s08(capsys):
    flat_file("genbank_gt_note.gb")


def s09(capsys):
    flat_file("genbank_gt_location.gb")


def s15(capsys):
    flat_file("auto/gb_leading_spaces.txt")


def s18(capsys):
    path = CASES / "seq" / "bom_second.fa"
    parts = path.read_text(encoding="utf-8").replace("\ufeff", "").split(">")[1:]
    assert [bases for _, bases in bases_of(path)] == ["".join(p.split()[1:]) for p in parts]
    assert len(parts) == 2


def s28(capsys, tmp_path):
    words = ("--position", 482, "-o", tmp_path / "a.tsv")
    code, _, err = command(capsys, "attribute", CASES / "seq" / "dup.fa", "--record", "a", *words)
    assert code == 2
    assert "2 records" in err


def s30(capsys, tmp_path):
    from dnaviz import SpliceInspector, read_sequences

    path = CASES / "seq" / "softmasked.fa"
    inspector = SpliceInspector(sequence=read_sequences(path)[0])
    assert {structure.name for structure in inspector.structures} <= {"predicted"}
    assert (
        inspector.sites.get("known_position") is None
        or not inspector.sites["known_position"].notna().any()
    )
    assert command(capsys, "report", path, "-o", tmp_path / "r.html")[0] == 0
    assert "known exon end" not in (tmp_path / "r.html").read_text()


def s37(capsys):
    path = CASES / "seq" / "auto" / "5_em_dash.txt"
    ((_, bases),) = bases_of(path)
    assert [bases] == re.findall("[ACGT]{9,}", path.read_text(encoding="utf-8"))


# Variants.


def v01(capsys):
    with pytest.raises(InputError):
        edits("c.327G>A", gene=True)


def v02(capsys):
    for text in ("c.79del", "c.100_102dup", "c.100_101insA"):
        with pytest.raises(InputError):
            edits(text, gene=True)


def scored(capsys, name):
    code, out, _ = command(capsys, "variants", CASES / name)
    assert code == 0
    return {row["id"]: row for row in table(out)}


def one_answer(capsys, gene, most=1e-6):
    rows = [r for name, r in scored(capsys, "variants_equiv.tsv").items() if gene in name]
    assert len(rows) > 1
    for event in ("donor_gain", "donor_loss", "acceptor_gain", "acceptor_loss"):
        values = [float(row[event]) for row in rows]
        assert max(values) - min(values) <= most


def v03(capsys):
    one_answer(capsys, "LDLR")


def v05(capsys):
    one_answer(capsys, "COLGALT1")


def forms(capsys):
    """One answer a row, in the order of the table; only a row without an error has deltas."""
    lines = (CASES / "variants_forms.tsv").read_text(encoding="utf-8").splitlines()
    result = scored(capsys, "variants_forms.tsv")
    assert list(result) == [line.split("\t")[0] for line in lines[1:]]
    assert all(bool(row["error"]) != bool(row["delta_max"]) for row in result.values())
    return result


def v06(capsys):
    result = forms(capsys)
    for name in ("ref_only_dot", "monomorphic_dot_multi", "alt_NA", "ref_NA", "alt_TRUE", "alt_0"):
        assert result[name]["error"], name
    assert not result["snv"]["error"]


def v08(capsys):
    if not forms(capsys)["empty_alt"]["error"]:
        assert "empty" in command(capsys, "variants", "--help")[1]


def v18(capsys):
    with pytest.raises(InputError, match="order"):
        edits("1002_1001del")


def v20(capsys):
    row = scored(capsys, "variants_bigins.tsv")["bigins"]
    assert {"1181", "799"} <= set(row.values())


# Annotations.


def g04(capsys):
    result, messages = transcripts("cds_only.gff3")
    (t,) = result
    assert t.introns == [(1201, 1499)]
    assert "CDS" in messages
    assert opened("cds_only.gff3", "tsen34").structures[0].introns


def g05(capsys):
    try:
        result, _ = transcripts("gff3_transcript_id_noparent.gff3")
    except InputError as error:
        assert "Parent" in str(error)  # noqa: PT017
    else:
        assert [t.introns for t in result] == [[(1201, 1499)]]


def g07(capsys):
    result, messages = transcripts("stringtie_dup.gtf")
    assert sorted(t.exons for t in result) == [((1001, 1200), (1500, 2000)), ((1001, 2000),)]
    assert "A" in messages
    assert [s.introns for s in opened("stringtie_dup.gtf", "M").structures if s.introns]


def g10(capsys):
    result, messages = transcripts("trans_spliced.gtf")
    assert "FB1" in messages
    assert [(t.strand, i) for t in result for i in t.introns] == [("-", (2701, 2800))]
    assert "FB1" in " ".join(opened("trans_spliced.gtf", "mod").notes)


def g11(capsys):
    result, messages = transcripts("trans_order.gff3")
    assert [intron for t in result for intron in t.introns] == []
    assert "rps12" in messages


def g16(capsys):
    (t,) = transcripts("first_line_dot.gtf")[0]
    assert (t.gene_name, t.introns) == ("LDLR", [(1201, 1499)])


def g18(capsys):
    assert opened("refseq_mane.gff3", "LDLR").structures[0].name == "LDLR NM_000527.5"


def g21(capsys):
    result, messages = transcripts("start_gt_end.gff3")
    assert [t.introns for t in result] == [[(1201, 1499)]]
    assert "ine 5" in messages
    assert "start_gt_end.gff3" in messages


def ok1(name):
    (t,) = transcripts(name)[0]
    assert (t.gene_name, t.introns) == ("OK1", [(1201, 1499)])
    assert opened(name, "OK1").structures[0].name == "OK1 T1"


def g23(capsys):
    ok1("bom.gff3")


def g25(capsys):
    ok1("cr.gff3")


def g26(capsys):
    ok1("fasta_no_directive.gff3")


def g29(capsys):
    for name, place in (("si:ch211-145b13.5", (801, 2200)), ("zgc:112982", (2801, 3500))):
        assert opened("colon_names.gtf", name).interval[1:3] == place


def g30(capsys):
    result = opened("same_symbol_coding_second.gtf", "TUBB3")
    assert result.structures[0].name == "TUBB3 P1"
    assert "ENSGL" in " ".join(result.notes)


# Genomes.


def n01(capsys, tmp_path):
    for name in ("stale2.fa", "stale2.fa.fai"):
        shutil.copy(CASES / "genome" / name, tmp_path / name)
    from dnaviz.genome.regions import Regions

    for genome in (CASES / "genome" / "stale2.fa", tmp_path / "stale2.fa"):
        try:
            result = Regions(genome).find("chr19:101-180").sequence.bases
        except InputError as error:
            assert "index" in str(error)  # noqa: PT017
        else:
            assert result == expected_bases("stale2.fa")


def n04(capsys):
    try:
        assert region("ragged.fa").sequence.bases == expected_bases("ragged.fa")
    except InputError as error:
        assert "line" in str(error)  # noqa: PT017


def n06(capsys):
    with pytest.raises(InputError, match=r"chr19.*lines 1 and 52"):
        region("dup.fa")


def n07(capsys):
    from dnaviz.genome.fasta import read_genome

    try:
        genome = read_genome(CASES / "genome" / "cr.fa")
    except InputError as error:
        assert "line" in str(error)  # noqa: PT017
    else:
        assert genome.fetch("chr19", 101, 180) == expected_bases("cr.fa")


def n08(capsys):
    assert region("bom.fa").sequence.bases == expected_bases("bom.fa")


def n09(capsys):
    for text in ("chr19:101−180", "chr19 101 180", "chr19:101-180:1", "chr19\t101\t180"):
        assert region("bom.fa", text).sequence.bases == expected_bases("bom.fa")
    assert region("bom.fa", "chr19:101-180:-1").interval == ("chr19", 101, 180, "-")


def n12(capsys):
    with pytest.raises(InputError, match=r"star\.fa.*chr19.*121"):
        region("star.fa")


# Atlases, tables, pages.


def a01(capsys):
    from dnaviz import LatentMap, load_atlas

    panel = LatentMap(load_atlas(CASES / "atlas" / "ldlr_windows.h5ad"))
    panel.color, panel.selection = "start", range(30)
    card = panel.selection_card
    assert "went wrong" not in html_of(panel)
    assert len(card.members.rows) == 30
    assert "start" in card.counts.value


def a02(capsys):
    import numpy as np

    from dnaviz import LatentMap, load_atlas

    atlas = load_atlas(CASES / "atlas" / "ldlr_inf.h5ad")
    numbers = atlas.obs.select_dtypes("number")
    panel = LatentMap(atlas)
    for column in numbers.columns[~np.isfinite(numbers).all()]:
        panel.color, panel.selection = column, range(30)
        assert "went wrong" not in html_of(panel)
        assert "NaN" not in html_of(panel)


def a10(capsys):
    code, _, err = command(capsys, "atlas", "check", CASES / "atlas" / "old_0.6.h5ad")
    assert code == 2
    assert "old" in err
    assert "AnnData" in err


def t02(capsys):
    from dnaviz.atlas.inputs import read_sequence_table

    folder, messages = CASES / "table", []
    result = read_sequence_table(
        folder / "zero_ids.fa", folder / "zero_ids_meta.tsv", tell=messages.append
    )
    assert result["id"].tolist() == [f"{n:03}" for n in range(6)]
    assert result["label"].notna().all()
    assert not messages


def m03(capsys):
    from dnaviz import SpliceInspector

    inspector = SpliceInspector()
    inspector.open_example("LDLR exon 4")
    assert "does not look like human" not in html_of(inspector)


RUN = {
    name.upper(): check
    for name, check in list(globals().items())
    if re.fullmatch(r"[a-z]\d\d", name)
}


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.xfail(strict=False)] if n in PENDING else []) for n in RUN],
)
def test_a_case_gives_what_is_expected(name, request, tmp_path, monkeypatch):
    if not CASES.is_dir():
        pytest.skip("the cases are not here")
    from dnaviz.genome.cache import cache_folder

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache_folder.cache_clear()
    check = RUN[name]
    expected = check.__code__.co_varnames[: check.__code__.co_argcount]
    check(*(request.getfixturevalue(fixture) for fixture in expected))


@pytest.mark.data
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_case_that_a_browser_shows_has_its_test(name):
    path, _, function = ELSEWHERE[name].partition("::")
    if not function:
        pytest.xfail("the test is not written yet")
    assert f"def {function}(" in (Path(__file__).parents[1] / path).read_text()
