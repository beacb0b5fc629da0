"""What every splice classifier is trained with: an exon head, its losses, teachers, a ranking."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.classifier import CONTEXT, LABELS, PositionClassifier
from dnaviz.training.data.annotated import EXON, IGNORE, UNKNOWN
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.records import one_hot_codes
from dnaviz.training.evaluation.metrics import average_precision, top_k_accuracy
from dnaviz.training.fit.loop import use_bfloat16

DISTILLATION_WEIGHT = 0.75  # share of the loss that teachers have, if there are any

AnyClassifier = TypeVar("AnyClassifier", bound=PositionClassifier)


class MultiTaskModel(nn.Module):
    """The classifier with an auxiliary head, for training only, that predicts exons.

    Exons are what the cell recognizes; asking for them makes the features know their content.
    """

    def __init__(self, splice: PositionClassifier) -> None:
        super().__init__()
        self.splice = splice
        self.exon = nn.Conv1d(splice.channels, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, w + 2 * CONTEXT) -> splice logits (n, 3, w), exon logits (n, w)."""
        hidden, logits = self.splice.hidden_and_logits(x)
        return logits, self.exon(hidden)[:, 0]


def losses(
    model: MultiTaskModel,
    codes: Tensor,
    labels: Tensor,
    exons: Tensor,
    teachers: Sequence[PositionClassifier] = (),
    exon_weight: float = 1.0,
) -> dict[str, Tensor]:
    """Cross-entropies over all positions whose label is known.

    ``splice`` in nats a thousand positions, ``exon`` in nats a position, weighted. Where there are
    teachers, ``splice`` asks mostly (:data:`DISTILLATION_WEIGHT`) for the mean of their
    probabilities: what several networks agree on is less what one of them remembers (Hinton et al.
    2015, arXiv 1503.02531).

    Parameters
    ----------
    model : MultiTaskModel
    codes : Tensor, shape (n, width + 2 * CONTEXT), uint8
        0-3 = A C G T, 4 = N, 5 = nothing.
    labels, exons : Tensor, shape (n, width), uint8
    teachers : sequence of PositionClassifier
        Of :func:`as_teacher`.
    """
    device = codes.device
    x = torch.from_numpy(one_hot_codes(codes.cpu().numpy())).to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=use_bfloat16(device)):
        logits, exon = model(x)
        with torch.no_grad():
            probabilities = [teacher.to(device)(x).float().softmax(1) for teacher in teachers]
    nothing = logits.float().sum() * 0  # where no position is known, a mean would be no number
    splice = nothing
    if (labels != IGNORE).any():
        splice = F.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE)
    present = codes[:, CONTEXT : CONTEXT + labels.shape[1]] < UNKNOWN
    if probabilities and present.any():
        target = torch.stack(probabilities).mean(0)
        distillation = F.cross_entropy(logits.float(), target, reduction="none")
        splice = torch.lerp(splice, distillation[present].mean(), DISTILLATION_WEIGHT)
    known = exons != IGNORE
    inside = (exons == EXON)[known].float()
    exonic = nothing
    if known.any():
        exonic = F.binary_cross_entropy_with_logits(exon.float()[known], inside)
    return {"splice": 1000 * splice, "exon": exon_weight * exonic}


def as_teacher(model: AnyClassifier) -> AnyClassifier:
    """Return a frozen copy that says what it learned in training: without calibration."""
    teacher = copy.deepcopy(model).eval().requires_grad_(False)
    for name in ("temperature", "bias"):
        if hasattr(teacher, name):
            getattr(teacher, name).zero_()
    return teacher


@torch.no_grad()
def sequence_logits(model: nn.Module, codes: np.ndarray, piece: int = 20_000) -> np.ndarray:
    """Logits (3, L) of every position of codes (L,); nothing beyond their ends."""
    logits = []
    device = next(model.parameters()).device
    padded = np.pad(codes, CONTEXT, constant_values=PAD)
    for start in range(0, len(codes), piece):
        part = padded[start : start + piece + 2 * CONTEXT]
        x = torch.from_numpy(one_hot_codes(part[None])).to(device)
        logits.append(model(x)[0].cpu().numpy())
    return np.concatenate(logits, axis=1)


@torch.no_grad()
def window_logits(model: PositionClassifier, windows: np.ndarray, batch: int = 512) -> np.ndarray:
    """Logits (3, n) of the middle of windows (n, 2 * CONTEXT + 1) of base codes."""
    logits = [
        model.center_logits(torch.from_numpy(one_hot_codes(windows[i : i + batch]))).numpy()
        for i in range(0, len(windows), batch)
    ]
    return np.concatenate(logits).T


def ranking(model: nn.Module, strands: Iterable[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Top-k accuracy and average precision over every position of (codes, labels)."""
    every = [(sequence_logits(model, codes), labels) for codes, labels in strands]
    logits, truth = (np.concatenate(parts, axis=-1) for parts in zip(*every, strict=True))
    figures = {}
    for k, label in enumerate(LABELS[1:], start=1):
        hits, scores = truth == k, logits[k] - logits[0]
        figures[f"{label}_top_k"] = top_k_accuracy(hits, scores)
        figures[f"{label}_precision"] = average_precision(hits, scores)
    return figures
