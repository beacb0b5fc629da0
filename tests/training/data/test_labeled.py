"""Labeled sequences from files: every layout, every complaint, what two sets share."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.sequences.codes import COMPLEMENT
from dnaviz.training.data import labeled
from dnaviz.training.data.labeled import (
    STRETCH,
    contradicted,
    overlapping,
    read_labeled,
    read_pair,
    repeated,
    shared,
)
from dnaviz.training.data.records import Record

RNG = np.random.default_rng(0)
SEQUENCES = ["".join(RNG.choice(list("ACGT"), 30)) for _ in range(4)]
LABELS = ["donor", "decoy", "decoy", "donor"]


def write(path: Path, text: str) -> Path:
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def rows(form: str) -> str:
    pairs = enumerate(zip(SEQUENCES, LABELS, strict=True))
    return "".join(form.format(i=f"s{i}", s=s, l=label) for i, (s, label) in pairs)


LAYOUTS = {
    "tagged.fa": rows(">{i} label={l} of something\n{s}\n"),
    "class.fa": rows(">{i} class: {l}\n{s}\n"),
    "last.fa.gz": rows(">{i} some words {l}\n{s}\n"),
    "bar.fa": rows(">{i}|{l}\n{s}\n"),
    "wrapped.fa": rows(">{i} {l}\n{s}\n").replace(SEQUENCES[1], SEQUENCES[1][:15] + "\n"
                                                  + SEQUENCES[1][15:].lower()),
    "table.tsv": "id\tsequence\tlabel\n" + rows("{i}\t{s}\t{l}\n"),
    "order.tsv.gz": "Label\tID\tSequence\textra\n" + rows("{l}\t{i}\t{s}\tx\n"),
    "comma.csv": "sequence,label\n" + rows("{s},{l}\n"),
    "uci.data": rows("{l},   {i},      {s}\n"),
    "bare.tsv": rows("{i}\t{s}\t{l}\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_say_the_same(tmp_path: Path, name: str) -> None:
    result = read_labeled(write(tmp_path / name, LAYOUTS[name]))
    assert result.classes == ["decoy", "donor"]
    assert [result.classes[k] for k in result.labels] == LABELS
    letters = np.array(list("ACGTN"))[result.codes]
    assert ["".join(row) for row in letters] == SEQUENCES


def test_a_label_of_several_words_is_read_whole_or_refused(tmp_path: Path) -> None:
    names = ["splice donor", "splice acceptor", "none", "none"]
    pairs = list(zip(names, SEQUENCES, strict=True))
    quoted = "".join(f'>s label="{name}" gene=A\n{s}\n' for name, s in pairs)
    assert read_labeled(write(tmp_path / "quoted.fa", quoted)).classes == sorted(set(names))
    bare = "".join(f">s label={name} gene=A\n{s}\n" for name, s in pairs)
    with pytest.raises(InputError, match='"splice acceptor" and "splice donor"; write a label'):
        read_labeled(write(tmp_path / "bare.fa", bare))


@pytest.mark.parametrize("label", ["NA", "nan", "."])
@pytest.mark.parametrize("form", [">{i} label={l}\n{s}\n", "{i}\t{s}\t{l}\n"])
def test_a_label_that_says_there_is_none_is_refused(tmp_path: Path, label: str, form: str) -> None:
    text = rows(form) + form.format(i="s4", s=SEQUENCES[0][::-1], l=label)
    with pytest.raises(InputError, match=r'record 5 \("s4"\) has the label .* there is none'):
        read_labeled(write(tmp_path / "t", text))


def test_labels_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    text = LAYOUTS["table.tsv"].replace("donor", "Donor", 1)
    with pytest.raises(InputError, match='"Donor" and "donor" differ in case only'):
        read_labeled(write(tmp_path / "t.tsv", text))


A = "ACGTACGTACGTACGTACGTACGT"


def test_pair_of_files(tmp_path: Path) -> None:
    good = write(tmp_path / "good.fa.gz", "".join(f"> seq {i}\n{s}\n" for i, s in
                                                  enumerate(SEQUENCES[:3])))  # fmt: skip
    bad = write(tmp_path / "bad.fa", f">seq 1\n{SEQUENCES[3]}\n")
    result = read_pair(good, bad)
    assert result.classes == ["negative", "positive"]
    assert np.bincount(result.labels).tolist() == [1, 3]
    short = write(tmp_path / "short.fa", f">a\n{SEQUENCES[3][:-1]}\n")
    with pytest.raises(InputError, match=r"good\.fa\.gz.* has .* nt, .*short\.fa.* of"):
        read_pair(good, short)
    uneven = write(tmp_path / "uneven.fa", f">a\n{SEQUENCES[3]}\n>b\n{SEQUENCES[3]}A\n")
    with pytest.raises(InputError, match=r"uneven\.fa.*record 2"):
        read_pair(good, uneven)


def test_sequences_under_two_labels_are_counted(tmp_path: Path) -> None:
    text = f">a one\n{A}\n>b two\n{A}\n>c two\n{A[::-1]}\n>d two\n{A[::-1]}\n"
    assert contradicted(read_labeled(write(tmp_path / "c.fa", text))) == 2


def test_positive_label(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", LAYOUTS["table.tsv"])
    assert read_labeled(path, positive="decoy").classes == ["donor", "decoy"]
    with pytest.raises(InputError, match='no sequence has the label "site"'):
        read_labeled(path, positive="site")
    three = write(tmp_path / "3.fa", "".join(f">{i} l{i}\n{A}\n" for i in range(3)))
    with pytest.raises(InputError, match="of 3 classes none is the positive one"):
        read_labeled(three, positive="l1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f">a\n{A}\n>b donor\n{A}\n", r'record 1 \("a"\) has no label'),
        (f">a donor\n{A}\n>b donor\n{A}\n", r"all sequences have the label \"donor\""),
        (f">a x\n{A}\n>b y\n{A}A\n", r"need one length, but record 2 \(\"b\"\) has 25 nt"),
        (f">a x\n{A}\n>b y\nACGT\n", "4 nt are too few"),
        ("".join(f">s {i}\n{A}\n" for i in range(30)), "30 different labels"),
        (f"id\tsequence\na\t{A}\n", "no column 'label'"),
        (f"id\tsequence\tlabel\na\t{A}\t\n", 'line 2: "a" has no label'),
        (f"id\tsequence\tlabel\na\t{A}\tx\nb\tACGT!CGTACGTACGTACGTA\ty\n", "line 3: Position 5"),
        ("id\tsequence\tlabel\n", "no rows"),
        (f"id\tsequence\tlabel\na\t{A}\n", "line 2: the row has 2 columns, the first 3"),
        (f"id\tsequence\tlabel\tlabel\na\t{A}\tx\ty\n", "two columns are called 'label'"),
        (
            f"id\tsequence\tlabel\tclass\na\t{A}\tx\ty\n",
            "'label' and 'class' may both be the label",
        ),
        (f"id\tseq\tsequence\tlabel\na\t{A}\t{A}\ty\n", "'sequence' and 'seq' may both be"),
        (f"{A}\t{A}\n", "neither FASTA nor a table"),
        (
            f"id\tsequence\tlabel\na\t{'A' * 140_000}\tx\n",
            "line 2: .a. has 140000 nt",
        ),
        ("", "file is empty"),
        ("some\nwords\n", "neither FASTA nor a table"),
    ],
)
def test_bad_files_get_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_labeled(write(tmp_path / "bad", text))


def test_unknown_label_in_test_data(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", LAYOUTS["table.tsv"])
    with pytest.raises(InputError, match='record 1 has the label "donor", which the training'):
        read_labeled(path, classes=["decoy", "acceptor"])


def test_repeated_and_shared() -> None:
    codes = np.array([[0, 1, 2], [3, 3, 3], [0, 1, 2]], np.uint8)
    groups = repeated(codes)
    assert groups[0] == groups[2] != groups[1]
    assert shared(codes, codes[1:2]).tolist() == [False, True, False]
    assert not shared(codes, codes[:, :2]).any()


def test_overlap_is_what_brute_force_finds() -> None:
    records = [Record("r", "chr1", RNG.integers(0, 4, n).astype(np.uint8))
               for n in (300, 20, 90)]  # fmt: skip
    codes = RNG.integers(0, 4, (6, 60)).astype(np.uint8)
    codes[0, :STRETCH] = records[0].codes[50 : 50 + STRETCH]
    codes[1, -STRETCH:] = COMPLEMENT[records[2].codes[::-1]][:STRETCH]
    codes[2, : STRETCH - 1] = records[0].codes[50 : 50 + STRETCH - 1]
    codes[3, 5 : 5 + STRETCH] = records[0].codes[100 : 100 + STRETCH]
    codes[3, 20] = 4  # an N breaks the stretch
    expected = []
    strands = [s.tobytes() for r in records for s in (r.codes, COMPLEMENT[r.codes[::-1]])]
    for row in codes:
        pieces = [row[i : i + STRETCH].tobytes() for i in range(60 - STRETCH + 1)]
        expected.append(any(p in s for p in pieces for s in strands))
    assert overlapping(codes, records).tolist() == expected
    assert sum(expected) == 2


@pytest.mark.parametrize("words", [10_000, 100])
def test_leaks_between_groups_are_what_brute_force_finds(monkeypatch, words: int) -> None:
    monkeypatch.setattr(labeled, "BLOCK", 3)
    monkeypatch.setattr(labeled, "WORDS", words)
    codes = RNG.integers(0, 4, (8, 60)).astype(np.uint8)
    groups = np.array([0, 0, 1, 2, 1, 0, 2, 1])
    codes[2, 1:] = codes[0, :-1]  # moved by one base
    codes[3] = COMPLEMENT[codes[1, ::-1]]
    codes[7, :30] = codes[5, 30:]  # too short
    codes[4] = codes[7]  # of one group
    codes[6, 10:50] = codes[5, 5:45]
    codes[6, 30] = 4  # an N breaks the stretch
    expected = [
        any(
            row[i : i + STRETCH].tobytes() in strand.tobytes()
            for i in range(60 - STRETCH + 1)
            for other in codes[groups != group]
            for strand in (other, COMPLEMENT[other[::-1]])
        )
        for row, group in zip(codes, groups, strict=True)
    ]
    assert labeled.leaking(codes, groups).tolist() == expected
    assert expected == [True] * 4 + [False] * 4
    assert not labeled.leaking(codes[:, :20], groups).any()
