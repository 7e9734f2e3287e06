"""A throw-away PostgreSQL cluster: own folder, own free port on localhost, gone when the work is done.

Stdlib only, because `dev.py` starts it before anything is installed. The tests do not use it themselves:
whoever runs them (`python3 dev.py test`, `python3 dev.py postgres -- COMMAND`) puts its address into
`LOTBOOK_DATABASE_URL`. PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROLE = "lotbook"
DATABASE = "lotbook"
START_TRIES = 3

# Durability stays at its defaults (fsync on): the benchmark would prove nothing otherwise.
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "120",
    "shared_buffers": "'256MB'",
    "timezone": "'UTC'",
    "log_min_messages": "'warning'",
}

# The tests kill processes (what a process has written is the kernel's then), not the machine: nothing has to
# reach the disk. `synchronous_commit` stays on, so that a commit is written before it is acknowledged.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'1h'",
}


class PostgresUnavailable(RuntimeError):
    """There is no PostgreSQL server program here, or it would not start; the text says what to do."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its folder, its port on 127.0.0.1 and the URL of its empty database."""

    folder: Path
    port: int
    url: str

    @property
    def pid(self) -> int:
        """The postmaster's process id, for tests that kill it."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    @property
    def log(self) -> str:
        """Everything the server has written to its log so far."""
        return (self.folder / "log").read_text(errors="replace")


def binary(name: str) -> Path | None:
    """Where a PostgreSQL program is: Debian's versioned folders first (newest), then the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("[0-9]*"), key=lambda folder: int(folder.name))
    for folder in reversed(versions):
        if (program := folder / "bin" / name).exists():
            return program
    found = shutil.which(name)
    return Path(found) if found else None


def is_installed() -> bool:
    """Tell whether a cluster could be made here."""
    return binary("initdb") is not None and binary("pg_ctl") is not None


@contextmanager
def throwaway_cluster(*, durable: bool = True) -> Iterator[Cluster]:
    """Yield a fresh cluster with one empty database; stop and delete it afterwards, whatever happened.

    What is not `durable` survives kill -9, but no power cut; it does not wait for the disk.
    """
    if not is_installed():
        raise PostgresUnavailable("PostgreSQL's server programs are missing: apt-get install postgresql")
    folder = _make_folder()
    try:
        password = secrets.token_hex(16)
        _initialise(folder, password, SETTINGS if durable else SETTINGS | QUICK)
        port = _start(folder)
        try:
            _psql(folder, port, password, f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
            yield Cluster(folder, port, f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}")
        finally:
            _pg_ctl(folder, "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_server_user(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _make_folder() -> Path:
    """Make a folder the server's user can reach: root's own temporary folder may be closed to it."""
    for parent in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):
        probe = subprocess.run(_as_server_user(["test", "-x", parent]), check=False)
        if probe.returncode == 0:
            folder = Path(tempfile.mkdtemp(prefix="lotbook-pg-", dir=parent))
            if os.geteuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            return folder
    raise PostgresUnavailable("No temporary folder that the user postgres may enter: set TMPDIR to one.")


def _initialise(folder: Path, password: str, settings: Mapping[str, str] = SETTINGS) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(password_file, "postgres", "postgres")
    arguments = [str(binary("initdb")), "-D", str(folder / "data"), "-U", ROLE, f"--pwfile={password_file}"]
    arguments += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run(_as_server_user(arguments), "initdb")
    password_file.unlink()
    with (folder / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("".join(f"{name} = {value}\n" for name, value in settings.items()))
        configuration.write(f"unix_socket_directories = '{folder}'\n")


def _start(folder: Path) -> int:
    """Start on a free port; another program may take it between the look and the start, so try again."""
    log, answer = folder / "log", ""
    for _ in range(START_TRIES):
        port = _free_port()
        started = _pg_ctl(folder, "start", "-w", "-t", "60", "-l", str(log), "-o", f"-p {port}")
        if started.returncode == 0:
            return port
        answer = started.stdout
    said = log.read_text(errors="replace") if log.exists() else answer
    raise PostgresUnavailable(f"PostgreSQL did not start:\n{said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pg_ctl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pg_ctl; its output goes through a file, since the server inherits it and would keep a pipe open."""
    command = _as_server_user([str(binary("pg_ctl")), "-D", str(folder / "data"), *arguments])
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", text=True, check=False
        )
        output.seek(0)
        done.stdout = output.read()
    return done


def _psql(folder: Path, port: int, password: str, statement: str) -> None:
    command = [str(binary("psql")), "-h", str(folder), "-p", str(port), "-U", ROLE, "-d", "postgres"]
    _run([*command, "-qc", statement], "psql", {**os.environ, "PGPASSWORD": password})


def _run(command: list[str], what: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresUnavailable(f"{what} failed:\n{done.stdout}{done.stderr}")
