"""Few labels, no network: logistic regression on what sequences are like, with or without a prior.

Two sequences are alike by the bases and pairs of neighbors that they share around the middle, by
the words that are frequent on either side of it, and by what the masked reader
(:mod:`dnaviz.training.networks.masked_reader`) thinks of the positions there. How much words and
the reader count, and how strongly the regression is held back, is chosen by cross-validation within
the labeled examples; nothing else is looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np

from dnaviz.errors import InputError
from dnaviz.sequences.codes import kmer_index
from dnaviz.training.data.labeled import LabeledData
from dnaviz.training.networks.masked_reader import MaskedReader, opinions

READ = (24, 8)  # positions on each side of the middle that the reader is asked about
BASES = (10, 30)  # and whose bases are compared
K = 3  # bases in a word
SIDE = 100  # positions before the middle, and from it on, whose words are counted
WORDS = (0.0, 0.2, 0.4)  # share that words may have in what is alike
SHARES = (0.2, 0.5)  # and the reader in what words leave; bases near the middle have the rest
STRENGTHS = (10.0, 100.0)
LANDMARKS = 1000  # examples that sequences are compared with
CHOSEN_ON = 500  # of them are cross-validated
FOLDS = 5
CHUNK = 500


class Mixture(NamedTuple):
    """How much words count in what is alike, and how much the reader in what they leave."""

    words: float
    reader: float


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

    Raises
    ------
    InputError
        If `test` has another shape, or no row.
    """
    from sklearn.linear_model import LogisticRegression

    length = train.codes.shape[1]
    if np.ndim(test) != 2 or np.shape(test)[1] != length or not len(test):
        raise InputError(f"Base codes have shape (n, {length}) here, not {np.shape(test)}.")
    marks = np.random.default_rng(seed).permutation(len(train.labels))[:LANDMARKS]
    kinds = [
        [_View(view, float(np.median(_distances(view, view))) or 1.0) for view in views]
        for views in _views(train.codes[marks], reader)
    ]
    among = _likeness(train.codes[marks], kinds, reader)
    mixtures = [Mixture(w, share) for w in WORDS for share in (SHARES if reader else (0.0,))]
    mixture, strength = choose_kernel(among, train.labels[marks], mixtures)
    root = _inverse_root(_mix(among, mixture))
    model = LogisticRegression(C=strength, max_iter=1000)

    def features(codes: np.ndarray) -> np.ndarray:
        chunks = [codes[at : at + CHUNK] for at in range(0, len(codes), CHUNK)]
        return np.concatenate([_mix(_likeness(c, kinds, reader), mixture) @ root for c in chunks])

    model.fit(features(train.codes), train.labels)
    probabilities = np.zeros((len(test), len(train.classes)), np.float32)
    probabilities[:, model.classes_] = model.predict_proba(features(test))
    return probabilities


def choose_kernel(
    among: list[np.ndarray], labels: np.ndarray, mixtures: list[Mixture]
) -> tuple[Mixture, float]:
    """The mixture and strength whose left-out probabilities cost least in cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    labels = labels[:CHOSEN_ON]
    counts = np.bincount(labels)
    folds = min(FOLDS, int(counts[counts > 0].min()))
    if folds < 2:
        return mixtures[len(mixtures) // 2], STRENGTHS[-1]
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    costs = {}
    for mixture in mixtures:
        kernel = _mix(among, mixture)[: len(labels), : len(labels)]
        x = kernel @ _inverse_root(kernel)
        for strength in STRENGTHS:
            model: Any = LogisticRegression(C=strength, max_iter=1000)
            said = cross_val_predict(model, x, labels, cv=parts, method="predict_proba")
            costs[mixture, strength] = log_loss(labels, said)
    return min(costs, key=lambda pair: costs[pair])


def _views(codes: np.ndarray, reader: MaskedReader | None) -> list[list[np.ndarray]]:
    """Rows of floats for each way to look at sequences, by kind: bases, words, the reader's."""
    kinds = [[base_pairs(codes, reach) for reach in BASES], [words_beside(codes)]]
    if reader:
        wide, near = READ
        thoughts = opinions(codes, reader, wide)
        kinds += [[thoughts.reshape(len(codes), -1),
                   thoughts[:, :, wide - near : wide + near].reshape(len(codes), -1)]]  # fmt: skip
    return kinds


def words_beside(codes: np.ndarray) -> np.ndarray:
    """Square roots of how often each word stands before the middle, and from it on: (n, 128)."""
    middle = codes.shape[1] // 2
    sides = codes[:, max(0, middle - SIDE) : middle], codes[:, middle : middle + SIDE]
    return np.sqrt(np.concatenate([count_kmers(side, K) for side in sides], axis=1))


def count_kmers(codes: np.ndarray, k: int) -> np.ndarray:
    """How often each word of k bases stands in sequences: (n, 4**k) float32."""
    words, valid = kmer_index(codes, k)
    counts = np.zeros((len(codes), 4**k + 1), np.float32)
    rows = np.repeat(np.arange(len(codes)), words.shape[1])
    np.add.at(counts, (rows, np.where(valid, words, 4**k).reshape(-1)), 1)
    return counts[:, : 4**k]


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
    codes: np.ndarray, kinds: list[list[_View]], reader: MaskedReader | None
) -> list[np.ndarray]:
    """How alike sequences are to the landmarks, 0 to 1, by each kind of view."""
    return [
        np.mean(
            [
                np.exp(-_distances(rows, view.landmarks) / view.spread)
                for rows, view in zip(looks, views, strict=True)
            ],
            axis=0,
        )
        for looks, views in zip(_views(codes, reader), kinds, strict=True)
    ]


def _mix(likeness: list[np.ndarray], mixture: Mixture) -> np.ndarray:
    """Likeness by bases, by words and, if it was asked, by the reader as one."""
    bases, words, *read = likeness
    near = (1 - mixture.reader) * bases + mixture.reader * read[0] if read else bases
    return cast(np.ndarray, (1 - mixture.words) * near + mixture.words * words)


def _inverse_root(kernel: np.ndarray) -> np.ndarray:
    """What turns rows of likeness to landmarks into features whose products are the likeness."""
    values, vectors = np.linalg.eigh(kernel.astype(np.float64))
    kept = values > 1e-6 * values.max()
    return cast(np.ndarray, vectors[:, kept] / np.sqrt(values[kept]))
