"""Keeping screenshots: as small WebP files, and only where the page looks different from the one kept."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops

BYTES_MAX = 120_000
TOLERANCE = 24
"""A pixel that differs by less in each colour is the same: browsers smooth letters differently."""


def keep(png: bytes, to: Path) -> bool:
    """Keep a screenshot under a name ending in .webp; says whether the kept one changed."""
    seen = Image.open(io.BytesIO(png)).convert("RGB")
    if to.exists() and same(seen, Image.open(to).convert("RGB")):
        return False
    body = io.BytesIO()
    seen.save(body, "WEBP", lossless=True, quality=100, method=6)
    if body.tell() > BYTES_MAX:
        body = io.BytesIO()
        seen.save(body, "WEBP", quality=84, method=6)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(body.getvalue())
    return True


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures show the same, but for what compression and smoothing do."""
    if one.size != other.size:
        return False
    extrema = ImageChops.difference(one, other).getextrema()
    return all(int(high) < TOLERANCE for _, high in extrema)  # type: ignore[misc]  # one pair a colour
