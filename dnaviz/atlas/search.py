"""Find windows by gene, place in the genome, id or motif."""

from __future__ import annotations

import re
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dnaviz.atlas.columns import factor, numbers
from dnaviz.atlas.project import Indices
from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError
from dnaviz.genome.places import parse_place
from dnaviz.sequences import shorten
from dnaviz.sequences.bases import IUPAC

SHORTEST_MOTIF = 4
LONGEST = 200
BLOCK = 5_000  # windows looked through at a time
NAME_COLUMNS = ("gene", "transcript")
PLACE_COLUMNS = ("chrom", "start", "end")
_ONE_BASE = re.compile(r"(\S+)\s*[:：]\s*([0-9][0-9,]*)")


def search(atlas: Atlas, text: str) -> tuple[Indices, str]:
    """Rows that a text names, and a sentence that says how they were found.

    Tried in this order: the name of a gene or transcript (any case); an id; a place, as
    ``chr19:11,089,000-11,094,000`` or ``chr19:11,089,500`` (1-based), whose windows overlap it; a
    part of ids; a motif of IUPAC codes, at least 4 long, in the windows' own sense.

    Raises
    ------
    InputError
        The text is empty, too long, or finds nothing; it says why.
    """
    query = " ".join(text.split())
    if not query:
        raise InputError("Type a gene, a place, an id or a motif to find.")
    if len(query) > LONGEST:
        raise InputError(f"A search has at most {LONGEST} characters.")
    for column in NAME_COLUMNS:
        if column in atlas.obs:
            codes, names = factor(atlas.obs[column])
            alike = np.array([name.casefold() == query.casefold() for name in names], bool)
            rows = np.flatnonzero(alike[codes])
            if len(rows):
                return rows, f"{_count(rows)} of {column} {query}."
    if len(rows := np.flatnonzero(atlas.obs.index == query)):
        return rows, f"{_count(rows)} whose id is {query}."
    folded = query.casefold()
    if set(PLACE_COLUMNS) <= set(atlas.obs):
        place = _place(query)
        if place is not None:
            rows, inside = _overlapping(atlas.obs, *place)
            if len(rows):
                return rows, f"{_count(rows)} at {query}."
            raise InputError(f"No window of this atlas lies at {shorten(query)}: {inside}.")
    hits = [row for row, name in enumerate(atlas.obs.index) if folded in str(name).casefold()]
    if hits:
        rows = np.array(hits, np.int64)
        return rows, f"{_count(rows)} whose id holds {query}."
    motif = query.upper().replace("U", "T").replace(" ", "")
    if atlas.has_sequences and len(motif) >= SHORTEST_MOTIF and set(motif) <= set(IUPAC):
        rows = np.flatnonzero(contains_motif(atlas.codes(), motif))
        if len(rows):
            return rows, f"{_count(rows)} with the motif {motif}."
    raise InputError(f"{shorten(query)} is not in this atlas: {_why_not(atlas, query, motif)}.")


def _place(query: str) -> tuple[str, int, int] | None:
    """A chromosome with the first and last base that a text names, 1-based; None for no place."""
    if found := parse_place(query, lambda chrom: True):
        first, last = sorted((found.place.start1, found.place.end1))
        return found.place.chrom, first, last
    if match := _ONE_BASE.fullmatch(query):
        position = int(match[2].replace(",", ""))
        return match[1], position, position
    return None


def _overlapping(obs: pd.DataFrame, chrom: str, first: int, last: int) -> tuple[Indices, str]:
    """Rows that overlap a place, and where the windows of its chromosome lie, in words."""

    def plain(name: object) -> str:
        return str(name).casefold().removeprefix("chr")

    codes, names = factor(obs["chrom"])
    there = np.array([plain(name) == plain(chrom) for name in names], bool)[codes]
    starts, ends = (numbers(pd.to_numeric(obs[name], errors="coerce")) for name in ("start", "end"))
    placed = there & np.isfinite(starts) & np.isfinite(ends)
    rows = np.flatnonzero(placed & (starts <= last) & (ends >= first))
    if placed.any():
        least, most = int(starts[placed].min()), int(ends[placed].max())
        return rows, f"its windows of {chrom} lie around sites between {least:,} and {most:,}"
    if there.any():
        return rows, f"its windows of {chrom} have no start and end"
    return rows, f"its windows are of {_listed([name for name in names if name])}"


def _why_not(atlas: Atlas, query: str, motif: str) -> str:
    """Say why nothing was found, and what is near."""
    obs = atlas.obs
    if 0 < len(motif) < SHORTEST_MOTIF and set(motif) <= set(IUPAC):
        return f"no gene or id has that name, and a motif has at least {SHORTEST_MOTIF} bases"
    parts = []
    for column in NAME_COLUMNS:
        if column in obs:
            names = [name for name in factor(obs[column])[1] if name]
            alike = get_close_matches(query.upper(), names, 3)
            if alike:
                return f"the {column}s with similar names are {_listed(alike)}"
            parts.append(f"{len(names):,} {column}s")
    if "chrom" in obs:
        parts.append(f"windows of {_listed([name for name in factor(obs['chrom'])[1] if name])}")
    what = " and ".join(parts[:1] + parts[-1:] if len(parts) > 1 else parts)
    searched = "no gene, place, id or motif of it reads so"
    return f"{searched}; it has {what}" if what else searched


def _listed(names: list[str]) -> str:
    return ", ".join(name[:40] for name in names[:3]) + (" …" if len(names) > 3 else "")


def contains_motif(codes: NDArray[np.uint8], motif: str) -> NDArray[np.bool_]:
    """Whether each row of codes (n, w) holds a motif of IUPAC codes anywhere."""
    # A base is a bit and a code of the motif a set of bits: matching is one operation on bytes.
    bits = np.array([1, 2, 4, 8, 16, 0], np.uint8)
    masks = [np.uint8(sum(bits["ACGT".index(base)] for base in IUPAC[code])) for code in motif]
    hits = np.zeros(len(codes), bool)
    size = codes.shape[1] - len(motif) + 1
    for start in range(0, len(codes) if size > 0 else 0, BLOCK):
        part = bits[codes[start : start + BLOCK]]
        matches = np.ones((len(part), size), bool)
        for at, allowed in enumerate(masks):
            matches &= (part[:, at : at + size] & allowed) != 0
        hits[start : start + BLOCK] = matches.any(axis=1)
    return hits


def _count(rows: Indices) -> str:
    return f"{len(rows):,} window{'' if len(rows) == 1 else 's'}"
