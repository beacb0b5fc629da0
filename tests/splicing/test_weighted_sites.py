"""Sites that reach the threshold only given the others are listed beside those that do alone."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from dnaviz.cli import main
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.panels.splice_inspector.site_summary import counted, summary_html
from dnaviz.panels.splice_inspector.steps import first_site
from dnaviz.report import analyze, html_report
from dnaviz.sequences import Sequence
from dnaviz.splicing.annotate import (
    describe_exons,
    predicted_transcript_models,
    site_weights,
    with_weighted_sites,
)
from dnaviz.splicing.export import tsv_lines
from dnaviz.splicing.scan import motif, scan
from dnaviz.splicing.site_comparison import compare_sites
from dnaviz.splicing.variant_effect import splice_effect

DONORS, STRONG, WEAK = (301, 1_621, 3_641), 3_500, (1_500, "+", "acceptor")


def gene(weak="A"):
    bases = list("TC" * 2_500)
    for position in DONORS:
        bases[position - 1] = "G"
    bases[STRONG - 2 : STRONG] = "CA"
    bases[WEAK[0] - 1] = weak
    return Sequence("".join(bases), "gene")


class Gene:
    """Finds a donor at G and an acceptor at A between T and C, hardly so behind a T."""

    name, sha256, context = "gene", "0" * 64, 10

    def score_positions(self, sequences, spans=None):
        spans = spans or [slice(0, len(bases)) for bases in sequences]
        every = []
        for bases, span in zip(sequences, spans, strict=True):
            scores = np.full((2, len(bases)), -9.0, np.float32)
            for site in re.finditer("(?<=[TC])[AG](?=[TC])", bases):
                weak = bases[site.start() - 1 : site.end()] == "TA"
                scores[int(site[0] == "A"), site.start()] = -0.8 if weak else 4.0
            every.append(scores[:, span])
        return every


@pytest.fixture(scope="module")
def scanned():
    return scan(gene(), Gene())


def test_the_end_of_a_predicted_exon_is_in_the_table_and_in_files(scanned):
    (model,) = predicted_transcript_models(scanned)
    assert (1_501, 1_620) in model.exons
    assert WEAK not in [site[:3] for site in scanned.sites]
    (row,) = (one for one in compare_sites(scanned) if one.site[:3] == WEAK)
    assert row.site.probability < 0.5 <= row.weighted
    assert row.status == "found"
    shown = with_weighted_sites(scanned, site_weights(scanned, []))
    assert [one.site for one in compare_sites(scanned)] == shown.sites
    assert counted(shown).endswith("at least 0.50, 1 of them only when weighted.")
    assert counted(scanned).endswith("at least 0.50.")
    for weighted, expected in ((True, shown.sites), (False, scanned.sites)):
        table = pd.read_csv(io.StringIO("".join(tsv_lines(scanned, weighted=weighted))), sep="\t")
        assert len(table) + 1 == len(expected)  # the first line is read as the head


def test_the_exons_that_are_predicted_are_named(scanned):
    shown = with_weighted_sites(scanned, weights := site_weights(scanned, []))
    models = predicted_transcript_models(shown)
    sentence = "Exons predicted between two sites: 1,501-1,620, 3,501-3,640 on +."
    assert sentence in summary_html(shown, weights, models)
    assert sentence in html_report([analyze(gene(), Gene(), explained=0)], Gene())
    assert "sites, without edits: 1,501-1" in summary_html(shown, weights, models, edited=True)
    many = models[0]._replace(strand="-", exons=[(100 * i, 100 * i + 9) for i in range(1, 21)])
    assert describe_exons([many]).endswith(", 1,200-1,209 and 8 more on −.")
    transcripts = [TranscriptModel("T", "+", [(3_501, 3_640)], [(2_000, 3_500), (3_641, 4_000)])]
    assert describe_exons(transcripts) == ""
    assert "Exons predicted" not in summary_html(scanned, None, [*models, *transcripts])


def test_where_a_known_transcript_tells_the_sites_it_is_not(scanned):
    transcripts = [TranscriptModel("T", "+", [(3_501, 3_640)], [(2_000, 3_500), (3_641, 4_000)])]
    listed = [one.site[:3] for one in compare_sites(scanned, transcripts)]
    assert WEAK not in listed
    assert set(listed) >= {site[:3] for site in scanned.sites}


def test_a_site_that_an_edit_brings_over_the_threshold_so_is_listed():
    without = gene(weak="C")
    scanned = scan(without, Gene())
    assert WEAK not in [one.site[:3] for one in compare_sites(scanned)]
    made = [splice_effect(without, "1500C>A", strand=s, model=Gene()) for s in "+-"]
    (row,) = (one for one in compare_sites(scanned, (), made) if one.site[:3] == WEAK)
    assert row.status == "in the edited sequence alone"
    assert row.edited < 0.5 <= row.weighted
    lost = [splice_effect(gene(), "1500A>C", strand=s, model=Gene()) for s in "+-"]
    listed = compare_sites(scan(gene(), Gene()), (), lost)
    (row,) = (one for one in listed if one.site[:3] == WEAK)
    assert row.status == "found"
    assert row.weighted < 0.01


def test_a_site_far_from_the_edit_that_brings_it_over_the_threshold_is_listed():
    bases = str(gene())
    without = Sequence(f"{bases[:1_620]}T{bases[1_621:]}", "gene")
    scanned = scan(without, Gene())
    assert WEAK not in [one.site[:3] for one in compare_sites(scanned)]
    made = [splice_effect(without, "1621T>G", strand=s, model=Gene()) for s in "+-"]
    (row,) = (one for one in compare_sites(scanned, (), made) if one.site[:3] == WEAK)
    assert row.status == "in the edited sequence alone"
    assert row.edited == row.site.probability < 0.5 <= row.weighted
    moved = [splice_effect(without, "1621delinsCTG", strand=s, model=Gene()) for s in "+-"]
    listed = compare_sites(scanned, (), moved)
    (row,) = (one for one in listed if one.site.position == STRONG)
    assert (row.status, row.edited_position) == ("found", STRONG + 2)


def test_where_the_strand_is_open_exons_and_the_first_site_are_of_listed_sites(monkeypatch):
    def evenly(bases, chances):
        return {strand: np.full(len(bases), 1 / len(chances), np.float32) for strand in chances}

    monkeypatch.setattr("dnaviz.splicing.scan.transcribed", evenly)
    scanned = scan(gene(), Gene(), strand="both")
    sites = with_weighted_sites(scanned, site_weights(scanned, [])).sites
    assert WEAK not in [site[:3] for site in sites]
    exons = {model.strand: model.exons for model in predicted_transcript_models(scanned)}
    assert exons["+"] == [(3_501, 3_640)]
    no_event = [splice_effect(gene(), "1510C>T", strand=s, model=Gene()) for s in "+-"]
    assert first_site(scanned, no_event, []) == (1_621, "+", "donor")


def test_a_report_and_the_command_list_it(tmp_path, monkeypatch):
    finding = analyze(gene(), Gene(), explained=0)
    assert WEAK in [site[:3] for site in finding.scan.sites]
    assert f">{motif(gene(), *WEAK)}</td>" in html_report([finding], Gene())
    monkeypatch.setattr("dnaviz.models.load_model", lambda *_: Gene())
    fasta, out = tmp_path / "gene.fa", tmp_path / "sites.tsv"
    fasta.write_text(f">gene\n{gene()}\n")
    assert main(["scan", str(fasta), "-o", str(out), "--weighted"]) == 0
    table = pd.read_csv(out, sep="\t")
    below = table[table["probability"] < 0.5]
    assert below["position"].tolist() == [WEAK[0]]
    assert (below["weighted"] >= 0.5).all()
