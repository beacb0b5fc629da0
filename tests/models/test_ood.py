"""What does not look human is told; what does is not."""

import numpy as np
import pytest

from dnaviz import load_model
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.models.ood import OodModel
from dnaviz.sequences.codes import encode_bases, kmer_index
from dnaviz.training.data.records import Record
from dnaviz.training.fit.ood import count_kmers, markov_log_probs, train_ood_model

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    return load_model()


def human(n: int, start: int = 3000) -> str:
    """A stretch of the gallery's first gene (chromosome 19, never trained on)."""
    import gzip
    from importlib.resources import files

    text = gzip.decompress((files("dnaviz") / "assets" / "examples.fa.gz").read_bytes()).decode()
    return "".join(text.split(">")[1].split("\n")[1:])[start : start + n].upper()


@pytest.mark.parametrize("length", [150, 400, 900, 5000])
def test_human_sequences_are_not_flagged(model, length: int) -> None:
    result = model.ood_score(human(length))
    assert result.warning is None
    assert result.unfamiliarity < 0.99


def test_no_example_of_the_gallery_is_called_unlike_human(model) -> None:
    shown = [*examples(), *(worked.example for worked in worked_examples())]
    for sentence in (model.ood_score(example.sequence).warning for example in shown):
        assert sentence is None or "unusual for human DNA" in sentence


def test_shuffled_sequences_are_flagged(model) -> None:
    shuffled = "".join(RNG.permutation(list(human(1000))))
    result = model.ood_score(shuffled)
    assert result.unfamiliarity > 0.99
    assert "does not look like human DNA" in result.warning


@pytest.mark.parametrize("bases", ["CA" * 100, "A" * 60, "CAG" * 30])
def test_repeats_are_flagged(model, bases: str) -> None:
    assert "repeats itself" in model.ood_score(bases).warning


@pytest.mark.parametrize("bases", ["N" * 300, "ACGTACGTACGT", "ACGTTGCA" + "N" * 50])
def test_unknown_bases_give_no_score(model, untrained, bases: str) -> None:
    assert model.ood_score(bases).warning is None
    assert np.isnan(model.ood_score(bases).unfamiliarity)
    assert np.isnan(untrained.ood_score(human(300)).unfamiliarity)


def test_kmer_index_and_markov_log_probs() -> None:
    words, known = kmer_index(encode_bases("ACGNT"), 2)
    assert words[known].tolist() == [1, 6]
    record = Record("r", "chr1", encode_bases("AAAAAC"), None, None)
    counts = count_kmers([record])
    assert counts[0] == 2  # AAAA
    assert counts[1] == 1  # AAAC
    assert counts[encode_bases("GTTT") @ [64, 16, 4, 1]] == 1  # the other strand
    assert np.exp2(markov_log_probs(counts)).reshape(-1, 4).sum(1) == pytest.approx(1)


def test_ranks_are_those_of_calibration() -> None:
    chain = np.zeros(40_000, np.uint8)
    for i in range(1, len(chain)):  # a habit: a base is followed by the next one, mostly
        chain[i] = (chain[i - 1] + 1) % 4 if RNG.random() < 0.4 else RNG.integers(0, 4)
    record = Record("r", "chr1", chain, None, None)
    model = train_ood_model([record], [record], stretches=400)
    same = [model.score(chain[i : i + 200]).unfamiliarity for i in range(0, 20_000, 200)]
    other = [model.score(RNG.integers(0, 4, 200).astype(np.uint8)).unfamiliarity for _ in range(50)]
    assert 0.35 < np.mean(same) < 0.65
    assert np.mean(other) > 0.9
    assert isinstance(model, OodModel)
