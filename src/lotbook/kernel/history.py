"""Who changed which master data, when, from what to what.

Rows are kept by django-simple-history on ``save``; this module writes the actor beside them and reads
them back field by field. Nothing here sees ``QuerySet.update``: actions save row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from simple_history.utils import bulk_create_with_history

from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.prepared import insert

SEPARATOR = " · "
RECORDS_MAX = 500
BULK = 500
QUIET = frozenset({"id", "uid"})
Row = Any
"""A row of a history table: simple-history makes these classes at run time."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record that changed; ``field`` is empty where the whole record was made or removed."""

    at: datetime
    who: str
    reason: str
    what: str
    field: str
    old: str
    new: str


def save(instance: models.Model, *, actor: str, reason: str = "") -> None:
    """Save a row of master data; its history says who (``actor``) and why (``reason``)."""
    record: Any = instance
    record._change_reason = SEPARATOR.join(part for part in (actor, reason.strip()) if part)
    record._history_user = _user(actor)
    instance.save()


def add(instance: models.Model, *, actor: str, reason: str = "") -> None:
    """Save one new row with its history, as ``save`` does, by prepared statements: no signal is sent."""
    kept: Any = type(instance)
    table = kept.history.model
    insert(instance)
    insert(
        table(
            history_date=clock.now(),
            history_type="+",
            history_change_reason=SEPARATOR.join(part for part in (actor, reason.strip()) if part),
            history_user=_user(actor),
            **{field.attname: getattr(instance, field.attname) for field in table.tracked_fields},
        )
    )


def save_new(instances: Sequence[models.Model], *, actor: str, reason: str = "") -> None:
    """Save many new rows of one table with their history, in two statements for some hundred rows."""
    if instances:
        said = SEPARATOR.join(part for part in (actor, reason.strip()) if part)
        bulk_create_with_history(
            instances,
            type(instances[0]),
            batch_size=BULK,
            default_user=_user(actor),
            default_change_reason=said,
        )


def remove(instance: models.Model, *, actor: str, reason: str = "") -> None:
    """Delete a row of master data that nothing refers to; its history stays."""
    record: Any = instance
    record._change_reason = SEPARATOR.join(part for part in (actor, reason.strip()) if part)
    record._history_user = _user(actor)
    instance.delete()


def _user(actor: str) -> AbstractBaseUser | None:
    scheme, _, name = actor.partition(":")
    if scheme != "user":
        return None
    users: Any = get_user_model()
    found: AbstractBaseUser | None = users.objects.filter(username=name).first()
    return found


@contextmanager
def unique(
    field: str, cause: str, remedy: str = "Open the existing one, or choose another."
) -> Iterator[None]:
    """Turn a clash with a unique constraint into a Conflict: somebody was faster."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        raise Conflict(Fault(field, cause, remedy, "taken")) from problem


def changes(*groups: tuple[str, Iterable[Any]]) -> list[Change]:
    """Every change in groups of history rows, newest first; a group is (what, rows of one history table)."""
    found: list[Change] = []
    for what, rows in groups:
        last: dict[Any, Any] = {}
        for row in sorted(list(rows)[:RECORDS_MAX], key=lambda one: (one.history_date, one.history_id)):
            found += _changes_of(what, row, last.get(row.id))
            last[row.id] = row
    return sorted(found, key=lambda change: change.at, reverse=True)


def _changes_of(what: str, row: Row, before: Row) -> list[Change]:
    who, _, reason = (row.history_change_reason or "").partition(SEPARATOR)
    if not who:
        who = f"user:{row.history_user.username}" if row.history_user else "lotbook"

    def change(field: str, old: object, new: object) -> Change:
        return Change(row.history_date, who, reason, what, field, _text(old), _text(new))

    if row.history_type == "-":
        return [change("", row, "")]
    if before is None:
        return [change("", "", row)]
    return [
        change(str(field.verbose_name), _value(before, field), _value(row, field))
        for field in row.tracked_fields
        if field.name not in QUIET and getattr(before, field.attname) != getattr(row, field.attname)
    ]


def _value(row: Row, field: Row) -> object:
    value = getattr(row, field.attname)
    if field.is_relation and value is not None:
        return field.related_model._default_manager.filter(pk=value).first() or value
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in sorted(value.items()))
    return str(_as_it_was(value)) if hasattr(value, "history_type") else str(value)


def _as_it_was(row: Row) -> models.Model:
    """The record a row of history tells of; ``row.instance`` would ask for each column that is not kept."""
    kept = {field.attname: getattr(row, field.attname) for field in row.tracked_fields}
    record: models.Model = row.instance_type(**kept)
    return record
