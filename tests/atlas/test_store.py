"""Atlas files: what can be read, what is refused and in which words."""

import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas import Atlas, anndata_files, load_atlas, store
from dnaviz.atlas.project import far_threshold
from dnaviz.errors import InputError
from dnaviz.sequences import reverse_complement


class SumModel:
    """Encodes a sequence as its counts of A, C, G, T and its length: latents of size 5."""

    name, sha256, latent_dim = "sums", "", 5
    min_length, max_length = 20, 400
    spaces = {"autoencoder": "", "splice": ""}  # noqa: RUF012

    def __init__(self):
        self.seen = []

    def encode(self, sequences, space="autoencoder"):
        self.seen += list(sequences)
        return np.array(
            [[str(s).count(b) for b in "ACGT"] + [len(s)] for s in sequences], np.float32
        )


@pytest.fixture
def counted(synthetic_adata):
    """An atlas of 200-nt windows whose latents are those of SumModel."""
    atlas = Atlas(synthetic_adata)
    latents = SumModel().encode(atlas.sequences())
    for key in ("X_latent", "X_splice"):
        synthetic_adata.obsm[key] = latents
    return Atlas(synthetic_adata, "counted.h5ad")


def test_a_written_atlas_reads_back_the_same(synthetic_atlas, tmp_path):
    path = tmp_path / "a.h5ad"
    synthetic_atlas.write(path)
    back = load_atlas(path)
    assert list(back.obs.index) == list(synthetic_atlas.obs.index)
    assert list(back.obs["label"]) == list(synthetic_atlas.obs["label"])
    assert back.sequences() == synthetic_atlas.sequences()
    for space in ("autoencoder", "splice"):
        np.testing.assert_array_equal(back.map(space), synthetic_atlas.map(space))
        np.testing.assert_array_equal(back.latent(space), synthetic_atlas.latent(space))
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5ad"]


def test_atlas_without_metadata_can_be_colored(synthetic_adata):
    bare = synthetic_adata.copy()
    bare.obs = bare.obs[[]]
    atlas = Atlas(bare)
    assert set(atlas.obs["label"]) == {"window"}
    assert list(atlas.obs.index) == list(synthetic_adata.obs.index)
    np.testing.assert_array_equal(atlas.latent(), Atlas(synthetic_adata).latent())
    assert bare.obs.columns.empty


def test_write_is_atomic(synthetic_atlas, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        synthetic_atlas.write(tmp_path / "missing" / "a.h5ad")
    path = tmp_path / "a.h5ad"
    path.write_text("before")
    synthetic_atlas.adata.uns["bad"] = object()
    with pytest.raises(Exception):  # noqa: B017 - whatever HDF5 says of it
        synthetic_atlas.write(path)
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_sequences_are_the_codes(synthetic_adata):
    synthetic_adata.obsm["sequence"] = store.encode_codes(["ACGTN" * 8] * 119 + ["TTTTT"], 40)
    atlas = Atlas(synthetic_adata)
    assert atlas.window == 40
    assert atlas.sequences([0, 119]) == ["ACGTN" * 8, "TTTTT"]


def as_mask(form, atlas):
    """The windows of one gene, as a boolean for each."""
    mask = atlas.obs["gene"] == "GENE3"
    return {
        "pandas": mask,
        "in another order": mask[::-1],
        "nullable": mask.astype("boolean"),
        "nullable, in another order": mask.astype("boolean")[::-1],
        "by row": mask.reset_index(drop=True),
        "numpy": mask.to_numpy(),
        "list": mask.tolist(),
    }[form]


@pytest.mark.parametrize("form", [
    "pandas", "in another order", "nullable", "nullable, in another order", "by row", "numpy",
    "list",
])  # fmt: skip
def test_a_mask_chooses_the_windows_where_it_is_true(synthetic_atlas, form):
    rows = [i for i in range(120) if i % 7 == 3]
    mask = as_mask(form, synthetic_atlas)
    part = synthetic_atlas.subset(mask)
    assert part.obs["gene"].tolist() == ["GENE3"] * 17
    assert part.obs_names.tolist() == [synthetic_atlas.obs.index[i] for i in rows]
    assert synthetic_atlas.sequences(mask) == [synthetic_atlas.sequences()[i] for i in rows]


def test_rows_are_given_in_the_order_asked_for(synthetic_atlas):
    ids = synthetic_atlas.obs.index[[9, 2, 9]]
    expected = [synthetic_atlas.sequences()[i] for i in (9, 2, 9)]
    for rows in ([9, 2, 9], np.array([9, 2, 9]), (i for i in (9, 2, 9)), ids):
        assert synthetic_atlas.sequences(rows) == expected
    assert synthetic_atlas.subset([]).n_obs == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.ones(3, bool), "The mask has 3 values, the atlas 120 windows"),
        (pd.Series([True, None] * 60, dtype="boolean"), "leaves 60 of its values open"),
        (
            pd.Series(True, [f"w{i}" for i in range(120)]),
            'by ids such as "w0", which are not those',
        ),
        ([1.7, 2.9], "whole numbers, 0 to 119"),
        ([120], "whole numbers, 0 to 119"),
        ([-1], "whole numbers, 0 to 119"),
        (["1", "LDLR"], "has no window '1'"),
        ("LDLR", 'a list of rows or ids, or a boolean for each, not by "LDLR"'),
        (3, 'not by "3"'),
        (np.array(3), 'not by "3"'),
        (slice(0, 3), "not by"),
        (None, 'not by "None"'),
    ],
)
def test_what_names_no_rows_is_refused(synthetic_atlas, rows, words):
    with pytest.raises(InputError, match=words):
        synthetic_atlas.subset(rows)
    if rows is not None:  # all of them
        with pytest.raises(InputError, match=words):
            synthetic_atlas.sequences(rows)


def test_neighbors_of_what_is_no_row_are_refused(synthetic_atlas):
    for row in (-1, 120, 1.5):
        with pytest.raises(InputError, match="whole numbers, 0 to 119"):
            synthetic_atlas.neighbors_of(row)


@pytest.mark.parametrize(("length", "window"), [(7, 10), (8, 10), (10, 10), (11, 10), (25, 10)])
def test_the_middle_base_stays_the_site(length, window):
    text = "A" * (length // 2) + "G" + "A" * (length - length // 2 - 1)
    (cut,) = store.center_crop(text, window)
    assert len(cut) == min(length, window)
    assert cut.index("G") == len(cut) // 2
    codes = store.encode_codes([text], window)
    assert codes.shape == (1, window)
    assert codes[0].tolist().index(2) == window // 2
    assert (codes == 5).sum() == max(0, window - length)


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("length", "window"), [(8, 10), (10, 10), (11, 10), (25, 10), (24, 9)])
def test_the_place_of_what_is_kept_is_where_its_bases_are(length, window, strand):
    genome = "".join(np.random.default_rng(0).choice(list("ACGT"), 60))
    read = (lambda text: text) if strand == "+" else reverse_complement
    obs = pd.DataFrame({"start": [21], "end": [20 + length], "strand": strand})
    place = store.crop_places(obs, [length], window).iloc[0]
    (kept,) = store.center_crop(read(genome[20 : 20 + length]), window)
    assert read(genome[place["start"] - 1 : place["end"]]) == kept


def test_a_place_that_does_not_span_its_sequence_stays():
    for obs in (
        pd.DataFrame({"start": [21.0, np.nan], "end": [60.0, 9.0]}),
        pd.DataFrame({"start": ["exon 2", "3"], "end": ["x", "52"]}),
        pd.DataFrame({"start": [1, 2]}),
    ):
        pd.testing.assert_frame_equal(store.crop_places(obs, [50, 50], 10), obs)


def test_a_long_sequence_is_placed_by_its_central_window(counted):
    model = SumModel()
    counted.check_model(model)
    model.seen.clear()
    inner = counted.sequences([5])[0]
    placed = counted.project("T" * 300 + inner + "A" * 300, model=model)
    assert model.seen == [inner]
    assert placed.neighbors[0, 0] == 5
    assert placed.distances[0, 0] == 0


def test_neighbors_takes_sequences_and_latents(counted):
    rows, distances = counted.neighbors(counted.sequences([2, 9]), k=4, model=SumModel())
    from_latents = counted.neighbors(counted.latent()[[2, 9]], k=4, model=SumModel())
    np.testing.assert_array_equal(rows, from_latents[0])
    np.testing.assert_array_equal(distances, from_latents[1])
    assert rows.shape == (2, 4)


@pytest.mark.parametrize("k", [0, -1, 2.0, "5", True, None])
def test_a_number_of_neighbors_is_a_whole_number_from_one(counted, k):
    for ask in (counted.neighbors, counted.project):
        with pytest.raises(InputError, match="number of neighbors is a whole number from 1, not"):
            ask(counted.sequences([2]), k=k, model=SumModel())


def test_a_sequence_without_a_known_base_has_no_place(counted):
    windows = ["acgu" * 50, "A" * 200 + "N" * 200 + "A" * 200]
    for ask in (counted.neighbors, counted.project):
        with pytest.raises(InputError, match="Sequence 2 has no known base around its middle"):
            ask(windows, model=SumModel())
    assert len(counted.project("N" * 99 + "A" + "N" * 100, model=SumModel()).xy) == 1


def test_one_id_names_one_row(counted):
    name = str(counted.obs.index[3])
    assert counted.rows(name).tolist() == [3]


def test_an_atlas_of_what_is_no_anndata_is_refused(counted):
    with pytest.raises(InputError, match="made of an AnnData, not of a DataFrame"):
        Atlas(counted.obs)
    with pytest.raises(InputError, match="type AnnData is not the path of a file"):
        load_atlas(counted.adata)


def test_neighbors_of_a_window_leave_it_out(synthetic_atlas):
    rows, distances = synthetic_atlas.neighbors_of(7, k=6)
    assert 7 not in rows
    assert (np.diff(distances) >= 0).all()
    assert (synthetic_atlas.obs["label"].iloc[rows] == "donor").all()


def test_far_threshold_comes_from_the_file_or_the_windows(synthetic_adata):
    computed = Atlas(synthetic_adata).far_threshold()
    assert 0 < computed < 60
    synthetic_adata.uns["dnaviz"] = {"far": {"autoencoder": 3.5}}
    assert Atlas(synthetic_adata).far_threshold() == 3.5


def test_a_part_of_an_atlas_is_not_told_by_what_was_measured_on_all(synthetic_adata):
    measured = {
        "far": {"autoencoder": 3.0},
        "quality": {},
        "umap": {"n_neighbors": 9, "drawn": 120},
    }
    for known in ({}, {"windows": 120}):
        synthetic_adata.uns["dnaviz"] = {**measured, **known}
        atlas = Atlas(synthetic_adata)
        assert atlas.far_threshold() == 3.0
        part = Atlas(atlas.subset(range(40)))
        assert part.far_threshold() == pytest.approx(far_threshold(part.latent()))
        assert part.umap[0] == 9
        assert "drawn" not in part.info["umap"]
        assert Atlas(atlas.subset(range(120))).far_threshold() == 3.0
    sliced = Atlas(synthetic_adata[:40].copy())  # as scanpy's users do
    assert sliced.far_threshold() == pytest.approx(far_threshold(sliced.latent()))


def test_without_sequences_the_window_is_that_of_the_file(synthetic_adata):
    del synthetic_adata.obsm["sequence"]
    synthetic_adata.uns["dnaviz"] = {"window": 400}
    assert Atlas(synthetic_adata).window == 400


def test_a_model_of_another_size_is_refused(counted, synthetic_adata):
    wide = SimpleNamespace(
        name="wide", sha256="", min_length=20, max_length=400,
        encode=lambda sequences: np.zeros((len(sequences), 9), "f4"),
    )  # fmt: skip
    sentence = r"counted.h5ad: obsm\['X_latent'\] has 5 columns, but .* have 9"
    with pytest.raises(InputError, match=sentence):
        counted.project("ACGT" * 10, model=wide)
    with pytest.raises(InputError, match=sentence):
        counted.check_model(wide)
    counted.check_model(SumModel())


def test_unknown_space_and_id(synthetic_adata):
    del synthetic_adata.obsm["X_splice"], synthetic_adata.obsm["X_umap_splice"]
    atlas = Atlas(synthetic_adata, "a.h5ad")
    assert atlas.spaces == ("autoencoder",)
    with pytest.raises(InputError, match=r"a\.h5ad has no obsm"):
        atlas.map("splice")
    with pytest.raises(InputError, match="no latent space"):
        atlas.map("umap")
    assert atlas.rows([atlas.obs.index[4]]).tolist() == [4]
    with pytest.raises(InputError, match="no window 'nothing'"):
        atlas.rows(["nothing"])


def drop(key):
    return lambda adata: adata.obsm.pop(key)


def put(key, row, value):
    def change(adata):
        adata.obsm[key] = adata.obsm[key].copy()
        adata.obsm[key][row] = value

    return change


def rename(adata):
    adata.obs.index = ["twice", "twice", *adata.obs.index[2:]]


def codes(value):
    return lambda adata: adata.obsm.__setitem__("sequence", value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop("X_latent"), r"lacks obsm\['X_latent'\]"),
        (drop("X_umap"), r"lacks obsm\['X_umap'\]"),
        (drop("X_umap_splice"), r"lacks obsm\['X_umap_splice'\]"),
        (put("X_umap", 17, np.nan), r"obsm\['X_umap'\] has NaN or infinite values \(row 17\)"),
        (put("X_latent", 3, np.inf), r"obsm\['X_latent'\] has NaN or infinite values \(row 3\)"),
        (rename, r"obs.index has duplicate ids, 'twice'"),
        (codes(np.full((120, 5), 9, np.uint8)), r"obsm\['sequence'\] has codes above 5"),
        (codes(np.zeros((120, 5))), r"obsm\['sequence'\] is no two-dimensional uint8"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_key(synthetic_adata, tmp_path, change, words):
    change(synthetic_adata)
    path = tmp_path / "user.h5ad"
    anndata_files.write_anndata(synthetic_adata, path)
    with (
        warnings.catch_warnings(action="error"),  # one sentence, and nothing else
        pytest.raises(InputError, match=words) as caught,
    ):
        load_atlas(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


class Bomb:
    def __reduce__(self):
        raise_on_load = "raise SystemExit('unpickled')"
        return exec, (raise_on_load,)


def test_nothing_but_anndata_is_opened(synthetic_adata, tmp_path):
    import h5py

    missing = tmp_path / "none.h5ad"
    renamed_pickle = tmp_path / "pickle.h5ad"
    renamed_pickle.write_bytes(pickle.dumps(Bomb()))
    text = tmp_path / "text.h5ad"
    text.write_text("id\tlabel\n")
    other = tmp_path / "other.h5ad"
    with h5py.File(other, "w") as file:
        file["x"] = [1, 2]
    full = tmp_path / "whole.h5ad"
    anndata_files.write_anndata(synthetic_adata, full)
    cut = tmp_path / "cut.h5ad"
    cut.write_bytes(full.read_bytes()[:20_000])
    for path in (missing, renamed_pickle, text, other, cut, tmp_path):
        with pytest.raises(InputError) as caught:
            load_atlas(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_any_plain_anndata_with_latents_and_map_will_do(tmp_path):
    from anndata import AnnData

    rng = np.random.default_rng(0)
    adata = AnnData(rng.normal(size=(30, 4)).astype("f4"))
    adata.obsm["X_latent"] = rng.normal(size=(30, 8))
    adata.obsm["X_umap"] = rng.normal(size=(30, 2))
    adata.write_h5ad(tmp_path / "plain.h5ad")
    atlas = load_atlas(tmp_path / "plain.h5ad")
    assert atlas.neighbors_of(0)[0].shape == (15,)
    with pytest.raises(InputError, match="which model made them"):
        atlas.project(atlas.latent()[:3])
    with pytest.raises(InputError, match=r"no obsm\['sequence'\]"):
        atlas.sequences([0])


@pytest.mark.skipif(not store.SHIPPED.exists(), reason="no atlas is shipped yet")
def test_the_shipped_atlas():
    atlas = load_atlas()
    assert atlas is load_atlas()
    assert len(atlas) >= 20_000
    assert atlas.spaces == ("autoencoder", "splice")
    assert store.SHIPPED.stat().st_size < 16_000_000
    assert set(atlas.obs["chrom"].astype(str)) == {"chr19"}
    expected = {"label", "context", "gene", "transcript", "start", "end", "strand", "gc"}
    assert expected <= set(atlas.obs.columns)
    motif = np.array([s[100:102] for s in atlas.sequences()])
    donors = (atlas.obs["label"] == "donor").to_numpy()
    assert (motif[donors] == "GT").mean() > 0.95


def test_subsample_keeps_every_label(synthetic_atlas):
    assert synthetic_atlas.subsample().tolist() == list(range(120))
    for most in (1, 7, 50, 119):
        rows = synthetic_atlas.subsample(most)
        assert 1 <= len(rows) <= most
        assert len(set(np.diff(rows))) <= 1


def test_non_finite_latents_are_refused(synthetic_atlas, untrained):
    latents = synthetic_atlas.latent()[:2].astype(float)
    latents[1, 5] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        synthetic_atlas.project(latents, model=untrained)
