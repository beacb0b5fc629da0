"""`dnaviz scan` and `dnaviz reconstruct` with the weights that ship, on genes they never saw."""

import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.genome.examples import examples


@pytest.fixture(scope="module")
def genes():
    return [example for example in examples() if example.name in ("STK11", "CALR", "GAMT")]


def write(path, named):
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in named))


def test_scan_finds_the_annotated_sites_of_genes(tmp_path, genes):
    """Most are found, and hardly anything else, at the first and last base of introns."""
    write(tmp_path / "in.fa", [(g.name, g.sequence.bases) for g in genes])
    out = tmp_path / "out.tsv"
    assert main(["scan", str(tmp_path / "in.fa"), "-o", str(out), "--strand", "+"]) == 0
    table = pd.read_csv(out, sep="\t")
    assert table.probability.between(0.5, 1).all()
    result = set(table[["sequence", "site", "position"]].itertuples(index=False, name=None))
    annotated = set()
    for gene in genes:
        annotated |= {(gene.name, "donor", end + 1) for _, end in gene.exons[:-1]}
        annotated |= {(gene.name, "acceptor", start - 1) for start, _ in gene.exons[1:]}
    assert len(annotated & result) >= 0.65 * len(annotated)
    assert len(annotated & result) >= 0.65 * len(result)


def test_reconstruct_returns_a_real_sequence(tmp_path, genes):
    lengths = (60, 140, 200, 400, 1500)
    write(tmp_path / "in.fa", [(n, genes[0].sequence.bases[1000 : 1000 + n]) for n in lengths])
    out = tmp_path / "out.tsv"
    assert main(["reconstruct", str(tmp_path / "in.fa"), "-o", str(out)]) == 0
    table = pd.read_csv(out, sep="\t")
    assert list(table.length) == list(lengths)
    assert (table.accuracy >= 0.99).all()


def test_attribute_says_where_no_site_is_seen(tmp_path, genes, capsys):
    """A donor is the first base of the intron, not the last of the exon."""
    gene = next(gene for gene in genes if gene.name == "CALR")
    end = gene.exons[0][1]
    write(tmp_path / "in.fa", [("a", gene.sequence.bases[end - 300 : end + 300])])
    for position, seen in ((301, True), (300, False)):
        words = ["attribute", str(tmp_path / "in.fa"), "--position", str(position)]
        assert main([*words, "-o", str(tmp_path / "out.tsv")]) == 0
        assert ("The model sees no donor there" in capsys.readouterr().err) is not seen
