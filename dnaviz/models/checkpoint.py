"""Checkpoints: weights as safetensors, everything about them as JSON beside it. Never a pickle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from dnaviz import __version__
from dnaviz.errors import InputError

FORMAT = 1
MAX_BYTES = 200 * 2**20


def save_checkpoint(
    folder: str | Path, name: str, model: nn.Module, config: dict[str, Any]
) -> None:
    """Write ``name.safetensors`` and ``name.json`` into a folder.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    name : str
        ``autoencoder`` or ``splice``.
    model : nn.Module
    config : dict
        What the weights are and come from; format, versions and the weights' checksum are added.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights, settings = folder / f"{name}.safetensors", folder / f"{name}.json"
    tensors = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    partial = weights.with_suffix(".partial")
    save_file(tensors, partial)
    partial.chmod(0o644)  # as any file of a package: readable by all who use it
    config = config | {
        "format": FORMAT,
        "versions": {"dnaviz": __version__, "torch": torch.__version__},
        "weights_sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
    }
    partial_settings = settings.with_suffix(".partial.json")
    partial_settings.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    partial.replace(weights)
    partial_settings.replace(settings)


def load_checkpoint(folder: str | Path, name: str, model: nn.Module) -> dict[str, Any]:
    """Fill a model with the weights of a checkpoint.

    Names, shapes and types are compared before anything is read into memory.

    Returns
    -------
    dict
        The checkpoint's config.

    Raises
    ------
    InputError
        When files are missing, are no safetensors / JSON, or do not fit the model.
    """
    weights, settings = Path(folder) / f"{name}.safetensors", Path(folder) / f"{name}.json"
    for path in (weights, settings):
        if not path.is_file():
            raise InputError(f"{path} does not exist.")
    config = _read_config(settings)
    if weights.stat().st_size > MAX_BYTES:
        raise InputError(f"{weights} is larger than any model of dnaviz.")
    expected = model.state_dict()
    try:
        with safe_open(weights, "pt") as handle:
            found = {key: tuple(handle.get_slice(key).get_shape()) for key in handle.keys()}  # noqa: SIM118
            _compare(weights, found, expected)
            model.load_state_dict({key: handle.get_tensor(key) for key in found})
    except (SafetensorError, OSError, RuntimeError) as error:
        raise InputError(f"{weights} is not a readable safetensors file.") from error
    model.eval()
    return config


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable JSON file.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{path} is not a dnaviz checkpoint of format {FORMAT}.")
    return config


def _compare(path: Path, found: dict[str, tuple[int, ...]], expected: dict[str, Tensor]) -> None:
    if missing := sorted(expected.keys() - found.keys()):
        raise InputError(f"{path} lacks the weights {missing[0]!r}.")
    if extra := sorted(found.keys() - expected.keys()):
        raise InputError(f"{path} has weights that the model does not: {extra[0]!r}.")
    for key, tensor in expected.items():
        if found[key] != tuple(tensor.shape):
            raise InputError(
                f"{path}: {key!r} has shape {found[key]}, the model's is {tuple(tensor.shape)}."
            )
