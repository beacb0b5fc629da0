"""Incremental in-silico mutagenesis: recompute only the activations that a mutation reaches.

A changed base reaches only the activations near it, level by level, so only those are computed
anew; all others are the window's own. (The idea is fastISM's: Nair, Shrikumar and Kundaje 2022,
doi 10.1093/bioinformatics/btac135.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from dnaviz.models.classifier import missing_fraction
from dnaviz.models.plain import Block, PlainClassifier
from dnaviz.models.sizes import round_up_length

BATCH = 256


class _Stage(NamedTuple):
    """A part of the network that acts like one convolution of this kernel and stride."""

    apply: Callable[[Tensor], Tensor]
    kernel: int
    stride: int


def mutant_logits(splice: PlainClassifier, window: Tensor, columns: Tensor, to: Tensor) -> Tensor:
    """Logits of the middle of a window when one column of it is changed.

    Parameters
    ----------
    splice : PlainClassifier
    window : Tensor, shape (1, 4, 2 * CONTEXT + 1)
    columns : Tensor of int, shape (n,)
        Which column changes.
    to : Tensor, shape (n, 4)
        What it becomes.

    Returns
    -------
    Tensor, shape (n, 3)
    """
    spare, stages = splice.spare, _stages(splice)
    levels = [window[0, :, spare : window.shape[-1] - spare]]
    for stage in stages:
        levels.append(stage.apply(levels[-1][None])[0])
    missing = missing_fraction(window)
    lost_bases = (window[0, :, columns].sum(0) - to.sum(1))[:, None, None] / window.shape[-1]
    latents = splice.latents_of_features(levels[-1][None])
    logits = splice.logits(latents.expand(len(columns), -1, -1), missing + lost_bases)[:, :, 0]
    in_reach = (columns >= spare) & (columns < window.shape[-1] - spare)
    for rows in torch.nonzero(in_reach)[:, 0].split(BATCH):
        rows = torch.cat([rows, rows[-1:].expand(round_up_length(len(rows)) - len(rows))])
        starts, patch = columns[rows] - spare, to[rows][..., None]
        done = 0
        while done < len(stages) and 2 * patch.shape[-1] <= levels[done].shape[-1]:
            starts, patch = _propagate(stages[done], levels[done], starts, patch)
            done += 1
        features = _overlay(levels[done], starts, patch)
        for stage in stages[done:]:
            features = stage.apply(features)
        latents = splice.latents_of_features(features)
        logits[rows] = splice.logits(latents, missing + lost_bases[rows])[:, :, 0]
    return logits


def _stages(splice: PlainClassifier) -> list[_Stage]:
    def block(number: int, step: int, spacing: int, x: Tensor) -> Tensor:
        features: Tensor = splice.blocks[number](x[..., ::step], spacing)
        return features

    stages = [_Stage(lambda x: splice.norm(splice.stem(x)), splice.plan.stem, 1)]
    for number, (step, spacing) in enumerate(splice.plan.strides):
        reach = 2 * cast(Block, splice.blocks[number]).cut // spacing
        stages.append(_Stage(partial(block, number, step, spacing), step * reach + 1, step))
    return stages


def _propagate(
    stage: _Stage, level: Tensor, starts: Tensor, patch: Tensor
) -> tuple[Tensor, Tensor]:
    """Take patches (n, c, w) that begin at `starts` of a level (c, length) through a stage.

    Returns where the patches of the next level begin, and the patches; what of them lies outside
    that level is of no use and of no harm: nothing inside depends on it.
    """
    width = patch.shape[-1]
    count = (width + stage.kernel - 2) // stage.stride + 1
    first = -((stage.kernel - 1 - starts) // stage.stride)
    reach = stage.stride * (count - 1) + stage.kernel
    x = _cut(level, stage.stride * first, reach)
    places = (starts - stage.stride * first)[:, None] + torch.arange(width, device=starts.device)
    x.scatter_(2, places[:, None].expand(-1, len(level), -1), patch)
    return first, stage.apply(x)


def _cut(level: Tensor, starts: Tensor, width: int) -> Tensor:
    """Stretches (n, c, width) of a level (c, length), zeros beyond its ends."""
    places = starts[:, None] + torch.arange(width, device=starts.device)
    inside = (places >= 0) & (places < level.shape[-1])
    stretches = level[:, places.clamp(0, level.shape[-1] - 1)] * inside
    return stretches.transpose(0, 1).contiguous()


def _overlay(level: Tensor, starts: Tensor, patch: Tensor) -> Tensor:
    """Copies (n, c, length) of a level with a patch laid over each."""
    width = patch.shape[-1]
    wide = F.pad(level, (width, width)).repeat(len(patch), 1, 1)
    places = (
        starts.clamp(-width, level.shape[-1])[:, None]
        + width
        + torch.arange(width, device=starts.device)
    )
    wide.scatter_(2, places[:, None].expand(-1, len(level), -1), patch)
    return wide[..., width : wide.shape[-1] - width]
