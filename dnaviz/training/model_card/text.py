"""The model card as one page of results, and the page of tables behind it, in Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from dnaviz.training.evaluation.evaluate import Metric
from dnaviz.training.model_card.beside import CHARTED, OTHERS, beside_others
from dnaviz.training.model_card.metrics_io import as_row
from dnaviz.training.probe.experiment import MEASURES, METHODS

ON = (
    "On chromosomes that no weight was trained or chosen on (but for familiarity, see the card's "
    "limits), printed by"
)


def table(figures: list[Metric]) -> str:
    """Figures as Markdown tables, one for each section."""
    return rows_table([as_row(figure) for figure in figures])


def rows_table(rows: list[dict[str, Any]], notes: dict[str, str] | None = None) -> str:
    """Figures as they stand in the JSON, as Markdown tables, one for each section."""
    lines = []
    for section, group in groupby(rows, key=lambda row: row["section"]):
        lines += [f"### {section}", ""]
        if about := (notes or {}).get(section):
            lines += [about, ""]
        lines += ["| what | model | value | 95 % interval | n |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        for row in group:
            spread = "" if row["low"] is None else f"{row['low']:.4f}-{row['high']:.4f}"
            value = "" if row["value"] is None else f"{row['value']:.4f}"
            lines.append(f"| {row['what']} | {row['model']} | {value} | {spread} | {row['n']} |")
        lines.append("")
    return "\n".join(lines)


def _training(content: dict[str, Any]) -> list[str]:
    lines = [
        "## Training",
        "",
        "Each command is of the version of dnaviz that trained with it.",
        "",
    ]
    for name, config in content["checkpoints"].items():
        size = content["parameters"].get(name)
        look = f"{config['look']} look, " if config.get("look") else ""
        weighs = content.get("megabytes", {}).get(name)
        lines += [
            f"**{name}**: {f'{size:,} parameters, ' if size else ''}"
            f"{f'{weighs:.1f} MB, ' if weighs else ''}{look}"
            f"{config['training_seconds'] / 60:.0f} minutes on {config['training_threads']} "
            "CPU thread(s), by",
            "",
            f"    {config['command']}",
            "",
            *_teachers(config),
            *([config["note"], ""] if config.get("note") else []),
            "Data (SHA-256):",
            "",
            *(f"- `{file}` {digest}" for file, digest in config["data_sha256"].items()),
            "",
        ]
    return lines


def _teachers(config: dict[str, Any]) -> list[str]:
    """The classifiers that one was taught by, in Markdown; below each what taught it."""
    if not config.get("teachers"):
        return []
    return [
        "taught by the mean of classifiers that were trained by",
        "",
        *_taught_by(config, ""),
        "",
    ]


def _taught_by(config: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for teacher in config.get("teachers") or []:
        minutes = float(teacher.get("training_seconds") or 0) / 60
        after = ", and taught by" if teacher.get("teachers") else ""
        look = f"{teacher['look']} look; " if teacher.get("look") else ""
        lines += [
            f"{indent}- `{teacher.get('command') or 'unknown'}` ({minutes:.0f} minutes; "
            f"{look}weights {teacher['weights_sha256']}){after}",
            *_taught_by(teacher, f"{indent}  "),
        ]
    return lines


def _reliability(content: dict[str, Any]) -> list[str]:
    if not content["reliability"]:
        return []
    lines = ["### Reliability over every position of whole genes", ""]
    lines += ["| site | said | true | 95 % interval | n |", "| --- | --- | --- | --- | --- |"]
    for site, points in content["reliability"].items():
        lines += [
            f"| {site} | {p['said']:.3f} | {p['true']:.3f} | {p['low']:.3f}-{p['high']:.3f} "
            f"| {p['n']:,} |"
            for p in points
        ]
    return [*lines, ""]


def _failures(content: dict[str, Any]) -> list[str]:
    if not content["failures"]:
        return []
    lines = ["## Examples of failures", "", "The surest mistakes on windows of the test "
             "chromosomes; the base in question is in lower case.", ""]  # fmt: skip
    lines += ["| kind | place | gene | probability | sequence |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {f['kind']} | {f['place']} | {f['gene']} | {f['probability']:.4f} | `{f['sequence']}` |"
        for f in content["failures"]
    ]
    return [*lines, ""]


def _probes(content: dict[str, Any]) -> list[str]:
    if not content["probes"]:
        return []
    lines = ["## Other people's labels", "", content["about_probes"], ""]
    lines += ["| set | method | " + " | ".join(MEASURES) + " | n |"]
    lines += ["| --- " * (len(MEASURES) + 3) + "|"]
    for probe in content["probes"]:
        for method in METHODS:
            row = probe[method]
            cells = [
                f"{row[m]:.4f} ({row['interval_95'][m][0]:.4f}-{row['interval_95'][m][1]:.4f})"
                for m in MEASURES
            ]
            lines.append(f"| {probe['name']} | {method} | {' | '.join(cells)} | {row['n']} |")
    lines.append("")
    for probe in content["probes"]:
        first, *others = probe["told"]
        lines.append(f"- {probe['name']}: {first}")
        lines += [f"  - {sentence}" for sentence in others]
    return [*lines, ""]


def _seeds(content: dict[str, Any]) -> list[str]:
    if not content["seeds"]:
        return []
    lines = ["## Two trainings compared", "", content["seeds"].get("told", ""), ""]
    lines += [f"    {command}" for command in content["seeds"].get("commands", [])] + [""]
    lines += ["| what | model | one | the other | difference |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {r['section']}: {r['what']} | {r['model']} | {r['value']:.4f} | {r['other']:.4f} "
        f"| {r['other'] - r['value']:+.4f} |"
        for r in content["seeds"]["rows"]
    ]
    return [*lines, ""]


def _beside(content: dict[str, Any]) -> list[str]:
    groups = beside_others(
        [*content["figures"], *(r for m in content["more"] for r in m["figures"])]
    )
    if not groups:
        return []
    lines = ["## Beside others", ""]
    lines += ["| measured on | by | donors | acceptors |", "| --- | --- | --- | --- |"]
    for group in groups:
        lines += [
            f"| {group.what if number == 0 else ''} | {by} | {donor} | {acceptor} |"
            for number, (by, donor, acceptor) in enumerate(group.rows)
        ]
    return [*lines, "", OTHERS, ""]


def _sizes(content: dict[str, Any]) -> list[str]:
    """What there is of weights, a line for each."""
    lines = ["## What ships", ""]
    for name, config in content["checkpoints"].items():
        size, weighs = (content.get(key, {}).get(name) for key in ("parameters", "megabytes"))
        about = [f"{size:,} parameters"] if size else []
        about += [f"{weighs:.1f} MB"] if weighs else []
        about += [f"{config['training_seconds'] / 60:.0f} minutes of training"]
        lines.append(f"- {name}: {', '.join(about)}")
    split = content["checkpoints"]["autoencoder"]["split"]
    lines += [
        "",
        f"Test chromosomes, which nothing was trained or chosen on: {', '.join(split['test'])}; "
        f"validation: {', '.join(split['validation'])}; training: all others.",
        "",
    ]
    return lines


def page(content: dict[str, Any], charts: str, tables: str) -> str:
    """Return the card: what a reader should know first, on one page.

    Parameters
    ----------
    content : dict
        As ``model_card.json`` has it.
    charts, tables : str
        Names of the files with the drawings (empty if there are none) and with all figures.
    """
    lines = ["# Model card", "", content["purpose"], "", "## In short", ""]
    lines += [*(f"- {sentence}" for sentence in content["summary"]), ""]
    lines += _beside(content)
    if charts:
        lines += [f"![Charts of the figures: {CHARTED}.]({charts})", ""]
    lines += ["## What it must not be used for", "", content["limits"], ""]
    lines += _sizes(content)
    lines += [
        f"[Every figure, with its interval and the command that prints it]({tables}), how to read "
        "them, how each part was trained and on what, and the surest mistakes.",
        "",
    ]
    return "\n".join(lines)


def tables(content: dict[str, Any]) -> str:
    """Return the page behind the card: every figure, and how the weights were made."""
    lines = ["# Figures of the model card", ""]
    lines += ["## How to read this", "", *(f"- {text}" for text in content["reading"]), ""]
    lines += ["## Figures", "", ON, "", f"    {content['evaluated_by']}", ""]
    notes = content["notes"]
    lines += [rows_table(content["figures"], notes), *_reliability(content)]
    for more in content["more"]:
        lines += [f"    {more['command']}", "", rows_table(more["figures"], notes)]
    lines += [*_probes(content), *_seeds(content), *_failures(content), *_training(content)]
    return "\n".join(lines)
