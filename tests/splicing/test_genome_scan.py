import gzip

import numpy as np
import pytest
from helpers.foreign_models import SmallCNN
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.genome.records import record_lengths
from dnaviz.splicing.genome_scan import Chunk, read_chunks, scan_chunks, score_chunk
from dnaviz.splicing.scan import scan


def random_bases(length, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def fasta(records, width=60):
    return "".join(
        f">{name} some words\n" + "".join(f"{b[i : i + width]}\n" for i in range(0, len(b), width))
        for name, b in records.items()
    )


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa.gz"
    records = {
        "one": random_bases(3_210),
        "two": random_bases(35, 1),
        "three": random_bases(999, 2),
    }
    path.write_bytes(gzip.compress(fasta(records).encode()))
    return path, records


def sites_of(found):
    return [(chunk.name, *site) for chunk, sites in found for site in sites]


@pytest.mark.parametrize("size", [100, 500, 5_000])
def test_chunks_give_the_sites_of_the_whole_records(genome, size):
    path, records = genome
    model = SmallCNN()
    result = sites_of(
        scan_chunks(read_chunks(path, model.context, size=size), model, threshold=0.9)
    )
    expected = [
        (name, *site)
        for name, bases in records.items()
        for site in sorted(scan(bases, model, threshold=0.9).sites, key=lambda s: s[:3])
    ]
    assert len(expected) > 20
    assert [f[:5] for f in result] == [e[:5] for e in expected]
    np.testing.assert_allclose([f[5] for f in result], [e[5] for e in expected], atol=1e-5)


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=4),
    st.integers(1, 90),
    st.integers(1, 130),
    st.integers(0, 60),
)
def test_chunks_tile_every_record_with_its_context(tmp_path_factory, lengths, width, size, context):
    path = tmp_path_factory.mktemp("chunks") / "in.fa"
    records = {f"r{i}": random_bases(n, i) for i, n in enumerate(lengths)}
    path.write_text(fasta(records, width))
    chunks = list(read_chunks(path, context, size=size))
    for name, bases in records.items():
        mine = [c for c in chunks if c.name == name]
        assert [c.start for c in mine] == list(range(0, len(bases), size))
        for c in mine:
            first = c.start - c.lead
            assert c.bases == bases[first : first + len(c.bases)]
            assert first == 0 or c.lead >= context
            end = first + len(c.bases)
            assert end == len(bases) or end >= c.stop + context
            assert c.stop == min(c.start + size, len(bases))


def test_regions_are_scored_as_in_the_whole(genome):
    path, records = genome
    model = SmallCNN()
    regions = {"one": [(101, 350), (2_000, 2_001)], "three": [(1, 999)]}
    chunks = read_chunks(path, model.context, size=200, regions=regions)
    result = sites_of(scan_chunks(chunks, model, threshold=0.8))
    expected = [
        (name, *site)
        for name, spans in regions.items()
        for site in sorted(scan(records[name], model, threshold=0.8).sites, key=lambda s: s[:3])
        if any(start <= site.position <= end for start, end in spans)
    ]
    assert expected
    assert [f[:5] for f in result] == [e[:5] for e in expected]


def test_stretches_without_bases_are_passed_over(tmp_path):
    path = tmp_path / "in.fa"
    path.write_text(fasta({"gap": "N" * 500 + random_bases(100) + "n" * 400}))
    assert [(c.start, c.stop) for c in read_chunks(path, 10, size=100)] == [
        (400, 500),  # its context has bases
        (500, 600),
        (600, 700),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no FASTA record"),
        ("ACGT\n", "line 1 comes before any '>'"),
        (">a\nACGT\nAC-GT\n", r'line 3, column 3 \(record "a"\): .-. is not'),
        (">a\nACGT\n>\nACGT\n", "Line 3 of .* without a name"),
        (">a\nACGT\n>b\nAC\n>a\nACGT\n", r'two records called "a" \(lines 1 and 5\)'),
    ],
)
def test_bad_fasta_is_told_with_its_line(tmp_path, text, words):
    path = tmp_path / "in.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        list(read_chunks(path, 10))


def test_a_damaged_gzip_is_one_sentence(genome, tmp_path):
    path = tmp_path / "cut.fa.gz"
    path.write_bytes(genome[0].read_bytes()[:-30])
    with pytest.raises(InputError, match="damaged"):
        list(read_chunks(path, 10))


def test_workers_give_what_one_process_gives(tmp_path):
    path = tmp_path / "in.fa"
    path.write_text(fasta({"a": random_bases(1_500, 4)}))
    one, two = (
        sites_of(scan_chunks(read_chunks(path, 200, size=400), threshold=0.001, workers=n))
        for n in (1, 2)
    )
    assert one
    assert one == two


def test_a_motif_at_a_chunks_end_is_whole():
    model = SmallCNN()
    bases = random_bases(300, 5)
    chunk = Chunk("x", 100, 200, bases[60:240], 40)
    expected = {s[:4] for s in scan(bases, model, threshold=0.5).sites if 100 < s.position <= 200}
    assert {s[:4] for s in score_chunk(model, chunk, 0.5, "both")} == expected


def test_lengths_are_those_of_the_records(genome):
    path, records = genome
    assert record_lengths(path) == {name: len(bases) for name, bases in records.items()}
