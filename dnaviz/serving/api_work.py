"""What the HTTP API computes, and the process that does it: forked for one request, then gone.

`answer` is plain functions on JSON. The process keeps to the limits of a page's: memory, computing
time, and a turn among those who compute.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from dnaviz.errors import InputError
from dnaviz.panels.common.runner import WRONG, sentence
from dnaviz.sequences import Sequence, parse_sequences, shorten
from dnaviz.serving.compute_slots import compute_slot
from dnaviz.serving.kernel import enter
from dnaviz.serving.limits import TooLong

if TYPE_CHECKING:
    from dnaviz.splicing.hgvs import Locator

MAX_VARIANTS = 1_000

MAX_SITES = 20_000
"""Of one answer: a threshold near 0 makes every base a site."""

STRANDS = ("+", "-", "both")


class Reply(NamedTuple):
    """What to answer: an HTTP status, and what goes with it as JSON."""

    status: int
    body: dict[str, Any]


def scan(request: dict[str, Any]) -> dict[str, Any]:
    """Return the sites of every sequence of a text, as `dnaviz.scan` finds them.

    Parameters
    ----------
    request : dict
        sequence : text as it is pasted; threshold (0.5): 0 to 1; strand ("both").

    Raises
    ------
    InputError
        Says what is wrong with it.
    """
    from dnaviz.models import load_model
    from dnaviz.splicing.scan import COLUMNS
    from dnaviz.splicing.scan import scan as scan_sequence

    _check_names(request, ("sequence", "threshold", "strand"))
    records = parse_sequences(_text(request, "sequence"))
    threshold = request.get("threshold", 0.5)
    if not _is_number(threshold) or not 0 <= threshold <= 1:
        raise InputError('"threshold" is a number from 0 to 1.')
    strand: Any = _strand(request, "both")
    model = load_model()
    sequences, count = [], 0
    for record in records:
        result = scan_sequence(record, model, threshold=threshold, strand=strand)
        count += len(result.sites)
        if count > MAX_SITES:
            raise InputError(
                f"More than {MAX_SITES:,} sites have this threshold; choose a higher one."
            )
        rows = result.table()[list(COLUMNS[1:])].to_dict("records")
        sequences.append({"name": record.name, "length": len(record), "sites": rows})
    return {"sequences": sequences, "warning": _warning(model, records)}


def variants(request: dict[str, Any]) -> dict[str, Any]:
    """Return what each of several variants of one sequence does, as `dnaviz.splice_effect` says.

    Parameters
    ----------
    request : dict
        sequence : text with one record; variants : list of text, each one or several edits of it;
        strand : by default that of the record's transcripts, "both" where they do not have one.

    Raises
    ------
    InputError
        Says what is wrong with the sequence or the request. A variant that cannot be scored has an
        ``error`` instead, and the others go on.
    """
    from dnaviz.models import load_model
    from dnaviz.splicing.delta_events import exons_on, known_strand
    from dnaviz.splicing.edit_placement import annotated

    _check_names(request, ("sequence", "variants", "strand"))
    records = parse_sequences(_text(request, "sequence"))
    if len(records) > 1:
        raise InputError(f"One sequence is needed, and there are {len(records):,}.")
    texts = request.get("variants")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError('"variants" is a list of texts such as "57A>G".')
    if not 0 < len(texts) <= MAX_VARIANTS:
        raise InputError(f"1 to {MAX_VARIANTS:,} variants can be asked for, not {len(texts):,}.")
    model, locator = load_model(), annotated(records[0])
    strand = _strand(request, known_strand(locator.structures, len(locator.record)) or "both")
    length = len(locator.record)
    exons = {one: exons_on(locator.structures, one, length) for one in STRANDS[:2]}
    rows = _effects(locator, texts, STRANDS[:2] if strand == "both" else (strand,), exons)
    return {"variants": rows, "warning": _warning(model, records)}


def _effects(
    locator: Locator, texts: list[str], strands: tuple[str, ...], exons: dict[str, Any]
) -> list[dict[str, Any]]:
    """Score variants; of several strands each has the one with its largest delta."""
    from dnaviz.splicing.edit_placement import place_edits
    from dnaviz.splicing.variant_effect import splice_effects
    from dnaviz.splicing.variants import apply_variants

    rows: list[dict[str, Any]] = []
    placed = []
    for text in texts:
        row: dict[str, Any] = {"variant": text}
        rows.append(row)
        try:
            edits, notes, _ = place_edits(text, locator)
            if not edits:
                raise InputError("The variant is empty: write it as 57A>G.")
            apply_variants(locator.record, edits)  # refused where no base is left
            if notes:
                row["assumption"] = " ".join(notes)
            placed.append((row, edits))
        except TooLong:
            raise
        except InputError as error:
            row["error"] = str(error)
    for strand in strands:
        scored = splice_effects([(locator.record, edits) for _, edits in placed], strand=strand)
        for (row, _), effect in zip(placed, scored, strict=True):
            if effect.delta_max <= row.get("delta_max", -1.0):
                continue
            change = effect.exon(exons[strand])
            row |= {
                "strand": strand,
                "risk": change.risk,
                "log_odds_loss": change.loss,
                "scored_exon": list(change.exon) if any(change.exon) else None,
                "delta_max": effect.delta_max,
                "deltas": {event: delta._asdict() for event, delta in effect.deltas.items()},
            }
    return rows


ACTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "scan": scan,
    "variants": variants,
}


def answer(name: str, text: bytes) -> Reply:
    """Return what to answer to the body of a request, whatever is wrong with it."""
    try:
        return Reply(200, ACTIONS[name](_read(text)))
    except Exception as error:
        detail = sentence(error, "In a request to the API")
        return Reply(500 if detail == WRONG else 400, {"detail": detail})


def run(name: str, environment: dict[str, str], line: socket.socket, ready: Connection) -> None:
    """Be the process of one request: read it from `line`, write the answer there, and end."""
    enter(environment)
    ready.send(os.getppid())
    ready.close()

    async def work() -> None:
        with line.makefile("rb") as file:
            text = file.read()
        async with compute_slot():
            reply = answer(name, text)
        line.sendall(f"{reply.status}\n{json.dumps(reply.body, allow_nan=False)}".encode())

    asyncio.get_event_loop().run_until_complete(work())
    os._exit(0)


def _read(text: bytes) -> dict[str, Any]:
    try:
        request = json.loads(
            text.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except InputError:
        raise
    except (ValueError, RecursionError):
        raise InputError("The request is not JSON in UTF-8.") from None
    if not isinstance(request, dict):
        raise InputError('The request is not an object such as {"sequence": "ACGT..."}.')
    return request


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, of which JSON would take the last of values with one name."""
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            raise InputError(f"{shorten(name)} is given more than once.")
        read[name] = value
    return read


def _warning(model: Any, records: list[Sequence]) -> str:
    """What is to be told of sequences: what of them is not read, and what is unusual."""
    from dnaviz.models.ood_warning import ood_warning

    notes = [note for record in records for note in record.notes]
    return " ".join(filter(None, [ood_warning(model, records), *notes]))


def _check_names(request: dict[str, Any], known: tuple[str, ...]) -> None:
    if other := [name for name in request if name not in known]:
        names = ", ".join(f'"{name}"' for name in known)
        raise InputError(f"There is no {shorten(other[0])} here; there are {names}.")


def _text(request: dict[str, Any], name: str) -> str:
    text = request.get(name)
    if not isinstance(text, str):
        raise InputError(f'"{name}" is a text, and has to be given.')
    return text


def _strand(request: dict[str, Any], default: str) -> str:
    strand = request.get("strand", default)
    if strand not in STRANDS:
        raise InputError('"strand" is "+", "-" or "both".')
    return str(strand)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
