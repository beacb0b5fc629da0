"""Whether what the server is given can be used, looked at in a process of its own.

``python -m dnaviz.serving.inputs`` reads the files that the environment names, as every visitor's
kernel would, and says in a sentence what is wrong. A process of its own, as it takes memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from dnaviz.errors import InputError

PATIENCE = 1800
"""Seconds for the indexes of a genome, which are made once."""

NAMES = ("DNAVIZ_ATLAS", "DNAVIZ_MODEL", "DNAVIZ_GENOME", "DNAVIZ_ANNOTATION")

PAGES = {"reconstruction": "decode", "splice-inspector": "score_positions"}
"""Dashboards that need more of a model than latents, and the method they need."""


class Checked(NamedTuple):
    """What is to be told at the start, and the dashboards that the model cannot have."""

    notes: list[str]
    hidden: list[str]


def check_inputs(environment: Mapping[str, str]) -> Checked:
    """Refuse weights, atlases and genomes that no page could use.

    Parameters
    ----------
    environment : mapping
        The variables by which kernels are told of them; nothing is done where there are none.

    Returns
    -------
    Checked
        Notes: what of a genome and its annotation is left out, or not read as usual, and what the
        model lacks.

    Raises
    ------
    InputError
        Says what is wrong with which.
    """
    given = {name: environment[name] for name in NAMES if name in environment}
    if not given:
        return Checked([], [])
    command = [sys.executable, "-m", __name__]
    try:
        process = subprocess.run(
            command, env={**os.environ, **given}, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{', '.join(given.values())}: reading takes too long.") from None
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"{', '.join(given.values())}: unreadable."]
        raise InputError(lines[-1])
    return Checked(**json.loads(process.stdout.splitlines()[-1]))


def _read() -> Checked:
    from dnaviz.genome.regions import regions_of_environment
    from dnaviz.models import lacks, load_model

    notes, hidden = [], []
    if atlas := os.environ.get("DNAVIZ_ATLAS"):
        from dnaviz.atlas import load_atlas

        load_atlas(atlas)  # that it is of this model, the map does not ask
    if folder := os.environ.get("DNAVIZ_MODEL"):
        model = load_model(folder)
        for page, method in PAGES.items():
            if sentence := lacks(model, method):
                notes.append(f"{sentence} The dashboard {page} is not offered.")
                hidden.append(page)
    if genome := os.environ.get("DNAVIZ_GENOME"):
        regions = regions_of_environment()
        if regions is None:
            raise InputError(f"{genome} cannot be read as a genome.")
        if regions.annotation is not None:
            regions.annotation.within(next(iter(regions.lengths)), 1, 1)
        notes += regions.notes
    return Checked(notes, hidden)


if __name__ == "__main__":
    try:
        print(json.dumps(_read()._asdict()))
    except InputError as error:
        sys.exit(str(error))
