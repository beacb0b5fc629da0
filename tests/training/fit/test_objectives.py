"""Objectives and architectures of the autoencoder: each changes what it says it changes."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models.architectures import ARCHITECTURES, load_autoencoder
from dnaviz.models.autoencoder import LATENT
from dnaviz.models.encoder import CANVAS, CANVAS_RADIUS
from dnaviz.training.data.canvases import PAD, canvas_codes
from dnaviz.training.fit import objectives

RNG = np.random.default_rng(0)


def canvases(n: int = 4) -> np.ndarray:
    return canvas_codes([RNG.integers(0, 4, k).astype(np.uint8) for k in range(100, 100 + n)])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", objectives.OBJECTIVES)
def test_every_objective_can_be_minimized(architecture: str, name: str) -> None:
    if architecture == "recurrent" and name in objectives.GLOBAL_ONES:
        with pytest.raises(InputError, match="by plain, denoising, masking only"):
            objectives.objective(name, architecture)
        return
    torch.manual_seed(0)
    model = ARCHITECTURES[architecture]()
    result = objectives.objective(name, architecture).losses(model, canvases(), RNG)
    total = torch.stack(list(result.values())).sum()
    total.backward()
    assert torch.isfinite(total)
    assert result["reconstruction"] > 1  # nats; five classes by chance are 1.6


def test_recurrent_latent_has_the_size_and_knows_the_sequence() -> None:
    torch.manual_seed(0)
    model = ARCHITECTURES["recurrent"]().eval()
    x = torch.zeros(2, 4, CANVAS)
    x[1, 0, CANVAS_RADIUS] = 1
    z, logits = model(x)
    assert z.shape == (2, LATENT)
    assert logits.shape[1] == 5
    assert not torch.equal(z[0], z[1])


def test_views_of_a_window() -> None:
    codes = canvases(40)
    replaced = objectives.replace_bases(codes, RNG)
    assert (replaced[codes == PAD] == PAD).all()
    assert 0.05 < (replaced != codes)[codes < 4].mean() < 0.1
    hidden = objectives.hide_spans(codes, RNG)
    assert (hidden[hidden != codes] == 4).all()
    assert (codes[hidden != codes] < 4).all()
    other = objectives.other_view(codes, RNG)
    counts = [np.bincount(v[v < 4], minlength=4) for v in other]
    for count, row in zip(counts, codes, strict=True):
        own = np.bincount(row[row < 4], minlength=4)
        assert (count == own).all() or (count == own[::-1]).all()


def test_info_nce_is_least_for_matching_rows() -> None:
    a = torch.eye(4)
    assert objectives.info_nce(a, a) < objectives.info_nce(a, a.roll(1, 0))


def test_train_and_load_a_recurrent_one(tmp_path: Path, capsys) -> None:
    table = tmp_path / "genome.fa.gz"
    bases = "".join(RNG.choice(list("ACGT"), 3000))
    with gzip.open(table, "wt") as file:
        for chrom in ("chr8", "chr2"):
            file.write(f">{chrom}\n{bases}\n")
    words = ["train", "autoencoder", "--fasta", table, "-o", tmp_path, "--threads", 1,
             "--steps", 2, "--batch", 4, "--architecture", "recurrent"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    model, config = load_autoencoder(tmp_path)
    assert type(model) is ARCHITECTURES["recurrent"]
    assert (config["architecture"], config["settings"]["objective"]) == ("recurrent", "plain")
    capsys.readouterr()
    for extra, sentence in (
        (["--architecture", "x"], "There is no architecture 'x'"),
        (["--objective", "x"], "There is no objective 'x'"),
        (["--architecture", "recurrent", "--objective", "sketch"], "can be trained by"),
    ):
        assert main([*(str(word) for word in words[:-2]), *extra]) == 2
        assert sentence in capsys.readouterr().err
    settings = tmp_path / "autoencoder.json"
    config = json.loads(settings.read_text())
    for name, shown in (("other", "'other'"), (["other"], "\"\\['other'\\]\"")):
        settings.write_text(json.dumps(config | {"architecture": name}))
        with pytest.raises(InputError, match=f"no architecture {shown}"):
            load_autoencoder(tmp_path)


def test_size_of_the_latent() -> None:
    from dnaviz.models.autoencoder import Autoencoder

    codes = canvases(2)
    for ordered, size in ((1, 64), (2, 128), (4, 256), (8, 512)):
        model = Autoencoder(ordered=ordered).eval()
        latents, logits = model(objectives.device_one_hot(codes, torch.device("cpu")))
        assert latents.shape == (2, size)
        assert logits.shape[:2] == (2, 5)


def test_latent_size_sweep_command(tmp_path: Path, capsys) -> None:
    genome = tmp_path / "genome.fa"
    bases = "".join(RNG.choice(list("ACGT"), 3000))
    genome.write_text(f">chr8\n{bases}\n>chr1\n{bases}\n")
    words = ["measure", "rates", tmp_path / "runs", "--fasta", genome, "--steps", 2, "--n", 20,
             "-o", tmp_path / "rates.json"]  # fmt: skip
    assert main([str(w) for w in [*words, "--sizes", "64,512"]]) == 0
    rows = json.loads((tmp_path / "rates.json").read_text())["figures"]
    assert {row["model"] for row in rows} == {"latent 64", "latent 512"}
    assert len(rows) == 2 * 4 * 2
    assert main([str(w) for w in [*words, "--sizes", "100"]]) == 2
    assert "choose from 64, 128, 256, 512" in capsys.readouterr().err
