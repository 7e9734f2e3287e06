"""Opening stock: keep an uploaded file, look at it, and import it – all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog import rules as units
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.interfaces.onboarding import matching, rules
from lotbook.interfaces.onboarding.models import Upload
from lotbook.kernel import clock, history, sheets
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS, Layout, Line
from lotbook.kernel.columns import where as where_is
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.quantity import to_text
from lotbook.kernel.sheets import Question
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gtin
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import BATCH_MAX, Draft, LotRef, Move, Receipt
from lotbook.traceability.lots import batch as lots
from lotbook.traceability.lots.models import LotKind

NAMESPACE = UUID("6f1d3c52-6d0f-4a7e-9a55-3f6a0c7c1b01")
"""Of the ids of opening events: the same row of the same file has the same id, always."""

KEPT_FOR = timedelta(days=2)
FAULTS_SHOWN = 500
OPTIONS = frozenset({"encoding", "decimal", "date_order", "place", "site", "on", "create"})
CREATE = ("items", "places", "suppliers")


@dataclass(slots=True)
class Preview:
    """What importing the file would do; nothing is saved. It can be imported when ``ready`` is true."""

    filename: str
    columns: Layout | None = None
    questions: list[Question] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    row_count: int = 0
    lot_count: int = 0
    new_items: list[str] = field(default_factory=list)
    new_places: list[str] = field(default_factory=list)
    new_suppliers: list[str] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    totals: list[tuple[str, str, str]] = field(default_factory=list)
    unconfirmed: bool = False
    already: Upload | None = None

    @property
    def ready(self) -> bool:
        """Whether the import can go ahead as it stands."""
        return not (self.questions or self.fault_count or self.unconfirmed or self.already)


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did. ``already``: the same file is in the book, nothing was changed."""

    row_count: int
    sequence: int | None
    already: bool = False


@dataclass(frozen=True, slots=True)
class _Act:
    """One import on its way: what was answered, from which file, when and by whom."""

    answers: Mapping[str, Any]
    digest: str
    filename: str
    now: datetime
    actor: str

    @property
    def reason(self) -> str:
        """What the history of things made on the way says."""
        return f"opening stock from {self.filename}"


class _LookedEnough(Exception):
    """Ends a preview's transaction: all it wrote is taken back."""


@transaction.atomic
def keep(*, actor: str, filename: str, data: bytes, options: Mapping[str, Any] | None = None) -> Upload:
    """Keep an uploaded file for its preview. Files nobody imported go after two days.

    Raises Refused for a file too large or empty; what is inside is read by ``preview``.
    """
    if len(data) > sheets.FILE_MAX or not data:
        sheets.read(data)
    Upload.objects.filter(imported_at=None, created_at__lt=clock.now() - KEPT_FOR).delete()
    return Upload.objects.create(
        filename=_filename(filename),
        digest=hashlib.sha256(data).hexdigest(),
        data=data,
        options=read_options(options or {}),
        actor=actor,
        created_at=clock.now(),
    )


def upload(uid: UUID | str) -> Upload:
    """The upload with this uid; raises NotFound."""
    try:
        return Upload.objects.get(uid=UUID(str(uid)))
    except (Upload.DoesNotExist, ValueError):
        raise NotFound(Fault("file", "this upload is gone.", "Upload the file again.")) from None


@transaction.atomic
def answer(*, uid: UUID | str, options: Mapping[str, Any]) -> Upload:
    """Keep what a person answered about a file."""
    kept = Upload.objects.select_for_update().get(pk=upload(uid).pk)
    kept.options = read_options({**kept.options, **options})
    kept.save(update_fields=["options"])
    return kept


def preview(kept: Upload) -> Preview:
    """Look at a kept file: read it, match it with the book, and try it on the ledger, saving nothing."""
    if kept.imported_at or kept.data is None:
        return Preview(kept.filename, already=kept, row_count=kept.row_count)
    return look(filename=kept.filename, data=bytes(kept.data), options=kept.options)


def look(*, filename: str, data: bytes, options: Mapping[str, Any]) -> Preview:
    """What importing ``data`` would do. Every fault is named by row and column; nothing is saved.

    The whole import runs in a transaction that is taken back, so the ledger's own word is in it.
    """
    answers = read_options(options)
    seen = Preview(_filename(filename), already=_imported(hashlib.sha256(data).hexdigest()))
    try:
        sheet = sheets.read(data, encoding=answers.get("encoding", ""), known=rules.KNOWN)
        if isinstance(sheet, Question):
            seen.questions.append(sheet)
            return seen
        seen.columns = rules.TABLE.layout(sheet.rows[0])
        rows = list(sheet.body())
        seen.row_count = len(rows)
        seen.questions = rules.TABLE.questions(rows, seen.columns, answers)
        if seen.questions:
            return seen
        lines, faults = rules.TABLE.lines(rows, seen.columns, answers)
    except Refused as refusal:
        _note(seen, refusal.faults)
        return seen
    _match(seen, lines, faults, answers, hashlib.sha256(data).hexdigest())
    return seen


def _match(
    seen: Preview, lines: Sequence[Line], faults: Sequence[Fault], answers: Mapping[str, Any], digest: str
) -> None:
    assert seen.columns is not None
    first = matching.Matcher(lines, seen.columns, answers.get("place", ""))
    first.faults += faults
    match = first.run()
    seen.new_items = sorted(match.unknown.items)
    seen.new_places = sorted(match.unknown.places)
    seen.new_suppliers = sorted(match.unknown.suppliers)
    asked = set(answers.get("create", []))
    seen.unconfirmed = bool(
        (seen.new_items and "items" not in asked)
        or (seen.new_places and "places" not in asked)
        or (seen.new_suppliers and "suppliers" not in asked)
    )
    _note(seen, match.faults)
    _show(seen, match)
    if seen.already is not None or seen.fault_count or seen.unconfirmed:
        return
    try:
        whole = _try(lines, seen.columns, _Act(answers, digest, seen.filename, clock.now(), "lotbook"))
    except Refused as refusal:
        _note(seen, refusal.faults)
    else:
        _show(seen, whole.match)


def _try(lines: Sequence[Line], columns: Layout, act: _Act) -> _Entered:
    """Enter the lines and take everything back again."""
    entered: list[_Entered] = []

    def enter() -> None:
        with transaction.atomic():
            entered.append(_enter(lines, columns, act))
            raise _LookedEnough

    with suppress(_LookedEnough):
        enter()
    return entered[0]


def confirm(*, actor: str, uid: UUID | str) -> Result:
    """Import a kept file as it was previewed. Raises Refused with every fault; then nothing was saved."""
    kept = upload(uid)
    if kept.imported_at or kept.data is None:
        return Result(kept.row_count, kept.sequence, already=True)
    return _import(kept, actor)


def import_file(
    *, actor: str, filename: str, data: bytes, options: Mapping[str, Any] | None = None
) -> Result:
    """Import a file in one go: all rows in one transaction, or none.

    ``options``: ``encoding``, ``decimal`` (. or ,), ``date_order`` (dmy or mdy), ``place`` (for rows without
    one), ``site`` (new places go there), ``on`` (the day of the opening stock), ``create`` (list of items,
    places, suppliers that may be made). The same file again changes nothing. Raises Refused naming every
    fault by row and column, and every question still open.
    """
    before = _imported(hashlib.sha256(data).hexdigest())
    if before is not None:
        return Result(before.row_count, before.sequence, already=True)
    with transaction.atomic():
        return _import(keep(actor=actor, filename=filename, data=data, options=options), actor)


@transaction.atomic
def _import(kept: Upload, actor: str) -> Result:
    assert kept.data is not None
    before = _imported(kept.digest)
    if before is not None:
        return Result(before.row_count, before.sequence, already=True)
    answers = read_options(kept.options)
    sheet = sheets.read(bytes(kept.data), encoding=answers.get("encoding", ""), known=rules.KNOWN)
    if isinstance(sheet, Question):
        raise Refused(_open(sheet))
    columns = rules.TABLE.layout(sheet.rows[0])
    rows = list(sheet.body())
    asked = rules.TABLE.questions(rows, columns, answers)
    if asked:
        raise Refused([_open(question) for question in asked])
    lines, faults = rules.TABLE.lines(rows, columns, answers)
    if faults:
        raise Refused(faults)
    with history.unique(
        "file", "somebody else is importing this very file.", "Wait, then look at the stock."
    ):
        kept.imported_at, kept.imported_by, kept.row_count = clock.now(), actor, len(rows)
        kept.save(update_fields=["imported_at", "imported_by", "row_count"])
    act = _Act(answers, kept.digest, kept.filename, kept.imported_at, actor)
    whole = _enter(lines, columns, act)
    kept.sequence, kept.data = whole.sequence, None
    kept.save(update_fields=["sequence", "data"])
    return Result(len(rows), whole.sequence)


def read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are set, checked; raises Refused for one we do not know."""
    choices: dict[str, Mapping[str, str]] = {
        "encoding": sheets.ENCODINGS,
        "decimal": DECIMALS,
        "date_order": DATE_ORDERS,
    }
    faults = [Fault(name, "is no option.", code="unknown") for name in options if name not in OPTIONS]
    read: dict[str, Any] = {name: value for name, value in options.items() if name in OPTIONS and value}
    for name, known in choices.items():
        if name in read and read[name] not in known:
            faults.append(Fault(name, f"expected one of {', '.join(known)}; got {str(read[name])[:20]!r}."))
    if "create" in read and not set(read["create"]) <= set(CREATE):
        faults.append(Fault("create", f"expected some of {', '.join(CREATE)}."))
    if "on" in read:
        try:
            read["on"] = date.fromisoformat(str(read["on"])).isoformat()
        except ValueError:
            faults.append(
                Fault("on", f"expected a date, got {str(read['on'])[:20]!r}.", "Write it like 2027-03-03.")
            )
    if faults:
        raise Refused(faults)
    return read


# --- Into the book -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entered:
    match: matching.Match
    sequence: int | None


def _enter(lines: Sequence[Line], columns: Layout, act: _Act) -> _Entered:
    """Make what is unknown and may be made, then post an opening event per row."""
    default_place = act.answers.get("place", "")
    match = matching.Matcher(lines, columns, default_place).run()
    if match.unknown.items or match.unknown.places or match.unknown.suppliers:
        _make(match.unknown, lines, columns, act)
        match = matching.Matcher(lines, columns, default_place).run()
    _refuse_unknown(match.unknown, columns)
    if match.faults:
        raise Refused(match.faults)
    parents = _parent_lots(match.ready, act.now)
    source = place_queries.difference().pk
    drafts = [_draft(one, source, parents, act) for one in match.ready]
    receipts: list[Receipt] = []
    for start in range(0, len(drafts), BATCH_MAX):
        try:
            part = ledger.post(drafts[start : start + BATCH_MAX], actor=act.actor)
        except Refused as refusal:
            told = [_by_row(fault, match.ready[start:], columns) for fault in refusal.faults]
            raise type(refusal)(told, status=refusal.status) from refusal
        receipts += [one for one in part if isinstance(one, Receipt)]
    return _Entered(match, max((one.sequence for one in receipts), default=None))


def _draft(one: matching.Ready, source: int, parents: Mapping[lots.Identity, int], act: _Act) -> Draft:
    facts = dict(one.facts)
    if one.inside:
        facts["inside_id"] = parents[(one.item.pk, one.inside, int(LotKind.LOT))]
    data: dict[str, Any] = {"row": one.row}
    if one.cost:
        data |= {"unit_cost": one.cost, "currency": one.currency}
    return Draft(
        kind="opening",
        occurred_at=_moment(act),
        uid=uuid5(NAMESPACE, f"{act.digest}:{one.row}"),
        moves=[Move(LotRef(one.item.pk, one.number, one.kind, facts), source, one.place, one.quantity)],
        place=one.place,
        document_kind="opening stock",
        document_number=act.filename,
        data=data,
    )


def _parent_lots(ready: Sequence[matching.Ready], now: datetime) -> dict[lots.Identity, int]:
    """The lots serials are inside of, made where the book does not know them."""
    wanted = {(one.item.pk, one.inside, int(LotKind.LOT)) for one in ready if one.inside}
    known = lots.by_identity(sorted(wanted))
    lots.create({identity: {} for identity in wanted if identity not in known}, now)
    return {identity: info.id for identity, info in lots.by_identity(sorted(wanted)).items()}


def _moment(act: _Act) -> datetime:
    """When the stock was counted: the start of the day a person named, else now."""
    if "on" not in act.answers:
        return act.now
    day = date.fromisoformat(act.answers["on"])
    return datetime(day.year, day.month, day.day, tzinfo=act.now.tzinfo)


def _by_row(fault: Fault, ready: Sequence[matching.Ready], columns: Layout) -> Fault:
    """The ledger's fault ``events/3/moves/0/lot/expires_on`` in the words of the file."""
    parts = fault.field.split("/")
    if parts[0] != "events":
        # A batch of one event has no prefix.
        parts = ["events", "0", *parts]
    if len(parts) < 2 or not parts[1].isdigit():
        return fault
    name = {"lot": "lot", "quantity": "quantity", "destination": "place", "source": "place"}.get(
        parts[-1], parts[-1]
    )
    name = {"supplier_id": "supplier", "inside_id": "lot"}.get(name, name)
    row = ready[int(parts[1])].row
    where = where_is(row, columns.header(name)) if name in rules.COLUMNS else f"row {row}"
    return Fault(where, fault.cause, fault.remedy, fault.code)


def _refuse_unknown(unknown: matching.Unknown, columns: Layout) -> None:
    groups = (("item", unknown.items), ("place", unknown.places), ("supplier", unknown.suppliers))
    faults = [
        Fault(
            where_is(line.row, columns.header(name)),
            f"there is no {name} {text!r} in the book.",
            f"Correct it, add the {name} first, or allow new {name}s to be made.",
            "unknown",
        )
        for name, found in groups
        for text, line in found.items()
    ]
    if faults:
        raise Refused(faults)


# --- What may be made --------------------------------------------------------------------------------


def _make(unknown: matching.Unknown, lines: Sequence[Line], columns: Layout, act: _Act) -> None:
    allowed = set(act.answers.get("create", []))
    if "suppliers" in allowed:
        for text, line in unknown.suppliers.items():
            _told(line, "supplier", columns, partial(_make_supplier, text, act))
    if "places" in allowed and unknown.places:
        site = _site(act, unknown.places)
        for text, line in unknown.places.items():
            if text != site.code:
                _told(
                    line,
                    "place",
                    columns,
                    partial(_make_place, text, site, act),
                )
    if "items" in allowed:
        of_item: dict[str, list[Line]] = {}
        for line in lines:
            of_item.setdefault(str(line.get("item")), []).append(line)
        _make_items(unknown.items, of_item, columns, act)


def _told(line: Line, name: str, columns: Layout, act: Callable[[], object]) -> None:
    """Run one act; its refusal is named by the row that wanted it."""
    try:
        act()
    except Refused as refusal:
        names = {"code": name, "unit": "unit", "name": "name"}
        told = [
            Fault(
                where_is(line.row, columns.header(names.get(fault.field, name))),
                fault.cause,
                fault.remedy,
                fault.code,
            )
            for fault in refusal.faults
        ]
        raise Refused(told) from refusal


def _make_supplier(text: str, act: _Act) -> None:
    code = text[:60].strip()
    partners.create_partner(actor=act.actor, code=code, name=text, is_supplier=True, reason=act.reason)


def _make_place(text: str, site: Place, act: _Act) -> None:
    places.create_place(actor=act.actor, code=text, kind="area", parent=site.uid, reason=act.reason)


def _site(act: _Act, wanted: Mapping[str, Line]) -> Place:
    """Where new places go: the site named, else the only one; with none yet, a site is made."""
    named = act.answers.get("site", "")
    if named:
        found = place_queries.named(named)
        if found is None or found.kind != "site":
            raise Refused(
                Fault("site", f"there is no site {named[:60]!r}.", "Choose one from the list of places.")
            )
        return found
    sites = list(Place.objects.filter(kind="site", is_active=True).order_by("code")[:2])
    if len(sites) == 1:
        return sites[0]
    if sites:
        raise Refused(
            Fault("site", "there are several sites.", "Say at which one the new places are.", "required")
        )
    code = next(iter(wanted)) if len(wanted) == 1 else "MAIN"
    return places.create_place(actor=act.actor, code=code, kind="site", time_zone="UTC", reason=act.reason)


def _make_items(
    wanted: Mapping[str, Line], of_item: Mapping[str, Sequence[Line]], columns: Layout, act: _Act
) -> None:
    """Items from what their rows say; a refusal is named by the row that wanted the item."""
    read: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for text, line in wanted.items():
        try:
            read.append(_new_item(text, of_item[text]))
        except Refused as refusal:
            faults += [_at(fault, line, columns) for fault in refusal.faults]
    if faults:
        raise Refused(faults)
    try:
        catalog.create_items(actor=act.actor, items=read, reason=act.reason)
    except Refused as refusal:
        first = list(wanted.values())
        told = [(fault.field.split("/"), fault) for fault in refusal.faults]
        raise Refused(
            [
                _at(replace(fault, field=path[-1]), first[int(path[1])], columns) if len(path) > 2 else fault
                for path, fault in told
            ]
        ) from refusal


def _at(fault: Fault, line: Line, columns: Layout) -> Fault:
    name = fault.field if fault.field in ("unit", "name") else "item"
    return replace(fault, field=where_is(line.row, columns.header(name)))


def _new_item(text: str, lines: Sequence[Line]) -> dict[str, Any]:
    """A new item: its name, its unit, and a scale that holds its finest quantity. Raises Refused."""
    first = {
        name: next((line.get(name) for line in lines if line.get(name)), "") for name in ("name", "unit")
    }
    said = str(first["unit"])
    unit = units.find_unit(said) if said else None
    if unit is None:
        cause = f"{said!r} is no unit we know" if said else "the new item needs its unit"
        remedy = "Write a UN/ECE code such as KGM, or kg, l, pcs."
        raise Refused(Fault("unit", f"{cause}.", remedy, "required"))
    finest = max((_places(line.get("quantity")) for line in lines), default=0)
    weighed = units.UNITS[unit].dimension in ("mass", "volume")
    tracking = next((name for name in ("serial", "lot") if any(line.get(name) for line in lines)), "none")
    return {
        "code": text,
        "name": str(first["name"]) or text,
        "unit": unit,
        "scale": 0 if tracking == "serial" else max(finest, 3 if weighed else 0),
        "tracking": tracking,
        "gtin": _gtin(text),
    }


def _places(quantity: object) -> int:
    if not isinstance(quantity, Decimal):
        return 0
    exponent = quantity.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _gtin(text: str) -> str | None:
    try:
        return Gtin.parse(text).value
    except MalformedError:
        return None


# --- For the preview ---------------------------------------------------------------------------------


def _note(seen: Preview, faults: Sequence[Fault]) -> None:
    seen.fault_count += len(faults)
    seen.faults += list(faults)[: FAULTS_SHOWN - len(seen.faults)]


def _show(seen: Preview, match: matching.Match) -> None:
    seen.lot_count = len({(one.item.pk, one.kind, one.number) for one in match.ready})
    totals: dict[tuple[str, str], int] = {}
    scales: dict[tuple[str, str], int] = {}
    for one in match.ready:
        key = (one.item.code, one.item.unit)
        totals[key] = totals.get(key, 0) + one.quantity
        scales[key] = one.item.scale
    seen.totals = [
        (code, to_text(total, scales[(code, unit)]), unit) for (code, unit), total in sorted(totals.items())
    ]
    seen.shown = [
        {
            "row": one.row,
            "item": one.item,
            "number": one.number,
            "quantity": one.quantity,
            "expires_on": one.facts.get("expires_on"),
            "supplier_lot": one.facts.get("supplier_lot", ""),
        }
        for one in match.ready[:50]
    ]


def _open(question: Question) -> Fault:
    choices = ", ".join(f"{value} ({text})" for value, text in question.choices)
    return Fault(question.name, question.text, f"Answer {question.name} with one of: {choices}.", "question")


def _imported(digest: str) -> Upload | None:
    return Upload.objects.filter(~Q(imported_at=None), digest=digest).first()


def _filename(name: str) -> str:
    plain = PurePath(name.replace("\\", "/")).name
    return "".join(c for c in plain if c.isprintable())[:200] or "file"
