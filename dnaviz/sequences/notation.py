"""Notations among bases that are no bases: alleles, repeats, modifications, notes."""

from __future__ import annotations

import re

from dnaviz.sequences.bases import IUPAC

_ALLELES = re.compile(
    r"[\[({<]?\s*([ACGTUNacgtun]+|[-*])\s*(?:/|>|\||\\|\u2192)\s*([ACGTUNacgtun]+|[-*])"
    r"(?:\s*[/|]\s*[ACGTUNacgtun-]+)*\s*[\])}>]"
)
_BARE_ALLELES = re.compile(r"([ACGTUNacgtun])\s*(?:/|>|\\|\u2192)\s*([ACGTUNacgtun])")
_REPEAT = re.compile(r"[\[(]([ACGTUNRYSWKMBDHVacgtunryswkmbdhv]+)[\])]\s*[x\u00d7]?\s*(\d+|n\b)")
_COUNT = re.compile(r"[\[(]\s*(\d+)\s*(?:nt|bp|bases)?\s*[\])]")
_MODIFICATION = re.compile(r"/[A-Za-z0-9 -]{2,20}/|\[[A-Za-z0-9 -]{2,20}\]|\*(?=[ACGTUacgtu])")
_OPENERS = "[({<"


def describe_notation(text: str, at: int, before: int) -> str:
    """What the notation that begins at (or around) a character of a line means, in words.

    Parameters
    ----------
    text : str
        The line.
    at : int
        0-based place of the first character that is no nucleotide code.
    before : int
        Bases of the record before that character.

    Returns
    -------
    str
        A sentence; empty where it is no notation that is known.
    """
    if match := _REPEAT.match(text, at):
        return f'"{match.group()}" is a repeat in short; write all its bases out.'
    if match := _COUNT.match(text, at):
        return f'"{match.group()}" stands for bases that are left out; paste the whole sequence.'
    start = at if text[at] in _OPENERS else at - 1
    pattern = _ALLELES if text[at] in _OPENERS else _BARE_ALLELES
    if start >= 0 and (match := pattern.match(text, start)):
        base = before + 1 if start == at else before
        if start != at and text[at] in "/\\":
            return (
                f'"{text[at]}" is not a nucleotide code. Delete it if it marks a border; of two '
                "alleles write one, and enter the other as an edit."
            )
        alleles = re.findall(r"[A-Za-z]+|[-*]", match.group())
        code = next((c for c, m in IUPAC.items() if set(m) == set("".join(alleles).upper())), "")
        code = code if all(len(allele) == 1 for allele in alleles) else ""
        mixed = f" or the ambiguity code {code}" if code else ""
        return (
            f'"{match.group().strip()}" gives the alleles of base {base:,}. Write one of them '
            f"({' or '.join(alleles)}){mixed}, and enter the other as an edit."
        )
    if match := _MODIFICATION.match(text, at):
        shown = match.group()
        return f'"{shown}" is a note or a modification, not a base; delete it.'
    return ""
