"""Text as people paste it, in every common layout, to checked sequences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dnaviz.errors import GapError, InputError, check_type
from dnaviz.sequences.bases import CODES, MAX_NAME, Sequence, printable, shorten
from dnaviz.sequences.characters import GAPS, describe_invalid_character, plain_text
from dnaviz.sequences.features import (
    Feature,
    overlapping_exons,
    transcripts_of,
    unplaced_features,
)
from dnaviz.sequences.flat import flat_entries, is_flat
from dnaviz.sequences.formats import refuse_other_text
from dnaviz.sequences.layout import (
    LONGEST_NAME,
    SHORTEST_BASES,
    headless_records,
    is_coded,
    is_other_strand,
    is_word,
    sequences_in,
    stray,
)
from dnaviz.sequences.lines import Line, read_line, share_of
from dnaviz.sequences.notation import describe_notation
from dnaviz.sequences.quoting import unquoted
from dnaviz.sequences.rows import named_rows

MIN_LENGTH = 20
MAX_LENGTH = 200_000
MAX_RECORDS = 1_000
MAX_TEXT = 5_000_000
MAX_HEADER = MAX_NAME
LONG_BASES = 40  # in a header: more than a primer, a guide or a barcode that it may name

_HEADER = re.compile(r"^[ \t]*>([^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"^;[^\n]*", re.MULTILINE)
_BARE = re.compile(f"[{CODES}]+")
_STRANGE = re.compile(rf"[^{CODES}\s]")
_GAP = re.compile(rf"[{re.escape(GAPS)}]")
_PROTEIN = re.compile(r"[ACDEFGHIKLMNPQRSTVWXY*\s]*", re.IGNORECASE)


def parse_sequences(
    text: str,
    *,
    min_length: int = MIN_LENGTH,
    max_length: int = MAX_LENGTH,
    max_records: int = MAX_RECORDS,
    max_size: int = MAX_TEXT,
    remove_gaps: bool = False,
) -> list[Sequence]:
    """Read the sequences in a text as a person pastes it.

    Understood are raw bases, FASTA, GenBank and EMBL entries with their transcripts, and rows of
    names and sequences, each with or without position numbers at the ends of lines, blanks between
    the bases, marks of the ends (5'-...-3'), lower case, U for T, IUPAC ambiguity codes, any line
    ends, and the quoting of mails. A line that names what is below it gives the name. What may be
    a name or bases, or one sequence or several, is refused.

    Parameters
    ----------
    text
        The text.
    min_length, max_length
        Smallest and largest number of nucleotides in a record.
    max_records
        Largest number of records.
    max_size
        Largest number of characters in the text.
    remove_gaps
        Leave out the gaps of aligned sequences, which are refused otherwise.

    Returns
    -------
    list of Sequence
        At least one. Records without a name are called "sequence", "sequence_2", ...

    Raises
    ------
    InputError
        With the record, and line and column (1-based, in `text`) of the first thing wrong; a
        `GapError` for a gap.
    """
    check_type(text, str, "text in which sequences are written")
    if len(text) > max_size:
        raise InputError(
            f"The text has {len(text):,} characters; at most {max_size:,} can be read."
        )
    text = unquoted(plain_text(text))
    refuse_other_text(text)
    sequences: list[Sequence] = []
    limits = _Limits(min_length, max_length, remove_gaps)
    for number, record in enumerate(_records(text, limits), start=1):
        if number > max_records:
            raise InputError(f"There are more than {max_records:,} records.")
        sequences.append(record.read(number, limits))
    if not sequences:
        raise InputError("There is no sequence in the text.")
    return sequences


@dataclass(frozen=True)
class _Limits:
    min_length: int
    max_length: int
    remove_gaps: bool

    def check_size(self, body: str, where: str) -> None:
        """Refuse hostile sizes before any work on them; layouts need some slack."""
        size = len(body.strip())
        if size > 4 * self.max_length + 10_000:
            raise InputError(
                f"{where}: {size:,} characters are too many; "
                f"a record has at most {self.max_length:,} nt."
            )


@dataclass(frozen=True)
class _Record:
    """A piece of a text that holds one record: its header, and its lines as far as read."""

    header: str
    line: int  # 1-based line of the text on which the record begins
    body: str = ""
    body_line: int = 0  # ... and on which its body begins
    lines: list[Line] | None = None  # of a text without headers
    features: list[Feature] | None = None  # of a flat file
    is_rna: bool = False
    length: int | None = None  # as a flat file says
    circular: bool = False

    def read(self, number: int, limits: _Limits) -> Sequence:
        if len(self.header) > MAX_HEADER:
            raise InputError(
                f"Record {number}, line {self.line}: "
                f"the header is longer than {MAX_HEADER:,} characters."
            )
        name, _, description = printable(self.header).strip().partition(" ")
        who = describe_record(number, name)
        where = f"{who}, line {self.line}"
        lines = self.lines
        if lines is None and _is_plain(self.body):
            bases = self.body.replace("\n", "")
        elif lines is None:
            limits.check_size(self.body, where)
            lines = [
                read_line(self.body_line + i, raw) for i, raw in enumerate(self.body.split("\n"))
            ]
            _check_lines(lines, who, limits)
            try:
                sequences_in(lines, named=True)
            except InputError as error:
                raise InputError(f"{who}, {str(error)[0].lower()}{str(error)[1:]}") from None
            bases = "".join(line.bases for line in lines)
        else:
            _check_lines(lines, who, limits)
            bases = "".join(line.bases for line in lines)
        if self.length is not None and bases and len(bases) != self.length:
            raise InputError(
                f"{where}: the entry says that it has {self.length:,} bp, but {len(bases):,} "
                "stand in it. Copy the whole entry again, or paste the bases alone."
            )
        if limits.remove_gaps:
            bases = _GAP.sub("", bases)
        if not bases and limits.min_length:
            raise InputError(f"{where}: {self._nothing(name, description)}")
        last = "".join(description.split()[-1:])
        if len(last) >= LONG_BASES and _BARE.fullmatch(last):
            raise InputError(
                f"{where}: its header ends in {len(last):,} bases, which are not read. Write them "
                "on the line below, or delete them."
            )
        check_length(len(bases), where, limits.min_length, limits.max_length)
        features, is_rna = self.features or [], self.is_rna
        circle = len(bases) if self.circular else None
        transcripts = transcripts_of(features, bases, who, is_rna=is_rna, circular=self.circular)
        notes = _describe_left_out(
            unplaced_features(features, is_rna=is_rna, length=circle),
            "without a place on one strand of this record",
            who,
        ) + _describe_left_out(
            [] if is_rna else overlapping_exons(features, circle), "as some overlap", who
        )
        name = name or ("sequence" if number == 1 else f"sequence_{number}")
        return Sequence(bases, name, description.strip(), transcripts, self.circular, notes)

    def _nothing(self, name: str, description: str) -> str:
        """Why a record has no bases."""
        sentence = "there is no sequence in this record"
        if self.features is not None:
            return f'{sentence}; choose "GenBank (full)", or "Show sequence", where it comes from.'
        last = (description or name).split()[-1:]
        if last and len(last[0]) >= 15 and _BARE.fullmatch(last[0]):
            return f"{sentence}; write the bases on the line below its header."
        return f"{sentence}."


def _describe_left_out(features: list[Feature], why: str, who: str) -> tuple[str, ...]:
    """A sentence that says which features were left out, and why; none where there are none."""
    if not features:
        return ()
    listed = [f"{f.key} in line {f.line:,}, {shorten(f.location)}" for f in features[:3]]
    more = f"; and {len(features) - 3:,} more" if len(features) > 3 else ""
    what = "1 feature is" if len(features) == 1 else f"{len(features):,} features are"
    return (f"{who}: {what} left out, {why}: {'; '.join(listed)}{more}.",)


def _is_plain(body: str) -> bool:
    """Whether a body is wrapped bases and nothing else, as in most FASTA files."""
    lines = body.rstrip("\n").split("\n")
    return (
        min(map(len, lines[:-1]), default=LONGEST_NAME + 1) > LONGEST_NAME
        and bool(_BARE.fullmatch(lines[0] if len(lines) == 1 else "".join(lines)))
        and bool(lines[-1])
        and (len(lines) == 1 or not (is_coded(lines[-1]) or is_other_strand(*lines[:2])))
    )


def _records(text: str, limits: _Limits) -> Iterator[_Record]:
    """Cut a text into records, lazily and in time linear in its length."""
    text = _COMMENT.sub("", text)
    if is_flat(text):
        for entry in flat_entries(text):
            body = "" if entry.start is None else text[entry.start : entry.end]
            yield _Record(
                f"{entry.name} {entry.description}", entry.line, body, entry.body_line,
                features=entry.features, is_rna=entry.is_rna, length=entry.length,
                circular=entry.circular,
            )  # fmt: skip
        return
    first = _HEADER.search(text)
    head = text[: first.start() if first else len(text)]
    if first and head.strip():
        _check_head(head)
    if head.strip():
        yield from _headless(head, limits)
    line, counted = 1, 0
    while first:
        following = _HEADER.search(text, first.end())
        line, counted = line + text.count("\n", counted, first.start()), first.start()
        end = following.start() if following else len(text)
        yield _Record(first.group(1), line, text[first.end() + 1 : end], line + 1)
        first = following


def _check_head(head: str) -> None:
    """Refuse words before the first header line."""
    lines = [read_line(i, raw) for i, raw in enumerate(head[:100_000].split("\n"), start=1)]
    if not any(line.is_pure and len(line.bases) >= SHORTEST_BASES for line in lines):
        line = next(line for line in lines if line.raw.strip())
        raise InputError(
            f"Line {line.number}: {shorten(line.raw.strip())} stands before the first header "
            'line (">name"). Delete it.'
        )


def _headless(text: str, limits: _Limits) -> Iterator[_Record]:
    """The records of a text without header lines."""
    start = 1 + text.count("\n", 0, len(text) - len(text.lstrip()))
    limits.check_size(text, f"Record 1, line {start}")
    lines = [read_line(i, raw) for i, raw in enumerate(text.split("\n"), start=1)]
    pieces = named_rows(lines)
    if pieces is None:
        pieces = headless_records(
            lines, lambda part, number: _check_lines(part, f"Record {number}", limits)
        )
    for piece in pieces:
        yield _Record(piece.header, piece.line, lines=piece.lines)


def _check_lines(lines: list[Line], who: str, limits: _Limits) -> None:
    """Refuse the first character that is no nucleotide code."""
    for line in lines:
        if not line.bases or line.is_pure:
            continue
        for strange in _STRANGE.finditer(line.text):
            if limits.remove_gaps and strange.group() in GAPS:
                continue
            column = strange.start() + 1
            where = f"{who}, line {line.number}, column {column}"
            before = sum(
                len(_GAP.sub("", x.bases) if limits.remove_gaps else x.bases)
                for x in lines[: lines.index(line)]
            ) + len("".join(line.text[: strange.start()].split()))
            if words := describe_notation(line.text, strange.start(), before):
                raise InputError(f"{where}: {words}")
            protein = share_of("ACGTU", "".join(x.bases for x in lines)) < 0.7 and all(
                _PROTEIN.fullmatch(x.text) for x in lines
            )
            if is_word(line.raw) and not protein:
                raise InputError(f"{who}, {stray(line)[0].lower()}{stray(line)[1:]}")
            words = describe_invalid_character(strange.group())
            if strange.group() in GAPS:
                raise GapError(
                    f"{where}: {words}; paste the sequence without gaps, or have them removed."
                )
            raise InputError(f"{where}: {words}{' (is this a protein?)' if protein else ''}.")


def describe_record(number: int, name: str) -> str:
    """What messages call a record: its number (1-based) and its name, if any."""
    return f"Record {number} ({shorten(name)})" if name else f"Record {number}"


def check_length(length: int, where: str, shortest: int, longest: int | None) -> None:
    """Raise `InputError` where a record is shorter or longer than it may be."""
    if length == 0 < shortest:
        raise InputError(f"{where}: there is no sequence in this record.")
    if length < shortest:
        raise InputError(f"{where}: {length:,} nt are too few; at least {shortest:,} are needed.")
    if longest is not None and length > longest:
        raise InputError(f"{where}: {length:,} nt are too many; at most {longest:,} can be used.")
