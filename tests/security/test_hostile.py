"""Inputs of sizes and shapes that nobody sends by accident: a sentence, and bounded memory.

``python tests/security/test_hostile.py`` prints the CPU time that each takes.
"""

import io
import json
import sys
import time
import zipfile
from pathlib import Path

import pytest
from helpers.hostile_files import bomb

from dnaviz.atlas.inputs import read_sequence_table
from dnaviz.errors import InputError
from dnaviz.genome.annotation import read_annotation
from dnaviz.io.read import read_sequence_bytes, read_sequences
from dnaviz.panels.latent_map.state import unpack
from dnaviz.panels.splice_inspector.state import InspectorState
from dnaviz.sequences import parse_sequences
from dnaviz.splicing.variants import parse_variants
from dnaviz.training.data.introns import read_introns
from dnaviz.training.data.site_windows import read_windows


def gzip_bomb(size=4 * 2**30):
    """A gzip file of four gigabytes of zeros, four megabytes long."""
    body = bomb(size)[2:-4]  # without zlib's own head and checksum
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + bytes(4) + (size % 2**32).to_bytes(4, "little")


def zip_bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.fa", bytes(20_000_000))
    return file.getvalue()


def file_of(folder, data, name="hostile"):
    (folder / name).write_bytes(data)
    return folder / name


def link(text):
    refused = InspectorState().from_query(text)
    raise InputError(f"refused {refused}")


# What is sent: a callable that is given a folder; and what is said of it.
MIXED_LINE_ENDS = b"id\tsequence\tx" + b" " * 200 + b"\r" * 30 + b" " * 200 + b"w\tA\td\t.5\n"

HOSTILE = {
    "a zip bomb, uploaded": (lambda f: read_sequence_bytes(zip_bomb()), "a zip archive"),
    "a gzip bomb, uploaded": (lambda f: read_sequence_bytes(gzip_bomb()), "larger than 5 MB"),
    "a gzip bomb, as a file": (
        lambda f: read_sequences(file_of(f, gzip_bomb()), max_bytes=2_000_000_000),
        "over 100 times its size",
    ),
    "a gzip bomb as metadata": (
        lambda f: read_sequence_table(file_of(f, gzip_bomb(), "a.tsv")),
        "over 100 times its size",
    ),
    "a gzip bomb as an annotation": (
        lambda f: read_annotation(file_of(f, gzip_bomb())), "a line of over 1 MB"
    ),
    "an upload of 100 MB": (lambda f: read_sequence_bytes(b"A" * 100_000_000), "larger than 5 MB"),
    "a paste of 100 MB": (lambda f: parse_sequences("A" * 100_000_000), "at most 5,000,000"),
    "a million empty records": (
        lambda f: parse_sequences(">\n" * 1_000_000), "no sequence in this record"
    ),
    "a million records": (
        lambda f: read_sequences(file_of(f, b">a\nACGTACGTACGTACGTACGTA\n" * 1_000_000)),
        "more than 1,000 records",
    ),
    "one line of 50 MB": (
        lambda f: read_sequences(file_of(f, b"ACGT" * 12_500_000)), "50,000,000 characters are too"
    ),
    "one header of 4 MB": (lambda f: parse_sequences(">" + "x" * 4_000_000), "header is longer"),
    "4 MB of blanks": (lambda f: parse_sequences("a" + " " * 4_000_000 + "b"), "too many"),
    "4 MB of numbers": (lambda f: parse_sequences("1 " * 2_000_000), "too many|no sequence"),
    "800 kB of numbers": (lambda f: parse_sequences("1 " * 400_000 + "!"), "is not a nucleotide"),
    "800 kB of ends": (lambda f: parse_sequences("3' " * 266_000 + "!"), "is not a nucleotide"),
    "4 MB of line ends": (lambda f: parse_sequences("\r\n" * 2_000_000), "no sequence"),
    "GenBank keywords": (lambda f: parse_sequences("LOCUS\nORIGIN\n//\n" * 250_000), "no sequence"),
    "NUL bytes": (lambda f: read_sequence_bytes(bytes(4_000_000)), "too many"),
    "a NUL in a sequence": (lambda f: parse_sequences("ACGT\0ACGT" * 9), "column 5: .* U\\+0000"),
    "UTF-16": (lambda f: read_sequence_bytes(("ACGT" * 9).encode("utf-16")), "is UTF-16 text"),
    "UTF-16 without a mark": (
        lambda f: read_sequence_bytes(("ACGT" * 9).encode("utf-16-le")), "U\\+0000"
    ),
    "deep nesting in a link": (lambda f: link("state=" + "[" * 100_000), r"refused \['state'\]"),
    "deep nesting of a value": (
        lambda f: link('state={"sequence":' + "[" * 500 + "]" * 500 + "}"), r"refused \['sequence"
    ),
    "a link of a million parts": (
        lambda f: link("a=1&" * 1_000_000), r"refused \['state'\]"
    ),
    "a link of a million traits": (
        lambda f: link("state=" + json.dumps({f"t{i}": 0 for i in range(200_000)})), "refused"
    ),
    "a number of a million digits": (
        lambda f: link('state={"position":' + "9" * 1_000_000 + "}"), r"refused \['state'\]"
    ),
    "a selection that unpacks to gigabytes": (
        lambda f: unpack(packed_selection(), 20_000, b"mark"), "does not belong to this atlas"
    ),
    "a hundred thousand edits": (
        lambda f: parse_variants("1A>C," * 100_000, "ACGT" * 9), "characters"
    ),
    "an edit of a megabyte": (
        lambda f: parse_variants("1A>" + "C" * 1_000_000, "ACGT" * 9), "characters"
    ),
    "a table of a million columns": (
        lambda f: read_sequence_table(file_of(f, b"a\t" * 1_000_000 + b"\n1\n", "a.tsv")),
        "1,000,000 columns",
    ),
    "line ends that pandas never comes through": (
        lambda f: read_sequence_table(file_of(f, MIXED_LINE_ENDS)),
        "is neither FASTA|columns, the header|nucleotides, fewer than",
    ),
    "line ends that pandas never comes through, in a data set": (
        lambda f: read_windows(file_of(f, MIXED_LINE_ENDS)), "no data set of windows|as a data set"
    ),
    "line ends that pandas never comes through, in a table of introns": (
        lambda f: read_introns(file_of(f, MIXED_LINE_ENDS)), "no table of introns|as a table of"
    ),
    "a name of a region of a megabyte": (
        lambda f: regions(f).find("chr1:" + " " * 1_000_000 + "1-2"), "no name of a gene"
    ),
    "a region of very many digits": (
        lambda f: regions(f).find("chr1:1-" + "9" * 5000), "no name of a gene"
    ),
}  # fmt: skip


def packed_selection():
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(bomb(2**31)).decode().rstrip("=")


def regions(folder):
    pytest.importorskip("pysam")
    from dnaviz.genome.regions import Regions

    return Regions(file_of(folder, b">chr1\n" + b"ACGT" * 100 + b"\n", "g.fa"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_raise_input_error_in_bounded_memory(name, tmp_path, bounded, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    send, words = HOSTILE[name]
    with bounded(900), pytest.raises(InputError, match=words) as caught:
        send(tmp_path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


if __name__ == "__main__":
    import tempfile

    for name, (send, _) in HOSTILE.items():
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            try:
                send(Path(folder))
            except InputError as error:
                print(f"{time.process_time() - started:6.2f} s  {name}: {str(error)[:90]}")
            else:
                sys.exit(f"{name} was taken")
