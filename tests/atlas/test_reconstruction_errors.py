"""Reconstruction errors: counts against a count by hand, repeats against brute force."""

import re

import anndata
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.reconstruction_errors import (
    KEY,
    reconstruction_errors,
    repeat_share,
    store,
    stored,
)
from dnaviz.atlas.store import encode_codes
from dnaviz.cli import main


@pytest.fixture
def small(synthetic_adata, untrained):
    """Twelve windows of 200 nt, one of them short and with unknown bases, and their latents."""
    adata = synthetic_adata[::10].copy()
    codes = adata.obsm["sequence"].copy()
    codes[0] = encode_codes(["ACGTN" * 8 + "A" * 20], 200)[0]
    adata.obsm["sequence"] = codes
    texts = Atlas(adata).sequences()
    for key, space in (("X_latent", "autoencoder"), ("X_splice", "splice")):
        adata.obsm[key] = untrained.encode(texts, space=space).astype(np.float32)
    return Atlas(adata)


def test_counts_are_those_of_the_reconstructions(small, untrained):
    table = reconstruction_errors(small, untrained, noise=(0.0,)).set_index(["by", "group"])
    found = untrained.reconstruct(small.sequences())
    pairs = [
        (a, b)
        for result in found
        for a, b in zip(str(result.sequence), result.reconstruction, strict=True)
        if a in "ACGT"
    ]
    every = table.loc[("all", "all")]
    assert every["bases"] == len(pairs)
    assert every["wrong"] == sum(a != b for a, b in pairs)
    assert every["windows"] == 12
    # Each way of grouping shares out the same bases.
    for by in ("position", "repeats", "gc", "label"):
        assert table.loc[by]["bases"].sum() == len(pairs)
        assert table.loc[by]["wrong"].sum() == every["wrong"]
    middle = table.loc[("position", "0")]
    at = [(str(r.sequence), r.reconstruction, len(r.sequence) // 2) for r in found]
    assert middle["wrong"] == sum(a[m] != b[m] for a, b, m in at if a[m] in "ACGT")


def test_noise_changes_errors_and_the_seed_fixes_them(small, untrained):
    one, two = (reconstruction_errors(small, untrained, noise=(0.0, 5.0), seed=3) for _ in range(2))
    assert one.equals(two)
    still, blurred = (one[one["noise"] == level] for level in (0.0, 5.0))
    assert (still["probability"].to_numpy() != blurred["probability"].to_numpy()).all()


def test_the_table_travels_with_the_atlas(small, untrained, tmp_path):
    assert stored(small) is None
    table = reconstruction_errors(small, untrained, sample=5)
    store(small, table)
    for name in ("a.h5ad", "a.zarr"):
        small.write(tmp_path / name)
        back = stored(load_atlas(tmp_path / name))
        assert (
            back[["by", "group"]].to_numpy().tolist() == table[["by", "group"]].to_numpy().tolist()
        )
        np.testing.assert_allclose(back["entropy"], table["entropy"])
    small.adata.uns["dnaviz"] = {KEY: "something else"}
    assert stored(small) is None


def by_regular_expression(text):
    """Share of the bases in tandem repeats of 10 bases and at least two copies."""
    inside = np.zeros(len(text), bool)
    for period in range(1, 7):
        for start in range(len(text)):
            unit = text[start : start + period]
            if len(unit) < period or "N" in unit:
                continue
            full = re.match(f"(?:{unit})+", text[start:]).group()
            rest = text[start + len(full) :]
            extra = next((n for n in range(period, -1, -1) if rest.startswith(unit[:n])), 0)
            length = len(full) + extra
            if length >= max(10, 2 * period):
                inside[start : start + length] = True
    return inside[[c != "N" for c in text]].mean() if text.strip("N") else 0.0


@given(st.text("AC", min_size=20, max_size=60) | st.text("ACGTN", min_size=20, max_size=60))
def test_repeats_against_brute_force(text):
    result = repeat_share(encode_codes([text], len(text)))
    assert result[0] == pytest.approx(by_regular_expression(text), abs=1e-6)


def test_the_command(small, untrained, tmp_path, monkeypatch, capsys):
    from dnaviz import models

    monkeypatch.setattr(models, "load_model", lambda path=None: untrained)
    path = tmp_path / "a.h5ad"
    small.adata.layers["counts"] = np.zeros(small.adata.shape)  # what no map shows is kept too
    small.adata.uns["mine"] = "kept"
    small.write(path)
    assert main(["atlas", "losses", str(path), "--write"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:3] == ["noise", "by", "group"]
    assert lines[1][1:4] == ["all", "all", "12"]
    assert {line[1] for line in lines[1:]} == {"all", "position", "repeats", "gc", "label"}
    assert stored(load_atlas(path)) is not None
    full = anndata.read_h5ad(path)
    assert list(full.layers) == ["counts"]
    assert full.uns["mine"] == "kept"
    assert list(full.obs.index) == list(small.obs.index)
