"""Small pictures: few colours, no loss within them, at most so many pixels high."""

import io
from pathlib import Path
from typing import cast

from PIL import Image

COLOURS = 64
TALLEST = 2600
"""A page that goes on below is cut here: what matters stands above."""


def store(png: bytes, path: Path) -> None:
    """Write a screenshot as lossless WebP in its most frequent colours: sharp text, a small file."""
    with Image.open(io.BytesIO(png)) as image:
        cut = image.convert("RGB").crop((0, 0, image.width, min(image.height, TALLEST)))
    few = cut.quantize(palette=_palette(cut), dither=Image.Dither.NONE)
    few.convert("RGB").save(path, "WEBP", lossless=True, quality=75, method=4)


def _palette(image: Image.Image) -> Image.Image:
    counted = cast(list[tuple[int, tuple[int, int, int]]], image.getcolors(image.width * image.height))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _count, colour in sorted(counted)[-COLOURS:] for part in colour])
    return palette
