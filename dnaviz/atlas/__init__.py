"""Atlases: windows of DNA with their latents and maps; placing new sequences among them."""

from dnaviz.atlas.project import Projection
from dnaviz.atlas.store import Atlas, load_atlas

__all__ = ["Atlas", "Projection", "load_atlas"]
