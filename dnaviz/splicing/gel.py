"""The predicted gel: the sizes of RT-PCR products of the reference and of its alternate."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.errors import InputError
from dnaviz.sequences import reverse_complement, shorten
from dnaviz.sequences.lines import read_line
from dnaviz.splicing.consequences import Consequences

if TYPE_CHECKING:
    import pandas as pd

SHORTEST_PRIMER = 12
"""Primers have at least this many bases."""

RESOLVED = 0.03
"""Share of its size by which a band has to differ from another to be seen beside it."""

LANES = ("reference", "alternate")


class Band(NamedTuple):
    """One band.

    Attributes
    ----------
    lane : "reference" or "alternate"
    size : int
        nt; with primers from the first base of one to the first base of the other.
    words : str
        The products of that size.
    support : float
        The best of their supports, 0 to 1: an order, not a brightness.
    """

    lane: str
    size: int
    words: str
    support: float


class Gel(NamedTuple):
    """What `gel` returns.

    Attributes
    ----------
    bands : tuple of Band
        By lane, the largest first.
    primers : tuple of str
        Forward and reverse; empty where the whole mRNA is shown.
    notes : tuple of str
        Products that give no band, and why; bands that are hard to tell apart.
    """

    bands: tuple[Band, ...]
    primers: tuple[str, ...]
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Return a row for each band: lane, size in nt, products."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, list[Any]]:
        """Return the columns of `table`."""
        return {
            "lane": [band.lane for band in self.bands],
            "nt": [band.size for band in self.bands],
            "products": [band.words for band in self.bands],
        }


def gel(consequences: Consequences, forward: str = "", reverse: str = "") -> Gel:
    """Predict the bands of an RT-PCR across a change.

    Parameters
    ----------
    consequences : Consequences
    forward, reverse : str
        Primers as they are ordered, each 5' to 3'; both empty: the whole mRNA.

    Raises
    ------
    InputError
        If the mRNA is not known, or a primer does not fit the usual mRNA exactly once.
    """
    if consequences.usual is None or not consequences.usual.mrna:
        raise InputError(
            "No mRNA is known here: a gel needs a sequence that holds the whole transcript, or "
            "exons in upper case."
        )
    pair = _primers(forward, reverse)
    if pair:
        _check(consequences.usual.mrna, pair)
    products = [("reference", "the usual mRNA", consequences.usual.mrna, 1.0)]
    for item in consequences.items:
        words = "the usual mRNA" if item.kind == "unchanged" else item.words
        if item.product is not None:
            products.append(("alternate", words, item.product.mrna, item.support))
    bands: dict[tuple[str, int], Band] = {}
    notes = []
    for lane, words, mrna, support in products:
        sizes, why = _sizes(mrna, pair)
        if why:
            notes.append(f"{words}: {why}")
        for size in sizes:
            old = bands.get((lane, size))
            both = f"{old.words}; {words}" if old else words
            best = max(old.support, support) if old else support
            bands[lane, size] = Band(lane, size, both, best)
    distinct = sorted({band.size for band in bands.values()})
    near = [(a, b) for a, b in pairwise(distinct) if b < a * (1 + RESOLVED)]
    notes += [
        f"{a:,} and {b:,} nt are hard to tell apart on a gel: primers nearer to the change help"
        for a, b in near
    ]
    ordered = sorted(bands.values(), key=lambda b: (LANES.index(b.lane), -b.size))
    return Gel(tuple(ordered), pair, tuple(notes))


def _primers(forward: str, reverse: str) -> tuple[str, ...]:
    lines = (read_line(1, text.replace("\n", " ")) for text in (forward, reverse))
    cleaned = [line.bases.upper().replace("U", "T") for line in lines]
    if not any(cleaned):
        return ()
    for name, primer in zip(("forward", "reverse"), cleaned, strict=True):
        if not primer:
            raise InputError(f"The {name} primer is missing; a PCR needs two.")
        if set(primer) - set("ACGT"):
            raise InputError(f"The {name} primer {shorten(primer)} holds more than A, C, G and T.")
        if len(primer) < SHORTEST_PRIMER:
            raise InputError(
                f"The {name} primer has {len(primer)} nt; at least {SHORTEST_PRIMER} are needed."
            )
    return tuple(cleaned)


def _check(mrna: str, pair: tuple[str, ...]) -> None:
    """Refuse primers that do not fit the usual mRNA once each, one behind the other."""
    sites = (pair[0], reverse_complement(pair[1]))
    for name, primer, site in zip(("forward", "reverse"), pair, sites, strict=True):
        count = len(_places(mrna, site))
        if count == 1:
            continue
        if count:
            raise InputError(f"The {name} primer fits the usual mRNA in {count} places.")
        turned = reverse_complement(site) in mrna
        hint = (
            ": its reverse complement does, so the two may be swapped"
            if turned
            else ": write it 5' to 3', as ordered, without tail and mismatches"
        )
        raise InputError(f"The {name} primer {shorten(primer)} does not fit the usual mRNA{hint}.")
    if mrna.index(sites[0]) + len(sites[0]) > mrna.index(sites[1]) + len(sites[1]):
        raise InputError("The reverse primer lies before the forward one.")


def _sizes(mrna: str, pair: tuple[str, ...]) -> tuple[list[int], str]:
    """Return the sizes of a product's bands, and why it has none, or several."""
    if not pair:
        return ([len(mrna)], "") if mrna else ([], "no band, nothing is left of it")
    site = reverse_complement(pair[1])
    firsts = _places(mrna, pair[0])
    if not firsts:
        return [], "no band, the forward primer does not fit it"
    lasts = _places(mrna, site)
    sizes = {last + len(site) - first for first in firsts for last in lasts if last >= first}
    if not sizes:
        return [], "no band, the reverse primer does not fit it"
    why = f"{len(sizes)} bands, a primer fits it more than once" if len(sizes) > 1 else ""
    return sorted(sizes), why


def _places(mrna: str, site: str) -> list[int]:
    """Return where the bases of a primer begin, 0-based."""
    return [i for i in range(len(mrna) - len(site) + 1) if mrna.startswith(site, i)]
