"""Printed figures say of what they are and how they were made."""

import re
import warnings
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest

import dnaviz
from dnaviz.atlas import Atlas
from dnaviz.atlas.mean_attribution import MeanAttribution
from dnaviz.attribution import attribute
from dnaviz.figures.caption import (
    attribution_caption,
    mutagenesis_caption,
    selection_caption,
    track_caption,
)
from dnaviz.figures.logo import attribution_logo, figure_bytes, logo_figure
from dnaviz.figures.print_mutations import print_mutations
from dnaviz.figures.print_track import print_track
from dnaviz.figures.report_logo import framed_logo
from dnaviz.panels import LatentMap
from dnaviz.report import Finding, explain_site, html_report
from dnaviz.sequences import Sequence
from dnaviz.splicing.scan import scan

RECORD = Sequence("".join(np.random.default_rng(0).choice(list("ACGT"), 300)), "mine & <b>")


def caption_of(svg: bytes) -> str:
    """The caption in an SVG: its lines of text, and its description."""
    text = svg.decode()
    (about,) = re.findall(r"<dc:description>(.*?)</dc:description>", text, re.S)
    return about


@pytest.mark.parametrize("method", ["input_x_gradient", "mutagenesis"])
def test_what_has_no_baseline_is_told_without_one_and_its_delta_with_it(lively, method):
    why = attribute(RECORD, position=150, model=lively, method=method, baseline="zeros")
    caption = attribution_caption(why, lively)
    assert ", baseline zeros" not in caption
    assert "log-odds over the baseline zeros, " in caption
    finding = explain_site(RECORD, lively, position=150, method=method, baseline="zeros")
    page = html_report([Finding(scan(RECORD, lively), sites=[finding])], lively)
    assert "baseline: " not in page
    assert "over the baseline zeros" in page


@pytest.mark.parametrize("method", ["integrated_gradients", "input_x_gradient"])
def test_a_logo_names_sequence_method_baseline_completeness_and_model(lively, method):
    why = attribute(RECORD, position=150, model=lively, method=method)
    caption = attribution_caption(why, lively)
    assert "the donor at 150 (+) of mine & <b>" in caption
    assert why.verdict in caption
    assert (", baseline uniform (" in caption) == (method == "integrated_gradients")
    assert lively.classifier_sha256[:16] in caption
    assert f"dnaviz {dnaviz.__version__}." in caption
    svg = figure_bytes(attribution_logo(why), "svg", caption)
    assert caption_of(svg) == caption.replace("&", "&amp;").replace("<", "&lt;").replace(
        ">", "&gt;"
    )
    assert b"weights SHA-256" in svg.replace(b"\n", b" ")


def test_a_pdf_has_its_fonts_and_its_caption_within(lively):
    result = scan(RECORD, lively)
    pdf = figure_bytes(print_track(result), "pdf", track_caption(result, lively))
    assert b"/FontFile2" in pdf or any(
        b"/FontFile2" in inflated(part)
        for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)
    )
    assert b"/Subject" in pdf


def inflated(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return b""


def test_a_caption_lies_below_the_figure_and_covers_nothing():
    plain, captioned = (
        figure_bytes(logo_figure(np.ones((4, 20))), "svg", text) for text in ("", "word " * 200)
    )
    heights = [
        float(re.search(rb'<svg[^>]* height="([\d.]+)pt"', svg)[1]) for svg in (plain, captioned)
    ]
    assert heights[1] > heights[0] + 20


def test_a_selection_names_its_atlas(synthetic_atlas):
    mean = MeanAttribution("donor", np.zeros((4, 200)), 4, score=2.0, gain=9.0, total=8.75)
    text = selection_caption(5, synthetic_atlas, mean)
    assert text.startswith(f"Sequence logo of 5 of {len(synthetic_atlas)} windows")
    assert "of 4 of them for the donor" in text
    assert "delta -0.25 of +9 log-odds" in text


@pytest.mark.parametrize("column", ["label", "gc"])
def test_a_map_is_printed_as_vectors_with_its_legend(synthetic_atlas, column):
    view = LatentMap(synthetic_atlas).map
    view.color = column
    shown = np.zeros(len(synthetic_atlas), bool)
    shown[:50] = True
    view.shown, view.selected = shown, np.arange(5)
    name, svg = view.printed("svg")
    assert name == f"map-autoencoder-{column}.svg"
    text = svg.decode()
    (points,) = re.findall(r'<g id="PathCollection_1">(.*?)\n   </g>', text, re.S)
    assert points.count("<use ") == 50
    assert caption_of(svg).startswith(f"50 of {len(synthetic_atlas)} windows by UMAP")
    assert (column if column == "gc" else "donor (") in text


def test_printed_mutations_name_site_and_model_and_mark_the_bases_that_are_there(lively):
    m = dnaviz.mutagenesis(RECORD, position=150, model=lively)
    caption = mutagenesis_caption(m, lively)
    assert "the donor at 150 (+) of mine & <b>" in caption
    assert lively.classifier_sha256[:16] in caption
    image, _ = print_mutations(m).axes
    (marks,) = image.lines
    for offset, row in zip(*marks.get_data(), strict=True):
        assert str(RECORD)[149 + int(offset)] == "ACGT"[int(row)]
    assert image.images[0].get_array().shape == (4, len(marks.get_xdata()))


@pytest.mark.parametrize("name", ["$x$", r"$\frac{a$", "a$b_c$ d"])
def test_dollar_signs_of_names_are_no_formulas(lively, name):
    record = Sequence(RECORD.bases, name)
    result = scan(record, lively)
    svg = figure_bytes(print_track(result), "svg", track_caption(result, lively)).decode()
    assert f"position in {name} (nt)" in svg
    assert re.sub(r"\s+", " ", svg).count(name) == 3  # axis, caption, description
    why = attribute(record, position=150, model=lively, method="input_x_gradient")
    for result in (why, scan(record, lively)):
        axes = result.plot()
        axes.figure.canvas.draw()
        plt.close(axes.figure)


def test_a_category_that_begins_with_an_underscore_is_in_the_printed_legend(synthetic_adata):
    synthetic_adata.obs["kind"] = np.where(np.arange(120) % 3, "_none", r"$\bad{$")
    view = LatentMap(Atlas(synthetic_adata)).map
    view.color = "kind"
    text = view.printed("svg")[1].decode()
    assert ">_none (80)<" in text
    assert r">$\bad{$ (40)<" in text


def test_long_names_leave_room_for_the_printed_map(synthetic_adata):
    kinds = ["x" * 90 + "one", "x" * 90 + "two"]
    synthetic_adata.obs["kind " * 30] = np.array(kinds)[np.arange(120) % 2]
    view = LatentMap(Atlas(synthetic_adata)).map
    view.color = "kind " * 30
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a layout that has no room
        text = view.printed("svg")[1].decode()
    for end in ("one", "two"):
        assert f"…{'x' * 12}{end} (60)<" in text


@pytest.mark.parametrize("columns", [1, 6, 21, 71])
def test_a_framed_logo_is_as_wide_as_its_caption(columns):
    caption = "position (strand +); height: contribution in log-odds"
    svg = framed_logo(np.ones((4, columns)), {0: "1"}, caption=caption, label="logo")
    width = float(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    middle = float(re.search(rf'x="([\d.]+)"[^>]*>{re.escape(caption)}', svg)[1])
    half = 11 * 0.5 * len(caption) / 2  # of letters half as wide as high
    assert half <= middle <= width - half
    assert width >= 46 + 11 * columns


@pytest.mark.parametrize(("size", "text"), [(3.84, "3.8"), (0.62, "0.6"), (0.034, "0.03")])
def test_the_scale_of_a_framed_logo_is_never_told_to_end_at_zero(size, text):
    svg = framed_logo(np.eye(4) * size, {}, caption="", label="logo")
    assert f'"end">{text}<' in svg


def test_a_logo_without_letters_has_its_axes_and_no_warning(lively):
    why = attribute("N" * 60, position=30, model=lively, method="occlusion")
    assert not why.contributions.any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = attribution_logo(why).axes[0]
        figure_bytes(axes.figure)
    assert axes.get_xlim() == (-0.5, 59.5)
    assert axes.get_ylim() == (0, 1)
