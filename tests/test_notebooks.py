"""Every tutorial runs from top to bottom, shows its panels, and prints what is so.

They run in a kernel with a running event loop, as JupyterLab runs them; `docs/run_notebooks.py`
stores what they print.
"""

import ast
import json
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PANELS = {
    "01-quick-start": 3,
    "02-latent-map": 1,
    "03-reconstruction-and-latent": 1,
    "04-reading-attributions": 0,
    "05-features-or-prior": 0,
    "06-a-variants-story": 1,
    "07-your-sequences": 1,
    "08-your-own-model": 2,
    "09-a-chromosome-on-dask": 0,
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_every_notebook_is_known() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(PANELS)


def quick_start(said):
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
    assert donor[1] > 0.8
    assert acceptor[2] > 0.9
    assert float(walked[2][3]) > 1
    writing = int(re.search(r"(\d+) of 256 numbers write in this window", said)[1])
    assert 0 < writing < 256


def attributions(said):
    from dnaviz.genome.examples import examples

    exon = next(e for e in examples() if e.name == "LDLR exon 4")
    donor = exon.exons[0][1] + 1
    around = str(exon.sequence)[donor - 4 : donor + 5]
    assert f"{around[:3]}|{around[3:].lower()} at {donor}" in said
    complete = dict(re.findall(r"^([A-Z].*?) +complete: (True|False)", said, re.M))
    assert complete["Integrated Gradients"] == "True"
    assert len(complete) == 4
    agreement = {
        name: float(r) for name, r in re.findall(r"^(\S.*?) +complete.* r = (\S+)", said, re.M)
    }
    assert agreement["Integrated Gradients"] == 1
    assert min(agreement.values()) > 0.3
    tops = [ast.literal_eval(found) for found in re.findall(r"top five at (\[.*\])", said)]
    assert len(tops) == 3
    assert set.intersection(*map(set, tops)) & {-1, 0, 1}
    assert abs(float(re.search(r"r = (\S+) with random weights", said)[1])) < 0.4
    assert float(re.search(r"r = (\S+) with dnaviz", said)[1]) > 0.99
    difference, size = re.search(r"tangermeme and dnaviz: (\S+) of (\S+) log-odds", said).groups()
    assert float(difference) < 0.001 * float(size)


def features(said):
    rows = re.findall(r"^ *(\d+)  ([01]\.\d{3})   ([01]\.\d{3})$", said, re.M)
    assert [int(row[0]) for row in rows[:5]] == [50, 100, 200, 500, 1000]
    words, latents = (np.array([float(row[k]) for row in rows]) for k in (1, 2))
    assert (latents > words).all()
    assert latents[-1] > latents[0]
    measured = json.loads((ROOT / "measured" / "hs3d_donor_100_labels.json").read_text())
    for name in ("kmer", "frozen", "fine_tuned", "scratch"):
        few, all_labels = re.search(rf"^{name} +(\S+) +(\S+)$", said, re.M).groups()
        assert float(all_labels) == pytest.approx(measured[name]["auroc"], abs=6e-4)
        curve = measured["learning_curve"][0][name]
        assert float(few) == pytest.approx(curve["auroc"]["mean"], abs=6e-4)


def story(said):
    # The names are of the gene's HGVS, and the effect was published (see known_variants).
    assert "c.1813C>T" in said
    assert "NC_000019.10:g.11116966C>T" in said
    assert "exon 12 loses 34 nt" in said
    assert "frame: shifted" in said
    gain, before, after = re.search(r"donor_gain +(\S+) at \d+: (\S+) -> (\S+)", said).groups()
    assert float(after) - float(before) == pytest.approx(float(gain), abs=0.011)
    assert float(gain) > 0.2
    assert "report.html written" in said


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


def cluster(said):
    sites, difference = re.search(
        r"(\d+) sites, the same as of one process: True, probabilities within (\S+)", said
    ).groups()
    assert int(sites) > 20
    assert float(difference) < 1e-4


CHECKS = (
    quick_start,
    latent_map,
    reconstruction,
    attributions,
    features,
    story,
    own_data,
    own_model,
    cluster,
)
SAID = dict(zip(PANELS, CHECKS, strict=True))


# What the others call is called by the tests of the panels too; the last two compile UMAP.
QUICK = ("01-quick-start", "03-reconstruction-and-latent")
RUNS = [
    pytest.param(path, id=path.stem, marks=[] if path.stem in QUICK else [pytest.mark.slow])
    for path in NOTEBOOKS
]


def check_stored(code: list[nbformat.NotebookNode]) -> None:
    """What is stored is for readers: text and pictures, no errors, no widgets without a kernel."""
    outputs = [output for cell in code for output in cell.outputs]
    assert all(output["output_type"] != "error" for output in outputs)
    assert all(WIDGET not in output.get("data", {}) for output in outputs)
    assert len(json.dumps(outputs)) < 400_000


@pytest.mark.parametrize("path", RUNS)
def test_notebook_runs(path: Path) -> None:
    if path.stem in ("07-your-sequences", "08-your-own-model"):
        pytest.importorskip("umap")
    if path.stem == "09-a-chromosome-on-dask":
        pytest.importorskip("distributed")
    if path.stem == "05-features-or-prior":
        pytest.importorskip("sklearn")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    check_stored(code)
    for cell in code:
        cell.outputs = []
    # An error in a cell is an error here.
    NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
    outputs = [output for cell in code for output in cell.outputs]
    shown = [output["data"] for output in outputs if "data" in output]
    assert sum(WIDGET in data for data in shown) == PANELS[path.stem]
    printed = [output["text"] for output in outputs if "text" in output]
    SAID[path.stem]("\n".join([*printed, *(data.get("text/plain", "") for data in shown)]))
