"""What the latent map shows, in values that fit into a link."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

import numpy as np
import traitlets
from numpy.typing import NDArray

from dnaviz.errors import InputError
from dnaviz.panels.common.state import Number, State


class MapState(State):
    """State of `LatentMap`; see its attributes of the same names.

    `selection` is the rows as a compressed bit field (`pack`, `unpack`), so that the thousands of a
    lasso fit into an address; `focus` an id; `placed` FASTA; `hidden` the categories switched off,
    per column; `between` the limits of numeric columns; `explain` the site whose log-odds the mean
    attribution of a selection explains, "" for the one its windows look like; `names` whether
    categories are named on the map.
    """

    space = traitlets.Enum(("autoencoder", "splice"), "autoencoder")
    color = traitlets.Unicode("label")
    size = Number(4.0, min=1.0, max=14.0)
    opacity = Number(0.75, min=0.05, max=1.0)
    contours = traitlets.Bool(False)
    names = traitlets.Bool(False)
    hidden = traitlets.Dict(
        value_trait=traitlets.List(traitlets.Unicode()), key_trait=traitlets.Unicode()
    )
    between = traitlets.Dict(
        value_trait=traitlets.List(traitlets.Float(), minlen=2, maxlen=2),
        key_trait=traitlets.Unicode(),
    )
    selection = traitlets.Unicode("")
    focus = traitlets.Unicode("")
    placed = traitlets.Unicode("")
    explain = traitlets.Enum(("", "donor", "acceptor"), "")


def pack(rows: NDArray[np.int64], count: int, mark: bytes) -> str:
    """Rows of an atlas of `count` windows as text, with its `Atlas.mark`; "" for none."""
    if not len(rows):
        return ""
    bits = np.zeros(count, bool)
    bits[rows] = True
    packed = zlib.compress(mark + np.packbits(bits).tobytes(), 9)
    return urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str, count: int, mark: bytes) -> NDArray[np.int64]:
    """The rows that `pack` wrote; InputError where the text is of another atlas, or none."""
    if not text:
        return np.empty(0, np.int64)
    size = len(mark) + (count + 7) // 8
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        # Never more than the atlas needs, whatever a stranger's link holds.
        data = zlib.decompressobj().decompress(packed, size + 1)
    except (ValueError, zlib.error):
        data = b""
    if len(data) != size or not data.startswith(mark):
        raise InputError("The selection in this link does not belong to this atlas.")
    bits = np.unpackbits(np.frombuffer(data, np.uint8)[len(mark) :])[:count]
    return np.flatnonzero(bits).astype(np.int64)
