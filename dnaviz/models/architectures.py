"""Which network a checkpoint holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dnaviz.errors import InputError
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.checkpoint import load_checkpoint, read_config
from dnaviz.models.recurrent import RecurrentAutoencoder

ARCHITECTURES = {"convolutional": Autoencoder, "recurrent": RecurrentAutoencoder}

AnyAutoencoder = Autoencoder | RecurrentAutoencoder


def load_autoencoder(folder: str | Path) -> tuple[AnyAutoencoder, dict[str, Any]]:
    """Read the autoencoder of a folder, whichever architecture it is of, and its config.

    Raises
    ------
    InputError
        When there is none, or none that can be read.
    """
    path = Path(folder) / "autoencoder.json"
    name = read_config(path).get("architecture", "convolutional") if path.is_file() else ""
    if path.is_file() and (not isinstance(name, str) or name not in ARCHITECTURES):
        raise InputError(f"{path}: there is no architecture {str(name)[:60]!r}.")
    model = ARCHITECTURES.get(name, Autoencoder)()
    return model, load_checkpoint(folder, "autoencoder", model)
