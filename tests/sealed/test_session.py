"""The sealed inspector's session, as its page asks it."""

import base64
import gzip
import json

import pytest

from dnaviz.errors import InputError
from dnaviz.genome.examples import worked_examples
from dnaviz.io.read import read_sequence_bytes
from dnaviz.sealed.session import Session
from dnaviz.sequences import reverse_complement

BASES = "ACGTTGCAGGTAAGTCATTA" * 6


def errors(session, **request):
    answers = [json.loads(answer) for answer in session.answer(json.dumps(request))]
    return [answer["error"] for answer in answers if "error" in answer]


def test_a_text_that_cannot_be_read_says_whose_results_stay_on_the_page(lively, few_steps):
    session = Session(lively)
    (first,) = errors(session, do="open", text="hello")
    assert "results" not in first
    assert errors(session, do="open", text=f">gene\n{BASES}") == []
    (again,) = errors(session, do="open", text="hello")
    assert again == f"{first} The results on this page are still those of gene."
    (edit,) = errors(session, do="edits", text="hello")
    assert "results" not in edit


def test_with_edits_the_file_of_sites_has_what_the_table_shows(lively, few_steps):
    session = Session(lively)
    assert errors(session, do="open", text=f">gene\n{BASES}") == []
    assert errors(session, do="edits", text="30del") == []
    parts = [json.loads(one) for one in session.answer(json.dumps({"do": "view"}))]
    rows = next(part["sites"]["rows"] for part in parts if "sites" in part)
    kept = {}
    for kind in ("sites.tsv", "sites.bed"):
        answers = map(json.loads, session.answer(json.dumps({"do": "file", "kind": kind})))
        file = next(answer["file"] for answer in answers if "file" in answer)
        kept[file["name"]] = file["text"].splitlines()
    assert list(kept) == ["gene-sites.tsv", "gene-reference-sites.bed"]
    head, *lines = (line.split("\t") for line in kept["gene-sites.tsv"])
    assert head[5:] == ["reference", "edited", "weighted", "status"]
    assert [line[1:4] for line in lines] == [
        [row[0], row[1].replace("−", "-"), row[2]] for row in rows
    ]
    assert [f"{float(line[6]):.3f}" if line[6] else "deleted" for line in lines] == [
        row[5] for row in rows
    ]
    assert [f"{float(line[7]):.3f}" if line[7] else "" for line in lines] == [
        row[6] for row in rows
    ]
    assert any(line[8] == "in the edited sequence alone" for line in lines)


def whys(session, **request):
    answers = [json.loads(answer) for answer in session.answer(json.dumps(request))]
    return [answer["why"] and answer["why"]["heading"] for answer in answers if "why" in answer]


def test_headings_say_whose_the_explanation_is_and_none_is_given_where_no_base_is_known(
    lively, few_steps
):
    session = Session(lively)
    (first,) = whys(session, do="open", text=f">gene\n{BASES}")
    assert first.startswith("Why the model sees a")
    weak = min(range(120), key=lambda i: abs(session.scan.probabilities["+"][0, i] - 0.5))
    session.shown.chosen = weak + 1, "+", "donor"
    whys(session, do="method", state={})
    (below,) = whys(session, do="view", state={"threshold": 0.99})
    assert below.startswith(f"What speaks for and against a donor at {weak + 1} (+), prob")
    assert whys(session, do="edits", text="60A>C")[-1].startswith("Without edits: w")
    assert whys(session, do="open", text=f">none\n{'N' * 120}") == [None]
    assert errors(session, do="edits", text="60N>A") == []


def test_what_of_an_entry_was_left_out_is_noted(lively, few_steps):
    head = "LOCUS       AB1 120 bp DNA\nFEATURES\n     CDS   order(1..9,20..30)\n"
    entry = f"{head}ORIGIN\n        1 {BASES[:60].lower()}\n       61 {BASES[60:].lower()}\n//\n"
    request = json.dumps({"do": "open", "text": entry})
    answers = [json.loads(answer) for answer in Session(lively).answer(request)]
    (note,) = [answer["note"] for answer in answers if "note" in answer]
    assert "1 feature is left out" in note


def last(session, part, **request):
    answers = [json.loads(answer) for answer in session.answer(json.dumps(request))]
    return [answer[part] for answer in answers if part in answer][-1]


def test_a_published_change_is_told_of_its_whole_gene(lively, monkeypatch):
    monkeypatch.setattr(Session, "_explain", lambda self: iter(()))
    session = Session(lively)
    mrna = last(session, "mrna", do="example", name="GCDH c.1244-2A>C")
    (worked,) = (one for one in worked_examples() if one.name == "GCDH c.1244-2A>C")
    usual = session.prediction.consequences.usual
    assert len(usual.mrna) == sum(end - start + 1 for start, end in worked.gene.exons)
    assert "not wholly on this sequence" not in mrna["html"]


UNUSABLE = [
    ({}, "The link holds no sequence"),
    ([1, 2], "The link holds no sequence"),
    ({"edits": "3G>T"}, "The link holds no sequence"),
    ({"variants": "57A>G"}, "The link holds no sequence"),
    ({"region": "LDLR", "edits": "3G>T"}, "The link is of a region of a genome"),
    ({"example": "nosuch", "edits": "3G>T"}, "This page has no example called nosuch."),
    ({"sequence": "ACGTX" * 20, "edits": "3G>T"}, 'Position 5: "X" is not a nucleotide'),
    ({"sequence": f"{BASES}\n>b\n{BASES}"}, "Position 121: the character U+000A"),
]


def test_a_link_that_cannot_be_shown_says_so_and_leaves_all_as_it_was(lively, few_steps):
    session = Session(lively)
    errors(session, do="open", text=f">gene\n{BASES}")
    errors(session, do="edits", text="21A>C")
    before = session.shown.changed()
    for link, sentence in UNUSABLE:
        (refused,) = errors(session, do="restore", state=link)
        assert refused.startswith(sentence)
        assert refused.endswith(" The results on this page are still those of gene.")
        assert session.shown.changed() == before
    errors(session, do="edits", text="41A>C", add=True)
    assert session.shown.edits == "21A>C, 41A>C"


def test_what_else_a_link_of_the_dashboard_names_is_said(lively, few_steps):
    link = {"sequence": BASES, "case_exons": False, "variants": "57A>G"}
    note = last(Session(lively), "note", do="restore", state=link)
    assert note == "This page does not show what else the link names: case exons, variants."


def test_a_page_without_the_gallery_has_no_example_and_says_so(lively, monkeypatch):
    def missing():
        raise FileNotFoundError("dnaviz/assets/examples.fa.gz")

    monkeypatch.setattr("dnaviz.sealed.shown.examples", missing)
    (refused,) = errors(Session(lively), do="restore", state={"example": "LDLR"})
    assert refused == "This page has no example called LDLR."


def test_undo_takes_one_change_back_however_fast_they_were_made(lively, few_steps):
    session = Session(lively)
    errors(session, do="open", text=f">gene\n{BASES}")
    for edit in ("21A>C", "21A>C", "41A>C"):  # the second is refused: there is nothing to take back
        errors(session, do="edits", text=edit, add=True)
    edits = [last(session, "variant", do="undo")["edits"] for _ in range(2)]
    assert edits == ["21A>C", ""]
    assert last(session, "variant", do="edits", text="61A>C")["undo"]
    assert not last(session, "variant", do="open", text=BASES)["undo"]


def test_edits_that_are_cancelled_are_not_made(lively, few_steps):
    session = Session(lively)
    errors(session, do="open", text=f">gene\n{BASES}")
    errors(session, do="edits", text="21A>C")
    effects = session.effects
    work = session.answer(json.dumps({"do": "edits", "text": "41A>C"}))
    assert "progress" in next(work)
    work.close()
    assert session.shown.edits == "21A>C"
    assert session.effects is effects


def test_without_its_second_primer_the_gel_is_of_whole_mrnas(lively, few_steps):
    exon, intron = "ATGGCATCTGACCTTGAGACCATCAAGGCTGATTCCAGTCGAGAACTGAG", "gtaagt" + "t" * 80 + "cag"
    session = Session(lively)
    errors(session, do="open", text=f"{exon}{intron}{reverse_complement(exon)}")
    errors(session, do="edits", text="40del")
    gel_of_whole = session.gel
    both = {"forward": exon[:18], "reverse": exon[:18]}
    errors(session, do="primers", **both)
    assert session.gel.primers
    mrna = last(session, "mrna", do="primers", **both | {"reverse": ""})
    assert session.gel == gel_of_whole
    assert (mrna["forward"], mrna["reverse"]) == (exon[:18], "")


def test_a_file_is_read_as_elsewhere_and_what_is_no_text_is_said(lively, few_steps):
    text = f">gene\n{BASES}\n"
    session = Session(lively)
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), gzip.compress(text.encode())):
        data = base64.b64encode(content).decode()
        assert last(session, "records", do="open", name="a.fa", data=data) == ["1. gene (120 nt)"]
    for content in (text.encode("utf-16"), b"PK\x03\x04", b"caf\xe9", b"\t\0\0\0\x0eSnapGene"):
        with pytest.raises(InputError) as error:
            read_sequence_bytes(content, "a.fa")
        data = base64.b64encode(content).decode()
        (refused,) = errors(session, do="open", name="a.fa", data=data)
        assert refused == f"{error.value} The results on this page are still those of gene."
