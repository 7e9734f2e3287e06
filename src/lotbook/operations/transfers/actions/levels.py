"""Levels: how much of an item there should be where; and requests made of what is below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.columns import Columns, Table
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.actions import requests
from lotbook.operations.transfers.actions.requests import ENDS, check_ends
from lotbook.operations.transfers.models import Level, StockRequest
from lotbook.operations.transfers.queries import documents as found
from lotbook.operations.transfers.queries import replenishing
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.ledger.lines import Named, Reading

LEAD_DAYS_MAX = 3650
COLUMNS = Columns(
    {
        "item": ("item", "item code", "gtin"),
        "place": ("place", "at", "where"),
        "minimum": ("minimum", "min", "at least"),
        "maximum": ("maximum", "max", "fill up to"),
        "unit": ("unit",),
        "lead_days": ("lead days", "lead time"),
        "source": ("source", "from"),
        "supplier": ("supplier", "bought from"),
    },
    numbers=("minimum", "maximum", "lead_days"),
    needed=(("item",), ("place",), ("minimum",), ("maximum",)),
)
LINES = Columns(
    {
        "item": ("item", "item code", "gtin"),
        "quantity": ("quantity", "amount"),
        "unit": ("unit",),
        "note": ("note", "why", "remark"),
    },
    numbers=("quantity",),
    text_max={"note": 500},
    needed=(("item",), ("quantity",)),
)
ROWS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """A level as somebody gives it: names and decimal texts."""

    item: str = ""
    place: str = ""
    minimum: str = ""
    maximum: str = ""
    unit: str = ""
    lead_days: str = ""
    source: str = ""
    supplier: str = ""


@transaction.atomic
def keep(
    *,
    item: Named,
    place: Named,
    minimum: str,
    maximum: str,
    actor: str,
    unit: str = "",
    lead_days: int | str | None = None,
    source: Named = "",
    supplier: Named = "",
    uid: UUID | None = None,
) -> Level:
    """Set the level of an item at a place: made when there is none, else changed (``uid``: that one)."""
    reading = Reading()
    told = Told(
        str(item or ""), str(place or ""), minimum, maximum, unit, str(lead_days or ""), str(source or ""),
        str(supplier or ""),
    )  # fmt: skip
    level = _read(reading, "", told, actor)
    reading.done()
    assert level is not None
    known = Level.objects.select_for_update().filter(item=level.item, place=level.place).first()
    if uid is not None:
        own = Level.objects.select_for_update().get(pk=found.level(uid).pk)
        if known is not None and known.pk != own.pk:
            cause = f"{level.item.code} has a level at {level.place.code} already."
            raise Conflict(Fault("place", cause, "Change that one.", "taken"))
        known = own
    if known is not None:
        level.pk, level.uid = known.pk, known.uid
    level.save(force_update=known is not None)
    return level


@transaction.atomic
def remove(*, uid: UUID, actor: str) -> None:
    """Take a level away: nothing is suggested for the item there any more."""
    del actor
    Level.objects.filter(pk=found.level(uid).pk).delete()


@transaction.atomic
def read_file(*, data: bytes, actor: str, answers: Mapping[str, str] | None = None) -> Table | int:
    """Set the levels of a CSV or XLSX file, all or none; how many, or what has to be answered first.

    Raises Refused naming row and column of every fault.
    """
    table = COLUMNS.read(data, answers or {})
    if table.questions:
        return table
    table.checked()
    if not table.lines or len(table.lines) > ROWS_MAX:
        raise Refused(Fault("file", f"expected 1 to {ROWS_MAX} rows, got {len(table.lines)}.", "Split it."))
    reading = Reading()
    read: dict[tuple[int, int], Level] = {}
    for line in table.lines:
        told = Told(**{name: text_of(line.get(name)) for name in COLUMNS.names})
        before = len(reading.faults)
        level = _read(reading, "", told, actor)
        reading.faults[before:] = [
            Fault(table.at(line.row, fault.field), fault.cause, fault.remedy, fault.code)
            for fault in reading.faults[before:]
        ]
        if level is not None:
            read[level.item.pk, level.place.pk] = level
    reading.done()
    Level.objects.bulk_create(
        read.values(),
        update_conflicts=True,
        unique_fields=["item", "place"],
        update_fields=[
            "minimum", "maximum", "lead_days", "source", "supplier", "changed_at", "changed_by",
        ],
        batch_size=500,
    )  # fmt: skip
    return len(read)


def read_lines(data: bytes, answers: Mapping[str, str] | None = None) -> Table | list[Wanted]:
    """The lines of a request from a CSV or XLSX file, or what has to be answered first."""
    table = LINES.read(data, answers or {})
    if table.questions:
        return table
    table.checked()
    return [Wanted(**{name: text_of(line.get(name)) for name in LINES.names}) for line in table.lines]


@transaction.atomic
def fill_up(*, actor: str, levels: Sequence[UUID] = (), uid: UUID | None = None) -> list[StockRequest]:
    """Ask for what is below its minimum (of ``levels``, or all with a source place): a request a way.

    What has only a supplier is left to purchasing. Gives the requests made; asking again with the same
    ``uid`` gives them again.
    """
    before = _filled_before(uid)
    if before:
        return before
    wanted = {str(one) for one in levels}
    rows = [
        row
        for row in replenishing.below()
        if row.level.source_id and (not wanted or str(row.level.uid) in wanted)
    ]
    ways: dict[tuple[int, int], list[replenishing.Below]] = defaultdict(list)
    for row in rows:
        ways[row.level.source_id or 0, row.level.place_id].append(row)
    made: list[StockRequest] = []
    for _way, lines in sorted(ways.items()):
        made.append(
            requests.create(
                destination=lines[0].level.place.uid,
                source=lines[0].level.source.uid if lines[0].level.source else "",
                lines=[
                    Wanted(row.level.item.code, to_text(row.suggested, row.level.item.scale)) for row in lines
                ],
                reason="Below the minimum level",
                ask=True,
                actor=actor,
                uid=uuid5(uid, str(len(made))) if uid else None,
            )
        )
    if not made:
        raise Refused(
            Fault("levels", "nothing is to be filled up from a place of ours.", "Look again later.")
        )
    return made


def _filled_before(uid: UUID | None) -> list[StockRequest]:
    """The requests made under this id: what is below its minimum may be something else by now."""
    if uid is None:
        return []
    found: list[StockRequest] = []
    while one := StockRequest.objects.filter(uid=uuid5(uid, str(len(found)))).first():
        found.append(one)
    return found


# -- steps -----------------------------------------------------------------------------------------


def _read(reading: Reading, field: str, told: Told, actor: str) -> Level | None:
    item = reading.item("item", told.item)
    at = reading.place("place", told.place, kinds=ENDS)
    source: Place | None = reading.place("source", told.source, kinds=ENDS) if told.source else None
    check_ends(reading, source, at)
    supplier = reading.partner("supplier", told.supplier, "supplier") if told.supplier else None
    days = reading.whole("lead_days", told.lead_days, 0, LEAD_DAYS_MAX)
    if item is None or at is None:
        return None
    low = _quantity(reading, item, "minimum", told.minimum, told.unit, zero=True)
    high = _quantity(reading, item, "maximum", told.maximum, told.unit, zero=False)
    if low is None or high is None:
        return None
    if low > high:
        reading.fault("maximum", "the maximum is below the minimum.", "Correct one of them.")
        return None
    return Level(
        item=item, place=at, minimum=low, maximum=high, lead_days=days or 0, source=source,
        supplier=supplier, changed_at=clock.now(), changed_by=actor,
    )  # fmt: skip


def _quantity(reading: Reading, item: Item, field: str, text: str, unit: str, *, zero: bool) -> int | None:
    before = len(reading.faults)
    found_ = reading.quantity("", item, text, unit, zero=zero)
    reading.faults[before:] = [
        Fault(fault.field.strip("/").replace("quantity", field), fault.cause, fault.remedy, fault.code)
        for fault in reading.faults[before:]
    ]
    return found_


def text_of(value: object) -> str:
    """A cell's value as text."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
