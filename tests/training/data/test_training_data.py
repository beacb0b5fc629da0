"""Whole genes, chains of introns, copies and crops: what labels training sees."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.sequences.codes import COMPLEMENT, encode_bases
from dnaviz.training.data import overlap
from dnaviz.training.data.annotated import IGNORE, Stretch, find_sites, read_annotated, stretch
from dnaviz.training.data.canvases import PAD
from dnaviz.training.data.chains import chain_stretches, label_body, read_chains, site_index
from dnaviz.training.data.collect import collect, genes_of, sites, to_calibrate_on
from dnaviz.training.data.crops import (
    CORE,
    MAX_SUBSTITUTED,
    Mix,
    Sampler,
    cut,
    exchange,
    mask_seam,
    shift,
    substitute_bases,
)
from dnaviz.training.data.records import Intron
from dnaviz.training.data.sources import checksums

PLAIN = Mix(exchanged=0, shifted=0, fragments=0, unknown=0, changed=0)
TABLE = ("intron_id", "chrom", "start1", "end1", "strand", "up_exon50", "intron", "down_exon50",
         "middle_truncated")  # fmt: skip


def dna(n: int, seed: int) -> str:
    """Random bases without a G: no site appears in them by chance."""
    return "".join(np.random.default_rng(seed).choice(list("ACT"), n))


def flipped(bases: str) -> str:
    return bases[::-1].translate(str.maketrans("ACGT", "TGCA"))


def gene(seed: int = 0) -> tuple[str, list[tuple[int, int]]]:
    """A gene of three exons of 60 nt, and where they are (1-based)."""
    parts = [dna(60, seed), "GT" + dna(96, seed + 1) + "AG", dna(60, seed + 2),
             "GC" + dna(96, seed + 3) + "AG", dna(60, seed + 4)]  # fmt: skip
    return "".join(parts), [(1, 60), (161, 220), (321, 380)]


def annotation(
    name: str, exons: list[tuple[int, int]], strand: str = "+", parent: str = "t"
) -> str:
    rows = [f"{name}\tx\tmRNA\t{exons[0][0]}\t{exons[-1][1]}\t.\t{strand}\t.\tID={parent}"]
    rows += [f"{name}\tx\texon\t{a}\t{b}\t.\t{strand}\t.\tParent={parent}" for a, b in exons]
    return "\n".join(rows) + "\n"


def write(folder: Path, fasta: dict[str, str], rows: str) -> tuple[Path, Path]:
    paths = folder / "genome.fa", folder / "genes.gff3"
    paths[0].write_text("".join(f">{name} here\n{bases}\n" for name, bases in fasta.items()))
    paths[1].write_text(rows)
    return paths


def test_labels_of_both_strands_in_their_own_sense(tmp_path: Path) -> None:
    bases, exons = gene()
    length = 1000
    forward = dna(100, 7) + bases + dna(length - 100 - len(bases) - 400, 8)
    genome = forward + flipped(bases) + "A" * (400 - len(bases))
    start = len(forward)
    rows = annotation("chr8", [(a + 100, b + 100) for a, b in exons], parent="t1")
    back = [(start + len(bases) + 1 - b, start + len(bases) + 1 - a) for a, b in exons[::-1]]
    rows += annotation("chr8", back, "-", parent="t2")
    (s,) = read_annotated(*write(tmp_path, {"8": genome}, rows))
    assert (s.name, s.chrom, len(s.codes)) == ("8", "chr8", length)
    for strand, low in (("+", 100), ("-", start)):
        codes, labels, inside = s.crop(low, low + len(bases), strand)
        assert (codes == encode_bases(bases)).all()
        assert np.flatnonzero(labels == 1).tolist() == [60, 220]
        assert np.flatnonzero(labels == 2).tolist() == [159, 319]
        assert set(np.flatnonzero(inside == 1)) == {
            p - 1 for a, b in exons for p in range(a, b + 1)
        }
    assert (s.crop(start, start + len(bases), "+")[1] == 0).all()  # the other strand has none


def test_beyond_a_stretch_there_is_nothing_and_no_label() -> None:
    bases, _ = gene()
    none = stretch("a", "chr8", encode_bases(bases), [])
    codes, labels, inside = none.crop(-5, 7, "-")
    assert (codes[-5:] == PAD).all()
    assert (codes[:7] == COMPLEMENT[encode_bases(bases)[6::-1]]).all()
    assert (labels[-5:] == IGNORE).all()
    assert (inside[-5:] == IGNORE).all()
    assert (labels[:7] == 0).all()


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_site_that_reads_like_none_is_masked(tmp_path: Path, strand: str) -> None:
    bases, exons = gene()
    wrong = bases[:60] + "CC" + bases[62:220] + "NN" + bases[222:]
    genome = wrong if strand == "+" else flipped(wrong.replace("N", "A"))
    if strand == "-":
        exons = [(len(bases) + 1 - b, len(bases) + 1 - a) for a, b in exons[::-1]]
    (s,) = read_annotated(*write(tmp_path, {"chr8": genome}, annotation("chr8", exons, strand)))
    _, labels, _ = s.crop(0, len(bases), strand)
    assert (labels[[60, 220]] == IGNORE).all()
    assert (labels[[159, 319]] == 2).all()
    assert not (labels == 1).any()


def test_all_isoforms_give_their_sites(tmp_path: Path) -> None:
    bases, exons = gene()
    rows = annotation("chr8", exons) + annotation("chr8", [exons[0], exons[2]], parent="skips")
    (s,) = read_annotated(*write(tmp_path, {"chr8": bases}, rows))
    assert s.strands["+"].donors.tolist() == [60, 220]
    assert s.strands["+"].exons.tolist() == [[a - 1, b] for a, b in exons]
    assert s.strands["+"].genes.tolist() == [[0, 380]]


def test_another_assembly_is_refused(tmp_path: Path) -> None:
    bases, exons = gene()
    paths = write(tmp_path, {"chr8": bases[:300]}, annotation("chr8", exons))
    with pytest.raises(InputError, match=r"transcript t ends at 380, but chr8 .* has 300 nt"):
        read_annotated(*paths)
    paths = write(tmp_path, {"contig": bases}, annotation("chr8", exons))
    with pytest.raises(InputError, match="are the names the same"):
        read_annotated(*paths)
    paths = write(tmp_path, {"chr8": "C" * 7 + bases}, annotation("chr8", exons))
    with pytest.raises(
        InputError, match=r"of 4 annotated .* or these are no introns that a spliceosome removes"
    ):
        read_annotated(*paths)


def table(path: Path, rows: list[tuple]) -> Path:
    with gzip.open(path, "wt") as handle:
        for row in [TABLE, *rows]:
            handle.write("\t".join(map(str, row)) + "\n")
    return path


def chained(chrom: str = "chr8", middle: int = 150) -> tuple[list[tuple], str]:
    """Two introns of one transcript with an exon of `middle` nt between, and their DNA."""
    up, between, down = dna(50, 1), dna(middle, 2), dna(50, 3)
    first, second = "GT" + dna(200, 4) + "AG", "GT" + dna(100, 5) + "AG"
    at = 1000
    next_at = at + len(first) + middle
    rows = [
        ("E@T-intron_1(2)", chrom, at, at + len(first) - 1, "+", up, first, between[:50], 0),
        ("E@T-intron_2(2)", chrom, next_at, next_at + len(second) - 1, "+", between[-50:], second,
         down, 0),
    ]  # fmt: skip
    return rows, up + first + between + second + down


@pytest.mark.parametrize("middle", [80, 100, 150])
def test_introns_of_one_transcript_are_joined_by_their_exon(tmp_path: Path, middle: int) -> None:
    rows, full = chained(middle=middle)
    chains = read_chains(table(tmp_path / "i.tsv.gz", rows[::-1]), ["train"])
    assert [c.gaps for c in chains] == [[middle]]
    (s,) = chain_stretches(chains)
    expected = encode_bases(full)
    known = s.codes != 4
    assert len(s.codes) == len(full)
    assert (s.codes[known] == expected[known]).all()
    assert (~known).sum() == max(0, middle - 100)
    result = s.strands["+"]
    assert result.donors.tolist() == [50, 254 + middle]
    assert result.acceptors.tolist() == [253, 254 + middle + 103]
    assert set(s.strands) == {"+"}


def test_introns_of_two_transcripts_stay_apart(tmp_path: Path) -> None:
    rows, _ = chained()
    other = ("E@U-intron_2(2)", *rows[1][1:])
    assert len(read_chains(table(tmp_path / "i.tsv.gz", [rows[0], other]), ["train"])) == 2
    assert not read_chains(tmp_path / "i.tsv.gz", ["validation"])


def test_a_missing_middle_of_an_intron_is_nothing(tmp_path: Path) -> None:
    left, right = "GT" + dna(498, 1), dna(498, 2) + "AG"
    row = ("i", "chr8", 1, 5000, "+", dna(50, 3), left + "NNNNN" + right, dna(50, 4), 1)
    (s,) = chain_stretches(read_chains(table(tmp_path / "i.tsv.gz", [row]), ["train"]))
    gap = s.codes == PAD
    assert gap.sum() >= 200
    assert not (s.codes == 4).any()
    assert (s.codes[50:550] == encode_bases(left)).all()
    assert (s.codes[-550:-50] == encode_bases(right)).all()
    _, labels, _ = s.crop(0, len(s.codes), "+")
    assert (labels[gap] == IGNORE).all()
    assert np.flatnonzero(labels == 2).tolist() == [len(s.codes) - 51]


def real(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, n).astype(np.uint8)


def bare(codes: np.ndarray, name: str = "s") -> Stretch:
    return Stretch(name, "chr8", codes, {})


@pytest.mark.parametrize("turned", [False, True])
def test_copies_are_found_on_either_strand(turned: bool) -> None:
    chromosome, other = real(50_000, 0), real(5000, 1)
    copy = chromosome[20_000:25_000]
    copy = COMPLEMENT[copy[::-1]] if turned else copy
    known = overlap.index([bare(chromosome)])
    kept, copies = overlap.without_copies([bare(copy, "copy"), bare(other, "other")], known)
    assert [s.name for s in kept] == ["other"]
    assert [s.name for s in copies] == ["copy"]
    assert overlap.share_within(bare(other), known) < 0.05
    assert overlap.share_within(bare(copy[:20]), known) == 0


def test_words_do_not_depend_on_chunks_or_take_in_unknown_bases(monkeypatch) -> None:
    codes = real(30_000, 2)
    codes[5000:5100] = 4
    full = overlap.kmers(codes)
    parts = np.union1d(overlap.kmers(codes[:5000]), overlap.kmers(codes[5100:]))
    assert len(full) > 100
    assert (full == parts).all()
    monkeypatch.setattr(overlap, "CHUNK", 777)
    assert (overlap.kmers(codes) == full).all()


def test_files_are_split_by_chromosome_and_without_copies(tmp_path: Path) -> None:
    filling = "".join("ACGT"[k] for k in real(3000, 5))
    bases, exons = gene()
    fasta = {f"chr{n}": "".join("ACGT"[k] for k in real(3000, n)) + bases for n in (8, 2, 1)}
    fasta["chr8_LRG_5"] = fasta["chr8"]
    fasta["chr20_LRG_6"] = filling + bases
    fasta["chr12_LRG_7"] = fasta["chr1"]  # stands in a test chromosome
    rows = "".join(
        annotation(name, [(a + 3000, b + 3000) for a, b in exons], parent=f"t{name}")
        for name in fasta
    )
    intron_rows, _ = chained("chr9")
    intron_rows += [("x", "chr11", *row[2:]) for row in chained()[0][:1]]
    result = collect([write(tmp_path, fasta, rows)], table(tmp_path / "i.tsv.gz", intron_rows))
    assert [s.name for s in result.train] == ["chr8", "chr20_LRG_6", "chr11:1000-1203:+"]
    assert [s.name for s in result.validation] == ["chr2"]
    assert (result.counts["copies_left_out"], result.counts["copies_of_held_out_left_out"]) == (
        1,
        1,
    )
    assert result.counts["sites"] == sum(map(sites, result.train)) == 10
    ((codes, labels),) = genes_of(result.validation)
    assert len(codes) == len(bases)
    assert np.flatnonzero(labels).tolist() == [60, 159, 220, 319]


def test_what_is_not_annotated_is_not_learned_as_no_site(tmp_path: Path) -> None:
    bases, exons = gene()
    fasta = {"NC_000008.11": bases + dna(900, 3), "chr11": dna(900, 4) + bases}
    paths = write(tmp_path, fasta, annotation("chr8", exons))
    result = collect([paths])
    assert [(s.name, s.chrom) for s in result.train] == [("NC_000008.11", "chr8")]
    assert result.without_genes == ["chr11"]
    assert result.counts["records_without_genes_left_out"] == 1


def test_genes_that_are_not_learned_are_told(tmp_path: Path) -> None:
    bases, exons = gene()
    rows = annotation("chr8", exons) + annotation("chr8", exons, ".", "lost")
    rows += annotation("chr21", exons, parent="far")
    result = collect([write(tmp_path, {"chr8": bases, "chr5": bases[::-1]}, rows)])
    assert result.held_out == {"validation": [], "test": ["chr5"]}
    assert any("this exon has no strand and is left out" in note for note in result.notes)
    assert "genome.fa: 1 of 2 transcripts lie on none of its records." in result.notes


def test_checksums_keep_files_of_one_name_apart(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "genome.fa" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(f"{path.parent.name}")
    sums = checksums([*paths, write(tmp_path, {}, "")[1]])
    assert list(sums) == ["genome.fa", "genome.fa (2)", "genes.gff3"]
    assert [sums["genome.fa"], sums["genome.fa (2)"]] == [
        hashlib.sha256(name).hexdigest() for name in (b"a", b"b")
    ]


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    bases, exons = gene()
    held_out = "chr1, chr2, chr3, chr4, chr5, chr7, chr9, chr19"
    with pytest.raises(InputError, match=f"splice sites on training .* all but {held_out}"):
        collect([write(tmp_path, {"chr1": bases}, annotation("chr1", exons))])


def two_genes() -> list[Stretch]:
    bases, _ = gene()
    genome = encode_bases(dna(3000, 9) + bases + dna(3000, 10))
    full = stretch("w", "chr8", genome, [])
    sense = find_sites(genome, [], "+")._replace(
        donors=np.array([3060, 3220]), acceptors=np.array([3159, 3319]),
        exons=np.array([[3000, 3060]]), genes=np.array([[3000, 3380]]),
    )  # fmt: skip
    return [full._replace(strands=full.strands | {"+": sense})]


def test_long_genes_are_calibrated_on_only_where_there_are_no_others() -> None:
    short, long = ((np.zeros(n, np.uint8), np.zeros(n, np.uint8)) for n in (60_000, 60_001))
    assert [len(codes) for codes, _ in to_calibrate_on([long, short])] == [60_000]
    assert [len(codes) for codes, _ in to_calibrate_on([long])] == [60_001]


def test_crops_around_sites_hold_them_where_they_are() -> None:
    sampler = Sampler(two_genes(), 300, 50, PLAIN._replace(sites=1.0))
    codes, labels, exons = sampler.draw(40, np.random.default_rng(0))
    assert codes.shape == (40, 400)
    assert labels.shape == exons.shape == (40, 300)
    rows, columns = np.nonzero(labels == 1)
    assert len(rows) >= 10
    assert (codes[rows, columns + 50] == 2).all()
    assert ((labels == 1) | (labels == 2)).any(1).all()


def test_crops_anywhere_are_of_both_strands_and_of_stretches_that_have_both() -> None:
    (whole,) = two_genes()
    chain = Stretch("c", "chr8", np.full(9000, 2, np.uint8), {"+": whole.strands["+"]})
    sampler = Sampler([whole, chain], 100, 10, PLAIN._replace(sites=0.0, genes=0.0))
    codes, _, _ = sampler.draw(60, np.random.default_rng(0))
    assert not (codes == 2).all(1).any()
    assert any((row == 2).sum() > 20 for row in codes)  # no G but in the gene: the other strand


def test_fragments_have_nothing_around_them_and_no_label_there() -> None:
    sampler = Sampler(two_genes(), 2000, 200, PLAIN._replace(fragments=1.0))
    codes, labels, _ = sampler.draw(10, np.random.default_rng(1))
    assert (labels[codes[:, 200:-200] == PAD] == IGNORE).all()
    row = np.zeros(100_000, np.uint8)
    cut(row, 200, np.random.default_rng(2))
    edges = np.flatnonzero(np.diff((row == PAD).astype(int)))
    lengths = np.diff(edges)[(row[edges[:-1] + 1] != PAD)]
    assert len(lengths) >= 200
    assert 50 <= lengths.min() < 60 < 350 < lengths.max() <= 400
    assert np.median(lengths) == pytest.approx((50 * 400) ** 0.5, rel=0.15)  # even by logarithm


def test_unknown_bases_are_no_sites_and_in_no_exon() -> None:
    sampler = Sampler(two_genes(), 300, 50, PLAIN._replace(sites=1.0, unknown=1.0))
    codes, labels, exons = sampler.draw(40, np.random.default_rng(3))
    bases = codes[:, 50:-50]
    assert (bases == 4).sum() > 100
    assert (labels[bases == 4] == 0).all()
    assert (exons[bases == 4] == IGNORE).all()


def around(label: int, base: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A crop of one base with a site in its middle and another site 30 nt before its end."""
    codes, labels = np.full(600, base, np.uint8), np.zeros(600, np.uint8)
    labels[[300, 570]] = label
    return codes, labels, np.full(600, base, np.uint8)


@pytest.mark.parametrize("label", [1, 2])
def test_exchanged_surroundings_come_with_their_labels_and_leave_the_site(label: int) -> None:
    rng = np.random.default_rng(0)
    first, last = CORE[label]
    changed = 0
    for _ in range(50):
        crop, other = around(label, 0), around(label, 3)
        exchange(crop, other, 300, label, rng)
        codes, labels, exons = crop
        assert (codes[300 + first : 301 + last] == 0).all()
        assert labels[300] == label
        assert (codes == exons).all()
        assert np.count_nonzero(np.diff(codes)) in (1, 2)
        changed += (codes == 3).any()
    assert changed == 50


@pytest.mark.parametrize("label", [1, 2])
def test_shifted_surroundings_keep_labels_on_their_bases(label: int) -> None:
    rng = np.random.default_rng(0)
    first, last = CORE[label]
    moved = set()
    for _ in range(60):
        codes, labels, exons = around(label, 0)
        codes[570], before = 2, codes.copy()
        shift((codes, labels, exons), 300, label, rng)
        assert (codes[300 + first : 301 + last] == before[300 + first : 301 + last]).all()
        assert labels[300] == label
        assert (labels[codes == PAD] == IGNORE).all()
        (place,) = np.flatnonzero(codes == 2)
        assert labels[place] == label
        moved.add(int(place) - 570)
    assert len(moved) > 10
    assert max(map(abs, moved)) <= 20


@pytest.mark.parametrize("label", [1, 2])
def test_a_seam_in_the_core_of_a_site_takes_its_label(label: int) -> None:
    first, last = CORE[label]
    for seam, expected in ((first, 0), (first + 1, 1), (last, 1), (last + 1, 0)):
        labels = np.zeros(600, np.uint8)
        labels[300] = label
        mask_seam(labels, 300 + seam)
        assert (labels[300] == IGNORE) == bool(expected), seam


def test_bases_change_outside_of_cores_only() -> None:
    labels = np.zeros(2_000, np.uint8)
    labels[[500, 1_500]] = 1, 2
    before = np.random.default_rng(1).integers(0, 6, 2_000).astype(np.uint8)
    spared = np.zeros(2_000, bool)
    for label, site in ((1, 500), (2, 1_500)):
        spared[site + CORE[label][0] : site + CORE[label][1] + 1] = True
    ever = np.zeros(2_000, bool)
    for seed in range(80):
        codes = before.copy()
        substitute_bases(codes, labels, np.random.default_rng(seed))
        ever |= codes != before
        assert (codes != before).mean() < 1.5 * MAX_SUBSTITUTED
        assert codes.max() == 5
    assert not ever[spared].any()
    assert not ever[before > 3].any()
    assert ever[~spared & (before < 4)].mean() > 0.9


def make_intron(start: int, length: int, strand: str = "+") -> Intron:
    """An intron of C and T only but for its GT and AG, between exons of A only."""
    body = np.random.default_rng(0).choice([1, 3], length).astype(np.uint8)
    body[:2], body[-2:] = (2, 3), (0, 2)
    exon = np.zeros(50, np.uint8)
    return Intron("i", "chr8", strand, start, start + length - 1, exon, body, exon)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_sites_of_overlapping_introns_are_labeled(strand: str) -> None:
    # The short intron's far site lies inside the long one.
    if strand == "+":
        long, short = make_intron(1000, 300, "+"), make_intron(1000, 200, "+")
    else:
        long, short = make_intron(1000, 300, "-"), make_intron(1100, 200, "-")
    labels = label_body(long, site_index([long, short]))
    assert np.flatnonzero(labels == 1).tolist() == [0]
    assert np.flatnonzero(labels == 2).tolist() == [199, 299]


def test_sites_in_a_truncated_intron() -> None:
    whole = make_intron(1, 3000)
    body = np.concatenate([whole.body[:500], np.full(5, 4, np.uint8), whole.body[-500:]])
    known = [whole._replace(body=body)] + [make_intron(a, 40) for a in (101, 1500, 2901)]
    labels = label_body(known[0], site_index(known))
    assert np.flatnonzero(labels == 1).tolist() == [0, 100, 2900 - 1995]
    assert np.flatnonzero(labels == 2).tolist() == [139, 2939 - 1995, 1004]
