"""Tables as programs and people write them: every row is there, as text."""

import gzip

import pytest

from dnaviz.atlas.inputs import read_sequence_table
from dnaviz.errors import InputError
from dnaviz.io.tables import integers, parse_table, read_frame, read_rows, with_numbers

HEADER = ["id", "label", "note"]
ROWS = [["001", "NA", "a, b; c"], ["1.10", ".", "5' exon"], ["1E3", "", "x"], ["TRUE", "NaN", "-"]]


def written(tmp_path, data, name="t.tsv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def joined(separator, end="\n", quote=str):
    return end.join(separator.join(quote(cell) for cell in row) for row in [HEADER, *ROWS]) + end


def quoted(cell):
    return f'"{cell}"'


LAYOUTS = {
    "tabs": joined("\t").encode(),
    "Windows": joined("\t", "\r\n").encode(),
    "an old Mac": joined("\t", "\r").encode(),
    "no last line end": joined("\t").rstrip("\n").encode(),
    "a mark": b"\xef\xbb\xbf" + joined("\t").encode(),
    "Excel's Unicode text": joined("\t", "\r\n").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + joined("\t").encode("utf-16-be"),
    "commas": joined(",", "\r\n", quoted).encode(),
    "semicolons": joined(";", quote=quoted).encode(),
    "a line for Excel": b"sep=;\r\n" + joined(";", "\r\n", quoted).encode(),
    "quoted tabs": joined("\t", quote=quoted).encode(),
    "blank lines": joined("\t", "\n\n  \n").encode(),
    "trailing tabs": joined("\t").replace("\n", "\t\t\n").encode(),
    "blanks around": joined("\t", quote="  {} ".format).encode(),
    "gzip": gzip.compress(joined("\t").encode()),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_same_texts(tmp_path, name):
    frame = read_frame(written(tmp_path, LAYOUTS[name]), "table")
    assert list(frame.columns) == HEADER
    assert frame.to_numpy().tolist() == ROWS


@pytest.mark.parametrize(
    "cell", ['"open', 'op"en', 'open"', '"', '3" exon', '"a" b', "5'-\"x", '""', '"a""b']
)
@pytest.mark.parametrize("separator", ["\t", ","])
def test_a_quote_never_takes_in_other_rows(cell, separator):
    lines = [["id", "x", "y"], ["1", cell, "A"], ["2", "b", "B"], ["3", cell, cell]]
    text = "\n".join(separator.join(line) for line in lines)
    table = parse_table(text, "t")
    rows = list(table.rows)
    assert [row.cells[0] for row in rows] == ["1", "2", "3"]
    assert [row.line for row in rows] == [2, 3, 4]
    assert not any(table.describe_width(row) for row in rows)
    assert rows[1].cells == ["2", "b", "B"]


def test_quotes_as_spreadsheets_write_them():
    _, rows = read_rows('a,b\n"x, y","say ""no"""\n" z ",\n')
    assert [row.cells for row in rows] == [["a", "b"], ["x, y", 'say "no"'], ["z", ""]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("id\ta\tb\ta\n1\t2\t3\t4\n", r'two columns called "a" \(2 and 4\)'),
        ("id\ta\n\n1\t2\n3\n", r"t\.tsv, line 4: The row has 1 columns, the header 2"),
        ("id\ta\n1\t2\t3\n", r"t\.tsv, line 2: The row has 3 columns, the header 2"),
        ('id\ta\n1\t"two\nlines"\n', r"line 3: The row has 1 columns"),
        ('id\ta\tb\n1\t"two\nlines"\t3\n', r"line 2: .* A quote is opened"),
        ("x\ty\n1\t2\n", r'no table: it has no column id \(its first line names "x", "y"\)'),
        (b"\xff\xfei\0d", "UTF-16 text, but is damaged"),
        (gzip.compress(b"id\ta\n" * 99, mtime=0)[:-9], "damaged or cut short"),
        (b"id\tn\xe9e\n", "no text in UTF-8: line 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, words):
    with pytest.raises(InputError, match=words) as caught:
        read_frame(written(tmp_path, text), "table", ["id"])
    assert str(caught.value).count("t.tsv") == 1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", "30"], [1, -2, 30]),
        (["1", "", "2.5"], [1, None, 2.5]),
        (["0.5", "NA", "1e-05"], [0.5, None, 1e-5]),
        (["1.00E+03", "nan", "."], [1000, None, None]),
        (["inf", "-inf", "2"], [float("inf"), float("-inf"), 2]),
        (["1.10", "1.1", "2."], [1.1, 1.1, 2]),
        (["001", "2", "3"], None),
        (["1E3", "2E4", "3E5"], None),
        (["TRUE", "FALSE", "TRUE"], None),
        (["1", "2", "x"], None),
        (["NA", "", "."], None),
        (["1,5", "2", "3"], None),
        (["１", "2", "3"], None),
        (["12345678901234567", "1", "2"], None),
    ],
)
def test_a_column_is_of_numbers_when_all_its_cells_are(tmp_path, cells, expected):
    text = "id\tx\n" + "".join(f"{n}\t{cell}\n" for n, cell in enumerate(cells))
    result = with_numbers(read_frame(written(tmp_path, text), "table"), ["id"])
    assert result["id"].tolist() == ["0", "1", "2"]
    if expected is None:
        assert result["x"].tolist() == cells
    else:
        assert [None if v != v else v for v in result["x"].tolist()] == expected
        assert result["x"].dtype.kind == ("f" if None in expected else result["x"].dtype.kind)


def test_decimal_commas_between_semicolons(tmp_path):
    frame = read_frame(written(tmp_path, "id;x;y\na;0,5;1,2,3\nb;12;4\n"), "table")
    assert with_numbers(frame)["x"].tolist() == [0.5, 12]
    assert with_numbers(frame)["y"].tolist() == ["1,2,3", "4"]


def test_whole_numbers_or_a_line(tmp_path):
    frame = read_frame(written(tmp_path, "n\n5\nNA\n7.0\n"), "table")
    assert integers(frame, "n", "t").astype(object).tolist()[::2] == [5, 7]
    assert integers(frame, "n", "t").isna().tolist() == [False, True, False]
    for wrong in ("1.5", "1e3", "x", "9" * 30, "١"):
        frame = read_frame(written(tmp_path, f"n\n5\n{wrong}\n"), "table")
        with pytest.raises(InputError, match="t, line 3: the column n"):
            integers(frame, "n", "t")


IDS = ["001", "1.10", "1E3", "TRUE", "NA", "1.0", "=x"]
BASES = "ACGTACGTACGTACGTACGTA"


@pytest.mark.parametrize("column", ["id", "name", "ID", "#id"])
@pytest.mark.parametrize("fasta", [True, False])
def test_ids_that_look_like_something_else_join(tmp_path, column, fasta):
    if fasta:
        text = "".join(f">{name}\n{BASES}\n" for name in IDS)
    else:
        text = "id\tsequence\n" + "".join(f"{name}\t{BASES}\n" for name in IDS)
    path = written(tmp_path, text, "in")
    rows = "".join(f"{name}\tlabel {name}\n" for name in reversed(IDS))
    messages = []
    result = read_sequence_table(
        path, written(tmp_path, f"{column}\tlabel\n{rows}"), tell=messages.append
    )
    assert result["id"].tolist() == IDS
    assert result["label"].tolist() == [f"label {name}" for name in IDS]
    assert not messages


def test_metadata_without_a_header_is_refused(tmp_path):
    path = written(tmp_path, f">a\n{BASES}\n>b\n{BASES}\n", "in")
    with pytest.raises(InputError, match='has no header: its first line begins with "a"'):
        read_sequence_table(path, written(tmp_path, "a\tdonor\nb\tacceptor\n"))
    with pytest.raises(InputError, match='line 4: the id "b" stands in a row before'):
        read_sequence_table(path, written(tmp_path, "id\tx\nb\t1\na\t1\nb\t2\n"))
