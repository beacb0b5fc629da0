"""Train a plain splice classifier on crops of whole genes and of chains of introns."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.models.classifier import CONTEXT, LABELS
from dnaviz.models.plain import Plan, PlainClassifier
from dnaviz.training.corpus import one_hot_codes
from dnaviz.training.data.annotated import EXON, IGNORE, Stretch
from dnaviz.training.data.crops import MIX, Mix, Sampler
from dnaviz.training.loop import digest, fit
from dnaviz.training.metrics import average_precision, top_k_accuracy
from dnaviz.training.precision import halves

PLANS = {
    "32": Plan(32, 11, ((11, 1, 2), (11, 1, 2), (11, 1, 2), *((11, 4, 2),) * 4)),
    "48": Plan(48, 11, ((7, 1, 2), (7, 2, 2), (7, 4, 2), (7, 8, 2), (7, 16, 2))),
    "64": Plan(64, 11, ((3, 1, 2), (3, 2, 2), (3, 4, 2), (3, 8, 2), (3, 16, 2), *((3, 32, 2),) * 2)),
}


class PlainRecipe(NamedTuple):
    """How a plain classifier is trained; positions a step are batch times width."""

    steps: int = 20_000
    batch: int = 32
    width: int = 500
    peak: float = 3e-3
    average: float = 0.999
    exon: float = 0.3  # weight of the exons' loss
    seed: int = 0
    mix: Mix = MIX


class Trainee(nn.Module):
    """The classifier with a head for training only: does a position lie in an exon?"""

    def __init__(self, splice: PlainClassifier) -> None:
        super().__init__()
        self.splice = splice
        self.exon = nn.Conv1d(splice.channels, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4, w + 2 * CONTEXT) -> splice logits (n, 3, w), exon logits (n, w)."""
        hidden, logits = self.splice.hidden_and_logits(x)
        return logits, self.exon(hidden)[:, 0]


def train_plain(
    stretches: list[Stretch],
    held_out: list[tuple[np.ndarray, np.ndarray]],
    folder: str | Path,
    *,
    plan: Plan,
    recipe: PlainRecipe,
    check_every: int = 1000,
) -> tuple[PlainClassifier, float]:
    """Train from scratch; an unfinished run in the folder is resumed.

    Parameters
    ----------
    stretches : list of Stretch
        Of training chromosomes.
    held_out : list of (codes, labels)
        Genes of validation chromosomes, in their sense; measured every so many steps.
    folder : path
        Of the run.
    plan : Plan
    recipe : PlainRecipe

    Returns
    -------
    PlainClassifier, float
        In eval mode, not calibrated; and the seconds it took.

    Raises
    ------
    InputError
        When nothing has a site, or the folder holds a run with other settings.
    """
    torch.manual_seed(recipe.seed)
    splice = PlainClassifier(plan)
    model = Trainee(splice)
    sampler = Sampler(stretches, recipe.width, CONTEXT, recipe.mix)

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        codes, *targets = sampler.draw(recipe.batch, rng)
        labels, exons = (torch.from_numpy(t).to(device) for t in targets)
        x = torch.from_numpy(one_hot_codes(codes)).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=halves(device)):
            logits, exon = module(x)
        known = exons != IGNORE
        asked = F.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE)
        inside = F.binary_cross_entropy_with_logits(
            exon.float()[known], (exons == EXON)[known].float()
        )
        return {"splice": 1000 * asked, "exon": recipe.exon * inside}

    settings = recipe._asdict() | {
        "mix": list(recipe.mix),
        "plan": [plan.channels, plan.stem, [list(b) for b in plan.blocks]],
        "data": digest([sampler.sites]),
    }
    seconds = fit(
        model, loss, steps=recipe.steps, peak=recipe.peak, folder=Path(folder), seed=recipe.seed,
        settings=settings, average=recipe.average, check_every=check_every,
        check=lambda m: ranking(cast(Trainee, m).splice, held_out),
    )  # fmt: skip
    return splice, seconds


def ranking(
    model: PlainClassifier, genes: list[tuple[np.ndarray, np.ndarray]]
) -> dict[str, float]:
    """Top-k accuracy and average precision over every position of genes."""
    from dnaviz.training.classifier import strand_logits
    from dnaviz.training.transcripts import make_strand

    logits = np.concatenate([strand_logits(model, make_strand(*g)) for g in genes], axis=1)
    labels = np.concatenate([g[1] for g in genes])
    scores = logits - logits[:1]
    figures = {}
    for k in range(1, len(LABELS)):
        truth = labels == k
        figures[f"{LABELS[k]}_top_k"] = top_k_accuracy(truth, scores[k])
        figures[f"{LABELS[k]}_precision"] = average_precision(truth, scores[k])
    return figures
