"""Generated inputs through every parser: nothing but InputError may come out.

As a script, ``python tests/helpers/fuzz.py [N [PARSER ...]]`` sends N inputs (100,000) through
each parser and prints what became of them; the tests send a few hundred.
"""

from __future__ import annotations

import gzip
import json
import random
import string
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dnaviz.errors import InputError

NASTY = [
    "\0", "\x1b[31m", "\r", "\n", "\r\n", "\t", "\x0b", "\x85", "\u2028", "\u200b", "\ufeff",
    "\u202e", "\ud800", "\U0001f9ec", "ß", "İ", "٣", "１", "NaN", "1e999", "-0", "0" * 400,
    "9" * 25, "=1+1", "<script>", "${7*7}", "%s%n", "../../etc/passwd", "'", '"', "\\", ";", ",",
    ">", ">>", "//", "LOCUS", "ORIGIN", "SQ   ", "ID   x;", "[", "]", "{", "}", ":", "null",
    "A" * 500, " " * 500, "5'-", "-3'", "..", "-", "−", "_", "del", "ins", "dup", "c.", "g.", "*",
    "|", "chr", "N/A",
]  # fmt: skip

SEQUENCES = [
    ">one first\nACGTACGTACGTACGTACGTAGGTAAGT\n>two\nTTTTTTTTTTTTTTTTTTTTTTTTTTT\n",
    "1 acgtacgtac gtacgtacgt 20\n21 acgtacgtac gtacgtacgt 40\n",
    "LOCUS       X 40 bp\nDEFINITION  a thing.\nORIGIN\n"
    "        1 acgtacgtac gtacgtacgt acgtacgtac\n//\n",
    "ID   X; SV 1;\nDE   a thing\nSQ   Sequence 20 BP;\n     acgtacgtac gtacgtacgt acgt  20\n//\n",
    "5'-ACGUACGUACGUACGUACGUACGU-3'",
    ";comment\n> x\nACGTRYSWKMBDHVNACGTACGTACGT",
]
VARIANTS = ["3A>C", "2del", "2_4del", "5_6insTTG", "1ACG>T 9del, 12_13insA", "g.3A>C;c.4T>G"]
REGIONS = ["chr19:11,089,000-11,094,000:+", "19:100-400", "chr1:5..90 (-)", "LDLR", "G1", "T1.2"]
TABLES = [
    "id\tsequence\tlabel\tgc\nw1\tACGTACGTACGTACGTACGTACGT\tdonor\t0.5\nw2\tTTTTACGTACGTACGTACGTACGT\t\t1\n",
    'id\tsequence\n"w1"\tACGTACGTACGTACGTACGTACGT\n',
]
GFF = (
    "##gff-version 3\nchr1\t.\tgene\t1\t200\t.\t+\t.\tID=gene:G1;Name=G\n"
    "chr1\t.\tmRNA\t1\t200\t.\t+\t.\tID=T1;Parent=gene:G1\n"
    "chr1\t.\texon\t1\t60\t.\t+\t.\tParent=T1\nchr1\t.\texon\t120\t200\t.\t+\t.\tParent=T1\n"
)
GTF = (
    'chr1\tx\texon\t1\t60\t.\t-\t.\tgene_id "G1"; transcript_id "T1"; gene_name "G";\n'
    'chr1\tx\texon\t120\t200\t.\t-\t.\tgene_id "G1"; transcript_id "T1";\n'
)
STATES: list[dict[str, Any]] = [
    {"sequence": "ACGT" * 10, "name": "x", "position": 4, "threshold": 0.3},
    {"example": "LDLR", "strand": "+", "edits": "3A>C", "region": "chr1:1-100"},
    {"space": "splice", "color": "gc", "hidden": {"label": ["donor"]}, "between": {"gc": [0, 1]}},
    {"selection": "eJxjYGBgAAAABAAB", "focus": "w1", "placed": ">a\nACGT", "first": 3},
]


def mutated(rng: random.Random, text: str) -> str:
    """Something like `text`: pieces of it cut, doubled, swapped, and replaced by nasty ones."""
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(text) + 1)
        to = min(len(text), at + rng.choice((0, 1, 2, 5, 40)))
        kind = rng.randrange(5)
        if kind == 0:
            piece = rng.choice(NASTY)
        elif kind == 1:
            piece = rng.choice(string.printable) * rng.choice((1, 2, 30))
        elif kind == 2:
            piece = text[at:to] * rng.choice((2, 3, 20))
        elif kind == 3:
            piece = "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(6)))
        else:
            piece, at, to = "", at, rng.randrange(at, len(text) + 1)
        text = (text[:at] + piece + text[to:])[:5000]
    return text


def as_bytes(rng: random.Random, text: str) -> bytes:
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1"))
    data = text.encode(encoding, "replace")
    if rng.random() < 0.2:
        data = gzip.compress(data, 1)
    if rng.random() < 0.3 and data:
        at = rng.randrange(len(data))
        data = data[:at] + rng.randbytes(rng.randrange(4)) + data[at + rng.randrange(3) :]
    return data


def json_like(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind >= 7:
        return {rng.choice(NASTY): json_like(rng, depth + 1) for _ in range(rng.randrange(3))}
    if kind == 6:
        return [json_like(rng, depth + 1) for _ in range(rng.randrange(4))]
    return rng.choice(
        [rng.choice(NASTY), None, True, rng.randrange(-5, 300), 10**30, -(2**70), rng.random(),
         float("inf"), float("nan"), "splice", "gc", "", "ACGT" * 9]
    )  # fmt: skip


class Parsers:
    """One method per parser, each given a random generator and making its own input."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.regions: Any = None

    def all(self) -> Iterator[tuple[str, Callable[[random.Random], object]]]:
        for name in ("sequence", "fasta", "variant", "region", "link", "tsv", "genome",
                     "annotation"):  # fmt: skip
            yield name, getattr(self, name)

    def sequence(self, rng: random.Random) -> object:
        from dnaviz.sequences import parse_sequences

        return parse_sequences(mutated(rng, rng.choice(SEQUENCES)))

    def fasta(self, rng: random.Random) -> object:
        from dnaviz.io.read import read_sequence_bytes

        data = as_bytes(rng, mutated(rng, rng.choice(SEQUENCES)))
        return read_sequence_bytes(data, rng.choice(NASTY))

    def variant(self, rng: random.Random) -> object:
        from dnaviz.splicing.variants import apply_variants, parse_variants, table_variant

        bases = "ACGTACGTACGTACGTACGTACGT"
        if rng.random() < 0.3:
            words = [mutated(rng, rng.choice(("A", "ACG", "-", "ac"))) for _ in range(2)]
            return table_variant(bases, rng.randrange(-2, 30), *words)
        return apply_variants(bases, parse_variants(mutated(rng, rng.choice(VARIANTS)), bases))

    def region(self, rng: random.Random) -> object:
        if self.regions is None:
            from dnaviz.genome.regions import Regions

            self._file("genome.fa", f">chr1\n{'ACGT' * 100}\n>chr19 x\n{'GGTA' * 50}\n".encode())
            self._file("genes.gff3", GFF.encode())
            self.regions = Regions(self.folder / "genome.fa", self.folder / "genes.gff3")
        return self.regions.find(mutated(rng, rng.choice(REGIONS)))

    def link(self, rng: random.Random) -> object:
        from dnaviz.panels.latent_map.state import MapState, unpack
        from dnaviz.panels.reconstruction.panel import ReconstructionState
        from dnaviz.panels.splice_inspector.state import InspectorState

        values: Any = dict(rng.choice(STATES))
        for _ in range(rng.randrange(3)):
            values[rng.choice([*values, rng.choice(NASTY)])] = json_like(rng)
        text = json.dumps(rng.choice((values, values, json_like(rng))))
        query = "state=" + quote(text) if rng.random() < 0.7 else "state=" + text
        if rng.random() < 0.5:
            query = mutated(rng, query)
        for kind in (InspectorState, MapState, ReconstructionState):
            state = kind()
            state.from_query(query)
            # What was taken can be shown, sent to the browser, and made a link of again.
            json.dumps(state.to_dict(), allow_nan=False, ensure_ascii=False).encode("utf-8")
            again = kind()
            made = state.to_query()
            if made is not None:
                assert not again.from_query(made)
                assert again.to_dict() == state.to_dict()
        return unpack(mutated(rng, "eJxjYGBgAAAABAAB"), 90, b"mark") if rng.random() < 0.3 else None

    def tsv(self, rng: random.Random) -> object:
        from dnaviz.atlas.inputs import read_sequence_table

        table, more = "table.tsv", None
        self._file(table, as_bytes(rng, mutated(rng, rng.choice([*TABLES, SEQUENCES[0]]))))
        if rng.random() < 0.3:
            more = self._file("more.tsv", as_bytes(rng, mutated(rng, rng.choice(TABLES))))
        return read_sequence_table(self.folder / table, more)

    def genome(self, rng: random.Random) -> object:
        from dnaviz.genome.fasta import read_genome

        return read_genome(self._file("g.fa", as_bytes(rng, mutated(rng, SEQUENCES[0]))))

    def annotation(self, rng: random.Random) -> object:
        from dnaviz.genome.annotation import read_annotation
        from dnaviz.genome.index import _fields

        text = mutated(rng, rng.choice((GFF, GTF)))
        transcripts = read_annotation(self._file("a.gff3", as_bytes(rng, text)))
        return [(t.introns, _fields(t)) for t in transcripts]

    def _file(self, name: str, data: bytes) -> Path:
        (self.folder / name).write_bytes(data)
        return self.folder / name


def send(parse: Callable[[random.Random], object], count: int, seed: int = 0) -> tuple[int, int]:
    """Send inputs through a parser: how many were read, how many refused in a sentence.

    Raises
    ------
    AssertionError
        For anything but an `InputError`, and for one of several lines or without end.
    """
    read = refused = 0
    for number in range(count):
        try:
            parse(random.Random(f"{seed} {number}"))
            read += 1
        except InputError as error:
            message = str(error)
            if "\n" in message or len(message) > 1000:
                raise AssertionError(f"input {number}: {message[:1000]}") from error
            refused += 1
        except BaseException as error:
            raise AssertionError(f"input {number}: {traceback.format_exc()[-1500:]}") from error
    return read, refused


def main(count: int, *names: str) -> None:
    import warnings

    warnings.simplefilter("ignore")
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, parse in Parsers(Path(folder)).all():
            if names and name not in names:
                continue
            start = time.perf_counter()
            read, refused = send(parse, count)
            total += read + refused
            seconds = time.perf_counter() - start
            print(f"{name:<11} {read:>8,} read {refused:>8,} refused {seconds:7.0f} s", flush=True)
    print(f"{total:,} inputs: nothing but InputError")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, *sys.argv[2:])
