"""Published changes that disrupt splicing, in genes of the gallery, each with its source.

What is published is told as published; what the model says of a change is for the reader to see.
Some of them it does not see.
"""

from __future__ import annotations

from typing import NamedTuple


class KnownVariant(NamedTuple):
    """A change as HGVS writes it on the gene's canonical transcript."""

    gene: str
    hgvs: str
    effect: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.gene} {self.hgvs}"

    @property
    def citation(self) -> str:
        """The source, and that nobody has compared it with the paper."""
        return f"Source: {self.source} (not checked against the paper)."


KNOWN_VARIANTS = (
    KnownVariant(
        "LDLR", "c.313+1G>A",
        "Destroys the donor of intron 3: exon 3 is skipped, or intron 3 kept (FH Elverum).",
        "Clin Chim Acta 2009, PMID 19361455",
    ),
    KnownVariant(
        "LDLR", "c.1586+5G>A",
        "Fifth base of intron 10: exon 10 is skipped, or a donor 66 nt downstream used.",
        "PMID 10668928, ClinVar RCV001044315",
    ),
    KnownVariant(
        "LDLR", "c.1813C>T",
        "A silent change that makes a new donor in exon 12: its last 34 nt are lost.",
        "Ann Clin Biochem 2015, PMID 25624525",
    ),
    KnownVariant(
        "LDLR", "c.2140+86C>G",
        "Activates a donor inside intron 14: 81 nt of the intron stay in the mRNA.",
        "J Hum Genet 2010, PMID 20703241",
    ),
    KnownVariant(
        "LDLR", "c.2141-218G>A",
        "Deep in intron 14: a pseudo-exon with a stop codon is included.",
        "Atherosclerosis 2021, 321:14-20",
    ),
    KnownVariant(
        "STK11", "c.374+1A>G",
        "First base of an AT-AC intron (IVS2+1A>G): several unusual acceptors are used instead.",
        "Nat Struct Mol Biol 2005, PMID 15608654",
    ),
    KnownVariant(
        "STK11", "c.597G>A",
        "A silent change of the last base of exon 4: the exon is skipped.",
        "PMC7662643",
    ),
    KnownVariant(
        "C3", "c.2354+1G>A",
        "Destroys the donor of intron 18: one 61 nt upstream, in exon 18, is used.",
        "Botto et al., J Clin Invest 1990, 86:1158-63",
    ),
    KnownVariant(
        "C3", "c.4631-2A>G",
        "Destroys the acceptor of intron 38: exon 39 (84 nt) is lost.",
        "Biochem Biophys Res Commun 2005, doi 10.1016/j.bbrc.2005.02.159",
    ),
    KnownVariant(
        "NOTCH3", "c.341-26_341-24del",
        "Without AAC, 24 to 26 bases before exon 4, intron 3 stays in the mRNA (75 nt, in frame).",
        "Neurobiol Aging 2013, 34:2234.e9-12",
    ),
    KnownVariant(
        "GCDH", "c.1244-2A>C",
        "Destroys the acceptor of the last intron (the paper's IVS10-2A>C), recurrent in China.",
        "Hum Mutat 2000, PMID 11058907",
    ),
    KnownVariant(
        "GAMT", "c.327G>A",
        "A silent change of the last base of exon 2, the commonest cause of GAMT deficiency.",
        "Am J Hum Genet 1996, PMID 8651275",
    ),
    KnownVariant(
        "MCOLN1", "c.406-2A>G",
        "Destroys the acceptor of intron 3 (IVS3-2A>G), the Ashkenazi founder of mucolipidosis IV.",
        "PMID 11013137",
    ),
    KnownVariant(
        "MCOLN1", "c.237+5G>A",
        "Fifth base of intron 2; found in Omani families and predicted to affect splicing.",
        "Genes 2022, PMID 35205297",
    ),
    KnownVariant(
        "PRPF31", "c.1374+654C>G",
        "Makes a new donor deep in intron 13; a pseudo-exon follows.",
        "Hum Mutat 2009, doi 10.1002/humu.21071",
    ),
)  # fmt: skip
