"""Print how many windows a second the models answer, beside one at a time, and what weights weigh.

    python tests/benchmarks/throughput.py
    python tests/benchmarks/throughput.py --length 400 --windows 1024
    python tests/benchmarks/throughput.py -o speed.json
    python tests/benchmarks/throughput.py --roofline

Windows are the shipped atlas's, cut to the length around their middle. One at a time is what a
script does that calls the model in a loop; the numbers of both ways are compared. The file is for
the model card (``dnaviz measure card FOLDER --include``): medians, slowest and fastest passes.

The roofline says how near the networks come to what a core can do: operations of their convolutions
and products (two for each multiplication and addition) in a second of processor time, as a share of
those of a product of two large matrices of float32 on the same core.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

import dnaviz
from dnaviz.training.evaluation.evaluate import Metric
from dnaviz.training.model_card.metrics_io import as_row

MODELS = {"classify": "classifier", "encode": "autoencoder"}
NAN = float("nan")
ONE_BY_ONE = 200  # windows of the loop


def rates(work: Callable[[], object], n: int, repeats: int) -> list[float]:
    """Windows a second, of each pass."""
    result = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        result.append(n / (time.perf_counter() - start))
    return result


def one_by_one(work: Callable[[list[str]], np.ndarray], windows: list[str]) -> np.ndarray:
    """What a loop gets that calls the model for each window."""
    return np.concatenate([work([window]) for window in windows])


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Processor seconds of the fastest pass, behind one that does not count."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def print_roofline(model: dnaviz.Model, windows: list[str], repeats: int) -> None:
    """Print the operations of each network in a second of one core, beside those of a product."""
    torch.set_num_threads(1)
    size = 2048
    factor = torch.rand(size, size)
    peak = 2 * size**3 / fastest(lambda: factor @ factor, repeats)
    print(f"product of matrices: {peak / 1e9:,.0f} GFLOP/s on one core")
    genome = "".join(windows)[: 16 * 4096]
    lengths = [len(window) for window in windows]
    for name, work, count, unit in (
        ("scan", lambda: model.score_positions([genome]), len(genome), "nt"),
        ("classify", lambda: model.classify(windows), len(windows), "windows"),
        ("encode", lambda: model.encode(windows), len(windows), "windows"),
        ("encode, splice", lambda: model.encode(windows, space="splice"), len(windows), "windows"),
        ("decode", partial(model.decode, model.encode(windows), lengths), len(windows), "windows"),
    ):
        with FlopCounterMode(display=False) as counter:
            work()
        operations = counter.get_total_flops()
        seconds = fastest(work, repeats)
        rate = operations / seconds
        print(
            f"{name}: {count / seconds:,.0f} {unit} a second, {operations / count / 1e6:.2f} MFLOP "
            f"each, {rate / 1e9:,.0f} GFLOP/s, {rate / peak:.0%} of a product's"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--windows", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("-o", "--output")
    parser.add_argument("--roofline", action="store_true")
    words = parser.parse_args()
    model, atlas = dnaviz.load_model(), dnaviz.load_atlas()
    rows = np.arange(min(words.windows, len(atlas.obs)))
    full = [str(sequence) for sequence in atlas.sequences(rows)]
    cut = [max(0, len(bases) // 2 - words.length // 2) for bases in full]
    windows = [bases[at : at + words.length] for bases, at in zip(full, cut, strict=True)]
    if words.roofline:
        print_roofline(model, windows[:512], words.repeats)
        return
    figures = []
    print(f"{len(windows):,} windows of {words.length} nt, {torch.get_num_threads()} cores")
    for name, work in (("classify", model.classify), ("encode", model.encode)):
        few = windows[:ONE_BY_ONE]
        (one,) = rates(partial(one_by_one, work, few), len(few), 1)
        passes = rates(partial(work, windows), len(windows), words.repeats)
        many = statistics.median(passes)
        what = f"{words.length}-nt windows a second, {name}, {torch.get_num_threads()} threads"
        figures.append(
            Metric("Speed", what, MODELS[name], many, min(passes), max(passes), len(windows))
        )
        apart = np.abs(one_by_one(work, few) - work(windows)[: len(few)]).max()
        print(
            f"{name}: {many:,.0f} a second, {many / one:.1f} times one by one ({apart:.0e} apart)"
        )
    weights = [f for f in files("dnaviz").joinpath("assets").iterdir() if "safetensors" in f.name]
    size = sum(len(f.read_bytes()) for f in weights)
    figures.append(Metric("Size", "all weights, MB", "files", size / 1e6, NAN, NAN, len(weights)))
    if words.output:
        rows = [as_row(figure) for figure in figures]
        command = f"python tests/benchmarks/throughput.py --length {words.length}"
        Path(words.output).write_text(json.dumps({"command": command, "figures": rows}, indent=1))
    print(f"weights: {size / 1e6:.1f} MB ({', '.join(sorted(f.name for f in weights))})")


if __name__ == "__main__":
    main()
