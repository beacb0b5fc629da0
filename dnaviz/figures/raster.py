"""Many points as one picture: what a million of them look like, in the size of a small photograph.

The way datashader does it, with numpy alone (datashader needs numba, seconds to import): points are
counted into pixels; a pixel has the mean color of its points, and its opacity grows with the
logarithm of their number, so that a single point stays visible and a crowd does not drown the rest.
"""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnaviz.figures.coloring import Coloring
from dnaviz.figures.map import DIMMED

FAINTEST = 0.4  # opacity of a single point where another pixel is full
FULL_SIZE = 20_000  # points in view up to which they are drawn in their full size
Box = tuple[float, float, float, float]


class Palette(NamedTuple):
    """Colors of n points: ``codes`` (n,) uint8, rows of ``colors`` (256, 3) float32 0-255."""

    codes: NDArray[np.uint8]
    colors: NDArray[np.float32]


def palette(coloring: Coloring) -> Palette:
    """A coloring as numbers of 256 colors."""
    low, high = coloring.limits
    span = max(high - low, 1e-12)
    codes = np.clip((coloring.codes - np.float32(low)) * np.float32(255 / span), 0, 255)
    stops = [stop for stop, _ in coloring.scale]
    colors = [color for _, color in coloring.scale]
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colors], np.float32)
    at = np.arange(256) / 255
    table = np.stack([np.interp(at, stops, rgb[:, i]) for i in range(3)], axis=1)
    if coloring.categories:
        # Each in the middle of its stretch of the scale, where no neighbor shines in.
        count = len(coloring.categories)
        numbers = np.minimum((at * count).astype(int), count - 1)
        table = rgb[2 * numbers]
    return Palette(np.rint(codes).astype(np.uint8), table.astype(np.float32))


def raster(
    xy: NDArray[np.float32],
    colors: Palette,
    box: Box,
    width: int,
    height: int,
    *,
    shown: NDArray[np.bool_] | None = None,
    selected: NDArray[np.bool_] | None = None,
    size: float = 4.0,
    opacity: float = 0.75,
) -> NDArray[np.uint8]:
    """Draw points.

    Parameters
    ----------
    xy
        Positions (n, 2).
    colors
        From `palette`, of the same n points.
    box
        x0, x1, y0, y1 of the picture.
    width, height
        Of the picture in pixels.
    shown
        (n,) whether a point is drawn; all by default.
    selected
        (n,) the points above the others, which fade; None for no selection.
    size, opacity
        Of a point, in pixels and 0-1. Where many are in view they are drawn smaller.

    Returns
    -------
    numpy.ndarray, shape (height, width, 4), uint8
        Red, green, blue and opacity; the first row is the top.
    """
    x0, x1, y0, y1 = box
    column = ((xy[:, 0] - x0) * (width / (x1 - x0))).astype(np.int32)
    line = ((y1 - xy[:, 1]) * (height / (y1 - y0))).astype(np.int32)
    inside = (xy[:, 0] >= x0) & (xy[:, 0] < x1) & (xy[:, 1] > y0) & (xy[:, 1] <= y1)
    if shown is not None:
        inside &= shown
    rows = np.flatnonzero(inside)
    pixels = line[rows] * width + column[rows]
    codes = colors.codes[rows]

    def layer(which: NDArray | slice, opacity: float) -> NDArray[np.float32]:
        layer_pixels = pixels[which]
        sums = _accumulate(layer_pixels, codes[which], colors.colors, width, height)
        smaller = min(1.0, (FULL_SIZE / max(len(layer_pixels), 1)) ** 0.5)
        return _ink(_spread(sums, max(size * smaller, 1.0)), opacity)

    if selected is None:
        return _finish(layer(slice(None), opacity))
    chosen = selected[rows]
    above = layer(chosen, min(1.0, opacity + 0.2))
    below = layer(~chosen, DIMMED * 2)
    return _finish(above + below * (1 - above[..., 3:]))


def png(image: NDArray[np.uint8], colors: int | None = None) -> bytes:
    """A picture (h, w, 4) as PNG; with so many colors at most it is smaller, and takes longer."""
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(image, "RGBA")
    if colors:
        picture = picture.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(buffer, "PNG", compress_level=9 if colors else 3)
    return buffer.getvalue()


def _accumulate(
    pixels: NDArray, codes: NDArray[np.uint8], colors: NDArray, width: int, height: int
) -> NDArray[np.float32]:
    """Sums (h, w, 4) of red, green, blue and of the points in each pixel."""
    count = width * height
    sums = [np.bincount(pixels, colors[:, i][codes], count) for i in range(3)]
    sums.append(np.bincount(pixels, minlength=count))
    return np.stack(sums, axis=1).astype(np.float32).reshape(height, width, 4)


def _spread(sums: NDArray[np.float32], size: float) -> NDArray[np.float32]:
    """Each point a disc of `size` pixels with soft edges."""
    reach = int(np.ceil((size - 1) / 2))
    if reach < 1:
        return sums
    height, width = sums.shape[:2]
    out = np.zeros_like(sums)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            weight = float(np.clip((size + 1) / 2 - np.hypot(dx, dy), 0, 1))
            if weight > 0:
                to = slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0))
                source = (
                    slice(max(-dy, 0), height + min(-dy, 0)),
                    slice(max(-dx, 0), width + min(-dx, 0)),
                )
                out[to] += weight * sums[source]
    return out


def _ink(sums: NDArray[np.float32], opacity: float) -> NDArray[np.float32]:
    """Premultiplied color and opacity (h, w, 4), 0-1, of sums."""
    count = sums[..., 3]
    covered = count > 0
    if not covered.any():
        return np.zeros_like(sums)
    crowd = max(float(np.quantile(count[covered], 0.995)), 2.0)
    strength = np.log1p(count) / np.log1p(crowd)
    # Below one point (a soft edge) the opacity goes down with it.
    alpha = np.minimum(count, 1) * (FAINTEST + (1 - FAINTEST) * np.minimum(strength, 1)) * opacity
    color = sums[..., :3] / np.maximum(count, 1e-9)[..., None] / 255
    return np.concatenate([color * alpha[..., None], alpha[..., None]], axis=2)


def _finish(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    alpha = ink[..., 3:]
    color = ink[..., :3] / np.maximum(alpha, 1e-6)
    return np.rint(np.concatenate([color, alpha], axis=2) * 255).clip(0, 255).astype(np.uint8)
