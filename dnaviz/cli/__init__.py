"""The ``dnaviz`` command.

Each command lives in a module of its own name here (with _ for -) and is imported when it is
called: a function ``command``, or for a group of commands a ``typer.Typer`` called ``app``.
"""

import errno
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from math import isfinite
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dnaviz import __version__
from dnaviz.errors import InputError, describe_missing

INTERRUPTED = 130
READ_AGAIN = ("serve",)  # commands that read files again for every page: a pipe is none of them
COMMANDS = {
    "serve": "Open the dashboards in a browser.",
    "scan": "Find every donor and acceptor of sequences.",
    "variants": "Say what variants do to splice sites.",
    "attribute": "Show which bases make the model see a site.",
    "compare-explanations": "Explain one site by several models.",
    "motifs": "Find motifs in the attributions of windows.",
    "report": "Write one HTML file about the sites of sequences.",
    "browse": "Write a genome browser of a region as one page.",
    "export": "Write the inspector or a map as a page, or ONNX.",
    "embed": "Write the latents of sequences or of a genome.",
    "reconstruct": "Encode sequences and read them back.",
    "evaluate": "Measure the shipped models on held-out data.",
    "explanations": "Measure the explanations on held-out sites.",
    "dataset": "Build labeled windows from a genome; fetch data.",
    "train": "Train the autoencoder and the splice classifier.",
    "atlas": "Build a map of sequences.",
    "measure": "Measure what the models make of other input.",
    "probe": "Learn your own labels, with and without latents.",
}
_EXTRAS = {
    "sklearn": ("scikit-learn", "train"),
    "scipy": ("scipy", "train"),
    "umap": ("umap-learn", "train"),
    "numba": ("numba", "train"),
    "pysam": ("pysam", "genome"),
    "onnx": ("onnx", "export"),
    "onnxruntime": ("onnxruntime", "export"),
    "memelite": ("memelite", "motifs"),
    "modiscolite": ("modisco-lite", "motifs"),
    "tangermeme": ("tangermeme", "motifs"),
}


def command_module(name: str) -> ModuleType:
    """Import the module of a command."""
    return import_module(f"dnaviz.cli.{name.replace('-', '_')}")


class _LazyCommand(TyperCommand):
    """A line in the help; the module with the command itself is imported to run it."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        module = command_module(str(self.name))
        app = getattr(module, "app", None)
        if app is None:
            app = typer.Typer(rich_markup_mode=None, add_completion=False)
            run = _with_checked_options(module.command, copies=self.name not in READ_AGAIN)
            app.command(self.name, help=module.command.__doc__ or self.help)(run)
            command: Any = typer.main.get_command(app)
        else:
            app.rich_markup_mode = None
            app.info.help = app.info.help or self.help
            for registered in app.registered_commands:
                if registered.callback is not None:
                    registered.callback = _with_checked_options(registered.callback)
            command = typer.main.get_group(app)
        return command.make_context(info_name, args, *more, **extra)


def _with_checked_options(
    command: Callable[..., Any], *, copies: bool = True
) -> Callable[..., Any]:
    """Return a command that refuses infinite options, and is given pipes as files if it may be."""
    if hasattr(command, "__wrapped__"):
        return command

    @wraps(command)
    def run(**options: Any) -> Any:
        for name, value in options.items():
            if isinstance(value, float) and not isfinite(value):
                raise InputError(f"--{name.replace('_', '-')} is a number, not {value}.")
        from dnaviz.cli.streams import pipes_as_files

        with pipes_as_files(options if copies else {}) as readable:
            return command(**{**options, **readable})

    return run


class _LazyGroup(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: _LazyCommand(name, help=line) for name, line in COMMANDS.items()}


app = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        print(f"dnaviz {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Look inside a model of DNA."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after ``dnaviz``; by default those of this process.

    Returns
    -------
    int
        Exit code: 0 done, 1 failed, 2 something the user gave cannot be used, 130 interrupted.
        Other than 0 comes with one sentence on stderr; DNAVIZ_DEBUG=1 shows tracebacks.
    """
    words = None if arguments is None else list(arguments)
    if sys.stderr is None:  # closed: what is printed to it would go to standard output
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    try:
        code = typer.main.get_command(app).main(words, prog_name="dnaviz", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        if code == INTERRUPTED:  # typer takes KeyboardInterrupt for an exit
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except BrokenPipeError:  # the reader of our output left
        _drop_output()
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", INTERRUPTED)
    except Exception as error:
        if os.environ.get("DNAVIZ_DEBUG") == "1" and not isinstance(error, InputError):
            raise
        return _fail(*_explain(error))


def _drop_output() -> None:
    """Keep Python from writing, while it exits, what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def _explain(error: Exception) -> tuple[str, int]:
    """A sentence for the user, and the exit code."""
    if isinstance(error, InputError):
        return str(error), 2
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        if package in _EXTRAS:
            return describe_missing(*_EXTRAS[package]), 1
    # A misuse of the command line, of a class that typer takes from click or from its own copy.
    if hasattr(error, "format_message"):
        message = error.format_message()
        context = getattr(error, "ctx", None)
        if context is not None and "\n" not in message:
            message = f"{message.rstrip('.')} (see {context.command_path} --help)."
        return message, getattr(error, "exit_code", 2)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f'"{error.filename}": {error.strerror}.', 2
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        if sys.stdout is not None:
            _drop_output()
        return f"Standard output cannot be written: {error.strerror}.", 2
    first = (str(error).splitlines() or [""])[0]
    what = f"{type(error).__name__}: {first}".rstrip(": .")
    return f"Something went wrong ({what}); DNAVIZ_DEBUG=1 shows where.", 1
