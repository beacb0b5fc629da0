"""How well the deltas of a table of variants tell disrupting ones from others.

    python tests/benchmarks/variant_scale.py TABLE.tsv --label loss --least 0.5

TABLE has the columns of ``dnaviz variants`` and a measured one; a variant counts as disrupting
where that is above `--least`. Printed are AUROC and average precision of `delta_max` as ``dnaviz
variants`` gives it and as ``--as-scanned`` does.
"""

import argparse

import numpy as np
import pandas as pd

from dnaviz.effects import EVENTS, splice_effects
from dnaviz.sequences import Sequence
from dnaviz.training.metrics import auroc, average_precision
from dnaviz.variants import table_variant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--label", required=True)
    parser.add_argument("--least", type=float, default=0.5)
    words = parser.parse_args()
    table = pd.read_csv(words.table, sep="\t")
    records = {bases: Sequence(bases) for bases in table["sequence"]}
    effects = splice_effects(
        (records[r.sequence], [table_variant(r.sequence, int(r.position), r.ref, r.alt)])
        for r in table.itertuples()
    )
    truth = (table[words.label] > words.least).to_numpy()
    for name, as_scanned in (("shifted", False), ("as scanned", True)):
        scores = np.array(
            [max(e.delta(k, as_scanned=as_scanned).value for k in EVENTS) for e in effects]
        )
        print(
            f"{name:12s} AUROC {auroc(truth, scores):.3f}  average precision "
            f"{average_precision(truth, scores):.3f}  ({truth.sum()} of {len(truth):,})"
        )


if __name__ == "__main__":
    main()
