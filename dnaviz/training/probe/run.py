"""The whole of ``dnaviz probe`` as one call: labels in, what each method makes of them out."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from dnaviz.errors import InputError, check_whole
from dnaviz.models import load_model
from dnaviz.models.architectures import AnyAutoencoder, load_autoencoder
from dnaviz.training.data.labeled import STRETCH, LabeledData, leaking, repeated
from dnaviz.training.networks.masked_reader import load_reader, shipped_reader
from dnaviz.training.probe.experiment import (
    ExperimentRunner,
    Part,
    compare,
    learning_curve,
    settings_checksum,
    split,
    without_shared,
)
from dnaviz.training.probe.methods import DEFAULT_RECIPE, METHODS, ProbeRecipe

NEEDS = ("sklearn", "scipy")


def run_probe(
    data: LabeledData,
    held_out: LabeledData | None = None,
    *,
    folds: int = 5,
    methods: Collection[str] = METHODS,
    all_labels: bool = True,
    sizes: Sequence[float] = (),
    draws: int = 0,
    recipe: ProbeRecipe = DEFAULT_RECIPE,
    model: str | Path | None = None,
    reader: str | Path | None = None,
    seed: int = 0,
    workers: int = 1,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Learn labels in several ways and measure each on sequences that were left out.

    Parameters
    ----------
    data : LabeledData
        See :func:`dnaviz.training.data.labeled.read_labeled`.
    held_out : LabeledData, optional
        To measure on; sequences of `data` that stand there too are left out. By default each
        part of a cross-validation in turn.
    folds : int
        Parts of the cross-validation.
    methods : collection of str
        Of :data:`dnaviz.training.probe.methods.METHODS`.
    all_labels : bool
        Learn from all of them; if not, the learning curve alone.
    sizes : sequence of float
        Of the learning curve: shares of the labels up to 1, or numbers of labels. Each is of one
        network a draw.
    draws : int
        Of each size; 0: one a fold, or five.
    recipe : ProbeRecipe
        How networks are trained.
    model, reader : path, optional
        Folders with another autoencoder and another masked reader than the shipped.
    seed : int
        Of folds, draws, weights and batches.
    workers : int
        Processes side by side.
    folder : Path, optional
        Keeps what is done, so that a killed run goes on.

    Returns
    -------
    dict
        JSON-ready: what was learned from, each method's measures with 95 % intervals, the
        differences of those that are to be told apart, and ``learning_curve``, a list of the same
        for each size.

    Raises
    ------
    InputError
        When there is no such method, too little to learn from, also for a size of the curve, or
        lengths or classes differ.
    ImportError
        Before the work, where scikit-learn or SciPy is missing.
    """
    if unknown := [method for method in methods if method not in METHODS]:
        raise InputError(f"There is no method {unknown[0]!r}: choose from {', '.join(METHODS)}.")
    check_whole(folds, 2, "The number of folds")
    for needed in NEEDS:
        import_module(needed)
    encoder, weights = _autoencoder(model)
    known_reader = load_reader(reader) if reader else shipped_reader()
    report: dict[str, Any] = {"classes": data.classes, "length": int(data.codes.shape[1])}
    if len(data.classes) == 2:
        report["positive"] = data.classes[1]
    data, parts = _parts(data, held_out, folds, seed, report)
    if all_labels and data.codes.shape[1] >= STRETCH:  # in shorter ones it cannot be told
        _tell_leaks(parts, report)
    fewest = min(len(part.train.labels) for part in parts)
    if sizes and max(sizes) > fewest:
        raise InputError(
            f"A learning curve up to {max(sizes):g} labels: there are {fewest:,} to learn from."
        )
    report |= {"seed": seed, "recipe": recipe._asdict(), "autoencoder_sha256": weights}
    report["reader_sha256"] = known_reader[1]["weights_sha256"]
    settings = {"recipe": recipe._asdict(), "seed": seed, "parts": len(parts)}
    run = ExperimentRunner(
        encoder,
        recipe,
        seed=seed,
        folder=folder,
        stamp=settings_checksum([data] + ([held_out] if held_out else []), weights, settings),
        workers=workers,
        reader=known_reader,
    )
    if all_labels:
        report |= compare(parts, run, methods)
    if sizes:
        # One network for each draw: the draws are averaged already.
        single = run.with_recipe(recipe._replace(members=1))
        report["learning_curve"] = learning_curve(parts, list(sizes), single, methods, draws)
    return report


def _autoencoder(folder: str | Path | None) -> tuple[AnyAutoencoder, str]:
    """The autoencoder of a folder, which need hold nothing else, or the shipped; its checksum."""
    if folder:
        encoder, config = load_autoencoder(Path(folder))
    else:
        encoder, config = load_model().autoencoder, load_model().config.get("autoencoder", {})
    return encoder, config.get("weights_sha256", "")


def _parts(
    data: LabeledData, held_out: LabeledData | None, folds: int, seed: int, report: dict[str, Any]
) -> tuple[LabeledData, list[Part]]:
    """The data without what the held-out sequences repeat, and what is to be learned from it.

    Tells the user and the report what stands more than once.
    """
    groups = repeated(data.codes)
    report["duplicates_in_train"] = int(len(groups) - groups.max() - 1)
    if report["duplicates_in_train"]:
        _say(f"{report['duplicates_in_train']:,} sequences stand more than once; kept together.")
    if held_out:
        data, in_train, dropped = without_shared(data, held_out)
        report["test_sequences_in_train"] = in_train
        if in_train:
            _say(
                f"{in_train:,} of {len(held_out.labels):,} test sequences are in the training "
                f"file too; the {dropped:,} training sequences like them are left out."
            )
        parts = [Part("test", data, held_out)]
    else:
        report["folds"] = folds
        parts = split(data, folds, seed)
    report["train_examples"] = len(data.labels)
    report["test_examples"] = sum(len(part.test.labels) for part in parts)
    return data, parts


def _tell_leaks(parts: list[Part], report: dict[str, Any]) -> None:
    """Count measured sequences that overlap what is learned from where they are measured."""
    sets = [part.test.codes for part in parts]
    if len(parts) == 1:
        sets.append(parts[0].train.codes)
    groups = np.repeat(np.arange(len(sets)), [len(codes) for codes in sets])
    total = sum(len(part.test.labels) for part in parts)
    leaks = int(leaking(np.concatenate(sets), groups)[:total].sum())
    report["test_sequences_overlapping_train"] = leaks
    if leaks:
        _say(
            f"{leaks:,} of {total:,} measured sequences share {STRETCH} bases in a row with one "
            "that is learned from, on either strand: new sequences may be told less well."
        )


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
