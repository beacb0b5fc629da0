"""Attributions of many sites as one value for each base."""

from functools import partial

import numpy as np

from dnaviz import Sequence, attribute, scan
from dnaviz.attribution import site_track


def test_each_base_has_its_contribution_to_the_site_it_matters_to_most(lively, monkeypatch):
    quick = partial(attribute, method="input_x_gradient")
    monkeypatch.setattr(site_track, "attribute", quick)
    bases = "".join(np.random.default_rng(3).choice(list("ACGT"), 900))
    record = Sequence(bases, "r")
    sites = scan(record, lively, threshold=0.0, strand="-").sites
    pair = [next(s for s in sites if s.position == p and s.site == "donor") for p in (300, 420)]
    expected = np.zeros((2, 900))
    for row, site in zip(expected, pair, strict=True):
        why = quick(record, site="donor", position=site.position, strand="-", model=lively)
        row[why.positions - 1] = why.contributions
    track = site_track.attribution_track(record, pair, lively)
    strongest = np.abs(expected).argmax(axis=0)
    np.testing.assert_allclose(track, expected[strongest, np.arange(900)], atol=1e-6)
    assert track[100:250].any()
    assert not track[-200:].any()
    assert 0 < strongest.mean() < 1
