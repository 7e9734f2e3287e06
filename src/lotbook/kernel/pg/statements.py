"""Prepared statements straight through libpq, for statements that run at every act.

psycopg's cursors cost some 80 µs of Python a statement, more than PostgreSQL needs for most of ours. Here a
statement is prepared once a connection and run by its name, in one round trip that waits inside libpq;
values are adapted by psycopg as everywhere. Part of Django's connection, its transaction and its adapters.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus

Row = tuple[Any, ...]

KEPT_MAX = 400
"""Most statements a connection keeps prepared: texts whose length grows with their values come and go."""

_PLACEHOLDER = re.compile(r"%s|%%")
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Session:
    """What one connection has prepared: (text, types of the values) → name."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        # The session must not keep its connection from being closed: psycopg's transformers hold it.
        self._pg = raw.pgconn
        self._names: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._made = 0

    def run(
        self, raw: psycopg.Connection[Any], text: str, values: Sequence[Any], *, binary: bool
    ) -> tuple[list[Row], int]:
        """Run a statement with its values: its rows, and the number of rows it touched."""
        pg = self._pg
        if not raw.autocommit and pg.transaction_status == TransactionStatus.IDLE:
            _checked(pg.exec_(b"BEGIN"), raw)
        adapting = Transformer(raw)
        sent: Any = adapting.dump_sequence(values, [PyFormat.AUTO] * len(values)) if values else []
        types = tuple(adapting.types or ())
        name = self._names.get((text, types))
        if name is None:
            name = self._prepare(raw, text, types)
        result = pg.exec_prepared(name, sent, adapting.formats, Format.BINARY if binary else Format.TEXT)
        _checked(result, raw)
        adapting.set_pgresult(result)
        return adapting.load_rows(0, result.ntuples, tuple), result.command_tuples or 0

    def _prepare(self, raw: psycopg.Connection[Any], text: str, types: tuple[int, ...]) -> bytes:
        while len(self._names) >= KEPT_MAX:
            _, oldest = self._names.popitem(last=False)
            _checked(self._pg.exec_(b"DEALLOCATE " + oldest), raw)
        self._made += 1
        name = f"lotbook_{self._made}".encode()
        _checked(self._pg.prepare(name, numbered(text).encode(), types), raw)
        self._names[text, types] = name
        return name


def _checked(result: Any, raw: psycopg.Connection[Any]) -> None:
    if result.status not in _DONE:
        raise psycopg.errors.error_from_result(result, encoding=raw.info.encoding)


_sessions: WeakKeyDictionary[psycopg.Connection[Any], Session] = WeakKeyDictionary()


def run(
    raw: psycopg.Connection[Any], text: str, values: Sequence[Any], *, binary: bool = False
) -> tuple[list[Row], int]:
    """Run ``text`` with ``%s`` for its values on a psycopg connection: its rows, and how many it touched.

    The rows come as text, or in ``binary``, which long bytes like. Raises psycopg's errors.
    """
    session = _sessions.get(raw)
    if session is None:
        session = _sessions[raw] = Session(raw)
    return session.run(raw, text, values, binary=binary)


@lru_cache(maxsize=1_000)
def numbered(text: str) -> str:
    """A statement with its placeholders as PostgreSQL numbers them.

    >>> numbered("SELECT 10 %% %s, %s")
    'SELECT 10 % $1, $2'
    """
    count = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        count += 1
        return f"${count}"

    return _PLACEHOLDER.sub(mark, text)
