"""MEME files in and out."""

import gzip

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.io.meme import Motif, meme_text, read_meme

TWO = """MEME version 5.4.1

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF MA0001.1 first\tone
letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 4.1e-009
 0.1 0.2  0.3 0.4
0.97 0.01 0.01 0.01

URL http://example.org

MOTIF second
log-odds matrix: alength= 4 w= 1 E= 0
 -100 3 -100 2
letter-probability matrix: alength= 4 w= 1
0 1 0 0
"""


def test_motifs_of_a_file(tmp_path):
    (tmp_path / "two.meme").write_text(TWO)
    (tmp_path / "two.meme.gz").write_bytes(gzip.compress(TWO.encode()))
    (tmp_path / "marked.meme").write_text(TWO, encoding="utf-8-sig")
    for name in ("two.meme", "two.meme.gz", "marked.meme"):
        first, second = read_meme(tmp_path / name)
        assert (first.name, first.sites) == ("MA0001.1 first one", 17)
        np.testing.assert_array_equal(first.frequencies[:, 0], [0.1, 0.2, 0.3, 0.4])
        assert first.frequencies.shape == (4, 2)
        assert second.name == "second"
        np.testing.assert_array_equal(second.frequencies, [[0], [1], [0], [0]])


def test_motifs_that_are_written_are_read(tmp_path):
    frequencies = np.random.default_rng(0).dirichlet(np.ones(4), 9).T
    (tmp_path / "x.meme").write_text(meme_text([Motif("m", frequencies, 20)]))
    (motif,) = read_meme(tmp_path / "x.meme")
    assert (motif.name, motif.sites) == ("m", 20)
    np.testing.assert_allclose(motif.frequencies, frequencies, atol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("MEME version 5.4.1", ">seq", 'is no MEME file: it begins with ">seq"'),
        ("MEME version 5.4.1", "", "is no MEME file"),
        ("ALPHABET= ACGT", "ALPHABET= ACDEFGHIKLMNPQRSTVWY", "line 3: the alphabet is not ACGT"),
        ("0.97 0.01 0.01 0.01", "0.97 0.01 0.01", "line 13: .* is not four frequencies"),
        ("0.97 0.01 0.01 0.01", "0.97 0.01 nan 0.01", "line 13: .* is not four frequencies"),
        ("0.97 0.01 0.01 0.01", "0.97 0.5 0.01 0.01", "line 13: .* is not four frequencies"),
        ("0.97 0.01 0.01 0.01", "97 1 1 1", "line 13: .* is not four frequencies"),
        ("0 1 0 0\n", "", "is not four frequencies"),
        ("w= 2 ", "", "line 11: the matrix does not say how wide it is"),
        ("w= 2 ", "w= 3 ", "line 14: .* is not four frequencies"),
        ("MOTIF second", "MOTIF", "line 17: a motif has no name"),
        ("letter-probability matrix: alength= 4 w= 1\n0 1 0 0\n", "", "has no letter-probability"),
        ("MOTIF", "motif", "a matrix stands before the first MOTIF"),
        (TWO[TWO.index("MOTIF") :], "", "holds no motif"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence_with_its_line(tmp_path, old, new, words):
    path = tmp_path / "bad.meme"
    path.write_text(TWO.replace(old, new))
    with pytest.raises(InputError, match=words) as error:
        read_meme(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)
