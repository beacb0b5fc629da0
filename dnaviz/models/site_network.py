"""A PyTorch network of anybody's that scores every position, with what dnaviz asks of a model."""

from __future__ import annotations

import collections.abc
import hashlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnaviz.errors import InputError, check_type
from dnaviz.models.protocol import NEEDED, SITES, Floats, check_site, checked_windows
from dnaviz.sequences import one_hot

CHUNK, BATCH = 4_096, 64  # positions, and windows, that are scored together
_LEAST = 1e-38  # of a probability


class SiteNetwork:
    """A network as a model that scores sites, with gradients: for scans and attributions.

    Parameters
    ----------
    network : torch.nn.Module
        ``(n, 4, w + 2 * context) -> (n, k, w)``: one-hot bases A, C, G, T, even mixtures of
        them for ambiguity codes (N: 0.25 each), zeros beyond a sequence's ends, to k classes at
        each base without its context. It is put in eval mode, and computes where it is and as
        precisely as its weights are.
    name : str
        As pages show it.
    context : int
        Bases on each side that a position sees.
    outputs : sequence of str
        What the k classes are, of which one is "donor", one "acceptor" and others neither.
    probabilities : bool
        Whether they are probabilities, as after a softmax; by default logits.

    Raises
    ------
    InputError
        If the network gives anything else, or sees farther than its context.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        name: str,
        context: int,
        outputs: collections.abc.Sequence[str] = ("neither", "donor", "acceptor"),
        probabilities: bool = False,
    ) -> None:
        check_type(network, nn.Module, "a torch.nn.Module")
        self.network = network.eval().requires_grad_(False)
        self._like = next(network.parameters(), torch.empty(0))
        self.name, self.context = name, int(context)
        self.outputs, self.probabilities = tuple(outputs), probabilities
        if missing := [site for site in SITES if site not in self.outputs]:
            raise InputError(f"The outputs of the model {name} name no {' and no '.join(missing)}.")
        if twice := [site for site in SITES if self.outputs.count(site) > 1]:
            raise InputError(f"The outputs of the model {name} name {twice[0]} more than once.")
        if len(self.outputs) == len(SITES):
            raise InputError(
                f"The outputs of the model {name} are a donor and an acceptor alone, so every base "
                "would be one of them: name a class that is neither, too."
            )
        weights = hashlib.sha256()
        for key, value in network.state_dict().items():
            raw = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)  # bfloat16 too
            weights.update(key.encode() + raw.numpy().tobytes())
        self.sha256 = weights.hexdigest()
        self._check()

    def score_positions(
        self, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
    ) -> list[Floats]:
        """See :class:`dnaviz.models.protocol.SiteScorer`."""
        scores = []
        wanted = spans or [slice(None)] * len(sequences)
        for bases, part in zip(sequences, wanted, strict=True):
            span = range(*part.indices(len(bases)))
            x = np.pad(one_hot(bases).astype(np.float32), ((0, 0), (self.context, self.context)))
            pieces = [np.empty((len(SITES), 0), np.float32)]
            for start in range(span.start, span.stop, CHUNK):
                stop = min(start + CHUNK, span.stop) + 2 * self.context
                with torch.inference_mode():
                    y = self._log_odds(torch.from_numpy(x[None, :, start:stop]))
                pieces.append(y[0].numpy())
            scores.append(np.concatenate(pieces, axis=1))
        return scores

    def score_windows(self, windows: NDArray) -> Floats:
        """See :class:`dnaviz.models.protocol.SiteScorer`."""
        with torch.inference_mode():
            parts = torch.as_tensor(checked_windows(windows)).split(BATCH)
            return np.concatenate([self._middle(part).numpy() for part in parts])

    def gradients(self, windows: NDArray, site: str) -> tuple[Floats, Floats]:
        """See :class:`dnaviz.models.protocol.Differentiable`."""
        check_site(site)
        scores, slopes = [], []
        for part in torch.as_tensor(checked_windows(windows)).split(BATCH):
            x = part.clone().requires_grad_()
            values = self._middle(x)[:, SITES.index(site)]
            if not values.requires_grad:
                raise InputError(f"The model {self.name} has {NEEDED['gradients']}.")
            (slope,) = torch.autograd.grad(values.sum(), x)
            scores.append(values.detach().numpy())
            slopes.append(slope.numpy())
        return np.concatenate(scores), np.concatenate(slopes)

    def _middle(self, x: Tensor) -> Tensor:
        """Log-odds (n, 2) of the middle of windows (n, 4, w) of any width."""
        first = x.shape[-1] // 2 - self.context
        stop = x.shape[-1] // 2 + self.context + 1
        return self._log_odds(nn.functional.pad(x, (-first, stop - x.shape[-1])))[..., 0]

    def _log_odds(self, x: Tensor) -> Tensor:
        y = self.network.eval()(x.to(self._like)).to(x)
        if self.probabilities:
            y = y.clamp_min(_LEAST).log()
        rows = []
        for site in SITES:
            k = self.outputs.index(site)
            others = [i for i in range(len(self.outputs)) if i != k]
            rows.append(y[:, k] - torch.logsumexp(y[:, others], dim=1))
        return torch.stack(rows, dim=1)

    def _check(self) -> None:
        width = 3
        x = torch.full((1, 4, width + 2 * self.context), 0.25)
        with torch.inference_mode():
            try:
                y = self.network(x.to(self._like))
            except (RuntimeError, TypeError, ValueError) as error:
                first = (str(error).splitlines() or [""])[0][:200]
                raise InputError(
                    f"The model {self.name} takes no bases of shape {tuple(x.shape)}: {first}"
                ) from error
        shape, wanted = getattr(y, "shape", None), (1, len(self.outputs), width)
        if shape is None or tuple(shape) != wanted:
            raise InputError(
                f"Of bases (1, 4, {width} + 2 * {self.context}) the model {self.name} gives "
                f"{type(y).__name__ if shape is None else tuple(shape)}, not {wanted}: check its "
                "context and outputs."
            )
        total = y.float().sum(dim=1)
        adds_up = bool((y >= 0).all()) and torch.allclose(total, torch.ones_like(total), atol=1e-2)
        if self.probabilities and not adds_up:
            raise InputError(
                f"What the model {self.name} gives for a base does not add up to 1: these are no "
                "probabilities of its classes; leave probabilities=True out where they are logits."
            )
        if adds_up and not self.probabilities:
            raise InputError(
                f"What the model {self.name} gives for a base adds up to 1, so these are "
                "probabilities: say probabilities=True."
            )
        self._check_context()

    def _check_context(self) -> None:
        """Refuse a network whose scores of a base hang on bases beyond its context."""
        width, span = 33, 2 * self.context + 1
        codes = np.random.default_rng(0).integers(0, 4, width - 1 + span)
        x = torch.from_numpy(np.eye(4, dtype=np.float32)[codes].T[None].copy())
        precise = self._like.dtype in (torch.float32, torch.float64)
        with torch.inference_mode():
            together = self._log_odds(x)[..., [0, -1]]
            alone = torch.cat([self._log_odds(x[..., :span]), self._log_odds(x[..., -span:])], -1)
        if not torch.allclose(
            together, alone, rtol=0.02, atol=0.1 if precise else 1.0, equal_nan=True
        ):
            raise InputError(
                f"What the model {self.name} gives for a base changes with bases farther away than "
                f"its context, {self.context} nt: give the context that it has."
            )
