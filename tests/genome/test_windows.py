"""Windows of a genome by BED: their bases on either strand, and lines that are none."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome.windows import read_windows, window_bases
from dnaviz.sequences import reverse_complement

pytest.importorskip("pysam")


@pytest.fixture(scope="module")
def bases():
    rng = np.random.default_rng(0)
    return {name: "".join(rng.choice(list("ACGT"), 500)) for name in ("chr1", "chr2")}


@pytest.fixture(scope="module")
def genome(tmp_path_factory, bases):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    lines = (f">{n}\n{text[:300].lower()}\n{text[300:]}\n" for n, text in bases.items())
    path.write_text("".join(lines))
    return path


@pytest.fixture
def read(tmp_path, genome, bases):
    def read(text: str):
        path = tmp_path / "windows.bed"
        path.write_text(text)
        return read_windows(path, {name: len(b) for name, b in bases.items()}, genome)

    return read


def test_windows_come_in_their_order_and_in_the_sense_of_their_strand(read, genome, bases):
    table = read(
        "track name=x\nchr2\t10\t60\tb\t0\t-\n# a note\n1\t0\t20\ta\t0\t.\nchr1\t480\t500\n"
    )
    assert list(table.index) == ["chr2:11-60:-", "chr1:1-20:+", "chr1:481-500:+"]
    assert list(table["name"]) == ["b", "a", ""]
    assert list(window_bases(genome, table)) == [
        reverse_complement(bases["chr2"][10:60]), bases["chr1"][:20], bases["chr1"][480:],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1\t0\t20\nchr1\t490\t501\n", "line 2: the window ends at 501, but chr1 has 500 nt"),
        ("chrX1\t0\t20\n", "line 1: .* no record .chrX1.; did you mean chr1"),
        ("chr1\t20\t20\n", "line 1: the window ends before it starts"),
        ("chr1 0\n", "line 1: not a BED line"),
        ("chr1\t-5\t20\n", "line 1: not a BED line"),
        ("chr1\t0\t20\ta\t0\t*\n", 'line 1: the strand is "\\+", "-" or "\\."'),
        ("chr1\t0\t20\n1\t0\t20\n", "line 2: the same window as on line 1"),
        ("\n# nothing\n", "holds no window"),
    ],
)
def test_a_line_that_is_no_window_is_told_by_its_number(read, text, words):
    with pytest.raises(InputError, match=words):
        read(text)
