"""The page of `dnaviz browse`, opened from a disk without network."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from helpers.dashboards import PATIENCE
from helpers.small_genome import files, genome, transcripts  # noqa: F401 (fixtures)

from dnaviz.cli import main

pytest.importorskip("pysam")
NAMES = "browser.trackViews.map(view => view.track.name).filter(Boolean)"
SHOWN = "(() => { const f = browser.referenceFrameList[0]; return [f.start, f.end] })()"
# Pixels that are drawn of a track.
INK = """name => {
  const view = browser.trackViews.find(view => view.track.name === name);
  const canvas = view?.viewports[0]?.canvas;
  if (!canvas?.width || !canvas.height) return 0; // not drawn yet
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


def until(page, expression: str) -> None:
    """Wait for a condition; the page's rules forbid Playwright to look for it by itself."""
    ends = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < ends, expression
        page.wait_for_timeout(50)


@pytest.fixture
def opened(chromium, files, tmp_path) -> Iterator:  # noqa: F811
    fasta, annotation = files
    own, out = tmp_path / "own.bed", tmp_path / "view.html"
    own.write_text("1\t3000\t3100\tmine\n")
    words = ["browse", str(fasta), "ALPHA", "--annotation", str(annotation), "--threshold", "0.2"]
    assert main([*words, "--track", str(own), "-o", str(out)]) == 0
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(out.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    assert errors == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [out.as_uri()]
    context.close()


def bam(path):
    """An indexed BAM of one read, its chromosome called 1."""
    import pysam

    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "1", "LN": 8000}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        read = pysam.AlignedSegment(file.header)
        read.query_name, read.query_sequence = "r", "A" * 200
        read.reference_id, read.reference_start, read.cigar = 0, 2500, [(0, 200)]
        read.mapping_quality = 60
        file.write(read)
    pysam.index(str(path))


def test_a_region_is_browsed_offline_with_tracks_of_ones_own(opened, tmp_path):
    for name in ("Annotation", "Donors, + strand", "Attributions, + strand", "own.bed"):
        until(opened, f"({INK})({name!r}) > 0")

    # The keyboard and the wheel move what is shown, and never beyond the region.
    whole = opened.evaluate(SHOWN)
    assert whole == [1800, 3400]
    opened.focus("#view")
    opened.keyboard.press("+")
    until(opened, f"{SHOWN}[1] - {SHOWN}[0] === 800")
    opened.keyboard.press("ArrowRight")
    until(opened, f"{SHOWN}[0] === 2400")
    box = opened.locator("#view").bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    opened.keyboard.down("Control")
    opened.mouse.wheel(0, -100)
    opened.keyboard.up("Control")
    until(opened, f"{SHOWN}[1] - {SHOWN}[0] < 800")
    opened.keyboard.press("Home")
    until(opened, f"{SHOWN}[1] - {SHOWN}[0] === 1600")
    np.testing.assert_allclose(opened.evaluate(SHOWN), whole)

    # Files from the disk, a BAM with its index; what lacks one is told.
    bam(tmp_path / "reads.bam")
    (tmp_path / "sites.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        "1\t2500\t.\tA\tG\t.\t.\t.\n"
    )
    chosen = [str(tmp_path / name) for name in ("reads.bam", "reads.bam.bai", "sites.vcf")]
    opened.set_input_files("#files", chosen)
    for name in ("reads.bam", "sites.vcf"):
        until(opened, f"{NAMES}.includes({name!r})")
        until(opened, f"({INK})({name!r}) > 0")
    assert opened.inner_text("#message") == ""
    opened.set_input_files("#files", chosen[0])
    until(opened, "document.getElementById('message').textContent")
    assert "reads.bam needs its index: choose reads.bam.bai" in opened.inner_text("#message")
    (tmp_path / "odd.xyz").write_text("?")
    opened.set_input_files("#files", str(tmp_path / "odd.xyz"))
    until(opened, "document.getElementById('message').textContent.startsWith('odd.xyz')")
    assert "is of no kind that can be shown" in opened.inner_text("#message")
