"""Reads the parts of a map's page again: what its script does, written anew in Python."""

import base64
import gzip
import json
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def parts_of(page: str) -> dict[str, bytes]:
    """Every part of the page's file, unpacked, by name."""
    texts = re.findall(r'<script type="text/plain" id="payload-([\w-]+)">([^<]*)</script>', page)
    return {name: gzip.decompress(base64.b64decode(text)) for name, text in texts}


def about_of(page: str) -> dict[str, Any]:
    return json.loads(parts_of(page)["about"])


def positions(data: bytes, frame: list[float]) -> NDArray[np.float64]:
    """Positions (n, 2) from their steps."""
    x0, x1, y0, y1 = frame
    x, y = np.frombuffer(data, "<u2").reshape(2, -1) / 65535
    return np.stack([x0 + x * (x1 - x0), y0 + y * (y1 - y0)], axis=1)


def bases(packed: Iterable[bytes], exceptions: bytes, count: int, width: int) -> NDArray[np.uint8]:
    """Codes (n, w) from two bits a base and the runs that are none."""
    row = -(-width // 4)
    data = np.frombuffer(b"".join(packed), np.uint8).reshape(count, row)
    codes = np.stack([data >> 6 & 3, data >> 4 & 3, data >> 2 & 3, data & 3], axis=2)
    codes = codes.reshape(count, -1)[:, :width].copy().reshape(-1)
    runs = len(exceptions) // 9
    starts = np.frombuffer(exceptions[: 4 * runs], "<u4").cumsum(dtype=np.int64)
    lengths = np.frombuffer(exceptions[4 * runs : 8 * runs], "<u4")
    for start, length, code in zip(starts, lengths, exceptions[8 * runs :], strict=True):
        codes[start : start + length] = code
    return codes.reshape(count, width)


def column(about: dict[str, Any], data: bytes, texts: bytes) -> list[Any]:
    """The values of a column: numbers, or texts."""
    values = np.frombuffer(data, f"<{about['type']}")
    if about["numeric"]:
        return list(values)
    names = json.loads(texts)["names"]
    return [names[value] for value in values]
