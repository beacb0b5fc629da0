"""What lies between two sequences: how much the middle of a walk through latent space is DNA.

A latent is made for coming back, not for walks. Whether sequences between two human ones are such
as a genome has is asked of two judges that never saw the autoencoder: a Markov model of human DNA,
and the out-of-distribution score. Beside the middle stand the ends, the ends shuffled, and the
ends mixed base by base, which is what a walk without any sense of DNA would give.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dnaviz.errors import InputError
from dnaviz.models import Model
from dnaviz.models.latent_paths import interpolate
from dnaviz.models.ood_score import REPETITIVE, UNUSUAL
from dnaviz.sequences.codes import COMPLEMENT, encode_bases, kmer_index
from dnaviz.training.data.records import Record
from dnaviz.training.evaluation.evaluate import Metric, metric
from dnaviz.training.fit.ood import sample_stretches, stretch_features

ORDER = 5  # bases before each that a Markov model looks at
LENGTH = 200
BASES = np.array(list("ACGT"))


def markov_model(records: Iterable[Record]) -> np.ndarray:
    """log2 probabilities (4**ORDER, 4) of a base after the ORDER before it, of both strands."""
    counts = np.full(4 ** (ORDER + 1), 0.5)
    for record in records:
        for codes in (record.codes, COMPLEMENT[record.codes[::-1]]):
            kmers, valid = kmer_index(codes, ORDER + 1)
            counts += np.bincount(kmers[valid], minlength=len(counts))
    table = counts.reshape(-1, 4)
    return np.log2(table / table.sum(axis=1, keepdims=True))


def bits_per_base(markov: np.ndarray, codes: np.ndarray) -> float:
    """Mean log2 likelihood of the bases of a stretch; -2 is what a die with four sides gives."""
    kmers, valid = kmer_index(codes, ORDER + 1)
    return float(markov.ravel()[kmers[valid]].mean())


def walk_midpoints(
    model: Model, test: list[Record], train: list[Record], *, n: int = 300, seed: int = 0
) -> list[Metric]:
    """Judge the middles of walks between random pairs of human stretches of 200 nt.

    Parameters
    ----------
    model : Model
    test, train : list of Record
        Human records that the pairs are of, and that the Markov model is made of.
    n : int
        Pairs.
    seed : int
    """
    if model.ood_model is None:
        raise InputError("These weights have no familiarity.json: run dnaviz train familiarity.")
    rng = np.random.default_rng(seed)
    stretches = sample_stretches(test, LENGTH, 3 * n, rng)
    pairs = list(zip(stretches[:n], stretches[n : 2 * n], strict=False))
    if len(pairs) < 20:
        raise InputError(f"The records have too few stretches of {LENGTH} nt to walk between.")
    middles, agree = [], []
    for first, second in pairs:
        path = interpolate(model, "".join(BASES[first]), "".join(BASES[second]), steps=3)
        codes = encode_bases(path.bases[1])
        middles.append(codes)
        agree.append(((codes == first) | (codes == second)).mean())
    kinds: dict[str, list[np.ndarray]] = {
        "ends": [codes for pair in pairs for codes in pair],
        "middles": middles,
        "ends mixed base by base": [np.where(rng.random(LENGTH) < 0.5, a, b) for a, b in pairs],
        "ends shuffled": [rng.permutation(first) for first, _ in pairs],
    }
    section = f"Walks between two sequences, {LENGTH} nt"
    markov = markov_model(train)
    figures = []
    for name, group in kinds.items():
        bits = np.array([bits_per_base(markov, one) for one in group])
        what = f"log-likelihood of a base, bits, {name}"
        figures.append(metric(section, what, "Markov", np.mean, bits))
        foreign, repetitive = model.ood_model.ranks(
            stretch_features(model.ood_model, group), np.full(len(group), LENGTH)
        )
        told = (foreign > UNUSUAL) | (repetitive > REPETITIVE)
        figures.append(metric(section, f"told, {name}", "familiarity", np.mean, told))
    what = "bases that either end has at that place, middles"
    return [*figures, metric(section, what, "autoencoder", np.mean, np.array(agree))]
