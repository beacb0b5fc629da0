"""Print what the commands for many sequences cost, by how many there are and by workers.

    python tests/benchmarks/scaling.py
    python tests/benchmarks/scaling.py embed --sizes 10000 100000 1000000 --workers 1 2 --repeats 3

``embed`` encodes so many random sequences of 200 nt with as many threads as workers; ``scan`` scans
a genome of as many bases with as many processes; ``atlas`` builds an atlas. Each runs as a command
of its own. Printed are seconds by the clock and of processors (all processes together: where others
work too, the clock says little), the rate by both, the peak memory of the largest process, and the
cost of a sequence in processor time without that of starting, which is measured on few sequences.
The last lines say how far the costs of a sequence lie apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

FEW = 64  # sequences that tell the cost of starting
COMMANDS = ("embed", "scan", "atlas")


class Run(NamedTuple):
    """Seconds by the clock and of processors, and the peak memory (MB), of a command."""

    wall: float
    cpu: float
    memory: float


def write_input(path: Path, count: int, length: int, one_record: bool) -> None:
    """Write random sequences as FASTA; as one record, of as many bases, where asked for."""
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", np.uint8)
    with path.open("wb") as file:
        file.write(b">genome\n" if one_record else b"")
        for number in range(count):
            title = b"" if one_record else b">s%d\n" % number
            file.write(title + letters[rng.integers(0, 4, length)].tobytes() + b"\n")


def run(command: str, source: Path, folder: Path, workers: int) -> Run:
    """Run a command of dnaviz on a file, and measure it."""
    words = {
        "embed": ["embed", str(source), "-o", str(folder / "out.h5ad")],
        "scan": ["scan", str(source), "-o", str(folder / "out.bed"), "--workers", str(workers)],
        "atlas": ["atlas", "build", str(source), "-o", str(folder / "out.h5ad")],
    }[command]
    threads = "1" if command == "scan" else str(workers)
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dnaviz", *words],
        env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    message = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)  # with what its own processes used
    wall = time.perf_counter() - start
    if status:
        sys.exit(message)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(COMMANDS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=1)
    words = parser.parse_args()
    commands = words.commands or ["embed", "scan"]
    if unknown := set(commands) - set(COMMANDS):
        parser.error(f"{', '.join(unknown)}: there are {', '.join(COMMANDS)}")
    print("command", "sequences", "workers", "wall s", "cpu s", "a second by the clock",
          "a second of a processor", "peak MB", "cpu us a sequence", sep="\t")  # fmt: skip
    costs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in commands:
            for workers in words.workers:
                begun = 0.0
                for count in (FEW, *words.sizes):
                    source = folder / "in.fa"
                    write_input(source, count, words.length, command == "scan")
                    runs = [run(command, source, folder, workers) for _ in range(words.repeats)]
                    wall, cpu, memory = (
                        statistics.median(column) for column in zip(*runs, strict=True)
                    )
                    if count == FEW:
                        begun = cpu
                        cost = float("nan")
                    else:
                        cost = (cpu - begun) / (count - FEW)
                        costs.setdefault(command, []).append(cost)
                    print(command, count, workers, f"{wall:.1f}", f"{cpu:.1f}",
                          f"{count / wall:,.0f}", f"{count / cpu:,.0f}", f"{memory:,.0f}",
                          f"{1e6 * cost:,.0f}", sep="\t", flush=True)  # fmt: skip
    for command, values in costs.items():
        apart = max(values) / min(values) - 1
        print(
            f"{command}: {1e6 * min(values):,.0f} to {1e6 * max(values):,.0f} us of a processor a "
            f"sequence of {words.length} nt, {apart:.0%} apart"
        )


if __name__ == "__main__":
    main()
