"""Files of a package in a zip archive, as dnaviz reads them: no more than that."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _File:
    def __init__(self, loader: Any, path: str) -> None:
        self._loader, self._path = loader, path

    def __truediv__(self, name: str) -> _File:
        return _File(self._loader, f"{self._path}/{name}")

    def read_bytes(self) -> bytes:
        data: bytes = self._loader.get_data(self._path)
        return data

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.read_bytes().decode(encoding)


def files(package: str) -> _File:
    """Return the folder of a package."""
    module = import_module(package)
    assert module.__spec__ is not None
    return _File(module.__spec__.loader, module.__path__[0])
