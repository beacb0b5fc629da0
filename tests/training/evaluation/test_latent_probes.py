"""What latents mean: labels that lie in the words are found there, and labels by chance are not."""

import numpy as np
import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.training.evaluation.latent_probes import latent_probes

LABELS = ("donor", "acceptor", "GT decoy", "AG decoy")


@pytest.fixture(scope="module")
def windows() -> pd.DataFrame:
    """Windows in which every label has one base that is commoner than the others."""
    rng = np.random.default_rng(0)
    kinds = np.arange(240) % 4
    shares = 0.15 + 0.4 * np.eye(4)
    sequences = ["".join(rng.choice(list("ACGT"), 60, p=shares[k])) for k in kinds]
    return pd.DataFrame({"sequence": sequences, "label": np.array(LABELS)[kinds]})


def test_latent_probes_separate_kmer_labels_from_random_ones(windows, untrained) -> None:
    chance = windows.assign(label=np.random.default_rng(1).permutation(windows["label"]))
    result = {
        name: {
            (f.model, f.what): f.value for f in latent_probes({"random": untrained.autoencoder}, t)
        }
        for name, t in (("words", windows), ("chance", chance))
    }
    for what in (
        "15-nearest-neighbor accuracy",
        "linear probe accuracy, five folds",
        "linear probe accuracy, 100 labels, 10 draws",
    ):
        assert result["words"]["4-mers", what] > 0.8
        assert result["chance"]["4-mers", what] < 0.4
    assert result["words"]["random", "whole windows exact"] == 0


def test_windows_that_cannot_be_compared(windows, untrained) -> None:
    models = {"random": untrained.autoencoder}
    with pytest.raises(InputError, match="need one length"):
        latent_probes(models, windows.assign(sequence=[*windows["sequence"][:-1], "ACGT" * 10]))
    with pytest.raises(InputError, match="have one label"):
        latent_probes(models, windows.assign(label="donor"))


def test_two_folders_of_one_name(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("dnaviz.training.data.site_windows.read_windows", lambda path: made_up())
    monkeypatch.setattr("dnaviz.models.architectures.load_autoencoder", lambda folder: (None, {}))
    words = ["measure", "latent", "one/run", "two/run", "--windows", "windows.tsv"]
    assert main(words) == 2
    assert "Two folders have one name" in capsys.readouterr().err


def made_up() -> pd.DataFrame:
    return pd.DataFrame({"sequence": ["ACGT" * 10] * 200, "label": "donor", "split": "test"})
