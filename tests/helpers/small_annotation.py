"""Transcripts of a small genome, and the same as text in both annotation formats."""

from dnaviz.genome.annotation import Transcript

TRANSCRIPTS = [
    Transcript("G1", "ALPHA", "T1", "protein_coding", "chr1", "+",
               ((2001, 2120), (2501, 2600), (3001, 3200)), ((2051, 2120), (2501, 2600)),
               "protein_coding", frozenset({"basic", "CCDS"})),
    Transcript("G1", "ALPHA", "T2", "retained_intron", "chr1", "+",
               ((2001, 2120), (2551, 3200)), (), "protein_coding", frozenset()),
    Transcript("G2", "BETA", "T3", "protein_coding", "chr1", "-",
               ((3101, 3300), (4001, 4100), (4106, 4300), (5001, 5150)), ((4001, 4100),),
               "protein_coding", frozenset({"basic"})),
    Transcript("G3", "GAMMA", "T4", "lincRNA", "chr2", "-",
               ((1501, 1600), (1701, 1900)), (), "lincRNA", frozenset()),
]  # fmt: skip


def gff3(transcripts):
    """Ensembl's flavor, chromosomes without chr."""
    lines, seen = ["##gff-version 3"], set()
    for t in transcripts:
        place, strand = t.chrom.removeprefix("chr"), t.strand
        own = [u for u in transcripts if u.gene == t.gene]
        if t.gene not in seen:
            seen.add(t.gene)
            start, end = min(u.start for u in own), max(u.end for u in own)
            lines.append(
                f"{place}\thavana\tgene\t{start}\t{end}\t.\t{strand}\t.\tID=gene:{t.gene};"
                f"Name={t.gene_name};biotype={t.gene_biotype};description=a%3Bb;gene_id={t.gene}"
            )
        tags = "".join(f";{k}" for k in (["tag=basic"] if "basic" in t.tags else []))
        tags += ";ccdsid=CCDS1.1" if "CCDS" in t.tags else ""
        lines.append(
            f"{place}\thavana\tmRNA\t{t.start}\t{t.end}\t.\t{strand}\t.\tID=transcript:"
            f"{t.transcript};Parent=gene:{t.gene};biotype={t.biotype}{tags}"
            f";transcript_id={t.transcript}"
        )
        for kind, parts in (("exon", t.exons), ("CDS", t.cds)):
            for s, e in parts[::-1]:  # not in order: readers must sort
                lines.append(
                    f"{place}\thavana\t{kind}\t{s}\t{e}\t.\t{strand}\t0\t"
                    f"Parent=transcript:{t.transcript}"
                )
        lines.append("###")
    return "\n".join(lines) + "\n"


def gtf(transcripts):
    """GENCODE's flavor: every row names its gene, tags repeat their key."""
    lines = ["#!genome-build test"]
    for t in transcripts:
        names = (
            f'gene_id "{t.gene}"; transcript_id "{t.transcript}"; gene_type "{t.gene_biotype}"; '
            f'gene_name "{t.gene_name}"; transcript_type "{t.biotype}"; level 2;'
        )
        names += "".join(f' tag "{tag}";' for tag in sorted(t.tags))
        rows = [("transcript", t.start, t.end)]
        rows += [("exon", s, e) for s, e in t.exons] + [("CDS", s, e) for s, e in t.cds]
        for kind, s, e in rows:
            lines.append(f"{t.chrom}\tHAVANA\t{kind}\t{s}\t{e}\t.\t{t.strand}\t.\t{names}")
    return "\n".join(lines) + "\n"
