"""Small pictures: few colours, no loss within them, at most so many pixels high."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = 64
TALLEST = 2600
"""A page that goes on below is cut here: what matters stands above."""


def store(png: bytes, path: Path) -> None:
    """Write a screenshot as lossless WebP in its most frequent colours: sharp text, a small file."""
    with Image.open(io.BytesIO(png)) as image:
        cut = np.asarray(image.convert("RGB"))[:TALLEST]
    Image.fromarray(_few(cut)).save(path, "WEBP", lossless=True, quality=75, method=4)


def _few(pixels: np.ndarray) -> np.ndarray:
    """The picture (height x width x 3), every colour replaced by the nearest of the most frequent ones."""
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    codes, which, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(int)
    common = colours[np.argsort(-counts, kind="stable")[:COLOURS]]
    apart = ((colours[:, None, :] - common[None, :, :]) ** 2).sum(axis=2)
    return common[apart.argmin(axis=1)].astype(np.uint8)[which].reshape(pixels.shape)
