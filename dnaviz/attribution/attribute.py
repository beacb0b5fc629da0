"""Attribution methods behind one call, with a check of how well each explains the score.

What is explained is the site's log-odds, ln(p / (1 - p)): near certainty a probability hardly moves
whatever is changed, its log-odds still do, and attributions that add up stay meaningful.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from dnaviz.attribution.integrate import integrate
from dnaviz.attribution.mutagenesis import changed, substitutions
from dnaviz.attribution.shuffle import dinucleotide_shuffle
from dnaviz.attribution.window import SiteWindow, describe_site, site_window
from dnaviz.errors import InputError, check_whole
from dnaviz.models.protocol import window_gradients, window_scores
from dnaviz.plots import axes_for, draw_logo
from dnaviz.progress import Progress, Stepwise, one_by_one, stepwise
from dnaviz.sequences import BASES, AnySequences, Sequence, as_sequences, is_single, one_hot
from dnaviz.splicing.scan import SITES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from dnaviz.models import SiteScorer

METHODS = {
    "integrated_gradients": "Integrated Gradients",
    "input_x_gradient": "Input × Gradient",
    "occlusion": "Occlusion",
    "mutagenesis": "Saturation mutagenesis",
}
BASELINES = {
    "uniform": "uniform (every base 0.25)",
    "zeros": "zeros (no sequence)",
    "shuffles": "mean over dinucleotide shuffles",
}

WITH_BASELINE = ("integrated_gradients", "occlusion")
"""Methods whose values depend on the baseline; the delta of all does."""

PLOTTED = (60, 30)
"""Most bases before and after the site that `Attribution.plot` shows."""

SHUFFLES = 10
TOLERANCE = 0.01
_NEGLIGIBLE = 1e-5  # log-odds; a gap of zero cannot be met to 1 % of itself


class Attribution(NamedTuple):
    """What `attribute` returns; columns run in the sense of the strand.

    Attributes
    ----------
    values : numpy.ndarray
        float32 of shape (4, w), rows A C G T, in log-odds (natural logarithm). For
        Integrated Gradients, Input x Gradient and Occlusion their sum over the rows is
        `contributions`; for saturation mutagenesis the change when the column becomes that base.
        Hypothetical ones: what each base would contribute if it were there.
    contributions : numpy.ndarray
        float32 of shape (w,): how much each base speaks for the site (against it where negative);
        for saturation mutagenesis the mean loss over the other three bases, or over all
        four where the base is not known.
    bases : str
        The w bases.
    positions, offsets : numpy.ndarray
        int of shape (w,): 1-based forward coordinates, and distances from the site (0).
    name, position, strand, site, method, baseline
        What was explained, and how.
    probability, score, baseline_score : float
        The site's probability; its log-odds f(x); the (mean) log-odds of the baseline f(b).
    delta : float
        Sum of the contributions minus (f(x) - f(b)): the convergence delta, log-odds.
    relative_delta : float
        The size of delta as a fraction of that of f(x) - f(b).
    steps : int
        Steps between each baseline and the sequence (0 for methods without steps).
    converged : bool
        Whether the contributions add up to f(x) - f(b) within 1 %. Integrated Gradients takes more
        steps until they do, up to a cap; the other methods do not promise it.
    """

    values: np.ndarray
    contributions: np.ndarray
    bases: str
    positions: np.ndarray
    offsets: np.ndarray
    name: str
    position: int
    strand: str
    site: str
    method: str
    baseline: str
    probability: float
    score: float
    baseline_score: float
    delta: float
    relative_delta: float
    steps: int
    converged: bool

    @property
    def verdict(self) -> str:
        """One or two plain sentences about the convergence delta."""
        gap = self.score - self.baseline_score
        if abs(gap) <= _NEGLIGIBLE:
            return (
                "The sequence scores as its baseline does: there is no difference to explain "
                f"(the contributions add up to {self.delta + gap:+.3g} log-odds)."
            )
        over = f" over the baseline {self.baseline}" if self.method not in WITH_BASELINE else ""
        sizes = f"delta {self.delta:+.3g} of {gap:+.3g} log-odds{over}, {self.relative_delta:.2%}"
        if self.method != "integrated_gradients":
            if self.converged:
                return f"The contributions add up to the score ({sizes})."
            return (
                f"The contributions do not add up to the score ({sizes}); "
                f"{METHODS[self.method]} does not promise that they do."
            )
        if self.converged:
            return (
                f"Explanation complete: {1 - self.relative_delta:.1%} of the score accounted for "
                f"({sizes}; {self.steps} steps)."
            )
        return (
            f"Explanation incomplete: {sizes} after {self.steps} steps, the most that are taken; "
            "read single contributions with care."
        )

    def __repr__(self) -> str:
        return (
            f"Attribution({describe_site(self)}, {METHODS[self.method]}, {len(self.bases)} bases: "
            f"score {self.score:+.3g}, delta {self.delta:+.2g})"
        )

    def table(self) -> pd.DataFrame:
        """Return one row for each base: position, offset, base, contribution and A C G T values."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, Any]:
        """Return the columns of `table` by name."""
        columns = {
            "position": self.positions,
            "offset": self.offsets,
            "base": list(self.bases),
            "contribution": self.contributions,
        }
        return columns | dict(zip("ACGT", self.values, strict=True))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the contributions around the site as a logo, in the sense of its strand.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        ax = axes_for(
            ax,
            title=describe_site(self),
            xlabel=f"offset from the {self.site} (nt)",
            ylabel="contribution (log-odds)",
        )
        before, after = PLOTTED
        inside = np.flatnonzero((self.offsets >= -before) & (self.offsets <= after))
        # An ambiguity code has no letter.
        is_base = np.array([[self.bases[i] == base for i in inside] for base in BASES])
        draw_logo(ax, is_base * self.contributions[inside], self.offsets[inside])
        return ax


@overload
def attribute(
    sequence: str | Sequence, *, site: str = ..., position: int | None = ..., strand: str = ...,
    method: str = ..., baseline: str = ..., model: SiteScorer | None = ..., seed: int = ...,
    hypothetical: bool = ..., progress: Progress | None = ...,
) -> Attribution: ...  # fmt: skip
@overload
def attribute(
    sequence: list[Any] | pd.Series | pd.DataFrame, *, site: str = ..., position: int | None = ...,
    strand: str = ..., method: str = ..., baseline: str = ..., model: SiteScorer | None = ...,
    seed: int = ..., hypothetical: bool = ..., progress: Progress | None = ...,
) -> list[Attribution]: ...  # fmt: skip
@stepwise
def attribute(
    sequence: AnySequences,
    *,
    site: str = "donor",
    position: int | None = None,
    strand: str = "+",
    method: str = "integrated_gradients",
    baseline: str = "uniform",
    model: SiteScorer | None = None,
    seed: int = 0,
    hypothetical: bool = False,
    progress: Progress | None = None,
) -> Stepwise[Attribution | list[Attribution]]:
    """Explain the log-odds of a site by the bases the model sees around it.

    Parameters
    ----------
    sequence : str, Sequence, record of another library, one-hot array, or several of them
        As `dnaviz.sequences.as_sequences` takes them; each has at least 20 nt.
    site : "donor" or "acceptor"
    position : int, optional
        1-based forward coordinate, of each sequence; by default its middle.
    strand : "+" or "-"
    method : str
        One of `METHODS`.
    baseline : str
        One of `BASELINES`: what the sequence is compared with. Input x Gradient and saturation
        mutagenesis use none; their delta is still measured against it.
    model : SiteScorer, optional
        By default the shipped one.
    seed : int
        Of the shuffles; the same seed gives the same result.
    hypothetical : bool
        Have `values` say what each base would contribute if it were there, as TF-MoDISco takes
        them: those of the base that is there are `contributions`. Occlusion has none.
    progress : callable, optional
        Is given the fraction done, 0 to 1; to cancel, it raises.

    Returns
    -------
    Attribution, or list of Attribution for several

    Raises
    ------
    InputError
        If an argument is none of the above, or the position lies outside a sequence.
    """

    from dnaviz.models import given_or_shipped

    _choose("method", method, METHODS)
    _choose("baseline", baseline, BASELINES)
    check_whole(seed, 0, "The seed")
    if hypothetical and method == "occlusion":
        raise InputError("Occlusion has no hypothetical contributions: choose another method.")
    model = given_or_shipped(model, "score_windows")

    def explain(record: AnySequences) -> Stepwise[Attribution]:
        window = site_window(
            record, site=site, position=position, strand=strand, context=model.context
        )
        return (yield from _attribute(window, model, method, baseline, seed, hypothetical))

    if is_single(sequence):
        return (yield from explain(sequence))
    return (yield from one_by_one([explain(record) for record in as_sequences(sequence)]))


def _attribute(
    window: SiteWindow, model: SiteScorer, method: str, baseline: str, seed: int, hypothetical: bool
) -> Stepwise[Attribution]:
    from dnaviz.models import log_odds_to_probabilities, require

    baselines = _baselines(window, baseline, seed)
    at_site, at_baseline = _scores(model, window, baselines)
    gap, steps = at_site - at_baseline, 0
    if method == "integrated_gradients":
        require(model, "gradients")
        full, steps = yield from integrate(
            model,  # type: ignore[arg-type]
            window,
            baselines,
            partial(_adds_up, gap=gap),
            hypothetical=hypothetical,
        )
    elif method == "input_x_gradient":
        require(model, "gradients")
        full = window_gradients(model, window.array[None], window.site)[1][0]
        full = full if hypothetical else full * window.array
    elif method == "occlusion":
        full = yield from _occlusion(model, window, baselines)
    else:
        assert method == "mutagenesis", "a method that METHODS has needs a branch here"
        full = _mutagenesis(model, window)
    values = full[:, window.columns].astype(np.float32)
    if method == "mutagenesis":
        contributions = -values.sum(0) / (window.array[:, window.columns] != 1).sum(0)
        # Of each base the mean gain over the other three.
        values = (values - values.mean(0)) * np.float32(4 / 3) if hypothetical else values
    else:
        there = window.array[:, window.columns] if hypothetical else 1
        contributions = (values * there).sum(0)
    delta = float(contributions.sum(dtype=np.float64)) - gap
    return Attribution(
        values=values,
        contributions=contributions,
        bases=window.bases,
        positions=window.positions,
        offsets=window.offsets,
        name=window.name,
        position=window.position,
        strand=window.strand,
        site=window.site,
        method=method,
        baseline=baseline,
        probability=float(log_odds_to_probabilities(np.array(at_site))),
        score=at_site,
        baseline_score=at_baseline,
        delta=delta,
        relative_delta=abs(delta) / max(abs(gap), _NEGLIGIBLE),
        steps=steps,
        converged=_adds_up(gap + delta, gap=gap),
    )


def _choose(what: str, value: object, choices: dict[str, str]) -> None:
    if not isinstance(value, str) or value not in choices:
        options = ", ".join(choices)
        raise InputError(f'There is no {what} "{str(value)[:40]}"; known are {options}.')


def _adds_up(total: float, *, gap: float) -> bool:
    return abs(total - gap) <= max(TOLERANCE * abs(gap), _NEGLIGIBLE)


def _baselines(window: SiteWindow, baseline: str, seed: int) -> np.ndarray:
    """Return the baselines, shape (k, 4, 2 * context + 1), zeros beyond the sequence."""
    arrays = np.zeros((SHUFFLES if baseline == "shuffles" else 1, *window.array.shape), np.float32)
    if baseline == "uniform":
        arrays[:, :, window.columns] = 0.25
    elif baseline == "shuffles":
        generator = np.random.default_rng(seed)
        for array in arrays:
            array[:, window.columns] = one_hot(dinucleotide_shuffle(window.bases, generator))
    return arrays


def _scores(model: SiteScorer, window: SiteWindow, baselines: np.ndarray) -> tuple[float, float]:
    """Return the log-odds of the window, and the mean over the baselines."""
    scores = window_scores(model, np.concatenate([window.array[None], baselines]))
    at_site, *at_baselines = scores[:, SITES.index(window.site)].astype(float)
    return float(at_site), float(np.mean(at_baselines))


def _occlusion(
    model: SiteScorer, window: SiteWindow, baselines: np.ndarray
) -> Stepwise[np.ndarray]:
    """Return, at the base that is there, how much the score falls when the baseline replaces it."""
    columns = np.arange(window.columns.start, window.columns.stop)
    falls = np.zeros(window.array.shape[1])
    for number, baseline in enumerate(baselines):
        scores, reference = changed(model, window, columns, baseline.T[columns])
        # Nothing changes where the baseline has the same base; let no rounding say otherwise.
        same = (baseline == window.array).all(0)[columns]
        falls[columns] += np.where(same, 0, reference - scores)
        yield (number + 1) / len(baselines)
    return falls / len(baselines) * window.array


def _mutagenesis(model: SiteScorer, window: SiteWindow) -> np.ndarray:
    scores, reference = substitutions(model, window, np.arange(len(window.bases)))
    values = np.zeros(window.array.shape)
    values[:, window.columns] = scores - reference
    values[window.array == 1] = 0
    return values
