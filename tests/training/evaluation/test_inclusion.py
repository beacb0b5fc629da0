"""Ranking measured variants: the table, the measures, and the fit."""

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.training.evaluation.inclusion import COLUMNS, fit, inclusion, read_measured

BASES = "".join(np.random.default_rng(0).choice(list("ACGT"), 170))


def table(tmp_path, rows):
    path = tmp_path / "in.tsv"
    path.write_text("\n".join("\t".join(map(str, row)) for row in [COLUMNS, *rows]))
    return path


def rows(n=24):
    for k in range(n):
        bases = BASES[k % 4 :] + BASES[: k % 4]  # four exons
        position = 40 + 3 * k
        alt = "A" if bases[position - 1] != "A" else "C"
        yield bases, 51, 120, position, bases[position - 1], alt, -30.5 if k % 3 == 0 else 1.25


def test_figures_of_a_table(tmp_path, lively):
    measured = read_measured(table(tmp_path, rows()), lively)
    assert measured.exons == [(51, 120)] * 24
    for known in (True, False):
        figures, result = inclusion(measured, known=known)
        assert len(figures) == 15
        assert all(-1 <= f.value <= 1 for f in figures)
        assert result.weak >= 0
        named = {(f.model, f.what.split(",")[0]): f.value for f in figures}
        assert named["risk", "AUROC"] != named["largest delta", "AUROC"]


def test_the_fit_finds_what_made_the_data():
    rng = np.random.default_rng(1)
    parts = np.stack([rng.normal(1, 2, 4_000), rng.uniform(0, 6, 4_000)], axis=1)
    odds = -2.0 + 0.7 * (parts[:, 0] + 0.3 * parts[:, 1])
    result = fit(parts, rng.random(4_000) < 1 / (1 + np.exp(-odds)))
    assert result == pytest.approx((0.3, -2.0, 0.7), abs=0.15)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((BASES, 51, 120, 60, "N", "A", 1), "line 2.*not N"),
        ((BASES, 51, "x", 60, BASES[59], "C", 1), 'line 2: exon_last is "x", no whole number'),
        ((BASES, 0, 119, 60, BASES[59], "N", 1), "line 2: the exon 0-119 does not lie in the"),
        ((BASES, 51, 171, 60, BASES[59], "N", 1), "line 2: the exon 51-171 .* bases 1 to 170"),
        ((BASES, 120, 51, 60, BASES[59], "N", 1), "line 2: the exon 120-51 does not lie in the"),
        ((BASES, 51, 120, 60, BASES[59], "N", ""), 'line 2: delta_psi is "", no number'),
        ((BASES, 51, 120, 600, "A", "C", 1), "line 2.*outside"),
        ((BASES, 51, 120, 60, BASES[59], "N", "nan"), "line 2: delta_psi is .nan., no number"),
        ((BASES, 51, 120, 60, BASES[59], "N", "-inf"), "line 2: delta_psi is .-inf., no number"),
    ],
)
def test_a_bad_row_is_named(tmp_path, lively, cells, words):
    with pytest.raises(InputError, match=words):
        read_measured(table(tmp_path, [cells]), lively)


def test_measures_without_a_drop_are_refused(tmp_path, lively):
    measured = read_measured(table(tmp_path, [(BASES, 51, 120, 60, BASES[59], "N", 1)]), lively)
    with pytest.raises(InputError, match="drop"):
        inclusion(measured, known=True)


def test_the_command_prints_the_fit_and_the_figures(tmp_path, lively, monkeypatch, capsys):
    monkeypatch.setattr("dnaviz.models.load_model", lambda folder=None: lively)
    assert main(["measure", "inclusion", str(table(tmp_path, rows()))]) == 0
    message = capsys.readouterr().out
    assert "exon known: weak" in message
    assert "risk, cross-validated" in message
