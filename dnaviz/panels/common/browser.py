"""What runs in the browser is put together from files that several widgets share."""

from pathlib import Path


def browser_source(*paths: Path) -> str:
    """Return the JavaScript or CSS of files, one behind the other, as one module."""
    return "\n".join(path.read_text("utf-8") for path in paths)
