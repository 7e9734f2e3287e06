"""What a printed document says: the words in a PDF of ours, read back through its fonts' own tables.

>>> from tests import paper
>>> paper.pages(pdf.render(pdf.DOCUMENT, {"title": "Delivery note"}))
['Delivery note page 1 of 1 · printed at …']

No more of PDF than typst writes: Flate streams, Identity-H fonts with ToUnicode, text in literal strings.
"""

from __future__ import annotations

import re
import zlib

ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(body: bytes) -> list[str]:
    """The text of each page, its pieces joined by spaces; zero-width spaces left out."""
    objects = {
        int(found[1]): found[2] for found in re.finditer(rb"(\d+) 0 obj\s*(.*?)\s*endobj", body, re.DOTALL)
    }
    return [_page(objects, one) for one in objects.values() if b"/Type/Page/" in one]


def _page(objects: dict[int, bytes], page: bytes) -> str:
    resources = objects[_reference(page, b"Resources")]
    fonts = {
        found[1]: _signs(_stream(objects[_reference(objects[int(found[2])], b"ToUnicode")]))
        for found in re.finditer(rb"/(f\d+) (\d+) 0 R", resources)
    }
    content = _stream(objects[_reference(page, b"Contents")])
    pieces, font, at, glyphs = [], b"", 0, b""
    while at < len(content):
        if content[at : at + 1] == b"(":
            text, at = _literal(content, at)
            glyphs += text
        elif chosen := re.compile(rb"/(f\d+) [\d.]+ Tf").match(content, at):
            font, at = chosen[1], chosen.end()
        elif shown := re.compile(rb"T[Jj]").match(content, at):
            pieces.append(
                "".join(fonts[font].get(glyphs[one : one + 2], "") for one in range(0, len(glyphs), 2))
            )
            glyphs, at = b"", shown.end()
        else:
            at += 1
    return " ".join(pieces).replace("\u200b", "")


def _literal(content: bytes, at: int) -> tuple[bytes, int]:
    """The text in the brackets that open at ``at``, and where it ends; brackets inside may be in pairs."""
    depth, end = 0, at
    while True:
        sign = content[end : end + 1]
        depth += {b"(": 1, b")": -1}.get(sign, 0)
        end += 2 if sign == b"\\" else 1
        if depth == 0:
            return _plain(content[at + 1 : end - 1]), end


def _reference(holder: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", holder)
    assert found is not None
    return int(found[1])


def _stream(holder: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", holder, re.DOTALL)
    assert found is not None
    return zlib.decompress(found[1])


def _signs(table: bytes) -> dict[bytes, str]:
    return {
        bytes.fromhex(found[1].decode()): bytes.fromhex(found[2].decode()).decode("utf-16-be")
        for found in re.finditer(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", table)
    }


def _plain(text: bytes) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        inside = found[1]
        return bytes([int(inside, 8)]) if inside.isdigit() else ESCAPES.get(inside, inside)

    return re.sub(rb"\\([0-7]{1,3}|.)", one, text, flags=re.DOTALL)
