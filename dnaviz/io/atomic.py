"""Output files that appear whole or not at all."""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TextIO

from dnaviz.errors import InputError, UnfinishedWork


def check_writable(path: str | os.PathLike[str]) -> Path:
    """The path of an output file, checked before long work begins.

    Raises
    ------
    InputError
        If the path is a folder, or its folder does not exist or cannot be written to.
    """
    path = Path(path)
    try:
        path.resolve()
        is_folder, has_folder = path.is_dir(), path.parent.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a loop of links
        raise InputError(f"{str(path)!r} cannot be the name of an output file.") from None
    if is_folder:
        raise InputError(f'"{path}" is a folder; please name a file to write.')
    if not has_folder:
        raise InputError(f'The folder "{path.parent}" of the output file does not exist.')
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f'"{path}" cannot be written: permission denied.')
    return path


def standard_output() -> TextIO:
    """Return standard output.

    Raises
    ------
    InputError
        If this process was started without one.
    """
    if sys.stdout is None:
        raise InputError("Standard output is closed: name a file to write, with -o.")
    return sys.stdout


def output_suffix(path: str | os.PathLike[str], suffixes: Sequence[str]) -> str:
    """Return the suffix of an output file's name, which says what is written to it.

    Parameters
    ----------
    suffixes
        All that can be written, in lower case, the usual one first. A pipe or a device, which has
        no name to go by, gets that one.

    Raises
    ------
    InputError
        If the name has none of them.
    """
    path = Path(path)
    name = path.name.lower()
    matching = [suffix for suffix in suffixes if name.endswith(suffix) and name != suffix]
    if matching:
        return max(matching, key=len)
    if path.exists() and not path.is_file() and not path.is_dir():
        return suffixes[0]
    *others, last = suffixes
    choice = f"{', '.join(others)} or {last}" if others else last
    raise InputError(f'The output "{path}" does not end in {choice}, which is what can be written.')


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file under a temporary name; it gets its own name when all went well.

    Parameters
    ----------
    path
        The file to be. An existing one is replaced at the end, or kept if the block raises.

    Yields
    ------
    pathlib.Path
        The temporary file to write: in the same folder, with the same suffixes.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    path = check_writable(path)
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():
            yield path  # a pipe or a device such as /dev/null: written to, never replaced
            return
        target = path.resolve()  # a link keeps pointing to the file it names
        temporary = _make_temporary(target)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave the name without the content
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UnfinishedWork(f'"{path}" cannot be written: {describe_failure(error)}.') from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def describe_failure(error: OSError) -> str:
    """Return why a file cannot be written, as the system says it: HDF5 says it on many lines."""
    return os.strerror(error.errno) if error.errno else " ".join(str(error).split()).rstrip(".")


def check_room(path: str | os.PathLike[str], needed: int) -> None:
    """Refuse, before any work, a file for which there is no room.

    Parameters
    ----------
    path
        A file to be. Whether its folder exists is for who writes it to say.
    needed : int
        Bytes that it takes at most.

    Raises
    ------
    UnfinishedWork
        With what is needed and what is free.
    """
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UnfinishedWork(
            f'"{path}" cannot be written: it takes up to {needed / 1e6:,.1f} MB, and '
            f"{free / 1e6:,.1f} MB are free there."
        )


def _make_temporary(target: Path) -> Path:
    """A new, empty file beside `target`, with its suffixes and permissions.

    Its name cannot be foretold: in a folder that others write to, a link could wait there.
    """
    suffix = "".join(target.suffixes[-2:])[-60:]
    handle, name = tempfile.mkstemp(prefix=".dnaviz-", suffix=suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~mask)
    return temporary


@contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing ("w": UTF-8 text, "wb": bytes) as `atomic_path` does."""
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    with (
        atomic_path(path) as temporary,
        temporary.open(mode, encoding=encoding, newline=newline) as file,
    ):
        yield file
