"""The table of published variants is whole, and a comparison says what it should."""

import pytest

from dnaviz.cli import main
from dnaviz.genome.examples import worked_examples
from dnaviz.models import load_model
from dnaviz.serving.card import read_published
from dnaviz.splicing import published
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.hgvs import Locator
from dnaviz.splicing.prediction import predict
from dnaviz.splicing.published import (
    OUTCOMES,
    compare,
    comparison_table,
    in_words,
    outcome_of,
    outcomes_of,
    published_variants,
    verdict,
)
from dnaviz.splicing.scan import scan
from dnaviz.splicing.variant_effect import splice_effect
from dnaviz.splicing.variants import check_variants


def test_the_table_has_genes_and_sources_enough_and_fits_its_sequences():
    result = published_variants()
    assert len(result) >= 40
    assert len({one.gene for one in result}) >= 15
    for one in result:
        assert one.source
        assert one.record
        assert one.outcomes
        assert all(o.partition(":")[0] in OUTCOMES for o in one.outcomes)
        assert check_variants([one.variant], one.sequence)
        placed = Locator(one.sequence, [one.structure])(one.change)
        assert placed[:3] == one.variant[:3]


def named(gene, change):
    return next(p for p in published_variants() if (p.gene, p.change) == (gene, change))


def test_a_prediction_is_compared_with_what_was_found():
    right = named("LDLR", "c.313+1G>A")
    assert compare(right).agreement == "agrees"
    wrong = right._replace(outcomes=("pseudo:50",))
    assert compare(wrong).agreement == "differs"
    other = named("C3", "c.2354+1G>A")
    result = compare(other)
    second = next(c for c in result.predicted.items[1:] if c.kind != "unchanged")
    assert compare(other._replace(outcomes=tuple(outcome_of(second)))).agreement == "listed"
    silent = right._replace(variant=right.variant._replace(alt=right.variant.ref))
    assert compare(silent).agreement == "not seen"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("skip:123", "exon skipped (123 nt)"),
        ("extend3:66", "exon gains the first 66 nt of the intron behind it"),
        ("shorten5:1", "exon loses its first 1 nt"),
        ("pseudo:", "pseudo-exon"),
    ],
)
def test_outcomes_in_words(outcome, words):
    assert in_words(outcome) == words


def test_the_command_prints_and_writes_the_table(tmp_path, capsys, monkeypatch):
    two = tuple(published_variants()[:2])
    monkeypatch.setattr(published, "published_variants", lambda: two)
    path = tmp_path / "out.tsv"
    assert main(["measure", "published", "-o", str(path)]) == 0
    assert "2 variants of 1 genes" in capsys.readouterr().out
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t") == list(comparison_table([compare(two[0])]).columns)


def test_the_shipped_predictions_are_those_of_the_shipped_model():
    shipped = read_published()
    model = load_model()
    assert shipped["weights_sha256"] == model.sha256
    assert len(shipped["rows"]) == len(published_variants())
    again = published_variants()[::9]
    table = comparison_table([compare(one, model) for one in again])
    rows = {(r["gene"], r["change"]): r for r in shipped["rows"]}
    for row in table.to_dict(orient="records"):
        there = rows[row["gene"], row["change"]]
        assert (row["predicted"], row["agreement"]) == (there["predicted"], there["agreement"])
    assert sum(sum(count.values()) for _, count in shipped["counts"]) == len(shipped["rows"])


def test_a_verdict_says_why_a_published_change_is_missed():
    worked = {w.name: w for w in worked_examples()}

    def predicted(name):
        locator = annotated(worked[name].example.sequence, worked[name].example.structures)
        variants = place_edits(worked[name].edit, locator).variants
        effects = [splice_effect(locator.record, variants, strand=s) for s in "+-"]
        return predict(locator, scan(locator.record), effects)

    def told(name, **changed):
        known = worked[name].known
        return verdict(
            predicted(name), changed.get("outcomes", outcomes_of(known.gene, known.hgvs))
        )

    assert told("LDLR c.313+1G>A").endswith("The model agrees.")
    missed = predicted("LDLR c.2140+86C>G")
    assert "misses this one, because no probability of a splice site changes" in verdict(
        missed._replace(event=None), ["extend3:81"]
    )
    other = told("LDLR c.313+1G>A", outcomes=["pseudo:50"])
    assert "misses this one, because it finds another product better supported: exon 3" in other
    assert "among the possible products" in told("HBB c.92+5G>C")
    assert "not told in enough detail" in told("STK11 c.374+1A>G")
    small = missed._replace(event=predicted("HBB c.92+5G>C").event)
    assert "because its largest change is too small" in verdict(small, ["extend3:81"])
