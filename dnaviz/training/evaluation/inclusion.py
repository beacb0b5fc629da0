"""How well a variant's number tells what was measured of its exon's inclusion, and the fit of it.

The table has an exon with its flanks, a variant, and by how many points the exon's inclusion was
measured to change. `dnaviz.splicing.exon_change` has three numbers that are chosen here; what they
are worth is told on exons that were left out when they were chosen.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.io.tables import read_frame
from dnaviz.models import Model
from dnaviz.sequences import Sequence, shorten
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.variant_effect import EVENTS, SpliceEffect, splice_effects
from dnaviz.splicing.variants import check_variants
from dnaviz.training.evaluation.evaluate import Metric, metric
from dnaviz.training.evaluation.metrics import auroc, average_precision

COLUMNS = ("sequence", "exon_first", "exon_last", "position", "ref", "alt", "delta_psi")
DROP = 10.0
"""Points of inclusion: what falls by more has dropped."""

FOLDS = 10
SHARES = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
"""Shares of the weakness that are tried."""


class Measured(NamedTuple):
    """Measured variants: the effect of each, its exon, and the change of inclusion in points."""

    effects: list[SpliceEffect]
    exons: list[tuple[int, int]]
    change: NDArray


class Fit(NamedTuple):
    """The numbers of `dnaviz.splicing.exon_change`: WEAK, INTERCEPT, SLOPE."""

    weak: float
    intercept: float
    slope: float


def read_measured(path: str | Path, model: Model) -> Measured:
    """Read a table of measured variants, all on the forward strand, and score them.

    Raises
    ------
    InputError
        When a column is missing, or a row's variant does not fit its sequence, with its line.
    """
    table = read_frame(path, "table of measured variants", COLUMNS)
    edited, exons, change = [], [], []
    for line, *cells in table[list(COLUMNS)].astype(str).itertuples():
        bases, first, last, position, ref, alt, points = map(str.strip, map(str, cells))
        try:
            record = Sequence(bases)
            # An insertion has an empty ref and stands before its position.
            alleles = (text.upper().strip(".-") for text in (ref, alt))
            made = check_variants([Variant(_whole("position", position), *alleles)], record)
            exons.append(_exon(_whole("exon_first", first), _whole("exon_last", last), record))
            change.append(_points(points))
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
        edited.append((record, made))
    return Measured(splice_effects(edited, strand="+", model=model), exons, np.array(change))


def _whole(column: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{column} is {shorten(text)}, no whole number.") from None


def _exon(first: int, last: int, record: Sequence) -> tuple[int, int]:
    if not 1 <= first <= last <= len(record):
        raise InputError(
            f"the exon {first}-{last} does not lie in the sequence, which has the bases 1 to "
            f"{len(record)}."
        )
    return first, last


def _points(text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    if not math.isfinite(points):
        raise InputError(f"delta_psi is {shorten(text)}, no number: leave the row out.")
    return points


def inclusion(measured: Measured, *, known: bool, seed: int = 0) -> tuple[list[Metric], Fit]:
    """Rank measured variants by several numbers, and fit the one that is shown.

    Parameters
    ----------
    measured : Measured
    known : bool
        Whether the exon is given, or found by the model.
    seed : int
        Of the folds.

    Returns
    -------
    list of Metric
        Rank correlation with the measured loss, and AUROC and average precision for a drop of more
        than `DROP` points, with intervals over exons.
    Fit
        Of all rows. "cross-validated" is the same made without a tenth of the exons, on that tenth.
    """
    changes = [
        effect.exon([exon] if known else [])
        for effect, exon in zip(measured.effects, measured.exons, strict=True)
    ]
    parts = np.array([(one.loss, one.weakness) for one in changes])
    dropped = measured.change < -DROP
    group = np.unique([str(e.reference) for e in measured.effects], return_inverse=True)[1]
    if not 0 < dropped.sum() < len(dropped):
        raise InputError(f"There have to be variants that drop by {DROP:g} points, and others.")
    scores = {
        "largest delta": np.array([effect.delta_max for effect in measured.effects]),
        "largest delta, shifted odds": np.array([shifted_delta(e) for e in measured.effects]),
        "log-odds lost": parts[:, 0],
        "risk": np.array([one.risk for one in changes]),
        "risk, cross-validated": _cross_validated(parts, dropped, group, seed),
    }
    section = f"Measured variants, exon {'known' if known else 'found'}"
    figures = []
    for name, values in scores.items():
        for what, measure, truth in (
            ("Spearman's rho with the loss", _spearman, -measured.change),
            (f"AUROC, drop of more than {DROP:g} points ({dropped.sum()})", auroc, dropped),
            ("average precision, the same", average_precision, dropped),
        ):
            figures.append(metric(section, what, name, measure, truth, values, groups=group))
    return figures, fit(parts, dropped)


def fit(parts: NDArray, dropped: NDArray) -> Fit:
    """Choose the share of the weakness by AUROC, and the logistic curve for it.

    Parameters
    ----------
    parts : numpy.ndarray, shape (n, 2)
        Loss and weakness.
    dropped : numpy.ndarray
        bool of shape (n,).
    """
    from sklearn.linear_model import LogisticRegression

    weak = max(SHARES, key=lambda share: auroc(dropped, parts @ [1, share]))
    curve = LogisticRegression(C=1e3).fit((parts @ [1, weak])[:, None], dropped)
    return Fit(weak, float(curve.intercept_[0]), float(curve.coef_[0, 0]))


def shifted_delta(effect: SpliceEffect) -> float:
    """Return what dnaviz 0.1 called `delta_max` of a short sequence, to compare with.

    The log-odds of the strongest donor and the strongest acceptor were moved towards 2.
    """
    before, after = effect.log_odds.copy()
    for row in range(2):
        column = int(before[row].argmax())
        short = 2.0 - before[row, column]
        shift = min(short, 4.0) if short > 0 else short / 2
        before[row, column] += shift
        after[row, column] += shift
    moved = effect._replace(log_odds=np.stack([before, after]))
    return max(moved.delta(event).value for event in EVENTS)


def _cross_validated(parts: NDArray, dropped: NDArray, group: NDArray, seed: int) -> NDArray:
    fold = np.random.default_rng(seed).integers(0, FOLDS, group.max() + 1)[group]
    scores = np.zeros(len(dropped))
    for k in range(FOLDS):
        train = fold != k
        if 0 < dropped[train].sum() < train.sum():
            fitted = fit(parts[train], dropped[train])
            scores[~train] = fitted.intercept + fitted.slope * (parts[~train] @ [1, fitted.weak])
    return scores


def _spearman(a: NDArray, b: NDArray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(a, b)[0])
