"""A paragraph on a variant for somebody's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnaviz import __version__
from dnaviz.splicing.consequences import Consequences
from dnaviz.splicing.spelling import Spellings
from dnaviz.splicing.transcript_pair import Consequence

if TYPE_CHECKING:
    from dnaviz.models import DNAModel

FRAMES = {
    "kept": "the reading frame is kept",
    "shifted": "the reading frame is shifted",
    "outside": "the coding sequence is not changed",
    "start lost": "the start codon is lost",
    "unknown": "",
}

ALSO = 3
"""Further products named."""


def describe(one: Consequence) -> str:
    """Return what happens and what it means for the protein, as one clause."""
    coding = one.coding
    parts = [one.words]
    if one.kind == "unchanged":
        if coding.change and coding.change.first:
            parts.append(f"{coding.change.words} {coding.change.hgvs}".strip())
        return ", ".join(parts)
    if coding.frame == "unknown" and one.length:
        parts.append(one.modulo)
    elif FRAMES[coding.frame]:
        parts.append(FRAMES[coding.frame])
    if coding.change and coding.change.first and coding.frame != "start lost":
        hgvs = f" ({coding.change.hgvs})" if coding.change.hgvs else ""
        parts.append(f"{coding.change.words}{hgvs}")
    if coding.nmd:
        parts.append("nonsense-mediated decay is expected")
    return ", ".join(parts)


def report_text(
    consequences: Consequences, named: Spellings, model: DNAModel, context: int = 400
) -> str:
    """Return a paragraph that names variant, effect, numbers, model and limits.

    Parameters
    ----------
    found : Consequences
    named : Spellings
        The variant in all coordinates.
    model : DNAModel
        The one whose scan it is.
    context : int
        Bases around a position that the model sees, nt.
    """
    change = named.coding or named.noncoding or named.record
    on = f"{named.transcript}:" if named.transcript else ""
    places = [p for p in (named.genomic, f"{named.record} in this sequence", named.where) if p]
    main = consequences.main
    if main.kind == "unchanged":
        effect = f"No change of splicing is predicted: {describe(main)}."
    else:
        effect = f"Predicted: {describe(main)}."
    sites = "; ".join(str(site) for site in main.sites)
    evidence = f" Sites (probability, reference -> alternate): {sites}." if sites else ""
    decay = f" {main.coding.nmd_reason}" if main.coding.nmd is not None and main.length else ""
    others = [c for c in consequences.items if c is not main and c.kind != "unchanged"][:ALSO]
    also = ""
    if others:
        also = " Also possible, less well supported: " + "; ".join(c.words for c in others) + "."
    return (
        f"{on}{change} ({'; '.join(places)}). {effect}{evidence}{decay}{also} "
        f"These are possible products, not proportions. Model: {model.name} (weights SHA-256 "
        f"{model.sha256[:16]}), dnaviz {__version__}. Limits: tissue is not modeled; the model "
        f"sees {context} nt around a position; sites of the antisense strand are not calibrated. "
        "A prediction, to be confirmed on RNA; not for clinical decisions."
    )
