from inspect import signature

import numpy as np
import pandas as pd
import pytest

from dnaviz.errors import InputError
from dnaviz.models import CONTEXT
from dnaviz.progress import in_steps
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.scan import CHUNK, MOTIF_FLANK, Scan, motif, scan


@pytest.fixture
def model(lively):
    return lively


def random_bases(length, seed=0, letters="ACGT"):
    return "".join(np.random.default_rng(seed).choice(list(letters), length))


def brute_force(model, bases, index):
    """Probabilities (donor, acceptor) of one base, from its own window of whole context."""
    # Windows are cut or left short as the sequence ends; classify answers for the middle.
    reach = min(index, len(bases) - 1 - index, CONTEXT)
    window = bases[index - reach : index + reach + 1]
    return model.classify([window])[0, 1:]


def test_a_scan_equals_the_model_on_windows(model):
    bases = random_bases(1_300)
    result = scan(bases, model)
    assert result.probabilities["+"].std() > 0.1
    for index in (CONTEXT, 512, 700, 1_300 - 1 - CONTEXT):
        expected = brute_force(model, bases, index)
        np.testing.assert_allclose(result.probabilities["+"][:, index], expected, atol=1e-5)


def test_ends_see_nothing_beyond_them(model):
    bases = random_bases(60)
    result = scan(bases, model)
    # The middle of the whole sequence is a window of its own, shorter than the context.
    np.testing.assert_allclose(
        result.probabilities["+"][:, 30], model.classify([bases])[0, 1:], atol=1e-5
    )


def test_chunks_leave_no_seam(model):
    bases = random_bases(CHUNK + 700)
    full = scan(bases, model).probabilities["+"]
    part = scan(bases[CHUNK - 600 : CHUNK + 600], model).probabilities["+"]
    inside = slice(CONTEXT, 1_200 - CONTEXT)
    # Inputs of other lengths round otherwise: float32 is up to 1.2e-4 of log-odds from float64
    # with these weights, 3e-5 of a probability.
    np.testing.assert_allclose(
        full[:, CHUNK - 600 : CHUNK + 600][:, inside], part[:, inside], atol=5e-5
    )


def test_minus_strand_is_the_reverse_complement_on_forward_coordinates(model):
    bases = random_bases(500, seed=3)
    forward, reverse = scan(bases, model), scan(reverse_complement(bases), model)
    np.testing.assert_allclose(
        forward.probabilities["-"], reverse.probabilities["+"][:, ::-1], atol=1e-6
    )


def test_case_rna_and_ambiguity_reach_the_model(model):
    bases = random_bases(200, seed=4)
    plain = scan(bases, model).probabilities["+"]
    rna = scan(bases.lower().replace("t", "u"), model).probabilities["+"]
    np.testing.assert_array_equal(plain, rna)
    unknown = scan(bases[:100] + "N" + bases[101:], model).probabilities["+"]
    assert np.isfinite(unknown).all()
    assert not np.allclose(unknown, plain, atol=1e-7)


def test_every_position_over_the_threshold_is_a_site(model):
    bases = random_bases(300, seed=5)
    result = scan(bases, model, threshold=0)
    assert len(result.sites) == 2 * 2 * 300
    values = np.concatenate([p.ravel() for p in result.probabilities.values()])
    threshold = float(np.quantile(values, 0.9))
    fewer = result.at(threshold)
    assert len(fewer.sites) == (values >= threshold).sum()
    assert all(s.probability >= threshold for s in fewer.sites)
    assert [s.position for s in fewer.sites] == sorted(s.position for s in fewer.sites)
    for site in fewer.sites[:20]:
        row = ("donor", "acceptor").index(site.site)
        assert site.probability == result.probabilities[site.strand][row, site.position - 1]


@pytest.mark.parametrize(("strand", "strands"), [("both", "+-"), ("+", "+"), ("-", "-")])
def test_strand_chooses_what_is_scanned(model, strand, strands):
    result = scan(random_bases(100), model, strand=strand, threshold=0)
    assert list(result.probabilities) == list(strands)
    assert {s.strand for s in result.sites} == set(strands)
    assert len(scan(random_bases(100), model, threshold=0).only(strand).sites) == len(result.sites)


def test_motifs_show_exons_in_upper_and_introns_in_lower_case():
    #            1234567890123456789012345678901234
    sequence = Sequence("CCCCCAGGTAAGTCCCCCTTTTTTTTTTCTGCAGGCCCCC")
    assert motif(sequence, 8, "+", "donor") == "CAGgtaagt"
    assert motif(sequence, 34, "+", "acceptor") == "ttttttttctgcagG"
    other = Sequence(reverse_complement(sequence.bases))
    length = len(sequence)
    assert motif(other, length + 1 - 8, "-", "donor") == "CAGgtaagt"
    assert motif(other, length + 1 - 34, "-", "acceptor") == "ttttttttctgcagG"


def test_motifs_beyond_the_ends_keep_their_length():
    sequence = Sequence(random_bases(20))
    for site, (before, after) in MOTIF_FLANK.items():
        for strand in "+-":
            for position in range(1, 21):
                result = motif(sequence, position, strand, site)
                assert len(result) == before + after
                assert result.replace("-", "")
    assert motif(sequence, 1, "+", "donor").startswith("---")


def test_table_has_the_columns_of_the_command(model):
    record = Sequence(random_bases(60), "mine")
    table = scan(record, model, threshold=0).table()
    assert list(table) == ["sequence", "position", "strand", "site", "motif", "probability"]
    assert set(table["sequence"]) == {"mine"}
    assert table["position"].min() == 1
    assert table["position"].max() == 60
    empty = scan(record, model, threshold=1).table()
    assert list(empty) == list(table)


def test_progress_rises_to_one(model):
    seen = []
    scan(random_bases(CHUNK + 10), model, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) == 2
    assert seen[-1] == 1


def test_what_progress_raises_ends_the_work(model):
    class Canceled(Exception):
        pass

    def cancel(fraction):
        seen.append(fraction)
        raise Canceled

    seen = []
    with pytest.raises(Canceled):
        scan(random_bases(CHUNK + 10), model, progress=cancel)
    assert len(seen) == 1


def test_help_tells_what_a_function_returns():
    assert signature(scan).return_annotation == "Scan | list[Scan]"
    assert "progress" in signature(scan).parameters


def test_steps_hand_over_between_chunks(model):
    steps = in_steps(scan, random_bases(50), model)
    assert next(steps) == 1
    with pytest.raises(StopIteration) as done:
        next(steps)
    assert isinstance(done.value.value, Scan)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sequence": "ACGT"}, "at least 20"),
        ({"sequence": "A" * 30 + "!"}, "!"),
        ({"sequence": ">a\n" + "A" * 30 + "\n>b\n" + "A" * 30}, "2 records"),
        ({"sequence": "A" * 30, "threshold": 1.5}, "threshold"),
        ({"sequence": "A" * 30, "threshold": float("nan")}, "threshold"),
        ({"sequence": "A" * 30, "strand": "up"}, "strand"),
    ],
)
def test_bad_input_is_one_sentence(model, arguments, words):
    with pytest.raises(InputError, match=words) as error:
        scan(model=model, **arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "threshold",
    [2, -1, float("nan"), None, "1", b"1", [0.5], np.array([0.5]), np.array([0.5, 0.6]), pd.NA],
)
def test_what_is_no_probability_is_no_threshold(model, threshold):
    found = scan(random_bases(60), model)
    for ask in (found.at, lambda t: scan(random_bases(60), model, threshold=t)):
        with pytest.raises(InputError, match="A threshold is a number from 0 to 1, not "):
            ask(threshold)
    assert found.at(np.float32(0.25)).threshold == 0.25


@pytest.mark.parametrize("strand", ["plus", None, np.array(["+", "-"])])
def test_what_is_no_strand_is_refused(model, strand):
    found = scan(random_bases(60), model)
    for ask in (found.only, lambda s: scan(random_bases(60), model, strand=s)):
        with pytest.raises(InputError, match=r'A strand is "both", "[+]" or "-", not '):
            ask(strand)


def test_a_strand_that_was_not_scanned_has_no_part(model):
    with pytest.raises(InputError, match=r'Only the strand "[+]" was scanned: scan "-" or "both"'):
        scan(random_bases(60), model, strand="+").only("-")


@pytest.mark.parametrize("kind", ["Donor", "", 1])
def test_the_strongest_of_what_is_no_site_is_refused(model, kind):
    with pytest.raises(InputError, match='A site is "donor" or "acceptor", not '):
        scan(random_bases(60), model).strongest(kind)


def test_the_strongest_place_needs_no_threshold(model):
    result = scan(random_bases(300), model)
    best = result.at(1.0).strongest()
    every = result.at(0.0).sites
    assert best == max(every, key=lambda s: s.probability)


def test_a_list_is_scanned_as_each_of_its_sequences(model):
    records = [random_bases(n, seed=n) for n in (20, 200, 333, 200, CHUNK + 50)]
    fractions = []
    together = scan(records, model, threshold=0.3, progress=fractions.append)
    assert fractions[-1] == 1
    for bases, result in zip(records, together, strict=True):
        alone = scan(bases, model, threshold=0.3)
        for strand in "+-":
            np.testing.assert_allclose(
                result.probabilities[strand], alone.probabilities[strand], atol=1e-5
            )
        assert result.threshold == 0.3
    assert scan([], model) == []
