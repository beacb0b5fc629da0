"""The public names: which there are, and that the README uses no others."""

import ast
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dnaviz

README = Path(__file__).parents[1] / "README.md"
FUNCTIONS = {
    "analyze_case", "attribute", "build_atlas", "case_report", "examples", "html_report", "link",
    "load_atlas", "load_model", "mutagenesis", "one_hot", "parse_sequences", "read_sequences",
    "reverse_complement", "scan", "splice_effect", "splice_effects",
}  # fmt: skip
CLASSES = {"Atlas", "InputError", "LatentMap", "Model", "Reconstruction", "Sequence",
           "SpliceInspector"}  # fmt: skip


def test_the_public_names_are_these():
    assert set(dnaviz.__all__) == FUNCTIONS | CLASSES | {"__version__"}
    assert len(dnaviz.__all__) == len(set(dnaviz.__all__))
    assert all(callable(getattr(dnaviz, name)) for name in FUNCTIONS)
    assert all(isinstance(getattr(dnaviz, name), type) for name in CLASSES)


@pytest.mark.parametrize("name", sorted(FUNCTIONS | CLASSES))
def test_public_names_are_documented(name):
    assert getattr(dnaviz, name).__doc__


def test_the_package_tells_type_checkers_of_its_hints():
    assert (files("dnaviz") / "py.typed").is_file()


def readme_code():
    return re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)


def test_the_readme_uses_public_names_alone():
    assert readme_code()
    used = {
        node.attr
        for code in readme_code()
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "dnaviz"
    }
    assert {"load_model", "scan", "LatentMap"} <= used <= set(dnaviz.__all__)


def test_the_readme_runs_as_it_stands(tmp_path, monkeypatch):
    gene = dnaviz.examples()[0].sequence
    (tmp_path / "gene.fa").write_text(f">gene\n{gene.bases[:2000]}\n")
    monkeypatch.chdir(tmp_path)
    for code in readme_code():
        exec(code, {})


GENE = dnaviz.examples()[0].sequence
PART = dnaviz.Sequence(GENE.bases[:400], "a")
FORMS = {
    "str": str(PART),
    "Sequence": PART,
    "one-hot": dnaviz.one_hot(PART),
    "example": dnaviz.examples()[0]._replace(sequence=PART),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_one_sequence_in_any_form_gives_one_result(form):
    expected = dnaviz.scan(PART)
    np.testing.assert_array_equal(dnaviz.scan(form).probabilities["+"], expected.probabilities["+"])
    effect = dnaviz.splice_effect(form, "200del")
    assert effect.deltas == dnaviz.splice_effect(PART, "200del").deltas
    why = dnaviz.attribute(form, position=200)
    assert why.score == pytest.approx(dnaviz.attribute(PART, position=200).score)
    assert dnaviz.mutagenesis(form, position=200, flank=1).bases == PART.bases[198:201]
    model = dnaviz.load_model()
    np.testing.assert_array_equal(model.encode(form), model.encode(PART))
    assert len(dnaviz.load_atlas().project(form).xy) == 1


SERIES = pd.Series([str(PART), str(PART)[:100]], index=["a", "b"])
MANY = {
    "list": list(SERIES),
    "Series": SERIES,
    "dict": dict(SERIES),
    "DataFrame": pd.DataFrame({"sequence": SERIES}),
    "generator": (text for text in SERIES),
}


@pytest.mark.parametrize("form", MANY)
def test_several_sequences_in_any_form_give_a_list(form):
    scans = dnaviz.scan(MANY[form])
    assert [len(scan.sequence) for scan in scans] == [400, 100]
    if form not in ("list", "generator"):
        assert [scan.sequence.name for scan in scans] == ["a", "b"]
        model = dnaviz.load_model()
        np.testing.assert_array_equal(model.encode(MANY[form]), model.encode(list(SERIES)))
        assert [r.sequence.name for r in model.reconstruct(MANY[form])] == ["a", "b"]
        assert len(dnaviz.load_atlas().project(MANY[form]).xy) == 2


@pytest.mark.parametrize("form", ["list", "Series", "DataFrame"])
def test_several_sites_are_explained_and_mutated_each_in_its_sequence(form):
    fractions = []
    options = {"site": "acceptor", "strand": "-", "method": "occlusion"}
    several = dnaviz.attribute(MANY[form], **options, progress=fractions.append)
    for result, bases in zip(several, SERIES, strict=True):
        one = dnaviz.attribute(bases, **options)
        np.testing.assert_array_equal(result.values, one.values)
        assert result.position == one.position
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    changes = dnaviz.mutagenesis(MANY[form], position=60, flank=2)
    assert [m.bases for m in changes] == [bases[57:62] for bases in SERIES]
    if form != "list":
        assert [result.name for result in several] == [m.name for m in changes] == ["a", "b"]
    for explain in (dnaviz.attribute, dnaviz.mutagenesis):
        with pytest.raises(dnaviz.InputError, match="Item 2: Position 300 lies outside"):
            explain(MANY[form], position=300)


def test_an_array_of_several_gives_a_list():
    array = np.stack([dnaviz.one_hot(PART), dnaviz.one_hot(PART)[:, ::-1]])
    first, second = dnaviz.scan(array)
    np.testing.assert_array_equal(first.probabilities["+"], dnaviz.scan(PART).probabilities["+"])
    assert str(second.sequence) == str(PART)[::-1]


def test_effects_of_a_table_are_those_of_its_rows():
    table = pd.DataFrame({"sequence": SERIES, "edits": ["200del", "50_51insGT"]})
    expected = [dnaviz.splice_effect(s, e) for s, e in zip(SERIES, table["edits"], strict=True)]
    effects = dnaviz.splice_effects(table)
    assert [effect.reference.name for effect in effects] == ["a", "b"]
    for one, other in zip(effects, expected, strict=True):
        assert one.delta_max == pytest.approx(other.delta_max, abs=1e-5)
    pairs = list(zip(SERIES, table["edits"], strict=True))
    assert [e.delta_max for e in dnaviz.splice_effects(pairs)] == [e.delta_max for e in effects]


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ([(PART, "1del"), (PART, "401del")], "Item 2: .*lies outside"),
        ([(PART, [dnaviz.splice_effect(PART, "1del").variants[0]._replace(ref="N")])], "Item 1: "),
        ([(PART, None)], "Item 1: Edits are text"),
        ([(PART, [57])], "Item 1: Edits are text"),
        (pd.DataFrame({"sequence": SERIES}), "column 'edits'"),
        (pd.DataFrame({"edits": ["1del"]}), "column 'sequence'"),
    ],
)
def test_edits_that_do_not_fit_are_told_by_their_number(edited, words):
    with pytest.raises(dnaviz.InputError, match=words):
        dnaviz.splice_effects(edited)
