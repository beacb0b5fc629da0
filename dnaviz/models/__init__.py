"""The trained models: autoencoder, splice classifiers, their checkpoints.

Names below are imported when first used: what works with any model needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnaviz.models.autoencoder import LATENT, MAX_LENGTH, MIN_LENGTH
    from dnaviz.models.classifier import CONTEXT, LABELS, SPLICE_LATENT
    from dnaviz.models.load import load_model
    from dnaviz.models.model import HEADS, SPACES, Model
    from dnaviz.models.ood_score import OodScore
    from dnaviz.models.protocol import (
        Decoder,
        Differentiable,
        DNAModel,
        SiteScorer,
        can,
        encode_in,
        given_or_shipped,
        lacks,
        latent_spaces,
        log_odds_to_probabilities,
        require,
        site_probabilities,
    )
    from dnaviz.models.site_network import SiteNetwork
    from dnaviz.models.tiles import ReconstructionResult

_HOMES = {
    "autoencoder": ("LATENT", "MAX_LENGTH", "MIN_LENGTH"),
    "classifier": ("CONTEXT", "LABELS", "SPLICE_LATENT"),
    "load": ("load_model",),
    "model": ("HEADS", "SPACES", "Model"),
    "ood_score": ("OodScore",),
    "protocol": (
        "DNAModel", "Decoder", "Differentiable", "SiteScorer", "can", "encode_in",
        "given_or_shipped", "lacks", "latent_spaces", "log_odds_to_probabilities", "require",
        "site_probabilities",
    ),
    "site_network": ("SiteNetwork",),
    "tiles": ("ReconstructionResult",),
}  # fmt: skip

__all__ = [
    "CONTEXT",
    "HEADS",
    "LABELS",
    "LATENT",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "SPACES",
    "SPLICE_LATENT",
    "DNAModel",
    "Decoder",
    "Differentiable",
    "Model",
    "OodScore",
    "ReconstructionResult",
    "SiteNetwork",
    "SiteScorer",
    "can",
    "encode_in",
    "given_or_shipped",
    "lacks",
    "latent_spaces",
    "load_model",
    "log_odds_to_probabilities",
    "require",
    "site_probabilities",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
