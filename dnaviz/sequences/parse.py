"""Text as people paste it, in every common layout, to checked sequences."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dnaviz.errors import InputError
from dnaviz.sequences.bases import CODES, MAX_NAME, Sequence, complaint, printable, shorten

MIN_LENGTH = 20
MAX_LENGTH = 200_000
MAX_RECORDS = 1_000
MAX_TEXT = 5_000_000
MAX_HEADER = MAX_NAME

_ZERO_WIDTH = "\u200b\ufeff"

_HEADER = re.compile(r"^[ \t]*>([^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"^;[^\n]*", re.MULTILINE)
# One keyword a line of GenBank (LOCUS ... ORIGIN ... //) or EMBL (ID ... SQ ... //).
_FLAT = re.compile(r"^(?:LOCUS|ORIGIN|ID {3}|SQ {3})", re.MULTILINE)
_FLAT_MARK = re.compile(r"^(LOCUS|DEFINITION|ORIGIN|ID|DE|SQ|//)(?:[ \t]+([^\n]*))?$", re.MULTILINE)
# What a layout puts beside the bases: position numbers at either end of a line, 5'- and -3', and
# the // below the bases of an entry, which is copied with them.
# The lookbehind keeps a long run of blanks from being scanned once per blank.
_LAYOUT = re.compile(
    r"^[ \t]*\d[\d,.]*:?(?=\s|\Z)|(?<![ \t])[ \t]+\d[\d,.]*(?=[ \t]*$)"
    r"|^//[ \t]*$|^[ \t]*5['\u2019\u2032][ \t]*[-\u2013]?|[-\u2013]?3['\u2019\u2032](?=[ \t]*$)",
    re.MULTILINE,
)
_BARE = re.compile(f"[{CODES}]+")
_STRANGE = re.compile(rf"[^{CODES}\s{_ZERO_WIDTH}]")
_PROTEIN = re.compile(r"[ACDEFGHIKLMNPQRSTVWXY*\s]+", re.IGNORECASE)


def parse_sequences(
    text: str,
    *,
    min_length: int = MIN_LENGTH,
    max_length: int = MAX_LENGTH,
    max_records: int = MAX_RECORDS,
    max_size: int = MAX_TEXT,
) -> list[Sequence]:
    """Read the sequences in a text as a person pastes it.

    Understood are raw bases, FASTA, and GenBank or EMBL entries, each with or without position
    numbers at the ends of lines, blanks between the bases, lower case, U for T, IUPAC ambiguity
    codes, and any line ends.

    Parameters
    ----------
    text
        The text; a text without any header is one record.
    min_length, max_length
        Smallest and largest number of nucleotides in a record.
    max_records
        Largest number of records.
    max_size
        Largest number of characters in the text.

    Returns
    -------
    list of Sequence
        At least one. Records without a name are called "sequence", "sequence_2", ...

    Raises
    ------
    InputError
        With the record, and line and column (1-based, in `text`) of the first thing wrong.
    """
    if len(text) > max_size:
        raise InputError(
            f"The text has {len(text):,} characters; at most {max_size:,} can be read."
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    sequences: list[Sequence] = []
    for number, record in enumerate(_records(text), start=1):
        if number > max_records:
            raise InputError(f"There are more than {max_records:,} records.")
        sequences.append(record.read(number, min_length, max_length))
    if not sequences:
        raise InputError("There is no sequence in the text.")
    return sequences


def as_sequences(
    sequences: str | Sequence | Iterable[str | Sequence],
    *,
    min_length: int = 1,
    max_length: int | None = None,
) -> list[Sequence]:
    """One or several sequences, given as text or as `Sequence`, as a list of `Sequence`.

    Parameters
    ----------
    sequences
        A text (any layout of `parse_sequences`, all its records), a `Sequence`, or several of
        them; a text among several must hold one record.
    min_length, max_length
        Smallest and largest number of nucleotides in each (None: any).

    Raises
    ------
    InputError
        Naming the record, or the item (1-based place in `sequences`), at fault.
    """
    if isinstance(sequences, str):
        longest = len(sequences) if max_length is None else max_length
        if min_length <= len(sequences) <= longest and _BARE.fullmatch(sequences):
            return [Sequence(sequences)]  # what programs pass: nothing to be understood
        size = max(len(sequences), 1)
        return parse_sequences(
            sequences,
            min_length=min_length,
            max_length=longest,
            max_records=size,
            max_size=size,
        )
    if isinstance(sequences, Sequence):
        _check_length(len(sequences), _where(1, sequences.name), min_length, max_length)
        return [sequences]
    if not isinstance(sequences, Iterable):
        raise InputError(f"A value of type {type(sequences).__name__} is not a sequence.")
    found = []
    for number, item in enumerate(sequences, start=1):
        try:
            found.append(as_sequence(item, min_length=min_length, max_length=max_length))
        except InputError as error:
            raise InputError(f"Item {number}: {error}") from None
    return found


def as_sequence(
    sequence: str | Sequence, *, min_length: int = 1, max_length: int | None = None
) -> Sequence:
    """One sequence, given as text or as `Sequence`, as a `Sequence`; see `as_sequences`.

    Raises
    ------
    InputError
        Also if the text holds more than one record.
    """
    if not isinstance(sequence, str | Sequence):
        raise InputError(f"A value of type {type(sequence).__name__} is not a sequence.")
    found = as_sequences(sequence, min_length=min_length, max_length=max_length)
    if len(found) > 1:
        raise InputError(f"There are {len(found):,} records where one is expected.")
    return found[0]


@dataclass(frozen=True)
class _Record:
    """A piece of a text that holds one record: its header and where the bases begin."""

    header: str
    body: str
    line: int  # 1-based line of the text on which the record begins
    body_line: int  # ... and on which its body begins

    def read(self, number: int, min_length: int, max_length: int) -> Sequence:
        if len(self.header) > MAX_HEADER:
            raise InputError(
                f"Record {number}, line {self.line}: "
                f"the header is longer than {MAX_HEADER:,} characters."
            )
        header = printable(self.header)
        name, _, description = header.strip().partition(" ")
        where = _where(number, name) + f", line {self.line}"
        # Hostile sizes are refused before any work on them; layouts need some slack.
        size = len(self.body.strip())
        if size > 4 * max_length + 10_000:
            raise InputError(
                f"{where}: {size:,} characters are too many; "
                f"a record has at most {max_length:,} nt."
            )
        # Numbers become as many blanks, so that columns stay what they are in the text.
        body = _LAYOUT.sub(lambda match: " " * len(match.group()), self.body)
        if strange := _STRANGE.search(body):
            at = strange.start()
            line = self.body_line + body.count("\n", 0, at)
            column = at - body.rfind("\n", 0, at)
            hint = " (is this a protein?)" if _PROTEIN.fullmatch(body) else ""
            where = f"{_where(number, name)}, line {line}, column {column}"
            raise InputError(f"{where}: {complaint(body[at])}{hint}.")
        for character in _ZERO_WIDTH:
            body = body.replace(character, "")
        bases = "".join(body.split())
        _check_length(len(bases), where, min_length, max_length)
        unnamed = "sequence" if number == 1 else f"sequence_{number}"
        return Sequence(bases, name or unnamed, description.strip())


def _records(text: str) -> Iterator[_Record]:
    """Cut a text with plain line ends into records, lazily and in time linear in its length."""
    text = _COMMENT.sub("", text)
    first = _HEADER.search(text)
    if not first and _FLAT.search(text):
        yield from _flat_records(text)
        return
    body = text[: first.start() if first else len(text)]
    if bases := body.lstrip():
        yield _Record("", body, 1 + body.count("\n", 0, len(body) - len(bases)), 1)
    line, counted = 1, 0
    while first:
        following = _HEADER.search(text, first.end())
        line, counted = line + text.count("\n", counted, first.start()), first.start()
        end = following.start() if following else len(text)
        yield _Record(first.group(1), text[first.end() + 1 : end], line, line + 1)
        first = following


def _flat_records(text: str) -> Iterator[_Record]:
    """The records of GenBank or EMBL entries: the bases stand between ORIGIN or SQ and //."""
    name = description = ""
    begun, line, counted = 1, 1, 0
    opened: tuple[int, int] | None = None  # where the bases begin: offset and line

    def record(end: int) -> _Record:
        body, body_line = (text[opened[0] : end], opened[1]) if opened else ("", line)
        return _Record(f"{name} {description}", body, begun, body_line)

    for mark in _FLAT_MARK.finditer(text):
        keyword, rest = mark.group(1), (mark.group(2) or "")[: MAX_HEADER // 2]
        line, counted = line + text.count("\n", counted, mark.start()), mark.start()
        if keyword == "//" or opened or (name and keyword in ("LOCUS", "ID")):
            yield record(mark.start())
            name, description, opened, begun = "", "", None, line + (keyword == "//")
        if keyword in ("LOCUS", "ID"):
            name = (rest.replace(";", " ").split() or [""])[0]
        elif keyword in ("DEFINITION", "DE"):
            description = description or rest
        elif keyword in ("ORIGIN", "SQ"):
            opened = (mark.end(), line)
    if opened or name:
        yield record(len(text))


def _where(number: int, name: str) -> str:
    return f"Record {number} ({shorten(name)})" if name else f"Record {number}"


def _check_length(length: int, where: str, shortest: int, longest: int | None) -> None:
    if length == 0 < shortest:
        raise InputError(f"{where}: there is no sequence in this record.")
    if length < shortest:
        raise InputError(f"{where}: {length:,} nt are too few; at least {shortest:,} are needed.")
    if longest is not None and length > longest:
        raise InputError(f"{where}: {length:,} nt are too many; at most {longest:,} can be used.")
