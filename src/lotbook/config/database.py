"""Which database the book is in: one SQLite file by default, PostgreSQL by ``LOTBOOK_DATABASE_URL``."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA cache_size=-65536;"
)


def sqlite(path: Path) -> dict[str, Any]:
    """Django's settings for a book in one SQLite file.

    WAL with ``synchronous=FULL`` loses nothing acknowledged at a power cut (reliability, section 2), and
    ``IMMEDIATE`` makes writers queue instead of failing half way.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60, "init_command": SQLITE_PRAGMAS},
        "TEST": {"NAME": str(path.with_name("test-lotbook.sqlite3"))},
    }


def from_url(url: str) -> dict[str, Any]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?option=…``.

    Raises ValueError for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"LOTBOOK_DATABASE_URL: expected postgresql:// or sqlite://, got {parts.scheme}://")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    # Traces are many index probes: compiling them costs more than running them.
    options.setdefault("options", "-c jit=off")
    return {
        "ENGINE": "lotbook.kernel.pg",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
