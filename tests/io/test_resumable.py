import gzip
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError, UnfinishedWork
from dnaviz.io.resumable import bgzf, file_identity, open_pieces
from dnaviz.io.workers import open_workers

TEXTS = ["one\n" * 9, "", "two\n", "three\n" * 20_000, "four\n"]


class KilledError(Exception):
    """The run ends here."""


def run(path, identity, fail_at=None):
    """Write all pieces; return the numbers of those that were made anew."""
    made = []
    with open_pieces(path, identity) as pieces:
        for number, text in enumerate(TEXTS):
            if number < pieces.done:
                continue
            if number == fail_at:
                raise KilledError
            made.append(number)
            pieces.add(text)
    return made


@pytest.mark.parametrize("name", ["out.tsv", "out.tsv.gz"])
@pytest.mark.parametrize("fail_at", range(len(TEXTS)))
def test_a_killed_run_goes_on_and_ends_in_the_same_file(tmp_path, name, fail_at):
    full, path = tmp_path / f"whole-{name}", tmp_path / name
    run(full, {"x": 1})
    with pytest.raises(KilledError):
        run(path, {"x": 1}, fail_at)
    assert not path.exists()
    assert run(path, {"x": 1}) == list(range(fail_at, len(TEXTS)))
    assert path.read_bytes() == full.read_bytes()
    data = gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()
    assert data.decode() == "".join(TEXTS)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([full.name, name])


def test_half_a_piece_is_written_again(tmp_path):
    path = tmp_path / "out.tsv"
    with pytest.raises(KilledError):
        run(path, {"x": 1}, 3)
    with (tmp_path / ".out.tsv.part").open("ab") as file:
        file.write(b"half a pie")
    with (tmp_path / ".out.tsv.part.journal").open("a") as file:
        file.write("99")
    assert run(path, {"x": 1}) == [3, 4]
    assert path.read_text() == "".join(TEXTS)


def test_a_journal_that_promises_more_than_there_is_is_not_believed(tmp_path):
    path = tmp_path / "out.tsv"
    with pytest.raises(KilledError):
        run(path, {"x": 1}, 4)
    part = tmp_path / ".out.tsv.part"
    part.write_bytes(part.read_bytes()[:38])  # a power cut: the journal was written, this was not
    assert run(path, {"x": 1}) == [2, 3, 4]
    assert path.read_text() == "".join(TEXTS)


def test_other_work_is_begun_anew(tmp_path):
    path = tmp_path / "out.tsv"
    with pytest.raises(KilledError):
        run(path, {"x": 1}, 3)
    assert run(path, {"x": 2}) == list(range(len(TEXTS)))


def test_two_at_a_time_are_refused(tmp_path):
    path = tmp_path / "out.tsv"
    with open_pieces(path, {}) as pieces:
        pieces.add("first\n")
        with (
            pytest.raises(InputError, match="Another process is writing"),
            open_pieces(path, {}),
        ):
            pass
        pieces.add("second\n")
    assert path.read_text() == "first\nsecond\n"


def test_nothing_is_left_of_work_that_cannot_be_done(tmp_path):
    def refused():
        with open_pieces(tmp_path / "out.tsv", {}) as pieces:
            pieces.add("one\n")
            raise InputError("in.fa, line 7: no nucleotide.")

    with pytest.raises(InputError, match="line 7"):
        refused()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_until_the_end(tmp_path):
    path = tmp_path / "out.tsv"
    path.write_text("old")
    with pytest.raises(KilledError):
        run(path, {}, 2)
    assert path.read_text() == "old"
    run(path, {})
    assert path.read_text() == "".join(TEXTS)


def test_a_changed_file_has_another_identity(tmp_path):
    path = tmp_path / "in.fa"
    path.write_text(">a\nACGT\n")
    before = file_identity(path)
    path.write_text(">a\nACGTA\n")
    assert file_identity(path) != before
    with pytest.raises(InputError, match="cannot be read"):
        file_identity(tmp_path / "none")


@given(st.binary(max_size=200_000))
def test_bgzf_is_gzip_and_comes_back(data):
    assert gzip.decompress(bgzf(data) + bgzf(b"x")) == data + b"x"


def test_bgzf_is_read_at_random_by_htslib(tmp_path):
    pysam = pytest.importorskip("pysam")
    path = tmp_path / "sites.bed.gz"
    rows = [f"chr1\t{i}\t{i + 1}\tdonor\t{i % 1000}\t+\n" for i in range(0, 90_000, 3)]
    with open_pieces(path, {}) as pieces:
        for start in range(0, len(rows), 1_000):
            pieces.add("".join(rows[start : start + 1_000]))
    pysam.tabix_index(str(path), preset="bed")
    with pysam.TabixFile(str(path)) as file:
        assert list(file.fetch("chr1", 60_000, 60_010)) == [
            r.rstrip() for r in rows if 60_000 <= int(r.split("\t")[1]) < 60_010
        ]


def test_what_is_done_stays_when_a_worker_is_killed(tmp_path):
    path = tmp_path / "out.tsv"

    def lose_a_worker():
        with open_pieces(path, {"x": 1}) as pieces, open_workers(1) as pool:
            pieces.add(TEXTS[0])
            pool.submit(os._exit, 9).result()

    with pytest.raises(UnfinishedWork, match="A worker process was killed"):
        lose_a_worker()
    assert not path.exists()
    assert run(path, {"x": 1}) == list(range(1, len(TEXTS)))
