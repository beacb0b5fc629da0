"""Sequences in and tables out, by path or through standard input and output."""

import os
import shutil
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from dnaviz.errors import GapError, InputError
from dnaviz.io.atomic import (
    atomic_write,
    check_writable,
    output_suffix,
    standard_output,
)
from dnaviz.io.read import (
    MAX_FILE,
    read_sequence_bytes,
    read_sequences,
    read_text,
    read_text_bytes,
)
from dnaviz.sequences import Sequence, shorten

if TYPE_CHECKING:
    from dnaviz.genome.annotation import Annotation

STANDARD = "-"
MAX_RECORDS = 100_000
MAX_NOTES = 5  # on records
NOT_COPIED = ("output", "chart", "genome")
"""Options that are no inputs, and one of which an index is kept for the next time."""

Input = Annotated[
    str,
    typer.Argument(
        metavar="IN", help='Sequences as FASTA, GenBank or bare bases, plain or .gz; "-": stdin.'
    ),
]
Weights = Annotated[
    str | None,
    typer.Option("--model", metavar="FOLDER", help="Other weights than the shipped ones."),
]
Fasta = Annotated[
    str | None, typer.Option(metavar="FASTA", help="Their genome: FASTA, plain or .gz, or 2bit.")
]
Genes = Annotated[str | None, typer.Option(metavar="GFF3|GTF", help="Its genes, plain or .gz.")]
RemoveGaps = Annotated[
    bool, typer.Option("--remove-gaps", help="Leave out the gaps of aligned sequences.")
]


def read_input(path: str, *, remove_gaps: bool = False) -> list[Sequence]:
    """The sequences of a file, or of standard input for "-"; each has a name of its own.

    What of them could not be used is told on standard error.
    """
    limits: Any = {"max_records": MAX_RECORDS, "max_bytes": MAX_FILE, "remove_gaps": remove_gaps}
    try:
        if path != STANDARD:
            records = read_sequences(path, **limits)
        else:
            data = standard_input().read(MAX_FILE + 1)
            records = read_sequence_bytes(data, "standard input", **limits)
    except GapError as error:
        raise InputError(f"{str(error).rstrip('.')} (--remove-gaps does it).") from None
    notes = [note for record in records for note in record.notes]
    tell(notes[:MAX_NOTES])
    if len(notes) > MAX_NOTES:
        tell([f"Features of {len(notes) - MAX_NOTES:,} more records are left out."])
    return _told_apart(records)


def standard_input() -> IO[bytes]:
    """Return standard input, which this process may have been started without."""
    if sys.stdin is None:
        raise InputError('Standard input is closed: name a file in the place of "-".')
    return sys.stdin.buffer


def read_input_text(path: str, max_bytes: int = MAX_FILE) -> str:
    """The text of a file, or of standard input for "-"."""
    if path != STANDARD:
        return read_text(path, max_bytes, utf16=True)
    data = standard_input().read(max_bytes + 1)
    return read_text_bytes(data, "standard input", max_bytes, utf16=True)


def choose_record(records: list[Sequence], name: str | None) -> Sequence:
    """The record of a name or a number (from 1); without either the only one there is."""
    if name is None:
        if len(records) > 1:
            some = ", ".join(record.name for record in records[:5])
            raise InputError(f"There are {len(records):,} records ({some}): choose with --record.")
        return records[0]
    by_name = {record.name: record for record in records}
    if name in by_name:
        return by_name[name]
    numbered = [record.name for record in records if record.name.startswith(f"{name} (")]
    if numbered:
        raise InputError(
            f"There are {len(numbered):,} records called {shorten(name)}: choose one with "
            f"--record {shorten(numbered[0])} or {shorten(numbered[1])}."
        )
    if name.isdecimal() and 1 <= int(name) <= len(records):
        return records[int(name) - 1]
    raise InputError(f"There is no record called {shorten(name)}.")


def _told_apart(records: list[Sequence]) -> list[Sequence]:
    """Number the records that share a name, and say so on standard error."""
    counts = Counter(record.name for record in records)
    twice = [name for name, count in counts.items() if count > 1]
    if not twice:
        return records
    seen: Counter[str] = Counter()
    pieces = []
    for record in records:
        seen[record.name] += 1
        numbered = f"{record.name} ({seen[record.name]})"
        pieces.append(replace(record, name=numbered) if counts[record.name] > 1 else record)
    more = f" (and {len(twice) - 1:,} more names)" if len(twice) > 1 else ""
    name, count = twice[0], counts[twice[0]]
    print(
        f"{count:,} records are called {shorten(name)}{more}: they are written as "
        f"{shorten(f'{name} (1)')}, {shorten(f'{name} (2)')} and so on.",
        file=sys.stderr,
    )
    return pieces


def check_output(path: str | Path, suffixes: tuple[str, ...], *sources: str | Path | None) -> str:
    """Refuse, before any work, an output that cannot be written or would replace an input.

    Parameters
    ----------
    path
        The text "-" is standard output; commands that do not write there give a `Path`.
    suffixes
        What the command writes, as in `output_suffix`.
    *sources
        The files it reads.

    Returns
    -------
    str
        The suffix of the output; the first one for standard output.
    """
    if path == STANDARD:
        return suffixes[0]
    suffix = output_suffix(path, suffixes)
    output = check_writable(path)
    for source in sources:
        if source is None or str(source) == STANDARD or not Path(source).exists():
            continue
        if output.is_file() and output.samefile(source):
            raise InputError(f'The output "{path}" is the input; please name another file.')
    return suffix


def read_annotation(path: str | Path) -> "Annotation":
    """The transcripts of a file; what is to be said of it goes to standard error."""
    from dnaviz.genome.annotation import read_annotation

    annotation = read_annotation(path)
    tell(annotation.notes)
    return annotation


def bound_memory() -> None:
    """Keep memory flat over inputs of many lengths; to be called before a model is loaded.

    oneDNN keeps a kernel of each shape that it has seen, up to a thousand of them.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")


def tell(sentences: Iterable[str]) -> None:
    """Write sentences to standard error, a line each."""
    for sentence in sentences:
        print(sentence, file=sys.stderr)


@contextmanager
def copied(file: IO[bytes], name: str) -> Iterator[Path]:
    """Give the path of a copy of what can be read once alone; it is there within the block."""
    with tempfile.TemporaryDirectory(prefix="dnaviz-") as folder:
        copy = Path(folder) / name
        with atomic_write(copy, "wb") as out:
            shutil.copyfileobj(file, out)
        yield copy


@contextmanager
def pipes_as_files(options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a command's options with a copy for each pipe that it reads: files are read twice."""
    given: dict[str, str] = {}  # by the path of its copy

    def as_file(value: Any) -> Any:
        if isinstance(value, list):
            return [as_file(one) for one in value]
        if not isinstance(value, str | Path) or not _is_pipe(value):
            return value
        with Path(value).open("rb") as pipe:
            copy = stack.enter_context(copied(pipe, Path(value).name))
        given[str(copy)] = str(value)
        return type(value)(copy)

    with ExitStack() as stack:
        try:
            yield {k: v if k in NOT_COPIED else as_file(v) for k, v in options.items()}
        except InputError as error:
            message = str(error)
            for copy, name in given.items():
                message = message.replace(copy, name)
            raise type(error)(message) from error


def _is_pipe(path: str | Path) -> bool:
    try:
        return stat.S_ISFIFO(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


@contextmanager
def open_output(path: str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file that appears when all is written, or standard output for "-"; "wb": bytes."""
    if path == STANDARD:
        yield standard_output().buffer if "b" in mode else standard_output()
    else:
        with atomic_write(path, mode) as file:
            yield file


def write_output(path: str, content: str | bytes) -> None:
    """Write a whole output."""
    with open_output(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)


@contextmanager
def show_progress(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where a person looks at it; the yielded function advances it."""
    if not sys.stderr.isatty():
        yield lambda steps: None
        return
    with typer.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def steps(length: int, advance: Callable[[int], None]) -> Callable[[float], None]:
    """Return a callback that turns the fraction done of a record into steps of the whole."""
    reached = 0

    def progress(fraction: float) -> None:
        nonlocal reached
        now = round(fraction * length)
        advance(now - reached)
        reached = now

    return progress
