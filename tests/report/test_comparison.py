"""One site, explained by several models."""

import re

import numpy as np
import pytest
import torch
from helpers.foreign_models import SmallCNN

from dnaviz.attribution import attribute
from dnaviz.attribution.measures import implanted_peak, random_similarity, site_checks
from dnaviz.cli import main
from dnaviz.report.comparison import (
    compare_explanations,
    comparison_figure,
    comparison_report,
    comparison_table,
    correlations,
)
from dnaviz.sequences import Sequence

BASES = "".join(np.random.default_rng(5).choice(list("ACGT"), 120))
SITE = "CAGGTAAGT"


class Consensus(SmallCNN):
    """Scores a donor by its consensus alone: every check of an explanation of it holds."""

    name = "consensus <b>"
    context = 30

    def __init__(self):
        super().__init__()
        self.kernel = np.zeros((4, 61), np.float32)
        for column, base in enumerate(SITE, 27):
            self.kernel["ACGT".index(base), column] = 2.0

    def score_windows(self, windows):
        middle = windows.shape[2] // 2
        x = np.pad(windows, ((0, 0), (0, 0), (30, 30)))[:, :, middle : middle + 61]
        donor = (x * self.kernel).sum((1, 2)) - 14
        return np.stack([donor, -donor], axis=1).astype(np.float32)

    def gradients(self, windows, site):
        middle = windows.shape[2] // 2
        slopes = np.zeros(windows.shape, np.float32)
        kernel = self.kernel if site == "donor" else -self.kernel
        left = max(30 - middle, 0)
        span = slice(max(middle - 30, 0), middle + 31)
        slopes[:, :, span] = kernel[:, left : left + slopes[:, :, span].shape[2]]
        row = ("donor", "acceptor").index(site)
        return self.score_windows(windows)[:, row], slopes


class WithoutGradients(Consensus):
    name = "no gradients"
    gradients = None


@pytest.fixture(scope="module")
def record():
    return Sequence(BASES[:57] + SITE + BASES[66:], "a<i>")


@pytest.fixture(scope="module")
def rows(record):
    models = [SmallCNN(), Consensus(), WithoutGradients(), Consensus()]
    return compare_explanations(record, models, position=61)


def test_each_model_is_explained_on_the_same_site(rows, record):
    assert [row.name for row in rows] == [
        "small CNN", "consensus <b> (1)", "no gradients", "consensus <b> (2)",
    ]  # fmt: skip
    for row, model in zip(rows, [SmallCNN(), Consensus()], strict=False):
        alone = attribute(record, position=61, model=model)
        np.testing.assert_array_equal(row.attribution.contributions, alone.contributions)
    assert [row.attribution.method for row in rows][1:3] == ["integrated_gradients", "mutagenesis"]
    assert [bool(row.note) for row in rows] == [False, False, True, False]
    table = comparison_table(rows)
    assert len(table) == 61  # the widest context
    assert "".join(table["base"]) == str(record)[30:91]
    assert table["small CNN"].notna().sum() == 51
    np.testing.assert_array_equal(table["position"] - 61, table["offset"])
    together = correlations(rows)
    assert together[1, 3] == pytest.approx(1)
    inside = table["small CNN"].notna()
    expected = np.corrcoef(table["small CNN"][inside], table["no gradients"][inside])[0, 1]
    assert together[0, 2] == together[2, 0] == pytest.approx(expected)


def test_checks_see_whether_an_explanation_is_right(rows):
    known = {check.what: check for check in rows[1].checks}
    assert known["deletion"].value > 3
    assert known["implant"].value == 1
    assert "random_weights" not in known  # its weights are an array
    a = rows[1].attribution
    backwards = a._replace(contributions=-a.contributions)
    assert {c.what: c for c in site_checks(backwards, Consensus())}["deletion"].value < 1
    assert random_similarity(Consensus(), [a]) == pytest.approx(1)
    middle = Consensus()  # names the middle, whatever stands there
    middle.kernel = np.where(abs(np.arange(61) - 30) < 2, 0.2, 0) * np.ones((4, 1), np.float32)
    assert implanted_peak(middle, [BASES], 10, "occlusion", "zeros") == 0
    blind = Consensus()
    blind.kernel = np.roll(blind.kernel, 8, axis=1)  # looks beside the motif
    assert implanted_peak(blind, [BASES], 10, a.method, a.baseline) < 0.5


class Near(SmallCNN):
    """Sees five bases on each side."""

    context = 5


@pytest.mark.parametrize(
    ("model", "length", "measured"),
    [
        (Near(), 60, []),
        (SmallCNN(), 21, ["deletion", "random_weights"]),
        (SmallCNN(), 60, ["deletion", "random_weights", "implant"]),
    ],
)
def test_checks_that_too_few_bases_do_not_allow_are_left_out(model, length, measured):
    model.network = torch.nn.Conv1d(4, 2, 3)  # weights to draw anew
    record = Sequence(BASES[6 : 6 + length])
    rows = compare_explanations(
        record, [model], position=length // 2, site="acceptor", method="occlusion"
    )
    assert [check.what for check in rows[0].checks] == measured
    page = comparison_report(rows, record)
    assert page.count("too few bases around the site") == 3 - len(measured)


def test_a_ratio_to_random_bases_that_change_nothing_is_left_out():
    unseen = Consensus()
    unseen.kernel = unseen.kernel * 0  # a probability of 1e-6, whatever stands there
    record = Sequence(BASES)
    rows = compare_explanations(record, [unseen, Consensus()], position=60, method="occlusion")
    assert [check.what for check in rows[0].checks] == ["implant"]
    page = comparison_report(rows, record)
    assert "random bases do not lower the probability" in page
    assert "nan" not in page.lower().split()
    assert page.count("<td>–</td>") + page.count('"number">–</td>') == 3  # correlations with it


def test_logos_of_models_that_see_less_far_stand_below_the_same_columns(record):
    rows = compare_explanations(record, [Consensus(), Near(), Consensus()], position=61)
    svg = comparison_figure(rows)
    rulers = [
        re.findall(r'x="([\d.]+)" y="[\d.]+" text-anchor="middle">(\d+)<', part)
        for part in svg.split("role=")[2:]
    ]
    assert rulers[0] == rulers[1] == rulers[2]
    assert len(rulers[0]) > 3
    borders = re.findall(r'<line x1="([\d.]+)"[^>]*dasharray', svg)
    assert len(borders) == 3
    assert len(set(borders)) == 1
    width = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    assert all(int(w) <= width for w in re.findall(r'viewBox="0 0 (\d+) 162"', svg))
    letters = re.findall(r"translate\(([\d.]+) ", svg.split("role=")[3])
    there = 10 * (30 + rows[1].attribution.offsets)  # ten units a column
    assert letters
    assert {int(float(x)) // 10 * 10 for x in letters} <= set(there.tolist())


def test_logos_have_the_same_columns_and_scale(rows):
    svg = comparison_figure(rows[:2])
    assert svg.count("<svg ") == 5  # the figure, two frames, two logos
    assert "consensus &lt;b&gt; (1): probability" in svg
    heights = [
        float(h) for h in re.findall(r'x="46" y="[\d.]+" width="\d+" height="([\d.]+)"', svg)
    ]
    ranges = [
        np.maximum(row.attribution.contributions, 0).max()
        - np.minimum(row.attribution.contributions, 0).min()
        for row in rows[:2]
    ]
    assert heights[0] / heights[1] == pytest.approx(ranges[0] / ranges[1], rel=0.01)
    limits = re.findall(r'text-anchor="end">(-?[\d.]+)<', svg)
    assert limits[: len(limits) // 2] == limits[len(limits) // 2 :]


def test_the_page_tells_of_each_and_escapes_names(rows, record):
    page = comparison_report(rows, record)
    assert "consensus <b>" not in page
    assert "consensus &lt;b&gt; (2)" in page
    assert "a&lt;i&gt;" in page
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", page)
    assert "no gradients gives no gradients; it is explained by saturation mutagenesis." in page
    assert page.count("not measured") == 5  # deleting random bases helps the small CNN
    assert "Explanation complete" in page
    assert "Rows by different methods" in page


def test_the_command_writes_what_the_suffix_says(tmp_path, capsys, monkeypatch, record):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.fa").write_text(f">r\n{record}\n")
    (tmp_path / "mine.py").write_text(
        "import sys\nsys.path.insert(0, {!r})\n".format(
            str(__import__("pathlib").Path(__file__).parents[1])
        )
        + "from helpers.foreign_models import SmallCNN, KmerEncoder\n"
    )
    words = ["compare-explanations", "in.fa", "--position", "61", "--model", "mine.py:SmallCNN"]
    for name, start in (("o.html", "<!DOCTYPE"), ("o.svg", "<svg"), ("o.tsv", "position\toffset")):
        assert main([*words, "-o", name]) == 0
        assert (tmp_path / name).read_text().startswith(start)
    assert "small CNN: probability" in capsys.readouterr().err
    for more, sentence in (
        (["--model", "mine.py:KmerEncoder", "-o", "x.html"], "has no context"),
        (["--model", "mine.py:nothing", "-o", "x.html"], "cannot be made"),
        (["--model", "none.onnx", "-o", "x.html"], "none.onnx"),
        (["--model", "nowhere", "-o", "x.html"], "nowhere"),
        (["--position", "999", "-o", "x.html"], "lies outside the sequence"),
        (["--site", "exon", "-o", "x.html"], '"donor" or "acceptor"'),
        (["--method", "guess", "-o", "x.html"], 'no method "guess"'),
        (["-o", "x.pdf"], "x.pdf"),
    ):
        assert main([*words, *more]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.count("\n") == 1
    assert not list(tmp_path.glob("x.*"))
