"""The paper's experiment on anybody's labels: what is the autoencoder worth, as features or prior?

The methods (:data:`dnaviz.training.probe.methods.METHODS`) learn the same labels and are measured
on the same held-out sequences: those of a test set, or in turn each part of a cross-validation.
Sequences with the same bases always lie in the same part.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Collection
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.io.workers import open_workers
from dnaviz.models.architectures import AnyAutoencoder
from dnaviz.training.data.labeled import LabeledData, repeated, shared
from dnaviz.training.evaluation.evaluate import Metric
from dnaviz.training.evaluation.metrics import auroc, average_precision, interval
from dnaviz.training.networks.masked_reader import MaskedReader, shipped_reader
from dnaviz.training.probe.methods import MEANS, METHODS, ProbeRecipe, fit_and_predict

MEASURES = ("accuracy", "auroc", "average_precision", "mcc")
DRAWS = 5  # of few labels, where there are no folds to draw for
MOST_DRAWS = 1_000  # of one seed, so that no other seed draws the same
PAIRS = (("fine_tuned", "scratch"), ("prior", "scratch"), ("prior_network", "scratch"),
         ("prior_fine_tuned", "scratch"), ("prior_fine_tuned", "fine_tuned"),
         ("prior", "bases"), ("prior_network", "bases_network"))  # fmt: skip
LEAST = 2  # examples of each class to learn from


class Part(NamedTuple):
    """One thing to learn from and the examples it is measured on."""

    name: str
    train: LabeledData
    test: LabeledData


def split(data: LabeledData, folds: int, seed: int = 0) -> list[Part]:
    """The parts of a cross-validation: classes in equal shares, same bases in the same part."""
    from sklearn.model_selection import StratifiedGroupKFold

    counts = np.bincount(data.labels, minlength=len(data.classes))
    least, rarest = int(counts.min()), data.classes[int(counts.argmin())]
    if least < folds:
        raise InputError(
            f"Of {rarest} there {'is' if least == 1 else 'are'} {least}, too few for {folds} folds"
            + ("; choose fewer." if least > 1 else ".")
        )
    parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    groups = repeated(data.codes)
    if (different := len(np.unique(groups))) < folds:
        raise InputError(
            f"There {'is' if different == 1 else 'are'} {different:,} different "
            f"sequence{'' if different == 1 else 's'}, too few for {folds} folds."
        )
    folds_made = [
        Part(f"fold-{number}", data.subset(train), data.subset(test))
        for number, (train, test) in enumerate(parts.split(data.codes, data.labels, groups), 1)
    ]
    for part in folds_made:
        _check_learnable(part.train)
    return folds_made


def without_shared(train: LabeledData, test: LabeledData) -> tuple[LabeledData, int, int]:
    """The training data without the sequences of the test data.

    Returns
    -------
    LabeledData, int, int
        What is left, and how many test and how many training sequences are shared.

    Raises
    ------
    InputError
        If lengths or classes differ, or nothing to learn from is left.
    """
    if train.classes != test.classes:
        raise InputError(
            f"The training labels are {', '.join(train.classes)}, the test labels "
            f"{', '.join(test.classes)}: read those with classes={train.classes}."
        )
    if train.codes.shape[1] != test.codes.shape[1]:
        raise InputError(
            f"Training sequences have {train.codes.shape[1]} nt, test sequences "
            f"{test.codes.shape[1]}; they need one length."
        )
    _check_learnable(train)
    in_test = shared(train.codes, test.codes)
    in_train = int(shared(test.codes, train.codes).sum())
    left = train.subset(~in_test)
    counts = np.bincount(left.labels, minlength=len(left.classes))
    if counts.min() < LEAST:
        raise InputError(
            f"{in_train:,} of {len(test.labels):,} test sequences are training sequences too; "
            f"without them too little is left to learn {left.classes[counts.argmin()]!r} from."
        )
    return left, in_train, int(in_test.sum())


def _check_learnable(train: LabeledData) -> None:
    counts = np.bincount(train.labels, minlength=len(train.classes))
    if counts.min() < LEAST:
        raise InputError(
            f"Sequences of {train.classes[counts.argmin()]} to learn from: {counts.min()}; "
            f"{LEAST} or more are needed."
        )


def draw_few(train: LabeledData, count: int, seed: int) -> LabeledData:
    """A random few of the examples, classes in the shares they have, at least two of each."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(train.labels))
    shares = np.bincount(train.labels) / len(train.labels)
    chosen = []
    for number, share in enumerate(shares):
        of_class = order[train.labels[order] == number]
        chosen.append(of_class[: max(LEAST, round(share * count))])
    return train.subset(np.concatenate(chosen))


def _measure(name: str) -> Callable[[np.ndarray, np.ndarray], float]:
    """A measure of probabilities (n, classes); rankings of several classes are averaged."""
    if name == "accuracy":
        return lambda truth, p: float((p.argmax(1) == truth).mean())
    if name == "mcc":
        from sklearn.metrics import matthews_corrcoef

        return lambda truth, p: float(matthews_corrcoef(truth, p.argmax(1)))
    ranked = auroc if name == "auroc" else average_precision

    def of_classes(truth: np.ndarray, p: np.ndarray) -> float:
        columns = range(p.shape[1]) if p.shape[1] > 2 else (1,)
        values = [ranked(truth == k, p[:, k]) for k in columns]
        defined = [v for v in values if not np.isnan(v)]  # a class may be missing in what was drawn
        return float(np.mean(defined)) if defined else float("nan")

    return of_classes


def measures(truth: np.ndarray, probabilities: np.ndarray, classes: list[str]) -> dict[str, Any]:
    """Every measure with its 95 % bootstrap interval, and the share of errors by class."""
    results: dict[str, Any] = {}
    spread: dict[str, list[float]] = {}
    for name in MEASURES:
        measure = _measure(name)
        results[name] = measure(truth, probabilities)
        spread[name] = list(interval(measure, truth, probabilities))
    wrong = probabilities.argmax(1) != truth
    errors = {
        c: float(wrong[truth == k].mean()) for k, c in enumerate(classes) if (truth == k).any()
    }
    return results | {"interval_95": spread, "error_by_class": errors, "n": len(truth)}


def difference(
    truth: np.ndarray, first: np.ndarray, second: np.ndarray, rounds: int = 1000
) -> dict[str, Any]:
    """How much more often one method is right than another on the same examples, bootstrapped."""
    gain = (first.argmax(1) == truth).astype(float) - (second.argmax(1) == truth)
    spread = interval(np.mean, gain, rounds=rounds)
    return {"accuracy": float(gain.mean()), "interval_95": list(spread)}


class ExperimentRunner:
    """Runs methods on parts; what is done is kept in a folder, so that a killed run goes on.

    Parameters
    ----------
    autoencoder : Autoencoder
    recipe : ProbeRecipe
    seed : int
    folder : path or None
        Of this run; None keeps nothing on disk.
    stamp : str
        What must be equal for kept results to be used (data, weights, settings).
    workers : int
        Processes that work side by side, each on one core.
    reader : MaskedReader, dict, optional
        Of the prior, and what is known of its weights; by default the shipped one.
    """

    def __init__(
        self, autoencoder: AnyAutoencoder, recipe: ProbeRecipe, *, seed: int = 0,
        folder: Path | None = None, stamp: str = "", workers: int = 1,
        reader: tuple[MaskedReader, dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self.autoencoder, self.recipe, self.seed = autoencoder, recipe, seed
        self.folder, self.stamp, self.workers = folder, stamp, workers
        self.reader = reader or shipped_reader()
        self.found: dict[tuple[str, str], np.ndarray] = {}

    def with_recipe(self, recipe: ProbeRecipe) -> ExperimentRunner:
        """One like it that follows another recipe."""
        return ExperimentRunner(
            self.autoencoder, recipe, seed=self.seed,
            folder=self.folder, stamp=self.stamp, workers=self.workers, reader=self.reader,
        )  # fmt: skip

    def __call__(self, method: str, part: Part) -> np.ndarray:
        """Probabilities (n, classes) of the part's test examples."""
        if method in MEANS:
            mean: np.ndarray = np.mean([self(one, part) for one in MEANS[method]], axis=0)
            return mean
        if (method, part.name) not in self.found:
            self.prepare([(method, part)])
        return self.found[method, part.name]

    def prepare(self, tasks: list[tuple[str, Part]]) -> None:
        """Run what is not there yet, as many side by side as there are workers."""
        asked = {
            (one, part.name): part for method, part in tasks for one in MEANS.get(method, (method,))
        }
        missing = [(one, part) for (one, _), part in asked.items() if not self.kept(one, part)]
        # Those that take longest come first, so that no worker is left with them at the end.
        missing.sort(key=lambda task: METHODS.index(task[0]), reverse=True)
        if self.workers == 1 or len(missing) < 2:
            for method, part in missing:
                self.keep(method, part, fit_and_predict(*self._arguments(method, part)))
            return
        with open_workers(min(self.workers, len(missing))) as pool:
            running = {
                pool.submit(fit_and_predict, *self._arguments(method, part)): (method, part)
                for method, part in missing
            }
            for future in as_completed(running):
                self.keep(*running[future], future.result())

    def _arguments(self, method: str, part: Part) -> tuple[Any, ...]:
        parts = method, part.train, part.test.codes, self.autoencoder, self.recipe, self.seed
        return (*parts, self.reader[0])

    def _file(self, method: str, part: Part) -> Path | None:
        key = f"{self.stamp} {method} {part.name}"
        if method == "prior":
            key += f" {self.reader[1].get('weights_sha256')}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        return self.folder / f"{method}-{part.name}-{digest}.npy" if self.folder else None

    def kept(self, method: str, part: Part) -> bool:
        """Whether it is known what a method says of a part, now or from an earlier run."""
        path = self._file(method, part)
        if (method, part.name) not in self.found and path and path.is_file():
            self.found[method, part.name] = np.load(path, allow_pickle=False)
        return (method, part.name) in self.found

    def keep(self, method: str, part: Part, probabilities: np.ndarray) -> None:
        """Note what a method says of a part, on disk too where there is a folder."""
        print(f"{method}, {part.name}: learned from {len(part.train.labels):,}", file=sys.stderr)
        self.found[method, part.name] = probabilities
        if path := self._file(method, part):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npy")
            np.save(partial, probabilities)
            partial.replace(path)


def compare(
    parts: list[Part], run: ExperimentRunner, methods: Collection[str] = METHODS
) -> dict[str, Any]:
    """Methods on all parts; held-out predictions are pooled over the parts."""
    run.prepare([(method, part) for part in parts for method in methods])
    truth = np.concatenate([part.test.labels for part in parts])
    classes = parts[0].test.classes
    pooled = {m: np.concatenate([run(m, part) for part in parts]) for m in methods}
    report: dict[str, Any] = {m: measures(truth, p, classes) for m, p in pooled.items()}
    for first, second in pairs(methods):
        report[f"{first}_minus_{second}"] = difference(truth, pooled[first], pooled[second])
    return report


def pairs(methods: Collection[str]) -> list[tuple[str, str]]:
    """The pairs of methods that are told apart: each kind of prior from what knows of none."""
    return [pair for pair in PAIRS if set(pair) <= set(methods)]


def learning_curve(
    parts: list[Part], sizes: list[float], run: ExperimentRunner,
    methods: Collection[str] = METHODS, times: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """The methods with few labels: each size is drawn anew for every part.

    Parameters
    ----------
    parts : list of Part
        Each is drawn from once, a single one (a test set) :data:`DRAWS` times.
    sizes : list of float
        Shares of the training examples up to 1, or numbers of labels above it.
    run : ExperimentRunner
    methods : collection of str
        Which are compared.
    times : int
        Draws of each size, if not as many: of the first parts only, or of parts in turn.

    Returns
    -------
    list of dict
        For each size and method the mean of every measure over the draws and its 95 % interval
        (Student's t), and the same for the differences of :func:`pairs`, paired by draw.
    """
    times = times or (len(parts) if len(parts) > 1 else DRAWS)
    draws = [parts[number % len(parts)] for number in range(times)]
    curve = []
    for size in sizes:
        few = []
        for number, part in enumerate(draws):
            count = round(size if size > 1 else size * len(part.train.labels))
            drawn = draw_few(part.train, count, seed=run.seed * MOST_DRAWS + number)
            few.append(Part(f"{part.name}-draw-{number + 1}-of-{count}", drawn, part.test))
        run.prepare([(method, part) for part in few for method in methods])
        row: dict[str, Any] = {"labels": len(few[0].train.labels), "draws": len(few)}
        values: dict[str, dict[str, np.ndarray]] = {}
        for method in methods:
            predictions = [(part.test.labels, run(method, part)) for part in few]
            values[method] = {
                m: np.array([_measure(m)(t, p) for t, p in predictions]) for m in MEASURES
            }
            row[method] = {m: _mean(v) for m, v in values[method].items()}
        for first, second in pairs(methods):
            row[f"{first}_minus_{second}"] = {
                m: _mean(values[first][m] - values[second][m]) for m in MEASURES
            }
        curve.append(row)
    return curve


def _mean(values: np.ndarray) -> dict[str, Any]:
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    mean = float(values.mean())
    return {"mean": mean, "interval_95": [mean - float(half), mean + float(half)]}


def few_labels(curve: list[dict[str, Any]], name: str) -> list[Metric]:
    """A learning curve as figures of the model card."""
    figures = []
    for row in curve:
        for what, found in row.items():
            if not isinstance(found, dict):
                continue
            for measure in ("accuracy", "auroc"):
                told = f"{measure}, {row['labels']} labels"
                mean, (low, high) = found[measure]["mean"], found[measure]["interval_95"]
                figures.append(
                    Metric(f"Few labels of {name}", told, what, mean, low, high, row["draws"])
                )
    return figures


def settings_checksum(data: list[LabeledData], weights: str, settings: dict[str, Any]) -> str:
    """What a kept result depends on, as a checksum."""
    digest = hashlib.sha256(json.dumps([weights, settings], sort_keys=True).encode())
    for labeled in data:
        digest.update(labeled.codes.tobytes())
        digest.update(labeled.labels.tobytes())
    return digest.hexdigest()
