"""Paths through the autoencoder's latent space, decoded point by point.

A walk from one sequence to another is an interpolation, a turn along one direction a traversal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.deprecation import warn
from dnaviz.errors import InputError, check_whole
from dnaviz.models.protocol import SITES, can, decoded, encode_in, label_probabilities
from dnaviz.plots import SITE_COLORS, axes_for
from dnaviz.sequences import from_one_hot, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float32]

STEPS = 33
LIMIT = 4.0
"""Standard deviations to which a direction is turned, both ways."""

PRINCIPAL, SINGLE = "PC", "dimension"


class LatentPath(NamedTuple):
    """Points on a straight line in latent space, each decoded and classified.

    ``amounts`` (n,): the share of the path (0-1), or standard deviations; ``latents`` (n, 256);
    ``bases``: what is written, free-running; ``probabilities``: (4, L) of each; ``sites`` (n, 3):
    probabilities of `dnaviz.models.LABELS` for the middle of what is written, by the fine-tuned
    classifier; ``frozen`` (n, 3): the same read off the latents themselves, by the frozen one (both
    None where the model has none);
    ``cycle_error`` (n,): distance of the decoded bases from the point when they are encoded again.
    """

    amounts: Floats
    latents: Floats
    bases: list[str]
    probabilities: list[Floats]
    sites: Floats | None
    frozen: Floats | None
    cycle_error: Floats

    def __repr__(self) -> str:
        first, last = self.amounts[[0, -1]]
        return f"LatentPath({len(self.amounts)} points from {first:g} to {last:g})"

    def table(self) -> pd.DataFrame:
        """Return one row for each point: amount, bases, cycle error, and probabilities of sites."""
        import pandas as pd

        columns = {"amount": self.amounts, "bases": self.bases, "cycle_error": self.cycle_error}
        sites = {} if self.sites is None else dict(zip(SITES, self.sites.T[1:], strict=True))
        return pd.DataFrame(columns | sites)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what becomes of the middle's probabilities, or else the cycle error.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        table = self.table().set_index("amount")
        names = ["cycle_error"] if self.sites is None else list(SITES)
        ylabel = names[0].replace("_", " ") if self.sites is None else "probability"
        ax = axes_for(ax, title="Along the path", xlabel="amount", ylabel=ylabel)
        for name in names:
            ax.plot(table.index, table[name], color=SITE_COLORS.get(name, "0.2"), label=name)
        ax.legend(frameon=False)
        return ax

    @property
    def drift(self) -> Floats:
        """Deprecated: use `cycle_error`."""
        warn("drift", "cycle_error")
        return self.cycle_error

    def nearest(self, amount: float) -> int:
        """Return the index of the point nearest to an amount."""
        return int(np.abs(self.amounts - amount).argmin())


class PrincipalAxes(NamedTuple):
    """The directions of a set of latents: ``components`` (256, 256), unit rows, widest first;
    ``deviations`` (256,) along them; ``spread`` (256,): the deviation of each single float.
    """

    components: Floats
    deviations: Floats
    spread: Floats

    @property
    def shares(self) -> Floats:
        """Share of the variance along each component."""
        variance = np.square(self.deviations)
        return variance / variance.sum()

    def direction(self, name: str) -> Floats:
        """One standard deviation (256,) along "PC 3" or "dimension 17" (both 1-based)."""
        kind, _, number = str(name).partition(" ")
        size = len(self.spread)
        if kind not in (PRINCIPAL, SINGLE) or not number.isdecimal() or len(number) > 4:
            raise InputError(
                f'A direction is "{PRINCIPAL} 1" or "{SINGLE} 1", up to {size}, '
                f"not {shorten(str(name))}."
            )
        row = int(number) - 1
        if not 0 <= row < size:
            raise InputError(f"There is no {kind} {number}: the latent has {size} dimensions.")
        if kind == PRINCIPAL:
            return self.components[row] * self.deviations[row]
        return np.eye(size, dtype=np.float32)[row] * self.spread[row]


def principal_axes(latents: NDArray) -> PrincipalAxes:
    """Principal components of latents (n, d); signs make the largest weight positive."""
    points = np.asarray(latents, np.float32)
    points = points - points.mean(axis=0)
    values, vectors = np.linalg.eigh(points.T @ points / max(len(points), 1))
    components = vectors.T[::-1].astype(np.float32)
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    deviations = np.sqrt(np.maximum(values[::-1], 0)).astype(np.float32)
    return PrincipalAxes(components * np.sign(largest), deviations, points.std(axis=0))


def interpolate(model: Any, start: str, end: str, steps: int = STEPS) -> LatentPath:
    """Interpolate linearly between the latents of two sequences.

    Parameters
    ----------
    start, end : str
        20 to ``model.max_length`` nt; middles stay aligned, the length changes along the path.
    steps : int
        Points on the path, both ends among them.
    """
    check_whole(steps, 2, "The number of steps")
    amounts = np.linspace(0, 1, steps, dtype=np.float32)
    ends = encode_in(model, [start, end])
    latents = (1 - amounts)[:, None] * ends[:1] + amounts[:, None] * ends[1:]
    lengths = np.rint((1 - amounts) * len(start) + amounts * len(end)).astype(int)
    return _decode_path(model, amounts, latents, lengths.tolist())


def traverse(
    model: Any, sequence: str, direction: NDArray, *, limit: float = LIMIT, steps: int = STEPS
) -> LatentPath:
    """Traverse the latent of a sequence along a direction (256,), up to `limit` times both ways."""
    check_whole(steps, 2, "The number of steps")
    amounts = np.linspace(-limit, limit, steps, dtype=np.float32)
    latent = encode_in(model, [sequence])
    try:
        along = np.asarray(direction, np.float32)
    except (TypeError, ValueError):
        along = np.empty(0, np.float32)
    if along.shape != latent[0].shape:
        what = np.shape(direction) or type(direction).__name__
        raise InputError(f"A direction is {latent.size} numbers, not {what}.")
    latents = latent + amounts[:, None] * along
    return _decode_path(model, amounts, latents, [len(sequence)] * steps)


def decoder_sensitivity(model: Any, sequence: str, directions: NDArray) -> Floats:
    """Sensitivity of the decoded bases to each direction, position by position.

    Parameters
    ----------
    sequence : str
    directions : ndarray, shape (n, 256)

    Returns
    -------
    ndarray, shape (n, L)
        0 to 1: the larger total variation distance between the decoder's base probabilities at
        the sequence's latent and at either end of the direction around it.
    """
    latent = encode_in(model, [sequence])
    length = len(sequence)
    unmoved = decoded(model, latent, [length])[0]
    sensitivity = np.zeros((len(directions), length), np.float32)
    for sign in (-1, 1):
        moved = decoded(model, latent + sign * np.asarray(directions), [length] * len(directions))
        change = np.abs(np.stack(moved) - unmoved).sum(axis=1) / 2
        sensitivity = np.maximum(sensitivity, change.astype(np.float32))
    return sensitivity


def _decode_path(model: Any, amounts: Floats, latents: Floats, lengths: list[int]) -> LatentPath:
    probabilities = decoded(model, latents, lengths)
    bases = [from_one_hot(p) for p in probabilities]
    frozen = model.classify_latents(latents) if can(model, "classify_latents") else None
    sites = label_probabilities(model, bases) if can(model, "score_windows") else None
    drift = np.linalg.norm(encode_in(model, bases) - latents, axis=1)
    return LatentPath(amounts, latents, bases, probabilities, sites, frozen, drift)
