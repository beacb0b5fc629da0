"""In the sealed inspector arrays of plain Python take numpy's place: the answers are the same."""

import json
import re
import subprocess
import sys

import pytest

from dnaviz.sequences import reverse_complement

SESSION = """
import json, math, random, sys
if sys.argv[1] == "plain":
    import dnaviz.sealed.array_math as arrays
    sys.modules["numpy"], sys.modules["numpy.typing"] = arrays, arrays.typing
import numpy as np
from dnaviz.sealed.session import Session


class Toy:
    name, sha256, context = "toy", "0", 200

    def __init__(self):
        draw = random.Random(3)
        self.weights = [
            [draw.gauss(0, 1) * 2.0 ** (-abs(i - 200) / 8) for i in range(401)] for _ in range(8)
        ]

    def score_positions(self, sequences, spans=None):
        found = []
        for bases, span in zip(sequences, spans or [slice(None)] * len(sequences)):
            rows = [[], []]
            for i in range(*span.indices(len(bases))):
                for site in (0, 1):
                    near = [(o, bases[i + o]) for o in range(-9, 10) if 0 <= i + o < len(bases)]
                    rows[site].append(-3.0 + sum(
                        self.weights[4 * site + "ACGT".index(b)][200 + o]
                        for o, b in near if b in "ACGT"
                    ))
            found.append(np.array(rows, dtype=np.float32))
        return found

    def score_windows(self, windows):
        return np.array([
            [
                -3.0 + sum(
                    x[b][c] * self.weights[4 * site + b][c] + 0.05 * x[b][c] ** 2
                    for b in range(4) for c in range(192, 209)
                )
                for site in (0, 1)
            ]
            for x in np.asarray(windows).tolist()
        ], dtype=np.float32)

    def score_changes(self, window, columns, to):
        x, (whole,) = window.tolist(), self.score_windows(window[None]).tolist()
        found = []
        for column, new in zip(columns.tolist(), to.tolist()):
            inside = 192 <= column <= 208
            found.append([
                score + inside * sum(
                    (new[b] - x[b][column]) * self.weights[4 * site + b][column]
                    + 0.05 * (new[b] ** 2 - x[b][column] ** 2)
                    for b in range(4)
                )
                for site, score in enumerate(whole)
            ])
        return np.array(found, dtype=np.float32)

    def gradients(self, windows, site):
        row = int(site == "acceptor")
        slopes = [
            [
                [self.weights[4 * row + b][c] + 0.1 * x[b][c] if 192 <= c <= 208 else 0.0
                 for c in range(401)]
                for b in range(4)
            ]
            for x in windows.tolist()
        ]
        return self.score_windows(windows)[:, row], np.array(slopes, dtype=np.float32)


session = Session(Toy())
for request in json.load(sys.stdin):
    for answer in session.answer(json.dumps(request)):
        print(answer)
"""

NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


def answers(kind: str, requests: list[dict]) -> list[str]:
    process = subprocess.run(
        [sys.executable, "-c", SESSION, kind],
        input=json.dumps(requests), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return process.stdout.splitlines()


def numbers_apart(text: str) -> tuple[str, list[float]]:
    """The text without its numbers, and those; figures hold theirs as bytes, which are left out."""
    text = re.sub(r'\\"bdata\\":\\"[^"]*\\"', "", text)
    text = re.sub(r"delta [^;)]*[;)]", "", text)  # rounding itself
    return NUMBER.sub("#", text), [float(x) for x in NUMBER.findall(text)]


def requests() -> list[dict]:
    import random

    draw = random.Random(1)
    found: list[dict] = []
    for k, length in enumerate((60, 120)):
        bases = "".join(draw.choice("ACGT") for _ in range(length))
        text = bases[:20].lower() + bases[20 : length - 20] + bases[length - 20 :].lower()
        p, old = length // 2, bases[length // 2 - 1]
        other = "ACGT"["ACGT".index(old) - 1]
        edits = [f"{p}{old}>{other}", f"{p + 3}_{p + 6}del", f"{p - 9}_{p - 8}insACGTACG"]
        long = "".join(draw.choice("ACGT") for _ in range(12))
        found += [
            {"do": "open", "text": f">r{k}\n{text if k else bases}"},
            {"do": "view", "state": {"threshold": 0.3}},
            {"do": "edits", "text": ", ".join(edits), "add": True},
            {"do": "edits", "text": f"{p}_{p + 8}delins{long}"},
            {"do": "cell", "row": 1, "column": 20},
            {"do": "file", "kind": "deltas.tsv"},
            {"do": "file", "kind": "attribution.tsv"},
            {"do": "method", "state": {"method": "occlusion", "baseline": "zeros"}},
            {"do": "method", "state": {"method": "mutagenesis"}},
            {"do": "method", "state": {"method": "integrated_gradients", "baseline": "shuffles"}},
            {"do": "choose", "of": "sites", "number": 0},
            {"do": "file", "kind": "mutations.tsv"},
            {"do": "edits", "text": "57Z>A", "add": True},
        ]
    exons = ["".join(draw.choice("ACGT") for _ in range(50)) for _ in range(2)]
    intron = "gtaagt" + "".join(draw.choice("acgt") for _ in range(60)) + "tttcag"
    reverse = reverse_complement(exons[1][20:34])
    other = "ACGT"["ACGT".index(exons[0][40]) - 1]
    return [
        *found,
        {"do": "open", "text": f">gene\n{exons[0]}{intron}{exons[1]}"},
        {"do": "edits", "text": f"41{exons[0][40]}>{other}"},
        {"do": "primers", "forward": exons[0][10:24], "reverse": ""},
        {"do": "primers", "forward": exons[0][10:24], "reverse": reverse},
        {"do": "file", "kind": "bands.tsv"},
        {"do": "primers", "forward": exons[0][10:24], "reverse": "ACGTACGTAC"},
        {"do": "view", "dark": True},
        {"do": "edits", "text": f"41{exons[0][40]}>{other}, 12_30del"},
    ]


def test_the_answers_are_those_with_numpy():
    asked = requests()
    with_numpy, plain = answers("numpy", asked), answers("plain", asked)
    assert len(with_numpy) == len(plain) > 10 * len(asked) // 3
    for expected, answer in zip(with_numpy, plain, strict=True):
        words, values = numbers_apart(expected)
        own_words, own_values = numbers_apart(answer)
        assert own_words == words
        assert own_values == pytest.approx(values, abs=2e-3, rel=1e-4)  # of texts, rounded


def test_what_is_not_known_is_refused_and_not_guessed():
    import dnaviz.sealed.array_math as arrays

    x = arrays.arange(6).reshape(2, 3)
    with pytest.raises(NotImplementedError):
        arrays.cumsum(x)
    with pytest.raises(ValueError, match="does not broadcast"):
        x + arrays.arange(2)
    with pytest.raises(AttributeError):
        arrays.fft  # noqa: B018
    with pytest.raises(IndexError):
        x[2]


def test_views_are_written_through_and_copies_are_not():
    import dnaviz.sealed.array_math as arrays

    x = arrays.zeros((2, 4), arrays.float32)
    for row in x:
        row[1:3] = 5
    x.T[3] = 7
    assert x.tolist() == [[0, 5, 5, 7], [0, 5, 5, 7]]
    picked = x[[0]]
    picked[...] = 1
    assert x[0, 0] == 0
