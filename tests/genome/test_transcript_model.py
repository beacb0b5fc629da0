import re

import pytest

from dnaviz.genome.annotation import Transcript
from dnaviz.genome.case_exons import case_transcript_model
from dnaviz.genome.examples import VARIANT_FLANK, examples, gallery, worked_examples
from dnaviz.genome.transcript_model import (
    GenomicInterval,
    clipped,
    shifted,
    transcript_model,
)
from dnaviz.sequences import Sequence
from dnaviz.splicing.variants import apply_variants, parse_variants

EXONS = ((101, 150), (201, 260), (301, 400))


def transcript(strand):
    return Transcript(
        "G1", "GENE", "T1", "protein_coding", "chr1", strand, EXONS, ((121, 150), (201, 260))
    )


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("sense", "+-")
def test_a_structure_has_the_sites_of_its_transcript(strand, sense):
    place = GenomicInterval("chr1", 120, 330, sense)
    result = transcript_model(transcript(strand), place)
    genome = {(place.position(p), place.sense(s), kind) for p, s, kind in result.sites(211)}
    first, last = ("donor", "acceptor") if strand == "+" else ("acceptor", "donor")
    assert genome == {
        (p, strand, kind)
        for intron in [(151, 200), (261, 300)]
        for p, kind in zip(intron, (first, last), strict=True)
    }
    ends = {tuple(sorted(map(place.position, exon))) for exon in result.exons}
    assert ends == {(120, 150), (201, 260), (301, 330)}
    assert result.exons == sorted(result.exons)


def test_what_is_cut_off_is_no_site():
    result = transcript_model(transcript("+"), GenomicInterval("chr1", 160, 250, "+"))
    assert result.introns == [(-8, 41)]
    assert result.sites(91) == [(41, "+", "acceptor")]
    assert transcript_model(transcript("+"), GenomicInterval("chr1", 500, 600, "+")).exons == []


def test_genomic_interval_maps_both_strands():
    assert str(GenomicInterval("chr19", 1_000, 2_000, "-")) == "chr19:1,000-2,000:-"
    assert GenomicInterval("chr19", 1_000, 2_000, "-").position(1) == 2_000
    assert GenomicInterval("chr19", 1_000, 2_000, "-").sense("-") == "+"


def test_intervals_of_a_part():
    assert clipped([(-3, 2), (4, 9), (11, 12)], 8) == [(1, 2), (4, 8)]
    assert shifted([(1, 5), (8, 20), (30, 40)], 4, 10) == [(-2, 2), (5, 17)]


def test_published_changes_stand_on_their_genes():
    genes = {e.name: e for e in examples()}
    assert len(gallery().variants) >= 12
    for known, change in gallery().variants:
        bases = str(genes[known.gene].sequence)
        assert bases[change.position - 1 :].startswith(change.ref)
        letters = re.search(r"([ACGT])>([ACGT])$", known.hgvs)
        assert letters is None or letters.groups() == (change.ref, change.alt)
        assert known.source
        assert known.effect.endswith(".")


def test_worked_examples_show_the_change_within_its_gene():
    genes = {e.name: e for e in examples()}
    for worked in worked_examples():
        gene, part = genes[worked.known.gene], worked.example
        start = str(gene.sequence).index(str(part.sequence))
        assert len(part.sequence) <= 2 * VARIANT_FLANK + 10
        assert part.interval.position(1) == gene.interval.position(start + 1)
        (change,) = parse_variants(worked.edit, part.sequence)
        edited = str(apply_variants(part.sequence, [change]))
        assert edited != str(part.sequence)
        length = len(part.sequence)
        full = gene.structures[0].sites(len(gene.sequence))
        expected = [(p - start, s, k) for p, s, k in full if 1 <= p - start <= length]
        assert part.structures[0].sites(length) == expected


def test_a_structure_keeps_the_coding_sequence_and_all_exons_whole():
    result = transcript_model(transcript("-"), GenomicInterval("chr1", 160, 250, "-"))
    assert result.whole_exons == ((-149, -50), (-9, 50), (101, 150))
    assert result.cds == (-9, 130)  # 260 to 121 on the genome
    assert case_transcript_model(Sequence("ACgtagACGT")).cds is None
    for example in [*examples(), *(w.example for w in worked_examples())]:
        known = example.structures[0]
        inside = [(s, e) for s, e in known.whole_exons if s <= len(example.sequence) and e >= 1]
        assert clipped(inside, len(example.sequence)) == known.exons
        first, last = known.cds
        if first >= 1 and last <= len(example.sequence):
            assert example.sequence.bases[first - 1 : first + 2] == "ATG"
            assert example.sequence.bases[last - 3 : last] in ("TAA", "TAG", "TGA")
