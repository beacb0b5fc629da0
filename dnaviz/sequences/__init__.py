"""DNA as people have it - pasted, uploaded, in files - turned into checked sequences and arrays."""

from dnaviz.sequences.bases import (
    BASES,
    IUPAC,
    Sequence,
    centered_one_hot,
    from_one_hot,
    one_hot,
    printable,
    reverse_complement,
    shorten,
    upper_case_regions,
)
from dnaviz.sequences.convert import (
    AnySequences,
    as_sequence,
    as_sequences,
    is_single,
)
from dnaviz.sequences.parse import (
    MAX_LENGTH,
    MAX_RECORDS,
    MAX_TEXT,
    MIN_LENGTH,
    parse_sequences,
)

__all__ = [
    "BASES",
    "IUPAC",
    "MAX_LENGTH",
    "MAX_RECORDS",
    "MAX_TEXT",
    "MIN_LENGTH",
    "AnySequences",
    "Sequence",
    "as_sequence",
    "as_sequences",
    "centered_one_hot",
    "from_one_hot",
    "is_single",
    "one_hot",
    "parse_sequences",
    "printable",
    "reverse_complement",
    "shorten",
    "upper_case_regions",
]
