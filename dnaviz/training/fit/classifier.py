"""Train a splice classifier on crops of whole genes and of chains of introns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from dnaviz.errors import InputError
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.classifier import CONTEXT, PositionClassifier, SpliceClassifier
from dnaviz.models.device import pick_device
from dnaviz.models.plain import PLANS, PlainClassifier
from dnaviz.training.data.annotated import STRANDS, Stretch
from dnaviz.training.data.crops import MIX, Mix, Sampler
from dnaviz.training.fit.loop import digest, fit
from dnaviz.training.fit.multitask import MultiTaskModel, as_teacher, losses, ranking

EXONS = 0.5  # weight of the exons' loss
CHECK_EVERY = 1500  # steps
AHEAD = 2**40  # batches that workers draw in one go: more than any training has

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
Genes = list[tuple[np.ndarray, np.ndarray]]
Teachers = Mapping[str, PositionClassifier]


class TrainingRecipe(NamedTuple):
    """How a classifier is trained.

    Optimizer steps, crops a step, labeled positions a crop, highest learning rate, decay of the
    running mean of the weights, seed, and what crops are drawn.
    """

    steps: int = 13_500
    batch: int = 32
    width: int = 500
    peak: float = 3e-3
    average: float = 0.998
    seed: int = 0
    mix: Mix = MIX


RECIPE = TrainingRecipe()


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
    start: PlainClassifier | None = None,
    teachers: Teachers | None = None,
    recipe: TrainingRecipe = RECIPE,
    workers: int | None = None,
) -> tuple[PlainClassifier, float]:
    """Train a plain network; an unfinished run in the folder is resumed.

    Parameters
    ----------
    stretches : list of Stretch
        Of training chromosomes.
    held_out : list of (codes, labels)
        Genes of validation chromosomes, in their sense; measured now and then.
    folder : path
        Of the run.
    plan : str
        One of :data:`dnaviz.models.plain.PLANS`.
    start : PlainClassifier, optional
        What it goes on from, of the same plan.
    teachers : dict of str to PositionClassifier, optional
        By names that tell them apart; the loss asks mostly for the mean of their probabilities
        (Hinton et al. 2015, arXiv 1503.02531). Without `start` it begins as the first of them of
        its plan, else with random weights.
    recipe : TrainingRecipe, optional
    workers : int, optional
        Processes that draw crops; by default none on a CPU and 8 beside a GPU.

    Returns
    -------
    PlainClassifier, float
        In eval mode, not calibrated; and the seconds it took.

    Raises
    ------
    InputError
        When nothing has a site, the folder holds a run with other settings, or `start` is of
        another plan.
    """
    torch.manual_seed(recipe.seed)
    splice = PlainClassifier(PLANS[plan])
    check_start(start, plan)
    plain = [t for t in (teachers or {}).values() if isinstance(t, PlainClassifier)]
    same = [start] if start else [teacher for teacher in plain if teacher.plan == splice.plan]
    if same:
        splice.load_state_dict(as_teacher(same[0]).state_dict())
    settings = {"plan": plan, "start": digest(splice.state_dict().values())}
    return splice, _train(splice, stretches, held_out, folder, teachers, recipe, settings, workers)


def check_start(start: PlainClassifier | None, plan: str) -> None:
    """Refuse a classifier to start from that is of another plan.

    Raises
    ------
    InputError
    """
    if start is not None and start.plan != PLANS[plan]:
        raise InputError(f"The classifier to start from is not of the plan {plan}.")


def train_fine_tuned(
    stretches: list[Stretch],
    held_out: Genes,
    folder: str | Path,
    *,
    prior: Autoencoder,
    teachers: Teachers | None = None,
    recipe: TrainingRecipe = RECIPE,
) -> tuple[SpliceClassifier, float]:
    """Train a network that starts with the autoencoder's body (the paper's "prior").

    Parameters
    ----------
    stretches, held_out, folder, recipe
        As for :func:`train_plain`.
    prior : Autoencoder
    teachers : dict of str to PositionClassifier, optional
        It starts as the first SpliceClassifier among them, and learns mostly what they say
        together.

    Returns
    -------
    SpliceClassifier, float
        In eval mode, not calibrated; and the seconds it took.

    Raises
    ------
    InputError
        As :func:`train_plain`.
    """
    torch.manual_seed(recipe.seed)
    splice = SpliceClassifier()
    if like := [t for t in (teachers or {}).values() if isinstance(t, SpliceClassifier)]:
        splice.load_state_dict(as_teacher(like[0]).state_dict())
    else:
        splice.body.load_state_dict(prior.encoder.body.state_dict())
    settings = {"start": digest(splice.state_dict().values())}
    return splice, _train(splice, stretches, held_out, folder, teachers, recipe, settings)


def _arrays(stretches: list[Stretch]) -> Iterator[np.ndarray]:
    """All that is learned from."""
    for s in stretches:
        yield s.codes
        for strand, found in s.strands.items():
            yield np.array([STRANDS.index(strand), *map(len, found)])
            yield from found


def _train(
    splice: PositionClassifier, stretches: list[Stretch], held_out: Genes, folder: str | Path,
    teachers: Teachers | None, recipe: TrainingRecipe, more: dict[str, Any],
    workers: int | None = None,
) -> float:  # fmt: skip
    """Train in place, return the seconds it took."""
    listened = [as_teacher(teacher) for teacher in (teachers or {}).values()]
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
        return losses(cast(MultiTaskModel, module), codes, labels, exons, listened, EXONS)

    settings = (
        recipe._asdict()
        | more
        | {
            "mix": list(recipe.mix),
            "teachers": list(teachers or {}),
            "data": digest(_arrays(stretches)),
        }
    )
    return fit(
        MultiTaskModel(splice),
        loss,
        steps=recipe.steps,
        peak=recipe.peak,
        folder=Path(folder),
        seed=recipe.seed,
        settings=settings,
        average=recipe.average,
        check_every=CHECK_EVERY,
        check=(lambda m: ranking(cast(MultiTaskModel, m).splice, held_out)) if held_out else None,
    )
