"""Books for tests: the tables are made once and copied; between transactional tests only rows are put back.

Running every migration takes ten seconds of processor time, copying their result a few milliseconds. The
result is kept in `.cache/test-books` (SQLite) or as a template in the cluster (PostgreSQL), by a hash of
what makes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src"
KEPT = ROOT / ".cache" / "test-books"
MADE_BY = ["lotbook/*/*/migrations/*.py", "lotbook/kernel/migrations/*.py", "lotbook/kernel/triggers.py"]
MIGRATE = "import gc, sys; gc.disable(); from lotbook.config.main import main; sys.exit(main(['migrate']))"
TRUNCATE_FROM = 256 * 1024
"""Bytes from which emptying a PostgreSQL table by TRUNCATE (new files) beats DELETE (dead rows)."""
LEFT_ALONE = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables no test writes to."""


@cache
def state() -> str:
    """Hash of what makes the tables: same hash, same tables."""
    total = hashlib.sha256(django.__version__.encode())
    for file in sorted(file for pattern in MADE_BY for file in SOURCES.glob(pattern)):
        total.update(file.relative_to(SOURCES).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """Let one worker at a time make what all of them copy."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(home: Path, url: str = "") -> None:
    """Run `lotbook migrate` as people do, but for the garbage collector, which costs a third of it."""
    environment = {name: value for name, value in os.environ.items() if name != "LOTBOOK_DATABASE_URL"}
    environment |= {"LOTBOOK_HOME": str(home), "PYTHONPATH": str(SOURCES)}
    environment |= {"LOTBOOK_DATABASE_URL": url} if url else {}
    done = subprocess.run(
        [sys.executable, "-c", MIGRATE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def empty_book() -> Path:
    """A SQLite book as `lotbook migrate` leaves it; to be copied, never written to."""
    file = KEPT / f"{state()}.sqlite3"
    with _alone():
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=KEPT) as home:
                _migrate(Path(home))
                (Path(home) / "lotbook.sqlite3").replace(file)
    return file


def new_home(folder: Path) -> Path:
    """Make a data folder with an empty SQLite book in it, as after `lotbook migrate`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy(empty_book(), folder / "lotbook.sqlite3")
    return folder


def at(url: str, database: str) -> str:
    """The address of another database of the same cluster."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def create_database(url: str, name: str) -> str:
    """Make a PostgreSQL database with an empty book in the cluster of `url`; return its address."""
    template = f"lotbook_empty_{state()}"
    with _alone(), psycopg.connect(url, autocommit=True) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
        if known is None:
            making = f"{template}_making"
            server.execute(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {making}")
            with tempfile.TemporaryDirectory(dir=KEPT) as home:
                _migrate(Path(home), at(url, making))
            server.execute(f"ALTER DATABASE {making} RENAME TO {template}")
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return at(url, name)


def drop_database(url: str, name: str) -> None:
    """Throw a database away, whoever is still connected to it."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# --- Putting back what was there ---------------------------------------------------------------------

Restore = Callable[[], None]


def sqlite_restorer(connection: Any) -> Restore:
    """Remember a SQLite book; the answer makes it again what it is now, page by page."""
    connection.ensure_connection()
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(kept)

    def restore() -> None:
        from django.db import connections

        # Playwright's event loop gives the same thread a second connection: ask anew.
        connections["default"].ensure_connection()
        kept.backup(connections["default"].connection)

    return restore


def postgres_restorer(connection: Any) -> Restore:
    """Remember a PostgreSQL book's few rows; the answer makes it again what it is now.

    Emptying only what was written to takes milliseconds, truncating all tables half a second. Key counters
    go on, as after Django's own clean-up.
    """
    with connection.cursor() as cursor:
        filled = [name for name, _ in _written(cursor) if name not in LEFT_ALONE]
        cursor.execute("CREATE SCHEMA as_made")
        for name in filled:
            cursor.execute(f'CREATE TABLE as_made."{name}" AS TABLE public."{name}"')
    again = [f'INSERT INTO public."{name}" SELECT * FROM as_made."{name}"' for name in filled]

    def restore() -> None:
        from django.db import connections, transaction

        with transaction.atomic(), connections["default"].cursor() as cursor:
            written = [(name, size) for name, size in _written(cursor) if name not in LEFT_ALONE]
            large = [f'public."{name}"' for name, size in written if size >= TRUNCATE_FROM]
            statements = [f'DELETE FROM public."{name}"' for name, size in written if size < TRUNCATE_FROM]
            # The ledger's triggers refuse, from this clean-up too; SET LOCAL ends with its transaction.
            cursor.execute("SET LOCAL session_replication_role = replica")
            if large:
                cursor.execute(f"TRUNCATE {', '.join(large)} CASCADE")
            cursor.execute(";".join([*statements, *again]))

    return restore


def _written(cursor: Any) -> list[tuple[str, int]]:
    """Tables that hold anything, living or dead, with their bytes."""
    cursor.execute(
        "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname"
    )
    return [(str(name), int(size)) for name, size in cursor.fetchall()]
