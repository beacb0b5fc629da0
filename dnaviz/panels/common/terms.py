"""The words of the pages that need explaining, each in a sentence or two."""

from __future__ import annotations

from dnaviz.panels.common.page import escape

TERMS = {
    "donor": (
        "Where an intron begins (its 5′ end), nearly always GT. Positions name the first base of "
        "the intron."
    ),
    "acceptor": (
        "Where an intron ends (its 3′ end), nearly always AG after a stretch of pyrimidines. "
        "Positions name the last base of the intron."
    ),
    "decoy": (
        "A GT or AG that looks like a splice site and that no annotated transcript is spliced at. "
        "The model has to tell it from a real site."
    ),
    "window": "A stretch of 200 nt with the GT or AG in question in its middle.",
    "latent": (
        "The list of numbers that a network makes of a sequence. Sequences that the network finds "
        "similar have similar latents."
    ),
    "attribution": (
        "How much each base speaks for a site in the eyes of the model, in log-odds: tall letters "
        "up speak for it, letters down against it."
    ),
    "log-odds": (
        "ln(p / (1 − p)) of a probability p. It still moves where a probability is near 0 or 1: "
        "0 is 50 %, 3 is 95 %, 7 is 99.9 %."
    ),
}
"""By term. `docs/glossary.md` shows them too."""


def term_html(term: str) -> str:
    """Return a term as HTML that says what it means when it is hovered, tapped or focused."""
    return (
        f'<span class="dnaviz-term" tabindex="0">{escape(term)}'
        f'<span class="dnaviz-tip" role="tooltip">{escape(TERMS[term])}</span></span>'
    )


def terms_html(*terms: str) -> str:
    """Return a line that offers terms to be explained."""
    words = ", ".join(term_html(term) for term in terms)
    return f'<div class="dnaviz-note">What the words mean: {words}.</div>'
