"""Public human data to retrain and evaluate with, brought by pip and checked.

All of it comes inside one package, intronIC 3.0.0 (GPL-3.0), of which nothing is run or installed:
chromosome 19 with its annotation (Ensembl 91), and 30,155 reference introns. Those have no
coordinates there; dnaviz brings the places that were found for them, because the split that its
models were trained with is made by chromosome.
"""

import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_write

PACKAGE = "intronIC==3.0.0"
_DATA = "intronIC/data/"
_INTRONS = "u2_reference_human.introns.iic.gz"
_GAP = "/.../"  # how the package writes the middle that it left out of a long intron
GENOME, ANNOTATION, INTRONS = (
    "GRCh38.chr19.fa.gz", "GRCh38.chr19.ensembl91.gff3.gz", "human_introns_hg38.tsv.gz",
)  # fmt: skip
# File in the package, and its SHA-256.
MEMBERS = {
    GENOME: (
        _DATA + "test_data/Homo_sapiens.Chr19.Ensembl_91.fa.gz",
        "d2f03acbc5e67be391933e9ed0141b897519a27c04336a1738af9d0a00d4fdd4",
    ),
    ANNOTATION: (
        _DATA + "test_data/Homo_sapiens.Chr19.Ensembl_91.gff3.gz",
        "3c0597cd6665e398f302db3ae94a66eb08181ce9ad2232380a1e1aec161c19e3",
    ),
    _INTRONS: (
        _DATA + _INTRONS,
        "ffde9203e5691b44740cc5750b28b4ea84d22ec2e15d67d6e3e04091b41dabd0",
    ),
}
# Of the table that is made from them, as text: compressed bytes differ between zlib versions.
INTRONS_SHA256 = "017c63c4737065f837948a1dad81877344a667952e12ee32a9907f53c043a719"
_COLUMNS = ("intron_id", "chrom", "start1", "end1", "strand", "coord_method_ok", "intron_len",
            "up_exon50", "intron", "down_exon50", "u12_score", "source_tag",
            "middle_truncated")  # fmt: skip


def fetch(folder: str | Path, report: Callable[[str], None] = lambda line: None) -> list[Path]:
    """Download the data, verify every file and write it.

    Parameters
    ----------
    folder
        Where to; made if it is not there. Files of the same names are replaced.
    report
        Called with a line of text for each step.

    Returns
    -------
    list of pathlib.Path
        Genome, annotation, and table of introns.

    Raises
    ------
    InputError
        When pip cannot bring the package, or a file is not the one expected.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    with tempfile.TemporaryDirectory() as temporary:
        report(f"Downloading {PACKAGE} with pip (56 MB)")
        wheel = download(Path(temporary))
        return unpack(wheel, folder, report)


def download(folder: Path) -> Path:
    """Let pip bring the package's wheel into a folder, without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-input", "--no-deps", "--only-binary", ":all:",
               "--dest", str(folder), PACKAGE]  # fmt: skip
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named pip" in process.stderr:
        raise InputError(f"This Python has no pip, which downloads {PACKAGE}: install pip first.")
    wheels = sorted(folder.glob("*.whl"))
    if process.returncode or not wheels:
        errors = [line for line in process.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR:").strip() if errors else "no reason given"
        raise InputError(f"pip could not download {PACKAGE} (is there a network?): {reason}")
    return wheels[0]


def unpack(
    wheel: Path, folder: Path, report: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Verify and write the data that a wheel of the package holds; see `fetch`."""
    contents = {name: _member(wheel, *MEMBERS[name]) for name in MEMBERS}
    paths = []
    for name in (GENOME, ANNOTATION):
        with atomic_write(folder / name, "wb") as file:
            file.write(contents[name])
        paths.append(folder / name)
    places = (files("dnaviz") / "assets" / "intron_places.tsv.gz").read_bytes()
    table = intron_table(
        gzip.decompress(contents[_INTRONS]).decode("ascii"), gzip.decompress(places).decode("ascii")
    )
    _verify(table.encode("ascii"), INTRONS_SHA256, INTRONS)
    with atomic_write(folder / INTRONS, "wb") as file:
        file.write(gzip.compress(table.encode("ascii"), compresslevel=6, mtime=0))
    paths.append(folder / INTRONS)
    for path in paths:
        report(f"{path}: {path.stat().st_size:,} bytes, verified")
    return paths


def intron_table(reference: str, places: str) -> str:
    """Join the package's introns to their places, line by line, as TSV text.

    `reference` has columns name, score, exon before, intron, exon after and perhaps a tag;
    `places` a header and chrom, start1, end1, strand, coord_method_ok.
    """
    records = [line.split("\t") for line in reference.splitlines() if not line.startswith("#")]
    rows = ["\t".join(_COLUMNS)]
    for record, place in zip(records, places.splitlines()[1:], strict=True):
        name, score, before, bases, after = record[:5]
        tag = record[5] if len(record) > 5 else ""
        intron = bases.replace(_GAP, "N" * len(_GAP))
        truncated = str(int(_GAP in bases))
        rows.append("\t".join(
            [name, place, str(len(intron)), before, intron, after, score, tag, truncated]
        ))  # fmt: skip
    return "\n".join(rows) + "\n"


def _member(wheel: Path, member: str, sha256: str) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(member)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError(f"{wheel.name} does not hold {member}.") from error
    _verify(data, sha256, member)
    return data


def _verify(data: bytes, sha256: str, name: str) -> None:
    checksum = hashlib.sha256(data).hexdigest()
    if checksum != sha256:
        raise InputError(
            f"{name} is not the file expected: its SHA-256 is {checksum}, not {sha256}."
        )
