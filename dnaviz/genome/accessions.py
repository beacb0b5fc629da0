"""RefSeq's accessions of human chromosomes, and the assembly each belongs to."""

from __future__ import annotations

import re

from dnaviz.genome.fasta import chromosome_name

_VERSIONS = {
    "GRCh38": (11, 12, 12, 12, 10, 12, 14, 11, 12, 11, 10, 12, 11, 9, 10, 10, 11, 10, 10, 11, 9, 11,
               11, 10),
    "GRCh37": (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10,
               9),
}  # fmt: skip
"""Versions of NC_000001 to NC_000024 (22 autosomes, X, Y)."""

_LENGTHS = {
    "GRCh38": (248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973,
               145138636, 138394717, 133797422, 135086622, 133275309, 114364328, 107043718,
               101991189, 90338345, 83257441, 80373285, 58617616, 64444167, 46709983, 50818468,
               156040895, 57227415),
    "GRCh37": (249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663,
               146364022, 141213431, 135534747, 135006516, 133851895, 115169878, 107349540,
               102531392, 90354753, 81195210, 78077248, 59128983, 63025520, 48129895, 51304566,
               155270560, 59373566),
}  # fmt: skip
"""Lengths (nt) of the same chromosomes."""

_MITOCHONDRIAL = "NC_012920"
_FIRST_GENBANK = 663
_GENBANK = re.compile(r"CM000(?P<number>\d{3})(?:\.\d+)?", re.IGNORECASE)
"""GenBank's accessions of the chromosomes, of CM000663 (chromosome 1) to CM000686 (Y)."""

_RECORD = re.compile(
    r"(?:(?:hg|grch|human|homo_sapiens|chm13|t2t)[\w.]*?[_.-])?"
    r"(?:chromosome|chrom|chr)?[_-]?0*(?P<chromosome>[1-9]\d?|[XY]|MT?)(?:[_.|-].*)?",
    re.IGNORECASE,
)
"""Names that people give to records of a chromosome, or of a part of one."""

_ACCESSION = re.compile(r"NC_0000(?P<number>\d\d)(?:\.(?P<version>\d+))?", re.IGNORECASE)


def chromosome_of(accession: str) -> tuple[str, str] | None:
    """Return chromosome and assembly of a human chromosome's accession.

    Parameters
    ----------
    accession : str
        As ``NC_000019.10``.

    Returns
    -------
    tuple or None
        As ``("chr19", "GRCh38")``; the assembly is "" where the version is missing or belongs to
        neither GRCh37 nor GRCh38, or where both have it (mitochondria). None for anything else.
    """
    if accession.upper().partition(".")[0] == _MITOCHONDRIAL:
        return "chrM", ""
    match = _ACCESSION.fullmatch(accession)
    if match is None or not 1 <= int(match["number"]) <= 24:
        return None
    number, version = int(match["number"]), int(match["version"] or 0)
    assembly = next((a for a, v in _VERSIONS.items() if v[number - 1] == version), "")
    return str(_chromosome(number)), assembly


def canonical_contig(name: str) -> str:
    """Return one name for all of a chromosome: ``chr19`` for 19, Chr19 and NC_000019.10."""
    accession = chromosome_of(name)
    return accession[0] if accession else chromosome_name(name)


def chromosome_of_record(name: str) -> str | None:
    """Return the human chromosome that a record is of, by its name; None where it tells none.

    Parameters
    ----------
    name : str
        As ``chr7``, ``7``, ``NC_000007.14``, ``CM000669.2``, ``hg38_chr7``, ``chr7:1000-2000``,
        ``chr7_KI270803v1_alt`` or ``7_LRG_12``.

    Returns
    -------
    str or None
        As ``chr7``. A number that no human chromosome has is none.
    """
    text = name.strip().partition(":")[0]
    if accession := chromosome_of(text):
        return accession[0]
    if match := _GENBANK.fullmatch(text):
        return _chromosome(int(match["number"]) - _FIRST_GENBANK + 1)
    match = _RECORD.fullmatch(text)
    key = match["chromosome"].upper() if match else ""
    if not key.isdecimal():
        return {"": None, "MT": "chrM"}.get(key, f"chr{key}")
    return _chromosome(int(key))


def _chromosome(number: int) -> str | None:
    if not 1 <= number <= 24:
        return None
    return f"chr{ {23: 'X', 24: 'Y'}.get(number, number) }"


def accession_of(chrom: str, assembly: str) -> str | None:
    """Return the accession of a chromosome (``chr19``) in GRCh37 or GRCh38; None for others."""
    if chrom.removeprefix("chr") in ("M", "MT"):
        return f"{_MITOCHONDRIAL}.1" if assembly == "GRCh38" else None
    number = _number(chrom)
    if assembly not in _VERSIONS or not number:
        return None
    return f"NC_{number:06d}.{_VERSIONS[assembly][number - 1]}"


def assembly_of(chrom: str, length: int) -> str:
    """Return "GRCh38" or "GRCh37" by the length (nt) of a chromosome (``chr19``), else ""."""
    number = _number(chrom)
    return next((a for a, n in _LENGTHS.items() if number and n[number - 1] == length), "")


def _number(chrom: str) -> int:
    """Return the number of a chromosome, 23 and 24 for X and Y; 0 for anything else."""
    name = chrom.removeprefix("chr")
    number = {"X": 23, "Y": 24}.get(name) or (int(name) if name.isdecimal() else 0)
    return number if 1 <= number <= 24 else 0
