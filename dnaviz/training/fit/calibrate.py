"""Calibrate the probabilities of the splice classifier, in genes and in fragments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from dnaviz.models.classifier import CONTEXT, LABELS, PositionClassifier, calibrated
from dnaviz.training.data.annotated import IGNORE
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.labeled_sequence import LabeledSequence, fragments
from dnaviz.training.evaluation.metrics import calibration_error
from dnaviz.training.fit.multitask import sequence_logits

FRAGMENTS = (60, 100, 200, 400)  # their lengths
RIDGE = 1e-6  # weight of the squares of what is fitted
QUIET = -12.0  # log odds below which a position is left out of the fit: it says nothing


def calibrate(
    model: PositionClassifier,
    full_sequence: LabeledSequence,
    pieces: LabeledSequence,
) -> dict[str, float]:
    """Set temperatures and biases on validation chromosomes (Guo et al. 2017, arXiv 1706.04599).

    Training sees sites more often than genes have them, in fragments even more so; the biases undo
    that. They and the temperatures are straight lines over the share of bases that are absent
    around a position, fitted on whole stretches and on fragments of them, for odds for a site and
    odds against it each.

    Parameters
    ----------
    model : PositionClassifier
        Changed in place.
    full_sequence, pieces : LabeledSequence
        What is taken whole, and what is cut up.

    Returns
    -------
    dict
        Number of positions, and the expected calibration error of either class before and after,
        in whole stretches and in fragments, over positions with a probability of at least .01.
    """
    model.temperature.zero_()
    model.bias.zero_()
    parts = {"whole": full_sequence} | {f"{n}_nt": fragments(pieces, n) for n in FRAGMENTS}
    outputs = {name: _outputs(model, strand) for name, strand in parts.items()}
    temperature = torch.zeros(2, 2, requires_grad=True)
    shift = torch.zeros(2, len(LABELS) - 1, requires_grad=True)
    fitted = [temperature, shift]
    optimizer = torch.optim.LBFGS(fitted, max_iter=200, line_search_fn="strong_wolfe")

    def lines() -> tuple[torch.Tensor, torch.Tensor]:
        return temperature, F.pad(shift, (1, 0))

    def adjusted(part: _Outputs) -> torch.Tensor:
        return calibrated(part.logits, part.missing, *lines())[..., 0]

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        total = torch.zeros(())
        for name, part in outputs.items():
            weight = 1.0 if name == "whole" else 1 / len(FRAGMENTS)
            total = total + weight * F.cross_entropy(adjusted(part), part.labels)
        # Where few positions separate perfectly, the best fit would lie at infinity.
        total = total + RIDGE * sum((values**2).sum() for values in fitted)
        total.backward()
        return total

    optimizer.step(closure)
    report: dict[str, float] = {"positions": float(len(full_sequence.codes))}
    with torch.no_grad():
        for name, part in outputs.items():
            before, after = _errors(part.logits[..., 0], part), _errors(adjusted(part), part)
            for site, one, other in zip(LABELS[1:], before, after, strict=True):
                report[f"{site}_error_before_{name}"] = one
                report[f"{site}_error_after_{name}"] = other
        for fixed, line in zip((model.temperature, model.bias), lines(), strict=True):
            fixed.copy_(line)
    return report


class _Outputs(NamedTuple):
    """Logits, missing fraction and labels of positions above a floor."""

    logits: torch.Tensor  # (n, 3, 1)
    missing: torch.Tensor  # (n, 1, 1): share of absent bases
    labels: torch.Tensor  # (n,)


def _outputs(model: PositionClassifier, strand: LabeledSequence) -> _Outputs:
    logits = sequence_logits(model, strand.codes)
    present = np.pad(strand.codes != PAD, CONTEXT).astype(float)
    sums = np.concatenate([[0.0], np.cumsum(present)])
    missing = 1 - (sums[2 * CONTEXT + 1 :] - sums[: -2 * CONTEXT - 1]) / (2 * CONTEXT + 1)
    kept = (logits[1:].max(0) - logits[0] > QUIET) | (strand.labels > 0)
    kept &= (strand.codes != PAD) & (strand.labels != IGNORE)
    return _Outputs(
        torch.from_numpy(np.ascontiguousarray(logits[:, kept].T))[..., None],
        torch.from_numpy(missing[kept].astype(np.float32))[:, None, None],
        torch.from_numpy(strand.labels[kept].astype(np.int64)),
    )


def _errors(logits: torch.Tensor, part: _Outputs) -> list[float]:
    probabilities = logits.softmax(1).numpy()
    errors = []
    for k in range(1, len(LABELS)):
        called = probabilities[:, k] >= 0.01
        truth = (part.labels == k).numpy()
        errors.append(calibration_error(truth[called], probabilities[called, k]))
    return errors
