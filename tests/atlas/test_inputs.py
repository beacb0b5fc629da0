"""What an atlas is built from: samples and metadata."""

import numpy as np
import pandas as pd
import pytest

from dnaviz.atlas.inputs import draw_sample, read_sequence_table
from dnaviz.atlas.project import nearest
from dnaviz.errors import InputError

BASES = "ACGTTGCATTAGCCATAGGA" * 2


def test_a_sample_has_those_without_a_label_too():
    table = pd.DataFrame({"id": range(60), "label": ["a"] * 12 + ["b"] * 12 + [None] * 36})
    drawn = draw_sample(table, 30)
    assert drawn["label"].isna().sum() == 10
    assert drawn["label"].value_counts().to_dict() == {"a": 10, "b": 10}


def test_a_sample_with_no_room_for_its_labels_is_refused():
    table = pd.DataFrame({"label": [f"l{i}" for i in range(60)]})
    with pytest.raises(InputError, match="sample of 40 has no room for 60 values of the column"):
        draw_sample(table, 40)


def test_metadata_may_have_two_columns_of_ids(tmp_path):
    fasta, metadata = tmp_path / "a.fa", tmp_path / "m.tsv"
    fasta.write_text(f">1\n{BASES}\n>2\n{BASES}\n")
    metadata.write_text("Id\tid\tgene\nx\t2\tTP53\ny\t1\tLDLR\n")
    table = read_sequence_table(fasta, metadata)
    assert table["id"].tolist() == ["1", "2"]
    assert table["gene"].tolist() == ["LDLR", "TP53"]
    assert table["Id"].tolist() == ["y", "x"]


@pytest.mark.parametrize("offset", [0, 1e3, 1e4])
def test_neighbors_are_exact_far_from_the_origin_too(offset):
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(400, 16)) + offset).astype(np.float32)
    rows, distances = nearest(points[:20], points, 5)
    exact = np.linalg.norm(points[:20, None].astype(float) - points[None], axis=2)
    np.testing.assert_array_equal(rows, np.argsort(exact, axis=1, kind="stable")[:, :5])
    np.testing.assert_allclose(distances, np.sort(exact, axis=1)[:, :5], atol=1e-3)
