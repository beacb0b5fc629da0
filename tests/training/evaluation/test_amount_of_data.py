"""What more genes would bring: shares of the data, and small classifiers trained on them."""

import numpy as np
import pytest

from dnaviz.training.data.annotated import STRANDS, Sites, Stretch
from dnaviz.training.data.collect import sites
from dnaviz.training.evaluation import amount_of_data as amount

RNG = np.random.default_rng(0)


def stretch(length: int, every: int, name: str = "chr8") -> Stretch:
    """A stretch with a gene of a donor, an acceptor and an exon at every so many bases."""
    at = np.arange(100, length - 100, every)
    spans = np.stack([at, at + 60], axis=1)
    found = Sites(at, at + 50, at + 55, spans, spans)
    codes = RNG.integers(0, 4, length).astype(np.uint8)
    return Stretch(name, name, codes, dict.fromkeys(STRANDS, found))


def test_pieces_of_a_chromosome_hold_what_it_holds(monkeypatch) -> None:
    monkeypatch.setattr(amount, "SHORT", 1000)
    whole = stretch(10_030, 97)
    pieces = amount.cut_up(whole, length=250)
    np.testing.assert_array_equal(np.concatenate([p.codes for p in pieces]), whole.codes)
    for strand in STRANDS:
        parts = zip(range(0, 10_030, 250), pieces, strict=True)
        crops = [p.crop(0, len(p.codes), strand)[1:] for _, p in parts]
        if strand == "-":
            crops = crops[::-1]
        for k in (0, 1):
            together = np.concatenate([crop[k] for crop in crops])
            np.testing.assert_array_equal(together, whole.crop(0, 10_030, strand)[1 + k])
    assert amount.cut_up(stretch(900, 97))[0].name == "chr8"


def test_a_share_holds_the_smaller_ones_and_as_many_sites() -> None:
    data = [stretch(int(RNG.integers(500, 4000)), 97, f"chr{k}") for k in range(200)]
    total = sum(map(sites, data))
    last: set[str] = set()
    for share in (0.125, 0.25, 0.5, 1.0):
        part = amount.part_of(data, share)
        names = {s.name for s in part}
        assert len(names) == len(part)
        assert last < names
        assert sum(map(sites, part)) == pytest.approx(share * total, abs=total / 50)
        last = names
    assert len(last) == 200
