"""What edits do to a window: the same base before and after, by all that the model sees."""

import numpy as np
import pytest

from dnaviz.atlas.latent_shift import latent_shift
from dnaviz.models import load_model
from dnaviz.sequences import Sequence
from dnaviz.splicing.scan import scan
from dnaviz.splicing.variants import apply_variants, parse_variants


def random_record(length, seed=1):
    return Sequence("".join(np.random.default_rng(seed).choice(list("ACGT"), length)), "made")


def shifted(record, edits):
    variants = parse_variants(edits, record)
    edited = apply_variants(record, variants)
    return edited, latent_shift(load_model(), record, edited, variants)


@pytest.mark.parametrize(
    ("length", "edits", "after"),
    [
        (200, "5_14del", 101 - 10),
        (200, "189_198del", 101),
        (180, "3_4insACGTACG", 91 + 7),
        (1_000, "700del, 20_22del", 101 - 3),
        (1_000, "700del", 699),
        (1_000, "400_401insGGG", 401 + 3),
        (1_000, "3_30del", 101 - 28),
    ],
)
def test_probabilities_are_those_of_a_scan_at_the_same_base(length, edits, after):
    record = random_record(length)
    edited, shift = shifted(record, edits)
    assert edited.bases[after - 1] == record.bases[shift.position - 1]
    for row, bases, position in ((0, record, shift.position), (1, edited, after)):
        expected = scan(bases, strand="+").probabilities["+"][:, position - 1]
        assert shift.probabilities[row, 1:] == pytest.approx(expected, abs=1e-5)
        middle = len(shift.before) // 2
        window = (shift.before, shift.after)[row]
        assert window[middle] == bases.bases[position - 1]
        assert len(window) == min(length, 200)
    assert shift.before == record.bases[shift.first - 1 :][: len(shift.before)]


def test_a_base_that_is_deleted_has_no_probability_after():
    _, shift = shifted(random_record(200), "100_103del")
    assert np.isfinite(shift.probabilities[0]).all()
    assert np.isnan(shift.probabilities[1]).all()
    _, end = shifted(random_record(200), "101_200del")
    assert np.isnan(end.probabilities[1]).all()


def test_a_deletion_in_the_flank_of_a_donor_leaves_the_donor():
    from dnaviz.atlas import load_atlas

    atlas = load_atlas()
    sure = (atlas.obs["label"] == "donor") & (atlas.obs["donor_probability"] > 0.95)
    window = Sequence(atlas.sequences([int(np.flatnonzero(sure)[0])])[0], "donor")
    for edits in ("189_198del", "5_14del"):
        _, shift = shifted(window, edits)
        assert shift.probabilities[:, 1].min() > 0.9
        assert shift.distance["splice"] < 15
