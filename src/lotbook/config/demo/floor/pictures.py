"""Photographs of the floor, drawn rather than taken: small, and the same every time."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 480)
RED, DARK, CREAM, TABLE, GLASS = "#b5371f", "#5b1a0e", "#f4efe2", "#d8d2c4", "#9fb9b5"


def torn_labels() -> bytes:
    """Four jars with a corner of the label missing."""
    picture, draw = _blank()
    for column in range(4):
        left = 40 + column * 145
        draw.rounded_rectangle((left, 110, left + 125, 440), 18, fill=RED, outline=DARK, width=4)
        draw.rectangle((left + 20, 80, left + 105, 112), fill="#c9c9c9", outline="#808080", width=3)
        draw.rectangle((left, 220, left + 125, 340), fill=CREAM)
        draw.polygon([(left + 70, 220), (left + 125, 220), (left + 125, 300), (left + 95, 262)], fill=RED)
    return _png(picture)


def chipped_rims() -> bytes:
    """A layer of empty jars from above; two rims have a piece missing."""
    picture, draw = _blank()
    for row in range(4):
        for column in range(5):
            x, y = 62 + column * 110, 30 + row * 110
            draw.ellipse((x, y, x + 92, y + 92), fill=GLASS, outline="#5f7d79", width=6)
            draw.ellipse((x + 18, y + 18, x + 74, y + 74), fill="#7f9c98")
            if (row, column) in {(1, 1), (2, 3)}:
                draw.polygon([(x + 66, y), (x + 94, y + 2), (x + 92, y + 34), (x + 74, y + 24)], fill=TABLE)
                draw.ellipse((x - 8, y - 8, x + 100, y + 100), outline="#d11b1b", width=5)
    return _png(picture)


def delivery_note(firm: str, number: str, lines: list[str]) -> bytes:
    """A sheet of paper on a table, signed."""
    picture, draw = _blank()
    draw.polygon([(120, 24), (532, 12), (540, 462), (112, 470)], fill="white", outline="#b8b2a4")
    _write(draw, (150, 44), firm, 26)
    _write(draw, (150, 84), f"Delivery note {number}", 20)
    for index, line in enumerate(lines):
        _write(draw, (150, 140 + index * 34), line, 18)
    draw.line((300, 420, 500, 418), fill="#555555", width=2)
    draw.line((320, 410, 350, 380, 365, 414, 395, 388, 410, 412, 470, 392), fill="#1d3f8f", width=4)
    return _png(picture)


def label_proof() -> bytes:
    """The label of the dressing beside the list of what must stand on it."""
    picture, draw = _blank()
    draw.rounded_rectangle((60, 60, 580, 420), 16, fill=CREAM, outline="#b58a1f", width=6)
    _write(draw, (100, 90), "Quillmere", 30)
    _write(draw, (100, 135), "Honey mustard dressing", 34)
    _write(draw, (100, 215), "Sunflower oil, vinegar, honey,", 20)
    _write(draw, (100, 245), "MUSTARD SEED, salt, pepper", 20)
    draw.rectangle((94, 240, 262, 272), outline="#1b6e3c", width=4)
    for bar in range(38):
        draw.rectangle((100 + bar * 7, 320, 100 + bar * 7 + (2, 4, 3)[bar % 3], 390), fill="#202020")
    return _png(picture)


def _blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", SIZE, TABLE)
    return picture, ImageDraw.Draw(picture)


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int) -> None:
    draw.text(at, text, fill="#2a2a2a", font=ImageFont.load_default(size))


def _png(picture: Image.Image) -> bytes:
    body = io.BytesIO()
    picture.save(body, "PNG")
    return body.getvalue()
