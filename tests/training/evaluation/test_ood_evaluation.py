"""What other input makes of the models: the figures count what they say they count."""

import numpy as np
import pytest

from dnaviz import load_model
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.ood_evaluation import (
    _ambiguous,
    flagging_rates,
    reconstruction_evaluation,
    tandem,
)

RNG = np.random.default_rng(0)


def random_record(n: int = 5000) -> Record:
    return Record("r", "chr1", RNG.integers(0, 4, n).astype(np.uint8))


@pytest.mark.slow
def test_repeats_are_flagged_and_identical_sets_are_not() -> None:
    random = [random_record()]
    figures = flagging_rates(load_model(), random, {"again": random}, n=60)
    by_name = {(f.section, f.what): f.value for f in figures}
    section = "Knows what it does not know, 200 nt"
    assert by_name[section, "told, tandem repeats of 1-6 nt"] == 1
    assert 0.3 < by_name[section, "AUROC, again against human"] < 0.7
    assert by_name[section, "told, human (false alarms)"] > 0.5  # random bases are not human


def test_flagging_needs_its_calibration(untrained) -> None:
    with pytest.raises(InputError, match="dnaviz train familiarity"):
        flagging_rates(untrained, [random_record()], {}, n=20)


def test_reconstruction_evaluation_counts_known_bases_only(untrained) -> None:
    figures = reconstruction_evaluation(
        untrained, [random_record()], {"other": [random_record()]}, n=20
    )
    values = {f.what: f.value for f in figures}
    assert 0.1 < values["bases right, human"] < 0.5  # chance, for random weights
    assert values["whole sequences exact, other"] == 0


def test_ambiguous_codes_hold_the_base() -> None:
    from dnaviz.sequences import IUPAC

    codes = RNG.integers(0, 4, 500).astype(np.uint8)
    text = _ambiguous(codes, RNG)
    assert all("ACGT"[c] in IUPAC[letter] for c, letter in zip(codes, text, strict=True))
    assert 20 < sum(letter not in "ACGT" for letter in text) < 90
    assert len(set(tandem(60, RNG)[::60])) == 1


@pytest.mark.parametrize("word", ["plain.fa", "=plain.fa", "plant="])
def test_other_needs_a_name_and_a_file(capsys, tmp_path, word: str) -> None:
    (tmp_path / "g.fa").write_text(">chr1\n" + "ACGT" * 50 + "\n")
    words = ["measure", "familiarity", "--fasta", str(tmp_path / "g.fa"), "--other", word]
    assert main(words) == 2
    assert "give a name and a file" in capsys.readouterr().err
