"""Predicted splice sites as VCF 4.3: a record a site, at its base of the genome."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from dnaviz import __version__
from dnaviz.errors import InputError
from dnaviz.sequences import IUPAC, shorten
from dnaviz.splicing.genome_scan import Chunk
from dnaviz.splicing.scan import Site
from dnaviz.splicing.vcf import COLUMNS, plain_name

_ALTS = {
    "donor": "A donor site: POS is the first base of the intron",
    "acceptor": "An acceptor site: POS is the last base of the intron",
}
_FIELDS = (
    ("PROB", "1", "Float", "Probability that a splice site is here"),
    ("LOG_ODDS", "1", "Float", "Natural logarithm of the odds of PROB"),
    ("STRAND", "1", "String", "Strand of the site, + or -"),
    ("MOTIF", "1", "String", "Bases around it in the sense of STRAND, intron in lower case"),
)
_ANNOTATION_FIELDS = (
    ("GENE", ".", "String", "Genes of the annotation on STRAND here"),
    ("TRANSCRIPT", ".", "String", "Transcripts of the annotation that have the site"),
    ("KNOWN", "0", "Flag", "The annotation has the site"),
)
_CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
# A reference base is A, C, G, T or N; of an ambiguous one the first (VCF 4.3, section 1.6.1).
_REFERENCE = {code: code if code == "N" else min(bases) for code, bases in IUPAC.items()}


def vcf_header(lengths: Mapping[str, int], annotated: bool, source: str) -> str:
    """Return the header of a VCF of sites.

    Parameters
    ----------
    lengths
        Of the records, in nt, in their order.
    annotated : bool
        Whether the sites are looked up in an annotation.
    source : str
        What they come from, in addition to the version of dnaviz.

    Raises
    ------
    InputError
        With the name of a record that no VCF can have.
    """
    for name in lengths:
        if not _CONTIG.fullmatch(name):
            raise InputError(
                f"A VCF cannot name a sequence {shorten(name)}: write a .tsv or .bed file, or "
                "rename it with letters a to z, digits, _, . and - alone."
            )
    lines = ["##fileformat=VCFv4.3", f"##source=dnaviz {__version__}, {source}"]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    lines += [f'##ALT=<ID={site.upper()},Description="{text}">' for site, text in _ALTS.items()]
    lines += [
        f'##INFO=<ID={key},Number={number},Type={kind},Description="{text}">'
        for key, number, kind, text in (*_FIELDS, *(_ANNOTATION_FIELDS if annotated else ()))
    ]
    return "".join(f"{line}\n" for line in (*lines, "\t".join(COLUMNS)))


def vcf_lines(chunk: Chunk, sites: list[Site], annotate: Callable[..., tuple] | None = None) -> str:
    """Return the sites of a chunk as records, in their order.

    Parameters
    ----------
    annotate : callable, optional
        See `genome_sites.SiteAnnotator`.
    """
    lines = []
    first = chunk.start - chunk.lead
    for s in sites:
        fields = [
            f"PROB={s.probability:.6f}",
            f"LOG_ODDS={_log_odds(s.probability):.4f}",
            f"STRAND={s.strand}",
            f"MOTIF={s.motif}",
        ]
        if annotate:
            genes, transcripts, known = annotate(chunk.name, s)
            for key, names in (("GENE", genes), ("TRANSCRIPT", transcripts)):
                if names:
                    fields.append(f"{key}={','.join(map(plain_name, names.split(',')))}")
            if known == "yes":
                fields.append("KNOWN")
        base = _REFERENCE[chunk.bases[s.position - 1 - first]]
        lines.append(
            f"{chunk.name}\t{s.position}\t.\t{base}\t<{s.site.upper()}>\t.\t.\t{';'.join(fields)}\n"
        )
    return "".join(lines)


def _log_odds(probability: float) -> float:
    if not 0 < probability < 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log(probability) - math.log1p(-probability)
