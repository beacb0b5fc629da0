"""Files that the sealed inspector is given, and those that it gives to keep."""

from __future__ import annotations

import binascii
from typing import Any

from dnaviz.errors import InputError
from dnaviz.io.read import read_text_bytes
from dnaviz.io.spreadsheet import columns_text, file_name
from dnaviz.panels.splice_inspector.result import PanelResult
from dnaviz.sequences.parse import MAX_TEXT
from dnaviz.splicing.annotate import site_weights
from dnaviz.splicing.delta_events import events
from dnaviz.splicing.export import HEADER, WEIGHTED_HEADER, bed_lines, tsv_lines
from dnaviz.splicing.scan import Scan
from dnaviz.splicing.site_comparison import compare_sites, compared_columns


def given_text(request: dict[str, Any]) -> str:
    """Return the text of a request, or that of its file: `data` in base64, called `name`.

    Raises
    ------
    InputError
        If the file is no text, and what it is instead.
    """
    if "data" not in request:
        return str(request["text"])
    return read_text_bytes(binascii.a2b_base64(request["data"]), request["name"], MAX_TEXT)


def make_file(kind: str, view: Scan, result: PanelResult) -> tuple[str, str]:
    """Return the name and the text of a file.

    Parameters
    ----------
    kind : str
        "sites.tsv", "sites.bed", "attribution.tsv", "mutations.tsv", "deltas.tsv", "bands.tsv",
        "mRNA.fa" or "protein.fa".
    view : Scan
        The sites on screen.
    result : PanelResult

    Raises
    ------
    InputError
        If there is nothing of that kind yet, or no such kind.
    """
    stem, _, suffix = kind.partition(".")
    name = file_name(view.sequence.name, stem, suffix=suffix)
    a, m, prediction = result.attribution, result.mutations, result.prediction
    if kind == "sites.tsv":
        weighted = site_weights(view, result.known) is not None
        if result.effects:
            compared = compare_sites(view, result.known, result.effects)
            names = {"sequence": [view.sequence.name] * len(compared)}
            return name, columns_text(names | compared_columns(compared, weighted=weighted))
        header = WEIGHTED_HEADER if weighted else HEADER
        return name, header + "".join(tsv_lines(view, weighted=weighted))
    if kind == "sites.bed":
        reference = "reference" if result.effects else ""
        return file_name(view.sequence.name, reference, stem, suffix=suffix), "".join(
            bed_lines(view)
        )
    if kind == "attribution.tsv" and a is not None:
        strand = "plus" if a.strand == "+" else "minus"
        own = file_name(a.name, a.site, a.position, strand, a.method, suffix=suffix)
        return own, columns_text(a.columns())
    if kind == "mutations.tsv" and m is not None:
        own = file_name(m.name, m.site, m.position, stem, suffix=suffix)
        return own, columns_text(m.columns())
    if kind == "deltas.tsv" and result.effects:
        rows = [(one.event, one.strand, *one.delta) for one in events(result.effects)]
        heads = ["event", "strand", "delta", "position", "alternate_position", "before", "after"]
        return name, columns_text({h: [row[k] for row in rows] for k, h in enumerate(heads)})
    if kind == "bands.tsv" and result.gel is not None:
        return name, columns_text(result.gel.columns())
    if stem in ("mRNA", "protein") and suffix == "fa" and prediction is not None:
        return name, prediction.consequences.fasta(stem)
    raise InputError("There is nothing to keep yet.")
