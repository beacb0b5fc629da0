"""dnaviz's own modules as the sealed inspector has them: only those that it needs, compiled.

It imports nothing of dnaviz: the build runs it in the Python that the page has, which compiles.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import json
import marshal
import sys
import zipfile
from pathlib import Path
from types import CodeType

PACKAGE = Path(__file__).parents[1]
BUILT = PACKAGE / "sealed" / "built"

ENTRIES = ("dnaviz.sealed.session", "dnaviz.sealed.page_model", "dnaviz.sealed.array_math")
"""Modules that the page begins with; what they import goes with them."""

HEAVY = ("dnaviz.models.model", "dnaviz.panels.common")
"""Imported only where a model or a widget is: neither is in the file."""

LOADED = "loaded.txt"
"""In the archive of Python's library: names of what is in memory when the page begins."""

PATTERNS = "patterns"
"""What the regular expressions in dnaviz's modules are compiled to."""

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes every time


def modules() -> list[str]:
    """Return the names of the modules that the page needs, packages among them."""
    found: set[str] = set()
    queue = list(ENTRIES)
    while queue:
        name = queue.pop()
        if name in found or name.startswith(HEAVY) or not _exists(name):
            continue
        found.add(name)
        queue.append(name.rpartition(".")[0])
        for node in ast.walk(_without_types(ast.parse(_path(name).read_text("utf-8")))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dnaviz"):
                queue += [str(node.module), *(f"{node.module}.{a.name}" for a in node.names)]
    return sorted(found)


def imported(*, at_once: bool) -> list[str]:
    """Return the modules of Python's library that the page's modules import.

    Parameters
    ----------
    at_once : bool
        Only those that a module imports at its top.
    """
    names: set[str] = set()
    for name in modules():
        tree = _without_types(ast.parse(_path(name).read_text("utf-8")))
        for node in tree.body if at_once else ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return sorted(name for name in names if name.split(".")[0] in sys.stdlib_module_names)


def archive(assets: tuple[str, ...]) -> bytes:
    """Return the modules that the page needs, and assets, as `packed` packs them.

    A module that has changed since the build goes in as source: it starts slower, and is right.
    """
    names = modules()
    changed = stale(names)
    with zipfile.ZipFile(BUILT / "modules.zip") as built:
        files = {PATTERNS: built.read(PATTERNS)}
        for name in names:
            entry = _entry(name)
            if name in changed:
                files[entry] = _path(name).read_bytes()
            else:
                files[f"{entry}c"] = built.read(f"{entry}c")
    for asset in assets:
        files[f"dnaviz/assets/{asset}"] = (PACKAGE / "assets" / asset).read_bytes()
    return packed(files)


def packed(files: dict[str, bytes]) -> bytes:
    """Return files one behind the other; before them their sizes, JSON, and its own, four bytes."""
    sizes = json.dumps({name: len(data) for name, data in files.items()}).encode()
    return len(sizes).to_bytes(4, "little") + sizes + b"".join(files.values())


def stale(names: list[str]) -> list[str]:
    """Return the modules that are not as they were when the page was built."""
    with zipfile.ZipFile(BUILT / "modules.zip") as built:
        digests = json.loads(built.read("sources.json"))
    return [name for name in names if digests.get(name) != _digest(_path(name))]


def compile_modules(patterns: bytes) -> bytes:
    """Return a zip of the modules, compiled, and of the hashes of their sources; for the build.

    Parameters
    ----------
    patterns : bytes
        What the regular expressions in them are compiled to, marshaled.
    """
    buffer = io.BytesIO()
    files, digests = {PATTERNS: patterns}, {}
    for name in modules():
        entry = _entry(name)
        files[f"{entry}c"] = compiled(_path(name).read_bytes(), entry)
        digests[name] = _digest(_path(name))
    files["sources.json"] = json.dumps(digests).encode()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data, compresslevel=9)
    return buffer.getvalue()


def compiled(source: bytes, name: str) -> bytes:
    """Return a .pyc without time, docstrings, assertions and line numbers."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=2)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(_without_lines(code))


def _without_lines(code: CodeType) -> CodeType:
    constants = (
        _without_lines(one) if isinstance(one, CodeType) else one for one in code.co_consts
    )
    return code.replace(co_linetable=b"", co_consts=tuple(constants))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _entry(name: str) -> str:
    return _path(name).relative_to(PACKAGE.parent).as_posix()


def _exists(name: str) -> bool:
    return bool(name) and _path(name).is_file()


def _path(name: str) -> Path:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _without_types(tree: ast.Module) -> ast.Module:
    """Leave out what is imported for types alone."""
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return tree
