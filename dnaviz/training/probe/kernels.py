"""Few labels, no network: logistic regression on what sequences are like, with or without a prior.

Two sequences are alike by the bases and pairs of neighbors that they share around the middle, and
by what the masked reader (:mod:`dnaviz.training.networks.masked_reader`) thinks of the positions
there. How much its opinion counts, and how strongly the regression is held back, is chosen by
cross-validation within the labeled examples; nothing else is looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np

from dnaviz.training.data.labeled import LabeledData
from dnaviz.training.networks.masked_reader import MaskedReader, opinions

READ = (24, 8)  # positions on each side of the middle that the reader is asked about
BASES = (10, 30)  # and whose bases are compared
SHARES = (0.15, 0.3, 0.6, 1.0)  # that the reader may have in what is alike; the bases have the rest
STRENGTHS = (10.0, 100.0)
LANDMARKS = 1000  # examples that sequences are compared with
CHOSEN_ON = 500  # of them are cross-validated
FOLDS = 5
CHUNK = 500


class _View(NamedTuple):
    """One way to look at the landmarks, and the median square distance between them."""

    landmarks: np.ndarray
    spread: float


def kernel_regression(
    train: LabeledData, test: np.ndarray, reader: MaskedReader | None, seed: int = 0
) -> np.ndarray:
    """Learn labels by likeness and say what others have.

    Parameters
    ----------
    train : LabeledData
    test : ndarray, shape (n, L), uint8
        Base codes.
    reader : MaskedReader or None
        Whose opinion counts; None compares bases alone.
    seed : int
        Of the landmarks, when there are more examples.

    Returns
    -------
    ndarray, shape (n, classes), float32
        Probabilities.
    """
    from sklearn.linear_model import LogisticRegression

    marks = np.random.default_rng(seed).permutation(len(train.labels))[:LANDMARKS]
    views = [
        _View(view, float(np.median(_distances(view, view))) or 1.0)
        for view in _views(train.codes[marks], reader)
    ]
    among = _likeness(train.codes[marks], views, reader)
    shares = SHARES if reader else (0.0,)
    share, strength = choose_kernel(among, train.labels[marks], shares)
    root = _inverse_root(_mix(among, share))
    model = LogisticRegression(C=strength, max_iter=1000)

    def features(codes: np.ndarray) -> np.ndarray:
        chunks = [codes[at : at + CHUNK] for at in range(0, len(codes), CHUNK)]
        return np.concatenate([_mix(_likeness(c, views, reader), share) @ root for c in chunks])

    model.fit(features(train.codes), train.labels)
    probabilities = np.zeros((len(test), len(train.classes)), np.float32)
    probabilities[:, model.classes_] = model.predict_proba(features(test))
    return probabilities


def choose_kernel(
    among: list[np.ndarray], labels: np.ndarray, shares: tuple[float, ...]
) -> tuple[float, float]:
    """The share and strength whose left-out probabilities cost least in cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    labels = labels[:CHOSEN_ON]
    counts = np.bincount(labels)
    folds = min(FOLDS, int(counts[counts > 0].min()))
    if folds < 2:
        return shares[len(shares) // 2], STRENGTHS[-1]
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    costs = {}
    for share in shares:
        kernel = _mix(among, share)[: len(labels), : len(labels)]
        x = kernel @ _inverse_root(kernel)
        for strength in STRENGTHS:
            model: Any = LogisticRegression(C=strength, max_iter=1000)
            said = cross_val_predict(model, x, labels, cv=parts, method="predict_proba")
            costs[share, strength] = log_loss(labels, said)
    return min(costs, key=lambda pair: costs[pair])


def _views(codes: np.ndarray, reader: MaskedReader | None) -> list[np.ndarray]:
    """Rows of floats for each way to look at sequences: those of bases first."""
    views = [base_pairs(codes, reach) for reach in BASES]
    if reader:
        wide, near = READ
        thoughts = opinions(codes, reader, wide)
        views += [thoughts.reshape(len(codes), -1),
                  thoughts[:, :, wide - near : wide + near].reshape(len(codes), -1)]  # fmt: skip
    return views


def base_pairs(codes: np.ndarray, reach: int) -> np.ndarray:
    """Pairs of neighbors around the middle, one-hot: (n, 25 * positions) float32."""
    middle = codes.shape[1] // 2
    near = min(reach, middle, codes.shape[1] - middle - 1)
    around = codes[:, middle - near : middle + near + 1].astype(np.int64)
    pairs = 5 * around[:, :-1] + around[:, 1:]
    return np.eye(25, dtype=np.float32)[pairs].reshape(len(codes), -1)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    return cast(np.ndarray, np.maximum(squares, 0))


def _likeness(
    codes: np.ndarray, views: list[_View], reader: MaskedReader | None
) -> list[np.ndarray]:
    """How alike sequences are to the landmarks, 0 to 1, for each view."""
    return [
        np.exp(-_distances(rows, view.landmarks) / view.spread)
        for rows, view in zip(_views(codes, reader), views, strict=True)
    ]


def _mix(likeness: list[np.ndarray], share: float) -> np.ndarray:
    """Likeness by bases and by the reader, whose share is given, as one."""
    bases, read = likeness[: len(BASES)], likeness[len(BASES) :]
    mixed = (1 - share) * np.mean(bases, axis=0)
    return cast(np.ndarray, mixed + share * np.mean(read, axis=0) if read else mixed)


def _inverse_root(kernel: np.ndarray) -> np.ndarray:
    """What turns rows of likeness to landmarks into features whose products are the likeness."""
    values, vectors = np.linalg.eigh(kernel.astype(np.float64))
    kept = values > 1e-6 * values.max()
    return cast(np.ndarray, vectors[:, kept] / np.sqrt(values[kept]))
