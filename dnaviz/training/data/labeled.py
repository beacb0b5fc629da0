"""Read labeled sequences of one length from FASTA or a table, and find overlaps of two sets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dnaviz.errors import InputError
from dnaviz.io.read import MAX_FILE, read_text
from dnaviz.io.tables import MISSING, read_rows
from dnaviz.sequences import Sequence, parse_sequences
from dnaviz.sequences.bases import shorten
from dnaviz.sequences.codes import COMPLEMENT, encode_bases, kmer_index
from dnaviz.training.data.records import Record

MIN_LENGTH = 20
MAX_LENGTH = 2_000
MAX_EXAMPLES = 1_000_000
MAX_CLASSES = 20
STRETCH = 31  # bases in a row that two sequences must share to be counted as overlapping
WORDS = 20_000_000  # such stretches that are compared at a time
BLOCK = 10_000  # sequences that are looked at together
NEGATIVE = {"0", "-1", "-", "n", "no", "none", "neg", "negative", "false", "neither", "decoy"}
_TAGGED = re.compile(
    r"""\b(?:label|class)\s*[=:]\s*(?:(["'])(?P<quoted>.+?)\1|(?P<word>\S+)"""
    r"(?P<more>(?:\s+[^\s=:]+(?!\S))*))",
    re.IGNORECASE,
)
_NO_LABEL = MISSING - {"None"}  # a class may be called none
_COLUMNS = {"id": ("id", "name"), "sequence": ("sequence", "seq"), "label": ("label", "class")}


class LabeledData(NamedTuple):
    """Sequences of one length with a label each."""

    ids: list[str]
    codes: np.ndarray  # (n, L) uint8, 0-3 = A C G T, 4 = anything else
    labels: np.ndarray  # (n,) int, into ``classes``
    classes: list[str]  # of two, the second is the positive one

    def subset(self, chosen: np.ndarray) -> LabeledData:
        """Return the examples with these indices, or where a mask is True."""
        ids = np.array(self.ids, dtype=object)[chosen].tolist()
        return self._replace(ids=ids, codes=self.codes[chosen], labels=self.labels[chosen])


def read_labeled(
    path: str | Path, *, classes: list[str] | None = None, positive: str | None = None
) -> LabeledData:
    """Read labeled sequences.

    Parameters
    ----------
    path : path
        Plain or gzipped. FASTA, where a header says ``label=donor`` (or ``class=donor``, in quotes
        where it has blanks), else its last word, else what follows its last ``|`` is the label; or
        a table (see `io.tables`) with the columns ``sequence`` and ``label`` and perhaps ``id`` in
        its first line; a table without that line has (label, id, sequence) or (id, sequence,
        label).
    classes : list of str, optional
        Those of the training data: any other label is an error.
    positive : str, optional
        Which of two classes is the positive one. By default the one that is not called "negative",
        "0", "decoy" or the like; else the last in order of the alphabet.

    Returns
    -------
    LabeledData

    Raises
    ------
    InputError
        Naming the record: a label is missing or may be more than one word, all are the same, two
        differ in case only, lengths differ, a character is no base.
    """
    text = read_text(path, utf16=True)
    fasta = text.lstrip("\ufeff \t\r\n").startswith(">")
    sequences, labels = _from_fasta(path, text) if fasta else _from_table(path, text)
    return assemble(path, sequences, labels, classes=classes, positive=positive)


def read_pair(positive: str | Path, negative: str | Path) -> LabeledData:
    """Labeled sequences from two files, one of positive and one of negative examples."""
    sequences: list[Sequence] = []
    labels: list[str] = []
    for path, label in ((negative, "negative"), (positive, "positive")):
        parsed = _parse_fasta(path, read_text(path))
        length = _one_length(path, parsed)
        if sequences and length != len(sequences[0]):
            raise InputError(
                f"{shorten(str(positive), 200)} has sequences of {length} nt, "
                f"{shorten(str(negative), 200)} of {len(sequences[0])} nt; they need one length."
            )
        sequences += parsed
        labels += [label] * len(parsed)
    return assemble(positive, sequences, labels, classes=["negative", "positive"])


def assemble(
    source: str | Path,
    sequences: list[Sequence],
    labels: list[str],
    *,
    classes: list[str] | None = None,
    positive: str | None = None,
) -> LabeledData:
    """Labeled sequences as arrays, checked; see :func:`read_labeled`."""
    where = shorten(str(source), 200)
    _one_length(source, sequences)
    for number, (sequence, label) in enumerate(zip(sequences, labels, strict=True), start=1):
        if label in _NO_LABEL:
            raise InputError(
                f"{where}: record {number} ({shorten(sequence.name)}) has the label "
                f"{shorten(label)}, which says that there is none; leave the record out."
            )
    if len(set(labels)) < 2:
        raise InputError(
            f"{where}: all sequences have the label {shorten(labels[0])}; two classes are needed."
        )
    ordered = order_classes(labels, positive, where) if classes is None else classes
    index = {label: number for number, label in enumerate(ordered)}
    for number, label in enumerate(labels, start=1):
        if label not in index:
            raise InputError(
                f"{where}: record {number} has the label {shorten(label)}, which the training "
                f"data does not ({', '.join(shorten(c) for c in ordered)})."
            )
    return LabeledData(
        [s.name for s in sequences],
        np.stack([encode_bases(str(s)) for s in sequences]),
        np.array([index[label] for label in labels]),
        ordered,
    )


def _one_length(source: str | Path, sequences: list[Sequence]) -> int:
    """The length of all sequences of a file, or InputError."""
    length = len(sequences[0])
    for number, sequence in enumerate(sequences, start=1):
        if len(sequence) != length:
            raise InputError(
                f"{shorten(str(source), 200)}: sequences need one length, but record {number} "
                f"({shorten(sequence.name)}) has {len(sequence)} nt and the first has {length}."
            )
    return length


def order_classes(labels: Iterable[str], positive: str | None, where: str) -> list[str]:
    """Sort the distinct labels; the positive one of two comes last."""
    classes = sorted(set(labels))
    if len(classes) > MAX_CLASSES:
        raise InputError(
            f"{where}: there are {len(classes):,} different labels (such as {shorten(classes[0])} "
            f"and {shorten(classes[1])}); at most {MAX_CLASSES} classes can be told apart. A FASTA "
            "header gives its label as label=NAME or as its last word."
        )
    for one, other in combinations(classes, 2):
        if one.lower() == other.lower():
            raise InputError(
                f"{where}: the labels {shorten(one)} and {shorten(other)} differ in case only; "
                "write them alike if they are one class."
            )
    if positive is not None and positive not in classes:
        raise InputError(f"{where}: no sequence has the label {shorten(positive)}.")
    if positive is not None and len(classes) > 2:
        raise InputError(f"{where}: of {len(classes)} classes none is the positive one.")
    if len(classes) == 2:
        if positive is None:
            classes.sort(key=lambda c: (c.lower() not in NEGATIVE, c))
        else:
            classes.sort(key=lambda c: c == positive)
    return classes


def repeated(codes: np.ndarray) -> np.ndarray:
    """Number sequences (n,) so that equal ones have equal numbers."""
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)


def contradicted(data: LabeledData) -> int:
    """Count sequences that have more than one label."""
    groups = repeated(data.codes)
    pairs = np.unique(np.stack([groups, data.labels]), axis=1)[0]
    return int((np.bincount(pairs)[groups] > 1).sum())


def shared(codes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mask (n,) of sequences that also occur in another set."""
    if codes.shape[1] != others.shape[1]:
        return np.zeros(len(codes), bool)
    other_rows = {row.tobytes() for row in others}
    return np.array([row.tobytes() in other_rows for row in codes], bool)


def overlapping(codes: np.ndarray, records: list[Record]) -> np.ndarray:
    """Mask (n,) of sequences that share :data:`STRETCH` consecutive bases with a record.

    Both strands of the records are looked at: an autoencoder is trained on both.
    """
    kmers, valid = kmer_index(codes, STRETCH)
    order = np.sort(kmers[valid])
    if not len(order):
        return np.zeros(len(codes), bool)
    matched = np.zeros(len(order), bool)
    for record in records:
        for strand in (record.codes, COMPLEMENT[record.codes[::-1]]):
            words, usable = kmer_index(strand, STRETCH)
            words = words[usable]
            place = np.searchsorted(order, words)
            place[place == len(order)] = 0
            matched[place[order[place] == words]] = True
    seen_words = order[matched]
    hits = np.isin(kmers, seen_words) & valid
    return hits.any(1)


def leaking(codes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mask (n,) of sequences that share :data:`STRETCH` bases with one of another group (n,).

    Either strand counts. Words are looked up in several rounds where they are too many for one.
    """
    rounds = 1 + codes.size // WORDS
    leaks = np.zeros(len(codes), bool)
    for number in range(rounds):
        blocks = []
        for at in range(0, len(codes), BLOCK):
            block = codes[at : at + BLOCK]
            kmers, valid = kmer_index(block, STRETCH)
            reverse, _ = kmer_index(COMPLEMENT[block[:, ::-1]], STRETCH)
            kmers = np.minimum(kmers, reverse[:, ::-1])
            row, column = np.nonzero(valid & (kmers % rounds == number))
            blocks.append((kmers[row, column], row + at))
        words, rows = (np.concatenate(part) for part in zip(*blocks, strict=True))
        if not len(words):
            continue
        order = np.argsort(words, kind="stable")
        words, rows = words[order], rows[order]
        starts = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1]]))
        of_word = groups[rows]
        mixed = np.maximum.reduceat(of_word, starts) != np.minimum.reduceat(of_word, starts)
        leaks[rows[np.repeat(mixed, np.diff(starts, append=len(words)))]] = True
    return leaks


def _parse_fasta(path: str | Path, text: str) -> list[Sequence]:
    try:
        return parse_sequences(
            text, min_length=MIN_LENGTH, max_length=MAX_LENGTH, max_records=MAX_EXAMPLES,
            max_size=MAX_FILE,
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{shorten(str(path), 200)}: {error}") from None


def _from_fasta(path: str | Path, text: str) -> tuple[list[Sequence], list[str]]:
    sequences = _parse_fasta(path, text)
    labels = []
    more: dict[str, set[str]] = {}  # the words behind a label without quotes
    for number, sequence in enumerate(sequences, start=1):
        header = f"{sequence.name} {sequence.description}".strip()
        if tagged := _TAGGED.search(header):
            labels.append(tagged["quoted"] or tagged["word"].rstrip(",;"))
            more.setdefault(labels[-1], set()).add(tagged["more"] or "")
        elif sequence.description:
            labels.append(sequence.description.split()[-1])
        elif "|" in sequence.name and sequence.name.rpartition("|")[2]:
            labels.append(sequence.name.rpartition("|")[2])
        else:
            raise InputError(
                f"{shorten(str(path), 200)}: record {number} ({shorten(sequence.name)}) has no "
                "label; its header gives it as label=NAME or as the last word."
            )
    for label, rests in more.items():
        if len(rests) > 1 and sum(map(len, more.values())) <= MAX_CLASSES:
            one, other = (shorten(label + rest) for rest in sorted(rests)[:2])
            raise InputError(
                f"{shorten(str(path), 200)}: headers say {one} and {other}; write a label of "
                'several words in quotes, label="splice donor", and another at the end of its line.'
            )
    return sequences, labels


def _from_table(path: str | Path, text: str) -> tuple[list[Sequence], list[str]]:
    where = shorten(str(path), 200)
    rows = [(row.line, row.cells) for row in read_rows(text)[1]]
    if not rows:
        raise InputError(f"{where}: the file is empty.")
    width = len(rows[0][1])
    columns = _columns(rows[0][1], where)
    if columns is None:
        columns = _guessed(rows[0][1], where)
    else:
        rows = rows[1:]
    if not rows:
        raise InputError(f"{where}: the table has no rows.")
    if len(rows) > MAX_EXAMPLES:
        raise InputError(f"{where}: there are more than {MAX_EXAMPLES:,} sequences.")
    sequences, labels = [], []
    for line, row in rows:
        while len(row) > width and not row[-1]:
            row.pop()
        if len(row) != width:
            raise InputError(
                f"{where}, line {line}: the row has {len(row)} columns, the first {width}."
            )
        bases, label = row[columns["sequence"]], row[columns["label"]]
        name = row[columns["id"]] if "id" in columns else f"line_{line}"
        if not label:
            raise InputError(f"{where}, line {line}: {shorten(name)} has no label.")
        if not MIN_LENGTH <= len(bases) <= MAX_LENGTH:
            raise InputError(
                f"{where}, line {line}: {shorten(name)} has {len(bases)} nt; "
                f"{MIN_LENGTH} to {MAX_LENGTH:,} are needed."
            )
        try:
            sequences.append(Sequence(bases, name))
        except InputError as error:
            raise InputError(f"{where}, line {line}: {error}") from None
        labels.append(label)
    return sequences, labels


def _columns(header: list[str], where: str) -> dict[str, int] | None:
    """Where the named columns are; None if the first line names none."""
    names = [cell.lower().lstrip("#") for cell in header]
    by_alias = {
        column: [alias for alias in aliases if alias in names]
        for column, aliases in _COLUMNS.items()
    }
    for column in ("sequence", "label"):
        if len(by_alias[column]) > 1:
            raise InputError(
                f"{where}: {' and '.join(map(repr, by_alias[column]))} may both be the {column}: "
                "leave one of these columns out, or call it something else."
            )
    columns = {column: names.index(aliases[0]) for column, aliases in by_alias.items() if aliases}
    if not {"sequence", "label"} & columns.keys():
        return None
    for column, place in columns.items():
        if names.count(names[place]) > 1:
            raise InputError(f"{where}: two columns are called {column!r}.")
    if missing := {"sequence", "label"} - columns.keys():
        raise InputError(f"{where}: the table has no column {missing.pop()!r}.")
    return columns


def _guessed(row: list[str], where: str) -> dict[str, int]:
    """The columns of a table whose first line is an example: the sequence is told by its look."""
    looks = [bool(re.fullmatch(r"[ACGTUNRYSWKMBDHV]{20,}", cell.upper())) for cell in row]
    if len(row) == 3 and looks == [False, False, True]:
        return {"label": 0, "id": 1, "sequence": 2}
    if len(row) == 3 and looks == [False, True, False]:
        return {"id": 0, "sequence": 1, "label": 2}
    if len(row) == 2 and sum(looks) == 1:
        return {"sequence": looks.index(True), "label": looks.index(False)}
    raise InputError(f"{where}: the file is neither FASTA nor a table with a sequence and a label.")
