"""Panels of models that are not ours show what these can, and say what they cannot."""

import numpy as np
import pytest
from helpers.foreign_models import KmerEncoder, SmallCNN, SmallDecoder

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.build import build_atlas
from dnaviz.errors import InputError
from dnaviz.panels import LatentMap, Reconstruction, SpliceInspector

pytestmark = pytest.mark.usefixtures("quick_map")

BASES = load_atlas().sequences([0])[0]


def atlas_of(model):
    shipped = load_atlas()
    table = shipped.obs[["label"]].iloc[:40].assign(sequence=shipped.sequences(range(40)))
    return Atlas(build_atlas(table, model, n_neighbors=5))


def test_a_map_of_an_encoder_places_sequences_and_explains_nothing():
    model = KmerEncoder()
    panel = LatentMap(atlas_of(model), model)
    placed = panel.project(panel.atlas.sequences([3])[0])
    np.testing.assert_allclose(placed.xy[0], panel.atlas.map()[3], atol=1e-5)
    panel.selection = range(5)
    assert panel.logo is not None
    assert panel.attribution is None
    sentence = "50 trinucleotides has no splice-site scores, so there is nothing to explain"
    assert sentence in panel.selection_card.attribution_logo.value
    panel.focus = panel.atlas.obs.index[3]
    panel.window_card.runner.finish()
    assert sentence in panel.window_card.attribution_logo.value
    assert panel.window_card.written == ""
    assert panel.message.text == ""


def test_a_map_of_a_scorer_explains_windows():
    model = SmallCNN()
    panel = LatentMap(atlas_of(model), model)
    panel.selection = range(5)
    explained = panel.attribution
    assert explained.windows == 5
    assert explained.total == pytest.approx(explained.gain, abs=0.02 * abs(explained.gain) + 0.01)
    panel.focus = panel.atlas.obs.index[3]
    panel.window_card.runner.finish()
    assert panel.window_card.attribution is not None


def test_a_map_of_another_model_is_refused():
    with pytest.raises(InputError, match="another model's"):
        LatentMap(atlas_of(KmerEncoder()), SmallCNN())


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        (lambda: Reconstruction(model=KmerEncoder()), "50 trinucleotides has no decoder"),
        (lambda: Reconstruction(model=SmallCNN()), "small CNN has no decoder"),
        (lambda: SpliceInspector(model=KmerEncoder()), "50 trinucleotides has no splice-site"),
        (lambda: SpliceInspector(atlas="a.h5ad"), "type str is not an atlas: read one with"),
        (lambda: Reconstruction(atlas=load_atlas().adata), "type AnnData is not an atlas: read"),
    ],
)
def test_a_panel_of_what_cannot_be_shown_is_refused_in_a_sentence(panel, words):
    with pytest.raises(InputError, match=words) as error:
        panel()
    assert "\n" not in str(error.value)


def test_an_inspector_of_a_foreign_model_scans_explains_and_compares():
    model = SmallCNN()
    inspector = SpliceInspector(model=model, sequence=BASES)
    (scores,) = model.score_positions([BASES])
    np.testing.assert_allclose(
        inspector.result.probabilities["+"], 1 / (1 + np.exp(-scores.astype(float))), atol=1e-5
    )
    assert inspector.attribution.score == pytest.approx(
        inspector.attribution.baseline_score + inspector.attribution.contributions.sum(), rel=0.02
    )
    assert inspector.mutations is not None
    inspector.edits = f"100{BASES[99]}>{'A' if BASES[99] != 'A' else 'C'}"
    assert inspector.effect is not None
    assert "another model" in inspector.neighbors_view.note.value
    page = inspector.report()
    assert model.sha256[:16] in page
    assert inspector.message.text == ""


def test_a_reconstruction_of_a_foreign_decoder():
    model = SmallDecoder()
    panel = Reconstruction(model=model, atlas=atlas_of(model), sequence=BASES)
    assert panel.result.reconstruction == "".join(
        "ACGT"[i] for i in model.decode(model.encode([BASES]), [len(BASES)])[0].argmax(0)
    )
    panel.edits = "100del"
    assert panel.effect.distance["autoencoder"] > 0
    assert panel.effect.probabilities is None
    path = panel.interpolate(panel.atlas.sequences([5])[0])
    assert path.sites is None
    assert path.latents.shape[1] == model.latent_dim
    assert len(panel.traverse("dimension 2", 1).bases) > 2
    assert panel.message.text == ""
