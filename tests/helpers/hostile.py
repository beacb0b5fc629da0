"""Texts of ten million characters that a careless parser takes minutes or gigabytes for."""

HOSTILE = {
    "one line": lambda: "A" * 10_000_000,
    "blanks": lambda: "A" + " " * 10_000_000 + "!",
    "empty lines": lambda: "\n" * 10_000_000,
    "only numbers": lambda: "1 " * 10_000_000,
    "numbered nothing": lambda: "A\n" + "1\n" * 10_000_000,
    "empty records": lambda: ">\n" * 10_000_000,
    "one header": lambda: ">" * 10_000_000,
    "short records": lambda: ">a\nACGTACGTACGTACGTACGT\n" * 1_000_000,
    "empty entries": lambda: "LOCUS\n" + "//\n" * 5_000_000,
    "entries without end": lambda: "LOCUS\n" + "ORIGIN\n" * 100_000,
}
