"""The page's network, run by Node, gives the numbers of the model it was made of."""

import json
import shutil
import subprocess

import numpy as np
import pytest

import dnaviz.sealed.modules
from dnaviz.models import CONTEXT, load_model
from dnaviz.sealed.plain_model import packed, plain_model

WEB = dnaviz.sealed.modules.PACKAGE / "sealed" / "web"
ROUNDING = 2e-4  # of log-odds and their slopes; the random network makes much of rounding

NODE = """
import { build } from "esbuild";
import { readFileSync } from "node:fs";
const [kernel, folder] = process.argv.slice(1);
const made = await build({ entryPoints: ["src/network.ts"], format: "esm", write: false });
const script = encodeURIComponent(made.outputFiles[0].text);
const { Network } = await import(`data:text/javascript,${script}`);
const bytes = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const read = (name) => new Float32Array(bytes(name).buffer);
const about = JSON.parse(readFileSync(`${folder}/about.json`, "utf-8"));
const network = await Network.load(readFileSync(kernel), about, read("numbers"));
const piece = read("piece"), windows = read("windows"), size = 2 * about.context + 1;
const columns = new Int32Array(bytes("columns").buffer);
const gradients = [0, 1].map((site) => network.gradients(windows, site));
console.log(JSON.stringify({
  positions: [...network.scorePositions(piece, piece.length / 4 - 2 * about.context)],
  windows: [...network.scoreWindows(windows)],
  changes: [...network.scoreChanges(windows.subarray(0, 4 * size), columns, read("to"))],
  scores: gradients.map(({ scores }) => [...scores]),
  slopes: gradients.map(({ slopes }) => [...slopes]),
}));
"""


@pytest.fixture(scope="module", params=["shipped", "random"])
def model(request, plain_folder):
    return load_model(plain_folder if request.param == "random" else None)


@pytest.fixture(scope="module")
def bases():
    """A piece (4, w), windows (n, 4, 401), and every column of the first to a base or to none."""
    draw = np.random.default_rng(0)

    def drawn(*shape):
        return np.moveaxis(np.eye(4, dtype=np.float32)[draw.integers(4, size=shape)], -1, -2)

    piece, windows = drawn(333 + 2 * CONTEXT), drawn(70, 2 * CONTEXT + 1)
    piece[:, :250] = windows[1, :, :100] = windows[2, :, 220:] = 0
    windows[3] = 0.7 * windows[3] + 0.3 / 4
    columns = np.arange(2 * CONTEXT + 1, dtype=np.int32)
    return piece, windows, columns, np.eye(5, 4, dtype=np.float32)[columns % 5]


@pytest.fixture(scope="module")
def found(model, bases, tmp_path_factory):
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.skip("There is no Node, or npm ci was not run.")
    folder = tmp_path_factory.mktemp("network")
    about, numbers = packed(plain_model(model))
    (folder / "about.json").write_text(json.dumps(about))
    (folder / "numbers").write_bytes(numbers)
    for name, values in zip(("piece", "windows", "columns", "to"), bases, strict=True):
        (folder / name).write_bytes(values.tobytes())
    kernel = dnaviz.sealed.modules.BUILT / "kernel.wasm"
    words = [node, "--input-type=module", "-e", NODE, str(kernel), str(folder)]
    done = subprocess.run(words, cwd=WEB, check=True, timeout=300, capture_output=True)
    return {name: np.array(values) for name, values in json.loads(done.stdout).items()}


def agree(own, expected):
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(own.reshape(expected.shape), expected, atol=ROUNDING, rtol=0)


def test_positions_are_those_of_the_model(model, bases, found):
    import torch

    from dnaviz.models.scoring import site_log_odds

    expected = site_log_odds(model.splice(torch.from_numpy(bases[0][None]))).numpy()
    agree(found["positions"], expected[0])


def test_windows_are_those_of_the_model(model, bases, found):
    expected = model.score_windows(bases[1])
    agree(found["windows"], expected)


def test_a_changed_column_is_the_changed_window(model, bases, found):
    _, (window, *_), columns, to = bases
    mutants = np.repeat(window[None], len(columns), axis=0)
    mutants[columns, :, columns] = to
    agree(found["changes"], model.score_windows(mutants))


@pytest.mark.parametrize("site", ["donor", "acceptor"])
def test_gradients_are_those_of_the_model(model, bases, found, site):
    scores, slopes = model.gradients(bases[1], site)
    row = int(site == "acceptor")
    agree(found["scores"][row], scores)
    close = np.isclose(found["slopes"][row].reshape(slopes.shape), slopes, atol=ROUNDING, rtol=0)
    assert np.ptp(slopes) > 0.5
    # In a few windows a ReLU at its corner may be on either side.
    assert close.all(axis=(1, 2)).mean() > 0.9
