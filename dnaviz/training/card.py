"""The model card: figures and provenance as JSON and Markdown, nothing typed by hand."""

from __future__ import annotations

import json
import math
from itertools import groupby
from pathlib import Path
from typing import Any

from dnaviz import __version__
from dnaviz.files import atomic_write
from dnaviz.models import Model
from dnaviz.models.encoder import count_parameters
from dnaviz.training.evaluation import Figure

PURPOSE = """\
A sequence-to-sequence autoencoder of human DNA (20-400 nt to one latent of 256 floats and back,
free-running) and two splice-site classifiers on it: logistic regression on the frozen latents, and
the fine-tuned encoder (200 nt of context on each side). Made to be looked into: latent maps,
reconstructions, attributions."""

LIMITS = """\
Not for clinical decisions. Trained on human introns; other species were not measured. The
fine-tuned classifier sees 400 nt: it knows nothing of tissue, of enhancers further away, or of the
gene's other exons. Probabilities are calibrated for scanning whole human genes in the sense of
their strand; for a fragment chosen because it holds a site they are too low, and on the other
strand they have not been calibrated. The frozen classifier's probabilities are those of a mix of
as many decoys as sites."""


def card(model: Model, figures: list[Figure], command: str) -> dict[str, Any]:
    """Everything the card says, as JSON-ready values."""
    return {
        "dnaviz": __version__,
        "purpose": " ".join(PURPOSE.split()),
        "limits": " ".join(LIMITS.split()),
        "evaluated_by": command,
        "parameters": {
            "autoencoder": count_parameters(model.autoencoder),
            "splice": count_parameters(model.splice),
        },
        "checkpoints": model.config,
        "figures": [
            {
                k: None if isinstance(v, float) and math.isnan(v) else v
                for k, v in f._asdict().items()
            }
            for f in figures
        ],
    }


def _or_none(value: float) -> Any:
    return None if math.isnan(value) else value


def table(figures: list[Figure]) -> str:
    """Figures as Markdown tables, one for each section."""
    lines = []
    for section, rows in groupby(figures, key=lambda f: f.section):
        lines += [f"### {section}", "", "| what | model | value | 95 % interval | n |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        for f in rows:
            spread = "" if math.isnan(f.low) else f"{f.low:.4f}-{f.high:.4f}"
            lines.append(f"| {f.what} | {f.model} | {f.value:.4f} | {spread} | {f.n} |")
        lines.append("")
    return "\n".join(lines)


def markdown(content: dict[str, Any], figures: list[Figure]) -> str:
    """The card as a page."""
    lines = ["# Model card", "", content["purpose"], "", "## What it must not be used for", ""]
    lines += [content["limits"], "", "## Training", ""]
    for name, config in content["checkpoints"].items():
        lines += [
            f"**{name}**: {content['parameters'][name]:,} parameters, "
            f"{config['training_seconds'] / 60:.0f} minutes on {config['training_threads']} "
            "CPU thread(s), by",
            "",
            f"    {config['command']}",
            "",
            "Data (SHA-256):",
            "",
            *(f"- `{file}` {digest}" for file, digest in config["data_sha256"].items()),
            "",
        ]
    split = content["checkpoints"]["autoencoder"]["split"]
    lines += [
        f"Split by chromosome: test {', '.join(split['test'])}; validation "
        f"{', '.join(split['validation'])}; training all others.",
        "",
        "## Figures",
        "",
        "On test chromosomes only, printed by",
        "",
        f"    {content['evaluated_by']}",
        "",
        table(figures),
    ]
    return "\n".join(lines)


def write_card(folder: str | Path, model: Model, figures: list[Figure], command: str) -> None:
    """Write ``model_card.json`` and ``model_card.md`` into a folder."""
    content = card(model, figures, command)
    with atomic_write(Path(folder) / "model_card.json") as handle:
        handle.write(json.dumps(content, indent=1) + "\n")
    with atomic_write(Path(folder) / "model_card.md") as handle:
        handle.write(markdown(content, figures))
