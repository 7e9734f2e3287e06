"""Orders and shipping notices from lists: looked at first, then made – all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, history, sheets
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS, Columns, Layout, unanswered, where
from lotbook.kernel.columns import Line as ListLine
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.sheets import Question
from lotbook.operations.receiving import queries
from lotbook.operations.receiving.actions.notices import create_notice
from lotbook.operations.receiving.actions.orders import create_order
from lotbook.operations.receiving.columns import KINDS
from lotbook.operations.receiving.models import Notice, Order, Upload
from lotbook.operations.receiving.rules import Announced, Ordered

KEPT_FOR = timedelta(days=2)
FAULTS_SHOWN = 500
DOCUMENTS_MAX = 2_000
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "encoding": sheets.ENCODINGS,
    "decimal": DECIMALS,
    "date_order": DATE_ORDERS,
}
ORDERED = ("item", "quantity", "unit", "over", "under")
ANNOUNCED = (
    "item", "lot", "quantity", "unit", "supplier_lot", "order", "order_line", "sscc", "pallet", "produced_on",
    "packed_on", "harvested_on", "best_before_on", "expires_on", "origin_country", "tlc",
    "tlc_source_reference",
)  # fmt: skip


@dataclass(slots=True)
class Preview:
    """What importing a list would make; nothing is saved. It can be imported when ``ready`` is true."""

    upload: Upload
    columns: Layout | None = None
    questions: Sequence[Question] = ()
    faults: list[Fault] = field(default_factory=list)
    made: list[Order | Notice] = field(default_factory=list)
    rows: int = 0

    @property
    def ready(self) -> bool:
        """Whether the list can be imported as it stands."""
        return not self.questions and not self.faults and self.upload.imported_at is None


@dataclass(slots=True)
class _Group:
    """The rows of one document."""

    head: Mapping[str, Any]
    lines: list[ListLine]


class _LookedEnough(Exception):
    """Ends a preview's transaction: all it wrote is taken back."""


@transaction.atomic
def keep(*, actor: str, kind: str, filename: str, data: bytes) -> Upload:
    """Keep a list for its preview; ``kind`` is orders or notices. Lists nobody imported go after two days."""
    if kind not in KINDS:
        raise Refused(Fault("kind", f"expected one of {', '.join(KINDS)}, got {kind[:20]!r}."))
    if len(data) > sheets.FILE_MAX or not data:
        sheets.read(data)
    Upload.objects.filter(imported_at=None, created_at__lt=clock.now() - KEPT_FOR).delete()
    plain = PurePath(filename.replace("\\", "/")).name
    return Upload.objects.create(
        kind=kind,
        filename="".join(character for character in plain if character.isprintable())[:200] or "list",
        digest=hashlib.sha256(data).hexdigest(),
        data=data,
        actor=actor,
        created_at=clock.now(),
    )


@transaction.atomic
def answer(*, uid: UUID | str, options: Mapping[str, str]) -> Upload:
    """Answer what a list leaves open: encoding, decimal, date_order."""
    kept = queries.upload(uid)
    faults = [
        Fault(name, f"expected one of {', '.join(OPTIONS[name])}.")
        for name, value in options.items()
        if name in OPTIONS and value and value not in OPTIONS[name]
    ]
    if faults:
        raise Refused(faults)
    kept.options = {**kept.options, **{name: value for name, value in options.items() if name in OPTIONS}}
    kept.save(update_fields=["options"])
    return kept


def preview(upload: Upload, *, actor: str) -> Preview:
    """What importing the list would make, with every fault by row and column."""
    seen = Preview(upload)
    if upload.imported_at is not None:
        return seen
    try:
        with transaction.atomic():
            _run(upload, seen, actor)
            raise _LookedEnough  # noqa: TRY301 – rolls back what was only looked at
    except _LookedEnough:
        pass
    except Refused as refusal:
        seen.faults = list(refusal.faults)[:FAULTS_SHOWN]
    return seen


@transaction.atomic
def confirm(*, uid: UUID | str, actor: str) -> Upload:
    """Make every document of the list, or none; the same list again makes nothing."""
    kept = Upload.objects.select_for_update().get(pk=queries.upload(uid).pk)
    if kept.imported_at is not None:
        return kept
    _import(kept, actor)
    return kept


@transaction.atomic
def take(*, actor: str, kind: str, filename: str, data: bytes, options: Mapping[str, str]) -> Preview:
    """Read a list and make every document of it, or none; the same list again is a Conflict.

    Raises Refused with every fault by row and column, or with what has to be answered first.
    """
    kept = keep(actor=actor, kind=kind, filename=filename, data=data)
    return _import(answer(uid=kept.uid, options=options), actor)


def _import(kept: Upload, actor: str) -> Preview:
    """Make the documents of a list that nobody imported yet."""
    before = Upload.objects.filter(kind=kept.kind, digest=kept.digest, imported_at__isnull=False).first()
    if before is not None:
        cause = f"this very list was imported before, as {before.filename}."
        raise Conflict(Fault("file", cause, "Nothing is left to do.", "imported"))
    seen = Preview(kept)
    _run(kept, seen, actor)
    if seen.questions:
        raise unanswered(seen.questions)
    if seen.faults:
        raise Refused(seen.faults)
    kept.imported_at, kept.data = clock.now(), None
    kept.made = [{"uid": str(one.uid), "number": one.number} for one in seen.made]
    with history.unique("file", "somebody else is importing this very list.", "Look at the list of orders."):
        kept.save(update_fields=["imported_at", "data", "made"])
    return seen


# -- from rows to documents ------------------------------------------------------------------------


def _run(upload: Upload, seen: Preview, actor: str) -> None:
    columns = KINDS[upload.kind]
    table = columns.read(bytes(upload.data or b""), upload.options)
    seen.columns, seen.questions, seen.rows = table.columns, table.questions, len(table.lines)
    seen.faults = list(table.faults)[:FAULTS_SHOWN]
    if table.columns is None or table.questions or table.faults:
        return
    groups = _groups(table.lines)
    if len(groups) > DOCUMENTS_MAX:
        cause = f"the list has {len(groups)} documents, at most {DOCUMENTS_MAX} are taken at once."
        raise Refused(Fault("file", cause, "Split it.", "too_large"))
    for group in groups:
        try:
            with transaction.atomic():
                seen.made.append(_make(upload.kind, group, actor))
        except Refused as refusal:
            seen.faults += [_by_row(fault, group, table.columns, columns) for fault in refusal.faults]
    if seen.faults:
        seen.faults = seen.faults[:FAULTS_SHOWN]
        if upload.imported_at is None and seen.made:
            seen.made = []
        raise Refused(seen.faults)


def _groups(lines: Sequence[ListLine]) -> list[_Group]:
    """Rows with the same number make one document; without numbers those of a supplier, site and day."""
    groups: dict[tuple[Any, ...], _Group] = {}
    for line in lines:
        number = line.get("number")
        key = (
            (line.get("supplier"), number)
            if number
            else ("", *map(line.get, ("supplier", "site", "expected_on")))
        )
        groups.setdefault(key, _Group(line.values, [])).lines.append(line)
    return list(groups.values())


def _make(kind: str, group: _Group, actor: str) -> Order | Notice:
    head = group.head
    site = str(head.get("site", "")) or _only_site()
    common: dict[str, Any] = {
        "actor": actor, "supplier": str(head.get("supplier", "")), "site": site,
        "number": str(head.get("number", "")), "note": str(head.get("note", "")),
    }  # fmt: skip
    if kind == "orders":
        lines = [Ordered(**_cells(line, ORDERED)) for line in group.lines]
        return create_order(**common, lines=lines, expected_on=head.get("expected_on"), send=True)
    announced = [Announced(**_cells(line, ANNOUNCED)) for line in group.lines]
    return create_notice(
        **common,
        lines=announced,
        expected_at=_at(head.get("expected_on")),
        carrier=str(head.get("carrier", "")),
    )


def _cells(line: ListLine, names: Sequence[str]) -> dict[str, Any]:
    values = {name: line.values[name] for name in names if name in line.values}
    return {name: format(one, "f") if isinstance(one, Decimal) else one for name, one in values.items()}


def _at(day: date | None) -> datetime | None:
    """A day as a moment: noon, which is that day wherever the site is."""
    return datetime.combine(day, time(12), tzinfo=UTC) if day else None


def _only_site() -> str:
    codes = list(Place.objects.filter(kind="site", is_active=True).values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else ""


def _by_row(fault: Fault, group: _Group, layout: Layout, columns: Columns) -> Fault:
    """``lines/3/quantity`` of a document in the words of the list."""
    parts = fault.field.split("/")
    line, name = group.lines[0], parts[0]
    if parts[0] == "lines" and len(parts) > 1 and parts[1].isdigit():
        line, name = group.lines[int(parts[1])], parts[2] if len(parts) > 2 else "item"
    name = "expected_on" if name == "expected_at" else name
    at = where(line.row, layout.header(name)) if name in columns.names else f"row {line.row}"
    return Fault(at, fault.cause, fault.remedy, fault.code)
