"""Queries and rows of the ORM whose SQL is made once, and run as prepared statements.

    BY_CODE = Prepared(lambda: Item.objects.filter(code=Slot("code")))
    BY_CODE.first(code="TOM-1")

Making its SQL costs Django more than the database needs for the answer, and one act looks a dozen things
up. What is found are the models the ORM gives, with their related rows and annotations. For what runs at
every act; elsewhere the plain ORM reads better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models import query as queries
from psycopg.types.numeric import Int8

from lotbook.kernel import sql

M = TypeVar("M", bound=Model)

INSERT_MAX = 8
"""Up to so many rows one prepared INSERT takes them; more are written by the ORM, in batches."""

related_rows: Any = vars(queries)["get_related_populators"]
"""What puts the rows of ``select_related`` into their models: Django's own, which its stubs do not know."""

_PLACEHOLDER = re.compile(r"(?<!%)%s")


class Slot(Expression):
    """A value that is given when the query runs: ``filter(code=Slot("code"))``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list[Any]]:
        """A placeholder with the slot itself for its value."""
        return "(%s)", [self]


class Slots(Slot):
    """Several values, as many as there are: ``filter(pk__in=Slots("keys"))``."""


class Prepared(Generic[M]):
    """A query with slots, written by ``write``; its SQL is made when it first runs.

    Whether it may run (``select_for_update`` needs a transaction) is the caller's business.
    """

    def __init__(self, write: Callable[[], QuerySet[M]]) -> None:
        self._write = write
        self._made: dict[bool, _Statement] = {}

    def first(self, **values: Any) -> M | None:
        """The first row found; a query that may find several has to say its order."""
        return next(self._run(values, one=True), None)

    def all(self, **values: Any) -> list[M]:
        """Every row found; nothing, and nothing asked, where ``Slots`` are given no value."""
        return list(self._run(values, one=False))

    def _run(self, values: dict[str, Any], *, one: bool) -> Iterator[Any]:
        statement = self._made.get(one)
        if statement is None:
            query = self._write()
            statement = self._made[one] = _Statement.of(query[:1] if one else query)
        filled = statement.filled(values)
        return map(statement.model, sql.rows(*filled)) if filled is not None else iter(())


@dataclass(frozen=True, slots=True)
class _Statement:
    """The SQL of a query, and how its rows become models."""

    pieces: list[str]
    """The text around the placeholders."""
    parameters: tuple[Any, ...]
    """What stands in them: slots and fixed values."""
    made_of: type[Model]
    fields: list[str]
    columns: slice
    converters: list[tuple[int, list[Callable[..., Any]], Any]]
    related: list[Any]
    annotations: list[tuple[str, int]]

    @staticmethod
    def of(query: QuerySet[Any]) -> _Statement:
        """The statement Django makes of a query."""
        compiler: Any = query.query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        select, shape = compiler.select, compiler.klass_info
        first, last = shape["select_fields"][0], shape["select_fields"][-1] + 1
        return _Statement(
            pieces=_PLACEHOLDER.split(text),
            parameters=tuple(parameters),
            made_of=shape["model"],
            fields=[column[0].target.attname for column in select[first:last]],
            columns=slice(first, last),
            converters=[
                (position, *found)
                for position, found in compiler.get_converters([column[0] for column in select]).items()
            ],
            related=related_rows(shape, select, DEFAULT_DB_ALIAS),
            annotations=list((compiler.annotation_col_map or {}).items()),
        )

    def filled(self, values: dict[str, Any]) -> tuple[str, list[Any]] | None:
        """The text and its values; None where one of several has no value, for then nothing is found."""
        text, given = [self.pieces[0]], []
        for parameter, piece in zip(self.parameters, self.pieces[1:], strict=True):
            if isinstance(parameter, Slots):
                many = _padded(values[parameter.name])
                if not many:
                    return None
                text.append(", ".join(["%s"] * len(many)))
                given += many
            else:
                text.append("%s")
                given.append(_sent(values[parameter.name]) if isinstance(parameter, Slot) else parameter)
            text.append(piece)
        return "".join(text), given

    def model(self, row: tuple[Any, ...]) -> Model:
        """The model a row stands for, with its related rows and annotations."""
        read: Any = row
        if self.converters:
            read, django = list(row), connections[DEFAULT_DB_ALIAS]
            for position, steps, expression in self.converters:
                for step in steps:
                    read[position] = step(read[position], expression, django)
        one = self.made_of.from_db(DEFAULT_DB_ALIAS, self.fields, read[self.columns])
        for related in self.related:
            related.populate(read, one)
        for name, position in self.annotations:
            setattr(one, name, read[position])
        return one


def _padded(values: Collection[Any]) -> list[Any]:
    """Values as they are sent, the last one repeated up to a power of two: few texts for any number."""
    given = [_sent(value) for value in values]
    if given:
        given += given[-1:] * ((1 << (len(given) - 1).bit_length()) - len(given))
    return given


def _sent(value: Any) -> Any:
    """A value as the database takes it; whole numbers in one size, or each size were a statement."""
    if type(value) is int:
        return Int8(value) if sql.is_postgres() else value
    if isinstance(value, UUID):
        return sql.from_uid(value)
    return sql.from_moment(value) if isinstance(value, datetime) else value


# -- new rows --------------------------------------------------------------------------------------


def insert(*rows: Model) -> None:
    """Write new rows of one table and set their keys, as ``save`` would.

    For tables nobody listens to: no signal is sent, and no history is kept.
    """
    if not rows:
        return
    model = type(rows[0])
    if len(rows) > INSERT_MAX:
        model._default_manager.bulk_create(rows)
        return
    names, text = _insert_text(model, len(rows))
    django: Any = connections[DEFAULT_DB_ALIAS]
    given: list[Any] = []
    for row in rows:
        given += [field.get_db_prep_save(field.pre_save(row, True), django) for field in names]
    for row, (key,) in zip(rows, sql.rows(text, given), strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@lru_cache(maxsize=256)
def _insert_text(model: type[Model], count: int) -> tuple[list[Field[Any, Any]], str]:
    key: Any = model._meta.pk
    fields: list[Any] = [field for field in model._meta.concrete_fields if field is not key]
    marks = f"({', '.join(['%s'] * len(fields))})"
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table, lines = model._meta.db_table, ", ".join([marks] * count)
    return fields, " ".join(
        ["INSERT INTO", f'"{table}"', f"({columns})", "VALUES", lines, "RETURNING", f'"{key.column}"']
    )
