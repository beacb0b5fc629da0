"""The model as users see it: sequences in, arrays out."""

from __future__ import annotations

import collections.abc
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnaviz.deprecation import deprecated
from dnaviz.errors import InputError
from dnaviz.models import scoring
from dnaviz.models.architectures import AnyAutoencoder, load_autoencoder
from dnaviz.models.autoencoder import (
    BLANK,
    LATENT,
    MAX_LENGTH,
    MIN_LENGTH,
    Autoencoder,
    decoded_slice,
)
from dnaviz.models.checkpoint import load_checkpoint, save_checkpoint
from dnaviz.models.classifier import CONTEXT, LABELS, SPLICE_LATENT, SpliceHeads
from dnaviz.models.device import pick_device
from dnaviz.models.encoder import CANVAS
from dnaviz.models.ood import OodModel
from dnaviz.models.ood_score import OodScore
from dnaviz.models.plain import PlainClassifier, folded, load_plain
from dnaviz.models.protocol import Floats, checked_latents
from dnaviz.models.threads import map_threads
from dnaviz.models.tiles import ReconstructionResult, reconstruct
from dnaviz.sequences import (
    AnySequences,
    Sequence,
    as_sequence,
    as_sequences,
    centered_one_hot,
    one_hot,
)

SPACES = {"autoencoder": LATENT, "splice": SPLICE_LATENT}
HEADS = ("classifier", "frozen")
ASSETS = Path(__file__).parent.parent / "assets"
CHECKPOINTS = ("autoencoder", "splice", "familiarity")


class Model:
    """A trained autoencoder and the splice classifiers on it.

    Attributes
    ----------
    autoencoder : Autoencoder or RecurrentAutoencoder
    splice : PositionClassifier
        What scores splice sites; ``splice(x)`` gives logits of every position (see its docstring).
    fine_tuned : SpliceClassifier
        From the autoencoder; its latents are the space "splice". `splice`, unless that is plain.
    frozen : FrozenHead
        Logistic regression on the autoencoder's latents.
    min_length, max_length : int
        Lengths (nt) that the autoencoder takes in one piece.
    classifier : PlainClassifier or None
        As it was trained; `splice` is it with its batch norms folded, for speed.
    config : dict
        What the weights come from, by checkpoint name.
    ood_model : OodModel or None
        What human DNA looks like, behind :meth:`ood_score`.
    device : torch.device
        Where networks compute; arrays in and out are numpy's.
    batch_size : int
        Sequences or windows that go through a network together.
    """

    min_length = MIN_LENGTH
    max_length = MAX_LENGTH
    latent_dim = LATENT
    context = CONTEXT

    def __init__(
        self,
        autoencoder: AnyAutoencoder,
        heads: SpliceHeads,
        config: dict[str, Any],
        ood_model: OodModel | None = None,
        classifier: PlainClassifier | None = None,
        *,
        device: str = "cpu",
        batch_size: int = scoring.BATCH,
    ) -> None:
        if not isinstance(batch_size, int | np.integer) or batch_size < 1:
            raise InputError(f"A batch has a whole number of sequences from 1, not {batch_size}.")
        self.device, self.batch_size = pick_device(device), batch_size
        self.autoencoder = autoencoder.to(self.device).eval().requires_grad_(False)
        self.heads = heads.to(self.device).eval().requires_grad_(False)
        self.fine_tuned, self.frozen = heads.fine_tuned, heads.frozen
        self.classifier = classifier
        plain = None if classifier is None else folded(classifier).to(self.device)
        self.splice = heads.fine_tuned if plain is None else plain.requires_grad_(False)
        self.config = config
        self.ood_model = ood_model

    def __repr__(self) -> str:
        return f"Model({self.min_length}-{self.max_length} nt, latents {SPACES})"

    @property
    def name(self) -> str:
        """What pages and reports call it: ``dnaviz`` and the first of its hash."""
        return f"dnaviz {self.sha256[:12]}"

    @property
    def sha256(self) -> str:
        """Of all its weights: of the hashes of its checkpoints, by name."""
        hashes = [f"{k}:{v.get('weights_sha256', '')}" for k, v in sorted(self.config.items())]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @property
    def spaces(self) -> dict[str, str]:
        """By latent space, the hash of the weights behind it."""
        return {s: str(self.config.get(s, {}).get("weights_sha256", "")) for s in SPACES}

    @property
    def classifier_sha256(self) -> str:
        """Of the weights that score splice sites; empty where they come from no checkpoint."""
        config = self.config.get("classifier") or self.config.get("splice", {})
        return str(config.get("weights_sha256", ""))

    @classmethod
    def load(cls, folder: str | Path, **computing: Any) -> Model:
        """Read the checkpoints of a folder: autoencoder, splice, and familiarity if any.

        A plain classifier goes before the fine-tuned one; where it is alone, the rest is shipped.
        """
        folder = Path(folder)
        config: dict[str, Any] = {}
        classifier = None
        if (folder / "classifier.json").is_file():
            classifier, config["classifier"] = load_plain(folder)
            if not any((folder / f"{name}.json").exists() for name in CHECKPOINTS):
                folder = ASSETS
        autoencoder, config["autoencoder"] = load_autoencoder(folder)
        heads = SpliceHeads()
        config["splice"] = load_checkpoint(folder, "splice", heads)
        ood_model = None
        if (folder / "familiarity.json").is_file():
            ood_model = OodModel()
            config["familiarity"] = load_checkpoint(folder, "familiarity", ood_model)
        return cls(autoencoder, heads, config, ood_model, classifier, **computing)

    def save(self, folder: str | Path) -> None:
        """Write the model into a folder, as `load_model` reads it.

        Weights are safetensors; what they come from stands in a JSON file beside each. The model
        that is read again has the same hash, unless weights were changed.

        Parameters
        ----------
        folder : path
            Made if it is not there.

        Raises
        ------
        InputError
            When a model lies there already.
        """
        folder = Path(folder)
        parts: dict[str, nn.Module | None] = {
            "autoencoder": self.autoencoder,
            "splice": self.heads,
            "classifier": self.classifier,
            "familiarity": self.ood_model,
        }
        if folder.is_file() or any((folder / f"{name}.json").exists() for name in parts):
            raise InputError(f"{folder} holds a file or model already: name another folder.")
        for name, part in parts.items():
            if part is not None:
                save_checkpoint(folder, name, part, self.config.get(name, {}))

    @classmethod
    def untrained(cls, seed: int = 0) -> Model:
        """Make a model with random weights, for tests."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(Autoencoder(), SpliceHeads(), {})

    def encode(self, sequences: AnySequences, *, space: str = "autoencoder") -> np.ndarray:
        """Latents of sequences, as seen from their middle (0-based ``L // 2``).

        Parameters
        ----------
        sequences : str, Sequence, list, Series or what else `dnaviz.sequences.as_sequences` takes
            20 nt and longer; in the autoencoder's space up to ``max_length``.
        space : {"autoencoder", "splice"}
            The autoencoder's latent (256 floats) or the fine-tuned classifier's (64).

        Returns
        -------
        ndarray, shape (n, 256) or (n, 64), float32

        Raises
        ------
        InputError
            When a sequence is too short or too long, or the space is unknown.
        """
        if space not in SPACES:
            raise InputError(f"There is no latent space {space!r}: choose from {list(SPACES)}.")
        records = self._checked(sequences, MAX_LENGTH if space == "autoencoder" else None)
        network, width = {
            "autoencoder": (self.autoencoder.encoder, CANVAS),
            "splice": (self.fine_tuned.center_latents, 2 * CONTEXT + 1),
        }[space]
        return self._map_batches(network, records, width, SPACES[space])

    @torch.no_grad()
    def decode(self, latents: np.ndarray, lengths: list[int] | None = None) -> list[np.ndarray]:
        """Base probabilities that the decoder writes for latents, free-running.

        Parameters
        ----------
        latents : ndarray, shape (n, 256)
        lengths : list of int, optional
            Of the sequences; predicted when not given.

        Returns
        -------
        list of ndarray, shape (4, L_i), float32
            Probabilities of A, C, G, T; the columns sum to one.
        """
        latents = checked_latents(latents, LATENT)
        sizes = np.asarray(self.predict_lengths(latents) if lengths is None else lengths)
        unknown = set(sizes.flat) - set(range(1, MAX_LENGTH + 1))
        if unknown or sizes.shape != (len(latents),):
            raise InputError(f"Each latent needs one length of 1 to {MAX_LENGTH} nt.")
        probabilities: list[np.ndarray] = []
        for part in self._batches(len(sizes)):
            bases = self._decoded(latents[part])[:, :BLANK].softmax(1).cpu().numpy()
            slices = map(decoded_slice, sizes[part].astype(int).tolist())
            probabilities += [row[:, inside] for row, inside in zip(bases, slices, strict=True)]
        return probabilities

    @torch.no_grad()
    def predict_lengths(self, latents: np.ndarray) -> np.ndarray:
        """Lengths that the decoder reads from latents: the likeliest extent of its bases.

        Parameters
        ----------
        latents : ndarray, shape (n, 256)

        Returns
        -------
        ndarray, shape (n,), int64
            1 to ``max_length``.
        """
        latents = checked_latents(latents, LATENT)
        lengths = np.empty(len(latents), np.int64)
        for part in self._batches(len(latents)):
            blank = self._decoded(latents[part]).softmax(1)[:, BLANK].clamp(1e-4, 1 - 1e-4)
            evidence = ((1 - blank) / blank).log().cumsum(1).cpu().numpy()
            evidence = np.pad(evidence, ((0, 0), (1, 0)))
            extents = [decoded_slice(n) for n in range(1, MAX_LENGTH + 1)]
            gains = evidence[:, [e.stop for e in extents]] - evidence[:, [e.start for e in extents]]
            lengths[part] = gains.argmax(1) + 1
        return lengths

    def reconstruct(self, sequences: AnySequences) -> list[ReconstructionResult]:
        """Encode sequences and decode their latents again, free-running.

        Sequences longer than ``max_length`` go through in tiles that overlap by 100 bases; each
        base is read from the tile in which it lies farther from an end.

        Parameters
        ----------
        sequences : str, Sequence, list, Series or what else `dnaviz.sequences.as_sequences` takes
            20 nt and longer.

        Returns
        -------
        list of ReconstructionResult
            With ``reconstruction``, ``probabilities`` (4, L) and ``accuracy`` of the known bases.
        """
        return reconstruct(self, self._checked(sequences, None))

    def classify(self, sequences: AnySequences, *, head: str = "classifier") -> np.ndarray:
        """Probabilities that the middle of each sequence is a splice site.

        Parameters
        ----------
        sequences : str, Sequence, list, Series or what else `dnaviz.sequences.as_sequences` takes
            20 nt and longer. The base in question is the one at 0-based ``L // 2``: the first
            base of the intron (donor) or the last one (acceptor).
        head : {"classifier", "frozen"}
            What scores splice sites everywhere, from 200 nt to each side, or logistic regression
            on the autoencoder's latents (up to ``max_length``). "fine_tuned" is the former's name
            in version 0.1.

        Returns
        -------
        ndarray, shape (n, 3), float32
            Probabilities of ``LABELS``: neither, donor, acceptor.
        """
        if head not in (*HEADS, "fine_tuned"):
            raise InputError(f"There is no classifier {head!r}: choose from {list(HEADS)}.")
        if head == "frozen":
            return self.classify_latents(self.encode(sequences))
        return self._map_batches(
            lambda x: self.splice.center_logits(x).softmax(1),
            self._checked(sequences, None),
            2 * CONTEXT + 1,
            len(LABELS),
        )

    @torch.no_grad()
    def classify_latents(self, latents: NDArray) -> Floats:
        """Probabilities (n, 3) of ``LABELS`` by logistic regression on latents (n, 256)."""
        latents = checked_latents(latents, LATENT)
        return self.frozen(torch.from_numpy(latents).to(self.device)).softmax(1).cpu().numpy()

    def score_positions(
        self, sequences: list[str], spans: collections.abc.Sequence[slice] | None = None
    ) -> list[Floats]:
        """Log-odds of every base; see :class:`dnaviz.models.protocol.SiteScorer`."""
        return scoring.score_positions(self.splice, sequences, spans, self.batch_size)

    def score_windows(self, windows: NDArray) -> Floats:
        """Log-odds of the middle of windows; see :class:`dnaviz.models.protocol.SiteScorer`."""
        return scoring.score_windows(self.splice, windows, self.batch_size)

    def score_changes(self, window: NDArray, columns: NDArray[np.int64], to: NDArray) -> Floats:
        """Log-odds (n, 2) of one window (4, w), changed in one column at a time."""
        return scoring.score_changes(self.splice, window, columns, to)

    def gradients(self, windows: NDArray, site: str) -> tuple[Floats, Floats]:
        """Log-odds and gradients; see :class:`dnaviz.models.protocol.Differentiable`."""
        return scoring.gradients(self.splice, windows, site, self.batch_size)

    def site(self, site: str) -> nn.Module:
        """One site's log-odds at column w // 2 as a module (n, 4, w) -> (n, 1), for captum."""
        return scoring.SiteModule(self.splice, site)

    def ood_score(self, sequence: AnySequences) -> OodScore:
        """Score how much a sequence looks like the human DNA that the models were trained on.

        Parameters
        ----------
        sequence : str or Sequence
            Of any length; one longer than 1,000 nt is judged by the median of its pieces.

        Returns
        -------
        OodScore
            ``unfamiliarity`` and ``repetitiveness``: shares of human stretches of its length that
            look more human, and that repeat less (0 to 1); ``warning``: what to tell a user, or
            None. NaN where fewer than 20 bases are known or the model has no calibration.
        """
        bases = one_hot(as_sequence(sequence))
        if self.ood_model is None:
            return OodScore(float("nan"), float("nan"), None)
        return self.ood_model.score(np.where(bases.max(0) == 1, bases.argmax(0), 4))

    def _checked(self, sequences: AnySequences, longest: int | None) -> list[Sequence]:
        records = as_sequences(sequences)
        for sequence in records:
            if len(sequence) < MIN_LENGTH:
                raise InputError(
                    f"{sequence.name} has {len(sequence)} nt; the model needs {MIN_LENGTH} or more."
                )
            if longest is not None and len(sequence) > longest:
                raise InputError(
                    f"{sequence.name} has {len(sequence)} nt; one latent holds {longest} at most."
                )
        return records

    def _decoded(self, latents: NDArray) -> Tensor:
        """Logits (n, 5, 408) of the decoder."""
        return self.autoencoder.decoder(torch.from_numpy(latents).to(self.device))

    def _batches(self, count: int) -> list[slice]:
        return [slice(at, at + self.batch_size) for at in range(0, count, self.batch_size)]

    def _map_batches(
        self, network: Callable[[Tensor], Tensor], sequences: list[Sequence], width: int, size: int
    ) -> np.ndarray:
        """What a network says of sequences on a canvas, (n, size) float32, on all cores."""

        def work(rows: slice) -> NDArray:
            canvas = centered_one_hot([str(sequence) for sequence in sequences[rows]], width)
            return network(torch.from_numpy(canvas).to(self.device)).cpu().numpy()

        outputs = np.empty((len(sequences), size), np.float32)
        parts = self._batches(len(sequences))
        for rows, output in zip(parts, map_threads(work, parts), strict=True):
            outputs[rows] = output
        return outputs

    familiarity = deprecated("familiarity", "ood_score")
