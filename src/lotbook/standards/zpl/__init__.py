"""ZPL II, the language of label printers: texts, lines, symbols, pictures and RFID tags as commands."""

from lotbook.standards.zpl.code128 import Code128, encode
from lotbook.standards.zpl.fields import (
    Status,
    bars,
    datamatrix,
    escaped,
    fixed_text,
    label,
    line,
    picture,
    qr,
    status_of,
    tag,
    text,
)
from lotbook.standards.zpl.sizes import datamatrix_modules, qr_modules, text_width

__all__ = [
    "Code128",
    "Status",
    "bars",
    "datamatrix",
    "datamatrix_modules",
    "encode",
    "escaped",
    "fixed_text",
    "label",
    "line",
    "picture",
    "qr",
    "qr_modules",
    "status_of",
    "tag",
    "text",
    "text_width",
]
