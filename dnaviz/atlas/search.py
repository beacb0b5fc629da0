"""Find windows by gene, id or motif."""

from __future__ import annotations

import re

import numpy as np

from dnaviz.atlas.place import Indices
from dnaviz.atlas.store import Atlas
from dnaviz.errors import InputError
from dnaviz.sequences import shorten
from dnaviz.sequences.bases import IUPAC

SHORTEST_MOTIF = 4
LONGEST = 200
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
    wanted = " ".join(text.split())
    if not wanted:
        raise InputError("Type a gene, an id or a motif to find.")
    if len(wanted) > LONGEST:
        raise InputError(f"A search has at most {LONGEST} characters.")
    for column in NAME_COLUMNS:
        if column in atlas.obs:
            names = atlas.obs[column].astype(object).astype(str).str.casefold()
            rows = np.flatnonzero((names == wanted.casefold()).to_numpy())
            if len(rows):
                return rows, f"{_count(rows)} of {column} {wanted}."
    ids = atlas.obs.index.astype(str).str.casefold()
    rows = np.flatnonzero(ids.str.contains(wanted.casefold(), regex=False))
    if len(rows):
        return rows, f"{_count(rows)} whose id holds {wanted}."
    motif = wanted.upper().replace("U", "T").replace(" ", "")
    if atlas.has_sequences and len(motif) >= SHORTEST_MOTIF and set(motif) <= set(IUPAC):
        pattern = re.compile("".join(f"[{IUPAC[code]}]" for code in motif))
        found = [i for i, bases in enumerate(atlas.sequences()) if pattern.search(bases)]
        if found:
            rows = np.array(found, np.int64)
            return rows, f"{_count(rows)} with the motif {motif}."
    raise InputError(f"No gene, id or motif {shorten(wanted)} is in this atlas.")


def _count(rows: Indices) -> str:
    return f"{len(rows):,} window{'' if len(rows) == 1 else 's'}"
