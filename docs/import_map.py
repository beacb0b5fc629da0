"""Draw which room imports which, from the imports themselves, into docs/architecture.md.

``python docs/import_map.py`` rewrites the part of the page between its two marks;
``python docs/import_map.py --numbers`` prints lines by room, the longest module, circles, private
names that tests reach for, and public names.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
START, END = "<!-- import map: start -->", "<!-- import map: end -->"
ROOMS = (
    "sequences", "io", "genome", "models", "splicing", "attribution", "atlas", "figures", "report",
    "panels", "serving", "sealed", "training", "cli",
)  # fmt: skip
"""Rooms of the package, from the lowest up: one imports only from those before it."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    found = {}
    for path in sorted((root / "dnaviz").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(paths: dict[str, Path], types: bool = True) -> dict[str, set[str]]:
    """Return for each module those it imports, at the top, in functions, and for types."""
    graph: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not types:
            tree.body = [node for node in tree.body if not _for_types(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dnaviz"):
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    graph[name].add(full if full in paths else str(node.module))
            elif isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names if alias.name in paths}
    return graph


def _for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def room(module: str) -> str:
    """Return the room of a module; "" for those beside the rooms, which any may import."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []
    counter = itertools.count()

    def visit(name: str) -> None:
        number[name] = low[name] = next(counter)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1 or name in graph.get(name, ()):
                groups.append(sorted(group))

    for name in graph:
        if name not in number:
            visit(name)
    return groups


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def drawing() -> str:
    """Return the map as a Mermaid diagram and a table of the rooms."""
    paths = modules()
    graph = imports(paths)
    arrows = {
        (room(name), room(other))
        for name, others in graph.items()
        for other in others
        if room(name) and room(other) and room(name) != room(other)
    }
    present = [name for name in ROOMS if any(room(module) == name for module in paths)]
    lines = ["```mermaid", "graph BT"]
    lines += [
        f"  {name} --> {other}" for name in present for other in present if (name, other) in arrows
    ]
    lines += ["```", "", "| room | what it holds |", "|---|---|"]
    for name in present:
        doc = ast.get_docstring(ast.parse(paths[f"dnaviz.{name}"].read_text(encoding="utf-8")))
        first = (doc or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"| `{name}` | {first} |")
    return "\n".join(lines)


def with_drawing(page: str) -> str:
    """Return the page with the map drawn anew between its marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{drawing()}\n{END}{after}"


def numbers() -> str:
    """Return the figures by which the structure is judged."""
    paths = modules()
    lines = Counter({name: line_count(path) for name, path in paths.items()})
    by_room: Counter[str] = Counter()
    for name, count in lines.items():
        by_room[room(name) or "(none)"] += count
    longest, most = lines.most_common(1)[0]
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    foreign = r"(?<!self)(?<!cls)\._(?!(?:replace|make|asdict|fields)\b)[a-z]\w*"
    private = sum(len(re.findall(foreign, text)) for text in tests)
    public = re.findall(r'^    "(\w+)": "dnaviz', paths["dnaviz"].read_text(), re.MULTILINE)
    training = by_room["training"]
    return "\n".join(
        [
            f"lines of dnaviz/: {lines.total():,}, outside training/: {lines.total() - training:,}",
            *(f"  {name}: {count:,}" for name, count in by_room.most_common()),
            f"longest module: {longest}, {most} lines",
            f"import circles: {len(circles(imports(paths, types=False)))}",
            f"private names reached for by tests: {private}",
            f"public names: {len(public)}",
        ]
    )


if __name__ == "__main__":
    if "--numbers" in sys.argv:
        print(numbers())
    else:
        PAGE.write_text(with_drawing(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
