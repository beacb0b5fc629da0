"""Print how long scans take, beside a plain loop over windows in the same run.

    python tests/benchmarks/scan.py
    python tests/benchmarks/scan.py --repeats 7 --quick      # without 200,000 nt

The loop scores one window of 401 nt after the other with the same weights, as a script would that
knows nothing of scans; it is run on a part of the sequence and its time scaled to the whole, and
what it finds there is compared with the scan.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

import dnaviz
from dnaviz.models import CONTEXT
from dnaviz.sequences import reverse_complement
from dnaviz.splicing.scan import Scan, scan

BARS = {10_000: 1.0, 200_000: 20.0}
"""Seconds that both strands may take on two cores."""

LOOPED = 300
"""Positions of each strand that the plain loop scores."""


def timed(work: Callable[[], object], repeats: int) -> float:
    """Median seconds of `work`."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def plain_loop(bases: str, model: dnaviz.Model) -> np.ndarray:
    """Donor and acceptor probabilities of both strands, shape (2, 2, LOOPED), window by window."""
    result = np.empty((2, 2, LOOPED), np.float32)
    for strand, sense in enumerate((bases, reverse_complement(bases))):
        for i in range(LOOPED):
            middle = CONTEXT + i
            window = sense[middle - CONTEXT : middle + CONTEXT + 1]
            result[strand, :, i] = model.classify([window])[0, 1:]
    return result


def difference(looped: np.ndarray, whole: Scan) -> float:
    """Largest difference between the loop and the scan on what both scored."""
    inside = slice(CONTEXT, CONTEXT + LOOPED)
    scanned = [whole.probabilities["+"][:, inside], whole.probabilities["-"][:, ::-1][:, inside]]
    return float(np.abs(looped - np.stack(scanned)).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="10,000 nt alone")
    arguments = parser.parse_args()
    model = dnaviz.load_model()
    rng = np.random.default_rng(0)
    print(f"{'nt':>8} {'scan (s)':>9} {'bar (s)':>8} {'plain loop (s)':>15} {'times':>7}  progress")
    for length, bar in BARS.items():
        if arguments.quick and length > 10_000:
            continue
        bases = "".join(rng.choice(list("ACGT"), length))
        full = scan(bases, model)  # once before, to warm up
        ticks: list[float] = []
        repeats = arguments.repeats if length <= 10_000 else 1
        seconds = timed(partial(scan, bases, model, progress=ticks.append), repeats)
        start = time.perf_counter()
        looped = plain_loop(bases, model)
        loop = (time.perf_counter() - start) * length / LOOPED
        print(
            f"{length:>8,} {seconds:>9.2f} {bar:>8.1f} {loop:>15.1f} {loop / seconds:>7.0f}  "
            f"{len(ticks) // repeats} steps; scan and loop differ by at most "
            f"{difference(looped, full):.1e}"
        )


if __name__ == "__main__":
    main()
