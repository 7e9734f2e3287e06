"""A count opened: what is to be counted, where, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.accounts.models import User
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.counting import queries
from lotbook.operations.counting.actions.judging import KIND, PLACES
from lotbook.operations.counting.models import (
    Count,
    CountScope,
    Sheet,
)
from lotbook.traceability.ledger import claims, keeping
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading
from lotbook.traceability.lots.models import Lot

SHEETS_MAX = 2_000


def open_count(
    *,
    actor: str,
    place: Named = "",
    item: Named = "",
    lot: str = "",
    blind: bool = True,
    counter: str = "",
    due_on: date | str | None = None,
    note: str = "",
    statement: str = "",
    stated_on: date | str | None = None,
    uid: UUID | None = None,
) -> Count:
    """Open a count of a place with everything in it, of an item, or of a lot (within ``place`` if given).

    One sheet for every place that has such stock now. ``statement`` is the number of a partner's statement
    and ``stated_on`` its day: then the sheets are compared with the book at the end of that day. The same
    ``uid`` opens one count. Raises Refused with every fault.
    """
    digest = words.asked(
        act="open_count", place=place, item=item, lot=lot, blind=blind, counter=counter, due_on=due_on,
        note=note, statement=statement, stated_on=stated_on,
    )  # fmt: skip

    def act(own: UUID) -> Count:
        reading = Reading()
        where = reading.place("place", place, kinds=PLACES) if place or not (item or lot) else None
        one_lot = _named_lot(reading, item, lot) if lot.strip() else None
        one_item = reading.item("item", item) if item and not lot.strip() else None
        told_on = reading.day("stated_on", stated_on)
        values: dict[str, Any] = {
            "blind": blind,
            "counter": _counter(reading, counter),
            "due_on": reading.day("due_on", due_on),
            "note": reading.text("note", note, 2000, lines=True),
            "statement": reading.text("statement", statement, 100),
            "stated_on": told_on,
        }
        if values["statement"] and not told_on:
            reading.fault("stated_on", "a statement speaks of a day, none is given.", "Give it.", "required")
        if told_on and told_on > clock.now().date():
            reading.fault("stated_on", "that day has not come yet.", "Check the date.")
        reading.done()
        new = Count(
            uid=own,
            number=documents.next_number("CC"),
            scope=_scope(one_item, one_lot),
            place=where,
            site=places.site_of(where) if where else None,
            item=one_lot.item if one_lot else one_item,
            lot=one_lot,
            created_at=clock.now(),
            created_by=actor,
            asked=digest,
            **values,
        )
        keys = _standing_still(queries.places_of(new))
        _some_sheets(keys)
        new.save()
        Sheet.objects.bulk_create([Sheet(count=new, place_id=key) for key in keys])
        many = f"{len(keys)} place{'s' if len(keys) != 1 else ''}"
        documents.record(new.uid, KIND, "opened", actor=actor, text=many, reason=new.note)
        return new

    known = _opened_before(uid, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return act(uid or new_uid())
    except IntegrityError:
        # The same form sent twice at the same moment: the other one is there now.
        known = _opened_before(uid, digest)
        if known is None:
            raise
        return known


def _opened_before(uid: UUID | None, digest: str) -> Count | None:
    known = Count.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    return known


def _scope(item: object, lot: object) -> str:
    return CountScope.LOT if lot else CountScope.ITEM if item else CountScope.PLACE


def _named_lot(reading: Reading, item: Named, lot: str) -> Lot | None:
    """The lot; its faults are named without a line."""
    before = len(reading.faults)
    found = reading.lot("", str(item or ""), lot)
    reading.faults[before:] = [
        Fault(fault.field.lstrip("/"), fault.cause, fault.remedy, fault.code)
        for fault in reading.faults[before:]
    ]
    return found


def _counter(reading: Reading, name: str) -> str:
    username = reading.text("counter", name, 150).removeprefix("user:")
    if username and not User.objects.filter(username=username, is_active=True).exists():
        reading.fault("counter", f"there is no person {username[:60]!r}.", "Choose somebody who can log in.")
    return username


def _standing_still(keys: Sequence[int]) -> list[int]:
    """Without the places whose goods travel with a document: only its receipt may find them short."""
    kept = keeping.travelling(keys)
    left = [key for key in keys if key not in kept]
    if kept and not left:
        named = claims.in_words(sorted({str(keeper) for keeper in kept.values()}))
        cause = f"what there is travels with {named}."
        raise Refused(Fault("place", cause, "Count it when it is received.", "in_transit"))
    return left


def _some_sheets(keys: Sequence[int]) -> None:
    if not keys:
        cause = "there is no such stock: nothing to count."
        raise Refused(Fault("place", cause, "Choose a place, an item or a lot in stock.", "empty"))
    if len(keys) > SHEETS_MAX:
        cause = f"{len(keys)} places have stock, one count holds {SHEETS_MAX}."
        raise Refused(Fault("place", cause, "Open one count for each area.", "too_many"))
