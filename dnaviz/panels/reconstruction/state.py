"""What the reconstruction shows, in values that fit into a link."""

from __future__ import annotations

import traitlets

from dnaviz.models.latent_paths import LIMIT
from dnaviz.panels.common.state import Number, State


class ReconstructionState(State):
    """What is shown.

    ``sequence`` is FASTA, or ``example`` a name from the gallery; ``edits`` of it; ``first``: the
    first base shown; ``tool``: what is done with the latent; ``other`` and ``step``: where a walk
    goes (bases, FASTA or an id of the atlas) and how far along it is (0-1); ``direction`` ("PC 1",
    "dimension 1") and ``amount``: what is turned, and by how many standard deviations; ``space``:
    that of the map.
    """

    sequence = traitlets.Unicode("")
    example = traitlets.Unicode("")
    edits = traitlets.Unicode("")
    first = traitlets.Int(1, min=1)
    tool = traitlets.Enum(("edit", "walk", "turn", "lost"), "edit")
    other = traitlets.Unicode("")
    step = Number(0.5, min=0.0, max=1.0)
    direction = traitlets.Unicode("PC 1")
    amount = Number(0.0, min=-LIMIT, max=LIMIT)
    space = traitlets.Enum(("autoencoder", "splice"), "autoencoder")
