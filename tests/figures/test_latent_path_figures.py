"""Figures of ways through the latent space, and of what is lost."""

import numpy as np
import pandas as pd

from dnaviz.figures.latent_paths import (
    HERE,
    LADDER,
    aligned,
    interpolation_rows,
    path_figure,
    sensitivity_figure,
    traversal_rows,
)
from dnaviz.figures.reconstruction_errors import reconstruction_errors_figure
from dnaviz.models.latent_paths import LatentPath


def path(bases):
    count = len(bases)
    chances = np.tile(np.array([0.2, 0.5, 0.3], "f4"), (count, 1))
    return LatentPath(
        np.linspace(0, 1, count), np.zeros((count, 256)), bases, [], chances, chances / 2, chances
    )


def test_middles_stay_in_one_column():
    letters, middle = aligned(["ACGT", "AC", "ACGTA"])
    assert ["".join(row) for row in letters] == ["ACGT-", "-AC--", "ACGTA"]
    assert middle == 2


def test_interpolated_bases_are_colored_by_their_end():
    ladder = interpolation_rows(path(["ACGT", "ATGC"]), "ACGT", "ATTT")
    names = [[ladder.palette[kind][0] for kind in row] for row in ladder.kinds]
    assert names[0] == ["as in both", "as at the start", "as at the start", "as in both"]
    assert names[1] == ["as in both", "as at the end", "as at the start", "as in neither"]
    assert ladder.columns.tolist() == [1, 2, 3, 4]


def test_ends_of_other_lengths():
    ladder = interpolation_rows(path(["AC", "ACG", "ACGT"]), "AC", "ACGT")
    assert (ladder.kinds[0] == -1).sum() == 2
    assert ladder.columns.tolist() == [0, 1, 2, 3]
    figure = path_figure(path(["AC", "ACG", "ACGT"]), ladder, at=0.5, axis="path", dark=True)
    assert np.isnan(figure.data[LADDER].z[0]).sum() == 2


def test_traversal_rows_show_changed_bases():
    ladder = traversal_rows(path(["ACGT", "ACTT"]), "ACGT", first=11)
    assert ladder.kinds.tolist() == [[0, 0, 0, 0], [0, 0, 4, 0]]
    assert ladder.palette[4][0] == "now T"
    figure = path_figure(path(["ACGT", "ACTT"]), ladder, at=1, axis="path")
    assert list(figure.data[HERE].y) == [1, 1]
    assert list(figure.data[LADDER].x) == [11, 12, 13, 14]
    donor = next(trace for trace in figure.data if trace.name == "donor")
    assert list(donor.x) == [0.5, 0.5]


def test_sensitivity_figure():
    changes = np.eye(3, 5)
    figure = sensitivity_figure(changes, [7, 2, 9], kind="dimension", chosen=2)
    assert list(figure.data[LADDER].y) == ["7", "2", "9"]
    assert list(figure.data[HERE].y) == ["2", "2"]
    assert not sensitivity_figure(changes, [7, 2, 9], kind="dimension", chosen=1).data[HERE].y


def test_losses_have_a_line_for_each_level_and_grouping():
    table = pd.DataFrame(
        [
            {"noise": noise, "by": by, "group": str(low), "low": low, "bases": 10, "wrong": wrong}
            for noise, wrong in ((0.0, 0), (0.1, 4))
            for by in ("all", "position", "repeats", "gc")
            for low in (0, 1)
        ]
    )
    figure = reconstruction_errors_figure(table)
    assert len(figure.data) == 6
    assert [trace.name for trace in figure.data if trace.showlegend] == [
        "as encoded", "latent blurred by 0.1 sd",
    ]  # fmt: skip
    assert list(figure.data[3].y) == [0.6, 0.6]
