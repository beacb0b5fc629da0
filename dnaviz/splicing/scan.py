"""A whole sequence in, the probability of a donor and of an acceptor at every base out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, overload

import numpy as np

from dnaviz.errors import InputError
from dnaviz.models.protocol import check_site, position_scores
from dnaviz.plots import axes_for, draw_stems
from dnaviz.progress import Progress, Stepwise, stepwise
from dnaviz.sequences import (
    MIN_LENGTH,
    AnySequences,
    Sequence,
    as_sequences,
    is_single,
    reverse_complement,
    shorten,
)
from dnaviz.splicing.joint import jointly
from dnaviz.splicing.transcribed import transcribed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from dnaviz.models import SiteScorer

SiteKind = Literal["donor", "acceptor"]
Strand = Literal["+", "-"]
SITES: tuple[SiteKind, ...] = get_args(SiteKind)
STRANDS: tuple[Strand, ...] = get_args(Strand)

CHUNK = 4_096
"""Positions scored at once: few enough for progress and memory, enough for speed."""

MOTIF_FLANK = {"donor": (3, 6), "acceptor": (14, 1)}
"""Bases a motif shows before and after the exon-intron border."""

FAR = 1_000
"""Bases (nt) on each side from which a model sees the sites before and behind one by itself."""

COLUMNS = ("sequence", "position", "strand", "site", "motif", "probability")


class Site(NamedTuple):
    """One predicted splice site.

    Attributes
    ----------
    position : int
        1-based, on the record's forward coordinates for both strands: of a donor the first base of
        the intron, of an acceptor the last.
    strand : "+" or "-"
    site : "donor" or "acceptor"
    motif : str
        The bases around it in the sense of its strand, exon in upper and intron in lower case:
        three exon and six intron bases of a donor (``CAGgtaagt``), fourteen intron bases and one
        exon base of an acceptor (``ttttctccttgcagG``); "-" beyond the ends of the sequence.
    probability : float
    """

    position: int
    strand: Strand
    site: SiteKind
    motif: str
    probability: float


class Scan(NamedTuple):
    """What `scan` returns.

    Attributes
    ----------
    sequence : Sequence
    probabilities : dict
        By strand, float32 of shape (2, L): rows donor and acceptor, columns the record's forward
        positions (column i is position i + 1).
    threshold : float
    sites : list of Site
        Every position at or above the threshold, ordered by position. Neighbors are not
        suppressed: alternative sites lie as near as three bases to each other (NAGNAG).
    context : int
        Bases (nt) on each side that the model saw of each position, or, where the whole sequence
        counts (see `joint`), at least `FAR`.
    is_weighted : bool
        Whether `weighted` made it.
    """

    sequence: Sequence
    probabilities: dict[Strand, np.ndarray]
    threshold: float
    sites: list[Site]
    context: int = 0
    is_weighted: bool = False

    def __repr__(self) -> str:
        kinds = [site.site for site in self.sites]
        counts = ", ".join(f"{(n := kinds.count(s)):,} {s}{'s' * (n != 1)}" for s in SITES)
        name = shorten(self.sequence.name)
        strands = " and ".join(self.probabilities)
        return (
            f"Scan({name}, {len(self.sequence):,} nt, strand {strands}: {counts} from "
            f"{self.threshold:g})"
        )

    def at(self, threshold: float) -> Scan:
        """Return the same scan with the sites of another threshold; nothing is computed again."""
        check_threshold(threshold)
        return self._replace(
            threshold=threshold, sites=_sites(self.sequence, self.probabilities, threshold)
        )

    def only(self, strand: str) -> Scan:
        """Return the part of the scan on one strand; with "both", the scan itself."""
        check_strand(strand, "both")
        if strand == "both":
            return self
        if strand not in self.probabilities:
            scanned = next(iter(self.probabilities))
            raise InputError(f'Only the strand "{scanned}" was scanned: scan "{strand}" or "both".')
        return self._replace(
            probabilities={s: p for s, p in self.probabilities.items() if s == strand},
            sites=[site for site in self.sites if site.strand == strand],
        )

    def transcribed(self) -> dict[Strand, np.ndarray]:
        """Return how probable it is at each position that a strand is the transcribed one.

        By strand, float32 (L,), see `dnaviz.splicing.transcribed`: of a scan of both strands they
        add up to 1; that of one strand alone is taken to be known.
        """
        return transcribed(str(self.sequence), self.probabilities)

    def joint(self) -> Scan:
        """Return the scan with the probability of each site given all others of its strand.

        A model sees some hundred bases; here the whole sequence counts, see
        `dnaviz.splicing.joint`: donors and acceptors take turns, exons are seldom long, and a
        reading frame goes on from one to the next. A scan of a model that sees `FAR` bases or
        more on each side stays as it is, since such a model knows of the others by itself; so does
        what this returns.
        """
        if self.context >= FAR:
            return self
        return self._replace(
            probabilities={s: self.given_others(s, p) for s, p in self.probabilities.items()},
            context=max(FAR, len(self.sequence)),
        ).at(self.threshold)

    def given_others(
        self, strand: Strand, probabilities: np.ndarray, places: list[int] | None = None
    ) -> np.ndarray:
        """Return what `joint` makes of probabilities of a strand, or of the edited sequence's.

        Parameters
        ----------
        places : list of int, optional
            Of an edited sequence, see `dnaviz.splicing.joint.jointly`.
        """
        if self.context >= FAR:
            return probabilities
        return jointly(str(self.sequence), probabilities, strand, places=places)

    def weighted(self, weights: Mapping[Strand, np.ndarray] | None = None) -> Scan:
        """Return what `joint` does, times the probability of its strand being transcribed.

        A model's probabilities are of a strand that is transcribed; these are of a stretch of a
        gene on either strand. What this returns stays as it is.

        Parameters
        ----------
        weights : mapping of str to numpy.ndarray, optional
            By strand, shape (L,); by default those of `transcribed`.

        Raises
        ------
        InputError
            If they lack a strand that was scanned.
        """
        if self.is_weighted:
            return self
        chosen = self.transcribed() if weights is None else weights
        if lacking := next((s for s in self.probabilities if s not in chosen), None):
            raise InputError(f'The weights lack the strand "{lacking}", which was scanned.')
        joint = self.joint()
        probabilities = {s: p * chosen[s] for s, p in joint.probabilities.items()}
        joint = joint._replace(probabilities=probabilities, is_weighted=True)
        return joint.at(self.threshold)

    def probability(self, site: Site) -> float:
        """Return what this scan says of a site of another one, of the same sequence."""
        row = SITES.index(site.site)
        return float(self.probabilities[site.strand][row, site.position - 1])

    def strongest(self, kind: SiteKind | None = None) -> Site:
        """Return the most probable place, of all or of a kind, even below the threshold."""
        if kind is not None:
            check_site(kind)
        rows = list(range(len(SITES))) if kind is None else [SITES.index(kind)]
        strand = max(self.probabilities, key=lambda s: float(self.probabilities[s][rows].max()))
        values = self.probabilities[strand]
        row, column = (int(i) for i in np.unravel_index(values[rows].argmax(), values[rows].shape))
        row = rows[row]
        position, site = column + 1, SITES[row]
        shown = motif(self.sequence, position, strand, site)
        return Site(position, strand, site, shown, float(values[row, column]))

    def table(self) -> pd.DataFrame:
        """Return the sites as a table with the columns of `COLUMNS`, in the order of `sites`."""
        import pandas as pd

        rows = [
            (self.sequence.name, s.position, s.strand, s.site, s.motif, s.probability)
            for s in self.sites
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the probabilities along the sequence, of the reverse strand downward.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            By default those of a new figure.
        """
        ax = axes_for(ax, title=self.sequence.name, xlabel="position", ylabel="probability")
        x = np.arange(1, len(self.sequence) + 1)
        for strand, values in self.probabilities.items():
            for site, row in zip(SITES, values, strict=True):
                label = site if strand == next(iter(self.probabilities)) else ""
                draw_stems(ax, x, row if strand == "+" else -row, site, label)
            ax.axhline(self.threshold * (1 if strand == "+" else -1), color="0.6", linestyle=":")
        ax.legend(frameon=False)
        return ax


@overload
def scan(
    sequence: str | Sequence, model: SiteScorer | None = ..., *, threshold: float = ...,
    strand: Literal["both", "+", "-"] = ..., progress: Progress | None = ...,
) -> Scan: ...  # fmt: skip
@overload
def scan(
    sequence: list[Any] | pd.Series | pd.DataFrame, model: SiteScorer | None = ..., *,
    threshold: float = ..., strand: Literal["both", "+", "-"] = ...,
    progress: Progress | None = ...,
) -> list[Scan]: ...  # fmt: skip
@stepwise
def scan(
    sequence: AnySequences,
    model: SiteScorer | None = None,
    *,
    threshold: float = 0.5,
    strand: Literal["both", "+", "-"] = "both",
    progress: Progress | None = None,
) -> Stepwise[Scan | list[Scan]]:
    """Score every base of a sequence as a donor and as an acceptor.

    The sequence is read in chunks, so that memory does not grow with its length; the result is
    that of the model on one window around each base, to rounding.

    Parameters
    ----------
    sequence : str, Sequence, record of another library, one-hot array, or several of them
        As `dnaviz.sequences.as_sequences` takes them: a list, Series, DataFrame or array
        (n, 4, L) holds several, and short ones are scored many at a time. Each has at least
        20 nt. Beyond its ends the model sees nothing (zeros).
    model : SiteScorer, optional
        By default the shipped one.
    threshold : float
        Smallest probability of a reported site, 0 to 1.
    strand : "both", "+" or "-"
    progress : callable, optional
        Is given the fraction done, 0 to 1; to cancel, it raises.

    Returns
    -------
    Scan, or list of Scan for several

    Raises
    ------
    InputError
        If the sequence cannot be used, or `threshold` or `strand` is none of the above.
    """
    from dnaviz.models import given_or_shipped, log_odds_to_probabilities

    check_threshold(threshold)
    check_strand(strand, "both")
    records = as_sequences(sequence, min_length=MIN_LENGTH)
    if is_single(sequence) and len(records) != 1:
        raise InputError(
            f"{len(records):,} records were given where one is scanned: pass them as a list."
        )
    strands: list[Strand] = [s for s in STRANDS if strand in ("both", s)]
    model = given_or_shipped(model, "score_positions")
    senses = [
        [str(record) if s == "+" else reverse_complement(str(record)) for s in strands]
        for record in records
    ]
    shapes = [(len(strands), len(SITES), len(record)) for record in records]
    found = [np.empty(shape, dtype=np.float32) for shape in shapes]
    done, total = 0, sum(map(len, records))
    for chunks in _together(records):
        # Both strands side by side: one pass of the model reads a chunk of each.
        scores = position_scores(
            model,
            [bases for i, _ in chunks for bases in senses[i]],
            [part for _, part in chunks for _ in strands],
        )
        for number, (i, part) in enumerate(chunks):
            pair = scores[number * len(strands) : (number + 1) * len(strands)]
            found[i][:, :, part] = log_odds_to_probabilities(np.stack(pair))
            done += part.stop - part.start
        yield done / total
    scans = []
    for record, values in zip(records, found, strict=True):
        probabilities = {
            s: np.ascontiguousarray(values[k] if s == "+" else values[k, :, ::-1])
            for k, s in enumerate(strands)
        }
        sites = _sites(record, probabilities, threshold)
        scans.append(Scan(record, probabilities, threshold, sites, model.context))
    return scans[0] if is_single(sequence) else scans


def check_threshold(threshold: Any) -> None:
    """Refuse what is no probability."""
    is_number = isinstance(threshold, float | int | np.floating | np.integer)
    if not is_number or not 0 <= threshold <= 1:
        raise InputError(f"A threshold is a number from 0 to 1, not {repr(threshold)[:20]}.")


def check_strand(strand: object, *others: str) -> None:
    """Refuse what is neither a strand nor one of the `others` that may be said in its place."""
    if not isinstance(strand, str) or strand not in (*others, *STRANDS):
        choice = ", ".join(f'"{one}"' for one in (*others, "+"))
        raise InputError(f'A strand is {choice} or "-", not "{str(strand)[:20]}".')


def _together(records: list[Sequence]) -> Iterator[list[tuple[int, slice]]]:
    """Yield chunks to score together: which record, and which of its positions."""
    batch: list[tuple[int, slice]] = []
    for i, record in enumerate(records):
        for start in range(0, len(record), CHUNK):
            part = slice(start, min(start + CHUNK, len(record)))
            if batch and sum(p.stop - p.start for _, p in batch) + part.stop - part.start > CHUNK:
                yield batch
                batch = []
            batch.append((i, part))
    if batch:
        yield batch


def motif(sequence: Sequence, position: int, strand: Strand, site: SiteKind) -> str:
    """Return the bases around a site as `Site.motif` shows them.

    Parameters
    ----------
    position : int
        1-based forward coordinate, as in `Site`.
    """
    before, after = MOTIF_FLANK[site]
    # The border lies before a donor's first intron base and behind an acceptor's last one.
    index = position - 1 if strand == "+" else len(sequence) - position
    border = index if site == "donor" else index + 1
    if strand == "+":
        left, right = border - before, border + after
    else:
        left, right = len(sequence) - border - after, len(sequence) - border + before
    text = str(sequence)
    bases = "-" * -min(left, 0) + text[max(left, 0) : max(right, 0)]
    bases += "-" * (before + after - len(bases))
    if strand == "-":
        bases = "".join(b if b == "-" else reverse_complement(b) for b in reversed(bases))
    exon_first = site == "donor"
    head, tail = bases[:before], bases[before:]
    return head.upper() + tail.lower() if exon_first else head.lower() + tail.upper()


def _sites(
    sequence: Sequence, probabilities: dict[Strand, np.ndarray], threshold: float
) -> list[Site]:
    sites = [
        Site(
            int(column) + 1,
            strand,
            SITES[row],
            motif(sequence, int(column) + 1, strand, SITES[row]),
            float(values[row, column]),
        )
        for strand, values in probabilities.items()
        for row, column in np.argwhere(values >= threshold)
    ]
    return sorted(sites, key=lambda s: (s.position, s.strand, s.site))
