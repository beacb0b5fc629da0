"""Sequences in the forms that programs hold them in; other libraries' records by what they have."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnaviz import examples
from dnaviz.errors import InputError
from dnaviz.genome.transcript_model import record_structures
from dnaviz.sequences import IUPAC, Sequence, as_sequence, as_sequences, is_single, one_hot

BASES = "ACGTTGCANN"


class Text:
    """An object whose text is its bases, as Biopython's Seq and pyfaidx's records are."""

    def __init__(self, bases, **attributes):
        self.bases = bases
        self.__dict__.update(attributes)

    def __str__(self):
        return self.bases

    def __iter__(self):
        return iter(self.bases)


SEQ = Text(BASES, reverse_complement=None)
RECORDS = {
    "Bio.SeqRecord": SimpleNamespace(seq=SEQ, id="x", name="y", description="x of a gene"),
    "pyfaidx.Sequence": SimpleNamespace(seq=BASES, name="x", start=1),
    "pyfaidx.FastaRecord": Text(BASES, name="x", long_name="x of a gene"),
    "pysam.FastxRecord": SimpleNamespace(sequence=BASES, name="x", comment="of a gene"),
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_records_of_other_libraries_keep_bases_and_name(record):
    assert is_single(record)
    assert as_sequence(record).name == "x"
    assert as_sequence(record).bases == BASES
    assert as_sequences([record, record]) == as_sequences(record) * 2


def test_descriptions_of_other_libraries_are_kept_once():
    assert as_sequence(RECORDS["Bio.SeqRecord"]).description == "of a gene"
    plasmid = SimpleNamespace(seq=SEQ, id="x", annotations={"topology": "circular"})
    assert as_sequence(plasmid).circular
    for other in (["circular"], {"topology": None}, {}, None):
        record = SimpleNamespace(seq=SEQ, id="x", annotations=other)
        assert not as_sequence(record).circular
    assert as_sequence(RECORDS["pysam.FastxRecord"]).description == "of a gene"


@pytest.mark.parametrize(
    ("kinds", "told"), [(["source", "exon"], True), (["gene"], False), ([], False), (None, False)]
)
def test_exons_of_a_record_of_biopython_are_said_to_be_left_out(kinds, told):
    features = [SimpleNamespace(type=kind) for kind in kinds] if kinds is not None else None
    record = as_sequence(SimpleNamespace(seq=SEQ, id="x", features=features))
    assert any("read its file with dnaviz.read_sequences" in note for note in record.notes) is told


def test_what_biopython_calls_unknown_is_no_name():
    record = SimpleNamespace(seq=SEQ, id="<unknown id>", description="<unknown description>")
    assert as_sequences([SEQ, record]) == [Sequence(BASES), Sequence(BASES, "sequence_2")]


def test_an_example_is_its_sequence_with_the_transcripts_that_lie_whole_in_it():
    for example in examples():
        record = as_sequence(example)
        assert replace(record, transcripts=()) == example.sequence
        whole = [one for one in example.structures if tuple(one.exons) == one.whole_exons]
        assert record_structures(record) == whole
    assert any(as_sequence(one).transcripts for one in examples())
    assert not all(as_sequence(one).transcripts for one in examples())


def test_names_of_a_series_are_its_index():
    series = pd.Series(["ACGT", Sequence("GGT", "other"), ">c\nAC"], index=["a", 5, "d"])
    expected = [Sequence("ACGT", "a"), Sequence("GGT", "5"), Sequence("AC", "d")]
    assert as_sequences(series) == expected
    assert as_sequences(dict(series)) == expected
    assert as_sequences(pd.DataFrame({"sequence": series})) == expected


def test_names_of_a_table_are_its_ids():
    table = pd.DataFrame({"id": ["a", "b"], "sequence": ["ACGT", "GG"], "gc": [0.5, 1]})
    assert as_sequences(table) == [Sequence("ACGT", "a"), Sequence("GG", "b")]


def test_items_of_a_list_are_numbered():
    assert [s.name for s in as_sequences(["AC", "GT", "AC"])] == [
        "sequence", "sequence_2", "sequence_3",
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float32, float])
def test_arrays_give_back_every_code(dtype):
    codes = "".join(IUPAC)
    array = one_hot(codes).astype(dtype)
    assert is_single(array)
    assert as_sequence(array).bases == codes
    assert [s.bases for s in as_sequences(np.stack([array, array[:, ::-1]]))] == [
        codes, codes[::-1],
    ]  # fmt: skip


def test_columns_of_zeros_keep_their_place_as_n():
    array = np.pad(one_hot("ACGT").astype(bool), ((0, 0), (2, 1)))
    assert as_sequence(array).bases == "NNACGTN"


class Tensor:
    """What torch's tensors offer, who need no import of torch."""

    shape = (4, 4)

    def __array__(self, dtype=None, copy=None):
        return np.eye(4, dtype=dtype)


def test_tensors_are_arrays():
    assert as_sequence(Tensor()).bases == "ACGT"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.ones((4, 5)), "Column 1 of the array, 1, 1, 1, 1, is neither"),
        (np.array([[1, 0.6], [0, 0.4], [0, 0], [0, 0]]), "Column 2 of the array, 0.6, 0.4, 0, 0"),
        (np.array([[np.nan], [1], [0], [0]]), "Column 1"),
        (-one_hot("ACGT"), "Column 1"),
        (one_hot("ACGTAC").T, r"not \(6, 4\)"),
        (np.zeros((2, 5, 4)), r"not \(2, 5, 4\)"),
        (np.zeros((2, 2, 4, 5)), r"not \(2, 2, 4, 5\)"),
        (np.zeros(4), r"not \(4,\)"),
        ([np.ones((4, 5))], "Item 1: Column 1"),
        (pd.Series(["AC", None], index=["a", "b"]), "row b of the table has no sequence"),
        (pd.Series(["AC", "AX"], index=["a", "b"]), r"Item 2 \(b\): .*X"),
        (pd.DataFrame({"seq": ["AC"]}), "one column 'sequence'; its columns are seq"),
        (pd.DataFrame([["AC", "AC"]], columns=["sequence"] * 2), "one column 'sequence'"),
        ({"a": 5}, r"Item 1 \(a\): A value of type int"),
        (b"ACGT", "type bytes"),
        (np.array("ACGT"), "A value of type ndarray is not a sequence"),
        ([b"ACGT"], "Item 1: A value of type bytes"),
        ([["ACGT"]], "Item 1: A value of type list"),
        (SimpleNamespace(seq="", name="x"), "no sequence"),
        ("my genes/gene.fa", 'gene.fa" is the path of a file: read it with dnaviz.read_sequences'),
        ([Path("gene.gb.gz")], 'Item 1: "gene.gb.gz" is the path of a file'),
    ],
)
def test_what_cannot_be_used_is_one_sentence(value, words):
    with pytest.raises(InputError, match=words) as error:
        as_sequences(value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "several", [["AC"], {"a": "AC"}, pd.Series(["AC"]), one_hot("AC")[None], iter(["AC"])]
)
def test_several_are_not_one(several):
    assert not is_single(several)
    with pytest.raises(InputError, match="is not a sequence"):
        as_sequence(several)
