"""The plain classifier as ONNX graphs: scores of every position, and gradients of windows.

Made of operators that every runtime has. Convolutions and ReLU have a backward pass of transposed
convolutions and masks, so gradients are a graph as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from dnaviz.sealed.plain_model import Convolution, PlainModel

if TYPE_CHECKING:
    import onnx

OPSET = 17
IR_VERSION = 8
"""Of ONNX 1.12 (2022): older runtimes read it too."""

INPUT, SITE = "bases", "site"


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def convolve(self, x: str, layer: Convolution) -> str:
        weights = self.constant(layer.weight), self.constant(layer.bias)
        return self.add("Conv", x, *weights, dilations=[layer.dilation])

    def transposed(self, x: str, layer: Convolution) -> str:
        return self.add("ConvTranspose", x, self.constant(layer.weight), dilations=[layer.dilation])

    def crop(self, x: str, columns: int) -> str:
        """Leave out columns at both ends."""
        if not columns:
            return x
        ends = [self.constant([n], np.int64) for n in (columns, -columns, 2)]
        return self.add("Slice", x, *ends)

    def pad(self, x: str, columns: int) -> str:
        """Add columns of zeros at both ends."""
        if not columns:
            return x
        return self.add("Pad", x, self.constant([0, 0, columns, 0, 0, columns], np.int64))

    def masked(self, x: str, by: str) -> str:
        """Return `x` where a ReLU of `by` lets it pass, and zeros."""
        positive = self.add("Greater", by, self.constant(0.0))
        return self.add("Mul", x, self.add("Cast", positive, to=1))  # to float32

    def row(self, x: str, number: int) -> str:
        """Return one channel (n, 1, w)."""
        ends = [self.constant([n], np.int64) for n in (number, number + 1, 1)]
        return self.add("Slice", x, *ends)

    def line(self, x: str, value: float, slope: float) -> str:
        """Return value + slope * x."""
        steep = self.add("Mul", x, self.constant(slope))
        return self.add("Add", steep, self.constant(value))


class _Scores:
    """The forward pass; `layers` are the inputs of every ReLU, in order."""

    def __init__(self, g: _Graph, model: PlainModel) -> None:
        self.g, self.model = g, model
        self.layers: list[str] = []
        x = g.convolve(g.crop(INPUT, model.context - model.reach), model.stem)
        for block in model.blocks:
            y = x
            for layer in block:
                y = g.convolve(self.relu(y), layer)
            x = g.add("Add", g.crop(x, _cut(block)), y)
        logits = g.convolve(self.relu(g.convolve(self.relu(x), model.latent)), model.output)
        total = g.add("ReduceSum", INPUT, g.constant([1], np.int64))
        present = g.add("AveragePool", total, kernel_shape=[2 * model.context + 1])
        self.missing = g.line(present, 1.0, -1.0)
        against, favor = (
            g.add("Exp", g.line(self.missing, -value, -slope))
            for value, slope in model.temperature.T.tolist()
        )
        self.temperatures = against, favor  # as factors
        zero, *sites = (g.row(logits, k) for k in range(len(model.labels)))
        self.odds = [g.add("Sub", site, zero) for site in sites]
        self.parts = [
            (
                g.add("Mul", g.add("Softplus", odds), favor),
                g.add("Mul", g.add("Softplus", g.add("Neg", odds)), against),
            )
            for odds in self.odds
        ]
        calibrated = [g.add("Sub", *parts) for parts in self.parts]
        lines = [g.line(self.missing, *pair) for pair in model.bias.T.tolist()]
        donor, acceptor = (
            g.add("Add", c, line) for c, line in zip(calibrated, lines[1:], strict=True)
        )
        self.logits = [lines[0], donor, acceptor]

    def relu(self, x: str) -> str:
        self.layers.append(x)
        return self.g.add("Relu", x)

    def log_odds(self, output: str) -> str:
        """Return ln(p / (1 - p)) of donor and acceptor, (n, 2, w)."""
        neither, donor, acceptor = self.logits
        rows = [self._against(donor, neither, acceptor), self._against(acceptor, neither, donor)]
        return self.g.add("Concat", *rows, axis=1, output=output)

    def _against(self, site: str, a: str, b: str) -> str:
        """Return site - logsumexp(a, b)."""
        g = self.g
        both = g.add("Add", a, g.add("Softplus", g.add("Sub", b, a)))
        return g.add("Sub", site, both)


def _cut(block: tuple[Convolution, ...]) -> int:
    return sum(layer.weight.shape[-1] // 2 * layer.dilation for layer in block)


def score_graph(model: PlainModel) -> onnx.ModelProto:
    """Return the graph that scores every position of sequences of any length.

    Its input ``bases`` (n, 4, w + 2 * context) is one-hot, A C G T, zeros beyond a sequence's ends;
    its output ``log_odds`` (n, 2, w) is ln(p / (1 - p)) of a donor and of an acceptor.
    """
    g = _Graph()
    _Scores(g, model).log_odds("log_odds")
    return _model(g, model, "scores", {INPUT: ["n", 4, "bases"]}, {"log_odds": ["n", 2, "width"]})


def gradient_graph(model: PlainModel) -> onnx.ModelProto:
    """Return the graph of gradients of the middle of windows.

    Its inputs are ``bases`` (n, 4, 2 * context + 1), one-hot or mixtures, and ``site`` (n, 2, 1):
    (1, 0) for the log-odds of a donor, (0, 1) for an acceptor's. Its outputs are ``log_odds``
    (n, 2, 1) and ``gradients`` (n, 4, 2 * context + 1) of the one chosen.
    """
    g = _Graph()
    forward = _Scores(g, model)
    forward.log_odds("log_odds")
    slopes, missing = _slopes(g, forward)
    layers = iter(reversed(forward.layers))
    x = g.add("Concat", *slopes, axis=1)
    for layer in (model.output, model.latent):
        x = g.masked(g.transposed(x, layer), next(layers))
    for block in reversed(model.blocks):
        y = x
        for layer in reversed(block):
            y = g.masked(g.transposed(y, layer), next(layers))
        x = g.add("Add", g.pad(x, _cut(block)), y)
    x = g.pad(g.transposed(x, model.stem), model.context - model.reach)
    # Every base that is there lessens the share of absent ones.
    present = g.add("Mul", missing, g.constant(-1 / (2 * model.context + 1)))
    g.add("Add", x, present, output="gradients")
    width = 2 * model.context + 1
    return _model(
        g, model, "gradients",
        {INPUT: ["n", 4, width], SITE: ["n", 2, 1]},
        {"log_odds": ["n", 2, 1], "gradients": ["n", 4, width]},
    )  # fmt: skip


def _slopes(g: _Graph, forward: _Scores) -> tuple[list[str], str]:
    """Return the slopes of the chosen log-odds: by the network's logits, and by what is absent."""
    donor, acceptor = g.row(SITE, 0), g.row(SITE, 1)
    neither = forward.logits[0]
    # d log-odds / d logits: 1 at the site, minus the softmax of the others.
    total = g.constant(0.0)
    slopes: list[str] = [total, donor, acceptor]
    for chosen, other in ((donor, 2), (acceptor, 1)):
        share = g.add("Sigmoid", g.add("Sub", forward.logits[other], neither))
        part = g.add("Mul", chosen, share)
        slopes[other] = g.add("Sub", slopes[other], part)
        slopes[0] = g.add("Sub", slopes[0], g.add("Sub", chosen, part))
    missing = g.constant(0.0)
    for slope, steep in zip(slopes, forward.model.bias[1].tolist(), strict=True):
        missing = g.add("Add", missing, g.add("Mul", slope, g.constant(steep)))
    against, favor = forward.temperatures
    by_logit: list[str] = []
    of_against, of_favor = forward.model.temperature[1].tolist()
    for slope, odds, (gain, loss) in zip(slopes[1:], forward.odds, forward.parts, strict=True):
        up = g.add("Mul", g.add("Sigmoid", odds), favor)
        down = g.add("Mul", g.add("Sigmoid", g.add("Neg", odds)), against)
        by_logit.append(g.add("Mul", slope, g.add("Add", up, down)))
        flatter = g.add("Mul", loss, g.constant(of_against))
        steeper = g.add("Mul", gain, g.constant(of_favor))
        change = g.add("Mul", slope, g.add("Sub", flatter, steeper))
        missing = g.add("Add", missing, change)
    of_neither = g.add("Neg", g.add("Add", *by_logit))
    return [of_neither, *by_logit], missing


def _model(
    g: _Graph,
    model: PlainModel,
    name: str,
    inputs: dict[str, list[int | str]],
    outputs: dict[str, list[int | str]],
) -> onnx.ModelProto:
    from onnx import TensorProto, checker, helper

    def values(shapes: dict[str, list[int | str]]) -> list[Any]:
        kind = TensorProto.FLOAT
        return [helper.make_tensor_value_info(n, kind, shape) for n, shape in shapes.items()]

    graph = helper.make_graph(g.nodes, name, values(inputs), values(outputs), g.constants)
    opsets = [helper.make_opsetid("", OPSET)]
    made = helper.make_model(
        graph, opset_imports=opsets, producer_name="dnaviz", ir_version=IR_VERSION
    )
    calibration = {"temperature": model.temperature.tolist(), "bias": model.bias.tolist()}
    helper.set_model_props(
        made,
        {
            **model.about,
            "context": str(model.context),
            "outputs": "donor,acceptor",
            "labels": ",".join(model.labels),
            "calibration": json.dumps(calibration),
        },
    )
    checker.check_model(made, full_check=True)
    return made
