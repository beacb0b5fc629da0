"""2bit files give the bases that FASTA gives, by place and to the commands."""

import struct

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.two_bit import TwoBit, is_two_bit

RNG = np.random.default_rng(5)
RECORDS = {
    "chr1": "NNNNN" + "".join(RNG.choice(list("ACGTN"), 997)) + "NNN",
    "chr2": "acgtACGTTTGCA",
    "chr3": "G",
}


def two_bit(records: dict[str, str], order: str = "<", version: int = 0) -> bytes:
    """Write records as the format's description has them, a base at a time."""
    wide = "Q" if version else "I"
    header = struct.pack(order + "IIII", 0x1A412743, version, len(records), 0)
    at = len(header) + sum(1 + len(n) + struct.calcsize(order + wide) for n in records)
    index, body = b"", b""
    for name, bases in records.items():
        index += bytes([len(name)]) + name.encode() + struct.pack(order + wide, at + len(body))
        runs = [_runs(bases, "N"), _runs(bases, "acgtn")]
        body += struct.pack(order + "I", len(bases))
        for found in runs:
            body += struct.pack(order + "I", len(found))
            body += b"".join(struct.pack(order + "I", a) for a, _ in found)
            body += b"".join(struct.pack(order + "I", b - a) for a, b in found)
        body += struct.pack(order + "I", 0)
        codes = ["TCAG".find(base) for base in bases.upper().replace("N", "T")]
        codes += [0] * (-len(codes) % 4)
        body += bytes(
            a << 6 | b << 4 | c << 2 | d for a, b, c, d in zip(*[iter(codes)] * 4, strict=True)
        )
    return header + index + body


def _runs(bases: str, letters: str) -> list[tuple[int, int]]:
    inside = np.array([0, *(base in letters for base in bases), 0])
    edges = np.flatnonzero(np.diff(inside)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("version", [0, 1])
def test_bases_by_place(tmp_path, order, version):
    path = tmp_path / "g.2bit"
    path.write_bytes(two_bit(RECORDS, order, version))
    assert is_two_bit(path)
    file = TwoBit(path)
    assert dict(zip(file.references, file.lengths, strict=True)) == {
        name: len(bases) for name, bases in RECORDS.items()
    }
    for name, bases in RECORDS.items():
        assert file.get_reference_length(name) == len(bases)
        for start, end in [(0, len(bases)), *RNG.integers(0, len(bases) + 3, (60, 2)).tolist()]:
            assert file.fetch(name, start, end) == bases[start:end].upper()


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "g.2bit"
    whole = two_bit(RECORDS)
    for size in (10, 16, 20, 60, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match="damaged 2bit file: it ends too early"):
            TwoBit(path)
    path.write_bytes(whole[:4] + b"\x02" + whole[5:])
    with pytest.raises(InputError, match="version 2"):
        TwoBit(path)
    path.write_bytes(two_bit({"chr1": "ACGT", "chr3": "ACGT"}).replace(b"chr3", b"chr1"))
    with pytest.raises(InputError, match="two records called chr1"):
        TwoBit(path)
    assert not is_two_bit(tmp_path / "nowhere")


def test_a_scan_of_2bit_is_that_of_fasta(tmp_path):
    records = {
        name: "".join(RNG.choice(list("ACGT"), 700)) + "N" * 300 + "CAGGTAAGT" * 30
        for name in ("chr1", "chr2")
    }
    (tmp_path / "g.fa").write_text("".join(f">{n}\n{b}\n" for n, b in records.items()))
    (tmp_path / "g.2bit").write_bytes(two_bit(records))
    for name in ("g.fa", "g.2bit"):
        words = ("scan", tmp_path / name, "--region", "chr2:1-1270", "-o", tmp_path / f"{name}.tsv")
        assert main([str(word) for word in (*words, "--threshold", "0.01")]) == 0
    fasta, packed = ((tmp_path / f"{name}.tsv").read_text() for name in ("g.fa", "g.2bit"))
    assert fasta == packed
    assert fasta.count("\n") > 3


def test_windows_of_2bit_are_those_of_fasta(tmp_path):
    from dnaviz.genome.records import read_records, record_lengths
    from dnaviz.genome.regions import Regions
    from dnaviz.genome.windows import read_windows, window_bases

    path, bed = tmp_path / "g.2bit", tmp_path / "w.bed"
    path.write_bytes(two_bit(RECORDS))
    bed.write_text("chr1\t10\t210\ta\t0\t+\nchr2\t2\t12\tb\t0\t-\n")
    lengths = record_lengths(path)
    windows = read_windows(bed, lengths, path)
    assert list(window_bases(path, windows)) == [RECORDS["chr1"][10:210], "GCAAACGTAC"]
    assert {n: "".join(pieces) for n, pieces in read_records(path)} == {
        name: bases.upper() for name, bases in RECORDS.items()
    }
    assert Regions(path).find("chr1:6-60").sequence.bases == RECORDS["chr1"][5:60]
