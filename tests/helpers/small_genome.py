"""A small genome that a test can check by brute force."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from dnaviz.genome.fasta import Genome
from helpers.small_annotation import TRANSCRIPTS, gff3


@pytest.fixture(scope="session")
def data_folder():
    """The development data: $DNAVIZ_DATA, or shared/data beside the checkout."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("DNAVIZ_DATA", default))
    if not folder.is_dir():
        pytest.skip("the development data is not here")
    return folder


@pytest.fixture(scope="session")
def transcripts():
    return list(TRANSCRIPTS)


@pytest.fixture(scope="session")
def genome():
    rng = np.random.default_rng(1)
    bases = {f"chr{n}": "".join(rng.choice(list("ACGT"), 8000)) for n in (1, 2)}
    for t in TRANSCRIPTS:
        first, last = ("GT", "AG") if t.strand == "+" else ("CT", "AC")
        for start, end in t.introns:
            chrom = bases[t.chrom]
            bases[t.chrom] = (
                chrom[: start - 1] + first + chrom[start + 1 : end - 2] + last + chrom[end:]
            )
    bases["chr1"] = bases["chr1"][:6500] + "N" * 300 + bases["chr1"][6800:]
    return Genome(bases)


@pytest.fixture
def files(tmp_path, genome, transcripts):
    """Paths of the genome (gzipped, wrapped lines) and of its annotation."""
    return written(tmp_path, genome, transcripts)


def written(folder, genome, transcripts):
    """Write the genome and its annotation; their paths."""
    fasta = folder / "genome.fa.gz"
    text = "".join(
        f">{name.removeprefix('chr')} dna:chromosome\n"
        + "\n".join(bases[i : i + 60].lower() for i in range(0, len(bases), 60))
        + "\n"
        for name, bases in genome.items()
    )
    fasta.write_bytes(gzip.compress(text.encode()))
    annotation = folder / "genes.gff3"
    annotation.write_text(gff3(transcripts))
    return fasta, annotation
