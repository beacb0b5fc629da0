"""Splice sites, decoys, windows and genes against brute force on a small genome."""

import numpy as np
import pytest

from dnaviz.errors import InputError
from dnaviz.genome import sites
from dnaviz.genome.annotation import Transcript, read_annotation
from dnaviz.genome.fasta import Genome
from dnaviz.genome.genes import canonical, scan_genes
from dnaviz.sequences import reverse_complement
from dnaviz.training.data.decoys import even_split
from dnaviz.training.data.site_windows import COLUMNS, label_windows, read_windows

SITE_OF = {"GT decoy": "donor", "AG decoy": "acceptor"}


def brute_force_sites(transcripts):
    """Walk along every transcript base by base."""
    result = set()
    for t in transcripts:
        exonic = {p for s, e in t.exons for p in range(s, e + 1)}
        gap = []
        for p in range(t.start, t.end + 1):
            if p not in exonic:
                gap.append(p)
            elif gap:
                if len(gap) >= 30:
                    ends = gap[:1] + gap[-1:]
                    donor, acceptor = ends if t.strand == "+" else ends[::-1]
                    result |= {(t.chrom, t.strand, donor, "donor")}
                    result |= {(t.chrom, t.strand, acceptor, "acceptor")}
                gap = []
    return result


def test_sites_equal_brute_force(transcripts):
    table = sites.sites(transcripts)
    rows = list(zip(table["chrom"], table["strand"], table["position"], table["site"], strict=True))
    assert len(rows) == len(set(rows))
    assert set(rows) == brute_force_sites(transcripts)


def test_gaps_of_a_few_bases_are_no_introns(transcripts):
    beta = next(t for t in transcripts if t.gene_name == "BETA")
    assert beta.introns == [(3301, 4000), (4301, 5000)]  # 4101-4105 is not among them


def test_a_shared_site_is_named_after_the_coding_transcript(transcripts):
    table = sites.sites(transcripts[::-1])
    shared = table[(table["position"] == 2121) & (table["strand"] == "+")]
    assert shared["transcript"].tolist() == ["T1"]


@pytest.fixture(scope="module")
def windows(genome, transcripts):
    return label_windows(genome, transcripts, decoys_per_site=4, seed=3)


def context_of(transcripts, chrom, strand, position):
    local = [t for t in transcripts if t.chrom == chrom and t.start <= position <= t.end]
    own = [t for t in local if t.strand == strand]
    if any(s <= position <= e for t in own for s, e in t.exons):
        return "exon"
    return "intron" if own else "antisense" if local else "intergenic"


def test_window_labels_match_their_bases(windows, genome, transcripts):
    annotated = brute_force_sites(transcripts)
    assert tuple(windows.columns) == COLUMNS
    assert windows["id"].is_unique
    for w in windows.itertuples():
        bases = genome[w.chrom][w.start - 1 : w.end]
        assert w.sequence == (bases if w.strand == "+" else reverse_complement(bases))
        assert len(w.sequence) == 200
        assert w.position == (w.start + 100 if w.strand == "+" else w.end - 100)
        place = (w.chrom, w.strand, w.position)
        if w.context == "site":
            assert (*place, w.label) in annotated
            continue
        assert (*place, SITE_OF[w.label]) not in annotated
        motif = w.sequence[100:102] if w.label == "GT decoy" else w.sequence[99:101]
        assert motif == w.label[:2]
        assert w.context == context_of(transcripts, *place)
        assert w.sequence.count("N") <= 4
        owners = {
            t.transcript for t in transcripts
            if t.strand == w.strand and t.chrom == w.chrom and t.start <= w.position <= t.end
        }  # fmt: skip
        assert (w.transcript in owners) if owners else w.transcript == ""


def test_all_sites_and_as_many_decoys_as_asked(windows, transcripts):
    result = windows[windows["context"] == "site"]
    places = zip(
        result["chrom"], result["strand"], result["position"], result["label"], strict=True
    )
    assert set(places) == brute_force_sites(transcripts)
    for decoy, site in SITE_OF.items():
        n_sites = (windows["label"] == site).sum()
        drawn = windows[windows["label"] == decoy]
        assert len(drawn) == 4 * n_sites
        assert set(drawn["context"]) == {"exon", "intron", "intergenic"}
        assert set(drawn["strand"]) == {"+", "-"}


def test_asking_for_all_decoys_finds_every_one(genome, transcripts):
    """With more asked for than there are, the decoys are those a plain search finds."""
    table = label_windows(genome, transcripts, decoys_per_site=10_000)
    annotated = brute_force_sites(transcripts)
    expected = set()
    for chrom in genome:
        for strand in "+-":
            for p in range(101, len(genome[chrom]) - 100 + 1):
                around = (p - 100, p + 99) if strand == "+" else (p - 99, p + 100)
                context = context_of(transcripts, chrom, strand, p)
                if context == "antisense":
                    continue
                pair = genome.fetch(chrom, p - 1, p + 1, strand)
                for label, hit in (("GT decoy", pair[1:] == "GT"), ("AG decoy", pair[:2] == "AG")):
                    if not hit or (chrom, strand, p, SITE_OF[label]) in annotated:
                        continue
                    if genome.fetch(chrom, *around).count("N") <= 4:
                        expected.add((chrom, strand, p, label))
    drawn = table[table["context"] != "site"]
    places = zip(drawn["chrom"], drawn["strand"], drawn["position"], drawn["label"], strict=True)
    assert set(places) == expected


def test_decoys_depend_on_the_seed_only(windows, genome, transcripts):
    again = label_windows(genome, transcripts, decoys_per_site=4, seed=3)
    assert again.equals(windows)
    other = label_windows(genome, transcripts, decoys_per_site=4, seed=4)
    assert set(other["id"]) != set(windows["id"])
    alone = label_windows(Genome({"2": genome["2"]}), transcripts, decoys_per_site=4, seed=3)
    assert set(alone["id"]) == set(windows["id"][windows["chrom"] == "chr2"])


def test_even_split():
    assert even_split(9, [100, 100, 100]) == [3, 3, 3]
    assert even_split(9, [1, 100, 100]) == [1, 4, 4]
    assert even_split(9, [1, 2, 3]) == [1, 2, 3]
    assert sum(even_split(10, [50, 50, 50])) == 10


def test_windows_that_do_not_fit_are_refused(genome, transcripts):
    with pytest.raises(InputError, match="in common"):
        label_windows(Genome({"chr7": "ACGT"}), transcripts)
    with pytest.raises(InputError, match="different assemblies"):
        label_windows(Genome({"chr1": "ACGT"}), transcripts)
    with pytest.raises(InputError, match="even number"):
        label_windows(genome, transcripts, window=33)
    with pytest.raises(InputError, match="is 0 or more"):
        label_windows(genome, transcripts, decoys_per_site=-1)


def test_scan_genes_hold_their_sites(genome, transcripts):
    genes = scan_genes(genome, transcripts, n=5)
    assert [g.gene_name for g in genes] == ["ALPHA", "BETA"]  # GAMMA codes for no protein
    everything = brute_force_sites(transcripts)
    for g in genes:
        assert g.sequence == genome.fetch(g.chrom, g.start, g.end, g.strand)
        for site, indices in (("donor", g.donors), ("acceptor", g.acceptors)):
            back = {g.start + i if g.strand == "+" else g.end - i for i in indices}
            own = {p for c, s, p, k in everything if (c, s, k) == (g.chrom, g.strand, site)}
            assert back == own
            assert (np.diff(indices) > 0).all()
    assert len(scan_genes(genome, transcripts, n=1)) == 1
    with pytest.raises(InputError, match="no protein-coding gene"):
        scan_genes(genome, transcripts, max_length=10)


@pytest.mark.parametrize(
    ("starts", "places"),
    [((100, 150, 9000), 1), ((100, 9000, 9050), 2), ((100, 150, 180), 1)],
)
def test_a_gene_has_two_places_where_a_transcript_of_it_stands_at_both(starts, places):
    names = ("T1", "T1", "T2")
    of_gene = [
        Transcript("G", "G", name, "", "chr1", "+", ((start, start + 99),))
        for name, start in zip(names, starts, strict=True)
    ]
    assert [len(place) for place in sites.loci(of_gene)] == [[3], [1, 2]][places - 1]


def test_canonical_prefers_what_the_annotation_says(transcripts):
    def variant(name, end, *tags):
        return Transcript("G", "G", name, "protein_coding", "chr1", "+", ((1, end),), ((1, end),),
                          "protein_coding", frozenset(tags))  # fmt: skip

    longest, ccds, mane = variant("A", 900, "basic"), variant("B", 300, "CCDS"), variant("C", 90)
    assert canonical([longest, ccds, mane]) is ccds
    mane = variant("C", 90, "MANE_Select")
    assert canonical([longest, ccds, mane]) is mane
    assert canonical(transcripts[:2]).transcript == "T1"


@pytest.mark.data
def test_chromosome_19_as_counted(data_folder):
    transcripts = read_annotation(data_folder / "genome" / "GRCh38.chr19.ensembl91.gff3.gz")
    coding = [t for t in transcripts if t.biotype == "protein_coding"]
    for some, expected in ((transcripts, (20188, 15893, 15686)), (coding, (15251, 12789, 12530))):
        counts = sites.sites(some)["site"].value_counts()
        assert (len(sites.introns(some)), counts["donor"], counts["acceptor"]) == expected


def test_read_windows_gives_back_what_was_written(tmp_path, windows):
    path = tmp_path / "windows.tsv.gz"
    windows.to_csv(path, sep="\t", index=False)
    back = read_windows(path)
    assert back.astype(object).equals(windows.astype(object).reset_index(drop=True))
    other = tmp_path / "other.tsv"
    other.write_text("id\tchrom\n")
    with pytest.raises(InputError, match="no column start"):
        read_windows(other)
    path.write_bytes(b"\x1f\x8bnot gzip")
    with pytest.raises(InputError, match="damaged"):
        read_windows(path)
