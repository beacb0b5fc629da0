"""Models of one's own, named as ``module:factory`` or ``path/to/file.py:factory``."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from dnaviz.errors import InputError

_FACTORY = re.compile(r"(?P<module>[A-Za-z_][\w.]*|.+\.py):(?P<name>[A-Za-z_]\w*)")


def factory_name(text: str | Path) -> str:
    """Return the absolute name of a factory, "" for a text that names none.

    A module that lies in the working directory is named by its file, so that it is found from
    other places too.
    """
    match = _FACTORY.fullmatch(str(text))
    if match is None or Path(text).exists():
        return ""
    module = match["module"]
    path = Path(module if module.endswith(".py") else f"{module.replace('.', '/')}.py")
    return f"{path.resolve() if path.is_file() else module}:{match['name']}"


def call_factory(name: str) -> Any:
    """Return what a factory, named as `factory_name` does, makes.

    Raises
    ------
    InputError
        If there is no such factory, or it fails.
    """
    module_name, _, function = name.rpartition(":")
    try:
        return getattr(_import(module_name), function)()
    except Exception as error:  # of somebody's code: any
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise InputError(f"The model {name} cannot be made: {reason}") from error


def _import(name: str) -> ModuleType:
    if not name.endswith(".py"):
        return import_module(name)
    path = Path(name)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ImportError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # for classes that are looked up by name
    spec.loader.exec_module(module)
    return module
