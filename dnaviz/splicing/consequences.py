"""What happens to the mRNA: possible products of a changed sequence, the best supported first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.sequences import Sequence
from dnaviz.sequences.variant import Variant
from dnaviz.splicing.both_senses import BothSenses
from dnaviz.splicing.events import MOST, USUAL, Events
from dnaviz.splicing.products import Cut, Product
from dnaviz.splicing.transcript_pair import KINDS, Consequence, Exon

if TYPE_CHECKING:
    import pandas as pd

    from dnaviz.splicing.variant_effect import SpliceEffect

MOST_MRNAS = 0.5
"""Support above which two changes of different exons cannot each be alone on an mRNA."""

LESS_SUPPORTED = "less well supported than the usual mRNA"


class Consequences(NamedTuple):
    """What `consequences` returns.

    Attributes
    ----------
    reference : Sequence
    variants : list of Variant
    structure : TranscriptModel or None
        The transcript whose products these are.
    strand : "+" or "-"
    usual : Product or None
        The mRNA of the reference.
    items : tuple of Consequence
        The best supported first; never empty.
    place : GenomicInterval or None
        Of the record, where words have the genome's coordinates.
    """

    reference: Sequence
    variants: list[Variant]
    structure: TranscriptModel | None
    strand: str
    usual: Product | None
    items: tuple[Consequence, ...]
    place: GenomicInterval | None = None

    @property
    def main(self) -> Consequence:
        """The best supported change, or, where nothing changes, "unchanged"."""
        return next((c for c in self.items if c.kind != "unchanged"), self.items[0])

    @property
    def is_less_supported(self) -> bool:
        """Whether there is a change, and the usual mRNA is better supported than any."""
        return self.main is not self.items[0]

    @property
    def outcome(self) -> str:
        """What is said where the best supported is the usual mRNA, with the edits in it."""
        main = self.main
        if main.words not in USUAL:
            return f"{main.words}, and no other change"
        # An edit that adds or deletes bases of an exon changes the mRNA, but not its splicing.
        return f"no change of {'splicing' if main.length else 'the mRNA'}"

    def table(self) -> pd.DataFrame:
        """Return a row for each product: what happens, how well supported, what is coded."""
        import pandas as pd

        rows = [
            (
                KINDS[c.kind], c.words, c.length, round(c.support, 3), c.coding.frame,
                c.coding.stop_codon or None, c.coding.nmd,
                c.coding.change.hgvs if c.coding.change else "", "; ".join(map(str, c.sites)),
            )
            for c in self.items
        ]  # fmt: skip
        columns = ["consequence", "what happens", "nt", "support", "frame", "stop at codon",
                   "NMD expected", "protein", "sites"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def fasta(self, kind: str = "both") -> str:
        """Return mRNA and protein of the reference and of each product as FASTA.

        Parameters
        ----------
        kind : "both", "mRNA" or "protein"
        """
        name = (self.structure.name if self.structure else self.reference.name).replace(" ", "_")
        records = []
        for label, words, product in [
            ("reference", "the usual mRNA", self.usual),
            *((f"product_{n}", c.words, c.product) for n, c in enumerate(self.items, 1)),
        ]:
            if product is None:
                continue
            if kind != "protein":
                records.append((f"{name}_{label}_mRNA {words}", product.mrna))
            if product.reading is not None and kind != "mRNA":
                protein = product.reading.protein
                records.append((f"{name}_{label}_protein {words}", protein))
        return "".join(
            f">{header}\n" + "".join(f"{text[i : i + 60]}\n" for i in range(0, len(text), 60))
            for header, text in records
            if text
        )


def consequences(
    reference: Sequence,
    variants: Iterable[Variant],
    before: np.ndarray,
    after: np.ndarray,
    structure: TranscriptModel | None = None,
    *,
    strand: str = "+",
    origin: int = 0,
    place: GenomicInterval | None = None,
) -> Consequences:
    """List what may happen to the mRNA, the best supported first.

    Parameters
    ----------
    reference : Sequence
    variants : iterable of Variant
        Checked against it.
    before, after : numpy.ndarray
        Shapes (2, length) of the reference and of the alternate, rows donor and acceptor, columns
        forward positions: the scan's probabilities on the transcript's strand.
    structure : TranscriptModel, optional
        The transcript, known or predicted. Without one the record is taken for an intron.
    strand : "+" or "-"
        Where there is no transcript, the strand to look at.
    origin : int
        Bases before the one whose position is told as 1.
    place : GenomicInterval, optional
        Where that lies in a genome: words then have its coordinates, not those of the record.
    """
    edits = sorted(variants)
    strand = structure.strand if structure else strand
    both = BothSenses(reference, edits, before, after, strand, origin, place)
    gene = Events(both, structure)
    candidates = [*gene.of_exons(), *gene.of_introns()]
    candidates += gene.unpaired(candidates)
    candidates = _together(gene, candidates)
    candidates.sort(key=lambda c: (-c.support, c.kind, c.exon, c.intron, c.length))
    normal = gene.unchanged()
    at = next((i for i, c in enumerate(candidates) if c.support < normal.support), len(candidates))
    items = [*candidates[:at], normal, *candidates[at:]][: MOST + 1]
    return Consequences(reference, edits, structure, strand, gene.usual, tuple(items), place)


def _together(gene: Events, candidates: list[Consequence]) -> list[Consequence]:
    """Add the mRNA with all changes that most mRNAs have, where these are of different exons.

    What is left of the support of each is that it is there without one of the others.
    """
    usual = {cut for exon in gene.exons for cut in gene.pieces(exon)}
    common: list[Consequence] = []
    gone: set[Cut] = set()
    made: set[Cut] = set()
    for one in sorted(candidates, key=lambda c: -c.support):
        cuts = set(one.product.exons if one.product else usual)
        exons = sorted((usual - gone - (usual - cuts)) | made | (cuts - usual))
        apart = all(a[1] < b[0] for a, b in pairwise(exons)) and not gone & (usual - cuts)
        if one.support > MOST_MRNAS and cuts != usual and apart:
            common.append(one)
            gone |= usual - cuts
            made |= cuts - usual
    if len(common) < 2:
        return candidates
    common.sort(key=lambda c: (c.first, c.last), reverse=not gene.both.plus)
    support, before = prod(c.support for c in common), prod(c.support_before for c in common)
    together = gene.event(
        "several", " and ".join(c.words for c in common), sum(c.length for c in common), (0, 0),
        False, (before, support), tuple(site for c in common for site in c.sites),
        exons=[Exon(0, 0, 0, *cut, True, True) for cut in sorted((usual - gone) | made)],
    )  # fmt: skip
    alone = [c._replace(support=c.support - support) if c in common else c for c in candidates]
    return [together, *alone]


def whole_after(effect: SpliceEffect, before: np.ndarray) -> np.ndarray:
    """Return an alternate's probabilities from a scan of the reference and the effect of edits.

    Parameters
    ----------
    effect : SpliceEffect
    before : numpy.ndarray
        Shape (2, length): the scan's probabilities on the effect's strand. Out of reach of the
        edits those of the alternate are the same.
    """
    after = np.zeros((2, len(effect.alternate)), np.float32)
    columns = _columns(effect)
    there = np.flatnonzero(columns >= 0)
    after[:, there] = before[:, columns[there]]
    made = effect.positions[1] > 0
    after[:, effect.positions[1][made] - 1] = effect.after[:, made]
    return after


def unedited_places(effect: SpliceEffect) -> list[int]:
    """Return the 0-based place in the reference of each base of an alternate; -1 for none."""
    return _columns(effect).tolist()


def _columns(effect: SpliceEffect) -> np.ndarray:
    before, after = (np.zeros((2, len(one))) for one in (effect.reference, effect.alternate))
    return BothSenses(effect.reference, effect.variants, before, after, "+").columns
