"""What stands below a printed figure: of what it is, how it was made, and by which model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dnaviz import __version__
from dnaviz.splicing.report_text import model_words

if TYPE_CHECKING:
    from dnaviz.atlas.mean_attribution import MeanAttribution
    from dnaviz.attribution import Attribution
    from dnaviz.attribution.mutagenesis import Mutagenesis
    from dnaviz.splicing.gel import Gel
    from dnaviz.splicing.prediction import Prediction
    from dnaviz.splicing.scan import Scan

SPACES = {"autoencoder": "autoencoder", "splice": "fine-tuned classifier"}
"""What the spaces of an atlas are of."""


def attribution_caption(attribution: Attribution, model: Any) -> str:
    """Return the caption of a logo: sequence, site, method, baseline, completeness, model."""
    from dnaviz.attribution.attribute import BASELINES, METHODS, WITH_BASELINE

    a = attribution
    baseline = f", baseline {BASELINES[a.baseline]}" if a.method in WITH_BASELINE else ""
    return (
        f"{METHODS[a.method]}{baseline}, of the {a.site} at {a.position:,} "
        f"({a.strand.replace('-', '−')}) of {a.name}; letters in log-odds. {a.verdict} "
        f"{model_words(model)}"
    )


def track_caption(scan: Scan, model: Any) -> str:
    """Return the caption of a track: sequence, strands, and model."""
    strands = " and ".join(strand.replace("-", "−") for strand in scan.probabilities)
    return (
        f"Probability of donors and acceptors along {scan.sequence.name} "
        f"({len(scan.sequence):,} nt), strand {strands}. {model_words(model)}"
    )


def mutagenesis_caption(mutations: Mutagenesis, model: Any) -> str:
    """Return the caption of a heat map: sequence, site, what a cell is, and model."""
    m = mutations
    return (
        f"Change of the probability of the {m.site} at {m.position:,} "
        f"({m.strand.replace('-', '−')}) of {m.name} by each single change, in the sense of the "
        f"strand. {model_words(model)}"
    )


def gel_caption(bands: Gel, prediction: Prediction, model: Any) -> str:
    """Return the caption of a predicted gel: sequence, change, primers, and model."""
    names = "; ".join(map(str, prediction.names[:3]))
    ends = f"between {' and '.join(bands.primers)}" if bands.primers else "of the whole mRNA"
    return (
        f"Predicted RT-PCR {ends}, {prediction.consequences.reference.name}, {names}: sizes in nt. "
        f"How much there is of a product is not predicted. {model_words(model)}"
    )


def selection_caption(windows: int, atlas: Any, mean: MeanAttribution | None = None) -> str:
    """Return the caption of a selection's logos, of which one may be the mean attribution."""
    text = f"Sequence logo of {windows:,} of {len(atlas):,} windows"
    if mean:
        text += (
            f", and mean Integrated Gradients (baseline uniform) of {mean.windows:,} of them for "
            f"the {mean.site} in their middle (delta {mean.total - mean.gain:+.3g} of "
            f"{mean.gain:+.3g} log-odds, over whole windows)"
        )
    return f"{text}. {_atlas_words(atlas)}"


def map_caption(shown: int, atlas: Any, space: str, column: str) -> str:
    """Return the caption of a map: windows, latents, column, and model."""
    neighbors, min_dist = atlas.umap
    return (
        f"{shown:,} of {len(atlas):,} windows by UMAP ({neighbors} neighbors, min_dist "
        f"{min_dist:g}, {atlas.metric}) of the latents of the {SPACES.get(space, space)}, "
        f"colored by {column.replace('_', ' ')}. {_atlas_words(atlas, space)}"
    )


def _atlas_words(atlas: Any, space: str = "") -> str:
    weights = atlas.info.get("model", {})
    sha256 = str(weights.get(space) or next(iter(weights.values()), ""))[:16]
    name = atlas.info.get("model_name", "") or "a model"
    made = f"Atlas of {name} (weights SHA-256 {sha256}), " if sha256 else ""
    return f"{made}dnaviz {__version__}."
