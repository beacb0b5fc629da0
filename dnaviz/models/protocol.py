"""What dnaviz asks of a model: a few methods on text and arrays, whatever it is written in.

A model has :class:`DNAModel`'s attributes and ``encode``. All else is optional; what a model has
decides what can be shown of it:

===================  ============================================================================
``decode``           reconstructions, interpolation, traversal (:class:`Decoder`)
``score_positions``  scans, effects of variants, the splice inspector (:class:`SiteScorer`)
``score_windows``    saturation mutagenesis and occlusion
``gradients``        Integrated Gradients, Input x Gradient
``ood_score``        an `OodScore`: the warning about sequences unlike what it learned from
===================  ============================================================================

`require` tells in one sentence what a model lacks. Nothing here needs torch.
"""

from __future__ import annotations

import collections.abc
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.sequences import BASES, centered_one_hot
from dnaviz.sequences.convert import to_numpy

Floats = NDArray[np.float32]

SITES = ("donor", "acceptor")
"""Rows of all scores."""

MANY = 100
"""Bases by whose scores it is told whether these are probabilities."""

ROUNDING = 1e-2
"""How far the sum of probabilities may lie from 1, as in half precision."""


@runtime_checkable
class DNAModel(Protocol):
    """An encoder of DNA.

    Attributes
    ----------
    name : str
        As pages and reports show it.
    sha256 : str
        Of its weights: an atlas made with it refuses latents of any other.
    latent_dim : int
        Width d of its latents.
    min_length, max_length : int
        Lengths (nt) of sequences that it encodes.
    """

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def latent_dim(self) -> int: ...
    @property
    def min_length(self) -> int: ...
    @property
    def max_length(self) -> int: ...

    def encode(self, sequences: list[str]) -> Floats:
        """Return the latents, shape (n, d), of upper-case sequences of IUPAC codes."""
        ...


@runtime_checkable
class Decoder(Protocol):
    """A model that writes sequences from latents."""

    def decode(self, latents: Floats, lengths: list[int] | None = None) -> list[Floats]:
        """Return for each latent the probabilities of A, C, G, T at each base, shape (4, L_i)."""
        ...


@runtime_checkable
class SiteScorer(Protocol):
    """A model that scores every base as a donor and as an acceptor.

    Attributes
    ----------
    context : int
        Bases (nt) on each side that a score may depend on.
    """

    context: int

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...

    def score_positions(
        self, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
    ) -> list[Floats]:
        """Return the log-odds ln(p / (1 - p)) at each base, rows donor and acceptor.

        Parameters
        ----------
        sequences : list of str
            Upper case, in the sense of the strand that is looked at; any length from 1. Beyond
            their ends the model sees nothing.
        spans : sequence of slice, optional
            Of each sequence the (0-based) positions that are asked for; by default all.

        Returns
        -------
        list of ndarray, shape (2, L_i), float32
        """
        ...

    def score_windows(self, windows: NDArray) -> Floats:
        """Return the log-odds of the middle of windows, shape (n, 2): donor, acceptor.

        Parameters
        ----------
        windows : ndarray, shape (n, 4, w)
            One-hot bases A, C, G, T, or mixtures of them; zeros where there is no sequence. The
            middle is column ``w // 2``.
        """
        ...


@runtime_checkable
class Differentiable(Protocol):
    """A model whose window scores have gradients."""

    def gradients(self, windows: NDArray, site: str) -> tuple[Floats, Floats]:
        """Return the log-odds (n,) of a site in the middle of windows (n, 4, w), and gradients."""
        ...


AUTOENCODER = "autoencoder"
"""What the only latent space of a model is called, unless it says otherwise."""


def latent_spaces(model: Any) -> dict[str, str]:
    """By name of each latent space of a model, the hash of the weights behind it.

    A model with several has them as its attribute ``spaces``, and its ``encode`` takes a ``space``.
    """
    spaces = getattr(model, "spaces", None)
    return dict(spaces) if spaces else {AUTOENCODER: str(model.sha256)}


def encode_in(model: Any, sequences: list[str], space: str = AUTOENCODER) -> Floats:
    """Return the latents (n, d) of sequences in one of a model's spaces.

    Raises
    ------
    InputError
        If the model has no such space, does not take a sequence's length, or gives anything but
        finite numbers of that shape.
    """
    if space not in (spaces := latent_spaces(model)):
        raise InputError(
            f"The model {model.name} has no {space} latents, only {', '.join(spaces)}."
        )
    if space == AUTOENCODER:
        for sequence in sequences:
            if not model.min_length <= len(sequence) <= model.max_length:
                raise InputError(
                    f"The model {model.name} encodes {model.min_length:,} to "
                    f"{model.max_length:,} nt, not {len(sequence):,}."
                )
    given = model.encode(sequences) if len(spaces) == 1 else model.encode(sequences, space=space)
    width = getattr(model, "latent_dim", None) if space == AUTOENCODER else None
    latents = _numbers(model, given, (len(sequences), width), "latents")
    if not np.isfinite(latents).all():
        raise InputError(f"The model {model.name} gave latents that are not finite (float32).")
    return latents


def position_scores(
    model: Any, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
) -> list[Floats]:
    """Return what a model's `SiteScorer.score_positions` gives.

    Raises
    ------
    InputError
        If it is anything but numbers of the shape that is asked for, or looks like probabilities.
    """
    parts = spans or [slice(None)] * len(sequences)
    lengths = [len(range(len(s))[part]) for s, part in zip(sequences, parts, strict=True)]
    given = model.score_positions(sequences, spans)
    scores = _arrays(model, given, len(SITES), lengths, "log-odds of bases")
    # A base is not likely a donor and likely an acceptor, let alone every base.
    like_shares = sum(lengths) >= MANY and all(((s >= 0) & (s <= 1)).all() for s in scores)
    if like_shares and any((s > 0).any() for s in scores):
        raise InputError(
            f"The model {model.name} gave numbers from 0 to 1 for every base, as probabilities "
            "are: log-odds, ln(p / (1 - p)), are asked for."
        )
    return scores


def window_scores(model: Any, windows: NDArray) -> Floats:
    """Return what a model's `SiteScorer.score_windows` gives; raises as `position_scores`."""
    shape = (len(windows), len(SITES))
    return _numbers(model, model.score_windows(windows), shape, "log-odds of windows")


def window_gradients(model: Any, windows: NDArray, site: str) -> tuple[Floats, Floats]:
    """Return what a model's `Differentiable.gradients` gives; raises as `position_scores`."""
    scores, slopes = model.gradients(windows, site)
    return (
        _numbers(model, scores, (len(windows),), f"log-odds of a {site}"),
        _numbers(model, slopes, tuple(windows.shape), "gradients"),
    )


def decoded(model: Any, latents: Floats, lengths: list[int]) -> list[Floats]:
    """Return what a model's `Decoder.decode` gives; raises as `position_scores`."""
    given = model.decode(latents, lengths)
    arrays = _arrays(model, given, len(BASES), lengths, "probabilities of bases")
    if any((a < 0).any() or (np.abs(a.sum(axis=0) - 1) > ROUNDING).any() for a in arrays):
        raise InputError(
            f"The model {model.name} gave probabilities of bases that do not add up to 1 at each "
            "base: a softmax of logits is asked for."
        )
    return arrays


def _arrays(model: Any, given: Any, rows: int, lengths: list[int], what: str) -> list[Floats]:
    arrays = list(given)
    if len(arrays) != len(lengths):
        raise InputError(
            f"The model {model.name} gave {len(arrays):,} arrays of {what}, not {len(lengths):,}."
        )
    return [
        _numbers(model, array, (rows, length), what)
        for array, length in zip(arrays, lengths, strict=True)
    ]


def _numbers(model: Any, given: Any, shape: tuple[int | None, ...], what: str) -> Floats:
    """Return an array of this shape (None: any) without NaN as float32, or refuse it."""
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(given, np.float32)
    except (TypeError, ValueError, RuntimeError):  # uneven lists; a tensor on a GPU, or of a graph
        kind = type(given).__name__
        raise InputError(
            f"The model {model.name} gave a {kind} as {what} that is no array of numbers: give "
            f"NumPy's, of shape {shape}."
        ) from None
    own = tuple(array.shape)
    if len(own) != len(shape) or any(n not in (m, None) for m, n in zip(own, shape, strict=True)):
        raise InputError(f"The model {model.name} gave {what} of shape {own}, not {shape}.")
    if np.isnan(array).any():
        raise InputError(f"The model {model.name} gave {what} that are no numbers (NaN).")
    return array


def site_probabilities(model: Any, sequences: list[str]) -> Floats:
    """Return the probabilities (n, 2) of a donor and of an acceptor in the middle of sequences."""
    windows = centered_one_hot(sequences, 2 * model.context + 1)
    return log_odds_to_probabilities(window_scores(model, windows))


def label_probabilities(model: Any, sequences: list[str]) -> Floats:
    """Return the probabilities (n, 3) of neither, a donor and an acceptor in their middle.

    A model that scores both by themselves may give them more than 1 together: then neither has 0.
    """
    sites = site_probabilities(model, sequences)
    neither = np.maximum(1 - sites.sum(axis=1), 0)
    return np.column_stack([neither, sites]).astype(np.float32)


NEEDED: dict[str, str] = {
    "decode": "no decoder, so it has no reconstructions",
    "score_positions": "no splice-site scores, so it cannot scan a sequence",
    "score_windows": "no splice-site scores, so there is nothing to explain",
    "gradients": "no gradients: choose saturation mutagenesis or occlusion",
    "ood_score": "no out-of-distribution score",
}


def can(model: Any, method: str) -> bool:
    """Whether a model has one of the optional methods."""
    return callable(getattr(model, method, None))


def checked_model(model: Any, name: str) -> DNAModel:
    """Return a model, made by what is called `name`, that has all that every model has.

    Raises
    ------
    InputError
        With what it lacks.
    """
    if not isinstance(model, DNAModel):
        parts = ("name", "sha256", "latent_dim", "min_length", "max_length", "encode")
        missing = ", ".join(part for part in parts if not hasattr(model, part))
        raise InputError(f"What {name} returns is no model: it has no {missing}.")
    return model


def lacks(model: Any, method: str) -> str:
    """Say in one sentence what a model lacks; empty where it has the optional method."""
    if can(model, method):
        return ""
    return f"The model {getattr(model, 'name', None) or type(model).__name__} has {NEEDED[method]}."


def require(model: Any, *methods: str) -> None:
    """Make sure that a model has some of the optional methods.

    Raises
    ------
    InputError
        With one sentence about what the model lacks.
    """
    for sentence in filter(None, (lacks(model, method) for method in methods)):
        raise InputError(sentence)
    context = getattr(model, "context", None)
    if any(m.startswith("score_") for m in methods) and not (
        isinstance(context, int | np.integer) and context >= 0
    ):
        raise InputError(
            f"The model {model.name} has no whole number from 0 as its context, how many bases on "
            "each side its scores see."
        )


def given_or_shipped(model: Any, *methods: str) -> Any:
    """Return the model that is given, or else the shipped one, with some of the optional methods.

    Raises
    ------
    InputError
        As `require`.
    """
    if model is None:
        from dnaviz.models import load_model

        model = load_model()
    require(model, *methods)
    return model


def check_site(site: object) -> None:
    """Refuse what is none of `SITES`."""
    if not isinstance(site, str) or site not in SITES:
        raise InputError(f'A site is "donor" or "acceptor", not "{str(site)[:20]}".')


def checked_latents(latents: Any, width: int) -> Floats:
    """Return latents (n, width) as float32.

    Raises
    ------
    InputError
        If they have another shape, or are not all finite numbers.
    """
    try:
        array = to_numpy(latents).astype(np.float32, copy=False)
    except (TypeError, ValueError):
        array = np.empty(0, np.float32)
    if array.ndim != 2 or array.shape[1] != width:
        raise InputError(f"Latents are numbers of shape (n, {width}), not {np.shape(latents)}.")
    if not np.isfinite(array).all():
        raise InputError("Latents hold NaN or infinite values.")
    return array


def checked_windows(windows: Any) -> Floats:
    """Return windows (n, 4, w) as float32.

    Raises
    ------
    InputError
        If they have another shape.
    """
    array = to_numpy(windows).astype(np.float32, copy=False)
    if array.ndim != 3 or array.shape[1] != len(BASES) or not array.shape[2]:
        raise InputError(f"Windows have shape (n, {len(BASES)}, w), not {array.shape}.")
    return array


def log_odds_to_probabilities(log_odds: NDArray) -> Floats:
    """Return 1 / (1 + exp(-log-odds)), float32 of the same shape."""
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-np.asarray(log_odds, np.float64)))).astype(np.float32)
