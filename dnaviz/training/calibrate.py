"""Calibrate the splice classifier: probabilities that mean what they say in whole genes."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from dnaviz.models.classifier import LABELS, SpliceClassifier
from dnaviz.training.classifier import epoch_strand, strand_logits
from dnaviz.training.metrics import calibration_error
from dnaviz.training.sources import Material

LIMIT = 3_000_000  # positions that calibration looks at
QUIET = -12.0  # log odds below which a position is left out of the fit: it says nothing


def calibrate(model: SpliceClassifier, validation: Material) -> dict[str, float]:
    """Set temperature and biases on validation chromosomes (Guo et al. 2017, arXiv 1706.04599).

    Training sees sites more often than genes have them; the biases undo that.

    Parameters
    ----------
    model : SpliceClassifier
        Changed in place.
    validation : Material

    Returns
    -------
    dict
        ``temperature``, the biases, and the expected calibration error of either class before and
        after, over positions with a probability of at least .01.
    """
    model.temperature.fill_(1.0)
    model.bias.zero_()
    strand = epoch_strand(validation, np.random.default_rng(2)).first(LIMIT)
    logits = torch.from_numpy(np.ascontiguousarray(strand_logits(model, strand).T))
    labels = torch.from_numpy(strand.labels.astype(np.int64))
    before = _errors(logits, labels)
    said = (logits[:, 1:].amax(1) - logits[:, 0] > QUIET) | (labels > 0)
    kept, wanted = logits[said], labels[said]
    scale = torch.zeros((), requires_grad=True)
    shift = torch.zeros(len(LABELS) - 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, shift], max_iter=100, line_search_fn="strong_wolfe")

    def adjusted(values: torch.Tensor) -> torch.Tensor:
        return values / scale.exp() + F.pad(shift, (1, 0))

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(adjusted(kept), wanted)
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        after = _errors(adjusted(logits), labels)
        model.temperature.copy_(scale.exp())
        model.bias.copy_(F.pad(shift, (1, 0)))
    report = {"temperature": float(model.temperature), "positions": float(len(labels))}
    for k, label in enumerate(LABELS[1:], start=1):
        report[f"{label}_bias"] = float(model.bias[k])
        report[f"{label}_error_before"] = before[k - 1]
        report[f"{label}_error_after"] = after[k - 1]
    return report


def _errors(logits: torch.Tensor, labels: torch.Tensor) -> list[float]:
    probabilities = logits.softmax(1).numpy()
    errors = []
    for k in range(1, len(LABELS)):
        said = probabilities[:, k] >= 0.01
        truth = (labels == k).numpy()
        errors.append(calibration_error(truth[said], probabilities[said, k]))
    return errors
