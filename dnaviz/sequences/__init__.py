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
from dnaviz.sequences.files import (
    MAX_FILE,
    read_sequence_bytes,
    read_sequences,
    read_text,
    read_text_bytes,
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
    "MAX_FILE",
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
    "read_sequence_bytes",
    "read_sequences",
    "read_text",
    "read_text_bytes",
    "reverse_complement",
    "shorten",
    "upper_case_regions",
]
