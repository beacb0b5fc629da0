"""dnaviz: look inside a model of DNA.

Names below are imported when first used, so that ``import dnaviz`` itself costs next to nothing.
"""

from importlib import import_module
from typing import Any

from dnaviz.deprecation import find_moved_modules, warn

__version__ = "0.1.0"

_HOMES = {
    "InputError": "dnaviz.errors",
    "Sequence": "dnaviz.sequences",
    "parse_sequences": "dnaviz.sequences",
    "read_sequences": "dnaviz.io.read",
    "reverse_complement": "dnaviz.sequences",
    "one_hot": "dnaviz.sequences",
    "Model": "dnaviz.models",
    "load_model": "dnaviz.models",
    "scan": "dnaviz.splicing.scan",
    "attribute": "dnaviz.attribution",
    "mutagenesis": "dnaviz.attribution",
    "Atlas": "dnaviz.atlas",
    "load_atlas": "dnaviz.atlas",
    "LatentMap": "dnaviz.panels",
    "Reconstruction": "dnaviz.panels",
    "SpliceInspector": "dnaviz.panels",
    "splice_effect": "dnaviz.splicing.variant_effect",
    "splice_effects": "dnaviz.splicing.variant_effect",
    "html_report": "dnaviz.report",
    "analyze_case": "dnaviz.report",
    "case_report": "dnaviz.report",
    "build_atlas": "dnaviz.atlas.build",
    "examples": "dnaviz.genome.examples",
    "link": "dnaviz.panels",
}

__all__ = ["__version__", *_HOMES]

find_moved_modules()


def __getattr__(name: str) -> Any:
    if name == "load":
        warn("dnaviz.load", "dnaviz.load_model")
        return __getattr__("load_model")
    if name not in _HOMES:
        raise AttributeError(f"module 'dnaviz' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
