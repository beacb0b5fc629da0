"""An ONNX file, as ``dnaviz export`` writes it, as a model that scores sites.

A runtime has no gradients: a file of scores is explained by saturation mutagenesis or occlusion,
one written with ``--gradients`` by all methods.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.models.protocol import SITES, Floats

BATCH = 64


class OnnxScorer:
    """A graph from ``bases`` (n, 4, w + 2 * context) to ``log_odds`` (n, 2, w).

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What messages call it.

    Raises
    ------
    InputError
        If it is no ONNX, or none of such inputs and outputs.
    """

    def __init__(self, data: bytes, name: str) -> None:
        import onnxruntime

        try:
            self._session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own classes, of no common one
            reason = (str(error).splitlines() or [""])[0][:120]
            raise InputError(f"{name} is no ONNX file that can be run: {reason}") from error
        about = self._session.get_modelmeta().custom_metadata_map
        inputs = {one.name for one in self._session.get_inputs()}
        outputs = {one.name for one in self._session.get_outputs()}
        context = about.get("context", "")
        if "bases" not in inputs or "log_odds" not in outputs or not context.isdecimal():
            raise InputError(
                f"{name} is not as dnaviz export writes a model (input bases, output log_odds, the "
                "context in its metadata): give it as a Python class, --model FILE.py:FACTORY."
            )
        self._data, self._takes_site = data, "site" in inputs
        self.name = f"{about.get('name', 'model')} ({Path(name).name})"
        self.sha256 = about.get("sha256") or hashlib.sha256(data).hexdigest()
        self.context = int(context)

    def score_windows(self, windows: NDArray) -> Floats:
        """See :class:`dnaviz.models.protocol.SiteScorer`."""
        return self._run(windows, "log_odds", np.zeros(len(SITES), np.float32))[..., 0]

    def randomized(self, seed: int) -> OnnxScorer:
        """Return the same graph with the numbers of each weight in another order."""
        import onnx
        from onnx import numpy_helper

        graph = onnx.load_model_from_string(self._data)
        rng = np.random.default_rng(seed)
        for weight in graph.graph.initializer:
            values = numpy_helper.to_array(weight)
            if values.ndim == 3:  # of a convolution
                mixed = rng.permutation(values.ravel()).reshape(values.shape)
                weight.CopyFrom(numpy_helper.from_array(mixed, weight.name))
        return type(self)(graph.SerializeToString(), self.name)

    def _canvas(self, width: int) -> tuple[slice, slice]:
        """The columns of a window of this width that a position sees, and their place in it."""
        shift = self.context - width // 2
        first, stop = max(-shift, 0), min(width, 2 * self.context + 1 - shift)
        return slice(first, stop), slice(first + shift, stop + shift)

    def _run(self, windows: NDArray, output: str, site: NDArray) -> Floats:
        windows = np.asarray(windows, np.float32)
        inside, place = self._canvas(windows.shape[-1])
        x = np.zeros((len(windows), 4, 2 * self.context + 1), np.float32)
        x[..., place] = windows[..., inside]
        parts = []
        for start in range(0, len(x), BATCH):
            fed = {"bases": x[start : start + BATCH]}
            if self._takes_site:
                fed["site"] = np.tile(site[:, None], (len(fed["bases"]), 1, 1))
            parts.append(self._session.run([output], fed)[0])
        return np.concatenate(parts)


class OnnxGradients(OnnxScorer):
    """A graph that gives the gradient of the log-odds too: ``dnaviz export --gradients``."""

    def gradients(self, windows: NDArray, site: str) -> tuple[Floats, Floats]:
        """See :class:`dnaviz.models.protocol.Differentiable`."""
        row = SITES.index(site)
        chosen = np.eye(len(SITES), dtype=np.float32)[row]
        inside, place = self._canvas(windows.shape[-1])
        slopes = np.zeros(windows.shape, np.float32)
        slopes[..., inside] = self._run(windows, "gradients", chosen)[..., place]
        return self.score_windows(windows)[:, row], slopes


def load_onnx(path: str | Path) -> OnnxScorer:
    """Read a model of an ONNX file, with gradients where the file has them."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from None
    model = OnnxScorer(data, str(path))
    return OnnxGradients(data, str(path)) if model._takes_site else model
