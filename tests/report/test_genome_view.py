"""A stretch of a genome as a page with IGV."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from helpers.small_genome import files, genome, transcripts, written  # noqa: F401 (fixtures)

from dnaviz import Sequence, attribute, report, reverse_complement, scan
from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.genome.regions import Regions
from dnaviz.genome.track_files import TrackFile
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.report import genome_view as module
from dnaviz.report.genome_view import LEAST, edits_track, genome_page, genome_view, scanned_view
from dnaviz.sequences.variant import Variant

pytest.importorskip("pysam")
PLACE = GenomicInterval("chr1", 2401, 2900, "+")


class Scripts(HTMLParser):
    """The texts of a page's script elements, and its Content-Security-Policy."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict, str]] = []
        self.policy = ""
        self._open: dict | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "script":
            self._open = dict(attrs)
        if tag == "meta" and dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"]

    def handle_data(self, data):
        if self._open is not None:
            self.scripts.append((self._open, data))

    def handle_endtag(self, tag):
        if tag == "script":
            self._open = None


def config_of(page):
    return next(json.loads(text) for about, text in Scripts(page).scripts if about.get("id"))


def content(uri):
    head, _, data = uri.partition(",")
    raw = base64.b64decode(data)
    return gzip.decompress(raw).decode() if "gzip" in head else raw


def values(track, first, length):
    array = np.zeros(length)
    for line in content(track["url"]).splitlines():
        chrom, start, end, value = line.split("\t")
        assert (chrom, int(end)) == ("chr1", int(start) + 1)
        array[int(start) + 1 - first] = float(value)
    return array


@pytest.fixture(scope="module")
def view(tmp_path_factory, genome, transcripts, lively):  # noqa: F811
    fasta, annotation = written(tmp_path_factory.mktemp("genome"), genome, transcripts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_EXPLAINED", 1)
        return genome_view(Regions(fasta, annotation), PLACE, lively, threshold=0.9)


def test_probabilities_are_those_of_the_whole_chromosome(view, genome, lively):  # noqa: F811
    whole = scan(genome["chr1"], lively)
    tracks = {t["name"]: t for t in config_of(genome_page(view, lively))["tracks"] if "name" in t}
    for strand, sign in (("+", "+"), ("-", "−")):
        for row, kind in enumerate(("Donors", "Acceptors")):
            expected = whole.probabilities[strand][row, 2400:2900]
            found = values(tracks[f"{kind}, {sign} strand"], 2401, 500)
            np.testing.assert_allclose(found, np.where(expected < LEAST, 0, expected), atol=2e-4)
            assert found.any()
    assert [s.position + 2400 for s in view.scan.sites] == [
        s.position for s in whole.at(0.9).sites if 2401 <= s.position <= 2900
    ]


def test_the_reference_is_the_forward_strand_at_its_place(files, genome, lively):  # noqa: F811
    regions = Regions(*files)
    found = regions.find("chr1:2,401-2,900:-")
    assert found.sequence.bases == reverse_complement(genome["chr1"][2400:2900])
    backward = genome_view(regions, found.interval, lively, explain=False)
    config = config_of(genome_page(backward, lively))
    header, bases = content(config["reference"]["fastaURL"]).splitlines()
    assert header == ">chr1:2401-2900 @len=8000"
    assert bases == genome["chr1"][2400:2900]
    assert config["locus"] == "chr1:2401-2900"


def test_transcripts_are_bed_lines_with_their_blocks(view, lively):
    tracks = config_of(genome_page(view, lively))["tracks"]
    lines = content(next(t["url"] for t in tracks if t.get("name") == "Annotation")).splitlines()
    alpha = next(line.split("\t") for line in lines if "T1" in line)
    assert alpha[:6] == ["chr1", "2000", "3200", "ALPHA_T1", "0", "+"]
    assert alpha[6:] == ["2050", "2600", "0", "3", "120,100,200", "0,500,1000"]


def test_attributions_are_drawn_as_letters_where_there_are_sites(view, lively):
    tracks = config_of(genome_page(view, lively))["tracks"]
    dynseq = [t for t in tracks if t.get("graphType") == "dynseq"]
    assert len(dynseq) == len(view.attributions) == len({s.strand for s in view.scan.sites})
    for track, expected in zip(dynseq, view.attributions.values(), strict=True):
        np.testing.assert_allclose(values(track, 2401, 500), expected, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("sense", ["+", "-"])
def test_what_an_inspector_shows_lies_where_its_record_lies(genome, lively, sense):  # noqa: F811
    bases = genome["chr1"][2400:2900]
    record = Sequence(bases if sense == "+" else reverse_complement(bases), "gene")
    place = PLACE._replace(strand=sense)
    own = scan(record, lively, threshold=0.9)
    site = own.sites[0]
    why = attribute(
        record, site=site.site, position=site.position, strand=site.strand,
        method="input_x_gradient", model=lively,
    )  # fmt: skip
    model = TranscriptModel("T9", "+", [(11, 60), (101, 200)], [(61, 100)], (21, 150))
    view = scanned_view(own, place, [model], [why])
    there = scan(bases, lively, threshold=0.9)  # as the record's ends see it
    assert view.scan.sequence.bases == bases
    for strand in "+-":
        np.testing.assert_allclose(
            view.scan.probabilities[strand], there.probabilities[strand], atol=1e-5
        )
    assert {s[:3] for s in view.scan.sites} == {s[:3] for s in there.sites}
    (strand, values) = view.attributions.popitem()
    assert strand == place.sense(site.strand)
    middle = int(np.flatnonzero(why.positions == site.position)[0])
    assert values[place.position(site.position) - 2401] == why.contributions[middle]
    (note,) = view.notes
    at = f"{site.site} at chr1:{place.position(site.position):,} on the {strand.replace('-', '−')}"
    assert f"{at} strand, of probability {why.probability:.3f}" in note
    (transcript,) = view.transcripts
    exons = [sorted(map(place.position, exon)) for exon in model.exons]
    assert [list(exon) for exon in transcript.exons] == sorted(exons)
    assert transcript.strand == sense
    edits = [Variant(11, "AC", "G"), Variant(31, "", "T")]
    lines = edits_track(edits, view, place).content.decode().splitlines()
    first, last = sorted(map(place.position, (11, 12)))
    assert lines[0].split("\t")[:3] == ["chr1", str(first - 1), str(last)]
    first, last = sorted(map(place.position, (30, 30)))
    assert lines[1].split("\t")[:3] == ["chr1", str(first - 1), str(last)]


def test_a_record_of_no_genome_is_shown_under_its_own_name(lively):
    record = Sequence("ACGTTGCAGGTAAGTACCAG" * 10, "my plasmid: 1")
    view = scanned_view(scan(record, lively), None, [])
    config = config_of(genome_page(view, lively))
    assert config["locus"] == "my_plasmid_1:1-200"
    assert content(config["reference"]["fastaURL"]).startswith(">my_plasmid_1:1-200 @len=200\n")


def test_only_the_two_scripts_of_the_page_may_run_and_nothing_may_be_asked(view, lively):
    track = TrackFile("</script><script>alert(1)</script>.bed", "bed", b"chr1\t2500\t2600\n", 1)
    page = Scripts(genome_page(view, lively, tracks=[track], title="<b>&"))
    rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    run = [text for about, text in page.scripts if about.get("type") != "application/json"]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'"
              for t in run}  # fmt: skip
    assert set(rules["script-src"].split()) == hashes | {"'wasm-unsafe-eval'"}
    assert len(page.scripts) == 3
    assert "<b>&" not in genome_page(view, lively, title="<b>&").split("<body>")[1]


def test_igv_is_the_file_that_its_note_names():
    folder = Path(report.__file__).parent / "igv"
    note = (folder / "README.md").read_text("utf-8")
    (digest,) = re.findall(r"\b[0-9a-f]{64}\b", note)
    assert hashlib.sha256((folder / "igv.min.js").read_bytes()).hexdigest() == digest
    (version,) = re.findall(r"npm pack igv@([\d.]+)", note)
    page = (folder.parent / "genome_view.html").read_text("utf-8")
    assert f"igv.js {version} (MIT" in page
    assert (folder / "LICENSE").read_text("utf-8").startswith("The MIT License")


def test_a_name_with_a_colon_is_refused(tmp_path, lively, genome):  # noqa: F811
    fasta = tmp_path / "a.fa"
    fasta.write_text(f">HLA:1\n{genome['chr1']}\n")
    regions = Regions(fasta)
    place = regions.find("HLA:1:100-900").interval
    with pytest.raises(InputError, match="a colon ends the name"):
        genome_view(regions, place, lively)


def test_only_the_most_probable_sites_are_explained_and_that_is_told(view):
    notes = [n for n in view.notes if n.startswith("Attributions are of the 1 most probable of ")]
    assert len(notes) == len(view.attributions) == 2


def test_the_command_tells_what_a_track_lacks(files, tmp_path, capsys):  # noqa: F811
    fasta, annotation = files
    own, out = tmp_path / "own.bed", tmp_path / "view.html"
    own.write_text("chr7\t5\t10\n")
    words = ["browse", str(fasta), "BETA", "--annotation", str(annotation), "--no-attributions"]
    words += ["-o", str(out)]
    assert main([*words, "--track", str(own)]) == 0
    said = capsys.readouterr().err
    assert "own.bed has nothing on chr1:2,901-5,350:-." in said
    assert "<h1>BETA</h1>" in out.read_text("utf-8")
    assert main([*words, "--track", str(tmp_path / "none.bed")]) == 2
    assert "is not a file" in capsys.readouterr().err
    assert main(["browse", str(fasta), "chr3:1-500", "-o", str(out)]) == 2
    assert "has no chromosome" in capsys.readouterr().err
