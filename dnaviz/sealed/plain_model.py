"""The plain classifier of a model, as convolutions alone: what leaves Python."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from dnaviz import __version__
from dnaviz.errors import InputError

Floats = NDArray[np.float32]

LICENSE = "MIT"


class Convolution(NamedTuple):
    """Weight (out, in, taps), bias (out,) and the bases between two taps."""

    weight: Floats
    bias: Floats
    dilation: int


class PlainModel(NamedTuple):
    """Convolutions of a plain classifier, its batch norms folded into them.

    Attributes
    ----------
    stem : Convolution
    blocks : tuple of tuples of Convolution
        Each block is added to its input; a ReLU stands before each of its convolutions.
    latent, output : Convolution
        Of one tap, a ReLU before each.
    context : int
        Bases on each side that a score depends on: how many are absent is counted so far.
    reach : int
        Bases on each side that the convolutions see.
    temperature : ndarray, shape (2, 2)
        Rows value and slope over the share of absent bases; columns odds against and for a site.
    bias : ndarray, shape (2, 3)
        The same for what is added to the logits.
    labels : tuple of str
        Of the logits.
    about : dict
        Name, hashes of the weights (of the classifier, and of the model it is a part of), license,
        version.
    """

    stem: Convolution
    blocks: tuple[tuple[Convolution, ...], ...]
    latent: Convolution
    output: Convolution
    context: int
    reach: int
    temperature: Floats
    bias: Floats
    labels: tuple[str, ...]
    about: dict[str, str]


def plain_model(model: Any) -> PlainModel:
    """Return the convolutions of a model's classifier.

    Raises
    ------
    InputError
        If it is not plain.
    """
    from dnaviz.models.classifier import CONTEXT, LABELS
    from dnaviz.models.plain import Block, PlainClassifier

    splice = getattr(model, "splice", None)
    if not isinstance(splice, PlainClassifier):
        raise InputError(
            f"The splice classifier of {model.name} is not a plain network, which alone can be "
            "exported: make one with dnaviz train classifier and name its folder with --model."
        )

    def convolution(layer: Any) -> Convolution:
        weight, bias = (p.detach().cpu().numpy().copy() for p in (layer.weight, layer.bias))
        return Convolution(weight, bias, layer.dilation[0])

    return PlainModel(
        stem=convolution(splice.stem),
        blocks=tuple(
            tuple(convolution(layer) for layer in cast(Block, block).convolutions)
            for block in splice.blocks
        ),
        latent=convolution(splice.latent),
        output=convolution(splice.output),
        context=CONTEXT,
        reach=splice.plan.reach,
        temperature=splice.temperature.numpy().copy(),
        bias=splice.bias.numpy().copy(),
        labels=LABELS,
        about={
            "name": model.name,
            "sha256": model.classifier_sha256,
            "model_sha256": model.sha256,
            "license": LICENSE,
            "version": __version__,
        },
    )


def packed(model: PlainModel) -> tuple[dict[str, Any], bytes]:
    """Return a model for the sealed inspector: what it is made of, and its float32 numbers.

    The numbers are the weight and the bias of each layer in turn, stem, blocks, latent, output.
    """
    layers = [model.stem, *(layer for block in model.blocks for layer in block)]
    layers += [model.latent, model.output]
    shapes = [
        {"outputs": n, "inputs": m, "taps": taps, "dilation": layer.dilation}
        for layer in layers
        for n, m, taps in [layer.weight.shape]
    ]
    description = {
        "layers": shapes,
        "blocks": [len(block) for block in model.blocks],
        "context": model.context,
        "reach": model.reach,
        "temperature": model.temperature.tolist(),
        "bias": model.bias.tolist(),
        **model.about,
    }
    numbers = [part.astype("<f4").tobytes() for layer in layers for part in layer[:2]]
    return description, b"".join(numbers)
