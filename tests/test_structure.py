"""The shape of the package: rooms import downward, no circles, short modules."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("import_map", ROOT / "docs" / "import_map.py")
import_map = importlib.util.module_from_spec(spec)
spec.loader.exec_module(import_map)

PATHS = import_map.modules()
GRAPH = import_map.imports(PATHS)
room = import_map.room
LONGEST = 400
COMMANDS_OF_TRAINING = {
    "dataset", "evaluate", "explanations", "measure", "measure_genes", "probe", "train",
    "train_data",
}  # fmt: skip


def test_every_module_lives_in_a_room():
    outside = {name for name in PATHS if not room(name)}
    assert outside <= {
        "dnaviz", "dnaviz.__main__", "dnaviz.deprecation", "dnaviz.errors", "dnaviz.plots",
        "dnaviz.progress",
    }  # fmt: skip


def test_rooms_import_only_from_rooms_below():
    order = import_map.ROOMS
    upward = [
        f"{name} imports {other}"
        for name, others in GRAPH.items()
        for other in others
        if room(name) and room(other) and order.index(room(other)) > order.index(room(name))
    ]
    assert upward == []


def test_modules_beside_the_rooms_import_none_of_them():
    beside = {name for name in PATHS if not room(name)} - {"dnaviz", "dnaviz.__main__"}
    assert [(name, other) for name in beside for other in GRAPH[name] if room(other)] == []


def test_no_modules_import_each_other_in_a_circle():
    assert import_map.circles(import_map.imports(PATHS, types=False)) == []


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert import_map.circles(graph) == [["a", "b", "c"]]


def test_only_its_commands_import_training():
    users = {name for name, others in GRAPH.items() if any(room(x) == "training" for x in others)}
    allowed = {f"dnaviz.cli.{name}" for name in COMMANDS_OF_TRAINING}
    assert {name for name in users if room(name) != "training"} <= allowed


def test_figures_import_no_widgets_and_only_models_and_training_import_torch_at_their_top():
    def tops(path: Path) -> set[str]:
        names = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
        return names

    figures = [name for name in PATHS if room(name) == "figures"]
    assert [name for name in figures if {"ipywidgets", "anywidget"} & tops(PATHS[name])] == []
    rooms = {room(name) for name in PATHS if "torch" in tops(PATHS[name])}
    assert rooms <= {"models", "training"}


@pytest.mark.parametrize("name", sorted(PATHS))
def test_modules_stay_short(name):
    assert import_map.line_count(PATHS[name]) <= LONGEST


def test_the_map_of_imports_is_drawn_from_the_imports():
    page = import_map.PAGE.read_text(encoding="utf-8")
    assert import_map.with_drawing(page) == page
