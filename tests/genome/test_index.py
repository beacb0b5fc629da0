"""Transcripts by place, against a look at each of them."""

import numpy as np
import pytest

from dnaviz.genome.annotation import read_annotation
from dnaviz.genome.cache import cache_folder
from dnaviz.genome.index import AnnotationIndex


@pytest.fixture
def annotation(tmp_path, monkeypatch):
    """Two hundred transcripts on two contigs, one of them over most of its contig."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache_folder.cache_clear()
    rng = np.random.default_rng(0)
    lines = ["##gff-version 3"]
    for number in range(200):
        start = int(rng.integers(1, 10_000))
        end = 19_000 if number == 150 else start + int(rng.integers(0, 300))
        place = ("chr1" if number % 2 else "chr2", "made", "transcript", start, end)
        attributes = f"ID=t{number};gene_id=g{number};transcript_id=t{number}"
        lines.append("\t".join(map(str, (*place, ".", "+", ".", attributes))))
        of_exon = ("exon", start, end, ".", "+", ".", f"Parent=t{number}")
        lines.append("\t".join(map(str, (*place[:2], *of_exon))))
    path = tmp_path / "genes.gff3"
    path.write_text("\n".join(lines) + "\n")
    yield path
    cache_folder.cache_clear()


def test_transcripts_of_a_region_are_those_that_overlap_it(annotation):
    index, everything = AnnotationIndex(annotation), read_annotation(annotation)
    assert len(everything) == 200
    rng = np.random.default_rng(1)
    for _ in range(300):
        contig, start = rng.choice(["chr1", "chr2"]), int(rng.integers(1, 20_000))
        end = start + int(rng.integers(0, 500))
        overlapping = {
            t.transcript
            for t in everything
            if t.chrom == contig and t.start <= end and t.end >= start
        }
        within = [t.transcript for t in index.within(contig, start, end)]
        assert sorted(within) == sorted(overlapping)
