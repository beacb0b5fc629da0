"""Latents of many sequences in a file: the model's own, and whole after a kill too."""

import copy
from types import SimpleNamespace

import anndata
import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas import encode as encoding
from dnaviz.atlas.embed import embed
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import site_probabilities


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(encoding, "BATCH", 3)


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGTN"), n)) for n in (20, 400, 200, 61, 200, 33, 90, 200)]


@pytest.fixture(scope="module")
def obs(sequences):
    ids = pd.Index([f"s{number}" for number in range(len(sequences))], name="id")
    return pd.DataFrame({"length": list(map(len, sequences))}, index=ids)


@pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
def test_a_file_holds_the_latents_of_the_model(untrained, sequences, obs, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    embed(iter(sequences), obs, untrained, path, probabilities=True, bases=True)
    adata = anndata.io.read_h5ad(path) if suffix == ".h5ad" else anndata.io.read_zarr(path)
    assert list(adata.obs_names) == list(obs.index)
    assert adata.obs["length"].tolist() == obs["length"].tolist()
    for key, space in (("X_latent", "autoencoder"), ("X_splice", "splice")):
        expected = untrained.encode(sequences, space=space).astype(np.float16)
        np.testing.assert_allclose(adata.obsm[key], expected, rtol=2e-3, atol=2e-3)
    expected = site_probabilities(untrained, sequences)
    found = adata.obs[["donor_probability", "acceptor_probability"]].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    whole = [np.frombuffer(b"ACGTN-", np.uint8)[row].tobytes() for row in adata.obsm["sequence"]]
    assert sorted(text.replace(b"-", b"").decode() for text in whole) == sorted(sequences)
    assert adata.uns["dnaviz"]["model"] == untrained.spaces
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.slow
def test_parquet_has_a_list_of_floats_a_row(untrained, sequences, obs, tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "out.parquet"
    embed(sequences, obs, untrained, path, spaces=["splice"])
    table = pd.read_parquet(path)
    assert list(table.columns) == ["id", "length", "splice"]
    expected = untrained.encode(sequences, space="splice")
    np.testing.assert_allclose(np.stack(table["splice"]), expected, rtol=2e-3, atol=2e-3)


def test_sequences_that_a_parquet_file_has_no_place_for_are_refused(
    untrained, sequences, obs, tmp_path
):
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="no column for sequences"):
        embed(sequences, obs, untrained, tmp_path / "out.parquet", bases=True)


def test_a_killed_run_goes_on_and_gives_the_same_file(
    untrained, sequences, obs, tmp_path, monkeypatch
):
    whole, resumed = tmp_path / "whole.h5ad", tmp_path / "resumed.h5ad"
    embed(sequences, obs, untrained, whole)
    asked: list[int] = []
    real = encoding.encode_in

    def counted(model, part, space):
        asked.append(len(part))
        if len(asked) == fails_at:
            raise KeyboardInterrupt
        return real(model, part, space)

    monkeypatch.setattr(encoding, "encode_in", counted)
    fails_at = 6  # two tell the widths; two spaces a batch
    with pytest.raises(KeyboardInterrupt):
        embed(sequences, obs, untrained, resumed, identity={"file": 1})
    assert not resumed.exists()
    asked, fails_at = [], -1
    embed(sequences, obs, untrained, resumed, identity={"file": 1})
    assert sum(asked[2:]) == 2 * (len(sequences) - 3)  # the first batch is not encoded again
    assert resumed.read_bytes() == whole.read_bytes()


def test_a_full_disk_is_told_before_the_work(untrained, sequences, obs, tmp_path, monkeypatch):
    monkeypatch.setattr("dnaviz.io.atomic.shutil.disk_usage", lambda _: SimpleNamespace(free=5_000))
    with pytest.raises(InputError, match=r"takes up to 0\.0 MB, and 0\.0 MB are free there"):
        embed(sequences, obs, untrained, tmp_path / "out.h5ad")
    assert list(tmp_path.iterdir()) == []


def test_latents_stay_when_the_disk_fills_behind_them(
    untrained, sequences, obs, tmp_path, monkeypatch
):
    room = iter([10**9, 0])
    whole, path = tmp_path / "whole.h5ad", tmp_path / "out.h5ad"
    embed(sequences, obs, untrained, whole)
    with monkeypatch.context() as patched:
        patched.setattr(
            "dnaviz.io.atomic.shutil.disk_usage", lambda _: SimpleNamespace(free=next(room))
        )
        with pytest.raises(InputError, match=r'out\.h5ad" cannot be written: it takes up to'):
            embed(sequences, obs, untrained, path)
    asked = []
    monkeypatch.setattr(encoding, "_encode_batch", lambda batch, *_: asked.append(batch))
    embed(sequences, obs, untrained, path)
    assert asked == []
    assert path.read_bytes() == whole.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"whole.h5ad", "out.h5ad"}


def test_a_sequence_that_no_latent_holds_is_named(untrained, sequences, obs, tmp_path):
    with pytest.raises(InputError, match="s7 has 401 nt; one latent holds 20 to 400"):
        embed([*sequences[:7], "A" * 401], obs, untrained, tmp_path / "out.h5ad")
    assert list(tmp_path.iterdir()) == []


def test_the_command_embeds_windows_of_a_genome(tmp_path, capsys):
    pytest.importorskip("pysam")
    genome, bed, out = (tmp_path / name for name in ("g.fa", "w.bed", "out.h5ad"))
    genome.write_text(">chr1\n" + "ACGGTAAGTC" * 60 + "\n")
    bed.write_text("chr1\t0\t100\tfirst\t0\t-\nchr1\t100\t600\tsecond\t0\t+\n")
    assert main(["embed", str(genome), "--bed", str(bed), "-o", str(out)]) == 2
    assert "chr1:101-600:+ has 500 nt" in capsys.readouterr().err
    arguments = ["--window", "200", "--space", "splice"]
    assert main(["embed", str(genome), "--bed", str(bed), "-o", str(out), *arguments]) == 0
    adata = anndata.io.read_h5ad(out)
    assert adata.obs["strand"].tolist() == ["-", "+"]
    assert adata.obs["length"].tolist() == [100, 200]
    assert adata.obs[["start", "end"]].to_numpy().tolist() == [[1, 100], [251, 450]]  # as encoded
    assert list(adata.obsm) == ["X_splice"]
    assert main(["embed", str(genome), "-o", str(out), "--space", "other"]) == 2
    assert "has no other latents" in capsys.readouterr().err


def test_the_command_names_sequences_of_unknown_bases(tmp_path, capsys):
    path, out = tmp_path / "in.fa", tmp_path / "out.h5ad"
    known, half = "ACGGTAAGTC" * 6, "ACGGTNNNNN" * 6
    path.write_text(f">known\n{known}\n>half\n{half}\n>gap\n{'N' * 60}\n>lower\n{'n' * 60}\n")
    assert main(["embed", str(path), "-o", str(out), "--space", "splice"]) == 0
    assert capsys.readouterr().err == (
        'Mostly N or another code for several bases: "gap", "lower". Where they are, the models '
        "see nothing.\n"
    )
    path.write_text(f">known\n{known}\n")
    assert main(["embed", str(path), "-o", str(out), "--space", "splice"]) == 0
    assert capsys.readouterr().err == ""


def interrupted(monkeypatch, *arguments, **options):
    """A run that is killed behind its first batch."""
    real, asked = encoding._encode_batch, []

    def once(*given):
        asked.append(given)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(encoding, "_encode_batch", once)
        with pytest.raises(KeyboardInterrupt):
            embed(*arguments, **options)


def test_a_run_goes_on_with_its_own_model_and_sequences_alone(
    untrained, sequences, obs, tmp_path, monkeypatch
):
    path, uninterrupted = tmp_path / "out.h5ad", tmp_path / "uninterrupted.h5ad"
    other = copy.copy(untrained)
    other.config = {**untrained.config, "classifier": {"weights_sha256": "of another"}}
    interrupted(monkeypatch, sequences, obs, untrained, path, probabilities=True)
    asked = []
    real = encoding._encode_batch
    monkeypatch.setattr(
        encoding, "_encode_batch", lambda batch, *more: asked.append(batch) or real(batch, *more)
    )
    embed(sequences, obs, other, path, probabilities=True)
    assert sum(map(len, asked)) == len(sequences)  # all of them anew
    monkeypatch.setattr(encoding, "_encode_batch", real)
    interrupted(monkeypatch, sequences, obs, untrained, path)
    changed = ["A" * 50, *sequences[1:]]
    with pytest.raises(InputError, match="not those of the run that was interrupted"):
        embed(changed, obs, untrained, path)
    embed(changed, obs, untrained, path)
    embed(changed, obs, untrained, uninterrupted)
    assert path.read_bytes() == uninterrupted.read_bytes()
    assert anndata.io.read_h5ad(path).uns["dnaviz"]["window"] == 400
