"""Fixtures that several rooms share."""

import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from helpers.served import Served
from hypothesis import settings

# As below, for all that tests start: two threads of two processes on two cores wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Hundreds of processes import the package: one compiles it, whatever the environment asks for.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Nothing needs it, and importing it with jsonschema takes seconds (serving/app.py).
sys.modules.setdefault("rfc3987_syntax", None)

settings.register_profile("dnaviz", deadline=None)  # a busy machine is not a failure
settings.load_profile("dnaviz")


@pytest.fixture(autouse=True)
def one_thread_of_torch():
    """Threads of tests side by side would wait for each other at every layer (models/threads)."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@pytest.fixture
def synthetic_adata():
    """120 windows in four labeled groups that lie apart in both spaces, as an AnnData."""
    from anndata import AnnData

    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(4), 30)
    codes = rng.integers(0, 4, (120, 200)).astype(np.uint8)
    for number, site in enumerate([(2, 3), (0, 2), (2, 3), (0, 2)]):  # GT, AG, GT, AG
        first = 100 if site == (2, 3) else 99
        codes[group == number, first : first + 2] = site
    centers = rng.normal(size=(4, 256)) * 3
    adata = AnnData(
        obs=pd.DataFrame(
            {
                "label": pd.Categorical(
                    np.array(["donor", "acceptor", "GT decoy", "AG decoy"])[group]
                ),
                "gene": [f"GENE{i % 7}" for i in range(120)],
                "chrom": "chr19",
                "start": np.arange(120) * 1000 + 1,
                "end": np.arange(120) * 1000 + 200,
                "strand": np.where(np.arange(120) % 2, "+", "-"),
                "gc": rng.random(120).astype(np.float32),
            },
            index=pd.Index([f"chr19:{i * 1000 + 101}:w{i}" for i in range(120)], name="id"),
        )
    )
    adata.obsm["sequence"] = codes
    adata.obsm["X_latent"] = (centers[group] + rng.normal(size=(120, 256))).astype(np.float16)
    adata.obsm["X_umap"] = (centers[group, :2] + rng.normal(size=(120, 2)) / 3).astype(np.float32)
    adata.obsm["X_splice"] = (centers[group, :64] + rng.normal(size=(120, 64))).astype(np.float16)
    adata.obsm["X_umap_splice"] = (centers[group, 2:4]).astype(np.float32)
    return adata


@pytest.fixture
def synthetic_atlas(synthetic_adata):
    from dnaviz.atlas import Atlas

    atlas = Atlas(synthetic_adata)
    atlas.check_model = lambda model: None  # its latents are drawn: no model made them
    return atlas


@pytest.fixture(scope="module")
def quick_map() -> Iterator[None]:
    """Two dimensions of the latents for a map: a process compiles UMAP for dozens of seconds.

    What is asked of UMAP itself is in `tests/atlas/test_umap.py`.
    """

    class LastDimensions:
        def __init__(self, **options: object) -> None:
            pass

        def fit(self, points):
            self.embedding_ = points[:, -2:]
            return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=LastDimensions))
        yield


@pytest.fixture(scope="session")
def untrained():
    """A model with random weights: shapes and plumbing, no meaning."""
    from dnaviz.models import Model

    return Model.untrained(seed=0)


@pytest.fixture(scope="session")
def lively():
    """A model with random weights whose splice probabilities spread over the whole range."""
    from dnaviz.models import Model

    model = Model.untrained(seed=1)
    spread(model.splice)
    return model


@pytest.fixture
def few_steps(monkeypatch):
    """A random network has so many corners that Integrated Gradients would go up to its cap."""
    module = importlib.import_module("dnaviz.attribution.integrate")
    monkeypatch.setattr(module, "MOST_STEPS", 16)


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory) -> Path:
    """What ``dnaviz train classifier`` leaves: a plain classifier, its probabilities spread."""
    import torch

    from dnaviz.models.checkpoint import save_checkpoint
    from dnaviz.models.plain import PLANS, PlainClassifier

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        classifier = PlainClassifier(PLANS["32"]).requires_grad_(False).eval()
    spread(classifier)
    folder = tmp_path_factory.mktemp("plain")
    save_checkpoint(folder, "classifier", classifier, {"architecture": "plain", "plan": "32"})
    return folder


def spread(splice) -> None:
    """Make the probabilities of a random classifier spread over the whole range.

    With fresh batch statistics a random network hardly reacts to its input, and a test of where a
    base lies could not fail.
    """
    import torch

    from dnaviz.models import CONTEXT

    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(4, (8, 2 * CONTEXT + 200), generator=generator)
    x = torch.nn.functional.one_hot(codes, 4).transpose(1, 2).float()
    norms = [m for m in splice.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = None
            norm.reset_running_stats()
        splice.train()
        splice(x)
        splice.eval()
        splice.output.weight *= 4 / splice(x).std()
        splice.bias[0] -= splice(x).mean((0, 2))
        splice.temperature[1], splice.bias[1, 1], splice.bias[1, 2] = 0.3, -1.0, 0.5


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Our own dashboards on one server, for all tests that change nothing of it."""
    with Served(["--verbose"]) as server:
        yield server


@pytest.fixture
def refused_to_serve(monkeypatch, capsys) -> Callable[..., str]:
    """Give ``dnaviz serve`` words with which it must not start; returns the one line it says."""
    from dnaviz.cli import main
    from dnaviz.serving import logs
    from dnaviz.serving.app import Server

    monkeypatch.setattr(Server, "_serve", lambda server: pytest.fail("It serves."))
    monkeypatch.setattr(logs, "configure", lambda level: None)

    def refused(*words: str) -> str:
        with mock.patch.dict(os.environ):
            assert main(["serve", "--no-browser", *words]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        return said.err

    return refused


def pytest_configure(config: pytest.Config) -> None:
    """Side by side (``-n 2``) are files, in their order: a file's tests share what they set up."""
    if getattr(config.option, "numprocesses", None):
        config.option.dist, config.option.loadscopereorder = "loadfile", False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright keeps an event loop running, and two cannot.

    Of them the files with the most tests go first, so that no process waits long for the other.
    """
    tests = Counter(item.path for item in items if "browser" in item.path.parts)
    order = {path: place for place, (path, _) in enumerate(tests.most_common(), start=1)}
    items.sort(key=lambda item: order.get(item.path, 0))
