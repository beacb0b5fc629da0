"""Which dashboards there are: one notebook each, with its title, its line and its picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dnaviz.errors import InputError

PACKAGE = Path(__file__).parents[1]

ORDER = ("splice-inspector", "reconstruction", "latent-map")
"""The packaged dashboards in the order of the index, which is also the order to try them in."""

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

RESERVED = {"about", "api", "assets", "healthz", "login", "metrics", "privacy", "voila"}
"""First parts of addresses that the server needs for itself."""


@dataclass(frozen=True)
class Dashboard:
    """One notebook that the server shows.

    Attributes
    ----------
    slug : str
        The notebook's name without its ending; also its address below the server's.
    title, summary : str
        Plain text for the index and the navigation.
    """

    slug: str
    title: str
    summary: str

    @property
    def path(self) -> str:
        """The notebook's path below the directory of dashboards."""
        return f"{self.slug}.ipynb"


def default_directory() -> Path:
    """Return where the packaged dashboards lie: in the installed package, else beside it."""
    for directory in (PACKAGE / "dashboards", PACKAGE.parent / "dashboards"):
        if any(directory.glob("*.ipynb")):
            return directory
    raise InputError("The dashboards that come with dnaviz are missing; install dnaviz again.")


def find_dashboards(directory: Path) -> list[Dashboard]:
    """Return the dashboards of a directory, in the order of the index.

    Parameters
    ----------
    directory : Path
        Holds one notebook per dashboard; directories in it are not looked into. A notebook's
        metadata may have ``"dnaviz": {"title": ..., "summary": ...}``; otherwise its first
        heading, or its name, is its title.

    Raises
    ------
    InputError
        The directory does not exist, holds no notebook, or one that cannot be read or addressed.
    """
    if not directory.is_dir():
        raise InputError(f"There is no directory {directory} to take dashboards from.")
    boards = [_read(path) for path in sorted(directory.glob("*.ipynb"))]
    if not boards:
        raise InputError(f"There is no notebook (*.ipynb) in {directory}.")
    rank = {slug: place for place, slug in enumerate(ORDER)}
    return sorted(boards, key=lambda board: (rank.get(board.slug, len(rank)), board.title.lower()))


def _read(path: Path) -> Dashboard:
    slug = path.stem
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        raise InputError(
            f"{path.name} cannot be a dashboard's name: use letters, digits, - and _ only"
            f" and none of {', '.join(sorted(RESERVED))}."
        )
    try:
        if not path.is_file():  # as a pipe, which reading would wait for
            raise ValueError
        notebook = json.loads(path.read_text(encoding="utf-8"))
        about = notebook["metadata"].get("dnaviz", {})
        headings = list(_headings(notebook))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is not a notebook that can be read.") from None
    title = about.get("title") or (headings[0] if headings else slug.replace("-", " "))
    return Dashboard(slug, str(title), str(about.get("summary", "")))


def _headings(notebook: dict[str, list[dict[str, object]]]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = cell["source"]
            text = "".join(source) if isinstance(source, list) else str(source)
            yield from (line.lstrip("# ").strip() for line in text.splitlines() if line[:1] == "#")
