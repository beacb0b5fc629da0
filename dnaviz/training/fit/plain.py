"""Train a plain splice classifier on crops of whole genes and of chains of introns."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from dnaviz.models.classifier import CONTEXT, LABELS
from dnaviz.models.plain import PLANS, PlainClassifier
from dnaviz.training.data.annotated import EXON, IGNORE, Stretch
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.crops import MIX, Mix, Sampler
from dnaviz.training.data.records import one_hot_codes
from dnaviz.training.data.synthetic_transcripts import label_sequence
from dnaviz.training.evaluation.metrics import average_precision, top_k_accuracy
from dnaviz.training.fit.classifier import sequence_logits
from dnaviz.training.fit.loop import digest, fit, pick_device
from dnaviz.training.fit.precision import use_bfloat16

EXONS = 0.3  # weight of the exons' loss
DISTILLATION_WEIGHT = 0.75  # share of the loss that teachers have, if there are any
AHEAD = 2**40  # batches that workers draw in one go: more than any training has

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
Genes = list[tuple[np.ndarray, np.ndarray]]


class PlainRecipe(NamedTuple):
    """How a plain classifier is trained.

    Optimizer steps, crops a step, labeled positions a crop, highest learning rate, decay of the
    running mean of the weights, seed, and what crops are drawn.
    """

    steps: int = 13_500
    batch: int = 32
    width: int = 500
    peak: float = 3e-3
    average: float = 0.999
    seed: int = 0
    mix: Mix = MIX


class PlainMultiTaskModel(nn.Module):
    """The classifier with a head for training only: does a position lie in an exon?"""

    def __init__(self, splice: PlainClassifier) -> None:
        super().__init__()
        self.splice = splice
        self.exon = nn.Conv1d(splice.channels, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, w + 2 * CONTEXT) -> splice logits (n, 3, w), exon logits (n, w)."""
        hidden, logits = self.splice.hidden_and_logits(x)
        return logits, self.exon(hidden)[:, 0]


class _Batches(Dataset[Batch]):
    """Batches by number, for workers: the same number is the same batch."""

    def __init__(self, sampler: Sampler, batch: int, seed: int) -> None:
        self.sampler, self.batch, self.seed = sampler, batch, seed

    def __len__(self) -> int:
        return AHEAD

    def __getitem__(self, number: int) -> Batch:
        return self.sampler.draw(self.batch, np.random.default_rng((self.seed, number)))


def train_plain(
    stretches: list[Stretch],
    held_out: Genes,
    folder: str | Path,
    *,
    plan: str = "64",
    teachers: Mapping[str, PlainClassifier] | None = None,
    recipe: PlainRecipe | None = None,
    workers: int | None = None,
    check_every: int = 1500,
) -> tuple[PlainClassifier, float]:
    """Train from scratch; an unfinished run in the folder is resumed.

    Parameters
    ----------
    stretches : list of Stretch
        Of training chromosomes.
    held_out : list of (codes, labels)
        Genes of validation chromosomes, in their sense; measured every `check_every` steps.
    folder : path
        Of the run.
    plan : str
        One of :data:`dnaviz.models.plain.PLANS`.
    teachers : dict of str to PlainClassifier, optional
        By names that tell them apart; the loss asks mostly for the mean of their probabilities
        (Hinton et al. 2015, arXiv 1503.02531).
    recipe : PlainRecipe, optional
    workers : int, optional
        Processes that draw crops; by default none on a CPU and 8 beside a GPU.

    Returns
    -------
    PlainClassifier, float
        In eval mode, not calibrated; and the seconds it took.

    Raises
    ------
    InputError
        When nothing has a site, or the folder holds a run with other settings.
    """
    recipe = recipe or PlainRecipe()
    torch.manual_seed(recipe.seed)
    splice = PlainClassifier(PLANS[plan])
    listened = [uncalibrated(teacher) for teacher in (teachers or {}).values()]
    sampler = Sampler(stretches, recipe.width, CONTEXT, recipe.mix)
    if workers is None:
        workers = 0 if pick_device().type == "cpu" else 8
    drawn: list[Iterator[Batch]] = []

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        if workers and not drawn:
            batches = _Batches(sampler, recipe.batch, int(rng.integers(2**62)))
            drawn.append(iter(DataLoader(batches, batch_size=None, num_workers=workers)))
        batch = next(drawn[0]) if drawn else sampler.draw(recipe.batch, rng)
        codes, labels, exons = (torch.as_tensor(part).to(device) for part in batch)
        return losses(
            cast(PlainMultiTaskModel, module),
            codes,
            labels,
            exons,
            [t.to(device) for t in listened],
        )

    settings = recipe._asdict() | {
        "mix": list(recipe.mix),
        "plan": plan,
        "teachers": list(teachers or {}),
        "data": digest([sampler.sites]),
    }
    seconds = fit(
        PlainMultiTaskModel(splice),
        loss,
        steps=recipe.steps,
        peak=recipe.peak,
        folder=Path(folder),
        seed=recipe.seed,
        settings=settings,
        average=recipe.average,
        check_every=check_every,
        check=(lambda m: ranking(cast(PlainMultiTaskModel, m).splice, held_out))
        if held_out
        else None,
    )
    return splice, seconds


def losses(
    model: PlainMultiTaskModel,
    codes: Tensor,
    labels: Tensor,
    exons: Tensor,
    teachers: list[PlainClassifier],
) -> dict[str, Tensor]:
    """Cross-entropies over all positions whose label is known.

    ``splice`` in nats a thousand positions, ``exon`` in nats a position, weighted.

    Parameters
    ----------
    model : Trainee
    codes : Tensor, shape (n, width + 2 * CONTEXT), uint8
    labels, exons : Tensor, shape (n, width), uint8
        As :meth:`dnaviz.training.data.crops.Sampler.draw` gives them.
    teachers : list of PlainClassifier
        Of :func:`uncalibrated`.
    """
    device = codes.device
    x = torch.from_numpy(one_hot_codes(codes.cpu().numpy())).to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=use_bfloat16(device)):
        logits, exon = model(x)
        with torch.no_grad():
            lessons = [teacher(x).float().softmax(1) for teacher in teachers]
    labeled = exons != IGNORE
    splice = F.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE)
    if lessons:
        distillation = F.cross_entropy(
            logits.float(), torch.stack(lessons).mean(0), reduction="none"
        )
        there = codes[:, CONTEXT : CONTEXT + labels.shape[1]] != PAD
        splice = (1 - DISTILLATION_WEIGHT) * splice + DISTILLATION_WEIGHT * distillation[
            there
        ].mean()
    inside = F.binary_cross_entropy_with_logits(
        exon.float()[labeled], (exons == EXON)[labeled].float()
    )
    return {"splice": 1000 * splice, "exon": EXONS * inside}


def uncalibrated(model: PlainClassifier) -> PlainClassifier:
    """A copy that says what it learned in training: calibration undone, nothing to be changed."""
    teacher = copy.deepcopy(model).eval().requires_grad_(False)
    teacher.temperature.zero_()
    teacher.bias.zero_()
    return teacher


def ranking(model: PlainClassifier, genes: Genes) -> dict[str, float]:
    """Top-k accuracy and average precision over every position of genes."""
    logits = np.concatenate([sequence_logits(model, label_sequence(*g)) for g in genes], axis=1)
    labels = np.concatenate([g[1] for g in genes])
    scores = logits - logits[:1]
    figures = {}
    for k in range(1, len(LABELS)):
        truth = labels == k
        figures[f"{LABELS[k]}_top_k"] = top_k_accuracy(truth, scores[k])
        figures[f"{LABELS[k]}_precision"] = average_precision(truth, scores[k])
    return figures
