"""Whether what the server is given can be used, looked at in a process of its own.

``python -m dnaviz.serving.inputs`` reads the files that the environment names, as every visitor's
kernel would, and says in a sentence what is wrong. A process of its own, as it takes memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from dnaviz.errors import InputError, describe_missing

PATIENCE = 1800
"""Seconds for the indexes of a genome, which are made once."""

NAMES = ("DNAVIZ_MODEL", "DNAVIZ_GENOME", "DNAVIZ_ANNOTATION")


def check_inputs(environment: Mapping[str, str]) -> list[str]:
    """Refuse weights and genomes that no page could use.

    Parameters
    ----------
    environment : mapping
        The variables by which kernels are told of them; nothing is done where there are none.

    Returns
    -------
    list of str
        What of a genome and its annotation is left out, or not read as usual.

    Raises
    ------
    InputError
        Says what is wrong with which.
    """
    given = {name: environment[name] for name in NAMES if name in environment}
    if not given:
        return []
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
    return process.stdout.splitlines()


def _read() -> None:
    from dnaviz.genome.regions import regions_of_environment
    from dnaviz.models import load_model

    if folder := os.environ.get("DNAVIZ_MODEL"):
        load_model(folder)
    if genome := os.environ.get("DNAVIZ_GENOME"):
        try:
            import pysam  # noqa: F401
        except ImportError:
            raise InputError(describe_missing("pysam", "genome")) from None
        regions = regions_of_environment()
        if regions is None:
            raise InputError(f"{genome} cannot be read as a genome.")
        if regions.annotation is not None:
            regions.annotation.within(next(iter(regions.lengths)), 1, 1)
        for note in regions.notes:
            print(note)


if __name__ == "__main__":
    try:
        _read()
    except InputError as error:
        sys.exit(str(error))
