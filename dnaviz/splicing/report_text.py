"""A paragraph on a variant for somebody's report."""

from __future__ import annotations

from typing import Protocol

from dnaviz import __version__
from dnaviz.genome.case_exons import CASE_NAME
from dnaviz.splicing.consequences import LESS_SUPPORTED, Consequences
from dnaviz.splicing.spelling import Spellings
from dnaviz.splicing.transcript_pair import Consequence

FRAMES = {
    "kept": "the reading frame is kept",
    "shifted": "the reading frame is shifted",
    "outside": "the coding sequence is not changed",
    "start lost": "the start codon is lost",
    "unknown": "",
}

DECAY = "nonsense-mediated decay is expected"

ALSO = 3
"""Further products named."""


class NamedModel(Protocol):
    """A model as reports name it."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def model_words(model: NamedModel) -> str:
    """Return a model's name, the weights that score its sites, and the version of dnaviz."""
    weights = str(getattr(model, "classifier_sha256", "") or model.sha256)[:16]
    return f"Model: {model.name} (weights SHA-256 {weights}), dnaviz {__version__}."


def describe(one: Consequence) -> str:
    """Return what happens and what it means for the protein, as one clause."""
    coding = one.coding
    parts = [one.words]
    if one.kind == "unchanged":
        if coding.change and coding.change.first:
            parts.append(f"{coding.change.words} {coding.change.hgvs}".strip())
        parts += [DECAY] if coding.nmd else []
        return ", ".join(parts)
    if coding.frame == "unknown" and one.length:
        parts.append(one.modulo)
    elif FRAMES[coding.frame]:
        parts.append(FRAMES[coding.frame])
    if coding.change and coding.change.first and coding.frame != "start lost":
        hgvs = f" ({coding.change.hgvs})" if coding.change.hgvs else ""
        parts.append(f"{coding.change.words}{hgvs}")
    parts += [DECAY] if coding.nmd else []
    return ", ".join(parts)


def product_facts(one: Consequence) -> list[tuple[str, str]]:
    """Return what there is to say of a product, as (name, text): sites, frame, decay, protein."""
    coding = one.coding
    found = [("sites", "; ".join(str(site).replace("->", "→") for site in one.sites))]
    if one.kind != "unchanged":
        frame = FRAMES[coding.frame] if coding.frame != "unknown" else one.modulo * bool(one.length)
        stop = f"; stop at codon {coding.stop_codon:,}" if coding.stop_codon else ""
        found.append(("frame", f"{frame}{stop}".removeprefix("; ")))
    if one.kind != "unchanged" or coding.nmd:
        expected = {True: "expected. ", False: "not expected. ", None: ""}[coding.nmd]
        found.append(("decay (NMD)", f"{expected}{coding.nmd_reason}"))
    if coding.change and (coding.frame != "start lost" or one.kind == "unchanged"):
        found.append(("protein", f"{coding.change.hgvs} {coding.change.words}".strip()))
    return [(name, text) for name, text in found if text]


def about_products(found: Consequences) -> str:
    """Say whose products these are, and what is not known of them."""
    if found.structure is None:
        return (
            "Possible products, the best supported first. No transcript is known here: the exons "
            "are the likeliest that the model finds, and of the reading frame only lengths tell."
        )
    name = found.structure.name[:80]
    name = "the exons in upper case" if name == CASE_NAME else name
    said = f"Possible products of {name}, the best supported first."
    if found.usual is None:
        said += " The transcript is not wholly on this sequence: its mRNA is not known here."
    return said


def report_text(consequences: Consequences, named: Spellings, model: NamedModel) -> str:
    """Return a paragraph that names variant, effect, numbers, model and limits.

    Parameters
    ----------
    consequences : Consequences
    named : Spellings
        The variant in all coordinates.
    model : NamedModel
        The one whose scan it is.
    """
    change = named.coding or named.noncoding or named.record
    on = f"{named.transcript}:" if named.transcript else ""
    own = f"{named.record} in this sequence" if change != named.record else ""
    places = [place for place in (named.genomic, own, named.where) if place]
    if change == named.record:
        places.insert(0, "in positions of this sequence")
    main = consequences.main
    if consequences.structure is None:
        places.append("no transcript is known: the exons are the model's likeliest")
    if main.kind == "unchanged":
        effect = f"No change of splicing is predicted: {describe(main)}."
    else:
        less = f", {LESS_SUPPORTED}" * consequences.is_less_supported
        effect = f"Predicted{less}: {describe(main)}."
    sites = "; ".join(str(site) for site in main.sites)
    evidence = f" Sites (probability, reference -> alternate): {sites}." if sites else ""
    is_told = main.coding.nmd or (main.coding.nmd is not None and main.length)
    decay = f" {main.coding.nmd_reason}" if is_told else ""
    others = [c for c in consequences.items if c is not main and c.kind != "unchanged"][:ALSO]
    also = ""
    if others:
        also = " Also possible, less well supported: " + "; ".join(c.words for c in others) + "."
    return (
        f"{on}{change} ({'; '.join(places)}). {effect}{evidence}{decay}{also} "
        f"These are possible products, not proportions. {model_words(model)} Limits: tissue is not "
        "modeled; the model sees 400 nt around a position; sites of the antisense strand are not "
        "calibrated. A prediction, to be confirmed on RNA; not for clinical decisions."
    )
