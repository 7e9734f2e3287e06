"""Films for Chromium's fake camera: printed codes held before it, one after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zxingcpp

WIDTH, HEIGHT = 640, 480
FRAMES_A_SECOND = 10


def picture(written: str, symbol: str, *, gs1: bool) -> np.ndarray:
    """One code in the middle of a light grey table; `written` in brackets when it is GS1's."""
    code = zxingcpp.create_barcode(written, getattr(zxingcpp.BarcodeFormat, symbol), gs1=gs1)
    drawn = np.asarray(code.to_image(scale=2 if symbol == "Code128" else 6))
    frame = np.full((HEIGHT, WIDTH), 225, dtype=np.uint8)
    high, wide = drawn.shape
    frame[(HEIGHT - high) // 2 :, (WIDTH - wide) // 2 :][:high, :wide] = np.where(drawn > 127, 225, 40)
    return frame


def film(file: Path, pictures: list[np.ndarray], seconds_each: float) -> None:
    """Write the pictures as Y4M (4:2:0, grey)."""
    colours = bytes([128]) * (WIDTH * HEIGHT // 2)
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for one in pictures:
            for _ in range(int(seconds_each * FRAMES_A_SECOND)):
                out.write(b"FRAME\n" + one.tobytes() + colours)
