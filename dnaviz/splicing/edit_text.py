"""Edits as people type and paste them: into words of one spelling, and what cannot be placed."""

from __future__ import annotations

import re
import unicodedata

from dnaviz.errors import InputError
from dnaviz.sequences import shorten

EXAMPLE = "57A>G"
EMPTY = f"The variant is empty: write it as {EXAMPLE}."
HERE = f"write the position in this sequence, e.g. {EXAMPLE}"
"""What to write where an edit is counted in something else."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
_ARROWS = re.compile("[\u2190-\u21ff\u27f0-\u27ff\u2900-\u297f\u203a\u00bb]|[-=]{1,4}>|>{2,4}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CODES = "[A-Za-z]+"


def _spdi(match: re.Match[str]) -> str:
    """Return an SPDI expression (NCBI, counts from 0) in HGVS, which counts from 1."""
    on, gone, put = match["on"], match["gone"].upper(), match["put"].upper()
    before, size = int(match["before"]), int(gone) if gone.isdecimal() else len(gone)
    ref = "" if gone.isdecimal() else gone
    kind = "n" if re.match("[NX][MR]_", on, re.I) else "g"
    span = f"{before + 1}" if size == 1 else f"{before + 1}_{before + size}"
    if not size:
        span, change = f"{before}_{before + 1}", f"ins{put}"
    elif len(ref) == len(put) == 1:
        change = f"{ref}>{put}"
    else:
        change = f"del{ref}" + (f"ins{put}" if put else "")
    return f"{on}:{kind}.{span}{change}"


_REWRITTEN = (
    # "NC_000019.10:11102786:G:A", as ClinVar and dbSNP print it.
    (
        re.compile(
            r"(?<!\S)(?P<on>[NX][A-Z]_[\w.]+):(?P<before>\d{1,9}):(?P<gone>[A-Z]*|\d{1,9}):"
            r"(?P<put>[A-Z]*)(?![^\s,;])",
            re.I,
        ),
        _spdi,
    ),
    # "c. 20A>T".
    (re.compile(r"(?<![\w.])([cgn]\.)[ \t]+(?=[-*\d])", re.I), r"\1"),
    # "IVS 3 + 1G>A".
    (re.compile(r"\bIVS[ \t]+(?=[-+\dIVX])", re.I), "IVS"),
    (re.compile(r"((?:\bc\.|\bIVS[-_]?)\d+)[ \t]*([+-])[ \t]*(?=\d)", re.I), r"\1\2"),
    # A VCF: its header, and its rows as one word each.
    (re.compile(r"^#.*$", re.M), ""),
    (
        re.compile(rf"^[ ]*(\S+)\t(\d+)\t\S+\t({_CODES})\t({_CODES})(?:\t.*)?$", re.M),
        r"\1-\2-\3-\4",
    ),
    # "chr19 11102787 G A": cells of a table with the chromosome.
    (
        re.compile(
            rf"^[ ]*((?:chr)?[\dXYM]{{1,2}}T?)[ \t]+(\d+)[ \t]+({_CODES})[ \t]+({_CODES})[ \t]*$",
            re.M | re.I,
        ),
        r"\1-\2-\3-\4",
    ),
    # What a change of DNA does to the protein, as ClinVar writes it behind: "(p.Arg105Gly)".
    (re.compile(r"(?<=[a-zA-Z\])])[ \t]*\(p\.\S*?\)+(?=[\s,;]|$)"), ""),
    # "IVS-I-110 (G>A)".
    (re.compile(rf"(?<=\d)\s*\(({_CODES}>{_CODES})\)"), r"\1"),
    # Cells of a table: position, bases, other bases.
    (re.compile(rf"^[ \t]*(\d+)[ \t]+({_CODES})[ \t]+({_CODES})[ \t]*$", re.M), r"\1\2>\3"),
    # "57 A > G", "19:11102787 G>A": one word.
    (re.compile(r"\s?>\s?"), ">"),
    (re.compile(rf"(?<=\d)\s+(?={_CODES}>|del|ins|dup|inv)"), ""),
    (re.compile(r"(?<=del|ins|dup|inv)[ \t]+(?=[A-Za-z]+(?:[\s,;]|$))"), ""),
    # "LDLR c.313+1G>A": the gene is what the number counts in.
    (re.compile(r"(?<![\w.>])([A-Za-z][\w.()-]{0,60}):?\s(?=[cgmnpr]\.)"), r"\1:"),
    # "57[g/a]" and "57G/A", as SNP databases print them.
    (re.compile(rf"(?<=\d)\[?({_CODES})/({_CODES})\]?"), r"\1>\2"),
)

_ONE_ALLELE = re.compile(r"(?P<on>\S*[cgn]\.)\[(?P<all>[^\[\]]+)\]")

_COUNTED = {
    "c": "counts from the start codon of a transcript",
    "n": "counts from the first base of a transcript",
    "r": "is a change of the RNA of a transcript",
    "g": "counts along a chromosome",
    "m": "counts along the genome of mitochondria",
}

_FOREIGN = (
    (r"rs\d+", "is a name in a database, and nothing is looked up online"),
    (r"(?:.*:)?\(?p\..*", "is a change of a protein, which several changes of DNA can make"),
    (r"(?:c\.)?ivs.*", "counts the introns of a transcript, which is not known here"),
    (r"[cn]\.[*-]?\d+[+-]\d.*", "counts from an exon's end or a codon of a transcript, which is "
                                "not known here"),
    (r"(?:NC_|NG_|NT_|NW_|LRG_)[\w.]+:.*", "counts in another sequence than this one"),
    (r"chr\w+[:-].*|(?:\d+|X|Y|MT?)(?::|-\d+-).*", "is a place in a genome; where "
     "this sequence lies in it is not known here"),
)  # fmt: skip


def _one_allele(match: re.Match[str]) -> str:
    """Return ``c.[76A>C;80del]``, changes of one allele, as a word for each."""
    return " ".join(match["on"] + part.strip() for part in match["all"].split(";"))


def edit_words(text: str) -> list[str]:
    """Split edits at commas, semicolons and white space into words of one spelling.

    Typographic dashes, arrows and brackets, wide digits, blanks around ``>``, invisible characters
    and commas of thousands are brought to what a keyboard writes.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    plain = re.sub(r"[ \t]{2,}", lambda run: "\t" if "\t" in run.group() else " ", plain)
    plain = _ARROWS.sub(">", _DASHES.sub("-", plain))
    plain = _THOUSANDS.sub("", plain)
    for pattern, by in _REWRITTEN:
        plain = pattern.sub(by, plain)
    if re.search(r"\];\s*\[", plain):
        raise InputError(
            "Changes of two alleles, as c.[76A>C];[80del], are on two chromosomes: ask for one of "
            "them at a time."
        )
    plain = _ONE_ALLELE.sub(_one_allele, plain)
    return [word for word in re.split(r"[\s,;]+", plain) if word]


def not_understood(word: str) -> InputError:
    """Return why a word is no edit in positions of a record, and what to write instead."""
    shown, word = shorten(word), word[:200]
    counted = re.match(r"(?:(?P<on>[^:]+):)?(?P<kind>[cgmnr])\.", word, re.I)
    span = re.fullmatch(r"(\d+)-(\d+)((?:del|dup|ins|inv).*)", word, re.I)
    turned = re.fullmatch(r"([ACGTU]+)(\d+)([ACGTU]+)", word, re.I)
    if span:
        first, last, rest = span.groups()
        return InputError(f"{shown}: write a range as {first}_{last}{rest[:20]}.")
    if turned:
        ref, position, alt = (part[:20] for part in turned.groups())
        return InputError(f"{shown}: write {position}{ref}>{alt} for a change of DNA.")
    if bare := re.fullmatch(r"[cn]?([*-]?\d+[+-]\d+[a-z_].*|[*-]\d+[a-z_].*)", word, re.I):
        return InputError(
            f"{shown} counts from an exon's end or a codon of a transcript: write c.{bare[1][:40]} "
            f"where one is known, or {HERE}."
        )
    if re.fullmatch(r"\w+[:-]\d+[:-](?:[A-Z]+[:-][-.]?|[-.]?[:-][A-Z]+)", word, re.I):
        return InputError(
            f"{shown} has no base on one side: write the base before it on both, as "
            "chr19-11102786-AG-A."
        )
    for pattern, why in _FOREIGN:
        if re.fullmatch(pattern, word, re.I):
            return InputError(f"{shown} {why}: {HERE}.")
    if counted:
        on = f" ({shorten(counted['on'])})" if counted["on"] else ""
        why = f"{_COUNTED[counted['kind'].lower()]}{on}"
        return InputError(f"{shown} {why}, which is not known here: {HERE}.")
    return InputError(
        f"{shown} is not understood: write the change in positions of this sequence, as {EXAMPLE}, "
        "60_64del, 60_61insTTG, 60dup, 57_59delinsA or 60_64inv."
    )
