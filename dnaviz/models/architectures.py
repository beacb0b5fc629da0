"""Which network a checkpoint holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dnaviz.errors import InputError
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.checkpoint import load_checkpoint, read_config
from dnaviz.models.classifier import CONTEXT_HEADS, SpliceHeads
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


def load_heads(folder: str | Path) -> tuple[SpliceHeads, dict[str, Any]]:
    """Read the splice classifiers of a folder, whichever look they have, and their config.

    Checkpoints made before there were two do not name theirs: it is the wide one, and they have
    one temperature for odds for and against a site.

    Raises
    ------
    InputError
        When there are none, or none that can be read.
    """
    path = Path(folder) / "splice.json"
    settings = read_config(path) if path.is_file() else {"look": "deep"}
    context_head = settings.get("look", "wide")
    if not isinstance(context_head, str) or context_head not in CONTEXT_HEADS:
        raise InputError(f"{path}: there is no look {str(context_head)[:60]!r}.")
    heads = SpliceHeads(context_head)
    splice = heads.fine_tuned
    if "look" not in settings:
        splice.temperature = splice.temperature[:, 0]
    config = {"look": context_head} | load_checkpoint(folder, "splice", heads)
    if "look" not in settings:
        splice.temperature = splice.temperature[:, None].repeat(1, 2)
    return heads, config
