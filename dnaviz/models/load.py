"""Which model is meant: the shipped one, that of a folder, or one of the user's own."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from dnaviz.errors import InputError, check_type
from dnaviz.io.factory import call_factory, factory_name
from dnaviz.models.model import ASSETS, Model
from dnaviz.models.protocol import checked_model
from dnaviz.models.score_checks import check_scores


@lru_cache(maxsize=1)
def _shipped() -> Model:
    return _load(os.environ.get("DNAVIZ_MODEL") or ASSETS)


def _load(folder: str | Path, **computing: Any) -> Model:
    if not (name := factory_name(folder)):
        return Model.load(folder, **computing)
    if computing:
        raise InputError(f"{name} makes a model of your own: choose its device and batches there.")
    model = checked_model(call_factory(name), name)
    check_scores(model)
    return cast(Model, model)


def load_model(
    folder: str | Path | None = None, *, device: str | None = None, batch_size: int | None = None
) -> Model:
    """The model that ships with dnaviz, the checkpoints of a folder, or a model of one's own.

    Parameters
    ----------
    folder : path, optional
        With ``autoencoder.safetensors``, ``splice.safetensors`` and their JSON files (what
        `Model.save` writes), or what ``dnaviz train classifier`` made; by default the
        environment's ``DNAVIZ_MODEL``, or shipped. ``"module:factory"`` calls a function that
        makes any `dnaviz.models.DNAModel`.
    device : str, optional
        Where it computes, whatever is done with it: "cpu" (the default), "cuda", or "auto" for a
        GPU where there is one.
    batch_size : int, optional
        Sequences or windows that go through a network together, 128 by default; a GPU takes
        thousands.

    Returns
    -------
    Model
        Or what the factory returns, of which any method but ``encode`` may be missing.

    Raises
    ------
    InputError
        When there is no such model or device.
    """
    check_type(folder, str | os.PathLike | None, "a folder of weights")
    computing = {"device": device, "batch_size": batch_size}
    computing = {name: value for name, value in computing.items() if value is not None}
    if folder is None and not computing:
        return _shipped()
    return _load(folder or os.environ.get("DNAVIZ_MODEL") or ASSETS, **computing)
