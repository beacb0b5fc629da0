"""Count the consensus of donors and acceptors on the training chromosomes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from dnaviz.errors import InputError
from dnaviz.genome.consensus import MOTIF_EXTENT, PSEUDOCOUNT, Consensus
from dnaviz.io.atomic import atomic_write
from dnaviz.sequences import BASES, one_hot
from dnaviz.training.data.introns import FLANK


def build_consensus(introns: pd.DataFrame, source: str) -> Consensus:
    """Count the motifs of a table of introns (see `read_introns`), those of its training split.

    The same motif with the same surroundings is counted once.

    Raises
    ------
    InputError
        When the table holds no intron of the training split with 50 nt of exon on its sides.
    """
    train = introns[introns["split"] == "train"]
    if train.empty:
        raise InputError("The table holds no intron of the training chromosomes.")
    bases = train["intron"].str
    windows = {
        "donor": train["up_exon50"] + bases[:FLANK],
        "acceptor": bases[-FLANK:] + train["down_exon50"],
    }
    background = np.full(4, PSEUDOCOUNT)
    frequencies, counts = {}, {}
    for site, (before, after) in MOTIF_EXTENT.items():
        distinct = windows[site][windows[site].str.len() == 2 * FLANK].drop_duplicates()
        if distinct.empty:
            raise InputError(f"No intron of the table has {FLANK} nt of exon beside its {site}.")
        motifs = distinct.str[FLANK - before : FLANK + after]
        x = one_hot("".join(motifs)).reshape(4, len(motifs), before + after)
        totals = x.sum(axis=1, dtype=np.float64) + PSEUDOCOUNT
        frequencies[site] = totals / totals.sum(axis=0)
        counts[site] = len(motifs)
        background += one_hot("".join(distinct)).sum(axis=1, dtype=np.float64)
    return Consensus(frequencies, background / background.sum(), counts, source)


def write_consensus(consensus: Consensus, path: str | Path) -> None:
    """Write a consensus as JSON; the same one gives the same bytes."""
    entry: dict[str, object] = {
        "source": consensus.source,
        "bases": BASES,
        "background": consensus.background.round(6).tolist(),
    }
    for site, values in consensus.frequencies.items():
        entry[site] = {"count": consensus.counts[site], "frequencies": values.round(6).tolist()}
    with atomic_write(path) as file:
        file.write(json.dumps(entry, indent=1) + "\n")
