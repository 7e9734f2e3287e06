"""Plain SQL through Django's connection, for the set-based statements of the hot paths.

On PostgreSQL statements are bound on the server and prepared once per connection (``kernel.pg``),
which Django's own cursors do not do; on SQLite ``%s`` becomes ``?``. Both take part in Django's transaction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from lotbook.kernel.pg import statements

_counters: list[list[str]] = []


@cache
def is_postgres() -> bool:
    """Whether the book is in PostgreSQL (else SQLite): the same for as long as the process lives."""
    return connection.vendor == "postgresql"


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collects the statements run here meanwhile: tests pin their number."""
    statements: list[str] = []
    _counters.append(statements)
    try:
        yield statements
    finally:
        _counters.remove(statements)


@lru_cache(maxsize=512)
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def _raw(django: Any) -> Any:
    """The driver's connection of one of Django's, looked after as Django's own cursors do it."""
    if not django.health_check_done:
        django.close_if_health_check_failed()
    if django.connection is None:
        django.ensure_connection()
    return django.connection


def _django() -> Any:
    """This thread's connection itself: to ask ``connection`` for each part costs as much as a statement."""
    return connections[DEFAULT_DB_ALIAS]


def rows(sql: str, parameters: Sequence[Any] = (), *, binary: bool = False) -> list[tuple[Any, ...]]:
    """Run a statement and give all its rows; PostgreSQL may send them in binary, which long bytes like."""
    for counter in _counters:
        counter.append(sql)
    django = _django()
    with django.wrap_database_errors:
        raw = _raw(django)
        if is_postgres():
            return statements.run(raw, sql, parameters, binary=binary)[0]
        cursor = raw.cursor()
        cursor.execute(_question_marks(sql), parameters)
        result: list[tuple[Any, ...]] = cursor.fetchall()
    return result


def run(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Run a statement that gives no rows; the number of rows it touched."""
    for counter in _counters:
        counter.append(sql)
    django = _django()
    with django.wrap_database_errors:
        raw = _raw(django)
        if is_postgres():
            return statements.run(raw, sql, parameters)[1]
        cursor = raw.cursor()
        cursor.execute(_question_marks(sql), parameters)
        return int(cursor.rowcount)


def run_many(sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run a statement once per row of ``values`` (SQLite; PostgreSQL has ``copy``)."""
    for counter in _counters:
        counter.append(sql)
    django = _django()
    with django.wrap_database_errors:
        cursor = psycopg.Cursor(_raw(django)) if is_postgres() else _raw(django).cursor()
        cursor.executemany(sql if is_postgres() else _question_marks(sql), values)


def copy(table: str, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a PostgreSQL table."""
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    for counter in _counters:
        counter.append(sql)
    django = _django()
    with django.wrap_database_errors, psycopg.Cursor(_raw(django)).copy(sql) as stream:
        for row in values:
            stream.write_row(row)


def array(keys: Iterable[int]) -> str:
    """A PostgreSQL array literal: much quicker than the driver's way of sending a list of integers."""
    return "{" + orjson.dumps(list(keys)).decode()[1:-1] + "}"


@dataclass(frozen=True, slots=True)
class Bigints:
    """Many integers as one parameter, sent to PostgreSQL in its own binary form: nothing to parse."""

    values: NDArray[np.int64]


class _BigintsDumper(Dumper):
    """A one-dimensional bigint[] without NULLs, as ``array_recv`` reads it."""

    format = Format.BINARY
    oid = psycopg.adapters.types["int8"].array_oid

    def dump(self, obj: Bigints) -> bytes:
        elements = np.empty(len(obj.values), dtype=[("length", ">i4"), ("value", ">i8")])
        elements["length"], elements["value"] = 8, obj.values
        dimensions, nulls, element, lower_bound = 1, 0, psycopg.adapters.types["int8"].oid, 1
        header = struct.pack(">5i", dimensions, nulls, element, len(obj.values), lower_bound)
        return header + elements.tobytes()


psycopg.adapters.register_dumper(Bigints, _BigintsDumper)


def from_uid(uid: UUID) -> Any:
    """A UUID as the database takes it."""
    return uid if is_postgres() else uid.hex


def to_uid(value: Any) -> UUID:
    """A UUID as the database gives it."""
    return value if isinstance(value, UUID) else UUID(value)


def from_moment(moment: datetime) -> Any:
    """A time as the database takes it."""
    if is_postgres():
        return moment
    # What Django's SQLite backend writes, without its detour through the time zone settings.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def to_moment(value: Any) -> datetime:
    """A time as the database gives it, with its zone."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def to_date(value: Any) -> date | None:
    """A calendar day as the database gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value
