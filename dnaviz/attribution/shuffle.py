"""Shuffles that keep every pair of neighbors: background of the same composition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def dinucleotide_shuffle(bases: str, generator: np.random.Generator) -> str:
    """Shuffle a sequence so that each dinucleotide occurs as often as before.

    A random walk along the sequence's own steps from base to base (Altschul and Erickson 1985):
    the last step out of every base is drawn as a random tree that leads to the last base (Wilson
    1996), so that the walk always uses up all steps and every arrangement is equally likely.

    Parameters
    ----------
    bases : str
        Any letters; the first and the last stay where they are.
    generator : numpy.random.Generator

    Returns
    -------
    str
        As long as `bases`.
    """
    if len(bases) < 4:
        return bases
    steps: dict[str, list[str]] = {}
    for base, following in pairwise(bases):
        steps.setdefault(base, []).append(following)
    end = bases[-1]
    last: dict[str, str] = {}
    reached = {end}
    for letter in sorted(steps):
        # A loop-erased walk: overwriting `last` while walking forgets the loops.
        base = letter
        while base not in reached:
            last[base] = steps[base][generator.integers(len(steps[base]))]
            base = last[base]
        base = letter
        while base not in reached:
            reached.add(base)
            base = last[base]
    queues = {}
    for letter, targets in steps.items():
        rest = list(targets)
        if letter in last:
            rest.remove(last[letter])
        order = [rest[i] for i in generator.permutation(len(rest))]
        queues[letter] = iter([*order, last[letter]] if letter in last else order)
    walk = [bases[0]]
    while len(walk) < len(bases):
        walk.append(next(queues[walk[-1]]))
    return "".join(walk)
