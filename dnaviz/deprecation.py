"""Old public names, kept for one release."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

MOVED: dict[str, tuple[str, dict[str, str]]] = {
    "dnaviz.variants": ("dnaviz.splicing.variants", {}),
    "dnaviz.models.ways": ("dnaviz.models.latent_paths", {"writes": "decoder_sensitivity"}),
    "dnaviz.figures.ways": (
        "dnaviz.figures.latent_paths",
        {"walk_ladder": "interpolation_rows", "way_figure": "path_figure"},
    ),
    "dnaviz.atlas.losses": (
        "dnaviz.atlas.reconstruction_errors",
        {"losses": "reconstruction_errors"},
    ),
    "dnaviz.figures.losses": (
        "dnaviz.figures.reconstruction_errors",
        {"losses_figure": "reconstruction_errors_figure"},
    ),
}
"""Modules that the notebooks of version 0.1 import: where they are now, and functions renamed."""


class MovedModules:
    """Find modules by their former names: an entry of `sys.meta_path`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        home, renamed = MOVED[module.__name__]
        warn(module.__name__, home)
        new = import_module(home)
        vars(module).update({k: v for k, v in vars(new).items() if not k.startswith("_")})
        vars(module).update({old: getattr(new, name) for old, name in renamed.items()})


def warn(old: str, new: str) -> None:
    """Warn the caller of the caller that a name has changed."""
    warnings.warn(f"{old} is now called {new}.", DeprecationWarning, stacklevel=3)


def deprecated(old: str, new: str) -> Any:
    """Return a property that warns and gives the attribute or method that took its place.

    Parameters
    ----------
    old, new
        Names of the attributes.
    """

    def get(self: Any) -> Any:
        warn(old, new)
        return getattr(self, new)

    return property(get, doc=f"Deprecated: use `{new}`.")


def find_moved_modules() -> None:
    """Let modules be imported by their former names."""
    sys.meta_path.append(MovedModules())
