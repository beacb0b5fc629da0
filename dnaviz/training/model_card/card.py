"""Build the model card, as JSON and Markdown, from measured metrics and checkpoints."""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path
from typing import Any

from torch import nn

from dnaviz import __version__
from dnaviz.errors import InputError
from dnaviz.figures.card_charts import learning_curve
from dnaviz.figures.card_sheet import card_sheet
from dnaviz.io.atomic import atomic_write
from dnaviz.models import Model
from dnaviz.models.encoder import count_parameters
from dnaviz.training.evaluation.evaluate import CHANCE, Metric
from dnaviz.training.model_card.card_notes import note, static_text
from dnaviz.training.model_card.metrics_io import as_row, command_line, read_figures
from dnaviz.training.model_card.summary import summary
from dnaviz.training.model_card.text import page, tables
from dnaviz.training.networks.masked_reader import shipped_reader
from dnaviz.training.probe.methods import SHOWN

CHARTS, TABLES = "model_card_charts.svg", "model_card_tables.md"
BASELINES = {"MaxEntScan", "4-mers", "CG lost", CHANCE}  # not what a training is judged by


def card(
    model: Model,
    figures: list[Metric],
    *,
    failures: list[dict[str, Any]] | None = None,
    reliability: dict[str, list[dict]] | None = None,
) -> dict[str, Any]:
    """Return the card's content as JSON-ready values.

    Parameters
    ----------
    model : Model
    figures : list of Metric
    failures : list of dict, optional
        Of :func:`dnaviz.training.evaluation.error_analysis.worst_errors`.
    reliability : dict of str to list, optional
        By site, of :func:`dnaviz.training.evaluation.reliability.reliability`.
    """
    parts: dict[str, nn.Module] = {"autoencoder": model.autoencoder, "splice": model.fine_tuned}
    if "classifier" in model.config:
        parts["classifier"] = model.splice
    parts["reader"], reader = shipped_reader()
    return {
        "dnaviz": __version__,
        **static_text(),
        "evaluated_by": command_line(),
        "parameters": {name: count_parameters(part) for name, part in parts.items()},
        "megabytes": {name: _megabytes(part) for name, part in parts.items()},
        "checkpoints": {**model.config, "reader": reader},
        "figures": [as_row(figure) for figure in figures],
        "failures": failures or [],
        "reliability": reliability or {},
        "more": [],
        "probes": [],
        "seeds": None,
    }


def _megabytes(module: nn.Module) -> float:
    """Size of a module's parameters and buffers in MB."""
    return sum(t.numel() * t.element_size() for t in module.state_dict().values()) / 1e6


def read_card(folder: Path) -> dict[str, Any]:
    """The card in a folder; one of an older version gets what it lacks."""
    content = _read_whole(folder / "model_card.json")
    lacking: dict[str, Any] = static_text() | {
        "failures": [],
        "reliability": {},
        "more": [],
        "probes": [],
        "seeds": None,
    }
    content = lacking | content
    for probe in content["probes"]:
        probe.setdefault("told", describe_probe(probe))
    return content


def include(content: dict[str, Any], paths: list[Path]) -> None:
    """Add to a card what other commands measured (``dnaviz measure``, ``dnaviz probe``).

    What the same command measured before is replaced, or one that wrote a file of the same name.
    """
    for path in paths:
        report = _read_object(path)
        if {"fine_tuned", "scratch"} <= report.keys():
            other_probes = [p for p in content["probes"] if p["name"] != path.stem]
            try:
                entry = {"name": path.stem, "told": describe_probe(report)} | report
                if report.get("learning_curve"):
                    learning_curve(entry)  # raises where a drawing would lack something
            except (LookupError, TypeError, ValueError, AttributeError):
                raise InputError(f"{path} is no report of dnaviz probe.") from None
            content["probes"] = [*other_probes, entry]
        else:
            command, figures = read_figures(path)
            others = [
                m for m in content["more"]
                if m["command"] != command and path.name not in m["command"].split()
            ]  # fmt: skip
            measured = {"command": command, "figures": [as_row(figure) for figure in figures]}
            if report.get("curves"):
                measured["curves"] = report["curves"]
            content["more"] = [*others, measured]


def describe_probe(report: dict[str, Any]) -> list[str]:
    """Sentences about a report of ``dnaviz probe``: how it was made, what it says of the prior."""
    folds, networks = report.get("folds"), report.get("recipe", {}).get("members")
    how = [f"{folds} folds" if folds else "a test set"]
    how += [f"{networks} network{'s' if networks > 1 else ''}"] if networks else []
    made = f"By {', '.join(how)}"
    for key, what in (
        ("duplicates_in_train", "repeat another of the training sequences"),
        ("test_sequences_in_train", "of the test set stood in the training file, which lost them"),
        (
            "test_sequences_overlapping_train",
            "share 31 bases in a row with one that is learned from",
        ),
        ("test_sequences_seen_by_autoencoder", "overlap what the autoencoder saw, without labels"),
    ):
        if report.get(key):
            made += f"; {report[key]:,} {what}"
    errors = report["fine_tuned"]["error_by_class"]
    shown = ", ".join(f"{label} {share:.1%}" for label, share in errors.items())
    curve = [
        f"{row['labels']} labels, {row['draws']} draws, one network each: accuracy "
        + ", ".join(f"{m} {row[m]['accuracy']['mean']:.4f}" for m in SHOWN if m in row)
        + "."
        for row in report.get("learning_curve", [])
    ]
    return [f"{made}. Fine-tuned errors: {shown}.", *verdicts(report), *curve]


def verdicts(report: dict[str, Any]) -> list[str]:
    """What a report of ``dnaviz probe`` says of the prior: with all labels, and with few."""
    sentences = []
    for method, name in (
        ("fine_tuned", "fine-tuned"),
        ("prior_fine_tuned", "the mean of prior and fine-tuned"),
    ):
        pair = f"{method}_minus_scratch"
        gains = [("With all labels", report[pair])] if pair in report else []
        gains += [
            (f"With {row['labels']} labels ({row['draws']} draws)", row[pair]["accuracy"])
            for row in report.get("learning_curve", [])
            if pair in row
        ]
        for labels, gain in gains:
            low, high = gain["interval_95"]
            mean = gain.get("accuracy", gain.get("mean"))
            sentences.append(
                f"{labels}, {name} {_compared(low, high)} training from scratch: accuracy "
                f"{mean:+.4f} ({low:+.4f} to {high:+.4f})."
            )
    return sentences


def _compared(low: float, high: float) -> str:
    """What the interval of a difference says."""
    if low > 0:
        return "is better than"
    return "is worse than" if high < 0 else "does not differ from"


def compare_seeds(content: dict[str, Any], others: list[Path]) -> None:
    """Put the figures of two trainings on a card, side by side.

    Parameters
    ----------
    content : dict
        The card; takes the comparison in.
    others : list of path
        ``model_card.json`` of another training, to be compared with this one; or of two, to be
        compared with each other: the teachers of this one, say.
    """
    pair = [content, *map(_read_whole, others)][-2:]
    first, second = (
        {(r["section"], r["what"], r["model"]): r["value"] for r in one["figures"]} for one in pair
    )
    weights = [
        {name: about.get("weights_sha256") for name, about in one["checkpoints"].items()}
        for one in pair
    ]
    same = {name for name, sha in weights[0].items() if sha and sha == weights[1].get(name)}
    rows = [
        dict(zip(("section", "what", "model"), key, strict=True)) | {"value": value, "other": other}
        for key, value in first.items()
        if key[-1] not in BASELINES | same and _number(value) and _number(other := second.get(key))
    ]
    if not rows:
        raise InputError(f"{others[-1]} has no figure in common with the other card.")
    made = [one["checkpoints"] for one in pair]
    commands = [(m.get("classifier") or m["splice"]).get("command", "") for m in made]
    content["seeds"] = {"commands": commands, "told": _moved(rows), "rows": rows}


def _moved(rows: list[dict[str, Any]]) -> str:
    """How much figures differ between two trainings, in a sentence."""
    apart = [abs(row["other"] - row["value"]) for row in rows]
    most = rows[apart.index(max(apart))]
    return (
        f"Of {len(rows)} figures the middle one differs by {statistics.median(apart):.4f}, the "
        f"most by {max(apart):.4f} ({most['section']}: {most['what']}, {most['model']})."
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def check_parts(paths: list[Path], others: list[Path]) -> None:
    """Raise InputError, before long work, where `include` or `compare_seeds` would do so."""
    include({"probes": [], "more": []}, paths)
    if len(others) > 2:
        raise InputError("Two trainings are compared: give --second once or twice.")
    for path in others:
        _read_whole(path)


def _read_whole(path: Path) -> dict[str, Any]:
    content = _read_object(path)
    if not {"checkpoints", "figures", "evaluated_by"} <= content.keys():
        raise InputError(f"{path} is not a model card.")
    read_figures(path)  # raises for figures that are none
    checkpoints = content["checkpoints"]
    is_complete = isinstance(checkpoints, dict) and "splice" in checkpoints
    if not is_complete or not all(isinstance(about, dict) for about in checkpoints.values()):
        raise InputError(f"{path} does not say which weights it is about.")
    return content


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable JSON file.") from error
    if not isinstance(document, dict):
        raise InputError(f"{path} holds no figures.")
    return document


def _rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = content["figures"]
    return rows + [row for more in content["more"] for row in more["figures"]]


def write_card(folder: str | Path, content: dict[str, Any]) -> None:
    """Write a card into a folder: ``model_card.json``, its page, its charts and its tables."""
    sections = [row["section"] for row in _rows(content)]
    notes = {section: text for section in sections if (text := note(section))}
    content = content | {"summary": summary(_rows(content), content["probes"]), "notes": notes}
    charts = card_sheet(content)
    files = {
        "model_card.json": json.dumps(content, indent=1) + "\n",
        CHARTS: charts,
        TABLES: tables(content),
        "model_card.md": page(content, CHARTS if charts else "", TABLES),
    }
    for name, text in files.items():
        if text:
            with atomic_write(Path(folder) / name) as handle:
                handle.write(text)
