"""Where the book is kept: ``LOTBOOK_HOME``, by default under the user's data directory."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path


def data_directory() -> Path:
    """The platform's folder for a user's application data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def home() -> Path:
    """The data folder of this book."""
    named = os.environ.get("LOTBOOK_HOME")
    return Path(named).expanduser().resolve() if named else data_directory() / "lotbook"


def demo_home() -> Path:
    """The data folder of the demo: a book of its own, gone when the folder is deleted."""
    return data_directory() / "lotbook-demo"


def make_home() -> Path:
    """The data folder, made when missing, for its owner's eyes only."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def secret_key() -> str:
    """The key sessions are signed with: from ``LOTBOOK_SECRET_KEY``, or made once and kept in the home."""
    named = os.environ.get("LOTBOOK_SECRET_KEY")
    if named:
        return named
    path = make_home() / "secret-key"
    try:
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii"
        ) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
