"""How long the inspector's work takes in the kernel, and how often explanations add up.

    python tests/benchmarks/inspector.py [--windows 1000]

Times are of one core; beside each stands the plain way of doing the same, in the same run.
"""

import argparse
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch

from dnaviz import load_atlas, load_model
from dnaviz.attribution import attribute, mutagenesis, site_window
from dnaviz.models import LABELS
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.variant_effect import splice_effects


def timed(work: Callable[[], Any], repeat: int = 5) -> str:
    work()
    walls, cores = [], []
    for _ in range(repeat):
        wall, core = perf_counter(), process_time()
        work()
        walls.append(perf_counter() - wall)
        cores.append(process_time() - core)
    return f"{min(walls):8.3f} s ({min(cores):.3f} s of CPU)"


def by_windows(model: Any, window: Any) -> np.ndarray:
    """Saturation mutagenesis the plain way: every mutant through the whole network."""
    wild = torch.from_numpy(window.array)[None]
    columns = np.arange(window.columns.start, window.columns.stop)
    result = np.zeros((4, len(columns)), np.float32)
    with torch.inference_mode():
        for row in range(4):
            x = wild.repeat(len(columns), 1, 1)
            x[np.arange(len(columns)), :, columns] = 0
            x[np.arange(len(columns)), row, columns] = 1
            result[row] = (
                model.splice.center_logits(x).softmax(1)[:, LABELS.index(window.site)].numpy()
            )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1_000)
    windows = parser.parse_args().windows
    torch.set_num_threads(1)
    model, atlas = load_model(), load_atlas()
    rng = np.random.default_rng(0)
    labels = atlas.obs["label"].astype(str).to_numpy()
    donor = atlas.sequences(np.flatnonzero(labels == "donor")[:1])[0]

    sites = np.flatnonzero(np.isin(labels, ("donor", "acceptor")))
    pastes = list(rng.choice(sites, 100, replace=False))
    parts: dict[str, list[float]] = {"all": [], "explain": []}
    for row in pastes:
        text, site = atlas.sequences([row])[0], labels[row]
        started = perf_counter()
        model.classify(text)
        atlas.project([text], space="splice", model=model, k=15)
        placed = perf_counter()
        attribute(text, site=site, model=model)
        parts["all"].append(perf_counter() - started)
        parts["explain"].append(perf_counter() - placed)
    for name, what in {
        "all": "200 nt: class, Integrated Gradients, place",
        "explain": "  Integrated Gradients alone",
    }.items():
        middle, late = np.quantile(parts[name][1:], (0.5, 0.95))  # the first warms up
        print(f"{what:48s}{middle:8.3f} s (median of 99 sites; 19 in 20 within {late:.3f} s)")
    torch.set_num_threads(2)
    many = atlas.sequences(np.arange(4_096))
    wall = timed(lambda: model.classify(many), 3)
    torch.set_num_threads(1)
    print(f"classes of {len(many):,} windows of 200 nt, two threads  {wall}")
    window = site_window(donor)
    print("saturation mutagenesis, 600 variants            ", timed(lambda: mutagenesis(donor)))
    print(
        "  window by window                              ", timed(lambda: by_windows(model, window))
    )
    m = mutagenesis(donor)
    apart = abs(m.values + m.probability - by_windows(model, window)).max()
    print(f"  largest difference of the two                  {apart:.1e}")
    records = [Sequence(text[15:185]) for text in atlas.sequences(np.arange(20))]
    edits = [
        (record, [Variant(p, base, "A" if base != "A" else "C")])
        for record in records
        for p, base in list(enumerate(str(record), 1))[::4]
    ]
    start = perf_counter()
    splice_effects(edits, model=model)
    rate = len(edits) / (perf_counter() - start)
    print(f"variants of 170-nt fragments                     {rate:8.0f} rows/s")
    rows = rng.choice(len(atlas), windows, replace=False)
    steps, fits = [], []
    for text, label in zip(atlas.sequences(rows), labels[rows], strict=True):
        site = "acceptor" if label in ("acceptor", "AG decoy") else "donor"
        a = attribute(text, site=site, model=model)
        steps.append(a.steps)
        fits.append(a.converged)
    print(
        f"contributions add up within 1 % in {np.mean(fits):.2%} of {windows:,} windows; steps: "
        f"median {np.median(steps):.0f}, most {max(steps)}"
    )


if __name__ == "__main__":
    main()
