"""The trained models: autoencoder, splice classifiers, their checkpoints."""

from dnaviz.models.autoencoder import LATENT, MAX_LENGTH, MIN_LENGTH
from dnaviz.models.classifier import CONTEXT, LABELS, SPLICE_LATENT
from dnaviz.models.model import HEADS, SPACES, Model, load_model
from dnaviz.models.ood import OodScore
from dnaviz.models.protocol import (
    Decoder,
    Differentiable,
    DNAModel,
    SiteScorer,
    can,
    encode_in,
    lacks,
    latent_spaces,
    log_odds_to_probabilities,
    require,
    site_probabilities,
)
from dnaviz.models.tiles import ReconstructionResult

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
    "SiteScorer",
    "can",
    "encode_in",
    "lacks",
    "latent_spaces",
    "load_model",
    "log_odds_to_probabilities",
    "require",
    "site_probabilities",
]
