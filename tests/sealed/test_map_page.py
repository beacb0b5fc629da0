"""The map as one page: whole, without a way out of the file, and nothing of the atlas is code."""

import base64
import hashlib
import re
import shutil
import subprocess
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from helpers.map_parts import about_of, bases, column, parts_of, positions

from dnaviz.atlas import Atlas
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.figures.coloring import coloring
from dnaviz.sealed import map_page as pages
from dnaviz.sealed.map_page import HERE, map_page

WEB = HERE / "web" / "map"
BUILT = HERE / "built_map"
HOSTILE = ["</script><script>alert(1)</script>", "{{ script }}", "<img src=x onerror=alert(1)>"]


@pytest.mark.slow
def test_the_committed_script_is_what_the_sources_give(tmp_path):
    node = shutil.which("node")
    if node is None or not (WEB.parent / "node_modules" / "esbuild").is_dir():
        pytest.skip("There is no Node, or npm ci was not run.")
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=WEB, check=True, timeout=300)
    for path in BUILT.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_script_is_of_the_sources_that_are_here():
    """Where there is no Node too; after a change: npm ci && npm run build in dnaviz/sealed/web."""
    lines = (BUILT / "sources.sha256").read_text("utf-8").splitlines()
    built = dict(line.split("  ")[::-1] for line in lines)
    assert {path.relative_to(HERE.parent).as_posix() for path in WEB.iterdir()} <= built.keys()
    for name, digest in built.items():
        text = (HERE.parent / name).read_bytes().replace(b"\r\n", b"\n")
        assert hashlib.sha256(text).hexdigest() == digest, f"{name} has changed: build again"


def test_all_of_an_atlas_is_in_its_page(synthetic_atlas):
    page = map_page(synthetic_atlas)
    parts, about = parts_of(page), about_of(page)
    assert about["count"] == 120
    for space in about["spaces"]:
        back = positions(parts[f"points-{space['key']}"], space["frame"])
        np.testing.assert_allclose(back, synthetic_atlas.map(space["key"]), atol=1e-3)
    packed = [parts[f"sequences-{i}"] for i in range(about["sequences"]["parts"])]
    codes = bases(packed, parts["exceptions"], 120, about["sequences"]["window"])
    np.testing.assert_array_equal(codes, synthetic_atlas.codes())
    for number, one in enumerate(about["columns"]):
        values = column(one, parts[f"column-{number}"], parts.get(f"texts-{number}", b""))
        assert values == synthetic_atlas.obs[one["name"]].tolist()
        for dark in (False, True):
            colors = coloring(synthetic_atlas.obs[one["name"]], dark=dark)
            if not one["numeric"]:
                assert one["colors"][dark] == [color for _, color, _ in colors.categories]


def test_the_page_forbids_all_requests_and_every_script_but_its_own(synthetic_atlas):
    page = map_page(synthetic_atlas)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert not re.search(r"https?:", policy)


def test_names_from_an_atlas_are_no_code(synthetic_adata, tmp_path):
    synthetic_adata.obs["label"] = (HOSTILE * 40)[:120]
    synthetic_adata.obs[HOSTILE[2]] = HOSTILE[0]
    synthetic_adata.obs.index = [f"{HOSTILE[i % 3]}{i}" for i in range(120)]
    page = map_page(Atlas(synthetic_adata, tmp_path / "{{ script }}<b>.h5ad"))
    assert page.count("<script>") == 1
    assert "alert(1)" not in page
    assert "<title>Latent map of {{ script }}&lt;b&gt;.h5ad - dnaviz</title>" in page
    assert HOSTILE[0] in about_of(page)["columns"][0]["categories"][0]


def test_the_same_atlas_gives_the_same_page(synthetic_atlas):
    assert map_page(synthetic_atlas) == map_page(synthetic_atlas)


def test_sequences_stay_out_where_asked(synthetic_atlas):
    page = map_page(synthetic_atlas, sequences=False)
    assert about_of(page)["sequences"] is None
    assert not [name for name in parts_of(page) if name.startswith(("sequences", "exceptions"))]


def test_too_many_points_and_an_unknown_column_are_refused(synthetic_atlas, monkeypatch):
    with pytest.raises(InputError, match='the atlas has no column "lable"; it has label, gene'):
        map_page(synthetic_atlas, color="lable")
    monkeypatch.setattr(pages, "MOST_POINTS", 119)
    with pytest.raises(InputError, match="has 120 windows; a page shows at most 119"):
        map_page(synthetic_atlas)


def test_a_page_that_no_browser_opens_is_refused(synthetic_atlas, monkeypatch):
    monkeypatch.setattr(pages, "MOST_BYTES", 9_000)
    with pytest.raises(InputError, match=r"larger than .* --no-sequences"):
        map_page(synthetic_atlas)


def cells(**obsm):
    obs = pd.DataFrame({"kind": ["a", "b"] * 15}, index=[f"cell{i}" for i in range(30)])
    draw = np.random.default_rng(0)
    arrays = {key: draw.normal(size=(30, width)) for key, width in obsm.items()}
    return AnnData(draw.random((30, 7)), obs=obs, obsm=arrays)


@pytest.mark.parametrize(
    ("keys", "drawn"),
    [({"X_umap": 2}, "X_umap"), ({"X_pca": 9}, "X_pca"), ({"spatial": 2, "one": 1}, "spatial")],
)
def test_any_anndata_with_a_map_is_exported(keys, drawn, tmp_path, capsys):
    adata = cells(**keys)
    source, output = tmp_path / "cells.h5ad", tmp_path / "map.html"
    adata.write_h5ad(source)
    assert main(["export", str(output), "--atlas", str(source), "--color", "kind"]) == 0
    page = output.read_text("utf-8")
    about = about_of(page)
    assert about["notes"] == [f"Drawn is obsm['{drawn}']."]
    if find_spec("pyarrow"):
        assert main(["export", str(tmp_path / "map.parquet"), "--atlas", str(source)]) == 0
        assert capsys.readouterr().err == f"Drawn is obsm['{drawn}'].\n"
    assert about["sequences"] is None
    back = positions(parts_of(page)["points-autoencoder"], about["spaces"][0]["frame"])
    np.testing.assert_allclose(back, adata.obsm[drawn][:, :2], atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["map.html", "--atlas", "cells.h5ad"], "cells.h5ad has no map: none of its obsm"),
        (["map.html", "--atlas", "absent.h5ad"], "absent.h5ad: there is no such file"),
        (["map.html", "--atlas", "shipped", "--color", "lable"], 'has no column "lable"'),
        (["map.html", "--atlas", "shipped", "--gradients"], "--gradients does not go with --atlas"),
        (["map.html", "--atlas", "shipped", "--model", "."], "--model does not go with --atlas"),
        (["map.onnx", "--atlas", "shipped"], 'The output "map.onnx" does not end in .html'),
        (["map.html", "--color", "label"], "--color is of a map: name its atlas with --atlas"),
        (["map.html", "--no-sequences"], "--no-sequences is of a map"),
        (["map.html"], "For a map, name its atlas: dnaviz export map.html --atlas FILE"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cells(one=1).write_h5ad("cells.h5ad")
    assert main(["export", *arguments]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cells.h5ad"]
