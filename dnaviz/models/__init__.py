"""The trained models: autoencoder, splice classifiers, their checkpoints."""

from dnaviz.models.autoencoder import LATENT, MAX_LENGTH, MIN_LENGTH
from dnaviz.models.classifier import CONTEXT, LABELS, SPLICE_LATENT
from dnaviz.models.familiarity import Familiarity
from dnaviz.models.model import HEADS, SPACES, Model, Reconstruction, load

__all__ = [
    "CONTEXT",
    "HEADS",
    "LABELS",
    "LATENT",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "SPACES",
    "SPLICE_LATENT",
    "Familiarity",
    "Model",
    "Reconstruction",
    "load",
]
