"""A page loads no packages. A snapshot names JavaScript's objects in the order of their imports."""

from pyodide_js import loadedPackages as loadedPackages


class _Folder:
    def __init__(self, path: str) -> None:
        self._path = path

    def __str__(self) -> str:
        return self._path


SITE_PACKAGES = _Folder("/lib/python3.14/site-packages")
DSO_DIR = _Folder("/usr/lib")


def init_loaded_packages() -> None:
    pass
