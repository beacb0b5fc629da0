"""The consensus of human donors and acceptors: how alike a place is to it, in bits.

A position weight matrix: every base of a motif counts for itself. What the models say is read
beside it, because a site that only the model sees, or only the consensus, is worth a second look.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.sequences import Sequence, one_hot, reverse_complement

MOTIF_EXTENT = {"donor": (3, 6), "acceptor": (20, 3)}
"""Bases before and after the exon-intron border: exon and intron, intron and exon."""

PSEUDOCOUNT = 1.0

Floats = NDArray[np.float64]


class Consensus(NamedTuple):
    """What `consensus` returns.

    Attributes
    ----------
    frequencies : dict
        By site, float64 of shape (4, w), rows A C G T: how often each base stands at each place of
        the motif; w is 9 for donors (-3 to +6) and 23 for acceptors (-20 to +3).
    background : numpy.ndarray
        Shape (4,): how often each base stands anywhere in introns and the exons beside them.
    counts : dict
        By site, the number of different motifs that were counted.
    source : str
    """

    frequencies: Mapping[str, Floats]
    background: Floats
    counts: Mapping[str, int]
    source: str

    def weights(self, site: str) -> Floats:
        """Log-odds of each base at each place, in bits; shape (4, w), rows A C G T."""
        ratio: Floats = np.log2(self.frequencies[_known(site)] / self.background[:, None])
        return ratio

    def score(self, sequence: str | Sequence, site: str) -> Floats:
        """Score every position of a sequence, in its own sense, as a donor or an acceptor.

        Parameters
        ----------
        sequence : str or Sequence
            IUPAC codes; an ambiguity code counts as the even mixture of its bases.
        site : "donor" or "acceptor"

        Returns
        -------
        numpy.ndarray
            float64 of shape (L,), in bits: entry i takes base i as the first base of an intron
            (donor) or as its last (acceptor). NaN where the motif leaves the sequence.
        """
        before, after = MOTIF_EXTENT[_known(site)]
        width = before + after
        x = one_hot(sequence).astype(np.float64)
        scores = np.full(x.shape[1], np.nan)
        if x.shape[1] < width:
            return scores
        odds = self.frequencies[site] / self.background[:, None]
        total = np.zeros(x.shape[1] - width + 1)
        for column in range(width):
            total += np.log2(odds[:, column] @ x[:, column : column + len(total)])
        first = before if site == "donor" else before - 1
        scores[first : first + len(total)] = total
        return scores

    def score_at(self, sequence: Sequence, position: int, strand: str, site: str) -> float:
        """Score one place, as `dnaviz.splicing.scan.Site` has it: 1-based, forward coordinates."""
        before, after = MOTIF_EXTENT[_known(site)]
        index = position - 1 if strand == "+" else len(sequence) - position
        border = index if site == "donor" else index + 1
        first, last = border - before, border + after
        if first < 0 or last > len(sequence):
            return float("nan")
        if strand == "+":
            motif = str(sequence)[first:last]
        else:
            motif = reverse_complement(str(sequence)[len(sequence) - last : len(sequence) - first])
        return float(np.nanmax(self.score(motif, site)))


@cache
def consensus() -> Consensus:
    """The shipped consensus, counted on the training chromosomes."""
    return read_consensus((files("dnaviz") / "assets" / "consensus.json").read_text("utf-8"))


def read_consensus(text: str) -> Consensus:
    """Read a consensus from its JSON."""
    entry = json.loads(text)
    return Consensus(
        {site: np.array(entry[site]["frequencies"], dtype=np.float64) for site in MOTIF_EXTENT},
        np.array(entry["background"], dtype=np.float64),
        {site: int(entry[site]["count"]) for site in MOTIF_EXTENT},
        entry["source"],
    )


def _known(site: str) -> str:
    if site not in MOTIF_EXTENT:
        raise InputError(f"A site is 'donor' or 'acceptor', not {site!r}.")
    return site
