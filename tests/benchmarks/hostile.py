"""How long it takes to refuse hostile texts, beside reading a sequence of the same size.

    python tests/benchmarks/hostile.py

Prints CPU seconds, and how many times as long as the plain sequence each takes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import contextlib

from helpers.hostile import HOSTILE

from dnaviz.errors import InputError
from dnaviz.sequences import parse_sequences


def seconds(text: str) -> float:
    """CPU time until a text is parsed or refused."""
    start = time.process_time()
    with contextlib.suppress(InputError):
        parse_sequences(text, max_size=10**9, max_length=10**9)
    return time.process_time() - start


def main() -> None:
    plain = seconds("ACGT" * 2_500_000)
    print(f"{'a sequence':24}{plain:6.2f} s")
    for name, text in HOSTILE.items():
        took = seconds(text())
        print(f"{name:24}{took:6.2f} s{took / plain:8.1f} x")


if __name__ == "__main__":
    main()
