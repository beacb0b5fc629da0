"""Compare the sealed inspector in Chromium with Python on drawn sequences.

    python tests/benchmarks/sealed_equality.py [--sequences 1000] [--seed 1] [--page inspector.html]

Prints the largest differences of probabilities, of changes by mutations and of deltas of edits, and
1 - r of the attributions, as it goes on; and every sequence of which something else differs. Ends
with 1 if a bar is missed: 1e-5, 1e-4, 1e-4, r > .9999, .999 where the rounding of one ReLU changed
the number of steps of Integrated Gradients.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.sealed_page import Agreement, SealedPage, draw_case, open_sealed

from dnaviz.cli import main


def run(file: Path, sequences: int, seed: int) -> bool:
    draw = random.Random(seed)
    worst, differing, start = Agreement(), 0, time.monotonic()
    with open_sealed(file) as page:
        sealed = SealedPage(page)
        for number in range(1, sequences + 1):
            text, edits = draw_case(draw)
            try:
                found = sealed.compare(text, edits)
            except AssertionError as error:
                differing += 1
                print(json.dumps({"sequence": text, "edits": edits, "differs": str(error)[:2000]}))
                continue
            worst = worst.worst(found)
            if not found.is_met():
                print(json.dumps({"sequence": text, "edits": edits, **found._asdict()}))
            if number % 20 == 0 or number == sequences:
                figures = ", ".join(f"{k} {v:.1e}" for k, v in worst._asdict().items())
                seconds = time.monotonic() - start
                print(f"{number} in {seconds:.0f} s: {figures}; {differing} differ", flush=True)
    return differing == 0 and worst.is_met()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, help="instead of one made now")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.page
        if file is None:
            file = Path(folder) / "inspector.html"
            assert main(["export", str(file), "--with-gallery"]) == 0
        sys.exit(0 if run(file.resolve(), given.sequences, given.seed) else 1)
