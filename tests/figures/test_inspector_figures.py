import base64
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from dnaviz.attribution import attribute, mutagenesis, signals
from dnaviz.figures.heatmap import (
    attribution_drawing,
    mutagenesis_drawing,
    pair_range,
    side_drawing,
)
from dnaviz.figures.logo import figure_bytes, letter_heights, logo_figure, logo_range, logo_svg
from dnaviz.figures.print_track import print_track
from dnaviz.figures.theme import DARK, LIGHT, OKABE_ITO, template, theme
from dnaviz.figures.track import EDITED, FLOOR, GAPS, HEADS, STEMS, scan_drawing
from dnaviz.figures.track_clicks import clicked_site
from dnaviz.genome.transcript_model import TranscriptModel
from dnaviz.sequences import Sequence, reverse_complement
from dnaviz.splicing.annotate import PREDICTED
from dnaviz.splicing.delta_events import Gap, Moved
from dnaviz.splicing.scan import Scan, Site

BASES = "ACGTTGCAAC" * 12
SVG = "{http://www.w3.org/2000/svg}"


def made_scan(length=1_000, name="made"):
    probabilities = {s: np.zeros((2, length), np.float32) for s in "+-"}
    probabilities["+"][0, 99] = 0.9  # a donor at 100
    probabilities["+"][1, 299] = 0.7  # an acceptor at 300
    probabilities["-"][0, 499] = 0.6  # a donor of the other strand at 500
    probabilities["+"][0, 599] = 0.1  # seen, but no site
    probabilities["+"][0, 699] = FLOOR / 2  # not even drawn
    sequence = Sequence(("ACGT" * length)[:length], name)
    return Scan(sequence, probabilities, 0.5, []).at(0.5)


@pytest.fixture
def attribution(lively):
    return attribute(BASES, position=50, method="input_x_gradient", model=lively)


# Theme


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_paper(colors):
    for text in (colors.ink, colors.muted, colors.warning):
        assert contrast(text, colors.paper) >= 4.5
    for mark in (*colors.sites.values(), colors.accent):
        assert contrast(mark, colors.paper) >= 3


def test_both_variants_name_the_same_things():
    assert LIGHT.labels.keys() == DARK.labels.keys()
    assert LIGHT.bases.keys() == DARK.bases.keys()
    assert theme(True) is DARK
    assert len(set(OKABE_ITO)) == len(OKABE_ITO)
    assert template(True).layout.paper_bgcolor == DARK.paper


# Scan track


def test_sites_are_heads_and_the_strands_point_apart():
    scan = made_scan()
    figure = scan_drawing(scan).figure()
    donors, acceptors = figure.data[2], figure.data[3]
    assert list(donors.x) == [100, 500]
    assert list(donors.y) == pytest.approx([0.9, -0.6])
    assert [list(c) for c in donors.customdata] == [[100, "+", "donor"], [500, "-", "donor"]]
    assert list(acceptors.x) == [300]
    # Triangles point into the intron, which lies on the other side on the other strand.
    assert list(donors.marker.symbol) == ["triangle-right", "triangle-left"]
    assert list(acceptors.marker.symbol) == ["triangle-left"]


def test_stems_are_drawn_above_a_floor_only():
    stems = scan_drawing(made_scan()).figure().data[0]
    drawn = set(np.asarray(stems.x)[np.isfinite(np.asarray(stems.x))])
    assert drawn == {100, 500, 600}


def test_a_long_sequence_stays_small_enough_to_send():
    length = 200_000
    rng = np.random.default_rng(0)
    # Most positions are far below the floor, as they are in real scans.
    probabilities = {s: rng.beta(0.02, 4, (2, length)).astype(np.float32) for s in "+-"}
    scan = Scan(Sequence("A" * length), probabilities, 0.9, []).at(0.9)
    assert len(scan_drawing(scan).figure().to_json()) < 2_000_000


def test_exons_and_the_chosen_site_are_drawn():
    scan = made_scan()
    known = TranscriptModel("GENE T1", "-", [(-5, 99), (301, 500)], [(100, 300)])
    made = TranscriptModel(PREDICTED, "+", [(200, 250)], [(251, 400)])
    figure = scan_drawing(scan, structures=[known, made], selected=(300, "+", "acceptor")).figure()
    mark, _, _, lines, exons, predicted, hints, *legend = figure.data[4:]
    assert [trace.name for trace in legend] == ["donor", "acceptor"]
    assert (list(mark.x), list(mark.y)) == ([300], pytest.approx([0.7]))
    # The predicted ones come first, the lines span all that belongs together.
    assert [x for x in lines.x if x is not None] == [199.5, 400.5, 0.5, 500.5]
    assert [y for y in lines.y if y is not None] == [0, 0, -1, -1]
    assert {x for x in exons.x if x is not None} == {0.5, 99.5, 300.5, 500.5}
    assert {x for x in predicted.x if x is not None} == {199.5, 250.5}
    assert hints.text[0].endswith("exon 1 of 1: 200-250 (51 nt)")
    assert "exon 1 of 2: 301-500" in hints.text[1]  # counted in the sense of the strand
    assert list(figure.layout.yaxis2.ticktext) == ["predicted →", "GENE ←"]
    plain = scan_drawing(scan).figure()
    assert len(plain.data) == len(figure.data)
    assert not plain.data[4].x
    assert plain.layout.height < figure.layout.height


def test_transcript_names_are_escaped_and_the_omitted_are_counted():
    bad = TranscriptModel("<b>x</b>&", "+", [(1, 9)], [])
    figure = scan_drawing(made_scan(), structures=[bad] * 14).figure()
    assert len(figure.layout.yaxis2.ticktext) == 10
    assert figure.layout.yaxis2.ticktext[0].startswith("&lt;b&gt;")
    assert "4 more transcripts" in figure.layout.xaxis.title.text


def test_the_printed_track_is_vector_with_text_that_stays_text():
    scan = made_scan(name="a$b$ <x>")
    known = TranscriptModel("GENE T1", "+", [(1, 99), (301, 500)], [(100, 300)])
    figure = print_track(scan, structures=[known])
    svg = figure_bytes(figure, "svg").decode()
    words = [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]
    assert {"position in a$b$ <x> (nt)", "GENE →", "donor", "acceptor"} <= set(words)
    assert "<image" not in svg
    pdf = figure_bytes(figure, "pdf")
    assert pdf.startswith(b"%PDF")
    assert b"/Subtype /Image" not in pdf
    assert print_track(scan.only("-")).axes


def test_one_strand_shows_one_strand():
    figure = scan_drawing(made_scan().only("-")).figure()
    assert figure.layout.yaxis.range[1] < 0.1
    assert list(figure.data[2].x) == [500]


def test_names_cannot_become_markup():
    scan = made_scan(name="<b>x</b><a_href='javascript:1'>")
    assert "<" not in scan_drawing(scan).figure().layout.xaxis.title.text


def test_hover_says_what_a_site_is():
    scan = made_scan()._replace(sites=[Site(7, "-", "donor", "CAGgtaagt", 0.91)])
    assert "CAGgtaagt" in scan_drawing(scan).figure().data[2].text[0]


# Logos


def test_letters_are_those_of_the_sequence():
    heights = letter_heights("ACNT", np.array([1.0, -2.0, 3.0, 0.5]))
    expected = np.zeros((4, 4))
    expected[0, 0], expected[1, 1], expected[3, 3] = 1, -2, 0.5
    np.testing.assert_array_equal(heights, expected)
    assert logo_range(heights) == (-2, 1)


def uses(svg):
    """(letter, x, top, height) of each letter drawn."""
    result = []
    for use in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}use"):
        x, y, _, height = map(
            float,
            re.fullmatch(
                r"translate\((\S+) (\S+)\) scale\((\S+) (\S+)\)", use.get("transform")
            ).groups(),
        )
        result.append((use.get("href")[1:], x, y, height))
    return result


def test_logo_letters_have_their_heights():
    heights = np.zeros((4, 3))
    heights[:, 0] = [2, 1, 0, -1]  # A over C, T below zero
    heights[2, 2] = -1
    letters = uses(logo_svg(heights))
    # The frame is 100 high for values -1 to 3: zero lies at 75.
    assert {(n, int(x // 10)): (y, h) for n, x, y, h in letters} == {
        ("C", 0): (50, 25),
        ("A", 0): (0, 50),
        ("T", 0): (75, 25),
        ("G", 2): (75, 25),
    }


def test_an_empty_logo_is_still_a_picture():
    assert uses(logo_svg(np.zeros((4, 10)))) == []


def test_printed_logos_are_vectors_with_editable_text():
    heights = letter_heights("ACGTACGT", np.linspace(-1, 1, 8))
    figure = logo_figure(heights, np.arange(95, 103), title="donor 100")
    svg = figure_bytes(figure, "svg")
    assert b"donor 100</text>" in svg
    assert b">100</text>" in svg
    assert b"<image" not in svg
    again = logo_figure(heights, np.arange(95, 103), title="donor 100")
    assert svg == figure_bytes(again, "svg")
    assert figure_bytes(figure, "pdf").startswith(b"%PDF")


# Attributions


def test_logo_and_heatmap_share_one_axis_of_positions(attribution):
    figure = attribution_drawing(attribution).figure()
    bars, heatmap, *named = figure.data
    assert [t.text[1] for t in named] == [s.name for s in found_signals(attribution)]
    np.testing.assert_array_equal(bars.x, attribution.positions)
    np.testing.assert_array_equal(heatmap.x, attribution.positions)
    rows = ["ACGT".index(base) for base in heatmap.y]
    np.testing.assert_allclose(heatmap.z, attribution.values[rows])
    assert heatmap.zmin == -heatmap.zmax
    (image,) = figure.layout.images
    assert (image.x, image.sizex) == (0.5, len(BASES))
    low, high = logo_range(letter_heights(attribution.bases, attribution.contributions))
    assert (image.y, image.sizey) == (pytest.approx(high), pytest.approx(high - low))
    svg = base64.b64decode(image.source.split(",")[1]).decode()
    assert len(uses(svg)) > 20


def found_signals(a):
    return signals(a.bases, a.offsets, a.site)


def test_signals_stand_over_their_bases(lively):
    bases = "A" * 60 + "CAGGTAAGT" + "C" * 60
    for strand, text, first, last in (
        ("+", bases, 63.6, 65.4),
        ("-", reverse_complement(bases), 66.4, 64.6),
    ):
        position = 64 if strand == "+" else len(bases) - 63
        a = attribute(
            text, position=position, strand=strand, method="input_x_gradient", model=lively
        )
        figure = attribution_drawing(a).figure()
        (pair,) = (t for t in figure.data if t.yaxis == "y3" and t.text[1] == "GT")
        assert [pair.x[0], pair.x[2]] == pytest.approx([first, last])
        assert "first two intron bases" in pair.hovertext


def test_logos_side_by_side_share_their_range(lively):
    one, two = (
        attribute(b, position=50, method="input_x_gradient", model=lively)
        for b in (BASES, BASES[:40] + "GGGG" + BASES[44:])
    )
    limits = pair_range(one, two)
    ranges = {side_drawing(a, limits).figure().layout.yaxis2.range for a in (one, two)}
    ((low, high),) = ranges
    for a in (one, two):
        assert low <= a.contributions.min()
        assert a.contributions.max() <= high
    assert all(t.type != "heatmap" for t in side_drawing(one, limits).figure().data)


def test_the_axis_falls_on_the_other_strand(lively):
    a = attribute(BASES, position=50, strand="-", method="input_x_gradient", model=lively)
    figure = attribution_drawing(a).figure()
    left, right = figure.layout.xaxis.range
    assert left > 50 > right
    assert figure.layout.images[0].x == len(BASES) + 0.5
    # The border lies before the donor's first base, as read on its strand.
    assert figure.layout.shapes[0].x0 == 50.5


def test_mutations_mark_the_reference_base(lively):
    m = mutagenesis(BASES, position=50, model=lively)
    figure = mutagenesis_drawing(m).figure()
    heatmap, dots = figure.data
    assert len(dots.x) == len(BASES)
    for x, y in list(zip(dots.x, dots.y, strict=True))[:10]:
        assert BASES[x - 1] == y
    rows = ["ACGT".index(base) for base in heatmap.y]
    np.testing.assert_allclose(heatmap.z, m.values[rows])
    assert list(heatmap.customdata[0][0]) == [1, "A", "T"]


def test_deleted_and_inserted_bases_are_gaps_of_the_track():
    scan = made_scan()
    gaps = [Gap(120, 130, 0), Gap(400, 401, 5)]
    trace = scan_drawing(scan, gaps=gaps).figure().data[GAPS]
    xs = [x for x in trace.x if x is not None]
    assert (min(xs[:5]), max(xs[:5])) == (119.5, 130.5)
    assert set(xs[5:]) == {400.5}
    assert "11 nt deleted: 120 to 130" in trace.text
    assert "5 nt inserted behind 400" in trace.text
    assert not scan_drawing(scan).figure().data[GAPS].x
    drawn, plain = (print_track(scan, gaps=g).axes[0].patches for g in (gaps, []))
    assert len(drawn) == len(plain) + 2
    part = print_track(scan, gaps=gaps, span=(90, 310)).axes[0]
    assert part.get_xlim() == (89.5, 310.5)


def test_every_stem_head_and_edit_of_the_track_tells_its_site():
    scan = made_scan()
    edited = [Moved(120.5, "+", "acceptor", 0.0, 0.7), Moved(300, "-", "donor", 0.1, 0.6)]
    data = scan_drawing(scan, edited=edited).figure().data
    stem = list(data[0].x).index(600)
    assert clicked_site(scan, 0, stem) == (600, "+", "donor")
    assert "probability 0.100" in data[0].text[stem]
    assert clicked_site(scan, 0, list(data[0].x).index(500)) == (500, "-", "donor")
    for trace, site in HEADS.items():
        for point, x in enumerate(data[trace].x):
            assert clicked_site(scan, trace, point)[::2] == (x, site)
    assert clicked_site(scan, EDITED, 1, edited) == (120, "+", "acceptor")
    assert clicked_site(scan.only("-"), EDITED, 1, edited) == (300, "-", "donor")
    for trace in (*HEADS, *STEMS, EDITED, GAPS, -1, 99):
        for point in (10**6, -1, None, [0], "0"):
            assert clicked_site(scan, trace, point, edited) is None


def test_what_edits_change_is_drawn_from_before_to_after():
    scan = made_scan()
    edited = [
        Moved(100, "+", "donor", 0.9, 0.2),
        Moved(120.5, "+", "acceptor", 0.0, 0.7),
        Moved(300, "-", "donor", 0.1, 0.6),
    ]
    trace = scan_drawing(scan, edited=edited).figure().data[EDITED]
    assert list(trace.x)[:6] == [100, 100, None, 120.5, 120.5, None]
    assert list(trace.y)[:6] == [0.9, 0.2, None, 0.0, 0.7, None]
    assert list(trace.y)[6:8] == [-0.1, -0.6]
    assert "behind 120" in trace.text[4]
    assert not scan_drawing(scan).figure().data[EDITED].x
    only = scan_drawing(scan.only("+"), edited=edited).figure().data[EDITED]
    assert len(only.x) == 6
    assert len(print_track(scan, edited=edited).axes[0].lines) == 3 + len(
        print_track(scan).axes[0].lines
    )
