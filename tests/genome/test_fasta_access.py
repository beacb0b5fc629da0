"""Bases of a FASTA file on disk are those of the file as it is, whatever index lies beside it."""

import gzip
import os

import numpy as np
import pysam
import pytest

from dnaviz.errors import InputError
from dnaviz.genome import fasta_access
from dnaviz.genome.cache import cache_folder
from dnaviz.genome.fasta import read_genome
from dnaviz.genome.regions import Regions


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache_folder.cache_clear()
    yield tmp_path / "cache" / "dnaviz"
    cache_folder.cache_clear()


def bases(seed, length=3000):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


CHROMS = {"chr1": bases(1), "chr2": bases(2), "chr3": bases(3, 1000)}


def fasta(chroms=None, width=60, end="\n"):
    return "".join(
        f">{name} x{end}" + "".join(s[i : i + width] + end for i in range(0, len(s), width))
        for name, s in (chroms or CHROMS).items()
    )


def write(path, text, packed=False):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if packed:
        pysam.tabix_compress(str(path), f"{path}.gz", force=True)
        path = path.with_name(f"{path.name}.gz")
    return path


def check(path, chroms=None):
    regions = Regions(path)
    for name, expected in (chroms or CHROMS).items():
        for first, last in ((1, 60), (101, 180), (len(expected) - 59, len(expected))):
            result = regions.find(f"{name}:{first}-{last}").sequence.bases
            assert result == expected[first - 1 : last]
    return regions


def age(path, seconds):
    about = path.stat()
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + int(seconds * 1e9)))


CHANGES = {
    "other order": {"chr2": CHROMS["chr2"], "chr1": CHROMS["chr1"], "chr3": CHROMS["chr3"]},
    "other names": {"chr2": CHROMS["chr1"], "chr1": CHROMS["chr2"], "chr3": CHROMS["chr3"]},
    "a record more": {"chr0": bases(9), **CHROMS},
    "a record less": {"chr1": CHROMS["chr1"], "chr3": CHROMS["chr3"]},
    "a base more": {**CHROMS, "chr1": "A" + CHROMS["chr1"]},
    "longer at the end": {**CHROMS, "chr3": CHROMS["chr3"] + "A" * 500},
    "shorter at the end": {**CHROMS, "chr3": CHROMS["chr3"][:400]},
    "other bases": {**CHROMS, "chr1": CHROMS["chr1"][::-1]},
}


@pytest.mark.parametrize("newer", [5, 0, -5])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_an_index_of_another_file_gives_no_bases_of_another_place(tmp_path, name, packed, newer):
    path = write(tmp_path / "g.fa", fasta(), packed)
    pysam.faidx(str(path))
    path = write(tmp_path / "g.fa", fasta(CHANGES[name]), packed)
    for index in tmp_path.glob("g.fa*i"):
        age(index, newer)
    check(path, CHANGES[name])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("width", [50, 70, 3000])
def test_an_index_for_other_lines_is_not_used(tmp_path, packed, width):
    path = write(tmp_path / "g.fa", fasta(), packed)
    pysam.faidx(str(path))
    path = write(tmp_path / "g.fa", fasta(width=width), packed)
    for index in tmp_path.glob("g.fa*i"):
        age(index, 5)
    check(path)


@pytest.mark.parametrize("packed", [False, True])
def test_an_index_that_fits_is_used_and_one_that_does_not_is_told(tmp_path, cache, packed):
    path = write(tmp_path / "g.fa", fasta(), packed)
    pysam.faidx(str(path))
    assert check(path).notes == []
    assert not list(cache.glob("*")) if cache.exists() else True
    age(tmp_path / f"{path.name}.fai", -9)
    (note,) = check(path).notes
    assert note == f"{path.name}.fai is not used: it is no index of {path.name} (it is older)."
    assert list(cache.glob("*.fai"))


@pytest.mark.parametrize("content", [b"", b"chr1\t3000\n", b"chr1\tx\t6\t60\t61\n", b"\x00" * 90])
def test_a_damaged_index_is_made_anew(tmp_path, content):
    path = write(tmp_path / "g.fa", fasta())
    (tmp_path / "g.fa.fai").write_bytes(content)
    check(path)


@pytest.mark.parametrize("content", [b"", b"abc", b"\x01" * 8, b"\xff" * 24])
def test_a_damaged_index_of_blocks_is_made_anew(tmp_path, content):
    path = write(tmp_path / "g.fa", fasta(), packed=True)
    pysam.faidx(str(path))
    (tmp_path / f"{path.name}.gzi").write_bytes(content)
    check(path)


def test_our_own_index_is_made_anew_when_the_file_is_replaced(tmp_path):
    path = write(tmp_path / "g.fa", fasta())
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    regions = check(path)
    swapped = CHANGES["other names"]
    write(path, fasta(swapped))
    os.utime(path, ns=times)  # same size, same time
    check(path, swapped)
    assert regions.find("chr1:1-60").sequence.bases == swapped["chr1"][:60]


def test_our_own_index_that_was_damaged_is_made_anew(tmp_path, cache):
    path = write(tmp_path / "g.fa", fasta())
    check(path)
    (own,) = cache.glob("*.fai")
    own.write_text("chr1\t3000\t1000\t60\t61\n")
    check(path)


UNEVEN = {
    "uneven lines": fasta().replace(CHROMS["chr1"][60:90], CHROMS["chr1"][60:90] + "\n", 1),
    "a blank line within": fasta().replace(
        CHROMS["chr1"][:60] + "\n", CHROMS["chr1"][:60] + "\n\n"
    ),
    "old line ends": fasta(end="\r"),
    "Windows line ends": fasta(end="\r\n"),
    "mixed line ends": fasta().replace("\n", "\r\n", 7),
    "a mark at the start": "\ufeff" + fasta(),
    "a blank line first": "\n" + fasta(),
    "blanks at line ends": fasta().replace("\n", " \n").replace("x \n", "x\n"),
    "no last line end": fasta().rstrip("\n"),
    "lower case": fasta().replace("ACGT", "acgt"),
}


@pytest.mark.parametrize("packed", ["", "gzip", "bgzip"])
@pytest.mark.parametrize("name", UNEVEN)
def test_files_as_editors_leave_them_are_read(tmp_path, name, packed, capfd):
    path = write(tmp_path / "g.fa", UNEVEN[name], packed == "bgzip")
    if packed == "gzip":
        path.write_bytes(gzip.compress(UNEVEN[name].encode()))
    check(path)
    assert dict(read_genome(path)) == CHROMS
    assert capfd.readouterr() == ("", "")


BAD = {
    "twice": (
        fasta() + fasta({"chr2": bases(7)}),
        r'two records called "chr2" \(lines 52 and 121\)',
    ),
    "twice in a row": (fasta({"chr1": "ACGT" * 9}) * 2, r"lines 1 and 3"),
    "no header": ("ACGTACGT\n" * 9, "is not FASTA: line 1 comes before"),
    "nameless": (">\nACGT\n", "Line 1 of .* without a name"),
    "empty": ("", "holds no FASTA record"),
    "UTF-16": (fasta().encode("utf-16"), "is UTF-16 text"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_file_is_told_with_its_lines(tmp_path, name):
    text, words = BAD[name]
    path = write(tmp_path / "g.fa", text)
    with pytest.raises(InputError, match=words) as caught:
        Regions(path)
    assert str(path) in str(caught.value)


def test_an_uneven_file_that_is_too_large_says_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(fasta_access, "MAX_UNPACKED", 1000)
    path = write(tmp_path / "g.fa", UNEVEN["uneven lines"])
    with pytest.raises(InputError, match=r"because line 3 is (not as long|longer|shorter)"):
        Regions(path)
    path = write(tmp_path / "old.fa", UNEVEN["old line ends"])
    with pytest.raises(InputError, match="line ends of an old Mac"):
        Regions(path)


@pytest.mark.parametrize("character", ["*", "-", "!", "."])
def test_what_is_no_base_is_told_with_its_place(tmp_path, character):
    sequence = CHROMS["chr1"][:120] + character + CHROMS["chr1"][121:]
    path = write(tmp_path / "g.fa", fasta({"chr1": sequence, "chr2": CHROMS["chr2"]}))
    regions = Regions(path)
    for strand in "+-":
        with pytest.raises(InputError, match=r"g\.fa, chr1:121: ") as caught:
            regions.find(f"chr1:101-180:{strand}")
        assert f'"{character}"' in str(caught.value)
    assert regions.find("chr1:1-60").sequence.bases == CHROMS["chr1"][:60]
    with pytest.raises(InputError, match=r"line 4, column 1 \(record \"chr1\"\)"):
        read_genome(path)


def test_a_record_without_bases_is_no_chromosome(tmp_path):
    path = write(tmp_path / "g.fa", fasta() + ">chr4\n")
    with pytest.raises(InputError, match=r'record "chr4" \(line 121\) has no bases'):
        read_genome(path)
    with pytest.raises(InputError, match=r'record "chr4" \(line 121\) has no bases'):
        Regions(path)


def test_two_names_of_one_chromosome_are_refused_where_they_matter(tmp_path):
    path = write(tmp_path / "g.fa", fasta({"19": bases(4), "chr19": bases(5), "chr2": bases(2)}))
    regions = Regions(path)
    assert regions.find("chr2:1-60").sequence.bases == bases(2)[:60]
    for name in ("19", "chr19", "Chr19"):
        with pytest.raises(InputError, match="19 and chr19, which are one chromosome"):
            regions.find(f"{name}:1-60")
    with pytest.raises(InputError, match="two records for chr19"):
        read_genome(path)
