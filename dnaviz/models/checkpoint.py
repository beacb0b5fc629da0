"""Checkpoints: weights as safetensors, everything about them as JSON beside it. Never a pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dnaviz import __version__
from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_path, atomic_write

FORMAT = 1
MAX_BYTES = 200 * 2**20
MAX_CONFIG = 1_000_000  # characters; what is longer is cut, and so no JSON
DTYPES = {torch.float32: "F32", torch.int64: "I64"}  # of all weights and counters there are

RENAMED = {
    "enter": "input",
    "leave": "output",
    "whole": "global_",
    "place": "positional",
    "look": "context_conv",
    "sketch": "foveated_target",
    "habits": "markov_log_probs",
}
"""Parts of weights' names in checkpoints of version 0.1, and what they are called now."""


STORED = "stored_names"
"""Attribute of a network that was loaded: by the name of a weight, that in its file."""


def current_name(key: str, expected: Container[str]) -> str:
    """Return the name of a weight among those expected, if version 0.1 called it `key`."""
    name = ".".join(RENAMED.get(part, part) for part in key.split("."))
    return name if name in expected and key not in expected else key


def save_checkpoint(
    folder: str | Path, name: str, model: nn.Module, config: dict[str, Any]
) -> None:
    """Write ``name.safetensors`` and ``name.json`` into a folder.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    name : str
        ``autoencoder``, ``splice``, ``familiarity`` or ``teacher``.
    model : nn.Module
    config : dict
        What the weights are and come from; format, versions and the weights' checksum are added.
        Weights that were loaded and not changed keep their names, and so their checksum.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights, settings = folder / f"{name}.safetensors", folder / f"{name}.json"
    names = vars(model).get(STORED, {})
    tensors = {
        names.get(key, key): value.detach().cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    with atomic_write(settings) as file, atomic_path(weights) as partial:
        partial.write_bytes(save(tensors))
        partial.chmod(0o644)  # as any file of a package: readable by all who use it
        versions = {"dnaviz": __version__, "torch": torch.__version__}
        config = {"versions": versions} | config
        config |= {"format": FORMAT, "weights_sha256": _sha256(partial)}
        file.write(json.dumps(config, indent=1, sort_keys=True) + "\n")


def load_checkpoint(folder: str | Path, name: str, model: nn.Module) -> dict[str, Any]:
    """Fill a model with the weights of a checkpoint.

    Sizes, names, shapes and types are compared before anything is read into memory, and the
    weights are those that the JSON file beside them describes.

    Returns
    -------
    dict
        The checkpoint's config.

    Raises
    ------
    InputError
        When files are missing, are no safetensors / JSON, belong to different checkpoints, or do
        not fit the model.
    """
    weights, settings = Path(folder) / f"{name}.safetensors", Path(folder) / f"{name}.json"
    for path in (weights, settings):
        if not path.is_file():
            raise InputError(f"{path} does not exist.")
    config = read_config(settings)
    if weights.stat().st_size > MAX_BYTES:
        raise InputError(f"{weights} is larger than any model of dnaviz.")
    expected = model.state_dict()
    try:
        with safe_open(weights, "pt") as handle:
            keys = {current_name(key, expected): key for key in handle.keys()}  # noqa: SIM118
            slices = {name: handle.get_slice(key) for name, key in keys.items()}
            stored = {k: (tuple(s.get_shape()), str(s.get_dtype())) for k, s in slices.items()}
            _compare(weights, stored, expected)
            if config.get("weights_sha256") != _sha256(weights):
                raise InputError(f"{weights} is not the file that {settings.name} describes.")
            tensors = {name: handle.get_tensor(key) for name, key in keys.items()}
    except (SafetensorError, OSError, RuntimeError) as error:
        raise InputError(f"{weights} is not a readable safetensors file.") from error
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"{weights}: {key!r} holds values that are no finite numbers.")
    model.load_state_dict(tensors)
    vars(model)[STORED] = keys
    model.eval()
    return config


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_config(path: Path) -> dict[str, Any]:
    """What a checkpoint's JSON file says, its format checked."""
    try:
        with path.open(encoding="utf-8") as file:
            config = json.loads(file.read(MAX_CONFIG))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a readable JSON file.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{path} is not a dnaviz checkpoint of format {FORMAT}.")
    return config


def _compare(
    path: Path, stored: dict[str, tuple[tuple[int, ...], str]], expected: dict[str, Tensor]
) -> None:
    if missing := sorted(expected.keys() - stored.keys()):
        raise InputError(f"{path} lacks the weights {missing[0]!r}.")
    if extra := sorted(stored.keys() - expected.keys()):
        raise InputError(f"{path} has weights that the model does not: {extra[0][:60]!r}.")
    for key, tensor in expected.items():
        shape, dtype = stored[key]
        if shape != tuple(tensor.shape):
            raise InputError(
                f"{path}: {key!r} has shape {shape}, the model's is {tuple(tensor.shape)}."
            )
        if dtype != DTYPES.get(tensor.dtype):
            raise InputError(f"{path}: {key!r} is of type {dtype}, the model's {tensor.dtype}.")
