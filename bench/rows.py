"""The finished rows of a captured batch: read from one book, put raw into its twin.

Raw insertion is what any capture must at least do: the same rows, into the same indexed tables, in one
transaction, with nothing looked up and nothing checked but by the tables themselves. PostgreSQL takes
them by COPY, SQLite by executemany; balances, which change, are upserted with their final values.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.apps import apps
from django.db import connection
from django.db.models import Model

from lotbook.config.database import SQLITE_PRAGMAS
from lotbook.kernel import sql

GROWING = {
    "lots_lot": "id",
    "lots_lot_history": "history_id",
    "ledger_event": "sequence",
    "ledger_movement": "id",
    "ledger_mention": "id",
    "ledger_packing": "id",
    "ledger_link": "sequence",
    "kernel_outbox": "id",
}
"""Tables that only grow, in the order of their foreign keys, with the column that tells what is new."""


@dataclass(frozen=True)
class Batch:
    """New rows by table (a table without any is left out), and the final rows of the balances touched."""

    rows: dict[str, list[tuple[Any, ...]]]
    balances: list[tuple[Any, ...]]


class Watch:
    """Looks at the book this process is set up on, before and after a batch."""

    def __init__(self) -> None:
        self.columns = {table: _columns(table) for table in (*GROWING, "ledger_balance")}
        self.last: dict[str, int] = {}
        self.mark()

    def mark(self) -> None:
        """Remember where each table ends now."""
        for table, key in GROWING.items():
            self.last[table] = int(sql.rows(f"SELECT coalesce(max({key}), 0) FROM {table}")[0][0])

    def batch(self) -> Batch:
        """Everything written since the last mark."""
        rows = {}
        for table, key in GROWING.items():
            query = f"SELECT {self._wanted(table)} FROM {table} WHERE {key} > %s ORDER BY {key}"
            found = sql.rows(query, [self.last[table]])
            if found:
                rows[table] = found
        touched = (
            "SELECT lot_id, source_id AS place_id FROM ledger_movement WHERE id > %s"
            " UNION SELECT lot_id, destination_id FROM ledger_movement WHERE id > %s"
        )
        balances = sql.rows(
            f"SELECT {', '.join('b.' + name for name in self.columns['ledger_balance'])} FROM ({touched}) t"
            " JOIN ledger_balance b ON b.lot_id = t.lot_id AND b.place_id = t.place_id ORDER BY 1, 2",
            [self.last["ledger_movement"]] * 2,
        )
        return Batch(rows, balances)

    def _wanted(self, table: str) -> str:
        """The columns as they are put back: JSON as its text."""
        fields = _model(table)._meta.concrete_fields
        json = {field.column for field in fields if field.get_internal_type() == "JSONField"}
        as_text = "{}::text" if sql.is_postgres() else "{}"
        return ", ".join(as_text.format(name) if name in json else name for name in self.columns[table])


def _model(table: str) -> type[Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def _columns(table: str) -> list[str]:
    return [field.column for field in _model(table)._meta.concrete_fields]


class Twin(ABC):
    """The other book, to which rows go raw."""

    def __init__(self, watch: Watch) -> None:
        self.columns = watch.columns
        names = self.columns["ledger_balance"]
        sets = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("lot_id", "place_id"))
        self.balance_columns = ", ".join(names)
        self.on_conflict = f"ON CONFLICT (lot_id, place_id) DO UPDATE SET {sets}"

    @abstractmethod
    def put(self, batch: Batch) -> None:
        """Insert the rows in one transaction."""

    @abstractmethod
    def count(self, table: str) -> int:
        """How many rows a table holds."""

    @staticmethod
    def open(url: str, watch: Watch) -> Twin:
        """The twin at ``url``, of the same database system as the book."""
        return PostgresTwin(url, watch) if connection.vendor == "postgresql" else SqliteTwin(url, watch)


class PostgresTwin(Twin):
    """Rows go by COPY."""

    def __init__(self, url: str, watch: Watch) -> None:
        super().__init__(watch)
        self.connection = psycopg.connect(url)
        types = {"own": "bool"}
        arrays = ", ".join(f"%s::{types.get(name, 'bigint')}[]" for name in self.columns["ledger_balance"])
        insert = f"INSERT INTO ledger_balance ({self.balance_columns}) SELECT * FROM unnest({arrays})"
        self.upsert = f"{insert} {self.on_conflict}".encode()

    def put(self, batch: Batch) -> None:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table, rows in batch.rows.items():
                with cursor.copy(
                    f"COPY {table} ({', '.join(self.columns[table])}) FROM STDIN".encode()
                ) as copy:
                    for row in rows:
                        copy.write_row(row)
            if batch.balances:
                cursor.execute(self.upsert, [list(column) for column in zip(*batch.balances, strict=True)])

    def count(self, table: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        self.connection.commit()
        assert row is not None
        return int(row[0])


class SqliteTwin(Twin):
    """Rows go by executemany, as durably as in the book."""

    def __init__(self, url: str, watch: Watch) -> None:
        super().__init__(watch)
        self.connection = sqlite3.connect(urlsplit(url).path, isolation_level=None)
        self.connection.executescript(SQLITE_PRAGMAS)

    def put(self, batch: Batch) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.rows.items():
            self.connection.executemany(self._insert(table), rows)
        self.connection.executemany(f"{self._insert('ledger_balance')} {self.on_conflict}", batch.balances)
        self.connection.execute("COMMIT")

    def _insert(self, table: str) -> str:
        names = self.columns[table]
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
