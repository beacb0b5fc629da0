"""Every tutorial runs from top to bottom, shows its panels, and prints what is so.

They run in a kernel with a running event loop, as JupyterLab runs them; they are stored without
output.
"""

import ast
import math
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
PANELS = {
    "01-quick-start": 3,
    "02-latent-map": 1,
    "03-reconstruction-and-latent": 1,
    "04-reading-attributions": 2,
    "07-your-sequences": 1,
    "08-your-own-model": 2,
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_every_notebook_is_known() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(PANELS)


def first_light(said):
    result, annotated, called = map(int, re.search(
        r"(\d+) of (\d+) annotated donors found, (\d+) called", said
    ).groups())  # fmt: skip
    assert 0.8 * annotated < result <= called


def latent_map(said):
    from dnaviz.atlas import load_atlas

    obs = load_atlas().obs
    fooled = ((obs["label"] == "GT decoy") & (obs["donor_probability"] > 0.5)).sum()
    assert f"{fooled} decoys look like donors to the model" in said
    assert "far: False" in said


def reconstruction(said):
    from dnaviz.atlas import load_atlas
    from dnaviz.atlas.latent_shift import latent_shift
    from dnaviz.models import load_model
    from dnaviz.sequences import as_sequence
    from dnaviz.splicing.variants import apply_variants, parse_variants

    atlas, model = load_atlas(), load_model()
    sites = {
        kind: atlas.obs[(atlas.obs["label"] == kind) & (atlas.obs[f"{kind}_probability"] > 0.9)]
        for kind in ("donor", "acceptor")
    }
    start, end = (atlas.sequences(atlas.rows([table.index[0]]))[0] for table in sites.values())
    record = as_sequence(start)
    variants = parse_variants("101G>A", record)
    expected = latent_shift(model, record, apply_variants(record, variants), variants)
    moved = ast.literal_eval(re.search(r"latent moved by (.*)", said)[1])
    assert moved == {space: round(far, 2) for space, far in expected.distance.items()}
    assert min(moved.values()) > 1
    printed = ast.literal_eval(re.search(r"neither, donor, acceptor: (.*)", said)[1])
    assert printed == pytest.approx(expected.probabilities, abs=5e-4)

    walked = re.findall(r"^ *(\d+)%  ([ACGT]+)  \[(.*?)\]  ([\d.]+)$", said, re.M)
    assert [int(share) for share, *_ in walked] == [0, 25, 50, 75, 100]
    assert (walked[0][1], walked[-1][1]) == (start[85:115], end[85:115])
    donor, acceptor = (list(map(float, walked[at][2].split())) for at in (0, -1))
    assert donor[1] > 0.9
    assert acceptor[2] > 0.9
    assert float(walked[2][3]) > 1
    writing = int(re.search(r"(\d+) of 256 numbers write in this window", said)[1])
    assert 0 < writing < 256


def inspector(said):
    shares = ast.literal_eval(re.search(r"\{'before'.*\}", said)[0])
    assert shares["before"] > 0.5 > shares["after"]
    from dnaviz.atlas import load_atlas

    assert f'Sequence("{load_atlas().obs.index[0]}", 200 nt)' in said


def own_data(said):
    windows = int(re.search(r"mine.h5ad: (\d+) sequences", said)[1])
    assert f"n_obs × n_vars = {windows} × 0" in said


def own_model(said):
    assert "nearest: [0, 1, 2] of (300, 50)" in said
    assert re.search(r"refused: .*another model's: it was built with 50 trinucleotides", said)
    assert "refused: The model 50 trinucleotides has no splice-site scores" in said
    assert "[(74, 'donor')]" in said
    assert "explained: ACCTTGACAGGTAAGTACCTT True" in said
    # Of nine matches of weight 2 over a bias of 16 the mutation takes one.
    assert f"lost: {1 / (1 + math.exp(-2)) - 0.5:.3f}" in said


CHECKS = (first_light, latent_map, reconstruction, inspector, own_data, own_model)
SAID = dict(zip(PANELS, CHECKS, strict=True))


# What the others call is called by the tests of the panels too; the last two compile UMAP.
QUICK = ("01-quick-start", "03-reconstruction-and-latent")
RUNS = [
    pytest.param(path, id=path.stem, marks=[] if path.stem in QUICK else [pytest.mark.slow])
    for path in NOTEBOOKS
]


@pytest.mark.parametrize("path", RUNS)
def test_notebook_runs(path: Path) -> None:
    if path.stem in ("07-your-sequences", "08-your-own-model"):
        pytest.importorskip("umap")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    # An error in a cell is an error here.
    NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
    outputs = [output for cell in code for output in cell.outputs]
    shown = [output["data"] for output in outputs if "data" in output]
    assert sum(WIDGET in data for data in shown) == PANELS[path.stem]
    printed = [output["text"] for output in outputs if "text" in output]
    SAID[path.stem]("\n".join([*printed, *(data.get("text/plain", "") for data in shown)]))
