"""What ``dnaviz probe`` compares: ways to learn labels, each from sequences to probabilities.

``kmer``: logistic regression on counts of 4-mers. ``bases``: logistic regression on likeness by the
bases near the middle and by the words on either side of it. ``prior``: the same, with the opinion
of the frozen masked reader (:mod:`dnaviz.training.probe.kernels`). ``fine_tuned`` and ``scratch``:
:class:`dnaviz.training.networks.probe_network.ProbeNet`, started from the autoencoder's encoder or
from random weights, everything else being equal. ``prior_network`` and ``bases_network``: the mean
of what ``prior`` or ``bases`` and the network from scratch say, where the network counts a third.
``prior_fine_tuned``: the mean of ``prior`` and ``fine_tuned``, both of which come from DNA without
labels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dnaviz.errors import InputError
from dnaviz.models.architectures import AnyAutoencoder
from dnaviz.models.autoencoder import Autoencoder
from dnaviz.models.device import pick_device
from dnaviz.models.threads import one_thread
from dnaviz.training.data.labeled import LabeledData
from dnaviz.training.fit.loop import CLIP, running_mean, use_bfloat16
from dnaviz.training.networks.masked_reader import MaskedReader, shipped_reader
from dnaviz.training.networks.probe_network import ProbeNet
from dnaviz.training.probe.kernels import count_kmers, kernel_regression

MEANS = {"prior_network": ("prior", "prior", "scratch"),
         "bases_network": ("bases", "bases", "scratch"),
         "prior_fine_tuned": ("prior", "fine_tuned")}  # fmt: skip
METHODS = ("kmer", "bases", "prior", *MEANS, "fine_tuned", "scratch")
SHOWN = ("kmer", "bases", "frozen", *METHODS[2:])
"""Those of any report in the order of tables; version 0.1 had the frozen latents, too."""
K = 4


class ProbeRecipe(NamedTuple):
    """How the network is trained."""

    epochs: int = 6
    least_steps: int = 300  # for small sets, whatever the epochs
    batch: int = 64
    peak: float = 1e-3
    decay: float = 0.05
    dropout: float = 0.3
    smoothing: float = 0.05
    mutated: float = 0.02  # share of bases replaced at random, away from the middle
    spared: int = 25  # bases on each side of the middle that are not
    members: int = 3  # networks whose probabilities are averaged


DEFAULT_RECIPE = ProbeRecipe()


def fit_and_predict(
    method: str,
    train: LabeledData,
    test: np.ndarray,
    autoencoder: AnyAutoencoder,
    recipe: ProbeRecipe = DEFAULT_RECIPE,
    seed: int = 0,
    reader: MaskedReader | None = None,
) -> np.ndarray:
    """Learn labels and say what others have.

    Parameters
    ----------
    method : str
        One of :data:`METHODS`, but for the means of others.
    train : LabeledData
    test : ndarray, shape (n, L), uint8
        Base codes.
    autoencoder : Autoencoder
        Trained, in eval mode.
    recipe : ProbeRecipe
    seed : int
    reader : MaskedReader, optional
        Of the prior; by default the shipped one.

    Returns
    -------
    ndarray, shape (n, classes), float32
        Probabilities.
    """
    if method == "kmer":
        return _regress(count_kmers(train.codes, K), train, count_kmers(test, K))
    if method == "bases":
        return kernel_regression(train, test, None, seed)
    if method == "prior":
        return kernel_regression(train, test, reader or shipped_reader()[0], seed)
    prior = None
    if method == "fine_tuned":
        if not isinstance(autoencoder, Autoencoder):
            raise InputError("Only a convolutional autoencoder can be fine-tuned.")
        prior = autoencoder
    members = range(seed, seed + recipe.members)
    predictions = [predict(fit_network(train, prior, recipe, member), test) for member in members]
    mean: np.ndarray = np.stack(predictions).mean(0)
    return mean


def _regress(features: np.ndarray, train: LabeledData, test: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    pipeline.fit(features, train.labels)
    probabilities = np.zeros((len(test), len(train.classes)), np.float32)
    probabilities[:, pipeline.classes_] = pipeline.predict_proba(test)
    return probabilities


def fit_network(
    train: LabeledData, autoencoder: Autoencoder | None, recipe: ProbeRecipe, seed: int = 0
) -> ProbeNet:
    """Train a network on labeled sequences, on one core.

    Parameters
    ----------
    train : LabeledData
    autoencoder : Autoencoder or None
        Whose encoder it starts from; None: from scratch.
    recipe : ProbeRecipe
    seed : int
        Of weights, order, dropout and mutations.

    Returns
    -------
    ProbeNet
        In eval mode; its weights are a running mean over the last steps.
    """
    n, length = train.codes.shape
    batch = min(recipe.batch, max(8, n // 8), n)
    per_epoch = n // batch
    steps = max(recipe.epochs * per_epoch, recipe.least_steps)
    rng = np.random.default_rng(seed)
    device = pick_device()
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        encoder = None if autoencoder is None else autoencoder.encoder
        net = ProbeNet(length, len(train.classes), encoder, recipe.dropout).to(device).train()
        mean = running_mean(net, 1 - min(0.5, 20 / steps))
        optimizer = torch.optim.AdamW(net.parameters(), weight_decay=recipe.decay)
        order = np.empty(0, np.int64)
        for step in range(steps):
            if len(order) < batch:
                order = rng.permutation(n)
            chosen, order = order[:batch], order[batch:]
            for group in optimizer.param_groups:
                group["lr"] = recipe.peak * _schedule(step / steps)
            labels = torch.from_numpy(train.labels[chosen]).to(device)
            logits = _logits(net, mutate(train.codes[chosen], recipe, rng))
            loss = F.cross_entropy(logits, labels, label_smoothing=recipe.smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), CLIP)
            optimizer.step()
            mean.update_parameters(net)
    net.load_state_dict(mean.module.state_dict())
    return net.eval()


def predict(net: ProbeNet, codes: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes) of sequences (n, L)."""
    with torch.no_grad(), one_thread():
        parts = [
            _logits(net, codes[start : start + 256]).softmax(1).cpu()
            for start in range(0, len(codes), 256)
        ]
    return torch.cat(parts).numpy()


def mutate(codes: np.ndarray, recipe: ProbeRecipe, rng: np.random.Generator) -> np.ndarray:
    """Replace bases at random, but for those around the middle."""
    hit = rng.random(codes.shape) < recipe.mutated
    middle = codes.shape[1] // 2
    hit[:, max(0, middle - recipe.spared) : middle + recipe.spared] = False
    return np.where(hit, rng.integers(0, 4, codes.shape, dtype=np.uint8), codes)


def _logits(net: ProbeNet, codes: np.ndarray) -> Tensor:
    device = net.one_hot.device
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=use_bfloat16(device)):
        logits: Tensor = net(torch.from_numpy(codes).to(device))
    return logits.float()


def _schedule(progress: float) -> float:
    """Warm-up over a tenth of the steps, then half a cosine down to 1 % of the peak."""
    cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))
    return cosine * min(1.0, progress / 0.1 + 0.01)
