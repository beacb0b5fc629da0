"""Effects of exonic variants by whether they change known enhancer and silencer hexamers.

Nobody told the classifier of the hexamers in exons that help splicing or hinder it; a variant that
takes an enhancer away or makes a silencer should cost the exon's sites something, and the opposite
should not. The hexamers were measured in minigenes by others, so this is a judgment of variants
away from both sites that owes nothing to the classifier's own data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.genome.genes import Gene
from dnaviz.models import Model
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.exon_change import FLOOR
from dnaviz.splicing.scan import SITES
from dnaviz.splicing.variant_effect import SpliceEffect, splice_effects
from dnaviz.training.evaluation.evaluate import Metric, metric
from dnaviz.training.evaluation.metrics import auroc
from dnaviz.training.evaluation.synthetic_variants import Exon, exons

APART = 4  # exon bases next to either site that are left out: they are part of its motif
SITE_MOTIFS = ("GT", "AG")  # what a variant may neither make, nor take away, nor move

# Silencers found by fluorescence-activated screening of random decamers in a minigene's exon:
# FAS-hex3 of Wang et al. 2004 (Cell 119:831), but for the 14 of its 103 hexamers that the other
# measurement, below, has as enhancers.
_SILENCERS = """
ACTAGG AGGGGG AGGGGT AGGGTA AGGGTG AGGGTT AGGTAA AGGTAG AGGTAT AGGTTA AGGTTT AGTAGG AGTGTA AGTGTT
AGTTAG AGTTGT AGTTTA AGTTTG ATGGGG CTAGGG CTTAGG GGATGG GGGAGG GGGATG GGGGAG GGGGAT GGGGGA GGGGGG
GGGGGT GGGGTA GGGGTG GGGGTT GGGTAA GGGTAG GGGTGG GGGTTA GGGTTT GGTAAG GGTAGG GGTAGT GGTATA GGTGGG
GGTTAG GGTTTA GGTTTG GGTTTT GTAAGG GTAAGT GTAGGG GTAGGT GTAGTT GTATAG GTCGTT GTGGGG GTGGGT GTGTAG
GTTAGG GTTAGT GTTCCT GTTGTT GTTTAG GTTTGG GTTTGT TAAGTG TAGGGG TAGGGT TAGGTA TAGGTT TAGTGG TAGTGT
TAGTTA TAGTTT TATAGG TCTAGG TGGGGG TGGGTG TGGTGG TGTTAG TTAGGG TTAGGT TTAGTG TTAGTT TTCTAG TTGGGG
TTTAGG TTTAGT TTTGGG TTTGTT TTTTGG
"""

# Enhancers: of all hexamers, measured in two exons, the 160 with the highest ESRseq scores (from
# .571 on; Ke et al. 2011, Genome Research 21:1360, supplementary table 1): so few that most
# variants touch none.
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


class ExonicEdit(NamedTuple):
    """A variant of the 0-based `exon`: `base` at the 0-based `position` of its fragment.

    `outcome` is 1 where an enhancer is lost or a silencer made, -1 for the opposite, 0 where there
    is no listed hexamer before and after; `cpg` is how many CG it takes away.
    """

    exon: int
    position: int
    base: str
    outcome: int
    cpg: int


def hexamers_at(sequence: str, position: int) -> list[str]:
    """The hexamers that the base at a 0-based position is part of."""
    first, last = max(0, position - 5), min(position, len(sequence) - 6)
    return [sequence[k : k + 6] for k in range(first, last + 1)]


def outcome(sequence: str, position: int, base: str) -> int | None:
    """Classify a variant by the listed hexamers that it creates and destroys.

    Parameters
    ----------
    sequence : str
        The exon, without what lies around it.
    position : int
        0-based.
    base : str
        The new one.

    Returns
    -------
    int or None
        1 where there are fewer enhancers or more silencers, -1 for the opposite, 0 where no listed
        hexamer is or comes to be. None where that cancels out or disagrees, and where a GT or AG
        is made, taken away or moved.
    """
    edited = sequence[:position] + base + sequence[position + 1 :]
    near = range(max(0, position - 1), position + 1)
    if any(
        (sequence[k : k + 2] == w) != (edited[k : k + 2] == w) for k in near for w in SITE_MOTIFS
    ):
        return None
    before, after = (hexamers_at(text, position) for text in (sequence, edited))
    if not (SILENCERS | ENHANCERS) & {*before, *after}:
        return 0
    silencers = sum(w in SILENCERS for w in after) - sum(w in SILENCERS for w in before)
    enhancers = sum(w in ENHANCERS for w in after) - sum(w in ENHANCERS for w in before)
    worse, better = silencers > 0 or enhancers < 0, silencers < 0 or enhancers > 0
    return int(worse) - int(better) if worse != better else None


def exonic_edits(exons: list[Exon]) -> list[ExonicEdit]:
    """List variants inside exons, `APART` bases from their ends, that change listed hexamers."""
    edits = []
    for number, exon in enumerate(exons):
        start = exon.acceptor + 1
        inside = exon.sequence[start : exon.donor]
        for place in range(APART, len(inside) - APART):
            for base in "ACGT".replace(inside[place], ""):
                what = outcome(inside, place, base)
                if what is not None:
                    edited = inside[:place] + base + inside[place + 1 :]
                    cpg = inside.count("CG") - edited.count("CG")
                    edits.append(ExonicEdit(number, start + place, base, what, cpg))
    return edits


def exonic_motifs(
    model: Model, genes: list[Gene], *, most: int = 300, seed: int = 0
) -> list[Metric]:
    """AUROC of what exonic variants cost their exon's sites, by what they do to listed hexamers.

    Beside it that of the number of CG taken away: most of the enhancers hold one.

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
    list of Metric
        Their intervals are over exons. None where the exons have too few such variants to compare.
    """
    rng = np.random.default_rng(seed)
    every = exons(genes)
    chosen = [every[k] for k in rng.permutation(len(every))[:most]]
    edits = exonic_edits(chosen)
    outcomes = np.array([e.outcome for e in edits])
    if not {-1, 0, 1} <= set(outcomes.tolist()):
        return []
    records = [Sequence(exon.sequence) for exon in chosen]
    effects = splice_effects(
        [
            (records[e.exon],
             [Variant(e.position + 1, chosen[e.exon].sequence[e.position], e.base)])
            for e in edits
        ],
        strand="+",
        model=model,
    )  # fmt: skip
    scores = {
        "classifier": np.array(
            [loss(effect, chosen[e.exon]) for effect, e in zip(effects, edits, strict=True)]
        ),
        "CG lost": np.array([float(e.cpg) for e in edits]),
    }
    exon = np.array([e.exon for e in edits])
    section = f"Variants inside {len(chosen)} exons, by what they do to enhancers and silencers"
    figures = []
    for other, name in ((0, "no listed hexamer there"), (-1, "the opposite")):
        compared = (outcomes == 1) | (outcomes == other)
        truth = outcomes[compared] == 1
        counts = f"{truth.sum():,} against {(~truth).sum():,}"
        what = f"AUROC, enhancer lost or silencer made against {name} ({counts})"
        for which, values in scores.items():
            examples = truth, values[compared]
            figures.append(metric(section, what, which, auroc, *examples, groups=exon[compared]))
    return figures


def loss(effect: SpliceEffect, exon: Exon) -> float:
    """Largest loss of log-odds of the exon's two sites; negative for a gain.

    Parameters
    ----------
    effect : SpliceEffect
        Of the exon's fragment on the forward strand.
    exon : Exon
    """
    places = {"donor": exon.donor + 1, "acceptor": exon.acceptor + 1}
    at = [np.flatnonzero(effect.positions[0] == place)[0] for place in places.values()]
    before, after = np.maximum(effect.log_odds[:, [SITES.index(s) for s in places], at], FLOOR)
    return float((before - after).max())
