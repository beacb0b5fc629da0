"""What the tests of the splice inspector's files share."""

import pytest

from dnaviz.models import load_model
from dnaviz.panels.splice_inspector.panel import SpliceInspector


@pytest.fixture
def few_steps(few_steps, monkeypatch):
    """Few steps along the way, and few mutated positions."""
    monkeypatch.setattr("dnaviz.panels.splice_inspector.steps.FLANK", 12)


@pytest.fixture
def quick_atlas(synthetic_atlas, monkeypatch):
    """An atlas that places sequences by its own latents: a random model's mean nothing."""
    project = synthetic_atlas.project

    def place(sequences, *, space, model, k):
        latents = synthetic_atlas.latent(space)[: len(sequences)].astype("float32")
        return project(latents, space=space, model=model, k=k)

    monkeypatch.setattr(synthetic_atlas, "project", place)
    return synthetic_atlas


@pytest.fixture
def inspector(quick_atlas, monkeypatch):
    """With the shipped model: published variants have to be predicted."""
    monkeypatch.delenv("QUERY_STRING", raising=False)
    return SpliceInspector(model=load_model(), atlas=quick_atlas)
