"""``lotbook backup`` and ``lotbook restore``: the whole book in one file, the same on either database.

The file is a zip: ``manifest.json`` (versions, counts, a SHA-256 per table and the book's digest) and one
JSON line per row for every table. It is read in one snapshot and written back in one transaction, so that
a book moves from SQLite to PostgreSQL and back the same way it is restored after a fire.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
from django.apps import apps
from django.core.management.color import no_style
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from lotbook import __version__
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.progress import Told
from lotbook.traceability.ledger.check import check

FORMAT = 1
LEFT_OUT = {"django_session", "django_content_type", "auth_permission", "django_migrations"}
"""Made anew by the tables' own migrations, or of no use to anybody else."""

BLOCK = 500
FILES_BLOCK = 8
"""Rows with files in them are large: this many at a time."""
BLOCK_BYTES = 32 * 1024 * 1024


def tables() -> list[type[models.Model]]:
    """Every table of the book, in a steady order."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def backup(path: Path, told: Told = lambda step, done, total: None) -> dict[str, Any]:
    """Write the whole book to ``path`` and give its manifest; refuses to overwrite a file.

    The file appears under its name only when it is whole and on disk.
    """
    if path.exists():
        raise Refused(Fault("file", f"{path} exists already.", "Choose another name."))
    part = path.with_name(path.name + ".part")
    try:
        with _snapshot(), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            manifest = _write(archive, told)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise Refused(Fault("file", f"{path} cannot be written: {problem.strerror}.")) from problem
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


@contextmanager
def _snapshot() -> Iterator[None]:
    """One moment of the book, while others go on writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Django would begin IMMEDIATE and keep writers waiting; a plain BEGIN reads one snapshot beside them.
    connection.ensure_connection()
    connection.connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.connection.execute("ROLLBACK")


def _write(archive: zipfile.ZipFile, told: Told) -> dict[str, Any]:
    wanted = tables()
    listed: dict[str, Any] = {}
    for index, model in enumerate(wanted):
        name = model._meta.db_table
        told(name, index, len(wanted))
        digest, count = hashlib.sha256(), 0
        with archive.open(f"tables/{name}.jsonl", "w", force_zip64=True) as file:
            for row in _rows(model):
                line = orjson.dumps([_plain(value) for value in row]) + b"\n"
                digest.update(line)
                file.write(line)
                count += 1
        columns = [field.column for field in _fields(model)]
        listed[name] = {"rows": count, "columns": columns, "sha256": digest.hexdigest()}
    manifest = {
        "format": FORMAT,
        "lotbook": __version__,
        "made_at": clock.now().isoformat(),
        "database": connection.vendor,
        "migrations": _migrations(),
        "tables": listed,
        "book": _book_digest(),
    }
    archive.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return manifest


def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.local_concrete_fields if field.column]


def _rows(model: type[models.Model]) -> Iterator[tuple[Any, ...]]:
    fields = _fields(model)
    order = [field.attname for field in fields if field.primary_key] or [
        field.attname for field in fields if field.unique
    ]
    if not order:
        order = [field.attname for field in fields]
    rows = model._base_manager.order_by(*order).values_list(*(field.attname for field in fields))
    large = any(isinstance(field, models.BinaryField) for field in fields)
    return iter(rows.iterator(chunk_size=FILES_BLOCK if large else BLOCK))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Decimal):
        return str(value)
    return value


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _book_digest() -> dict[str, Any]:
    """What makes two books the same: how many events, up to which sequence, and all their hashes in order."""
    from lotbook.kernel import sql

    digest, count, last = hashlib.sha256(), 0, 0
    after = -1
    while rows := sql.rows(
        "SELECT sequence, content_hash FROM ledger_event WHERE sequence > %s ORDER BY sequence LIMIT 10000",
        [after],
    ):
        for sequence, content_hash in rows:
            digest.update(f"{sequence} {content_hash}\n".encode())
        count += len(rows)
        after = last = rows[-1][0]
    return {"events": count, "sequence": last, "sha256": digest.hexdigest()}


# -- restore --------------------------------------------------------------------------------------------


def restore(path: Path, told: Told = lambda step, done, total: None) -> dict[str, Any]:
    """Fill an empty book from a backup, check it, and give the backup's manifest; all or nothing.

    Raises Refused when the file is damaged, of a newer Lotbook, or the book is not empty.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            _fits(manifest)
            with transaction.atomic():
                _must_be_empty()
                _empty_made_by_migrations()
                for index, model in enumerate(tables()):
                    told(model._meta.db_table, index, len(manifest["tables"]))
                    _read(archive, manifest, model)
                _set_counters()
                _must_be_the_same(manifest, told)
    except FileNotFoundError:
        raise Refused(Fault("file", f"there is no file {path}."), status=404) from None
    except zipfile.BadZipFile as problem:
        raise Refused(
            Fault("file", f"{path} is no backup, or a damaged one: {problem}.", "Use another copy.")
        ) from None
    return manifest


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = orjson.loads(archive.read("manifest.json"))
    except (KeyError, orjson.JSONDecodeError):
        raise Refused(Fault("file", "the file has no manifest: it is no backup of a book.")) from None
    if manifest.get("format") != FORMAT:
        raise Refused(
            Fault(
                "file",
                f"expected a backup of format {FORMAT}, got {manifest.get('format')}.",
                "Update Lotbook.",
            )
        )
    return manifest


def _fits(manifest: dict[str, Any]) -> None:
    ours = set(_migrations())
    theirs = set(manifest["migrations"])
    if ours != theirs:
        odd = sorted(ours ^ theirs)
        raise Refused(
            Fault(
                "file",
                f"the backup was made by Lotbook {manifest['lotbook']}, whose tables differ:"
                f" {', '.join(odd[:3])} …",
                "Restore it with that version, then update and run lotbook migrate.",
            )
        )


def _must_be_empty() -> None:
    for table, what in (("ledger_event", "events"), ("lots_lot", "lots"), ("catalog_item", "items")):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a constant of this function
            count = cursor.fetchone()[0]
        if count:
            raise Refused(
                Fault(
                    "book",
                    f"this book has {count} {what} already; nothing was restored.",
                    "Restore into an empty book: name another data folder in LOTBOOK_HOME.",
                ),
                status=409,
            )


def _empty_made_by_migrations() -> None:
    """Rows that migrations put into a new book come back with the backup."""
    with connection.constraint_checks_disabled():
        for model in tables():
            if model._meta.app_label != "ledger":
                model._base_manager.all()._raw_delete(connection.alias)


def _read(archive: zipfile.ZipFile, manifest: dict[str, Any], model: type[models.Model]) -> None:
    name = model._meta.db_table
    fields = _fields(model)
    told = manifest["tables"].get(name, {"rows": 0, "columns": [], "sha256": hashlib.sha256().hexdigest()})
    if told["rows"] and told["columns"] != [field.column for field in fields]:
        raise Refused(Fault("file", f"the columns of {name} differ from this Lotbook's."))
    digest, count = hashlib.sha256(), 0
    if told["rows"]:
        with archive.open(f"tables/{name}.jsonl") as file:
            for lines in _blocks(file):
                rows = []
                for line in lines:
                    digest.update(line)
                    rows.append(
                        [
                            _value(field, value)
                            for field, value in zip(fields, orjson.loads(line), strict=True)
                        ]
                    )
                try:
                    _insert(model, fields, rows)
                except (IntegrityError, DataError) as problem:
                    raise _damaged(name) from problem
                count += len(rows)
    if count != told["rows"] or digest.hexdigest() != told["sha256"]:
        raise _damaged(name)


def _damaged(name: str) -> Refused:
    return Refused(Fault("file", f"the table {name} is damaged in the backup.", "Use another copy."))


def _blocks(file: IO[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    size = 0
    for line in file:
        block.append(line)
        size += len(line)
        if len(block) == BLOCK or size > BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    """A plain value as the database takes it."""
    if isinstance(value, dict) and set(value) == {"base64"}:
        value = base64.b64decode(value["base64"])
    if isinstance(field, models.JSONField):
        return field.get_db_prep_save(value, connection) if value is not None else None
    kind = field.get_internal_type()
    if isinstance(value, str) and kind == "DateTimeField":
        value = datetime.fromisoformat(value)
    elif isinstance(value, str) and kind == "DateField":
        value = date.fromisoformat(value)
    elif isinstance(value, str) and kind == "TimeField":
        value = time.fromisoformat(value)
    elif isinstance(value, str) and kind == "UUIDField":
        value = UUID(value)
    return field.get_db_prep_save(value, connection)


def _insert(model: type[models.Model], fields: list[models.Field[Any, Any]], rows: list[list[Any]]) -> None:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})",  # noqa: S608 - our own tables
            rows,
        )


def _set_counters() -> None:
    """Numbers handed out next go on behind the restored ones."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval('ledger_event_sequence', greatest(coalesce(max(sequence), 0), 1),"
                " max(sequence) IS NOT NULL) FROM ledger_event"
            )


def _must_be_the_same(manifest: dict[str, Any], told: Told) -> None:
    if _book_digest() != manifest["book"]:
        raise Refused(Fault("book", "the restored events differ from the backup's; nothing was kept."))
    report = check(told)
    if report.findings:
        first = report.findings[0]
        raise Refused(
            Fault(
                "book",
                f"the restored book does not check ({len(report.findings)} differences,"
                f" the first in {first.table}: {first.problem}); nothing was kept.",
                "Use a backup that checks.",
            )
        )
