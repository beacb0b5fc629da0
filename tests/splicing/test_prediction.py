"""Edits in anybody's spelling, and one answer to what they do to the mRNA."""

from itertools import pairwise

import pytest
from helpers.hbb import PROTEIN, RECORD, TRANSCRIPT

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples, worked_examples
from dnaviz.genome.transcript_model import GenomicInterval, TranscriptModel
from dnaviz.models import load_model
from dnaviz.sequences import Sequence, parse_sequences, reverse_complement
from dnaviz.splicing.edit_placement import annotated, place_edits
from dnaviz.splicing.prediction import predict, spell
from dnaviz.splicing.report_text import product_facts
from dnaviz.splicing.scan import scan
from dnaviz.splicing.spelling import joined
from dnaviz.splicing.variant_effect import splice_effect

HBB = GenomicInterval("chr11", 5_225_464, 5_227_071, "-")


def predicted(text, locator):
    variants = place_edits(text, locator).variants
    effects = [splice_effect(locator.record, variants, strand=s) for s in "+-"]
    return predict(locator, scan(locator.record), effects)


@pytest.fixture(scope="module")
def pseudo_exon():
    return predicted("IVS2-654C>T", annotated(RECORD, [TRANSCRIPT], HBB, "GRCh38"))


def test_the_headline_is_the_published_pseudo_exon(pseudo_exon):
    main = pseudo_exon.consequences.main
    assert main.kind == "pseudo_exon"
    assert (main.first, main.last) == (1_075, 1_147)
    assert pseudo_exon.known
    headline = pseudo_exon.headline
    assert repr(pseudo_exon) == f"Prediction({headline})"
    assert "donor at 1,148" in headline
    assert "acceptor at 1,074" in headline
    assert "a pseudo-exon of 73 nt" in headline
    assert f"frame {main.coding.frame}, stop at codon {main.coding.stop_codon}" in headline


def test_a_headline_names_a_stronger_site_only_where_it_is_and_the_mrna_takes_it(pseudo_exon):
    products = pseudo_exon.consequences

    def headline(rise, kind="pseudo_exon"):
        sites = tuple(
            s if s.site == "acceptor" else s._replace(reference=0.3, alternate=0.3 + rise)
            for s in products.main.sites
        )
        items = (products.main._replace(kind=kind, sites=sites),)
        return pseudo_exon._replace(consequences=products._replace(items=items)).headline

    assert "with the stronger donor at 1,148" in headline(0.1)
    assert "stronger" not in headline(1e-5)
    for kind in ("exon_skipped", "intron_kept"):
        assert "stronger" not in headline(0.1, kind)


def test_the_paragraph_names_variant_numbers_model_and_limits(pseudo_exon):
    model = load_model()
    text = pseudo_exon.paragraph(model)
    assert f"weights SHA-256 {model.classifier_sha256[:16]}" in text  # as captions have it
    for message in ("NM_000518.5:c.316-197C>T", "NC_000011.10:g.5225923G>A", "pseudo-exon of 73 nt",
                 model.name, "not for clinical decisions"):  # fmt: skip
        assert message in text


@pytest.mark.parametrize(
    "text",
    ["c.316-197C>T", "NM_000518.5:c.316-197C>T", "HBB:c.316-197C>T", "IVS2-654C>T",
     "chr11-5225923-G-A", "11:5225923 G>A", "NC_000011.10:g.5225923G>A", "1149C>T",
     "11\t5225923\t.\tG\tA\t.\tPASS"],
)  # fmt: skip
def test_one_edit_in_every_spelling(text):
    locator = annotated(RECORD, [TRANSCRIPT], HBB, "GRCh38")
    (variant,) = place_edits(text, locator).variants
    assert variant[:3] == (1149, "C", "T")
    named = spell(variant, locator)
    assert named.coding == "c.316-197C>T"
    assert named.vcf == "chr11-5225923-G-A"


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(
    "allele", ["c.[79G>A;316-197C>T]", "c.[316-197C>T;316-191C>A]", "c.[315+5G>A;315+9del]"]
)
def test_edits_of_one_allele_are_named_in_the_order_of_the_transcript(allele, strand):
    record, structure, length = RECORD, TRANSCRIPT, len(RECORD)
    if strand == "-":

        def turned(pairs):
            return [(length + 1 - e, length + 1 - s) for s, e in reversed(list(pairs))]

        record = Sequence(reverse_complement(str(RECORD)))
        structure = TRANSCRIPT._replace(
            strand="-",
            exons=turned(TRANSCRIPT.exons),
            introns=turned(TRANSCRIPT.introns),
            cds=turned([TRANSCRIPT.cds])[0],
            whole_exons=tuple(turned(TRANSCRIPT.whole_exons)),
        )
    locator = annotated(record, [structure])
    variants = place_edits(allele, locator).variants
    names = joined(spell(variant, locator) for variant in variants)
    assert names.coding == allele
    assert names.record == ", ".join(map(str, variants))


def test_what_was_assumed_is_said():
    locator = annotated(RECORD, [TRANSCRIPT])
    placed = place_edits("57C>T, NM_000518.4:c.316-197C>T", locator)
    assert "the versions differ" in placed.notes[0]
    assert placed.transcript == TRANSCRIPT.name
    assert place_edits("57C>T", locator).transcript == ""


def test_exons_in_upper_case_with_a_chosen_start_count_in_c():
    bases = str(RECORD)
    cased = "".join(
        base if any(s <= i <= e for s, e in TRANSCRIPT.exons) else base.lower()
        for i, base in enumerate(bases, 1)
    )
    record = Sequence(cased, "minigene")
    with pytest.raises(InputError, match="no coding sequence"):
        place_edits("c.316-197C>T", annotated(record))
    locator = annotated(record, coding_start=51)
    assert place_edits("c.316-197C>T", locator).variants[0].position == 1149
    assert place_edits("IVS2-654C>T", locator).variants[0].position == 1149
    (variant,) = place_edits("IVS2-654C>T", locator).variants
    assert str(spell(variant, locator)) == "1149C>T = c.316-197C>T"
    effect = splice_effect(record, "IVS2-654C>T")
    assert effect.variants[0].position == 1149
    with pytest.raises(InputError, match="not in an exon"):
        annotated(record, coding_start=200)
    tga = bases.index("TGA", 60) + 1  # in exon 1
    with pytest.raises(InputError, match=f"TGA at {tga} is a stop codon"):
        annotated(record, coding_start=tga)
    with pytest.raises(InputError, match="upper case"):
        annotated(Sequence(bases), coding_start=51)


def test_a_record_without_a_transcript_has_lengths_alone():
    result = predicted("1149C>T", annotated(RECORD, []))
    assert not result.known
    main = result.consequences.main
    assert main.kind == "pseudo_exon"
    assert main.coding.frame == "unknown"
    assert main.product is None
    assert "73 nt are not a multiple of three" in result.headline
    with pytest.raises(InputError, match="transcript"):
        place_edits("c.79G>A", annotated(RECORD, []))


@pytest.mark.parametrize("strand", ["+", "-"])
def test_an_exon_that_the_model_finds_is_skipped_without_its_donor(strand):
    gene = next(e for e in examples() if e.name == "LDLR")
    first, last = gene.structures[0].exons[1]
    bases = str(gene.sequence)[first - 301 : last + 300]
    position, change = last - first + 302, "G>A"
    exon = (301, last - first + 301)
    if strand == "-":
        bases, change = reverse_complement(bases), "C>T"
        position = len(bases) + 1 - position
        exon = (len(bases) + 1 - exon[1], len(bases) + 1 - exon[0])
    result = predicted(f"{position}{change}", annotated(Sequence(bases)))
    main = result.consequences.main
    assert (main.kind, main.first, main.last) == ("exon_skipped", *exon)
    assert "is skipped" in result.headline


def test_a_lost_site_of_no_exon_is_not_called_without_effect():
    gene = next(e for e in examples() if e.name == "LDLR")
    last = gene.structures[0].exons[1][1]
    window = str(gene.sequence)[last - 80 : last + 200]
    result = predicted("81G>A", annotated(Sequence(window)))
    assert result.headline.startswith("Lost donor at 81 (+)")
    assert "no exon and intron that meet at this donor are found" in result.headline
    assert "No change" not in result.paragraph(load_model())
    assert result.consequences.table()["consequence"].tolist() == ["not known"]


def test_a_lost_end_of_an_intron_between_no_exons_is_not_called_without_effect():
    """Of the exon before the intron, which is long, and of that behind it, one site is there."""
    gene = next(e for e in examples() if e.name == "LDLR")
    (_, last), (following, _) = gene.structures[0].exons[3:5]
    window = str(gene.sequence)[last - 300 : following + 80]
    result = predicted("301G>A", annotated(Sequence(window)))
    assert result.headline.startswith("Lost donor at 301 (+)")
    assert result.consequences.main.kind == "not_known"
    assert "no change" not in result.headline.lower()


def test_an_exon_told_without_its_introns_is_not_called_unchanged():
    gene = next(e for e in examples() if e.name == "LDLR")
    first, last = gene.structures[0].exons[1]
    window = str(gene.sequence)[first - 301 : last + 300]
    exon = (301, last - first + 301)
    alone = TranscriptModel("mRNA", "+", [exon], [])
    result = predicted(f"{exon[1] + 1}G>A", annotated(Sequence(window), [alone]))
    assert (result.known, result.consequences.main.kind) == (False, "exon_skipped")


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_coding_sequence_without_introns_tells_nothing_of_an_exon_elsewhere(strand):
    vector = "ATGGAAGATTCTTGA" + "GACCTGATTC" * 6
    plasmid = Sequence(f"{vector}{str(RECORD)[:700]}", "plasmid")
    resistance = TranscriptModel("AmpR", strand, [(1, 15)], [], (1, 15), ((1, 15),))
    alone, beside = (annotated(plasmid, known) for known in ([], [resistance]))
    edit = f"{len(vector) + 496}G>A"
    assert predicted(edit, beside) == predicted(edit, alone)
    effects = [splice_effect(plasmid, edit, locator=one) for one in (alone, beside)]
    assert [effect.strand for effect in effects] == ["+", "+"]
    assert effects[1].delta_max == effects[0].delta_max > 0.5


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_coding_sequence_without_introns_over_an_exon_tells_nothing_of_it(strand):
    """As one of a vector that an insert interrupts."""
    record = Sequence(str(RECORD)[:700])
    frame = TranscriptModel("frame", strand, [(200, 560)], [], (200, 560), ((200, 560),))
    prediction = predicted("496G>A", annotated(record, [frame]))
    assert prediction.consequences == predicted("496G>A", annotated(record)).consequences
    assert prediction.headline.startswith("Lost donor at 496 (+)")
    small = predicted("351C>T", annotated(record, [frame]))
    assert small.consequences.structure == frame
    assert small.event == predicted("351C>T", annotated(record)).event is not None


def test_the_transcript_asked_for_comes_first():
    other = TRANSCRIPT._replace(name="HBB other", cds=None)
    locator = annotated(RECORD, [TRANSCRIPT, other], transcript="HBB other")
    assert [s.name for s in locator.structures] == ["HBB other", TRANSCRIPT.name]
    with pytest.raises(InputError, match="no transcript"):
        annotated(RECORD, [TRANSCRIPT], transcript="LDLR")


def test_a_lost_site_of_an_exon_that_the_transcript_lacks_is_not_called_without_effect():
    """As of a minigene of which only the exons of the vector are told."""
    vector = TranscriptModel("vector", "+", [(1, 142), (1346, 1608)], [(143, 1345)])
    prediction = predicted("496G>A", annotated(RECORD, [vector]))
    assert prediction.known
    assert prediction.consequences.main.kind == "not_known"
    assert "this donor ends an exon that vector does not have" in prediction.headline
    aside = predicted("900del", annotated(RECORD, [vector]))
    assert aside.consequences.main.kind == "unchanged"


def test_an_edit_without_an_effect_says_so():
    result = predicted("700T>G", annotated(RECORD, [TRANSCRIPT]))
    assert result.event is None
    assert result.headline.startswith("No splice site changes")


@pytest.mark.parametrize(("edit", "decays"), [("c.118C>T", True), ("c.20A>T", False)])
def test_decay_is_told_of_a_stop_codon_that_changes_no_splicing(edit, decays):
    prediction = predicted(edit, annotated(RECORD, [TRANSCRIPT]))
    main = prediction.consequences.main
    assert (main.kind, main.coding.nmd) == ("unchanged", decays)
    assert ("nonsense-mediated decay is expected" in prediction.paragraph(load_model())) is decays
    assert ("decay (NMD)" in dict(product_facts(main))) is decays


def test_a_gene_of_the_gallery_has_all_coordinates():
    ldlr = examples()[0]
    locator = annotated(ldlr.sequence, ldlr.structures, ldlr.interval, "GRCh38")
    (variant,) = place_edits("chr19-11102787-G-A", locator).variants
    assert spell(variant, locator).coding == "c.313+1G>A"


def test_genbank_features_are_a_transcript():
    length = 240
    bases = "ATG" + "GCC" * 79
    lines = [f"LOCUS       X {length} bp DNA", "FEATURES             Location/Qualifiers",
             "     CDS             join(1..90,151..240)", '                     /gene="GENE"',
             "ORIGIN", f"        1 {bases.lower()}", "//"]  # fmt: skip
    (record,) = parse_sequences("\n".join(lines))
    (variant,) = place_edits("c.90+1G>A", annotated(record)).variants
    assert variant.position == 91


def test_several_edits_are_one_allele():
    locator = annotated(RECORD, [TRANSCRIPT], HBB, "GRCh38")
    variants = place_edits("c.20A>T, c.79G>A", locator).variants
    both = joined(spell(v, locator) for v in variants)
    assert both.coding == "c.[20A>T;79G>A]"
    assert both.genomic.startswith("NC_000011.10:g.[")
    assert joined([spell(variants[0], locator)]).coding == "c.20A>T"


def test_a_part_of_a_gene_tells_the_same_as_the_whole_of_it():
    """Wherever a window is cut out, the products are those of the whole gene's own scan."""
    for worked in worked_examples():
        if worked.name not in ("LDLR c.1813C>T", "LDLR c.313+1G>A", "C3 c.2354+1G>A"):
            continue
        part, gene = worked.example, worked.gene
        locator = annotated(part.sequence, part.structures, part.interval, "GRCh38")
        whole = annotated(gene.sequence, gene.structures, gene.interval, "GRCh38")
        variants = place_edits(worked.edit, locator).variants
        effects = [splice_effect(part.sequence, variants, strand=s) for s in "+-"]
        result = predict(locator, scan(part.sequence), effects, lambda _, whole=whole: whole)
        expected = predicted(worked.known.hgvs, whole)
        one, other = result.consequences, expected.consequences
        assert one.usual.mrna == other.usual.mrna
        assert one.main.words == other.main.words
        assert one.main.product.mrna == other.main.product.mrna
        assert one.main.coding == other.main.coding
        shift = variants[0].position - expected.consequences.variants[0].position
        assert [s.position - shift for s in one.main.sites] == [
            s.position for s in other.main.sites
        ]
        assert result.names[0].coding == expected.names[0].coding == worked.known.hgvs
        without = predict(locator, scan(part.sequence), effects)
        assert without.consequences.usual is None
        assert "not wholly" in without.consequences.main.coding.nmd_reason


@pytest.mark.parametrize("strand", "+-")
def test_a_window_on_either_strand_lies_where_its_place_says(strand):
    """The same window read on the genome's other strand has the same mRNAs."""
    record, structure, place = RECORD, TRANSCRIPT, HBB
    if strand == "-":
        n = len(RECORD)
        record = Sequence(reverse_complement(str(RECORD)), "HBB turned")
        turned = tuple((n + 1 - e, n + 1 - s) for s, e in reversed(TRANSCRIPT.whole_exons))
        introns = [(a[1] + 1, b[0] - 1) for a, b in pairwise(turned)]
        cds = (n + 1 - TRANSCRIPT.cds[1], n + 1 - TRANSCRIPT.cds[0])
        structure = TranscriptModel(TRANSCRIPT.name, "-", list(turned), introns, cds, turned)
        place = HBB._replace(strand="+")
    first, last = 301, 1_500
    part = Sequence(str(record)[first - 1 : last], "part")
    ends = sorted(place.position(p) for p in (first, last))
    moved = tuple((s - first + 1, e - first + 1) for s, e in structure.whole_exons)
    inside = structure._replace(
        exons=[(max(s, 1), min(e, len(part))) for s, e in moved if e >= 1 and s <= len(part)],
        introns=[(s - first + 1, e - first + 1) for s, e in structure.introns],
        cds=(structure.cds[0] - first + 1, structure.cds[1] - first + 1),
        whole_exons=moved,
    )
    locator = annotated(part, [inside], GenomicInterval("chr11", *ends, place.strand), "GRCh38")
    longer = annotated(record, [structure], place, "GRCh38")
    variants = place_edits("c.316-197C>T", locator).variants
    effects = [splice_effect(part, variants, strand=s) for s in "+-"]
    result = predict(locator, scan(part), effects, lambda _: longer).consequences
    assert result.usual.reading.protein == PROTEIN
    pseudo = next(c for c in result.items if c.kind == "pseudo_exon")
    at = next(iter(variants)).position
    # From its acceptor's base at +1 to the base before the new donor, beside the change.
    near = {"+": (at - 74, at - 2), "-": (at + 2, at + 74)}[strand]
    assert (pseudo.first, pseudo.last) == near
    assert len(pseudo.product.mrna) == len(result.usual.mrna) + 73


def test_every_published_change_lies_where_its_name_says():
    for worked in worked_examples():
        gene = worked.gene
        locator = annotated(gene.sequence, gene.structures)
        (variant,) = place_edits(worked.known.hgvs, locator).variants
        part = annotated(worked.example.sequence, worked.example.structures)
        assert (
            place_edits(worked.known.hgvs, part).variants == place_edits(worked.edit, part).variants
        )
        assert str(gene.sequence)[variant.position - 1 :].startswith(variant.ref)
