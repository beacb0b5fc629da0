"""Synthetic variants of held-out exons that break a splice site or not, labeled by motif.

Which single bases splicing can do without has been measured for few exons. Here a genome and its
annotation answer: of all places that read as the nine bases around a site do after a variant, how
many are sites? A variant breaks a site where that share falls to a tenth or less, and leaves it
whole where half or more remains. Variants away from both sites count as harmless, which measured
ones show is true of most but not of all; so a model that knows what exons hold is judged too low
here, and one that knows nothing but sites too high.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.genome.genes import Gene
from dnaviz.models import Model
from dnaviz.sequences import Sequence
from dnaviz.sequences.codes import encode_bases, kmer_index
from dnaviz.splicing.variant_effect import splice_effects
from dnaviz.splicing.variants import table_variant
from dnaviz.training.evaluation.evaluate import DECOY_LABELS, Metric, metric
from dnaviz.training.evaluation.maxentscan import MaxEntScan
from dnaviz.training.evaluation.metrics import auroc, average_precision

LENGTH = 170  # nt of a fragment: an exon with what lies around it
EXON = (30, 100)  # nt
MOTIF = 9  # bases around a site that are looked up
BEFORE = {"donor": 3, "acceptor": 6}  # how many of them lie before the labeled base
NEAR = {"donor": (-3, 6), "acceptor": (-24, 3)}  # around a site, where a variant may matter
BROKEN, WHOLE = 0.1, 0.5  # of the share of sites there was before
EXPECTED = 5  # sites there would be in the places of a nine-mer, had its share not changed
HARMLESS = 25  # for each variant that breaks a site: one in 26 does where it was measured


class Exon(NamedTuple):
    """A fragment with one exon; 0-based positions of its acceptor's and its donor's base."""

    sequence: str
    acceptor: int
    donor: int


class SyntheticVariant(NamedTuple):
    """A variant of a fragment: `base` at the 0-based `position`, and whether it breaks a site."""

    exon: int
    position: int
    base: str
    breaks: bool


def exons(genes: list[Gene]) -> list[Exon]:
    """Every exon of 30 to 100 nt whose fragment holds no annotated site but its two."""
    cut_exons = []
    for gene in genes:
        every = np.sort(np.concatenate([gene.acceptors, gene.donors]))
        for acceptor in gene.acceptors:
            place = int(np.searchsorted(every, acceptor))
            donor = int(every[place + 1]) if place + 1 < len(every) else -1
            size = donor - acceptor - 1
            if donor not in gene.donors or not EXON[0] <= size <= EXON[1]:
                continue
            start = (int(acceptor) + donor) // 2 - LENGTH // 2
            piece = gene.sequence[max(start, 0) : start + LENGTH]
            inside = every[(every >= start) & (every < start + LENGTH)]
            exon = Exon(piece, int(acceptor) - start, donor - start)
            motifs = piece[exon.acceptor - 1 : exon.acceptor + 1], piece[exon.donor :][:2]
            complete = len(piece) == LENGTH and set(piece) <= set("ACGT")
            if complete and len(inside) == 2 and motifs == ("AG", "GT"):
                cut_exons.append(exon)
    return cut_exons


class MotifRanks(NamedTuple):
    """Counts of every nine-mer (4^9,) in genes and at annotated sites."""

    places: np.ndarray
    hits: np.ndarray


def motif_shares(genes: list[Gene], site: str) -> MotifRanks:
    """Count nine-mers in genes and at their annotated sites."""
    places, hits = np.zeros(4**MOTIF), np.zeros(4**MOTIF)
    for gene in genes:
        codes = motif_codes(gene.sequence)
        places += np.bincount(codes[codes >= 0], minlength=4**MOTIF)
        marks = (gene.donors if site == "donor" else gene.acceptors) - BEFORE[site]
        motifs = codes[marks[(marks >= 0) & (marks < len(codes))]]
        hits += np.bincount(motifs[motifs >= 0], minlength=4**MOTIF)
    return MotifRanks(places, hits)


def motif_codes(sequence: str) -> np.ndarray:
    """Nine-mers of a sequence as numbers of base 4, (L - 8,); -1 where a base is unknown."""
    motifs, known = kmer_index(encode_bases(sequence), MOTIF)
    return np.where(known, motifs, -1)


def edits(
    exons: list[Exon], ranks: dict[str, MotifRanks], rng: np.random.Generator
) -> list[SyntheticVariant]:
    """All variants of exons that break a site, and at most `HARMLESS` times as many others."""
    breaking: list[SyntheticVariant] = []
    harmless: list[SyntheticVariant] = []
    for number, exon in enumerate(exons):
        for position in range(len(exon.sequence)):
            for base in "ACGT".replace(exon.sequence[position], ""):
                outcome = _outcome(exon, position, base, ranks)
                if outcome is not None:
                    (breaking if outcome else harmless).append(
                        SyntheticVariant(number, position, base, outcome)
                    )
    drawn = rng.permutation(len(harmless))[: HARMLESS * len(breaking)]
    return breaking + [harmless[k] for k in np.sort(drawn)]


def _outcome(exon: Exon, position: int, base: str, ranks: dict[str, MotifRanks]) -> bool | None:
    """Whether a variant breaks a site; None where that cannot be told."""
    edited = exon.sequence[:position] + base + exon.sequence[position + 1 :]
    for site in DECOY_LABELS:
        middle = exon.donor if site == "donor" else exon.acceptor
        low, high = NEAR[site]
        if not low <= position - middle <= high:
            continue
        start = middle - BEFORE[site]
        if not start <= position < start + MOTIF:
            return None
        old, new = (motif_codes(text[start : start + MOTIF])[0] for text in (exon.sequence, edited))
        # Of the old motif, this very site is no evidence.
        places, hits = ranks[site].places[old] - 1, ranks[site].hits[old] - 1
        before = hits / max(places, 1)
        after = ranks[site].hits[new] / max(ranks[site].places[new], 1)
        expected = before * ranks[site].places[new] >= EXPECTED
        if not expected or BROKEN * before < after < WHOLE * before:
            return None
        return bool(after <= BROKEN * before)
    return False


def evaluate_synthetic_variants(
    model: Model,
    genes: list[Gene],
    maxentscan: MaxEntScan | None,
    *,
    most: int = 300,
    seed: int = 0,
) -> list[Metric]:
    """AUROC and average precision of a variant's largest delta, sites broken against all others.

    Parameters
    ----------
    model : Model
    genes : list of Gene
        Of test chromosomes; all of them say which nine-mers are sites, `most` exons are changed.
    maxentscan : MaxEntScan or None
        Its difference between the fragment's sites before and after is the baseline.
    most : int
        Exons.
    seed : int
        Of the exons and of the harmless variants drawn.

    Returns
    -------
    list of Metric
        Their intervals are over exons.

    Raises
    ------
    InputError
        When no exon, or no variant that breaks a site, is found.
    """
    rng = np.random.default_rng(seed)
    every = exons(genes)
    chosen = [every[k] for k in rng.permutation(len(every))[:most]]
    variants = edits(chosen, {site: motif_shares(genes, site) for site in DECOY_LABELS}, rng)
    if not any(v.breaks for v in variants):
        raise InputError("The genes have no exon of 30-100 nt with variants that can be judged.")
    records = [Sequence(exon.sequence) for exon in chosen]
    effects = splice_effects(
        [
            (
                records[v.exon],
                [table_variant(records[v.exon], v.position + 1,
                               chosen[v.exon].sequence[v.position], v.base)],
            )
            for v in variants
        ],
        strand="+",
        model=model,
    )  # fmt: skip
    scores = {
        "classifier": np.array([effect.delta_max for effect in effects]),
        "classifier, exon risk": np.array(
            [
                effect.exon([(chosen[v.exon].acceptor + 2, chosen[v.exon].donor)]).risk
                for effect, v in zip(effects, variants, strict=True)
            ]
        ),
    }
    if maxentscan:
        scores["MaxEntScan"] = lost_scores(chosen, variants, maxentscan)
    truth = np.array([v.breaks for v in variants])
    exon = np.array([v.exon for v in variants])
    section = f"Variants of {len(chosen)} exons of {LENGTH} nt, a stand-in for measured ones"
    figures = []
    for name, values in scores.items():
        for label, measure in (("AUROC", auroc), ("average precision", average_precision)):
            what = f"{label}, site broken ({truth.sum()}) or not"
            figures.append(metric(section, what, name, measure, truth, values, groups=exon))
    return figures


def lost_scores(
    exons: list[Exon], variants: list[SyntheticVariant], maxentscan: MaxEntScan
) -> np.ndarray:
    """What MaxEntScan's scores of an exon's two sites lose, the larger of both."""
    lost = np.full(len(variants), -np.inf)
    for site, (low, high) in {"donor": (3, 6), "acceptor": (19, 4)}.items():
        middles = [e.donor if site == "donor" else e.acceptor for e in exons]
        motifs = [e.sequence[m - low : m + high] for e, m in zip(exons, middles, strict=True)]
        before = maxentscan.score(motifs, site)
        edited = []
        for v in variants:
            motif, place = motifs[v.exon], v.position - middles[v.exon] + low
            inside = 0 <= place < len(motif)
            edited.append(motif[:place] + v.base + motif[place + 1 :] if inside else motif)
        rows = [v.exon for v in variants]
        lost = np.maximum(lost, before[rows] - maxentscan.score(edited, site))
    return lost
