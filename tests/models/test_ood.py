"""What does not look human is told; what does is not."""

import numpy as np
import pytest

from dnaviz import load_model
from dnaviz.errors import InputError
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.models.ood import FEATURES, OodModel
from dnaviz.sequences.codes import COMPLEMENT, encode_bases, kmer_index
from dnaviz.training.data.annotated import Sites, Stretch
from dnaviz.training.fit.ood import exon_stretches, made_up_gene, train_ood_model

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
    assert [e.name for e in shown if model.ood_score(e.sequence).warning] == []


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


def test_kmers_and_both_strands(model) -> None:
    kmers, valid = kmer_index(encode_bases("ACGNT"), 2)
    assert kmers[valid].tolist() == [1, 6]
    codes = encode_bases(human(300))
    either = [model.ood_model.features(c) for c in (codes, COMPLEMENT[codes[::-1]])]
    assert np.corrcoef(*(f[: FEATURES - 4] for f in either))[0, 1] > 0.999
    assert len(either[0]) == FEATURES + 1


def test_surplus_is_zero_on_average_for_bases_of_no_order(model) -> None:
    random = [RNG.choice(4, 200, p=[0.3, 0.2, 0.2, 0.3]).astype(np.uint8) for _ in range(300)]
    surplus = np.array([model.ood_model.features(codes) for codes in random])[:, : FEATURES - 4]
    assert np.abs(surplus.mean(0)).max() < surplus.std(0).mean()


def chain(n: int, habit: float = 0.5) -> np.ndarray:
    """Bases with a habit: mostly, one is followed by the same next one."""
    codes = np.zeros(n, np.uint8)
    for i in range(1, n):
        codes[i] = (codes[i - 1] + 1) % 4 if RNG.random() < habit else RNG.integers(0, 4)
    return codes


def stretch(codes: np.ndarray, exons: dict[str, list]) -> Stretch:
    none = np.empty(0, np.int64)
    sites = {
        strand: Sites(none, none, none, np.array(rows, np.int64).reshape(-1, 2), none)
        for strand, rows in exons.items()
    }
    return Stretch("s", "chr8", codes, sites)


def test_ranks_are_those_of_calibration() -> None:
    codes = chain(40_000)
    known = [stretch(codes, {"+": [(20_000, 20_100), (30_000, 32_000)]})]
    model = train_ood_model(known, known, trained=3000, stretches=400)
    same = [model.score(codes[i : i + 200]).unfamiliarity for i in range(0, 20_000, 200)]
    other = [model.score(RNG.integers(0, 4, 200).astype(np.uint8)).unfamiliarity for _ in range(50)]
    assert 0.3 < np.mean(same) < 0.7
    assert np.mean(other) > 0.9
    assert isinstance(model, OodModel)


def test_too_little_to_learn_from_is_said() -> None:
    short = [stretch(chain(30), {})]
    with pytest.raises(InputError, match="too few training stretches"):
        train_ood_model(short, short)
    long = [stretch(chain(3000), {})]
    with pytest.raises(InputError, match="too few validation stretches of 20 nt"):
        train_ood_model(long, [], trained=600, stretches=100)


def test_stretches_lie_around_exons_in_their_sense() -> None:
    codes = RNG.integers(0, 4, 3000).astype(np.uint8)
    codes[1000:1100] = 4
    on = stretch(codes, {"+": [(500, 560)], "-": [(2000, 2900), (1040, 1060)]})
    text = "".join("ACGTN"[c] for c in codes)
    for drawn in exon_stretches([on], 80, 50, RNG):
        bases = "".join("ACGT"[c] for c in drawn)
        if bases in text:
            assert 500 - 20 <= text.index(bases) <= 500  # 60 nt lie in the middle of 80
        else:
            bases = "".join("ACGT"[c] for c in COMPLEMENT[drawn[::-1]])
            assert 2000 <= text.index(bases) <= 2900 - 80
    assert exon_stretches([stretch(codes, {})], 80, 50, RNG) == []


def test_made_up_genes_have_no_stop_in_their_frame() -> None:
    stops = {"TAA", "TAG", "TGA"}
    for _ in range(50):
        codes = made_up_gene(301, RNG)
        assert len(codes) == 301
        texts = ["".join("ACGT"[c] for c in one) for one in (codes, COMPLEMENT[codes[::-1]])]
        frames = [[t[i : i + 3] for i in range(f, 299, 3)] for t in texts for f in range(3)]
        assert any(stops.isdisjoint(frame) for frame in frames)


def test_exons_of_the_gallery_are_rarely_called_strange(model) -> None:
    told = [
        model.ood_score(str(example.sequence)[max(start - 51, 0) : end + 50]).warning is not None
        for example in examples()
        for start, end in example.exons
    ]
    assert len(told) > 50
    assert np.mean(told) <= 0.08
