"""The sealed inspector warns of sequences unlike human DNA in the same words as every page."""

import random

import pytest

from dnaviz.genome.examples import examples
from dnaviz.models import load_model
from dnaviz.sealed.page_model import PageModel
from dnaviz.sealed.page_ood import packed_ood
from dnaviz.sequences import Sequence

ABOUT = {"name": "a model", "model_sha256": "0", "sha256": "0", "context": 200}


def sequences() -> list[str]:
    draw = random.Random(4)
    gene = examples()[0].sequence.bases
    random_bases = "".join(draw.choice("ACGT") for _ in range(3700))
    return [
        *(gene[at : at + length] for at, length in ((0, 60), (900, 333), (0, 2499))),
        *(random_bases[:length] for length in (15, 19, 20, 24, 200, 1499, 1501, 3700)),
        "GCGCGGCC" * 60,
        "CA" * 150,
        "A" * 80,
        "N" * 80,
        gene[:100] + "N" * 1200 + gene[100:140].lower(),
        gene[:300].replace("T", "U"),
        gene[:90] + "RYSWKM" + gene[90:180],
    ]


def test_scores_and_warnings_are_those_of_the_model():
    model = load_model()
    page = PageModel(None, ABOUT, packed_ood(model.ood_model))
    warned = 0
    for bases in sequences():
        sequence = Sequence(bases, "one")
        expected, own = model.ood_score(sequence), page.ood_score(sequence)
        assert own[:2] == pytest.approx(expected[:2], abs=2e-5, nan_ok=True), bases[:50]
        assert own.warning == expected.warning
        warned += own.warning is not None
    assert 0 < warned < len(sequences())


def test_a_model_without_calibration_warns_of_nothing():
    assert packed_ood(None) == b""
    assert PageModel(None, ABOUT, b"").ood_score(Sequence("A" * 80, "one")).warning is None
