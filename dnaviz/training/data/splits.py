"""The split into training, validation and test chromosomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from dnaviz.errors import InputError
from dnaviz.genome.accessions import chromosome_of_record
from dnaviz.genome.fasta import chromosome_name

Splits = Mapping[str, frozenset[str]]

SPLITS: Splits = {
    "test": frozenset(f"chr{n}" for n in (1, 3, 5, 7, 9, 19)),
    "validation": frozenset({"chr2", "chr4"}),
}
"""Those of what ships and of all its figures: SpliceAI's test chromosomes, and chromosome 19."""


@lru_cache(maxsize=10_000)
def split_name(chrom: str) -> str:
    """Return the name that splits go by: one for a chromosome's accessions, parts and contigs."""
    return chromosome_of_record(chrom) or chromosome_name(chrom)


def split_of(chrom: str, splits: Splits = SPLITS) -> str:
    """Return the split of a chromosome, or of a record: ``train`` if no other claims it.

    All that has one `split_name` is of one split, however the splits spell it.
    """
    name = split_name(chrom)
    return next(
        (split for split, names in splits.items() if name in map(split_name, names)), "train"
    )


def held_out_chromosomes(*chosen: str, splits: Splits = SPLITS) -> str:
    """List the chromosomes of some splits, as a text."""
    names = set().union(*(splits[split] for split in chosen))
    return ", ".join(sorted(names, key=lambda name: (len(name), name))) or "none"


def chosen_splits(test: str | None, validation: str | None, default: Splits = SPLITS) -> Splits:
    """Return the splits by names of chromosomes that are separated by commas.

    Parameters
    ----------
    test, validation : str or None
        None for those of `default`; an empty text for no chromosome.

    Raises
    ------
    InputError
        If a chromosome is to be in both.
    """
    splits = dict(default)
    for split, chosen in (("test", test), ("validation", validation)):
        if chosen is not None:
            names = (name.strip() for name in chosen.split(","))
            splits[split] = frozenset(split_name(name) for name in names if name)
    if both := splits["test"] & splits["validation"]:
        given, other = ("test", "validation") if validation is None else ("validation", "test")
        if test is None or validation is None:
            raise InputError(
                f"Chromosome {min(both)}, given by --{given}, is one of those for {other}: say by "
                f"--{other} which these are."
            )
        raise InputError(f"Chromosome {min(both)} is given both for test and for validation.")
    return splits


def recorded_splits(configs: Iterable[Mapping[str, Any]]) -> Splits:
    """Return the splits that trained weights were trained with, by what is noted beside them.

    Parameters
    ----------
    configs : iterable of mapping
        Of checkpoints; those that note no splits do not count. `SPLITS` where none does.

    Raises
    ------
    InputError
        If they differ.
    """
    found: list[Splits] = []
    for config in configs:
        if isinstance(noted := config.get("split"), Mapping):
            splits = {name: frozenset(map(split_name, noted.get(name, ()))) for name in SPLITS}
            if splits not in found:
                found.append(splits)
    if len(found) > 1:
        raise InputError(
            "The weights were trained with different test or validation chromosomes: say by --test "
            "and --validation which none of them learned from."
        )
    return found[0] if found else SPLITS


def describe_learned(name: str, config: Mapping[str, Any], held_out: frozenset[str]) -> str:
    """Say if weights may have learned from held-out chromosomes; "" if they have not."""
    without = recorded_splits([config])
    learned = held_out - without["test"] - without["validation"]
    if not learned:
        return ""
    first, names = min(learned), held_out_chromosomes(*without, splits=without)
    return (
        f"{name} was trained without {names}: if {first} is of the genome that it learned from, "
        f"figures of {first} are of what it knows."
    )


def check_usual_splits(configs: Iterable[Mapping[str, Any]]) -> None:
    """Refuse weights that may have learned from the test chromosomes of `SPLITS`."""
    for found in (recorded_splits([config]) for config in configs):
        if SPLITS["test"] - found["test"] - found["validation"]:
            raise InputError(
                f"These weights were trained with {held_out_chromosomes('test', splits=found)} for "
                f"test chromosomes, and this measures on {held_out_chromosomes('test')}: use "
                "dnaviz measure genes."
            )
