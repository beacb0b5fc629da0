"""The model as users call it, on random weights and on the shipped ones."""

from itertools import pairwise

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.models import LABELS, Model, load_model
from dnaviz.models.tiles import join_tiles, tile_starts

RNG = np.random.default_rng(0)


def random_dna(length: int) -> str:
    return "".join(RNG.choice(list("ACGT"), length))


@pytest.fixture(scope="module")
def untrained() -> Model:
    return Model.untrained()


def test_shapes(untrained: Model) -> None:
    sequences = [random_dna(n) for n in (20, 61, 400)]
    assert untrained.encode(sequences).shape == (3, 256)
    assert untrained.encode(sequences, space="splice").shape == (3, 64)
    probabilities = untrained.classify(sequences)
    assert probabilities.shape == (3, len(LABELS))
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    for sequence, written in zip(sequences, untrained.reconstruct(sequences), strict=True):
        assert len(written.reconstruction) == written.probabilities.shape[1] == len(sequence)
        np.testing.assert_allclose(written.probabilities.sum(0), 1, rtol=1e-5)


def test_one_by_one_equals_a_batch(untrained: Model) -> None:
    sequences = [random_dna(n) for n in (30, 200, 333)]
    together = untrained.encode(sequences)
    alone = np.concatenate([untrained.encode(s) for s in sequences])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_name_of_the_classifier_in_version_01_still_works(untrained: Model) -> None:
    np.testing.assert_array_equal(
        untrained.classify("ACGT" * 20, head="fine_tuned"), untrained.classify("ACGT" * 20)
    )


def test_classify_long_sequence_is_its_middle(untrained: Model) -> None:
    long = random_dna(1001)
    np.testing.assert_allclose(
        untrained.classify(long), untrained.classify(long[300:701]), atol=1e-6
    )


@pytest.mark.parametrize("length", [20, 400, 401, 700, 701, 2345])
def test_tiles_cover_everything_and_agree_with_the_whole(length: int) -> None:
    full = RNG.random((4, length)).astype(np.float32)
    starts = tile_starts(length, 400)
    size = min(length, 400)
    assert all(b - a <= 300 for a, b in pairwise(starts))
    tiles = [full[:, s : s + size] for s in starts]
    np.testing.assert_array_equal(join_tiles(tiles, starts, length), full)


def test_tiles_are_read_away_from_their_ends() -> None:
    tiles = [np.full((4, 400), k, np.float32) for k in range(2)]
    joined = join_tiles(tiles, [0, 300], 700)[0]
    assert (joined[:350] == 0).all()
    assert (joined[350:] == 1).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.encode("ACGT"), "has 4 nt; the model needs 20 or more"),
        (lambda m: m.encode("A" * 401), "has 401 nt; one latent holds 400 at most"),
        (lambda m: m.encode("A" * 30, space="moon"), "no latent space 'moon'"),
        (lambda m: m.classify("A" * 30, head="moon"), "no classifier 'moon'"),
        (lambda m: m.decode(np.zeros((2, 3))), r"shape \(n, 256\)"),
        (lambda m: m.decode(np.full((1, 256), np.nan)), "hold NaN or infinite values"),
        (lambda m: m.decode(["ACGT"]), r"numbers of shape \(n, 256\), not \(1,\)"),
        (lambda m: m.predict_lengths(np.full((1, 256), np.inf)), "hold NaN or infinite values"),
        (lambda m: m.classify_latents(np.zeros((1, 64))), r"shape \(n, 256\), not \(1, 64\)"),
        (lambda m: m.decode(np.zeros((1, 256)), [0]), "one length of 1 to 400"),
        (lambda m: m.decode(np.zeros((1, 256)), 200), "one length of 1 to 400"),
        (lambda m: m.decode(np.zeros((1, 256)), [150.5]), "one length of 1 to 400"),
        (lambda m: m.decode(np.zeros((1, 256)), ["150"]), "one length of 1 to 400"),
        (lambda m: m.gradients(np.zeros((1, 4, 401)), "intron"), 'A site is "donor" or "acceptor"'),
    ],
)
def test_bad_input(untrained: Model, call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(untrained)


@pytest.mark.parametrize("length", [20, 60, 141, 400])
def test_shipped_model_reads_unseen_genes_back(length: int) -> None:
    model = load_model()
    gene = str(examples()[0].sequence)  # chromosome 19, which no weight was trained on
    starts = RNG.integers(0, len(gene) - length, 40)
    pieces = [gene[s : s + length] for s in starts]
    assert np.mean([r.accuracy for r in model.reconstruct(pieces)]) > 0.99
    lengths = model.predict_lengths(model.encode(pieces))
    assert np.mean(lengths == length) > 0.9


def test_shipped_model_knows_sites_of_an_unseen_gene() -> None:
    model = load_model()
    example = examples()[0]
    gene, exons = str(example.sequence), example.exons
    donors = [end for _, end in exons[:-1]]  # 0-based: the base after an exon's last
    acceptors = [start - 2 for start, _ in exons[1:]]
    windows = [gene[p - 100 : p + 100] for p in donors + acceptors]
    probabilities = model.classify(windows)
    assert (probabilities[: len(donors)].argmax(1) == 1).mean() > 0.5
    assert (probabilities[len(donors) :].argmax(1) == 2).mean() > 0.5
    shuffled = ["".join(RNG.permutation(list(w))) for w in windows]
    assert (model.classify(shuffled).argmax(1) == 0).all()


def test_n_and_iupac_are_taken_and_not_counted() -> None:
    model = load_model()
    piece = str(examples()[0].sequence)[1000:1200]
    holes = piece[:90] + "N" * 20 + piece[110:]
    (result,) = model.reconstruct(holes)
    assert len(result.reconstruction) == 200
    assert result.accuracy > 0.9


def test_a_reconstruction_without_a_known_base_says_so() -> None:
    (nothing,) = load_model().reconstruct(["N" * 60])
    assert "no base is known" in repr(nothing)
    assert "nan" not in repr(nothing)


def test_many_are_reconstructed_as_each_alone(untrained: Model) -> None:
    sequences = [random_dna(n) for n in (20, 333, 401, 5_000, 90)]
    for sequence, together in zip(sequences, untrained.reconstruct(sequences), strict=True):
        (alone,) = untrained.reconstruct(sequence)
        np.testing.assert_allclose(together.probabilities, alone.probabilities, atol=1e-5)
        assert together.tiles == alone.tiles
