"""Attributions of many sites as one value for each base."""

import importlib
from functools import partial

import numpy as np
import pytest

from dnaviz import Sequence, attribute, scan
from dnaviz.attribution.site_track import attribution_track
from dnaviz.cli import main
from dnaviz.genome.examples import examples


def test_each_base_has_its_contribution_to_the_site_it_matters_to_most(lively):
    quick = partial(attribute, method="input_x_gradient")
    bases = "".join(np.random.default_rng(3).choice(list("ACGT"), 900))
    record = Sequence(bases, "r")
    sites = scan(record, lively, threshold=0.0, strand="-").sites
    pair = [next(s for s in sites if s.position == p and s.site == "donor") for p in (300, 420)]
    expected = np.zeros((2, 900))
    for row, site in zip(expected, pair, strict=True):
        why = quick(record, site="donor", position=site.position, strand="-", model=lively)
        row[why.positions - 1] = why.contributions
    track = attribution_track(record, pair, lively, method="input_x_gradient").values
    strongest = np.abs(expected).argmax(axis=0)
    np.testing.assert_allclose(track, expected[strongest, np.arange(900)], atol=1e-6)
    assert track[100:250].any()
    assert not track[-200:].any()
    assert 0 < strongest.mean() < 1


@pytest.mark.parametrize("suffix", [".bw", ".bedgraph"])
def test_a_region_of_a_genome_becomes_a_track_in_its_coordinates(suffix, tmp_path, capsys):
    pytest.importorskip("pysam")
    gene = examples()[0].sequence.bases
    (tmp_path / "g.fa").write_text(f">19\n{gene}\n>20\nACGT\n")
    site = next(s for s in scan(gene, threshold=0.9, strand="+").sites if s.position > 400)
    out = tmp_path / f"why{suffix}"
    region = f"chr19:{site.position - 100}-{site.position + 100}"
    words = ["attribute", str(tmp_path / "g.fa"), "--region", region, "--threshold", "0.9"]
    assert main([*words, "-o", str(out)]) == 0
    assert "of probability 0.9 and more on the strand + of chr19:" in capsys.readouterr().err
    why = attribute(gene, site=site.site, position=site.position)
    if suffix == ".bw":
        pyBigWig = pytest.importorskip("pyBigWig")
        with pyBigWig.open(str(out)) as file:
            assert file.chroms() == {"19": len(gene), "20": 4}
            found = np.nan_to_num(file.values("19", site.position - 4, site.position + 4))
    else:
        lines = [line.split("\t") for line in out.read_text().splitlines()[1:]]
        assert {line[0] for line in lines} == {"19"}
        values = {int(line[2]): float(line[3]) for line in lines}
        found = [values.get(site.position + i, 0) for i in range(-3, 5)]
    at = [int(np.flatnonzero(why.positions == site.position + i)[0]) for i in range(-3, 5)]
    np.testing.assert_allclose(found, why.contributions[at], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--region", "a:1-100"], "give both --region and such an output"),
        (["--position", "9", "-o", "x.bw"], "give both --region and such an output"),
        (["--region", "a:1-100", "--position", "9", "-o", "x.bw"], "leave out --position"),
        (["--region", "a:1-100", "--strand", "both", "-o", "x.bw"], "of one strand"),
        (["--region", "a:1-100:-", "-o", "x.bw"], "give --strand - with it"),
        ([], "Give --position, or --region"),
    ],
)
def test_a_track_needs_a_region_and_a_region_a_track(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.fa").write_text(">a\n" + "ACGT" * 100 + "\n")
    assert main(["attribute", "g.fa", *words]) == 2
    assert said in capsys.readouterr().err


def test_sites_that_are_explained_incompletely_and_unusual_dna_are_told(
    tmp_path, monkeypatch, capsys
):
    pytest.importorskip("pysam")
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module("dnaviz.attribution.integrate")
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    gene = examples()[0].sequence.bases
    site = scan(gene[:700], threshold=0.9, strand="+").sites[0]
    (tmp_path / "g.fa").write_text(f">19\n{'N' * 900}{gene[:700]}\n")
    words = ["attribute", "g.fa", "--threshold", "0.9", "-o"]
    first = 900 + site.position
    assert main([*words, "o.bedgraph", "--region", f"chr19:{first - 15}-{first + 15}"]) == 0
    warnings = capsys.readouterr().err
    assert "Explanation incomplete: for 1 of the sites" in warnings
    assert "are not known" not in warnings
    where = ["--position", str(first), "--site", site.site]
    assert main([*words[:2], *where, "-o", "o.tsv"]) == 0
    assert "900 of the 1,600 bases are not known" in capsys.readouterr().err


def test_a_part_of_a_region_has_the_values_that_it_has_within_the_whole(
    tmp_path, monkeypatch, capsys
):
    pytest.importorskip("pysam")
    monkeypatch.chdir(tmp_path)
    gene = examples()[0].sequence.bases
    site = next(s for s in scan(gene[:900], threshold=0.9, strand="+").sites if s.position > 300)
    (tmp_path / "g.fa").write_text(f">19\n{gene[:900]}\n")
    at, tracks = site.position, []
    for name, region in (("whole", (at - 90, at + 30)), ("part", (at - 90, at - 20))):
        words = ["attribute", "g.fa", "--threshold", "0.9", "-o", f"{name}.bedgraph"]
        words += ["--method", "input_x_gradient", "--region", f"chr19:{region[0]}-{region[1]}"]
        assert main(words) == 0
        tracks.append((tmp_path / f"{name}.bedgraph").read_text().splitlines())
    whole, part = tracks
    assert len(part) > 40
    assert part == whole[: len(part)]
    assert int(whole[len(part)].split("\t")[1]) >= at - 20
    assert f"of chr19:{at - 90}-{at - 20}, and 1 beyond its ends." in capsys.readouterr().err
