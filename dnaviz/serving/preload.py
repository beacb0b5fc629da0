"""What every viewer's kernel needs, loaded and used once in the process they are forked from.

Whatever lies in memory by then is shared by all viewers, as long as nobody writes to it. So every
panel is used here once (what libraries make at first use is made here), and the garbage collector
is told to leave all of it alone: a full collection would write to every object.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing.spawn
import sys
import time
from collections.abc import Callable
from importlib import import_module

import psutil

from dnaviz.serving.memory import fill_gaps, give_back_memory

log = logging.getLogger("dnaviz.serving")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables that keep numerical libraries from starting threads, which no fork would survive.

One core for each viewer is also what is best for all of them together."""


def environment() -> dict[str, str]:
    """Return the variables that the fork server needs from its first moment on."""
    return {
        **dict.fromkeys(ONE_THREAD, "1"),
        "CUDA_VISIBLE_DEVICES": "",  # A graphics card's library does not survive a fork either.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pandas takes pyarrow where it is.
        "MALLOC_ARENA_MAX": "1",
        # What is let go of is kept for the next array, and given back when an action is over: to
        # take each from the system and back costs as much time as all that is computed with it.
        "MALLOC_MMAP_THRESHOLD_": str(2**25),
        "MALLOC_TRIM_THRESHOLD_": str(2**30),
        # Convolutions whose code is kept: those of the sizes met here, and some of a viewer's own.
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "1800",
        "LRU_CACHE_CAPACITY": "800",  # torch's own, of whole convolutions
        "MPLBACKEND": "agg",
    }


def _threads_at_rest() -> int:
    """Return how many threads stay: one that was joined is still there for a moment."""
    end = time.monotonic() + 10.0
    while (count := psutil.Process().num_threads()) > 1 and time.monotonic() < end:
        time.sleep(0.01)
    return count


def preload() -> None:
    """Load, use once, and freeze; end the process if it could not be forked safely after that."""
    import ipykernel.ipkernel  # noqa: F401  (before ipywidgets, which asks it for channels)
    import ipywidgets
    import torch

    from dnaviz.panels.common.plot import library

    # A forked process would else run the server's main script once more, as a module.
    multiprocessing.spawn.prepare = lambda data: None
    torch.set_num_threads(1)
    library()
    ipywidgets.register_comm_target()
    for step in (_genome, _prints, _map, _reconstruction, _inspector, _kernel):
        _try(step)
    ipywidgets.Widget.close_all()
    _forget_open_files()
    if (count := _threads_at_rest()) > 1:
        log.error("The process to fork from has %d threads, so forking it is not safe.", count)
        sys.exit(1)
    gc.collect()
    give_back_memory()
    fill_gaps()
    sys._clear_type_cache()  # Else each name that makes room for another in it is written to.
    gc.disable()
    gc.freeze()
    gc.collect()  # Of nothing: a kernel's own garbage counts from here, not beside all this.


def _try(step: Callable[[], None]) -> None:
    """Do one step; what fails here fails again, and is told, in the kernels."""
    try:
        step()
    except Exception:
        log.warning("Preloading %s failed.", step.__name__.strip("_"), exc_info=True)


def _kernel() -> None:
    from dnaviz.serving.kernel import application

    for name in ("ipykernel.zmqshell", "matplotlib_inline.backend_inline"):
        import_module(name)
    application()


def _genome() -> None:
    """Have the indexes made, of a genome that was given, before a viewer would wait for them."""
    from dnaviz.genome.regions import regions_of_environment

    regions = regions_of_environment()
    if regions is not None and regions.annotation is not None:
        regions.annotation.within(next(iter(regions.lengths)), 1, 1)


def _forget_open_files() -> None:
    """Let each kernel open the genome itself: forks share where in an open file they are."""
    from dnaviz.genome.regions import open_regions

    open_regions.cache_clear()


def _map() -> None:
    from dnaviz.panels import LatentMap

    panel = LatentMap()
    panel.project([_example()[:200]])
    for space in panel.atlas.spaces:
        panel.space = space
    (x0, y0), (x1, y1) = ((panel.atlas.map(panel.space)[0] + by).tolist() for by in (-0.1, 0.1))
    panel.map.plot.receive({"lasso": {"x": [x0, x1, x1, x0], "y": [y0, y0, y1, y1]}})
    panel.page.dark = True


def _reconstruction() -> None:
    from dnaviz.models import can, load_model
    from dnaviz.panels import Reconstruction

    if not can(load_model(), "decode"):
        return  # nor is the page offered
    panel = Reconstruction()
    panel.sequence = _example()
    panel.page.dark = True


def _inspector() -> None:
    from dnaviz.models import can, load_model
    from dnaviz.panels import SpliceInspector

    if not can(load_model(), "score_positions"):
        return
    panel = SpliceInspector()
    # More than once: Python rewrites, in place, the code it has run a few times.
    for sequence in (_example(), _example()[1:], _example()):
        panel.sequence = sequence
        base = str(panel.sequence)[0]
        panel.edits = f"1{base}>{'C' if base == 'A' else 'A'}"
        panel.undo()
        panel.report()
        for dark in (True, False):
            panel.page.dark = dark
    for name in ("method", "space"):
        for value in reversed(panel.state.traits()[name].values):
            panel.state.set_trait(name, value)


def _prints() -> None:
    import numpy as np

    from dnaviz.figures.logo import figure_bytes, letter_heights, logo_figure

    heights = letter_heights("ACGT", np.ones(4, np.float32))
    for kind in ("svg", "pdf", "png"):
        figure_bytes(logo_figure(heights, np.arange(1, 5), title="donor"), kind)


def _example() -> str:
    from dnaviz.genome.examples import examples

    return min((str(example.sequence) for example in examples()), key=len)
