"""DNA as people have it - pasted, uploaded, in files - turned into checked sequences and arrays."""

from dnaviz.sequences.bases import (
    BASES,
    IUPAC,
    Sequence,
    from_one_hot,
    one_hot,
    printable,
    reverse_complement,
    shorten,
    upper_case_regions,
)
from dnaviz.sequences.parse import (
    MAX_LENGTH,
    MAX_RECORDS,
    MAX_TEXT,
    MIN_LENGTH,
    as_sequence,
    as_sequences,
    parse_sequences,
)

__all__ = [
    "BASES",
    "IUPAC",
    "MAX_LENGTH",
    "MAX_RECORDS",
    "MAX_TEXT",
    "MIN_LENGTH",
    "Sequence",
    "as_sequence",
    "as_sequences",
    "from_one_hot",
    "one_hot",
    "parse_sequences",
    "printable",
    "reverse_complement",
    "shorten",
    "upper_case_regions",
]
