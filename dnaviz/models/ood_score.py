"""What an out-of-distribution score is, and what is said of it; see `dnaviz.models.ood`."""

from __future__ import annotations

from typing import NamedTuple

SIZE = 5  # bases of a k-mer, counted together with its reverse complement
LENGTHS = (20, 40, 60, 100, 150, 200, 300, 400, 600, 1000)  # nt, calibrated one by one
STEPS = 1000  # quantiles kept
# Ranks above which the user is told; 2 % of human stretches are beyond UNUSUAL or REPETITIVE.
UNUSUAL, UNLIKE, REPETITIVE = 0.981, 0.998, 0.999


class OodScore(NamedTuple):
    """Out-of-distribution score of a sequence; NaN where too few of its bases are known."""

    unfamiliarity: float  # 0-1: share of human stretches of this length that look less foreign
    repetitiveness: float  # 0-1: share of human stretches of this length with more different words
    warning: str | None  # what to tell the user; None where there is nothing to tell


def describe_ood(foreign: float, repetitive: float, pieces: int) -> str | None:
    """Return what to tell the user of ranks (0 to 1), or None; a long sequence has pieces."""
    what = "This sequence" if pieces == 1 else "Most of this sequence"
    if repetitive > REPETITIVE:
        return (
            f"{what} repeats itself more than {_share(repetitive)} of human stretches of its "
            "length: the models have seen little like it, so what they say about it may be wrong."
        )
    if foreign > UNLIKE:
        return (
            f"{what} does not look like human DNA ({_share(foreign)} of human stretches of its "
            "length look more so; is it shuffled, made up, or of another organism?): the models "
            "learned from human DNA only, so do not rely on what they say about it."
        )
    if foreign > UNUSUAL:
        return (
            f"{what} is unusual for human DNA ({_share(foreign)} of human stretches of its length "
            "look more so): the models learned from human DNA only, so be careful with what they "
            "say about it."
        )
    return None


def _share(rank: float) -> str:
    return f"{min(rank, 0.999):.1%}"
