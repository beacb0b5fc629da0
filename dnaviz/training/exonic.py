"""What the classifier makes of bases inside exons: do enhancers and silencers matter to it?

Nobody told the classifier of the short words in exons that help splicing or hinder it; a variant
that takes a helping word away or makes a hindering one should cost the exon's sites something, and
the opposite should not. The words were measured in minigenes by others, so this is a judgement of
variants away from both sites that owes nothing to the classifier's own data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.effects import SpliceEffect, splice_effects
from dnaviz.errors import InputError
from dnaviz.genome.genes import Gene
from dnaviz.models import Model
from dnaviz.sequences import Sequence
from dnaviz.training.disrupted import Exon, exons
from dnaviz.training.evaluation import Figure
from dnaviz.training.metrics import auroc, group_interval
from dnaviz.variants import Variant

WORD = 6
APART = 4  # bases next to either site that are left out: they are part of its motif
SITE_WORDS = ("GT", "AG")  # what a variant may neither make nor take away

# Silencers found by fluorescence-activated screening of random decamers in a minigene's exon:
# FAS-hex3 of Wang et al. 2004 (Cell 119:831).
_SILENCERS = """
ACTAGG AGGGGG AGGGGT AGGGTA AGGGTG AGGGTT AGGTAA AGGTAG AGGTAT AGGTTA AGGTTT AGTAGG AGTCGT
AGTGTA AGTGTT AGTTAG AGTTCG AGTTCT AGTTGT AGTTTA AGTTTG ATGGGG CCTGGG CGTTCC CTAGGG CTTAGG
GATGGG GGATGG GGGAGG GGGATG GGGGAG GGGGAT GGGGGA GGGGGG GGGGGT GGGGTA GGGGTG GGGGTT GGGTAA
GGGTAG GGGTGG GGGTTA GGGTTT GGTAAG GGTAGG GGTAGT GGTATA GGTGGG GGTTAG GGTTTA GGTTTG GGTTTT
GTAAGG GTAAGT GTAGGG GTAGGT GTAGTT GTATAG GTCGTT GTGGGG GTGGGT GTGTAG GTTAGG GTTAGT GTTCCT
GTTCGT GTTCTG GTTGTT GTTTAG GTTTGG GTTTGT TAAGTG TAGGGG TAGGGT TAGGTA TAGGTT TAGTGG TAGTGT
TAGTTA TAGTTT TATAGG TCCTGG TCGTTC TCTAGG TGGGGG TGGGTG TGGTGG TGTTAG TGTTCC TTAGGG TTAGGT
TTAGTG TTAGTT TTCCTG TTCGTT TTCTAG TTGGGG TTGTTC TTTAGG TTTAGT TTTGGG TTTGTT TTTTGG
"""

# The 160 hexamers with the highest scores of all that were measured in two exons: ESRseq of
# Ke et al. 2011 (Genome Research 21:1360), supplementary table 1.
_ENHANCERS = """
AACGCG AACGGA AACGTC AAGAAA AAGAAC AAGAAG AAGAAT AAGACG AAGACT AAGAGA AAGATC ACAACG ACGACG
ACGATC ACGCCG ACGCGC ACGCGG ACGGAC ACGGAT ACGGCG ACGTCG ACTCCG ACTTCG AGAAGA AGACGA ATCGTC
ATGGAC CAAGAA CAAGAC CAAGAT CAAGGA CCCGCG CCGACG CCGCGA CCGCGG CCGGAG CCGGCG CCGGGA CCGTCG
CCTGCG CGAACG CGAAGA CGAAGC CGACCG CGACGA CGACGC CGACGG CGACGT CGCACG CGCCCG CGCCGG CGCGAC
CGCGCC CGCGCG CGCGGA CGCGGG CGCGTC CGGAAC CGGACG CGGAGA CGGAGC CGGATG CGGCGA CGGCGC CGGCGG
CGTCCA CGTCCG CGTCGA CGTCGC CGTCGG CGTCGT CGTCTG CGTGGA CGTTCG CTGCCG CTGCGA CTGCGC CTGCGG
CTTCGC GAACCG GAACGA GAACGC GAAGAA GAAGAC GAAGAT GAAGCC GAAGTC GAATCG GACATC GACCCG GACCGA
GACCGG GACCTG GACGAA GACGAC GACGAT GACGCC GACGCG GACGGA GACGGC GACGTC GACGTT GAGGAC GATGAC
GATGGA GATGGC GCAAGA GCGACC GCGACG GCGGAC GCGTCC GCGTCG GGAACC GGAAGA GGACCG GGACCT GGACGA
GGACGC GGACGT GGCGAC GGCGTC GTCGAC GTCGTC GTGACG GTGGAA GTGGAC GTTCGC TCAACG TCACCG TCATCG
TCCGCG TCCGGA TCCTCG TCGACC TCGACG TCGATC TCGCCG TCGCGA TCGCGC TCGCGG TCGGCG TCGTCC TCGTCG
TCGTCT TCTACG TCTCCG TCTGCG TCTTCG TGAAGA TGACGA TGGAAC TGGACC TGGACG TGTGGA TTCATC TTCGAC
TTCGCC TTCGCG TTCGGC TTCGTC
"""

SILENCERS, ENHANCERS = frozenset(_SILENCERS.split()), frozenset(_ENHANCERS.split())


class Exonic(NamedTuple):
    """A variant of the 0-based `exon`: `base` at the 0-based `position` of its fragment.

    `outcome` is 1 where an enhancer is lost or a silencer made, -1 for the opposite, else 0.
    """

    exon: int
    position: int
    base: str
    outcome: int


def words_at(sequence: str, position: int) -> list[str]:
    """The hexamers that a base is part of."""
    first, last = max(0, position - WORD + 1), min(position, len(sequence) - WORD)
    return [sequence[k : k + WORD] for k in range(first, last + 1)]


def outcome(sequence: str, position: int, base: str) -> int | None:
    """What a variant does to the words of an exon; None where they disagree or a site is touched.

    Parameters
    ----------
    sequence : str
    position : int
        0-based.
    base : str
        The new one.

    Returns
    -------
    int or None
        1 where enhancers are lost or silencers made, -1 for the opposite, 0 where no word changes.
    """
    edited = sequence[:position] + base + sequence[position + 1 :]
    around = slice(max(0, position - 1), position + 2)
    if any(sequence[around].count(w) != edited[around].count(w) for w in SITE_WORDS):
        return None
    gained = {}
    for name, words in (("silencers", SILENCERS), ("enhancers", ENHANCERS)):
        before, after = (sum(w in words for w in words_at(s, position)) for s in (sequence, edited))
        gained[name] = after - before
    worse = max(gained["silencers"], -gained["enhancers"])
    better = max(-gained["silencers"], gained["enhancers"])
    if worse > 0 and better > 0:
        return None
    return int(worse > 0) - int(better > 0)


def exonic_edits(found: list[Exon]) -> list[Exonic]:
    """Every variant of the exons' insides of which it can be said what it does to their words."""
    edits = []
    for number, exon in enumerate(found):
        for position in range(exon.acceptor + 1 + APART, exon.donor - APART):
            for base in "ACGT".replace(exon.sequence[position], ""):
                what = outcome(exon.sequence, position, base)
                if what is not None:
                    edits.append(Exonic(number, position, base, what))
    return edits


def exonic(model: Model, genes: list[Gene], *, most: int = 150, seed: int = 0) -> list[Figure]:
    """AUROC of an exonic variant's larger loss, by what it does to measured words.

    Parameters
    ----------
    model : Model
    genes : list of Gene
        Of test chromosomes; `most` of their exons are changed.
    most : int
        Exons.
    seed : int
        Of the exons.

    Returns
    -------
    list of Figure
        Their intervals are over exons.

    Raises
    ------
    InputError
        When there is no variant of either kind.
    """
    rng = np.random.default_rng(seed)
    every = exons(genes)
    chosen = [every[k] for k in rng.permutation(len(every))[:most]]
    edits = exonic_edits(chosen)
    outcomes = np.array([e.outcome for e in edits])
    if not {-1, 0, 1} <= set(outcomes.tolist()):
        raise InputError("The genes have no exon of 30-100 nt whose measured words can be changed.")
    records = [Sequence(exon.sequence) for exon in chosen]
    effects = splice_effects(
        [
            (records[e.exon],
             [Variant(e.position + 1, chosen[e.exon].sequence[e.position], e.base)])
            for e in edits
        ],
        model=model,
    )  # fmt: skip
    lost = np.array([loss(effect) for effect in effects])
    exon = np.array([e.exon for e in edits])
    section = f"Variants inside {len(chosen)} exons, by what they do to measured hexamers"
    figures = []
    for other, name in ((0, "no measured hexamer changed"), (-1, "the opposite")):
        kept = (outcomes == 1) | (outcomes == other)
        truth, values, group = outcomes[kept] == 1, lost[kept], exon[kept]
        low, high = group_interval(auroc, (truth, values), group)
        counts = f"{truth.sum():,} against {(~truth).sum():,}"
        what = f"AUROC, enhancer lost or silencer made against {name} ({counts})"
        figures.append(
            Figure(section, what, "fine_tuned", auroc(truth, values), low, high, len(truth))
        )
    return figures


def loss(effect: SpliceEffect) -> float:
    """The larger of what donors and acceptors lose."""
    return max(effect.delta(f"{site}_loss").value for site in ("donor", "acceptor"))
