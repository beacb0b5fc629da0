"""``dnaviz variants``: a table in, deltas out; what is wrong with a row stays in its row."""

import gzip

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.cli.variants import ADDED
from dnaviz.sequences import reverse_complement
from dnaviz.splicing.variant_effect import EVENTS, splice_effect

BASES = "".join(np.random.default_rng(0).choice(list("ACGT"), 170))
HEADER = "id\tsequence\tposition\tref\talt"


@pytest.fixture(autouse=True)
def lively_weights(lively, monkeypatch):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)


def run(tmp_path, text, *options, name="in.tsv"):
    path, out = tmp_path / name, tmp_path / "out.tsv"
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    code = main(["variants", str(path), "-o", str(out), *options])
    if code:
        return code, []
    lines = out.read_text().splitlines()
    names = lines[0].split("\t")
    return code, [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]


def row(*cells):
    return "\t".join(map(str, cells))


def other(base):
    return "A" if base != "A" else "G"


@pytest.mark.parametrize("name", ["in.tsv", "in.tsv.gz", "noname"])
def test_rows_equal_the_python_api(tmp_path, lively, name):
    rows = [
        row("a", BASES, 60, BASES[59], other(BASES[59])),
        row("b", BASES, 61, BASES[60:63], "-"),
    ]
    code, result = run(tmp_path, "\n".join([HEADER, *rows]) + "\n", name=name)
    assert code == 0
    assert [r["id"] for r in result] == ["a", "b"]
    for given, edits in zip(result, (f"60{BASES[59]}>{other(BASES[59])}", "61_63del"), strict=True):
        effect = splice_effect(BASES, edits, model=lively)
        for event in EVENTS:
            assert float(given[event]) == pytest.approx(effect.delta(event).value, abs=2e-5)
            assert given[f"{event}_position"] == str(effect.delta(event).position or "")
        assert float(given["delta_max"]) == max(float(given[event]) for event in EVENTS)
        assert given["error"] == ""


def test_insertions_and_deletions_as_in_vcf(tmp_path, lively):
    base = BASES[59]
    rows = [row(1, BASES, 60, base, base + "GT"), row(2, BASES, 60, BASES[59:62], base)]
    _, result = run(tmp_path, "\n".join([HEADER, *rows]))
    for given, edits in zip(result, ("60_61insGT", "61_62del"), strict=True):
        effect = splice_effect(BASES, edits, model=lively)
        assert float(given["delta_max"]) == pytest.approx(effect.delta_max, abs=2e-5)


def test_a_bad_row_is_named_and_the_others_go_on(tmp_path):
    good = row("good", BASES, 60, BASES[59], other(BASES[59]))
    bad = {
        row("ref", BASES, 60, other(BASES[59]), "N"): "does not match",
        row("same", BASES, 60, BASES[59], BASES[59].lower()): "nothing changes",
        row("outside", BASES, 171, "A", "G"): "outside the sequence of 170 nt",
        row("zero", BASES, 0, "A", "G"): "outside",
        row("text", BASES, "six", "A", "G"): "whole number",
        row("huge", BASES, "9" * 5000, "A", "G"): "outside",
        row("minus", BASES, -3, "A", "G"): "whole number",
        row("short", "ACGT", 1, "A", "G"): "20 to 200,000",
        row("letters", "ACGT!" * 20, 1, "A", "G"): "not a nucleotide code",
        row("noref", BASES, 5, "", "G"): "ref is empty",
        row("alt", BASES, 60, BASES[59], "<DEL>"): "symbol",
        row("noalt", BASES, 60, BASES[59], ""): "alt is empty",
        row("dot", BASES, 60, BASES[59], "."): "alt is",
        row("NA", BASES, 60, BASES[59], "NA"): "alt is",
        row("letter", BASES, 60, BASES[59], "J"): "no nucleotide",
        row("code", BASES, 60, BASES[59], "R"): "stands for several bases",
        row("unknown", BASES, 60, BASES[59], BASES[59] + "NN"): "stands for several bases",
        row("gone", BASES, 1, BASES[:160], "-"): "are left",
        "few\tcells": "2 columns, the header 5",
        row("many", BASES, 60, BASES[59], "A", "x", "y"): "7 columns, the header 5",
    }
    code, result = run(tmp_path, "\n".join([HEADER, good, *bad, good]))
    assert code == 0
    assert len(result) == len(bad) + 2
    for given, words in zip(result[1:-1], bad.values(), strict=True):
        assert words in given["error"]
        assert given["error"].count(". ") == 0
        assert not any(given[name] for name in ADDED if name != "error")
    assert result[0] == result[-1]
    assert float(result[0]["delta_max"]) > 0


def test_columns_in_any_order_and_case(tmp_path):
    header = row("note", "ALT", "ref", "Position", "id", "Sequence")
    cells = row("said", other(BASES[9]), BASES[9].lower(), 10, "x", BASES.lower())
    text = f"{header}\r\n{cells}\r\n\r\n"
    code, (result,) = run(tmp_path, text)
    assert code == 0
    assert result["note"] == "said"
    assert result["error"] == ""
    assert list(result)[:6] == ["note", "ALT", "ref", "Position", "id", "Sequence"]


def test_strands(tmp_path, lively):
    text = f"{HEADER}\n{row('a', BASES, 60, BASES[59], other(BASES[59]))}"
    edits = f"60{BASES[59]}>{other(BASES[59])}"
    _, (minus,) = run(tmp_path, text, "--strand", "-")
    effects = {s: splice_effect(BASES, edits, strand=s, model=lively) for s in "+-"}
    assert float(minus["delta_max"]) == pytest.approx(effects["-"].delta_max, abs=2e-5)
    assert minus["scored_strand"] == "-"
    _, (both,) = run(tmp_path, text, "--strand", "both")
    larger = max("+-", key=lambda s: effects[s].delta_max)
    assert both["scored_strand"] == larger
    assert float(both["delta_max"]) == pytest.approx(effects[larger].delta_max, abs=2e-5)
    assert run(tmp_path, text, "--strand", "x")[0] == 2


def test_a_column_strand_is_said_not_to_be_read(tmp_path, lively, capsys):
    text = f"{HEADER}\tStrand\n{row('a', BASES, 60, BASES[59], other(BASES[59]))}\t-\n"
    (result,) = run(tmp_path, text)[1]
    assert result["scored_strand"] == "+"
    assert "The column strand is not read" in capsys.readouterr().err
    run(tmp_path, text, "--strand", "-")
    assert "is not read" not in capsys.readouterr().err


def test_exons_in_upper_case_say_which_strand_is_meant(tmp_path, lively, capsys):
    turned = reverse_complement(CASED.upper())
    turned = "".join(
        b if a.isupper() else b.lower() for a, b in zip(CASED[::-1], turned, strict=True)
    )
    place = len("acgtccag") + 11
    ref, alt = CASED[place - 1], other(CASED[place - 1])
    rows = [
        row("+", CASED, place, ref, alt),
        row("-", turned, len(CASED) + 1 - place, *map(reverse_complement, (ref, alt))),
        row("none", BASES, 60, BASES[59], other(BASES[59])),
    ]
    text = "\n".join([HEADER, *rows]) + "\n"
    forward, turned_row, without = run(tmp_path, text)[1]
    assert [r["scored_strand"] for r in (forward, turned_row, without)] == ["+", "-", "+"]
    assert float(forward["delta_max"]) == pytest.approx(float(turned_row["delta_max"]), abs=2e-5)
    assert "because nothing shows their gene's strand: 1." in capsys.readouterr().err
    _, given = run(tmp_path, text, "--strand", "+")
    assert {r["scored_strand"] for r in given} == {"+"}
    assert not capsys.readouterr().err


def test_cells_as_spreadsheets_write_them(tmp_path):
    ref, alt = BASES[59], other(BASES[59])
    rows = [
        row("plain", BASES, 60, ref, alt),
        row("quoted", BASES, '"60"', f'"{ref}"', f'"{alt}"'),
        row("blanks", BASES, "60\u00a0", f" {ref}", f"{alt}\u200b"),
    ]
    _, result = run(tmp_path, "\n".join([HEADER, *rows]))
    for given in result:
        assert [given[name] for name in ADDED] == [result[0][name] for name in ADDED]
    assert result[1]["position"] == "60"
    _, result = run(tmp_path, "\r".join([HEADER, *rows]))
    assert len(result) == 3


@pytest.mark.parametrize("separator", [",", ";"])
def test_rows_of_a_csv_file_are_all_answered(tmp_path, separator):
    ref, alt = BASES[59], other(BASES[59])
    ids = ["001", "1.10", "1E3", "TRUE", "NA", '"open', "=1+1", "-1+1"]
    alts = [alt, ".", "NA", "NaN", "", "0", alt, alt]
    rows = [row(i, BASES, 60, ref, a) for i, a in zip(ids, alts, strict=True)]
    rows.insert(3, "few\tcells")
    text = "\r\n".join([HEADER, *rows]).replace("\t", separator)
    _, result = run(tmp_path, text)
    names = ["001", "1.10", "1E3", "few", "TRUE", "NA", '"open', "'=1+1", "'-1+1"]
    assert [r["id"] for r in result] == names
    scored = [not r["error"] and r["delta_max"] != "" for r in result]
    assert scored == [True, *[False] * 6, True, True]


def test_the_exon_and_its_risk(tmp_path, lively):
    """The exon is found, or is that of the table's columns, or the one in upper case."""
    ref, alt = BASES[59], other(BASES[59])
    effect = splice_effect(BASES, f"60{ref}>{alt}", model=lively)
    plain = row("found", BASES, 60, ref, alt)
    _, (result,) = run(tmp_path, f"{HEADER}\n{plain}")
    assert float(result["risk"]) == pytest.approx(effect.exon().risk, abs=1e-5)
    assert float(result["log_odds_loss"]) == pytest.approx(effect.exon().loss, abs=1e-3)
    header = f"{HEADER}\texon_first\texon_last"
    rows = [f"{plain}\t51\t120", f"{plain}\t\t", f"{plain}\t51\tx", f"{plain}\t120\t51"]
    _, (known, empty, *bad) = run(tmp_path, "\n".join([header, *rows]))
    assert known["scored_exon"] == "51-120"
    assert float(known["risk"]) == pytest.approx(effect.exon([(51, 120)]).risk, abs=1e-5)
    assert empty["risk"] == result["risk"]
    assert all("The exon" in one["error"] for one in bad)
    cased = f"{BASES[:48]}AG{BASES[50:120]}GT{BASES[122:]}"
    cased = cased[:50].lower() + cased[50:120] + cased[120:].lower()
    _, (upper,) = run(tmp_path, f"{HEADER}\n{row(1, cased, 60, ref, alt)}")
    assert upper["scored_exon"] == "51-120"


def test_an_inserted_site_has_a_place_in_the_alternate_sequence(tmp_path, lively):
    new = BASES[99:150]
    _, (result,) = run(tmp_path, f"{HEADER}\n{row(1, BASES, 60, BASES[59], BASES[59] + new)}")
    effect = splice_effect(BASES, f"60_61ins{new}", model=lively)
    for event, delta in effect.deltas.items():
        assert result[f"{event}_alternate_position"] == str(delta.alternate_position or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("id position ref alt\n", "separated by tabs"),
        (HEADER + "\tREF\n", "ref more than once"),
        ("id\tsequence\tposition\tref\n", "no column alt;"),
        (HEADER + "\tref\n", 'two columns called "ref" (4 and 6)'),
        (HEADER + "\tdelta_max\n", "already has a column delta_max"),
        (">fasta\nACGT\n", "no column"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path, capsys, text, words):
    code, _ = run(tmp_path, text)
    message = capsys.readouterr().err
    assert code == 2
    assert words in message
    assert message.count("\n") == 1


def test_files_that_are_no_tables(tmp_path, capsys):
    path = tmp_path / "in.tsv"
    path.write_bytes(gzip.compress(HEADER.encode())[:-9])
    assert main(["variants", str(path)]) == 2
    assert "damaged or cut short" in capsys.readouterr().err
    assert main(["variants", str(tmp_path / "nowhere.tsv")]) == 2
    assert "No such file" in capsys.readouterr().err
    path.write_text(HEADER + "\n")
    assert main(["variants", str(path), "-o", str(path)]) == 2
    assert "is the input" in capsys.readouterr().err


def test_only_a_header_gives_only_a_header(tmp_path):
    assert run(tmp_path, HEADER + "\n") == (0, [])


CASED = "acgtccag" + BASES[:30].upper() + "gtaagt" + BASES[30:90].lower() + "ttctag" + BASES[90:120]


def test_a_column_of_variants_is_read_in_every_spelling(tmp_path, lively):
    first = len("acgtccag") + 1
    base = CASED[first + 28]
    base_2 = CASED[first + 3]
    rows = [
        row("record", CASED, f"{first + 29}{base}>{other(base)}", ""),
        row("n", CASED, f"n.30{base}>{other(base)}", ""),
        row("intron", CASED, f"IVS1+1G>{other('G')}", ""),
        row("two", CASED, f"n.5{base_2}>{other(base_2)}, n.30del", ""),
        row("c", CASED, "c.1A>G", ""),
        row("start", CASED, "c.1A>G", "zero"),
        row("rs", CASED, "rs334", ""),
        row("empty", CASED, "", ""),
    ]
    text = "\n".join(["id\tsequence\tvariant\tcoding_start", *rows]) + "\n"
    code, result = run(tmp_path, text)
    assert code == 0
    by_name = {r["id"]: r for r in result}
    assert by_name["record"]["delta_max"] == by_name["n"]["delta_max"] != ""
    expected = splice_effect(CASED, f"{first + 30}G>{other('G')}", model=lively)
    assert float(by_name["intron"]["delta_max"]) == pytest.approx(expected.delta_max, abs=2e-5)
    assert by_name["two"]["error"] == ""
    for name, message in (("c", "no coding sequence"), ("start", "whole number"),
                       ("rs", "nothing is looked up"), ("empty", "is empty")):  # fmt: skip
        assert message in by_name[name]["error"]
        assert by_name[name]["delta_max"] == ""


def test_what_is_assumed_of_a_variant_is_told_in_its_row(tmp_path):
    base = CASED[len("acgtccag") + 29]
    rows = [row(name, CASED, f"{name}n.30{base}>{other(base)}") for name in ("", "NM_000527.5:")]
    code, result = run(tmp_path, "\n".join(["id\tsequence\tvariant", *rows]) + "\n")
    assert code == 0
    assert result[0]["delta_max"] == result[1]["delta_max"] != ""
    assert result[0]["assumption"] == ""
    assert result[1]["assumption"].startswith("NM_000527.5 is taken for ")


def test_a_variant_column_beside_position_ref_and_alt_is_only_passed_on(tmp_path, lively):
    line = row("a", BASES, 60, BASES[59], other(BASES[59]), "a note")
    code, result = run(tmp_path, f"{HEADER}\tvariant\n{line}\n")
    assert code == 0
    assert result[0]["variant"] == "a note"
    assert result[0]["error"] == ""
