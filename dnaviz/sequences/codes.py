"""Bases as small numbers: 0-3 for A C G T, 4 for anything else, 5 for no base at all."""

import numpy as np

COMPLEMENT = np.array([3, 2, 1, 0, 4, 5], np.uint8)
"""The code on the other strand, by code."""

_CODES = np.full(256, 4, np.uint8)
for _code, _letters in enumerate((b"Aa", b"Cc", b"Gg", b"TtUu")):
    _CODES[list(_letters)] = _code


def encode_bases(bases: str) -> np.ndarray:
    """Codes (L,) uint8 of a string: 0-3 = A C G T (U is T), everything else 4."""
    return _CODES[np.frombuffer(bases.encode("ascii", "replace"), np.uint8)]


def kmer_index(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Index of every k-mer as a base-4 number, and whether all of its bases are known.

    Parameters
    ----------
    codes : (..., L) uint8
    size : int
        Bases of a k-mer, at most 31.

    Returns
    -------
    (..., L - size + 1) int64, and the same of bool
        The first base is the highest digit; an unknown one makes an index that means nothing.
    """
    positions = max(0, codes.shape[-1] - size + 1)
    kmers = np.zeros((*codes.shape[:-1], positions), np.int64)
    valid = np.ones(kmers.shape, bool)
    for offset in range(size):
        piece = codes[..., offset : offset + positions]
        kmers = 4 * kmers + (piece & 3)
        valid &= piece < 4
    return kmers, valid
