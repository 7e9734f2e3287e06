"""Loads columns of values into a model's table, as fast as each database takes them.

Only for building worlds in an empty book: foreign keys are not checked on the way in (``world`` writes
sound rows, and a test checks them), and indexes are dropped and made again around the load.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
from django.core.management.color import no_style
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField, Model

Columns = list[Sequence[Any]]

CHUNK = 20_000

# On PostgreSQL foreign keys are triggers: as a replica the server trusts the rows.
TRUSTING = ["SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'"]
CAREFUL = ["SET session_replication_role = origin"]
TRUSTING_SQLITE = ["PRAGMA foreign_keys = OFF", "PRAGMA cache_size = -1000000"]
CAREFUL_SQLITE = ["PRAGMA foreign_keys = ON"]


def load(connection: BaseDatabaseWrapper, model: type[Model], rows: int, columns: Mapping[str, Any]) -> None:
    """Write ``rows`` rows; ``columns`` go by field ``attname``, fields not named get their default.

    A column is one value for each row (an array or a list) or a single value for all of them, as the
    database holds it.
    """
    values = {**_defaults(connection, model), **columns}
    constants = {name: value for name, value in values.items() if not _varies(value)}
    varying = {name: value for name, value in values.items() if _varies(value)}
    names = {field.attname: field.column for field in model._meta.concrete_fields}
    table, wanted = model._meta.db_table, [*varying, *constants]
    if unknown := set(wanted) - set(names):
        raise ValueError(f"{table} has no {', '.join(sorted(unknown))}")
    listed = ", ".join(f'"{names[name]}"' for name in wanted)
    put = _copy if connection.vendor == "postgresql" else _insert
    put(connection, f'"{table}" ({listed})', list(constants.values()), _chunks(list(varying.values()), rows))


def _varies(value: object) -> bool:
    return isinstance(value, np.ndarray | list | tuple)


def _defaults(connection: BaseDatabaseWrapper, model: type[Model]) -> dict[str, Any]:
    """What each field holds when nobody says; keys without a default are left to the database."""
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or not (field.has_default() or field.null or field.empty_strings_allowed):
            continue
        value = field.get_default()
        is_json = isinstance(field, JSONField)
        found[field.attname] = json.dumps(value) if is_json else field.get_db_prep_save(value, connection)
    return found


def _chunks(columns: Sequence[Any], rows: int) -> Iterator[Columns]:
    for start in range(0, rows, CHUNK):
        yield [
            part.tolist() if isinstance(part, np.ndarray) else part
            for part in (column[start : min(start + CHUNK, rows)] for column in columns)
        ]


def _copy(
    connection: BaseDatabaseWrapper, into: str, constants: Sequence[Any], chunks: Iterable[Columns]
) -> None:
    """COPY in text form: the constant fields are written once, into the line's pattern."""
    fixed = [_text(value).replace("%", "%%") for value in constants]
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for chunk in chunks:
            line = "\t".join(["%s"] * len(chunk) + fixed) + "\n"
            texts = [map(_text, part) if _needs_text(part) else part for part in chunk]
            copy.write("".join([line % row for row in zip(*texts, strict=True)]))


def _needs_text(part: Any) -> bool:
    return any(value is None or isinstance(value, bool) for value in part[:1]) or None in part


def _text(value: Any) -> str:
    """A value in COPY's text form."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = str(value)
    if any(mark in text for mark in "\\\t\n"):
        raise ValueError(f"not made for text that needs escaping: {text!r}")
    return text


def _insert(
    connection: BaseDatabaseWrapper, into: str, constants: Sequence[Any], chunks: Iterable[Columns]
) -> None:
    """Insert with SQLite's own executemany: Django's would rewrite the statement for each call."""
    with transaction.atomic(using=connection.alias):
        for chunk in chunks:
            marks = ", ".join("?" * (len(chunk) + len(constants)))
            lines = zip(*chunk, *(repeat(value) for value in constants), strict=False)
            connection.connection.executemany(f"INSERT INTO {into} VALUES ({marks})", lines)


@contextmanager
def bulk(connection: BaseDatabaseWrapper, models: Sequence[type[Model]]) -> Iterator[None]:
    """Load many rows of ``models`` faster: without their indexes, which are made again afterwards."""
    postgres = connection.vendor == "postgresql"
    indexes = _postgres_indexes(connection, models) if postgres else _sqlite_indexes(connection, models)
    with connection.cursor() as cursor:
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in TRUSTING if postgres else TRUSTING_SQLITE:
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in CAREFUL if postgres else CAREFUL_SQLITE:
            cursor.execute(statement)
        for _, statement in indexes:
            cursor.execute(statement)
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _postgres_indexes(
    connection: BaseDatabaseWrapper, models: Sequence[type[Model]]
) -> list[tuple[str, str]]:
    """Names and statements of the indexes that no constraint stands on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.relname, pg_get_indexdef(i.oid)
                 FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
                WHERE t.relname = ANY(%s) AND pg_table_is_visible(t.oid)
                  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
                ORDER BY i.relname""",
            [[model._meta.db_table for model in models]],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
        return found


def _sqlite_indexes(connection: BaseDatabaseWrapper, models: Sequence[type[Model]]) -> list[tuple[str, str]]:
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        )
        return [(name, sql) for table, name, sql in cursor.fetchall() if table in tables]
