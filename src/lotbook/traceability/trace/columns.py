"""Whole columns of integers out of the book as numpy arrays: what sets of a hundred thousand rows need.

A row handed over as a tuple costs more than the database took to find it. Hence each column comes as one
value: packed bytes from PostgreSQL, digits between commas from SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from lotbook.kernel import sql
from lotbook.traceability.trace.rows import Integers


def read(names: Sequence[str], source: str, parameters: Sequence[Any] = ()) -> list[Integers]:
    """The columns ``names`` (SQL expressions, whole numbers, never NULL) of the rows of ``source``.

    ``source`` is what follows FROM. All columns have the same rows in the same order, whichever that is.
    """
    if sql.is_postgres():
        wanted = ", ".join(f"string_agg(int8send(({name})::bigint), '')" for name in names)
        row = sql.rows(f"SELECT {wanted} FROM {source}", parameters, binary=True)[0]
        return [np.frombuffer(value or b"", dtype=">i8").astype(np.int64) for value in row]
    wanted = ", ".join(f"group_concat({name})" for name in names)
    row = sql.rows(f"SELECT {wanted} FROM {source}", parameters)[0]
    # One number alone comes as a number, not as text.
    return [np.array(orjson.loads(f"[{'' if value is None else value}]"), dtype=np.int64) for value in row]


def keys(values: Integers) -> Any:
    """Many keys as the one parameter that ``probed`` asks for."""
    return sql.Bigints(values) if sql.is_postgres() else orjson.dumps(values.tolist()).decode()


def probed(table: str, condition: str, *, index: str = "") -> str:
    """Rows of ``table`` (as m) for each key of the first parameter (as k.key), by index probes alone.

    ``condition`` names the table's own columns and ``k.key``; its parameters follow the keys. ``index`` is
    the index SQLite shall take.
    """
    if sql.is_postgres():
        return (
            "(SELECT unnest(%s::bigint[]) AS key) k CROSS JOIN LATERAL"
            f" (SELECT * FROM {table} WHERE {condition} OFFSET 0) m"
        )
    named = f" INDEXED BY {index}" if index else ""
    return f"(SELECT value AS key FROM json_each(%s)) k CROSS JOIN {table} m{named} WHERE {condition}"
