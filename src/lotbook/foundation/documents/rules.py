"""How document numbers are written, and what a file must be to be kept. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from lotbook.kernel.errors import Fault, Refused

DIGITS = 5

FILE_BYTES_MAX = 10 * 1024 * 1024
FILES_MAX = 50
"""Most files kept with one document or lot."""
TOGETHER_MAX = 20
"""Most files of one upload."""
NAME_MAX = 150
PIXELS_MAX = {"image/jpeg": 40_000_000, "image/png": 20_000_000, "image/webp": 12_000_000}
"""What a picture may unfold to: reading it stays within 200 MB. Only JPEG is read smaller than it is."""
PREVIEW_PIXELS = 320
PARTS_MAX = 2_000
UNFOLDED_MAX = 100 * 1024 * 1024

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "xlsx": XLSX,
}
"""Ending of a name → what the file must be."""
ACCEPT = "image/jpeg,image/png,image/webp,.jpg,.jpeg,.png,.webp,.pdf,.txt,.csv,.xlsx"
PICTURES = {"image/jpeg": ("JPEG",), "image/png": ("PNG",), "image/webp": ("WEBP",)}
ALLOWED = "JPEG, PNG, WebP, PDF, TXT, CSV and XLSX"
GPS = 0x8825
"""The EXIF tag under which a camera writes where it was."""
SPOOFING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""Signs that turn the direction of what follows: a name could show another ending than it has."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file fit to be kept. ``location_removed``: it was a picture that told where it was taken."""

    name: str
    content_type: str
    body: bytes
    preview: bytes | None = None
    location_removed: bool = False


def series_name(prefix: str, year: int) -> str:
    """The series numbers of a kind come from: one a year.

    >>> series_name("PO", 2027)
    'PO-2027'
    """
    return f"{prefix}-{year}"


def written(series: str, number: int) -> str:
    """A number as people read it.

    >>> written("PO-2027", 12)
    'PO-2027-00012'
    """
    return f"{series}-{number:0{DIGITS}d}"


# -- files -----------------------------------------------------------------------------------------


def checked(name: str, body: bytes) -> Checked:
    """The file as it is kept, or Refused: too large, of another kind than its name says, or not readable.

    A picture is opened to see that it is one; when it tells where it was taken, that is taken out.
    """
    name = clean_name(name)
    ending = name.rpartition(".")[2].lower()
    if not body:
        raise _refusal(name, "is empty.", "Choose the file again.")
    if len(body) > FILE_BYTES_MAX:
        size = f"{len(body) / 1024 / 1024:.1f} MB"
        raise _refusal(name, f"has {size}, at most 10 MB fit.", "Make it smaller, or split it.")
    if ending in ("heic", "heif"):
        remedy = "Set the phone's camera to “most compatible” (JPEG), or send it as JPEG or PDF."
        raise _refusal(name, "is a HEIC picture, which browsers and printers cannot show.", remedy)
    content_type = TYPES.get(ending)
    if content_type is None:
        raise _refusal(name, "is of a kind that is not kept.", f"Send {ALLOWED}.")
    if content_type in PICTURES:
        return _picture(name, content_type, body)
    {"application/pdf": _check_pdf, XLSX: _check_xlsx}.get(content_type, _check_text)(name, body)
    return Checked(name, content_type, body)


def clean_name(name: str) -> str:
    r"""The name without folders, control signs and signs that turn the reading direction.

    >>> clean_name("../../etc/pass\x00wd.txt"), clean_name("C:\\fake\\a.pdf"), clean_name(".png")
    ('passwd.txt', 'a.pdf', 'file.png')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(
        sign for sign in last if sign not in SPOOFING and unicodedata.category(sign) not in ("Cc", "Cs")
    )
    stem, dot, ending = kept.strip().rpartition(".")
    if not dot:
        return (ending or "file")[:NAME_MAX]
    return f"{(stem.strip() or 'file')[: NAME_MAX - 1 - len(ending[:10])]}.{ending[:10]}"


def _refusal(name: str, cause: str, remedy: str) -> Refused:
    return Refused(Fault("files", f"“{name}” {cause} It was not kept.", remedy, "file"))


def _picture(name: str, content_type: str, body: bytes) -> Checked:
    try:
        with Image.open(io.BytesIO(body), formats=PICTURES[content_type]) as picture:
            limit = PIXELS_MAX[content_type]
            pixels = picture.width * picture.height
            if pixels > limit:
                cause = f"has {pixels / 1e6:.1f} million pixels, at most {limit / 1e6:.0f} million fit."
                raise _refusal(name, cause, "Take it with a lower resolution.")
            tells = _tells_where(picture)
        cleaned = _without_place(content_type, body) if tells else body
        return Checked(name, content_type, cleaned, _preview(content_type, cleaned), tells)
    except Image.DecompressionBombError:
        raise _refusal(name, "has far too many million pixels.", "Take it with a lower resolution.") from None
    except UnidentifiedImageError:
        ending = name.rpartition(".")[2]
        raise _refusal(name, f"is no {ending} picture inside.", "Send it under its right name.") from None
    except (OSError, ValueError, SyntaxError, EOFError) as problem:
        cause = f"is damaged ({str(problem)[:80]})."
        raise _refusal(name, cause, "Take or export it again.") from None


def _tells_where(picture: Image.Image) -> bool:
    """Whether a picture says where it was taken: in EXIF, XMP or IPTC."""
    told = picture.info
    xmp = told.get("xmp") or told.get("XML:com.adobe.xmp") or b""
    plain = xmp if isinstance(xmp, bytes) else str(xmp).encode()
    return GPS in picture.getexif() or b"GPS" in plain or b"Location" in plain or "photoshop" in told


def _without_place(content_type: str, body: bytes) -> bytes:
    """The picture written anew: colours and the way it is held are kept, where it was taken is not."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(body), formats=PICTURES[content_type]) as picture:
        exif = picture.getexif()
        if GPS in exif:
            del exif[GPS]
        kept = {"exif": exif.tobytes(), "icc_profile": picture.info.get("icc_profile")}
        match content_type:
            case "image/jpeg":
                how = {"quality": "keep"} if picture.format == "JPEG" else {"quality": 95}
                picture.save(file, "JPEG", **how, **kept)
            case "image/png":
                picture.save(file, "PNG", **kept)
            case _:
                picture.save(file, "WEBP", quality=92, **kept)
    return file.getvalue()


def _preview(content_type: str, body: bytes) -> bytes:
    """A small JPEG of the picture, the right way up; reads the whole picture, so damage shows."""
    from PIL import ImageOps

    file = io.BytesIO()
    with Image.open(io.BytesIO(body), formats=PICTURES[content_type]) as picture:
        picture.draft("RGB", (PREVIEW_PIXELS * 2, PREVIEW_PIXELS * 2))  # JPEG unfolds no larger than needed
        picture.load()
        # First to a few times the size, point by point: no second picture of full size in memory.
        part = max(1, min(picture.size) // (PREVIEW_PIXELS * 3))
        rough = picture.resize((picture.width // part, picture.height // part), Image.Resampling.NEAREST)
        small = ImageOps.exif_transpose(rough.convert("RGB" if picture.mode in ("RGB", "L") else "RGBA"))
        small.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
        if small.mode == "RGBA":
            paper = Image.new("RGB", small.size, "white")
            paper.paste(small, mask=small.getchannel("A"))
            small = paper
        small.convert("RGB").save(file, "JPEG", quality=75)
    return file.getvalue()


def _check_pdf(name: str, body: bytes) -> None:
    if not body.startswith(b"%PDF-") or b"%%EOF" not in body[-2048:]:
        raise _refusal(name, "is no whole PDF inside.", "Export it again.")


def _check_text(name: str, body: bytes) -> None:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    if any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text) or "\ufffd" in text:
        raise _refusal(name, "is no plain text inside.", "Save it as text (UTF-8).")


def _check_xlsx(name: str, body: bytes) -> None:
    """A spreadsheet is a zip: looked into without unfolding it."""
    wrong = _refusal(name, "is no XLSX spreadsheet inside.", "Save it as .xlsx again.")
    if not body.startswith(b"PK\x03\x04"):
        raise wrong
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise wrong from None
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise wrong
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNFOLDED_MAX:
        raise _refusal(name, "unfolds to more than 100 MB.", "Split it.")
    if any(part.startswith("/") or ".." in part.split("/") or "\\" in part for part in names):
        raise wrong
    if any(part.external_attr >> 16 & 0o170000 == 0o120000 for part in parts):
        raise wrong
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise _refusal(name, "holds macros.", "Save it without macros.")
