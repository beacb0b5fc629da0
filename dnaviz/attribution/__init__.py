"""Why the model sees a site: which bases made it say so, and what each mutation would change."""

from dnaviz.attribution.attribute import BASELINES, METHODS, Attribution, attribute
from dnaviz.attribution.mutagenesis import Mutagenesis, mutagenesis
from dnaviz.attribution.seqlets import Match, match_motifs, seqlets
from dnaviz.attribution.shuffle import dinucleotide_shuffle
from dnaviz.attribution.signals import Signal, signals
from dnaviz.attribution.window import SiteWindow, site_window

__all__ = [
    "BASELINES",
    "METHODS",
    "Attribution",
    "Match",
    "Mutagenesis",
    "Signal",
    "SiteWindow",
    "attribute",
    "dinucleotide_shuffle",
    "match_motifs",
    "mutagenesis",
    "seqlets",
    "signals",
    "site_window",
]
