"""Messages as the kernels' websocket carries them."""

import json
from typing import Any


def pack(header: Any, content: Any, channel: str = "shell") -> bytes:
    """The binary layout: number of offsets, offsets, channel, then the parts of the message."""
    return lay_out([channel.encode(), *(json.dumps(p).encode() for p in (header, {}, {}, content))])


def lay_out(parts: list[bytes]) -> bytes:
    """The parts of a message, the channel first, behind their offsets."""
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join(n.to_bytes(8, "little") for n in (len(offsets), *offsets)) + b"".join(parts)
