"""Find windows by gene, id or motif."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dnaviz.atlas.columns import factor
from dnaviz.atlas.project import Indices
from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError
from dnaviz.sequences import shorten
from dnaviz.sequences.bases import IUPAC

SHORTEST_MOTIF = 4
LONGEST = 200
BLOCK = 5_000  # windows looked through at a time
NAME_COLUMNS = ("gene", "transcript")


def search(atlas: Atlas, text: str) -> tuple[Indices, str]:
    """Rows that a text names, and a sentence that says how they were found.

    Tried in this order: the name of a gene or transcript (any case); an id, or a part of ids; a
    motif of IUPAC codes, at least 4 long, in the windows' own sense.

    Raises
    ------
    InputError
        The text is empty, too long, or finds nothing.
    """
    query = " ".join(text.split())
    if not query:
        raise InputError("Type a gene, an id or a motif to find.")
    if len(query) > LONGEST:
        raise InputError(f"A search has at most {LONGEST} characters.")
    for column in NAME_COLUMNS:
        if column in atlas.obs:
            codes, names = factor(atlas.obs[column])
            alike = np.array([name.casefold() == query.casefold() for name in names], bool)
            rows = np.flatnonzero(alike[codes])
            if len(rows):
                return rows, f"{_count(rows)} of {column} {query}."
    folded = query.casefold()
    hits = [row for row, name in enumerate(atlas.obs.index) if folded in str(name).casefold()]
    if hits:
        rows = np.array(hits, np.int64)
        return rows, f"{_count(rows)} whose id holds {query}."
    motif = query.upper().replace("U", "T").replace(" ", "")
    if atlas.has_sequences and len(motif) >= SHORTEST_MOTIF and set(motif) <= set(IUPAC):
        rows = np.flatnonzero(contains_motif(atlas.codes(), motif))
        if len(rows):
            return rows, f"{_count(rows)} with the motif {motif}."
    raise InputError(f"No gene, id or motif {shorten(query)} is in this atlas.")


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
