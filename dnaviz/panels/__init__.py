"""Panels: each a validated state and a view, for notebooks and dashboards."""

from importlib import import_module
from typing import Any

_HOMES = {
    "LatentMap": "dnaviz.panels.latent_map.panel",
    "Reconstruction": "dnaviz.panels.reconstruction.panel",
    "SpliceInspector": "dnaviz.panels.splice_inspector.panel",
    "link": "dnaviz.panels.linking",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dnaviz.panels' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
