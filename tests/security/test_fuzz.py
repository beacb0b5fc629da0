"""Every parser, given anything: a result, or one sentence in an InputError; see fuzz.py."""

import contextlib
import random

import pytest
from helpers import fuzz
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.atlas.inputs import read_sequence_table
from dnaviz.errors import InputError
from dnaviz.io.read import read_sequence_bytes
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.sequences import Sequence, parse_sequences
from dnaviz.splicing.variants import parse_variants, table_variant

pytestmark = pytest.mark.filterwarnings("ignore")
PARSERS = ("sequence", "fasta", "variant", "region", "link", "tsv", "genome", "annotation")
ANYTHING = st.one_of(
    st.text(max_size=300),
    st.text("ACGTUNacgtun>;\n\t 019.,:-+_delins'5", max_size=300),
    st.sampled_from(fuzz.NASTY),
)


@pytest.mark.parametrize("name", PARSERS)
def test_generated_inputs(name, tmp_path):
    if name == "region":
        pytest.importorskip("pysam")
    parsers = dict(fuzz.Parsers(tmp_path).all())
    assert set(parsers) == set(PARSERS)
    read, refused = fuzz.send(parsers[name], 150)
    assert read
    assert refused


def test_the_fuzzer_notices_another_exception():
    def parse(rng: random.Random) -> None:
        raise KeyError(rng.random())

    with pytest.raises(AssertionError, match=r"input 0: (?s:.*)KeyError"):
        fuzz.send(parse, 3)


def sound(parse, *arguments):
    with contextlib.suppress(InputError):
        return parse(*arguments)


@given(ANYTHING)
def test_any_text_as_a_sequence(text):
    for record in sound(parse_sequences, text) or []:
        assert isinstance(record, Sequence)
        assert record.name.isprintable()
        assert record.description.isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_as_a_file(data):
    sound(read_sequence_bytes, data)


@given(ANYTHING, st.integers(-3, 40), ANYTHING, ANYTHING)
def test_any_text_as_edits(text, position, ref, alt):
    sound(parse_variants, text, "ACGTACGTAC" * 3)
    sound(table_variant, "ACGTACGTAC" * 3, position, ref, alt)


@given(ANYTHING)
def test_any_text_as_a_name_of_a_region(regions, text):
    sound(regions.find, text)


@pytest.fixture(scope="module")
def regions(tmp_path_factory):
    pytest.importorskip("pysam")
    parsers = fuzz.Parsers(tmp_path_factory.mktemp("genome"))
    sound(parsers.region, random.Random(0))
    return parsers.regions


@given(ANYTHING)
def test_any_text_as_a_link(query):
    InspectorState().from_query(query)
    InspectorState().from_query(f"state={query}")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner)),
       st.sampled_from(sorted(InspectorState().traits())))  # fmt: skip
def test_any_value_in_a_link(value, name):
    state, plain = InspectorState(), InspectorState()
    refused = state.from_dict({name: value})
    assert refused == [name] or getattr(state, name) == value
    assert state.from_dict(value) is not None
    assert {**state.to_dict(), name: 0} == {**plain.to_dict(), name: 0}


@given(
    st.one_of(st.binary(max_size=200), ANYTHING.map(lambda text: text.encode("utf-8", "ignore")))
)
def test_any_bytes_as_a_table(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    path.write_bytes(data)
    sound(read_sequence_table, path)
