"""Where mail goes: ``LOTBOOK_MAIL_URL``; files in the data folder by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

BACKENDS = {
    "": "filebased", "file": "filebased", "console": "console", "smtp": "smtp", "smtps": "smtp",
}  # fmt: skip
PORTS = {"smtp": 587, "smtps": 465}


def settings_of(url: str, folder: Path) -> dict[str, Any]:
    """Django's settings for a mail address: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…``.

    ``console:`` prints, ``file:`` (or nothing) writes into ``folder``; ``smtp://host?tls=off`` sends in the
    clear. Raises ValueError for anything else.

    >>> settings_of("smtp://otto:s%40lt@mail.example", Path("mail"))["password"]
    's@lt'
    """
    parts = urlsplit(url)
    if (
        parts.scheme not in BACKENDS
        or (url and not parts.scheme)
        or (parts.scheme in PORTS and not parts.hostname)
    ):
        raise ValueError("LOTBOOK_MAIL_URL: expected smtp://host, smtps://host, console: or file:")
    return {
        "backend": f"django.core.mail.backends.{BACKENDS[parts.scheme]}.EmailBackend",
        "folder": str(folder),
        "host": parts.hostname or "localhost",
        "port": parts.port or PORTS.get(parts.scheme, 25),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "tls": parts.scheme == "smtp" and "tls=off" not in parts.query,
        "ssl": parts.scheme == "smtps",
    }
