"""GenBank and EMBL entries: bases, and the transcripts that their features describe."""

import textwrap
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnaviz.errors import InputError
from dnaviz.genome.examples import examples
from dnaviz.genome.transcript_model import record_structures
from dnaviz.sequences import parse_sequences, reverse_complement

SHORT = [e for e in examples() if e.name in ("APOE", "GAMT", "TNNI3", "CALR")]
GENE = next(e for e in SHORT if e.name == "GAMT")
BASES = "ACGTTGCAAG" * 50


def numbered(bases):
    lines = textwrap.wrap(bases.lower(), 60)
    blocks = [" ".join(textwrap.wrap(line, 10)) for line in lines]
    return "".join(f"{60 * i + 1:>9} {line}\n" for i, line in enumerate(blocks))


def feature(key, location, *qualifiers):
    lines = textwrap.wrap(location, 40, break_long_words=False, break_on_hyphens=False)
    lines += [part for q in qualifiers for part in textwrap.wrap(f"/{q}", 58)]
    first, *rest = lines
    return f"     {key:<16}{first}\n" + "".join(f"{' ' * 21}{line}\n" for line in rest)


def genbank(bases, *features, name="AB1", kind="DNA"):
    return (
        f"LOCUS       {name} {len(bases)} bp    {kind}     linear   PRI 01-JAN-2020\n"
        f"DEFINITION  A gene.\nFEATURES             Location/Qualifiers\n"
        f"     source          1..{len(bases)}\n" + "".join(features) + "ORIGIN      \n"
        f"{numbered(bases)}//\n"
    )


def embl(bases, *features, name="X1"):
    table = "".join(features)
    lines = textwrap.wrap(bases.lower(), 60)
    body = "".join(
        f"     {' '.join(textwrap.wrap(x, 10)):<66}{min(60 * (i + 1), len(bases)):>9}\n"
        for i, x in enumerate(lines)
    )
    return (
        f"ID   {name}; SV 1; linear; genomic DNA; STD; HUM; {len(bases)} BP.\nXX\n"
        "DE   A gene.\nXX\n"
        "FH   Key             Location/Qualifiers\nFH\n"
        + "".join(f"FT   {line[5:]}\n" for line in table.splitlines())
        + f"XX\nSQ   Sequence {len(bases)} BP; 1 A; 2 C; 3 G; 4 T; 0 other;\n{body}//\n"
    )


def joined(intervals, strand="+"):
    text = ", ".join(f"{s}..{e}" for s, e in intervals).replace(", ", ",")
    text = f"join({text})" if len(intervals) > 1 else text
    return f"complement({text})" if strand == "-" else text


def turned(intervals, length):
    return [(length + 1 - e, length + 1 - s) for s, e in reversed(intervals)]


def introns(exons):
    return [(a[1] + 1, b[0] - 1) for a, b in pairwise(exons)]


def read(text):
    (record,) = parse_sequences(text)
    return record


# --- bases -----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [genbank, embl])
@pytest.mark.parametrize("indent", [0, 2, 8])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_an_entry_is_read_whatever_its_features_say(make, indent, ends):
    note = (
        f'{" " * 21}/note="is\n{" " * 21}>90 % alike\n{" " * 21}ORIGIN of it\n{" " * 21}// end"\n'
    )
    location = f"     mRNA            join(<1..60,100..150,\n{' ' * 21}>200..240)\n"
    text = textwrap.indent(
        make(BASES, "     gene            <1..>500\n", note, location), " " * indent
    )
    record = read(text.replace("\n", ends))
    assert str(record) == BASES
    assert [t.exons for t in record.transcripts] == [((1, 60), (100, 150), (200, 240))]


@pytest.mark.parametrize("strip", [str.strip, lambda x: x.strip().replace("  ", " ")])
def test_an_entry_whose_blanks_were_lost_is_read(strip):
    text = genbank(BASES, feature("mRNA", "join(1..60,100..150)", 'gene="G"'))
    record = read("\n".join(map(strip, text.splitlines())))
    assert str(record) == BASES
    assert record.transcripts[0].introns == ((61, 99),)


def test_words_of_a_page_around_an_entry_are_left_out_and_bases_are_not():
    entry = genbank(BASES)
    assert str(read(f"GenBank: AB1\nGo to:\n{entry}Support Center\n")) == BASES
    for text in (f"{BASES}\n{entry}", f"{entry}>b\n{BASES}", f"{entry}{BASES}"):
        with pytest.raises(InputError, match="outside the GenBank or EMBL entry"):
            parse_sequences(text)


def test_an_entry_without_bases_says_where_to_get_them():
    text = genbank(BASES).partition("ORIGIN")[0] + "CONTIG join(X:1..5)\n//\n"
    with pytest.raises(InputError, match=r"no sequence.*GenBank \(full\)"):
        parse_sequences(text)


# --- transcripts -----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [genbank, embl])
@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("gene", SHORT, ids=lambda e: e.name)
def test_the_transcript_of_a_gene_is_that_of_the_gallery(make, gene, strand):
    bases, exons = str(gene.sequence), gene.exons
    (known,) = gene.structures
    cds = known.cds
    if strand == "-":
        bases, exons = reverse_complement(bases), turned(exons, len(bases))
        cds = turned([cds], len(bases))[0]
    coding = [(max(s, cds[0]), min(e, cds[1])) for s, e in exons if e >= cds[0] and s <= cds[1]]
    record = read(
        make(
            bases,
            feature("gene", joined([(exons[0][0], exons[-1][1])], strand), f'gene="{gene.name}"'),
            feature("mRNA", joined(exons, strand), f'gene="{gene.name}"', 'transcript_id="NM_1.1"'),
            feature("CDS", joined(coding, strand), f'gene="{gene.name}"', 'protein_id="NP_1.1"'),
            *(feature("exon", joined([e], strand), f'gene="{gene.name}"') for e in exons),
        )
    )
    (result,) = record_structures(record)
    assert result.name == f"{gene.name} NM_1.1"
    assert (result.strand, result.exons, result.introns) == (strand, exons, introns(exons))
    assert (result.cds, result.whole_exons) == (cds, tuple(exons))
    if strand == "+":
        assert result.sites(len(bases)) == known.sites(len(bases))


def test_the_complement_may_stand_on_every_part():
    inner = feature("mRNA", "join(complement(300..400),complement(100..200))")
    outer = feature("mRNA", "complement(join(100..200,300..400))")
    assert read(genbank(BASES, inner)).transcripts == read(genbank(BASES, outer)).transcripts
    assert read(genbank(BASES, inner)).transcripts[0].strand == "-"


def test_each_coding_sequence_goes_to_its_own_rna():
    record = read(
        genbank(
            BASES,
            feature("mRNA", "join(1..60,100..150,300..400)", 'gene="G"', 'transcript_id="A"'),
            feature("mRNA", "join(1..60,300..400)", 'gene="G"', 'transcript_id="B"'),
            feature("CDS", "join(30..60,300..330)", 'gene="G"', 'protein_id="pB"'),
            feature("CDS", "join(30..60,100..150,300..310)", 'gene="G"', 'protein_id="pA"'),
            feature("CDS", "join(420..430,460..490)", 'gene="H"', 'protein_id="pH"'),
        )
    )
    result = {t.name: (t.introns, t.cds) for t in record.transcripts}
    assert result == {
        "G A": (((61, 99), (151, 299)), (30, 310)),
        "G B": (((61, 299),), (30, 330)),
        "H pH": (((431, 459),), (420, 490)),
    }


@pytest.mark.parametrize(("rna", "cds"), [("", "G"), ("G", ""), ("g", "G"), ("", "")])
def test_an_rna_has_the_coding_sequence_on_it_whichever_of_both_names_the_gene(rna, cds):
    genes = [[f'gene="{gene}"'] if gene else [] for gene in (rna, cds)]
    parts = [
        feature("mRNA", "join(1..60,100..200)", *genes[0]),
        feature("CDS", "join(10..60,100..142)", *genes[1]),
    ]
    (result,) = read(genbank(BASES, *parts)).transcripts
    assert (result.cds, result.name) == ((10, 142), f"{rna or cds or 'record'} 1")
    other = feature("CDS", "join(10..60,100..142)", 'gene="H"')
    apart = read(genbank(BASES, feature("mRNA", "join(1..60,100..200)", 'gene="G"'), other))
    assert [one.cds for one in apart.transcripts] == [None, (10, 142)]


def test_a_coding_sequence_of_unknown_start_is_not_counted_by():
    for strand, location in (
        ("+", "join(<1..60,100..150)"),
        ("-", "complement(join(1..60,100..>150))"),
    ):
        (result,) = read(genbank(BASES, feature("CDS", location))).transcripts
        assert (result.strand, result.cds, result.is_whole) == (strand, None, False)
        assert result.introns == ((61, 99),)
    (result,) = read(genbank(BASES, feature("CDS", "join(1..60,100..>150)"))).transcripts
    assert (result.cds, result.is_whole) == ((1, 150), True)


def test_separate_exons_make_a_transcript():
    exons = [(20, 60), (100, 150), (300, 400)]
    parts = [
        feature("exon", f"{s}..{e}", 'gene="G"', f"number={i}") for i, (s, e) in enumerate(exons, 1)
    ]
    (result,) = read(genbank(BASES, *parts)).transcripts
    assert list(result.exons) == exons
    assert list(result.introns) == introns(exons)


def test_exons_that_overlap_are_not_joined():
    exons = [(20, 60), (40, 150), (300, 400)]
    parts = [feature("exon", f"{s}..{e}", 'gene="G"') for s, e in exons]
    assert read(genbank(BASES, *parts)).transcripts == ()


def test_introns_alone_make_a_transcript_and_may_leave_the_record():
    parts = [
        feature("intron", "<1..99"),
        feature("exon", "100..199"),
        feature("intron", "200..>500"),
    ]
    record = read(genbank(BASES, *parts))
    (result,) = record_structures(record)
    assert result.exons == [(100, 199)]
    assert result.sites(500) == [(99, "+", "acceptor"), (200, "+", "donor")]


@pytest.mark.parametrize(("turn", "strand"), [(str, "+"), (reverse_complement, "-")])
def test_a_lone_exon_has_the_sites_that_its_borders_read(turn, strand):
    bases = turn("C" * 48 + "AG" + "A" * 50 + "GT" + "C" * 48)
    location = "51..100" if strand == "+" else "complement(51..100)"
    kinds = ["acceptor", "donor"] if strand == "+" else ["donor", "acceptor"]
    (result,) = record_structures(read(genbank(bases, feature("exon", location))))
    assert result.sites(150) == [(50, strand, kinds[0]), (101, strand, kinds[1])]
    (first,) = record_structures(read(genbank(bases, feature("exon", location, "number=1"))))
    assert first.sites(150) == []


def test_an_mrna_record_is_one_exon_with_its_coding_sequence():
    parts = [
        feature("exon", "1..100"),
        feature("exon", "101..500"),
        feature("CDS", "94..300", 'gene="G"'),
    ]
    (result,) = record_structures(read(genbank(BASES, *parts, kind="mRNA")))
    assert (result.exons, result.introns, result.cds) == ([(1, 500)], [], (94, 300))
    assert result.whole_exons == ((1, 500),)


@pytest.mark.parametrize("make", [genbank, embl])
@pytest.mark.parametrize("name", ["pX_gRNA", "U6-RNA", "mRNA", "circular"])
def test_a_name_does_not_tell_what_an_entry_is(make, name):
    record = read(make(BASES, feature("mRNA", "join(1..60,161..300)", 'gene="G"'), name=name))
    (result,) = record_structures(record)
    assert (record.name, record.circular) == (name, False)
    assert result.introns == [(61, 160)]


@pytest.mark.parametrize(
    "location",
    [
        "join(400..500,1..60)",
        "join(1..60,complement(100..150))",
        "join(J00194.1:100..245,300..422)",
        "order(1..60,100..150)",
        "one-of(1,3)..60",
        "bond(1..60,100..150)",
        "JOIN(1..60,100..150)",
        "(1.5)..60",
        "join(1..60,",
        "nonsense",
        "9..3",
        "0..5",
    ],
)
def test_locations_that_cannot_be_placed_are_left_out(location):
    record = read(genbank(BASES, f"     mRNA            {location}\n"))
    assert str(record) == BASES
    assert record.transcripts == ()


def test_features_without_a_place_are_noted_with_line_and_number():
    parts = [
        feature("mRNA", "join(1..60,100..150)"),
        feature("CDS", "order(1..60,100..150)"),
        feature("misc_feature", "order(1..60,100..150)"),
        feature("mRNA", "join(J00194.1:1..5,300..422)"),
        *[feature("exon", "join(400..500,1..60)")] * 2,
    ]
    record = read(genbank(BASES, *parts))
    assert len(record.transcripts) == 1
    assert record.notes == (
        'Record 1 ("AB1"): 4 features are left out, without a place on one strand of this record: '
        'CDS in line 6, "order(1..60,100..150)"; mRNA in line 8, "join(J00194.1:1..5,300..422)"; '
        'exon in line 9, "join(400..500,1..60)"; and 1 more.',
    )
    assert read(genbank(BASES, parts[0])).notes == ()
    assert read(genbank(BASES, parts[-1], kind="mRNA")).notes == ()


@pytest.mark.parametrize("key", ["5'UTR", "3'UTR", "-10_signal", "5'clip"])
@pytest.mark.parametrize("qualifiers", [(), ('gene="G"',)])
def test_a_key_that_begins_with_a_number_is_a_feature_of_its_own(key, qualifiers):
    """Its line was read as part of the feature above, whose gene or location it spoiled."""
    parts = [
        feature("mRNA", "join(1..60,100..150)", *qualifiers),
        feature(key, "1..9", *qualifiers),
        feature("CDS", "join(10..60,100..120)", *qualifiers),
    ]
    record = read(genbank(BASES, *parts))
    (result,) = record.transcripts
    assert (result.exons, result.cds) == (((1, 60), (100, 150)), (10, 120))
    assert result.name == ("G 1" if qualifiers else "record 1")
    assert record.notes == ()


@pytest.mark.parametrize("name", ["pX330-gRNA", "shRNA", "my_mRNA;", "my siRNA plasmid"])
@pytest.mark.parametrize("make", [genbank, embl])
def test_a_plasmid_called_after_an_rna_is_no_rna(make, name):
    (result,) = read(make(BASES, feature("mRNA", "join(1..60,100..150)"), name=name)).transcripts
    assert result.introns == ((61, 99),)


@pytest.mark.parametrize("codon_start", ["2", "3"])
def test_a_coding_sequence_that_begins_within_a_codon_is_not_counted_by(codon_start):
    table = feature("CDS", "join(9..60,100..200)", f"codon_start={codon_start}")
    (result,) = read(genbank(BASES, table)).transcripts
    assert (result.cds, result.is_whole) == (None, False)


@pytest.mark.parametrize("operator", ["order", "bond", "one-of", "JOIN"])
def test_a_location_in_another_operator_is_noted(operator):
    record = read(genbank(BASES, feature("mRNA", f"{operator}(1..60,100..150)")))
    assert f'mRNA in line 5, "{operator}(1..60,100..150)"' in record.notes[0]


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("ends", "spliced"), [("GTAG", True), ("CTAC", False), ("GCTT", False)])
def test_a_gene_of_a_plasmid_that_an_insert_parts_has_no_intron(strand, ends, spliced):
    """Programs write such a gene as the join of its parts, as they write exons."""
    bases = f"{'C' * 100}{ends[:2]}{'A' * 296}{ends[2:]}{'C' * 100}"
    text = genbank(
        bases if strand == "+" else reverse_complement(bases),
        feature("CDS", joined([(10, 100), (401, 490)], strand)),
    )
    (result,) = read(text.replace("linear", "circular")).transcripts
    assert result.exons == ((10, 100), (401, 490)) or strand == "-"
    assert result.introns == (((101, 400),) if spliced else ())
    (linear,) = read(text).transcripts
    assert linear.introns == ((101, 400),)


def test_an_exon_of_several_parts_is_as_many_exons():
    joint = read(genbank(BASES, feature("exon", "join(20..60,100..150)")))
    apart = read(genbank(BASES, feature("exon", "20..60"), feature("exon", "100..150")))
    assert joint.transcripts == apart.transcripts != ()


@pytest.mark.parametrize("key", ["exon", "intron"])
@pytest.mark.parametrize("said", ["+", "-"])
def test_exons_that_were_exported_without_their_strand_lie_on_that_of_their_introns(key, said):
    bases, exons = str(GENE.sequence), GENE.exons
    intervals = exons if key == "exon" else GENE.introns
    parts = [feature(key, joined([one], said)) for one in intervals]
    (result,) = read(genbank(bases, *parts)).transcripts
    assert (result.strand, list(result.introns)) == ("+", GENE.introns)
    parts = [feature(key, joined([one], said)) for one in turned(intervals, len(bases))]
    (result,) = read(genbank(reverse_complement(bases), *parts)).transcripts
    assert (result.strand, list(result.introns)) == ("-", turned(GENE.introns, len(bases)))


def test_exons_that_overlap_are_noted():
    parts = [feature("exon", where, 'gene="G"') for where in ("1..60", "100..150", "140..170")]
    record = read(genbank(BASES, *parts, feature("exon", "300..340", 'gene="H"')))
    assert [one.name for one in record.transcripts] == ["H exons"]
    (note,) = record.notes
    assert '3 features are left out, as some overlap: exon in line 5, "1..60"' in note


def test_a_spliced_transcript_elsewhere_does_not_hide_exons_without_a_gene():
    parts = [feature("CDS", "join(300..340,400..460)"), feature("exon", "join(20..60,100..150)")]
    spliced = [one.introns for one in read(genbank(BASES, *parts)).transcripts]
    assert spliced == [((341, 399),), ((61, 99),)]


def test_a_feature_beyond_the_origin_of_a_circle_is_noted():
    text = genbank(BASES, feature("CDS", "480..520"), feature("CDS", "join(1..60,100..150)"))
    record = read(text.replace("linear", "circular"))
    assert [one.exons for one in record.transcripts] == [((1, 60), (100, 150))]
    assert 'CDS in line 5, "480..520"' in record.notes[0]


def test_a_frameshift_is_no_intron():
    (result,) = read(genbank(BASES, feature("CDS", "join(1..100,100..200,203..300)"))).transcripts
    assert (result.exons, result.introns) == (((1, 300),), ())


def test_a_feature_beyond_the_record_is_refused_with_its_line():
    with pytest.raises(InputError, match=r'Record 1 \("AB1"\): its mRNA in line 5 ends at 600'):
        parse_sequences(genbank(BASES, feature("mRNA", "join(1..60,100..600)")))


@given(st.text("acgt0123456789 .<>(),/=\"'\nFTmRNAjoincomplementORIGIN//", max_size=400))
def test_any_feature_table_gives_a_record_or_a_sentence(table):
    text = genbank(BASES, table + "\n")
    try:
        parse_sequences(text)
    except InputError as error:
        message = str(error)
        assert message


@pytest.mark.parametrize("make", [genbank, embl])
@pytest.mark.parametrize("rows", [1, 4])
def test_an_entry_whose_end_was_not_copied_is_refused(make, rows):
    cut = make(BASES).rstrip("/\n").splitlines()[:-rows]
    with pytest.raises(InputError, match=r"says that it has 500 bp, but \d+ stand in it"):
        parse_sequences("\n".join(cut))
