"""The mean attribution of windows against the attributions of each, one by one."""

import numpy as np
import pytest

from dnaviz.atlas.mean_attribution import apparent_site, mean_attribution
from dnaviz.attribution import attribute
from dnaviz.errors import InputError
from dnaviz.models import load_model


@pytest.fixture
def codes(synthetic_atlas):
    result = synthetic_atlas.codes([2, 40, 77, 99]).copy()
    result[3, :30] = 5  # a window that starts late
    result[1, 60] = 4
    return result


def text(row):
    return "".join("ACGTN-"[code] for code in row).strip("-")


@pytest.mark.parametrize("site", ["donor", "acceptor"])
def test_mean_attribution_of_one_window_equals_attribute(codes, site):
    model = load_model()  # with random weights two ways along the path differ in every base
    for row in codes:
        missing = int((row == 5).sum())  # all of them at its start
        one = attribute(text(row), site=site, position=101 - missing, model=model)
        (result,) = mean_attribution(row[None], site, model, steps=128)
        known = np.flatnonzero(row < 4)
        # The two take their steps at different places of the path.
        local = result.heights[row[known], known], one.contributions[known - missing]
        assert np.corrcoef(*local)[0, 1] > 0.99
        np.testing.assert_allclose(*local, atol=0.1 * abs(one.contributions).max())
        assert np.count_nonzero(result.heights) <= len(known)
        assert result.score == pytest.approx(one.score, abs=1e-3)
        assert result.gain == pytest.approx(one.score - one.baseline_score, abs=1e-3)


def test_the_mean_is_that_of_the_windows(codes, lively):
    result = list(mean_attribution(codes, "donor", lively, batch=3, steps=8))
    assert len(repr(result[-1])) < 120  # a notebook prints no arrays of it
    singles = [next(mean_attribution(row[None], "donor", lively, steps=8)) for row in codes]
    assert [one.windows for one in result] == [3, 4]
    expected = np.mean([one.heights for one in singles], axis=0)
    np.testing.assert_allclose(result[-1].heights, expected, atol=1e-3 * abs(expected).max())
    assert result[-1].total == pytest.approx(np.mean([one.total for one in singles]), rel=1e-3)


def test_few_steps_give_the_mean_of_many():
    from dnaviz.atlas import load_atlas

    atlas, model = load_atlas(), load_model()
    codes = atlas.codes(np.flatnonzero(atlas.obs["label"] == "donor")[:12])
    (few,), (many,) = (list(mean_attribution(codes, "donor", model, steps=n)) for n in (8, 64))
    assert np.corrcoef(few.heights.ravel(), many.heights.ravel())[0, 1] > 0.99


def test_apparent_site(codes, lively):
    gt, ag = codes[:1].copy(), codes[:1].copy()
    gt[:, 99:102], ag[:, 99:102] = (1, 2, 3), (0, 2, 1)
    assert apparent_site(gt, lively) == "donor"
    assert apparent_site(ag, lively) == "acceptor"
    assert apparent_site(np.r_[gt, ag, ag], lively) == "acceptor"
    # Where the bases do not say, the model does.
    for seed in range(4):
        neither = np.random.default_rng(seed).integers(0, 4, (3, 200)).astype(np.uint8)
        neither[:, 99:102] = 1
        chances = lively.classify([text(row) for row in neither])
        odds = np.log(chances / (1 - chances)).mean(axis=0)
        expected = "donor" if odds[1] > odds[2] else "acceptor"
        assert apparent_site(neither, lively) == expected


def test_another_site_is_refused(codes, lively):
    with pytest.raises(InputError, match="donor"):
        next(mean_attribution(codes, "exon", lively))
