"""How the page starts: dnaviz's modules are imported from one block of bytes."""

import _sre
import importlib
import importlib.machinery
import json
import marshal
import re
import sys
from types import ModuleType
from typing import Any

import sealed_page


class Files:
    """Finder and loader of modules, compiled or as source, and of the files beside them."""

    def __init__(self, block: bytes) -> None:
        at = 4 + int.from_bytes(block[:4], "little")
        self._files = {}
        for name, size in json.loads(block[4:at]).items():
            self._files[name] = block[at : at + size]
            at += size

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        folder = name.replace(".", "/")
        for stem in (folder, f"{folder}/__init__"):
            for entry in (f"{stem}.pyc", f"{stem}.py"):
                if entry in self._files:
                    spec = importlib.machinery.ModuleSpec(name, self, origin=entry)  # type: ignore[arg-type]
                    if stem != folder:
                        spec.submodule_search_locations = [folder]
                    return spec
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        entry = str(module.__spec__.origin)  # type: ignore[union-attr]
        data = self._files[entry]
        code = marshal.loads(data[16:]) if entry.endswith("c") else compile(data, entry, "exec")
        exec(code, module.__dict__)

    def get_data(self, path: str) -> bytes:
        if path not in self._files:
            raise FileNotFoundError(path)
        return self._files[path]


files = Files(sealed_page.modules.to_bytes())
sys.meta_path.insert(0, files)
# Regular expressions, compiled before; those of a module that has changed since are not asked for.
caches: Any = re._cache, re._cache2  # type: ignore[attr-defined]
for pattern, flags, arguments in marshal.loads(files.get_data("patterns")):
    key = type(pattern), pattern, flags
    caches[0][key] = caches[1][key] = _sre.compile(*arguments)

arrays = importlib.import_module("dnaviz.sealed.array_math")
sys.modules |= {"numpy": arrays, "numpy.typing": arrays.typing}
session = importlib.import_module("dnaviz.sealed.session")
page_model = importlib.import_module("dnaviz.sealed.page_model")
session.Session(
    page_model.PageModel(
        sealed_page.network, json.loads(sealed_page.about), sealed_page.ood.to_bytes()
    )
)
