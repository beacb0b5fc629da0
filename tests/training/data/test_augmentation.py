"""Varied crops: what makes a site stays, what surrounds it does not."""

import numpy as np
import pytest

from dnaviz.training.data import augmentation
from dnaviz.training.data.augmentation import (
    CORE,
    IGNORE,
    broken_sites,
    mix_crops,
    shift_flank,
    substitute_bases,
    swap_flanks,
)
from dnaviz.training.data.synthetic_transcripts import ACCEPTOR, DONOR, draw_crops, label_sequence


@pytest.fixture(scope="module")
def strand():
    rng = np.random.default_rng(0)
    labels = np.zeros(30_000, np.uint8)
    labels[200:29_000:300] = DONOR
    labels[350:29_000:300] = ACCEPTOR
    return label_sequence(rng.integers(0, 4, 30_000).astype(np.uint8), labels)


@pytest.mark.parametrize("label", [DONOR, ACCEPTOR])
def test_swap_flanks_keeps_the_core(label):
    first, last = CORE[label]
    sides = set()
    for seed in range(40):
        index = np.arange(10_000, 10_800)
        swap_flanks(index, 400, 55_000, label, np.random.default_rng(seed))
        core = slice(400 + first, 400 + last + 1)
        np.testing.assert_array_equal(index[core], np.arange(10_000, 10_800)[core])
        # Every base keeps its distance to the site it was taken from.
        offsets = np.arange(800) - 400
        assert (((index - 10_400) == offsets) | ((index - 55_000) == offsets)).all()
        sides.add((bool(index[0] > 50_000), bool(index[-1] > 50_000)))
    assert sides == {(True, False), (False, True), (True, True)}


@pytest.mark.parametrize("label", [DONOR, ACCEPTOR])
def test_insertions_and_deletions_leave_the_core_where_it_is(label):
    first, last = CORE[label]
    steps = set()
    for seed in range(60):
        index = np.arange(800)
        shift_flank(index, 400, label, np.random.default_rng(seed))
        core = slice(400 + first, 400 + last + 1)
        np.testing.assert_array_equal(index[core], np.arange(800)[core])
        jumps = np.diff(index)[np.diff(index) != 1] - 1
        assert len(jumps) <= 1
        steps |= set(jumps.tolist())
    assert min(steps) < 0 < max(steps)
    assert max(map(abs, steps)) <= augmentation.MAX_INDEL


def test_broken_sites_have_a_cut_core():
    labels = np.zeros(300, np.uint8)
    labels[[50, 150]] = DONOR
    labels[250] = ACCEPTOR
    index = np.arange(300)
    assert not broken_sites(index, labels).any()
    index[55:] += 7  # inside the first donor's core
    index[250 - 24 :] += 7  # a seam at its edge leaves the acceptor whole
    assert np.flatnonzero(broken_sites(index, labels)).tolist() == [50]


def test_bases_change_outside_of_cores_only():
    labels = np.zeros(2_000, np.uint8)
    labels[[500, 1_500]] = DONOR, ACCEPTOR
    before = np.random.default_rng(1).integers(0, 6, 2_000).astype(np.uint8)
    spared = np.zeros(2_000, bool)
    for label, site in ((DONOR, 500), (ACCEPTOR, 1_500)):
        spared[site + CORE[label][0] : site + CORE[label][1] + 1] = True
    ever = np.zeros(2_000, bool)
    for seed in range(80):
        codes = before.copy()
        substitute_bases(codes, labels, np.random.default_rng(seed))
        ever |= codes != before
        assert (codes != before).mean() < 1.5 * augmentation.MAX_SUBSTITUTED
        assert codes.max() == 5
    assert not ever[spared].any()
    assert not ever[before > 3].any()
    assert ever[~spared & (before < 4)].mean() > 0.9


def test_every_site_of_a_varied_crop_is_one_of_the_strand(strand):
    codes, labels, inside = draw_crops(
        strand, 300, 400, 200, np.random.default_rng(2), near=1.0, vary=True
    )
    assert codes.shape == (300, 800)
    assert labels.shape == inside.shape == (300, 400)
    for label, (first, last) in CORE.items():
        known = {
            strand.codes[p + first : p + last + 1].tobytes()
            for p in np.flatnonzero(strand.labels == label)
        }
        rows, columns = np.nonzero(labels == label)
        assert len(rows) > 100
        for row, column in zip(rows, columns + 200, strict=True):
            core = codes[row, column + first : column + last + 1]
            if core.max() < 4:  # no N, nothing cut away
                assert core.tobytes() in known


def test_augmented_crops_differ_from_the_sequence(strand) -> None:
    full = strand.codes.tobytes()
    shares = []
    for vary in (True, False):
        codes, *_ = draw_crops(strand, 200, 400, 200, np.random.default_rng(3), near=1.0, vary=vary)
        untouched = codes[codes.max(1) < 4]  # nothing cut away, no N
        assert len(untouched) > 50
        shares.append(np.mean([row.tobytes() in full for row in untouched]))
    assert shares[0] < 0.5
    assert shares[1] == 1


def test_mixed_crops_have_no_labels_and_the_others_stay() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (40, 600)).astype(np.uint8)
    codes[:, :50] = 5  # cut away
    labels, inside = np.zeros((2, 40, 200), np.uint8)
    before = codes.copy()
    mix_crops(codes, labels, inside, 0.5, rng)
    rows = (labels == IGNORE).all(1)
    assert 8 < rows.sum() < 32
    assert ((inside == IGNORE).all(1) == rows).all()
    assert not labels[~rows].any()
    np.testing.assert_array_equal(codes[~rows], before[~rows])
    assert all((codes[row] != before[row]).any() for row in np.flatnonzero(rows))
    assert (codes[:, :50] == 5).all()
    for row in np.flatnonzero(rows):  # its own up to a base, another's from there on
        own = np.cumsum(codes[row] == before[row])
        others = np.cumsum((codes[row] == before)[:, ::-1], axis=1)[:, ::-1]
        assert (own[:-1] + others[:, 1:]).max() > (1 - 1.5 * augmentation.MAX_SUBSTITUTED) * 600
