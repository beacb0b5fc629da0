"""The classifier beside others, on the same kind of genes.

Figures of others cannot be printed by a command here; they stand with their source. With their
weights, ``dnaviz measure genes --model FILE.py:FACTORY`` prints them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dnaviz.splicing.scan import SITES
from dnaviz.training.evaluation.whole_genes import JOINTLY
from dnaviz.training.model_card.summary import short

CHARTED = "precision against recall, reliability, labels needed, size of the latent"

OTHERS = (
    "The share of right ones among the strongest positions, as many as there are true sites. "
    "MaxEntScan reads 9 and 23 nt, dnaviz and OpenSpliceAI here 400, SpliceAI 10,000; with the "
    "gene's other sites dnaviz judges by what it finds in all of the gene. OpenSpliceAI "
    "and SpliceAI were measured once, by their published weights, on 300 genes of chromosome 19, "
    "which both were trained on, and on 97 disease genes of chromosomes that neither saw: drawn as "
    "the genes here, but not all the same ones. Who has the weights of another model can measure "
    "it on the genes of this card: `dnaviz measure genes --model FILE.py:FACTORY`."
)

CHR19 = [("OpenSpliceAI 400 nt", ".833", ".834"),
         ("SpliceAI 10,000 nt, five networks", ".820", ".839")]  # fmt: skip
LRG = [("OpenSpliceAI 400 nt", ".873", ".874"), ("the same, five networks", ".879", ".876")]
LRG_CANONICAL = [("OpenSpliceAI 400 nt", ".915", ".919"),
                 ("the same, five networks", ".937", ".932")]  # fmt: skip


MEASURED = (  # what it is, file that the genes are of, which sites are true, what others have there
    ("genes of chromosome 19, every annotated site", "chr19", "all transcripts", CHR19),
    ("disease genes (LRG), every annotated site", "lrg_test", "all transcripts", LRG),
    ("disease genes (LRG), canonical transcript", "lrg_test", "canonical transcript",
     LRG_CANONICAL),
)  # fmt: skip


class Group(NamedTuple):
    """What was measured, and by whom: (name, donors, acceptors), ours first."""

    what: str
    rows: list[tuple[str, str, str]]


def beside_others(rows: list[dict[str, Any]]) -> list[Group]:
    """Return the figures of ``dnaviz measure genes`` that others have, too.

    Parameters
    ----------
    rows : list of dict
        Figures as they stand in the card's JSON; what they lack is left out.
    """
    groups = []
    for what, file, which, others in MEASURED:
        there = [r for r in rows if " test genes of " in r["section"] and file in r["section"]]
        found = []
        for model in dict.fromkeys(row["model"] for row in there):
            by_what = {row["what"]: short(row["value"]) for row in there if row["model"] == model}
            short_name = model.removesuffix(model.partition("dnaviz")[2])
            for how, beside in (("", ""), (JOINTLY, ", with the gene's other sites")):
                values = [by_what.get(f"top-k accuracy, {site}, {which}{how}") for site in SITES]
                if all(values):
                    found.append((short_name + beside, *map(str, values)))
        if found:
            groups.append(Group(f"{there[0]['section'].split()[0]} {what}", [*found, *others]))
    return groups
