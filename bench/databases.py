"""The databases that are measured: books with the product's own schema, in SQLite files and in PostgreSQL.

What takes long is kept in a cache folder (``.cache/bench``, or ``LOTBOOK_BENCH_CACHE``): migrated empty
books, worlds, and a PostgreSQL cluster. A name carries a hash of all that shaped it, so that a changed
generator makes anew; what is out of date is deleted. New migrations are run on a kept world, a migration that
was changed after it ran there makes it anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from tests import postgres

from bench.harness import say

ROOT = Path(__file__).resolve().parent.parent
WORLD_SOURCES = ["genealogy.py", "goods.py", "graph.py", "hashes.py", "tables.py", "world.py"]


def cache_folder() -> Path:
    """Where everything kept is; made when missing."""
    folder = Path(os.environ.get("LOTBOOK_BENCH_CACHE") or ROOT / ".cache" / "bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def child(url: str, *arguments: str) -> subprocess.Popen[str]:
    """Start this package in a process of its own, with the product set up on the book at ``url``."""
    environment = {
        **os.environ,
        "LOTBOOK_HOME": str(cache_folder() / "home"),
        "LOTBOOK_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "lotbook.config.settings",
    }
    command = [sys.executable, "-m", "bench.child", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def result_of(url: str, *arguments: str) -> str:
    """What such a process prints; stops everything when it fails."""
    process = child(url, *arguments)
    try:
        output, _ = process.communicate()
    except BaseException:
        # Interrupted: the step must not go on behind our back, holding the database.
        process.kill()
        process.wait()
        raise
    if process.returncode:
        sys.exit(f"bench: {arguments[0]} failed on {urlsplit(url).scheme}; see above")
    return output


def _migrations() -> list[Path]:
    return sorted((ROOT / "src").glob("**/migrations/*.py"))


def _schema_key() -> str:
    return _hash(_migrations())


def _schema() -> dict[str, str]:
    """Every migration of the product with the hash of what it does."""
    return {str(path.relative_to(ROOT)): _hash([path]) for path in _migrations()}


def _world_key(lots: int, seed: int) -> str:
    sources = [Path(__file__).parent / name for name in WORLD_SOURCES]
    sources.append(ROOT / "src/lotbook/traceability/ledger/canonical.py")
    return _hash(sources, str(lots), str(seed))


def _company_key(events: int) -> str:
    sources = [Path(__file__).parent / name for name in ("company.py", "tables.py")]
    sources += sorted((ROOT / "src/lotbook/config/demo").glob("**/*.py"))
    return _hash(sources, str(events))


def _hash(files: list[Path], *words: str) -> str:
    total = hashlib.sha256(" ".join(words).encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()[:12]


class Databases(ABC):
    """One database system. ``folder`` keeps what is told of its worlds."""

    vendor: str
    folder: Path

    def fresh(self, name: str) -> str:
        """An empty, migrated book called ``name``, its URL; one of that name from before is deleted."""
        template = f"empty_{_schema_key()}"
        if not self.has(template):
            self.forget("empty_")
            say(f"{self.vendor}: migrating an empty book")
            result_of(self.make("making"), "migrate")
            self.rename("making", template)
        return self.make(name, template)

    def world(self, lots: int, seed: int = 1) -> tuple[str, str]:
        """A book with a world of so many lots: its URL, and the world's figures as JSON."""
        return self._kept(
            f"world_{lots}_",
            _world_key(lots, seed),
            f"a world of {lots:,} lots",
            "build",
            str(lots),
            str(seed),
        )

    def company(self, events: int) -> tuple[str, str]:
        """A book with the demo company grown to so many events: its URL, and its figures as JSON."""
        return self._kept(
            f"company_{events}_",
            _company_key(events),
            f"a company with {events:,} events",
            "company",
            str(events),
        )

    def _kept(self, prefix: str, key: str, what: str, *step: str) -> tuple[str, str]:
        """The book that ``step`` makes of an empty one; made when it is missing or out of date."""
        name = prefix + key
        told = self.folder / f"{self.vendor}-{name}.json"
        schema = told.with_suffix(".schema.json")
        now = _schema()
        kept: dict[str, str] = json.loads(schema.read_text()) if self.has(name) and schema.exists() else {}
        if not kept or not told.exists() or any(now.get(path) != seen for path, seen in kept.items()):
            self.forget(prefix)
            for stale in self.folder.glob(f"{self.vendor}-{prefix}*.json"):
                stale.unlink()
            say(f"{self.vendor}: building {what} (kept for the next time)")
            output = result_of(self.fresh("making"), *step)
            self.rename("making", name)
            told.write_text(json.dumps(json.loads(output), indent=1))
        elif kept != now:
            say(f"{self.vendor}: new migrations on {what}")
            result_of(self.url(name), "migrate")
        schema.write_text(json.dumps(now, indent=1))
        return self.url(name), told.read_text()

    @abstractmethod
    def url(self, name: str) -> str:
        """Where the database ``name`` is."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Tell whether the database ``name`` is there."""

    @abstractmethod
    def make(self, name: str, template: str | None = None) -> str:
        """Make the database anew: empty or as a copy; give its URL."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a finished database its lasting name."""

    @abstractmethod
    def forget(self, prefix: str) -> None:
        """Delete all databases whose names begin so."""


class SqliteFiles(Databases):
    """Books as files in the cache folder."""

    vendor = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def url(self, name: str) -> str:
        return f"sqlite://{self._path(name)}"

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def make(self, name: str, template: str | None = None) -> str:
        self.forget(f"{name}.")
        if template is not None:
            shutil.copyfile(self._path(template), self._path(name))
        return self.url(name)

    def rename(self, old: str, new: str) -> None:
        # The last connection to close has written everything back into the one file.
        self._path(old).rename(self._path(new))

    def forget(self, prefix: str) -> None:
        for path in self.folder.glob(f"{prefix}*"):
            if ".sqlite3" in path.name:
                path.unlink()


class PostgresServer(Databases):
    """Books as databases of one server; ``url`` names one of its databases to give orders from."""

    vendor = "postgresql"

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._server = url

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{self._full(name)}"))

    @staticmethod
    def _full(name: str) -> str:
        return f"lotbook_bench_{name}"

    def _order(self, *statements: str) -> list[str]:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            names = connection.execute("SELECT datname FROM pg_database").fetchall()
        return [name for (name,) in names]

    def has(self, name: str) -> bool:
        return self._full(name) in self._order()

    def make(self, name: str, template: str | None = None) -> str:
        source = self._full(template) if template else "template0"
        # FILE_COPY would sync the whole cluster twice for each new database.
        self._order(
            f'DROP DATABASE IF EXISTS "{self._full(name)}" WITH (FORCE)',
            f'CREATE DATABASE "{self._full(name)}" TEMPLATE "{source}" STRATEGY WAL_LOG',
        )
        return self.url(name)

    def rename(self, old: str, new: str) -> None:
        self._order(f'ALTER DATABASE "{self._full(old)}" RENAME TO "{self._full(new)}"')

    def forget(self, prefix: str) -> None:
        for name in self._order():
            if name.startswith(self._full(prefix)):
                self._order(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def sqlite() -> Iterator[Databases]:
    """SQLite, in the cache folder."""
    yield SqliteFiles(cache_folder())


@contextmanager
def postgresql() -> Iterator[Databases]:
    """PostgreSQL: the server of ``LOTBOOK_BENCH_POSTGRES_URL``, else a cluster of our own, else a throw-away.

    Our own cluster lies in the cache folder, is started for the run and stopped after it. Where the
    server's user may not enter that folder, a throw-away cluster does, and its worlds are built each time.
    """
    folder = cache_folder()
    if named := os.environ.get("LOTBOOK_BENCH_POSTGRES_URL"):
        yield PostgresServer(folder, named)
    elif _may_enter(folder):
        with _kept_cluster(folder / "postgresql") as url:
            yield PostgresServer(folder, url)
    else:
        say(f"the user postgres may not enter {folder}: a throw-away cluster, nothing is kept")
        with postgres.throwaway_cluster() as cluster:
            yield PostgresServer(Path(tempfile.mkdtemp(dir=folder)), cluster.url)


def _may_enter(folder: Path) -> bool:
    command = postgres._as_server_user(["test", "-x", str(folder)])
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def _kept_cluster(folder: Path) -> Iterator[str]:
    """Start the cluster in ``folder`` (made when missing), give its URL, and stop it afterwards."""
    if not postgres.is_installed():
        raise postgres.PostgresUnavailable("PostgreSQL is missing: apt-get install postgresql")
    secret = folder.with_name("postgresql-password")
    if not (folder / "data" / "PG_VERSION").exists() or not secret.exists():
        _make_cluster(folder, secret)
    # A bench that was killed leaves its server running; nobody else uses this folder (see `alone`).
    postgres._pg_ctl(folder, "stop", "-m", "fast")
    port = postgres._start(folder)
    try:
        yield f"postgresql://{postgres.ROLE}:{secret.read_text()}@127.0.0.1:{port}/postgres"
    finally:
        postgres._pg_ctl(folder, "stop", "-m", "fast")


def _make_cluster(folder: Path, secret: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_hex(16))
    postgres._initialise(folder, secret.read_text())


@contextmanager
def alone() -> Iterator[None]:
    """Let one bench at a time use the cache folder."""
    with (cache_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("bench: another bench is running in this checkout; wait for it")
        yield
