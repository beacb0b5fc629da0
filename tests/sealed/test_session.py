"""The sealed inspector's session, as its page asks it."""

import json

from dnaviz.sealed.session import Session

BASES = "ACGTTGCAGGTAAGTCATTA" * 6


def errors(session, **request):
    answers = [json.loads(answer) for answer in session.answer(json.dumps(request))]
    return [answer["error"] for answer in answers if "error" in answer]


def test_a_text_that_cannot_be_read_says_whose_results_stay_on_the_page(lively):
    session = Session(lively)
    (first,) = errors(session, do="open", text="hello")
    assert "results" not in first
    assert errors(session, do="open", text=f">gene\n{BASES}") == []
    (again,) = errors(session, do="open", text="hello")
    assert again == f"{first} The results on this page are still those of gene."
    (edit,) = errors(session, do="edits", text="hello")
    assert "results" not in edit


def test_with_edits_the_file_of_sites_has_what_the_table_shows(lively):
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
    assert head[5:] == ["reference", "edited", "status"]
    assert [line[1:4] for line in lines] == [
        [row[0], row[1].replace("−", "-"), row[2]] for row in rows
    ]
    assert [f"{float(line[6]):.3f}" if line[6] else "deleted" for line in lines] == [
        row[5] for row in rows
    ]
    assert any(line[7] == "in the edited sequence alone" for line in lines)


def whys(session, **request):
    answers = [json.loads(answer) for answer in session.answer(json.dumps(request))]
    return [answer["why"] and answer["why"]["heading"] for answer in answers if "why" in answer]


def test_headings_say_whose_the_explanation_is_and_none_is_given_where_no_base_is_known(lively):
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


def test_what_of_an_entry_was_left_out_is_noted(lively):
    head = "LOCUS       AB1 120 bp DNA\nFEATURES\n     CDS   order(1..9,20..30)\n"
    entry = f"{head}ORIGIN\n        1 {BASES[:60].lower()}\n       61 {BASES[60:].lower()}\n//\n"
    request = json.dumps({"do": "open", "text": entry})
    answers = [json.loads(answer) for answer in Session(lively).answer(request)]
    (note,) = [answer["note"] for answer in answers if "note" in answer]
    assert "1 feature is left out" in note
