"""Files and uploads of sequences, read within limits."""

import gzip
import io
import zlib
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO, TypedDict, Unpack

from dnaviz.errors import InputError, check_type
from dnaviz.sequences.bases import Sequence, shorten
from dnaviz.sequences.formats import refuse_binary
from dnaviz.sequences.parse import MAX_TEXT, parse_sequences

MAX_LINE = 1_000_000_000  # bytes: the longest chromosomes are written on one line by some
_BLOCK = 1 << 20
_NO_TEXT = [
    (b"\xff\xfe", "UTF-16 text"), (b"\xfe\xff", "UTF-16 text"), (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"),
]  # fmt: skip

MAX_FILE = 250_000_000
MOST_TIMES = 100  # its packed size that a file may unpack to; DNA unpacks to about four times
FREE_BYTES = 50_000_000  # ... and what any file may


class Limits(TypedDict, total=False):
    """What `parse_sequences` takes beside a text and its size."""

    min_length: int
    max_length: int
    max_records: int
    remove_gaps: bool


def read_sequences(
    path: str | PathLike[str], *, max_bytes: int = MAX_FILE, **limits: Unpack[Limits]
) -> list[Sequence]:
    """Read the sequences in a file, plain or gzip-compressed (told by content, not by name).

    Parameters
    ----------
    path
        The file, in any layout that `parse_sequences` understands, as UTF-8 text.
    max_bytes
        Largest size of the (decompressed) text.
    **limits
        As for `parse_sequences`.

    Raises
    ------
    InputError
        If the file cannot be read, is no text, or `parse_sequences` finds something wrong; the
        message starts with the path.
    """
    data = _content(path, max_bytes)
    return read_sequence_bytes(data, fspath(path), max_bytes=max_bytes, **limits)


def read_sequence_bytes(
    data: bytes,
    name: str = "upload",
    *,
    max_bytes: int = MAX_TEXT,
    **limits: Unpack[Limits],
) -> list[Sequence]:
    """Read the sequences in the bytes of a file, as uploaded; see `read_sequences`.

    Parameters
    ----------
    data
        The content, plain or gzip-compressed; it is never decompressed beyond `max_bytes`.
    name
        What error messages call it.
    """
    try:
        return parse_sequences(_decode(data, max_bytes), max_size=max_bytes, **limits)
    except InputError as error:
        raise type(error)(f"{shorten(name, 200)}: {error}") from None


def read_text(path: str | PathLike[str], max_bytes: int = MAX_FILE, *, utf16: bool = False) -> str:
    """Read a file of text, plain or gzip-compressed (told by content), as UTF-8.

    With `utf16`, text that a byte order mark declares to be UTF-16 is read too.

    Raises
    ------
    InputError
        If it cannot be read, is too large or no text; the message starts with the path.
    """
    return read_text_bytes(_content(path, max_bytes), fspath(path), max_bytes, utf16=utf16)


def read_text_bytes(
    data: bytes, name: str = "upload", max_bytes: int = MAX_FILE, *, utf16: bool = False
) -> str:
    """Read the bytes of a file of text; see `read_text`."""
    try:
        return _decode(data, max_bytes, utf16)
    except InputError as error:
        raise InputError(f"{shorten(name, 200)}: {error}") from None


def _content(path: str | PathLike[str], max_bytes: int) -> bytes:
    """At most one byte more than `max_bytes` of a file."""
    check_type(path, str | PathLike, "the path of a file")
    try:
        with Path(path).open("rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path cannot be used"
        raise InputError(f"{shorten(fspath(path), 200)}: {reason}.") from None


def _decode(data: bytes, max_bytes: int, utf16: bool = False) -> str:
    """Text of a plain or gzip-compressed file."""
    if data.startswith(b"\x1f\x8b"):
        most = min(max_bytes, FREE_BYTES + MOST_TIMES * len(data))
        data = _decompress(io.BytesIO(data), most)
        if most < len(data) <= max_bytes:
            raise InputError(f"the file unpacks to over {MOST_TIMES} times its size; unpack it.")
    if len(data) > max_bytes:
        raise InputError(f"the file is larger than {max_bytes / 1e6:g} MB.")
    refuse_binary(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        if utf16:
            return _decode_utf16(data)
        raise InputError("the file is UTF-16 text; please save it as UTF-8 or plain text.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"this is no text in UTF-8: line {line} holds the byte 0x{data[error.start]:02X}."
        ) from None


def _decode_utf16(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError:
        raise InputError("the file begins as UTF-16 text, but is damaged or cut short.") from None


def _decompress(file: BinaryIO, max_bytes: int) -> bytes:
    """At most one byte more than `max_bytes` of a gzip stream, however much it would give."""
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            return stream.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError("the gzip file is damaged or cut short.") from None


def open_maybe_gzip(path: str | Path) -> BinaryIO:
    """Open a plain or gzipped file for reading bytes, whatever its name ends in."""
    try:
        file = Path(path).open("rb")  # noqa: SIM115 (the caller closes it)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    packed = file.peek(2).startswith(b"\x1f\x8b")  # a pipe cannot be read again from its start
    return gzip.open(file) if packed else file  # type: ignore[return-value]


def read_lines(path: str | Path, longest: int = MAX_LINE) -> Iterator[bytes]:
    """Yield the lines of a plain or gzipped file without their line ends.

    Lines end as on Unix, Windows or an old Mac (CR alone); a byte order mark is left out.

    Raises
    ------
    InputError
        When the file cannot be opened, its compression is damaged, it is UTF-16 or an archive, or
        a line has more bytes than `longest`.
    """
    with open_maybe_gzip(path) as file:
        try:
            rest, size = [], 0  # of a line that goes on
            block = file.read(_BLOCK)
            if kind := next((k for magic, k in _NO_TEXT if block.startswith(magic)), ""):
                raise InputError(f"{path} is {kind}; please give it as plain text in UTF-8.")
            block = block.removeprefix(b"\xef\xbb\xbf")
            while block:
                if block.endswith(b"\r"):
                    block += file.read(1)
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                first, *others = block.split(b"\n")
                rest.append(first)
                size += len(first)
                if size >= longest:
                    raise InputError(f"{path} has a line of over {longest / 1e6:,.0f} MB.")
                if others:
                    yield b"".join(rest)
                    yield from others[:-1]
                    rest, size = [others[-1]], len(others[-1])
                block = file.read(_BLOCK)
            if size:
                yield b"".join(rest)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{path} is damaged: its gzip stream does not decompress.") from error
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from error
