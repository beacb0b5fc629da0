"""Published splice variants with a known RNA outcome, beside what is predicted of them.

The table is for measuring, and nothing was ever chosen by it. Each variant carries the sequence
around it, the numbers of its transcript's exons, and whether the shipped model learned from its
gene.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.genome.transcript_model import TranscriptModel, clipped
from dnaviz.io.atomic import atomic_write
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.consequences import Consequence, Consequences, consequences
from dnaviz.splicing.delta_events import NOTABLE
from dnaviz.splicing.variants import apply_variants

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.models import Model
    from dnaviz.splicing.prediction import Prediction

OUTCOMES = {
    "skip": "exon skipped",
    "retain": "intron kept",
    "extend3": "exon gains the first nt of the intron behind it",
    "shorten3": "exon loses its last nt",
    "extend5": "exon gains the last nt of the intron before it",
    "shorten5": "exon loses its first nt",
    "pseudo": "pseudo-exon",
}
"""Kinds of outcome, each followed by its length (nt) where that was published."""


class PublishedVariant(NamedTuple):
    """A variant whose effect on the mRNA was measured.

    Attributes
    ----------
    gene, change, source, record : str
        The change in HGVS, where it was published, and where the sequence is from.
    split : str
        Whether the shipped model learned from this gene.
    outcomes : tuple of str
        What was found, as ``skip:123``: a kind of `OUTCOMES` and a length.
    sequence : Sequence
    structure : TranscriptModel
    variant : Variant
        In positions of `sequence`.
    """

    gene: str
    change: str
    source: str
    record: str
    split: str
    outcomes: tuple[str, ...]
    sequence: Sequence
    structure: TranscriptModel
    variant: Variant


class Compared(NamedTuple):
    """A published variant and what is predicted of it.

    Attributes
    ----------
    published : PublishedVariant
    predicted : Consequences
    agreement : str
        "agrees": the best supported change is one that was published; "listed": one that was is
        among the others; "differs"; or "not seen" where no change is predicted.
    """

    published: PublishedVariant
    predicted: Consequences
    agreement: str


@cache
def published_variants() -> tuple[PublishedVariant, ...]:
    """Return the shipped table."""
    packed = (files("dnaviz") / "assets" / "published_variants.json.gz").read_bytes()
    entries = json.loads(gzip.decompress(packed))["variants"]
    return tuple(_published(entry) for entry in entries)


def compare(published: PublishedVariant, model: Model | None = None) -> Compared:
    """Predict what a published variant does to the mRNA, and compare."""
    from dnaviz.splicing.scan import scan

    edited = apply_variants(published.sequence, [published.variant])
    before, after = (
        scan(one, model, strand="+").probabilities["+"] for one in (published.sequence, edited)
    )
    predicted = consequences(
        published.sequence, [published.variant], before, after, published.structure
    )
    return Compared(published, predicted, agreement_of(predicted, published.outcomes))


def agreement_of(found: Consequences, outcomes: Iterable[str]) -> str:
    """Return how a prediction goes with what was found; see `Compared`."""
    published = set(outcomes)
    if found.main.kind == "unchanged":
        return "not seen"
    if outcome_of(found.main) & published:
        return "agrees"
    return "listed" if any(outcome_of(c) & published for c in found.items) else "differs"


def outcomes_of(gene: str, change: str) -> tuple[str, ...]:
    """Return what was found of a change in the shipped table; nothing where it is not there."""
    named = (p.outcomes for p in published_variants() if (p.gene, p.change) == (gene, change))
    return next(named, ())


def verdict(prediction: Prediction, outcomes: Iterable[str]) -> str:
    """Say whether a prediction agrees with what was found in RNA, and if not, why.

    Parameters
    ----------
    prediction : Prediction
    outcomes : iterable of str
        As `PublishedVariant` has them; without any there is nothing to compare with.
    """
    published = list(outcomes)
    if not published:
        return (
            "What was found in RNA is not told in enough detail to compare the prediction with it."
        )
    found, event = prediction.consequences, prediction.event
    said = f"Found in RNA: {' or '.join(map(in_words, published))}."
    agreement = agreement_of(found, published)
    if agreement == "agrees":
        return f"{said} The model agrees."
    if agreement == "listed":
        return (
            f"{said} The model has it among the possible products, but finds this better "
            f"supported: {found.main.words}."
        )
    if agreement == "differs":
        sites = "; ".join(map(str, found.main.sites)).replace("->", "→")
        return (
            f"{said} The model misses this one, because it finds another product better supported: "
            f"{found.main.words}{f' ({sites})' if sites else ''}."
        )
    if event is None:
        why = f"no probability of a splice site changes by {NOTABLE} or more"
    else:
        why = f"its largest change is too small to change the exons ({event})"
    return f"{said} The model misses this one, because {why}."


def outcome_of(one: Consequence) -> set[str]:
    """Return a consequence as outcomes are written, with and without its length."""
    words = one.words
    kind = {
        "exon_skipped": "skip",
        "intron_kept": "retain",
        "pseudo_exon": "pseudo",
        "exon_extended": "extend3" if "the first" in words else "extend5",
        "exon_shortened": "shorten3" if "its last" in words else "shorten5",
    }.get(one.kind, one.kind)
    return {f"{kind}:{abs(one.length)}", f"{kind}:"}


def in_words(outcome: str) -> str:
    """Return an outcome such as ``extend3:66`` in words."""
    kind, _, length = outcome.partition(":")
    words = OUTCOMES[kind]
    if " nt" in words:
        return words.replace(" nt", f" {length} nt")
    return f"{words} ({length} nt)" if length else words


def comparison_table(compared: list[Compared]) -> pd.DataFrame:
    """Return a row for each variant: as published, as predicted, agreement, source."""
    import pandas as pd

    rows = [
        (
            c.published.gene, c.published.change,
            " or ".join(map(in_words, c.published.outcomes)), c.predicted.main.words,
            round(c.predicted.main.support, 2), c.agreement, c.published.split,
            c.published.source,
        )
        for c in compared
    ]  # fmt: skip
    columns = ["gene", "change", "published", "predicted", "support", "agreement", "gene was",
               "source"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def write_comparison(table: pd.DataFrame, model: Model, path: str | Path) -> None:
    """Write a comparison: as TSV, or as JSON that names the weights that predicted."""
    path = Path(path)
    with atomic_write(path) as file:
        if path.suffix == ".tsv":
            table.to_csv(file, sep="\t", index=False)
            return
        document = {
            "command": "dnaviz measure published",
            "weights_sha256": model.sha256,
            "rows": json.loads(table.to_json(orient="records")),
        }
        json.dump(document, file, indent=1)
        file.write("\n")


def _published(entry: dict[str, Any]) -> PublishedVariant:
    sequence = Sequence(entry["sequence"], f"{entry['gene']} {entry['change']}")
    exons = tuple((int(s), int(e)) for s, e in entry["exons"])
    gaps = [(a[1] + 1, b[0] - 1) for a, b in pairwise(exons)]
    length = len(sequence)
    introns = [(s, e) for s, e in gaps if s <= length and e >= 1]
    cds = (int(entry["cds"][0]), int(entry["cds"][1]))
    structure = TranscriptModel(
        entry["transcript"], "+", clipped(exons, length), introns, cds, exons
    )
    variant = Variant(int(entry["position"]), entry["ref"], entry["alt"])
    return PublishedVariant(
        entry["gene"], entry["change"], entry["source"], entry["record"], entry["split"],
        tuple(entry["outcomes"]), sequence, structure, variant,
    )  # fmt: skip
