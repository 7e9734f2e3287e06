"""``lotbook migrate``, ``serve``, ``backup`` and ``restore``."""

from __future__ import annotations

import argparse
import json
import os
import socket
from pathlib import Path
from typing import Any

from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.progress import bar

THREADS = 8
"""Threads of one worker: pages wait for the database more than they compute."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``migrate`` and ``serve``."""
    migrate_ = commands.add_parser("migrate", help="bring the book's tables up to date")
    migrate_.set_defaults(run=migrate)
    serve_ = commands.add_parser("serve", help="serve pages and API")
    serve_.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default: this machine only)"
    )
    serve_.add_argument("--port", type=_port, default=8000)
    serve_.add_argument("--workers", type=_workers, default=1, help="processes (default: 1)")
    serve_.set_defaults(run=serve)
    backup_ = commands.add_parser("backup", help="write the whole book to one file")
    backup_.add_argument("file", type=Path, help="the file to make, such as book-2027-03-03.lotbook")
    backup_.add_argument("--json", action="store_true", help="print JSON")
    backup_.set_defaults(run=backup)
    restore_ = commands.add_parser("restore", help="fill an empty book from a backup, and check it")
    restore_.add_argument("file", type=Path)
    restore_.add_argument("--json", action="store_true", help="print JSON")
    restore_.set_defaults(run=restore)


def migrate(_: argparse.Namespace) -> int:
    """Bring the book's tables up to date, naming each step; says so when there is nothing to do."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["default"])
    total = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not total:
        print(f"The book in {_where()} is up to date.")
        return 0
    _apply(total)
    print(f"The book in {_where()} is up to date ({total} steps).")
    return 0


def _apply(total: int) -> None:
    from django.core.management import call_command
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    class Steps:
        """Takes Django's words about each step and moves the bar instead."""

        def write(self, text: str) -> int:
            if text.strip().startswith("Applying "):
                bar.update(task, description=text.strip().split()[1].rstrip(". "))
            elif "OK" in text:
                bar.advance(task)
            return len(text)

        def flush(self) -> None:
            """Nothing is kept back."""

        def isatty(self) -> bool:
            return False

    console = Console(stderr=True)
    columns = (
        TextColumn("Updating tables"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        call_command("migrate", interactive=False, verbosity=1, stdout=Steps(), no_color=True)


def backup(options: argparse.Namespace) -> int:
    """Write the whole book to one file and say what is in it."""
    from lotbook.config.backup import backup as write

    with bar("Backing up") as told:
        manifest = write(options.file, told)
    return _said(manifest, options, f"Wrote {options.file}")


def restore(options: argparse.Namespace) -> int:
    """Bring the tables up to date, fill the empty book from a backup and check it."""
    from lotbook.config.backup import restore as read

    if missing_migrations():
        migrate(options)
    with bar("Restoring") as told:
        manifest = read(options.file, told)
    return _said(manifest, options, f"Restored and checked {options.file}")


def _said(manifest: dict[str, Any], options: argparse.Namespace, what: str) -> int:
    book = manifest["book"]
    if options.json:
        print(json.dumps(manifest | {"file": str(options.file)}, indent=2))
    else:
        print(
            f"{what}: {book['events']} events up to sequence {book['sequence']},"
            f" digest {book['sha256'][:16]}…"
        )
    return 0


def serve(options: argparse.Namespace) -> int:
    """Serve pages and API with threads until stopped. Refuses a book whose tables are not up to date."""
    missing = missing_migrations()
    if missing:
        raise Refused(
            Fault(
                "",
                f"the tables of the book in {_where()} are not up to date ({len(missing)} steps, "
                f"the first is {missing[0]}). Nothing is served.",
                "Run: lotbook migrate",
            )
        )
    need_port(options.host, options.port, "lotbook serve")
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ["LOTBOOK_SERVING"] = "1"

    host = f"[{options.host}]" if ":" in options.host else options.host
    print(
        f"Lotbook serves the book in {_where()} at http://{host}:{options.port}/ (Ctrl+C stops)", flush=True
    )
    server = Server(
        "lotbook.config.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
    )
    server.serve()
    return 0


def need_port(host: str, port: int, command: str) -> None:
    """Refuse a port somebody else listens at, before anything is loaded or served."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            cause = (
                f"port {port} of {host} cannot be used ({problem.strerror}). Nothing was loaded or served."
            )
            raise Refused(Fault("", cause, f"Choose another one: {command} --port {port + 1}")) from None


def missing_migrations() -> list[str]:
    """The steps the book's tables still lack, in order."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _where() -> str:
    from django.db import connections

    settings = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        return str(settings["NAME"])
    return f"PostgreSQL database {settings['NAME']}"


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")


def _workers(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected 1 to 64, got {text!r}")
