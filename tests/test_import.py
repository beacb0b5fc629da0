"""What an import brings along: little for the package, never a map builder for a viewer."""

import subprocess
import sys

import pytest

import dnaviz

HEAVY = {
    "anndata", "captum", "h5py", "ipywidgets", "logomaker", "matplotlib", "numba", "numpy",
    "pandas", "plotly", "safetensors", "scipy", "sklearn", "torch", "typer", "umap", "voila",
}  # fmt: skip
BUILDERS = {"umap", "numba", "pynndescent"}


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh process holds after some code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(process.stdout.split())


def test_import_dnaviz_brings_nothing_heavy():
    assert not loaded_after("import dnaviz; dir(dnaviz)") & HEAVY


def test_the_help_brings_nothing_heavy():
    loaded = loaded_after("from dnaviz.cli import main; main(['--help'])")
    assert "typer" in loaded
    assert not loaded & (HEAVY - {"typer"})


def test_sequences_need_numpy_alone():
    assert loaded_after("from dnaviz import parse_sequences") & HEAVY == {"numpy"}


def test_a_model_of_ones_own_is_scanned_and_explained_without_torch():
    loaded = loaded_after(
        "import numpy as np, dnaviz\n"
        "from dnaviz.splicing.edit_placement import annotated, place_edits\n"
        "class Own:\n"
        "    name, sha256, context = 'own', '0', 200\n"
        "    def score_positions(self, sequences, spans=None):\n"
        "        return [np.zeros((2, len(range(*s.indices(len(q))))), np.float32)\n"
        "                for q, s in zip(sequences, spans or [slice(None)] * len(sequences))]\n"
        "    def score_windows(self, windows): return np.zeros((len(windows), 2), np.float32)\n"
        "    def gradients(self, windows, site):\n"
        "        return np.zeros(len(windows), np.float32), np.zeros_like(windows)\n"
        "dna = 'ACGTTGCAAGGTAAGTTTGC' * 10\n"
        "dnaviz.scan(dna, Own()); dnaviz.attribute(dna, model=Own())\n"
        "from dnaviz.attribution import mutagenesis\n"
        "mutagenesis(dna, model=Own()); dnaviz.splice_effect(dna, '57T>G', model=Own())\n"
    )
    assert loaded & HEAVY == {"numpy"}


def test_a_viewer_of_the_shipped_model_and_atlas_never_imports_what_builds_maps():
    loaded = loaded_after(
        "import dnaviz, dnaviz.panels\n"
        "for name in dnaviz.__all__: getattr(dnaviz, name)\n"
        "for name in dnaviz.panels.__all__: getattr(dnaviz.panels, name)\n"
        "model, atlas, dna = dnaviz.load_model(), dnaviz.load_atlas(), 'ACGTTGCAAGGTAAGTTTGC' * "
        "10\n"
        "atlas.project([dna], model=model)\n"
        "dnaviz.scan(dna); dnaviz.attribute(dna)\n"
        "dnaviz.LatentMap(); dnaviz.Reconstruction(); dnaviz.SpliceInspector()\n"
    )
    assert {"torch", "plotly"} <= loaded
    assert not loaded & BUILDERS


@pytest.mark.parametrize("name", dnaviz.__all__)
def test_every_public_name_exists(name):
    assert getattr(dnaviz, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = dnaviz.nonsense
