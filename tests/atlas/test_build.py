"""Building an atlas from sequences, and the command that does it."""

import gzip

import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas import Atlas, load_atlas
from dnaviz.atlas.build import build_atlas
from dnaviz.atlas.inputs import read_sequence_table
from dnaviz.atlas.project import nearest, prepare
from dnaviz.atlas.quality import drawn_rows
from dnaviz.atlas.selection import subsample
from dnaviz.atlas.store import center_crop, gc_content
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.models import encode_in

pytestmark = pytest.mark.usefixtures("quick_map")


def random_sequences(count, length=60, seed=0):
    letters = np.array(list("ACGT"))
    rows = np.random.default_rng(seed).integers(0, 4, (count, length))
    return ["".join(letters[row]) for row in rows]


@pytest.fixture(scope="module")
def windows():
    return pd.DataFrame(
        {
            "id": [f"w{i}" for i in range(60)],
            "label": ["donor", "acceptor"] * 30,
            "score": np.linspace(0, 1, 60),
            "note": [None, "x"] * 30,
            "sequence": [*random_sequences(58), "ACGTN" * 60, "G" * 25],
        }
    )


@pytest.fixture(scope="module")
def built(quick_map, windows, untrained):
    return build_atlas(windows, untrained, window=100)


def test_build_writes_all_keys(built, windows, untrained, tmp_path):
    path = tmp_path / "a.h5ad"
    Atlas(built).write(path)
    atlas = load_atlas(path)
    assert list(atlas.obs.index) == list(windows["id"])
    assert list(atlas.obs["label"]) == list(windows["label"])
    assert list(atlas.obs["note"][:2]) == ["", "x"]
    np.testing.assert_allclose(atlas.obs["score"], windows["score"])
    assert atlas.latent().shape == (60, 256)
    assert atlas.latent("splice").shape == (60, 64)
    assert atlas.map().shape == atlas.map("splice").shape == (60, 2)
    assert atlas.sequences([0]) == [windows["sequence"][0]]
    assert atlas.sequences([58]) == [("ACGTN" * 60)[100:200]]
    assert list(atlas.obs["length"][-2:]) == [100, 25]
    assert atlas.obs["gc"].iloc[-1] == 1
    np.testing.assert_allclose(
        atlas.obs["donor_probability"].iloc[:3],
        untrained.classify(list(windows["sequence"][:3]))[:, 1],
        atol=1e-6,
    )
    expected = [r.accuracy for r in untrained.reconstruct(list(windows["sequence"][:3]))]
    np.testing.assert_allclose(atlas.obs["reconstruction_accuracy"].iloc[:3], expected, atol=1e-6)
    assert 0 < atlas.info["quality"]["splice"]["trustworthiness"] <= 1
    atlas.check_model(untrained)


def test_a_window_of_the_atlas_is_placed_on_itself(built, windows, untrained):
    atlas = Atlas(built)
    placed = atlas.project(windows["sequence"][7], model=untrained)
    assert placed.neighbors[0, 0] == 7
    assert placed.distances[0, 0] < 0.1  # float16 in the file


@pytest.fixture(scope="module")
def sampled(quick_map, windows, untrained):
    return build_atlas(windows, untrained, window=100, n_neighbors=5, drawn=40, seed=3)


def test_a_sample_that_takes_in_all_changes_nothing(built, windows, untrained):
    again = build_atlas(windows, untrained, window=100, drawn=len(windows))
    for key in ("X_umap", "X_umap_splice"):
        np.testing.assert_array_equal(again.obsm[key], built.obsm[key])
    assert built.uns["dnaviz"]["umap"]["drawn"] == len(windows)
    assert "projected" not in built.uns["dnaviz"]["quality"]["splice"]


def test_what_is_not_drawn_lies_between_its_neighbors(sampled):
    drawn = subsample(60, 40, 3)
    latents = prepare(sampled.obsm["X_latent"])
    xy = sampled.obsm["X_umap"]
    np.testing.assert_array_equal(xy[drawn], latents[drawn, -2:])  # the map here, see quick_map
    others = np.setdiff1d(np.arange(60), drawn)
    near = xy[drawn][nearest(latents[others], latents[drawn], 5)[0]]
    assert (xy[others] >= near.min(axis=1) - 1e-5).all()
    assert (xy[others] <= near.max(axis=1) + 1e-5).all()
    np.testing.assert_array_equal(drawn_rows(Atlas(sampled)), drawn)
    figures = sampled.uns["dnaviz"]["quality"]["autoencoder"]
    assert 0 < figures["projected"] <= 1
    assert 0 < figures["drawn"] <= 1


def test_a_sampled_atlas_is_the_same_file_again(sampled, windows, untrained, tmp_path):
    again = build_atlas(windows, untrained, window=100, n_neighbors=5, drawn=40, seed=3)
    paths = [tmp_path / name for name in ("one.h5ad", "two.h5ad")]
    for path, adata in zip(paths, (sampled, again), strict=True):
        Atlas(adata).write(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    other = build_atlas(windows, untrained, window=100, n_neighbors=5, drawn=40, seed=4)
    assert not np.array_equal(other.obsm["X_umap"], sampled.obsm["X_umap"])


def test_an_interrupted_build_does_not_encode_again(windows, untrained, tmp_path, monkeypatch):
    monkeypatch.setattr("dnaviz.atlas.encode.BATCH", 25)
    asked = []
    real = encode_in

    def counted(model, part, space="autoencoder"):
        asked.append(len(part))
        if len(asked) == fails_at:
            raise KeyboardInterrupt
        return real(model, part, space)

    monkeypatch.setattr("dnaviz.atlas.encode.encode_in", counted)
    options = {"window": 100, "scratch": tmp_path / "latents", "identity": {"files": ["x"]}}
    fails_at = 7  # two tell the widths; two spaces a batch
    with pytest.raises(KeyboardInterrupt):
        build_atlas(windows, untrained, **options)
    asked, fails_at = [], -1
    built = build_atlas(windows, untrained, **options)
    assert sum(asked[2:]) == 2 * 10  # what is left behind two batches
    assert list(tmp_path.iterdir()) == []
    expected = untrained.encode(center_crop(list(windows["sequence"]), 100))
    np.testing.assert_allclose(built.obsm["X_latent"], expected, rtol=2e-3, atol=2e-3)


def test_gc_counts_known_bases_only():
    codes = np.array([[0, 1, 2, 3, 4, 5], [4, 4, 5, 5, 5, 5]], np.uint8)
    np.testing.assert_allclose(gc_content(codes), [0.5, 0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.drop(columns="sequence"), "no column 'sequence'"),
        (lambda w: w.head(5), "at least 10 sequences, not 5"),
        (lambda w: w.assign(id="same"), "Two windows have the id 'same'"),
        (lambda w: w.assign(id=w["id"].where(w["id"] != "w3")), "Row 4 of the windows has no id"),
        (lambda w: w.assign(id=w["id"].replace("w3", " ")), "Row 4 of the windows has no id"),
    ],
)
def test_build_rejects_bad_windows(windows, untrained, change, words):
    with pytest.raises(InputError, match=words):
        build_atlas(change(windows), untrained)


def test_places_name_windows_where_all_have_one(windows, untrained):
    starts = np.arange(60) * 100.0 + 1
    places = windows.drop(columns=["id", "label"]).assign(
        chrom="chr1", start=starts, end=starts + 59, strand="+"
    )
    assert build_atlas(places, untrained).obs_names[1] == "chr1:101-160:+"
    places.loc[3, ["chrom", "start", "end"]] = ["", None, None]
    assert list(build_atlas(places, untrained).obs_names[2:5]) == [
        "sequence_3", "sequence_4", "sequence_5",
    ]  # fmt: skip


def test_build_rejects_windows_longer_than_the_model_takes(windows, untrained):
    with pytest.raises(InputError, match="not 500"):
        build_atlas(windows, untrained, window=500)


def write_fasta(path, count=12):
    text = "".join(f">s{i} made\n{s}\n" for i, s in enumerate(random_sequences(count)))
    path.write_text(text)
    return path


def test_the_command_names_sequences_of_unknown_bases(tmp_path, capsys):
    fasta = write_fasta(tmp_path / "in.fa")
    fasta.write_text(fasta.read_text() + f">gap\n{'N' * 60}\n")
    assert main(["atlas", "build", str(fasta), "-o", str(tmp_path / "a.h5ad")]) == 0
    assert 'Mostly N or another code for several bases: "gap".' in capsys.readouterr().err


def test_fasta_with_metadata(tmp_path):
    fasta = write_fasta(tmp_path / "in.fa")
    table = tmp_path / "meta.tsv"
    table.write_text("name\ttissue\tscore\ns3\tliver\t1.5\ns0\tbrain\t2\nother\tlung\t3\n")
    messages = []
    result = read_sequence_table(fasta, table, tell=messages.append)
    assert [words.removeprefix(f"{table}: ") for words in messages] == [
        f'1 of 3 rows belong to no sequence of {fasta}, such as "other".',
        '10 of 12 sequences have no row, such as "s1".',
    ]
    assert list(result["id"][:4]) == ["s0", "s1", "s2", "s3"]
    assert result["tissue"].tolist()[:4] == ["brain", *[result["tissue"][1]] * 2, "liver"]
    assert pd.isna(result["tissue"][1])
    assert result["score"][3] == 1.5


def test_a_zipped_table(tmp_path):
    path = tmp_path / "in.tsv.gz"
    with gzip.open(path, "wt") as file:
        file.write("id\tsequence\tgene\n1\tACGUACGUACGUACGUACGUAA\tNA\n")
    result = read_sequence_table(path)
    assert result["sequence"].tolist() == ["ACGTACGTACGTACGTACGTAA"]
    assert result["id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.tsv", "id\tseq\n1\tACGT\n", "neither FASTA nor a table"),
        ("a.tsv", "id\tsequence\n1\tACGTACGTACGTACGTACGTXX\n", "line 2: "),
        ("a.tsv", "id\tsequence\n1\tACGT\n", "line 2: the sequence has 4 nucleotides"),
        ("a.tsv", "id\tsequence\n1\t\n", "line 2: there is no sequence"),
        ("a.tsv", "id\tsequence\n", "has no rows"),
        ("a.fa", ">x\nACGTACGTACGTACGTACGTAA\n>x\nACGTACGTACGTACGTACGTAA\n", "two records"),
        ("a.bin", "\x1f\x8bnot gzip", "damaged gzip|no table|Not a gzipped"),
    ],
)
def test_unusable_inputs_are_refused(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=words) as caught:
        read_sequence_table(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_metadata_of_other_sequences_is_refused(tmp_path):
    fasta = write_fasta(tmp_path / "in.fa")
    table = tmp_path / "meta.tsv"
    table.write_text("id\ttissue\nzzz\tliver\n")
    with pytest.raises(InputError, match='no value of its column "id"'):
        read_sequence_table(fasta, table)


def test_the_commands(tmp_path, monkeypatch, capsys, untrained):
    from dnaviz import models

    monkeypatch.setattr(models, "load_model", lambda path=None: untrained)
    fasta = write_fasta(tmp_path / "in.fa", 30)
    out = tmp_path / "a.h5ad"
    assert main(["atlas", "build", str(fasta), "-o", str(out), "--window", "50"]) == 0
    assert "30 sequences" in capsys.readouterr().out
    assert load_atlas(out).window == 50
    assert main(["atlas", "evaluate", str(out), "--no-placement"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "space\tmeasure\tvalue"
    assert any(line.startswith("splice\ttrustworthiness") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["atlas", "build", "missing.fa", "-o", "a.h5ad"], "missing.fa"),
        (["atlas", "build", "in.fa", "-o", "a.txt"], "does not end in .h5ad or .zarr"),
        (["atlas", "build", "in.fa", "-o", "nowhere/a.h5ad"], "nowhere"),
        (["atlas", "evaluate", "in.fa"], "is no AnnData file"),
    ],
)
def test_bad_input_writes_no_file(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    write_fasta(tmp_path / "in.fa")
    assert main(arguments) == 2
    message = capsys.readouterr().err.strip()
    assert words in message
    assert "\n" not in message
    assert [path.name for path in tmp_path.iterdir()] == ["in.fa"]
