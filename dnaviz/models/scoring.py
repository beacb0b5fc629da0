"""The splice classifier on text and arrays: log-odds of positions and of windows, gradients."""

from __future__ import annotations

import collections.abc
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnaviz.models.classifier import (
    CONTEXT,
    LABELS,
    PositionClassifier,
    calibrated,
    missing_fraction,
)
from dnaviz.models.incremental_ism import mutant_logits
from dnaviz.models.plain import PlainClassifier
from dnaviz.models.protocol import SITES, Floats, check_site, checked_windows
from dnaviz.models.sizes import round_up_length
from dnaviz.models.threads import map_threads, one_thread
from dnaviz.sequences import one_hot

CANVAS = 2 * CONTEXT + 1
CHUNK = 4_096  # positions of one sequence that are scored at once
BATCH = 128  # windows, or times as many positions of several sequences, together


class _Piece(NamedTuple):
    """A stretch to score, and where its scores go."""

    sequence: int
    start: int
    stop: int


def site_log_odds(logits: Tensor) -> Tensor:
    """Return ln(p / (1 - p)) of donor and acceptor, (n, 2, ...), from logits (n, 3, ...)."""
    columns = []
    for site in SITES:
        k = LABELS.index(site)
        others = [i for i in range(len(LABELS)) if i != k]
        columns.append(logits[:, k] - torch.logsumexp(logits[:, others], dim=1))
    return torch.stack(columns, dim=1)


def score_positions(
    splice: PositionClassifier,
    sequences: list[str],
    wanted: collections.abc.Sequence[slice] | None = None,
    batch_size: int = BATCH,
) -> list[Floats]:
    """Do what :meth:`dnaviz.models.protocol.SiteScorer.score_positions` says.

    Pieces of like length are scored together, and none is longer than `CHUNK`, so that memory does
    not grow with a sequence's length. A CPU takes as many positions together as its caches hold
    the features of: four times as many go through at three quarters of the rate.
    """
    on_cpu = splice.bias.device.type == "cpu"
    together = min(batch_size * BATCH, CHUNK) if on_cpu else batch_size * BATCH
    spans = [
        range(*part.indices(len(bases)))
        for bases, part in zip(sequences, wanted or [slice(None)] * len(sequences), strict=True)
    ]
    found = [np.empty((len(SITES), len(span)), np.float32) for span in spans]
    pieces = [
        _Piece(i, start, min(start + CHUNK, span.stop))
        for i, span in enumerate(spans)
        for start in range(span.start, span.stop, CHUNK)
    ]
    pieces.sort(key=lambda piece: piece.stop - piece.start)
    while pieces:
        width = round_up_length(pieces[-1].stop - pieces[-1].start)
        most = max(together // width, 1)
        batch = [pieces.pop() for _ in range(min(len(pieces), most))]
        x = np.zeros((len(batch), len("ACGT"), width + 2 * CONTEXT), np.float32)
        for row, (i, start, stop) in zip(x, batch, strict=True):
            first = max(start - CONTEXT, 0)
            bases = one_hot(sequences[i][first : stop + CONTEXT])
            lead = first - start + CONTEXT
            row[:, lead : lead + bases.shape[1]] = bases
        with torch.inference_mode(), one_thread():
            logits = splice(torch.from_numpy(x).to(splice.bias.device))
            scores = site_log_odds(logits).cpu().numpy()
        for score, (i, start, stop) in zip(scores, batch, strict=True):
            offset = spans[i].start
            found[i][:, start - offset : stop - offset] = score[:, : stop - start]
    return found


def on_canvas(windows: NDArray) -> NDArray[np.float32]:
    """Return windows (n, 4, w), their middle ``w // 2`` in the middle of (n, 4, CANVAS)."""
    windows = checked_windows(windows)
    width = windows.shape[2]
    if width == CANVAS:
        return windows
    shift = CONTEXT - width // 2  # of a window's first column
    first, stop = max(-shift, 0), min(width, CANVAS - shift)
    canvas = np.zeros((*windows.shape[:2], CANVAS), np.float32)
    canvas[:, :, first + shift : stop + shift] = windows[:, :, first:stop]
    return canvas


def score_windows(splice: PositionClassifier, windows: NDArray, batch_size: int = BATCH) -> Floats:
    """Do what :meth:`dnaviz.models.protocol.SiteScorer.score_windows` says."""

    def scored(part: Tensor) -> Floats:
        return site_log_odds(splice.center_logits(part.to(splice.bias.device))).cpu().numpy()

    parts = map_threads(scored, torch.from_numpy(on_canvas(windows)).split(batch_size))
    return np.concatenate([np.empty((0, len(SITES)), np.float32), *parts])


def score_changes(
    splice: PositionClassifier,
    window: NDArray,
    columns: NDArray[np.int64],
    to: NDArray,
) -> Floats:
    """Return the log-odds (n, 2) of one window (4, w), changed in one column at a time.

    Parameters
    ----------
    columns : ndarray of int, shape (n,)
    to : ndarray, shape (n, 4)
        What each column becomes.
    """
    shift = CONTEXT - window.shape[1] // 2
    x, where = on_canvas(window[None]), np.asarray(columns) + shift
    if not isinstance(splice, PlainClassifier):
        mutants = np.repeat(x, len(where), axis=0)
        mutants[np.arange(len(where)), :, where] = to
        return score_windows(splice, mutants)
    device = splice.bias.device
    with torch.inference_mode(), one_thread():
        logits = mutant_logits(
            splice,
            torch.from_numpy(x).to(device),
            torch.as_tensor(where, dtype=torch.int64, device=device),
            torch.as_tensor(to, dtype=torch.float32, device=device),
        )
        return site_log_odds(logits).cpu().numpy()


def gradients(
    splice: PositionClassifier, windows: NDArray, site: str, batch_size: int = BATCH
) -> tuple[Floats, Floats]:
    """Do what :meth:`dnaviz.models.protocol.Differentiable.gradients` says."""
    check_site(site)
    row, width = SITES.index(site), windows.shape[-1]
    shift = CONTEXT - width // 2
    scores, slopes = [], []
    for part in torch.from_numpy(on_canvas(windows)).split(batch_size):
        x = part.to(splice.bias.device, copy=True).requires_grad_()
        with one_thread():
            values = site_log_odds(splice.center_logits(x))[:, row]
            (slope,) = torch.autograd.grad(values.sum(), x)
        scores.append(values.detach().cpu().numpy())
        slopes.append(slope.cpu().numpy())
    canvas = np.concatenate(slopes)
    result = np.zeros(windows.shape, np.float32)
    first, stop = max(-shift, 0), min(width, CANVAS - shift)
    result[:, :, first:stop] = canvas[:, :, first + shift : stop + shift]
    return np.concatenate(scores), result


class SiteModule(nn.Module):
    """One site's log-odds as a plain module, for captum, tangermeme and the like.

    ``(n, 4, w) -> (n, 1)``: of the middle (``w // 2``) of windows, one-hot or mixtures. It shares
    the model's weights and only evaluates: tools that put back a mode of training change nothing.
    After the features of a plain classifier every nonlinear step is a module of its own and of one
    argument, so that DeepLIFT's rules hold and its attributions add up.
    """

    def __init__(self, splice: PositionClassifier, site: str) -> None:
        super().__init__()
        check_site(site)
        self.splice = splice
        self.site = LABELS.index(site)
        self.others = [k for k in range(len(LABELS)) if k != self.site]
        self.gain, self.loss, self.log_sum = nn.Softplus(), nn.Softplus(), nn.Softplus()
        self.train(False)

    def train(self, mode: bool = True) -> SiteModule:
        return super().train(False)

    def forward(self, x: Tensor) -> Tensor:
        shift = CONTEXT - x.shape[-1] // 2
        x = nn.functional.pad(x, (shift, CANVAS - shift - x.shape[-1]))
        splice = self.splice
        raw = splice.output(splice.relu(splice.center_latents(x)[..., None]))
        missing = missing_fraction(x)
        logits = calibrated(raw, missing, splice.temperature, splice.bias, self.gain, self.loss)[
            ..., 0
        ]
        one, two = logits[:, self.others].unbind(1)
        return (logits[:, self.site] - one - self.log_sum(two - one))[:, None]
