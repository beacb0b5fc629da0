"""Train the splice classifiers: fine-tuned network, distillation teachers, frozen head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from dnaviz.errors import InputError
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.classifier import CONTEXT, FrozenHead, PositionClassifier, SpliceClassifier
from dnaviz.models.plain import PlainClassifier
from dnaviz.training.data.augmentation import mix_crops
from dnaviz.training.data.canvases import canvas_codes
from dnaviz.training.data.records import one_hot_codes
from dnaviz.training.data.sources import TrainingData
from dnaviz.training.data.synthetic_transcripts import (
    IntronPool,
    LabeledSequence,
    draw_crops,
    join,
    labeled_record,
    reverse,
)
from dnaviz.training.fit.loop import digest, fit
from dnaviz.training.fit.multitask import (
    MultiTaskModel,
    as_teacher,
    losses,
    ranking,
    sequence_logits,
)
from dnaviz.training.networks.dilated import DilatedClassifier, DilatedPlan

FROZEN_SITES = 8000  # of each kind, for the head on frozen latents
ANTISENSE = 0.2  # share of crops from the strand without sites
MINING_LENGTH = 1_000_000  # positions looked through for hard negatives, once an epoch
AVERAGING_DECAY = 0.999  # decay of the running mean of the weights
MIXED_SHARE = 0.3  # share of crops that only they label


class TrainingRecipe(NamedTuple):
    """How a classifier is trained.

    Optimizer steps, crops a step, labeled positions a crop, highest learning rate, seed, and
    whether crops are varied around sites (:mod:`dnaviz.training.data.augmentation`).
    """

    steps: int = 8000
    batch: int = 32
    width: int = 400
    peak: float = 2e-3
    seed: int = 0
    vary: bool = True


DEFAULT_RECIPE = TrainingRecipe()


def epoch_sequence(material: TrainingData, rng: np.random.Generator) -> LabeledSequence:
    """Make one epoch's sequence: introns joined in a new order, then the genes."""
    strung = [IntronPool(material.introns).concatenate(rng)] if material.introns else []
    return join(strung + [labeled_record(gene) for gene in material.genes])


def mine_hard_negatives(
    model: nn.Module, strand: LabeledSequence, rng: np.random.Generator
) -> np.ndarray:
    """Positions that score highest as sites but are none, in a random part of the sequence."""
    start = int(rng.integers(0, max(1, len(strand.codes) - MINING_LENGTH)))
    piece = slice(start, start + MINING_LENGTH)
    training = model.training
    model.eval()
    logits = sequence_logits(model, strand.codes[piece])
    model.train(training)
    odds = logits[1:].max(0) - logits[0]
    odds[strand.labels[piece] != 0] = -np.inf
    most = max(1, len(odds) // 2000)
    return start + np.argsort(-odds)[:most]


@torch.no_grad()
def window_logits(
    model: SpliceClassifier | PlainClassifier, windows: np.ndarray, batch: int = 512
) -> np.ndarray:
    """Logits (3, n) of the middle of windows (n, 2 * CONTEXT + 1) of base codes."""
    logits = [
        model.center_logits(torch.from_numpy(one_hot_codes(windows[i : i + batch]))).numpy()
        for i in range(0, len(windows), batch)
    ]
    return np.concatenate(logits).T


def train_classifier(
    train: TrainingData,
    validation: TrainingData,
    folder: str | Path,
    *,
    prior: Autoencoder | None,
    context_head: str = "deep",
    teachers: Mapping[str, PositionClassifier] | None = None,
    recipe: TrainingRecipe = DEFAULT_RECIPE,
) -> tuple[SpliceClassifier, float]:
    """Train the splice classifier, from the autoencoder's body or from scratch.

    Parameters
    ----------
    train, validation : Material
        Introns and genes of the training and of the validation chromosomes.
    folder : path
        Of the run; an unfinished run there is resumed.
    prior : Autoencoder or None
        Whose body the network starts from (the paper's "prior"); None: from scratch. A teacher
        that is a SpliceClassifier goes before.
    look : {"deep", "wide"}
        One of :data:`dnaviz.models.classifier.CONTEXT_HEADS`.
    teachers : dict of str to SpliceClassifier or DilatedClassifier, optional
        Trained before, by names that tell them apart; this one starts as the first of them that
        has its look, else with the body of the first SpliceClassifier, and learns mostly what they
        say together.
    recipe : Recipe
        Steps, seed and the like.

    Returns
    -------
    SpliceClassifier, float
        The trained model in eval mode (not calibrated), and the seconds it took.

    Raises
    ------
    InputError
        When introns and genes together are shorter than one crop, or the folder holds a run with
        other settings.
    """
    torch.manual_seed(recipe.seed)
    splice = SpliceClassifier(context_head)
    if prior is not None:
        splice.body.load_state_dict(prior.encoder.body.state_dict())
    named = dict(teachers or {})
    frozen_teachers = [as_teacher(teacher) for teacher in named.values()]
    splice_teachers = [
        teacher for teacher in frozen_teachers if isinstance(teacher, SpliceClassifier)
    ]
    settings = {"prior": prior is not None, "look": context_head, "teachers": list(named)}
    model = MultiTaskModel(splice)
    same = [teacher for teacher in splice_teachers if teacher.head_name == context_head]
    if same:
        splice.load_state_dict(same[0].state_dict())
    elif splice_teachers:
        splice.body.load_state_dict(splice_teachers[0].body.state_dict())
    return splice, _train(model, train, validation, Path(folder), frozen_teachers, recipe, settings)


def train_dilated(
    train: TrainingData,
    validation: TrainingData,
    folder: str | Path,
    *,
    plan: DilatedPlan,
    recipe: TrainingRecipe = DEFAULT_RECIPE,
) -> tuple[DilatedClassifier, float]:
    """Train a classifier of dilated convolutions, from scratch and without teachers.

    Parameters
    ----------
    train, validation, folder, recipe
        As for :func:`train_classifier`.
    plan : Plan
        One of :data:`dnaviz.training.networks.dilated.PLANS`.

    Returns
    -------
    DilatedClassifier, float
        The trained model in eval mode (not calibrated), and the seconds it took.

    Raises
    ------
    InputError
        As :func:`train_classifier`.
    """
    torch.manual_seed(recipe.seed)
    splice = DilatedClassifier(plan)
    settings = {"plan": [plan.channels, plan.kernel, list(plan.dilations)]}
    return splice, _train(
        MultiTaskModel(splice), train, validation, Path(folder), [], recipe, settings
    )


def _train(
    model: MultiTaskModel, train: TrainingData, validation: TrainingData, folder: Path,
    teachers: Sequence[PositionClassifier], recipe: TrainingRecipe, more: dict[str, Any],
) -> float:  # fmt: skip
    """Train in place, return the seconds it took."""
    batch, width, seed, vary = recipe.batch, recipe.width, recipe.seed, recipe.vary
    sense = epoch_sequence(train, np.random.default_rng(seed))
    if len(sense.codes) <= width + 2 * CONTEXT:
        raise InputError(
            f"Introns and genes to train on have {len(sense.codes):,} nt, less than one crop."
        )
    begun = {
        "data": digest([sense.codes, sense.labels]),
        "start": digest(model.state_dict().values()),
    }
    other = reverse(sense)
    drawn = len(sense.codes) // (batch * width) or 1
    held_out = epoch_sequence(validation, np.random.default_rng(1)).first(400_000)
    decoys: np.ndarray | None = None
    epoch = [0]

    def loss(
        module: nn.Module, rng: np.random.Generator, device: torch.device
    ) -> dict[str, Tensor]:
        nonlocal sense, other, decoys
        assert isinstance(module, MultiTaskModel)
        epoch[0] += 1
        if epoch[0] % drawn == 0:
            sense = epoch_sequence(train, rng)
            other = reverse(sense)
            decoys = mine_hard_negatives(module.splice, sense, rng)
        flipped = int(batch * ANTISENSE)
        parts = [
            draw_crops(sense, batch - flipped, width, CONTEXT, rng, decoys=decoys, vary=vary),
            draw_crops(other, flipped, width, CONTEXT, rng, vary=vary),
        ]
        arrays = [np.concatenate(p) for p in zip(*parts, strict=True)]
        if teachers:
            mix_crops(arrays[0], arrays[1], arrays[2], MIXED_SHARE, rng)
        codes, labels, inside = (torch.from_numpy(a).to(device) for a in arrays)
        return losses(module, codes, labels, inside, teachers)

    return fit(
        model,
        loss,
        steps=recipe.steps,
        peak=recipe.peak,
        folder=folder,
        seed=seed,
        settings=recipe._asdict() | more | begun,
        check=lambda m: ranking(cast(MultiTaskModel, m).splice, [held_out[:2]]),
        average=AVERAGING_DECAY,
    )


def train_frozen(autoencoder: Autoencoder, train: TrainingData, seed: int = 0) -> FrozenHead:
    """Logistic regression of neither, donor and acceptor on the autoencoder's latents.

    Trained on windows of 60-400 nt with the site in the middle: as many GT / AG decoys as sites.
    Its probabilities are those of such a balanced mix, not of a gene.

    Parameters
    ----------
    autoencoder : Autoencoder
        Trained, in eval mode.
    train : Material
    seed : int
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(seed)
    windows, labels = middle_windows(epoch_sequence(train, rng), FROZEN_SITES, rng)
    latents = []
    with torch.no_grad():
        for i in range(0, len(windows), 256):
            x = torch.from_numpy(one_hot_codes(canvas_codes(windows[i : i + 256])))
            latents.append(autoencoder.encoder(x).numpy())
    features = np.concatenate(latents)
    scaler = StandardScaler().fit(features)
    regression = LogisticRegression(max_iter=500, C=0.1).fit(scaler.transform(features), labels)
    weight = regression.coef_ / scaler.scale_
    head = FrozenHead()
    head.linear.weight.data = torch.from_numpy(weight).float()
    head.linear.bias.data = torch.from_numpy(regression.intercept_ - weight @ scaler.mean_).float()
    return head.eval()


def middle_windows(
    strand: LabeledSequence, sites: int, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Windows of 60-400 nt around sites and around as many GT / AG decoys, with their labels."""
    codes, labels = strand.codes, strand.labels
    first, second = codes[:-1], codes[1:]
    gt = np.flatnonzero((first == 2) & (second == 3))
    ag = np.flatnonzero((first == 0) & (second == 2)) + 1
    chosen = []
    for positions in (
        np.flatnonzero(labels == 1),
        np.flatnonzero(labels == 2),
        gt[labels[gt] == 0],
        ag[labels[ag] == 0],
    ):
        inside = positions[(positions > CONTEXT) & (positions < len(codes) - CONTEXT)]
        chosen.append(rng.choice(inside, min(sites, len(inside)), replace=False))
    middles = np.concatenate(chosen)
    lengths = rng.integers(60, 2 * CONTEXT + 1, len(middles))
    windows = [codes[m - n // 2 : m - n // 2 + n] for m, n in zip(middles, lengths, strict=True)]
    return windows, labels[middles].astype(np.int64)
