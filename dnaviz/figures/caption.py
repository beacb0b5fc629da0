"""What stands below a printed figure: of what it is, how it was made, and by which model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dnaviz import __version__

if TYPE_CHECKING:
    from dnaviz.attribution import Attribution
    from dnaviz.splicing.scan import Scan


def model_words(model: Any) -> str:
    """Return a model's name and weights, and the version of dnaviz."""
    weights = str(getattr(model, "classifier_sha256", "") or model.sha256)[:16]
    return f"Model: {model.name} (weights SHA-256 {weights}), dnaviz {__version__}."


def attribution_caption(attribution: Attribution, model: Any) -> str:
    """Return the caption of a logo: sequence, site, method, baseline, completeness, model."""
    from dnaviz.attribution import BASELINES, METHODS

    a = attribution
    baseline = (
        f", baseline {BASELINES[a.baseline]}"
        if a.method in ("integrated_gradients", "occlusion")
        else ""
    )
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


def selection_caption(windows: int, atlas: Any, site: str = "", explained: int = 0) -> str:
    """Return the caption of a selection's logos; `explained` windows in the mean attribution."""
    text = f"Sequence logo of {windows:,} of {len(atlas):,} windows"
    if explained:
        text += (
            f", and mean Integrated Gradients (baseline uniform) of {explained:,} of them for the "
            f"{site} in their middle"
        )
    name = atlas.info.get("model_name", "")
    weights = str(next(iter(atlas.info.get("model", {}).values()), ""))[:16]
    made = f" Atlas of {name or 'a model'} (weights SHA-256 {weights})," if weights else ""
    return f"{text}.{made} dnaviz {__version__}."
