"""Orders from a CSV or XLSX file: looked at first, then taken whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from lotbook.kernel import sheets
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.shipping.actions.orders import create
from lotbook.operations.shipping.models import Order
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger.lines import Named

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("order", "number", "order number"),
    "customer_number": ("customer order", "customer's order", "their number", "purchase order", "po"),
    "customer": ("customer", "customer code", "sold to", "buyer"),
    "location": ("location", "deliver to", "ship to", "delivery location"),
    "wanted_on": ("wanted on", "wanted", "delivery date", "due", "due date"),
    "priority": ("priority",),
    "item": ("item", "item code", "gtin", "article"),
    "quantity": ("quantity", "amount", "ordered"),
    "unit": ("unit", "uom"),
    "lot": ("lot", "lot number"),
    "note": ("note", "remark", "comment"),
}
"""What a column may be called."""

HEAD = ("number", "customer_number", "customer", "location", "wanted_on", "priority", "note")
REQUIRED = ("customer", "item", "quantity")
ORDERS_MAX = 2_000
UNREADABLE = Fault("encoding", "the file is not UTF-8.", "Say how its text is encoded.")
_NAMES = {sheets.normal(name): field for field, names in COLUMNS.items() for name in names}


@dataclass(slots=True)
class Imported:
    """An order as the file says it, with the rows it stands in."""

    head: dict[str, str]
    lines: list[Wanted] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What to call it."""
        return self.head.get("number") or self.head.get("customer_number") or f"row {self.rows[0]}"


@dataclass(slots=True)
class Preview:
    """What a file would do: the orders it holds, and what is wrong by row."""

    orders: list[Imported]
    faults: list[Fault]
    encodings: Sequence[tuple[str, str]] = ()

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return sum(len(order.lines) for order in self.orders)

    def checked(self) -> Preview:
        """The same, when nothing is wrong; raises Refused with every fault by row otherwise."""
        if self.encodings:
            raise Refused(UNREADABLE)
        if self.faults:
            raise Refused(self.faults)
        return self

    @property
    def ready(self) -> bool:
        """Whether all of it can be taken."""
        return bool(self.orders) and not self.faults and not self.encodings


def preview(*, data: bytes, site: Named, actor: str, encoding: str = "") -> Preview:
    """Read a file and try its orders, saving nothing; faults are named ``row <n>/<column>``."""
    seen = _read(data, encoding)
    if seen.encodings or not seen.orders:
        return seen
    with transaction.atomic():
        _create_all(seen, site, actor, confirmed=False, uid=new_uid())
        # It was a look only: all it wrote is taken back.
        transaction.set_rollback(True)
    return seen


@transaction.atomic
def import_orders(
    *,
    data: bytes,
    site: Named,
    actor: str,
    encoding: str = "",
    confirmed: bool = False,
    uid: UUID | None = None,
) -> list[Order]:
    """Enter every order of a CSV or XLSX file, or none of them.

    One row is one line; rows of the same order number (or, without one, of the same customer and customer's
    number) make one order. Raises Refused with every fault by row.
    """
    seen = _read(data, encoding)
    if seen.encodings:
        raise Refused(UNREADABLE)
    made = _create_all(seen, site, actor, confirmed=confirmed, uid=uid or new_uid())
    seen.checked()
    return made


def _create_all(seen: Preview, site: Named, actor: str, *, confirmed: bool, uid: UUID) -> list[Order]:
    """Enter what was read; what is wrong is noted by row."""
    made = []
    for index, order in enumerate(seen.orders):
        try:
            with transaction.atomic():
                made.append(
                    create(
                        site=site, lines=order.lines, actor=actor, confirmed=confirmed,
                        uid=uuid5(uid, str(index)), **order.head,
                    )
                )  # fmt: skip
        except Refused as refusal:
            seen.faults += [_by_row(fault, order) for fault in refusal.faults]
    seen.faults = list(dict.fromkeys(seen.faults))
    return made


def _by_row(fault: Fault, order: Imported) -> Fault:
    parts = fault.field.split("/")
    if parts[0] == "lines" and len(parts) > 1 and parts[1].isdigit():
        row = order.rows[min(int(parts[1]), len(order.rows) - 1)]
        return replace(fault, field="/".join([f"row {row}", *parts[2:]]))
    return fault if fault.field == "site" else replace(fault, field=f"row {order.rows[0]}/{fault.field}")


def _read(data: bytes, encoding: str) -> Preview:
    sheet = sheets.read(data, encoding=encoding, known=frozenset(_NAMES))
    if isinstance(sheet, sheets.Question):
        return Preview([], [], sheet.choices)
    header = [_NAMES.get(sheets.normal(str(cell)), "") for cell in sheet.rows[0]]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        cause = f"the header has no column {' or '.join(missing)}."
        raise Refused(Fault("file", cause, "Name the columns as in the template.", "columns"))
    found: dict[tuple[str, ...], Imported] = {}
    faults: list[Fault] = []
    for number, row in sheet.body():
        said = {name: _text(cell) for name, cell in zip(header, row, strict=False) if name}
        head = {name: said.get(name, "") for name in HEAD}
        head["priority"] = head["priority"] or "5"
        key = (
            (head["number"],)
            if head["number"]
            else (head["customer"], head["customer_number"] or f"#{number}")
        )
        order = found.setdefault(key, Imported(head))
        faults += _against_first(order, head, number)
        order.lines.append(
            Wanted(**{name: said.get(name, "") for name in ("item", "quantity", "unit", "lot")})
        )
        order.rows.append(number)
    if len(found) > ORDERS_MAX:
        raise Refused(
            Fault("file", f"the file has {len(found)} orders, at most {ORDERS_MAX} fit.", "Split it.")
        )
    return Preview(list(found.values()), faults)


def _against_first(order: Imported, head: Mapping[str, str], number: int) -> list[Fault]:
    """Where a later row of an order says something else than the first."""
    return [
        Fault(
            f"row {number}/{name}",
            f"{head[name][:60]!r} here, {order.head[name][:60]!r} in row {order.rows[0]} of the same order.",
            "Make them the same, or give the orders different numbers.",
        )
        for name in HEAD
        if order.rows and head[name] and head[name] != order.head[name]
    ]


def _text(cell: sheets.Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return cell.isoformat() if isinstance(cell, date) else cell.strip()
