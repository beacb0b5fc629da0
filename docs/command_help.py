"""The help of every command of dnaviz, as the command line prints it."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout

from dnaviz.cli import COMMANDS, command_module, main


def commands() -> dict[str, str]:
    """Return the help of every command and subcommand by its words, in their order."""
    names = []
    for name in COMMANDS:
        names.append(name)
        group = getattr(command_module(name), "app", None)
        if group is not None:
            names += [
                f"{name} {(c.name or c.callback.__name__).replace('_', '-')}"
                for c in group.registered_commands
            ]
    return {name: help_of(name) for name in names}


def help_of(name: str) -> str:
    """Return what ``dnaviz NAME --help`` prints."""
    os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "88"
    with redirect_stdout(io.StringIO()) as printed:
        code = main([*name.split(), "--help"])
    if code:
        raise RuntimeError(f"dnaviz {name} --help ended with {code}")
    return printed.getvalue().strip()
