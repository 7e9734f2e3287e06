"""Counts opened, counted place by place, counted again by somebody else, and settled with the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.urls import reverse

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import queries, rules
from lotbook.operations.counting.models import (
    Count,
    CountScope,
    CountStatus,
    Limit,
    Sheet,
    SheetStatus,
    Tally,
)
from lotbook.operations.counting.queries import COUNTING, LineRow
from lotbook.operations.counting.reserved import Uncovered, uncovered
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import asof
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import LINES_MAX, Named, Reading, moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot, LotKind

KIND = "counting.count"
APPROVAL = "counting.adjust"
SHEETS_MAX = 2_000
LARGEST = 2**63 - 1
"""What a column of the database holds: values beyond it count as that."""
PLACES = frozenset({"site", "area", "bin", "transit", "unit"})
ENDED = frozenset({CountStatus.DONE, CountStatus.CANCELLED})


# -- opening ---------------------------------------------------------------------------------------


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
        keys = queries.places_of(new)
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


def _some_sheets(keys: Sequence[int]) -> None:
    if not keys:
        cause = "there is no such stock: nothing to count."
        raise Refused(Fault("place", cause, "Choose a place, an item or a lot in stock.", "empty"))
    if len(keys) > SHEETS_MAX:
        cause = f"{len(keys)} places have stock, one count holds {SHEETS_MAX}."
        raise Refused(Fault("place", cause, "Open one count for each area.", "too_many"))


# -- counting --------------------------------------------------------------------------------------


@transaction.atomic
def save_sheet(
    *,
    count: UUID | str,
    place: Named,
    lines: Sequence[Found],
    actor: str,
    finish: bool = False,
    rest_is_zero: bool = False,
) -> Sheet:
    """Write down what was found at a place; ``finish`` when all of it is.

    Each line is compared with the book as of the moment it is saved, so goods may move meanwhile: what is
    recorded later is no difference. Lots the book has not there may be added. ``rest_is_zero``: what the
    book has there and no line names was not found. A line saved again replaces itself. In a recount only
    lots asked for again are taken, and from nobody who counted them before. When the last sheet is
    finished the count is judged: counted again, to be decided, or done.

    Raises Refused naming ``lines/<i>/<field>``, Conflict when count or sheet are not being counted.
    """
    found = _locked(count)
    if found.status not in COUNTING:
        raise Conflict(_not_open(found))
    reading = Reading()
    where = reading.place("place", place, kinds=PLACES)
    reading.done()
    assert where is not None
    sheet = _sheet(found, where)
    book = asof.book([where.pk], until=queries.stated_until(found))
    counted = _read(reading, found, sheet, lines, book, actor=actor)
    reading.done()
    _write(found, sheet, counted, book, actor)
    if finish:
        _finish(found, sheet, book, actor, rest_is_zero=rest_is_zero)
    return sheet


def _locked(name: UUID | str) -> Count:
    key = queries.count(name).pk
    return Count.objects.select_for_update(of=("self",)).select_related("place", "site").get(pk=key)


def _not_open(one: Count) -> Fault:
    cause = f"{one.number} is not being counted: {one.get_status_display().lower()}."
    return Fault("count", cause, "Open a new count.", "closed")


def _sheet(one: Count, where: Place) -> Sheet:
    """The sheet of the place; made when something of the count turns up where the book has none of it."""
    found = one.sheets.select_for_update().filter(place=where).first()
    if found is None:
        if one.round > 1 or (one.place is not None and where.pk not in places.subtree_ids(one.place.pk)):
            cause = f"{where} is no place of {one.number}."
            raise Refused(Fault("place", cause, "Choose a place of this count, or open another."))
        return Sheet.objects.create(count=one, place=where, round=one.round)
    if found.status != SheetStatus.OPEN:
        cause = f"{where} is counted already."
        raise Conflict(Fault("place", cause, "Count it again with a new count.", "counted"))
    return found


def _read(
    reading: Reading, one: Count, sheet: Sheet, lines: Sequence[Found], book: asof.Book, *, actor: str
) -> dict[int, tuple[Lot, int]]:
    """Lot → what was counted of it; lots of another item or not asked for again are faults."""
    if len(lines) > LINES_MAX:
        reading.fault("lines", f"at most {LINES_MAX} lines, got {len(lines)}.", "Split it.")
    asked = _asked_again(one, sheet)
    counted: dict[int, tuple[Lot, int]] = {}
    for index, line in enumerate(lines[:LINES_MAX]):
        where = f"lines/{index}"
        before = len(reading.faults)
        lot = reading.lot(where, line.item, line.lot)
        if lot is None:
            continue
        quantity = reading.quantity(where, lot.item, line.counted, line.unit, zero=True)
        reading.faults[before:] = [_renamed(fault) for fault in reading.faults[before:]]
        if quantity is None:
            continue
        wrong = _not_here(one, lot, quantity, asked, actor)
        if wrong is not None:
            reading.faults.append(wrong.under(where))
        elif lot.pk in counted:
            reading.fault(f"{where}/lot", "this lot is on the sheet twice.", "Add the counts up.")
        else:
            counted[lot.pk] = (lot, quantity)
    return counted


def _renamed(fault: Fault) -> Fault:
    if not fault.field.endswith("/quantity"):
        return fault
    return Fault(fault.field.removesuffix("quantity") + "counted", fault.cause, fault.remedy, fault.code)


def _asked_again(one: Count, sheet: Sheet) -> dict[int, set[str]] | None:
    """In a recount: the lots asked for again, with who counted each before. None in the first round."""
    if one.round == 1:
        return None
    before: dict[int, set[str]] = {}
    again: set[int] = set()
    for tally in sheet.tallies.filter(round__lt=one.round):
        before.setdefault(tally.lot_id, set()).add(tally.counted_by)
        if tally.again and tally.round == one.round - 1:
            again.add(tally.lot_id)
    return {lot: who for lot, who in before.items() if lot in again}


def _not_here(
    one: Count, lot: Lot, quantity: int, asked: Mapping[int, set[str]] | None, actor: str
) -> Fault | None:
    if (one.lot_id and lot.pk != one.lot_id) or (one.item_id and lot.item_id != one.item_id):
        about = one.lot or one.item
        return Fault("lot", f"{one.number} counts {about} only.", "Leave it out, or open another count.")
    if lot.kind == LotKind.SERIAL and quantity > 10**lot.item.scale:
        return Fault("counted", "a serial exists once.", "Write 1 when it is there, 0 when not.")
    if asked is None:
        return None
    if lot.pk not in asked:
        cause = f"lot {lot} is not asked for again here."
        return Fault("lot", cause, "Count only what the sheet lists.", "not_asked")
    if actor in asked[lot.pk]:
        cause = f"you counted lot {lot} before."
        return Fault("lot", cause, "Somebody else counts it again.", "four_eyes")
    return None


def _write(
    one: Count, sheet: Sheet, counted: Mapping[int, tuple[Lot, int]], book: asof.Book, actor: str
) -> None:
    if not counted:
        return
    at = queries.stated_until(one) or clock.now()
    sheet.tallies.filter(lot__in=list(counted), round=one.round).delete()
    sheet.tallies.filter(lot__in=list(counted)).update(last=False)
    Tally.objects.bulk_create(
        [
            Tally(
                sheet=sheet,
                lot=lot,
                round=one.round,
                counted=quantity,
                book=book.get(lot.pk, sheet.place_id),
                sequence=book.sequence,
                counted_at=at,
                counted_by=actor,
                found=not book.get(lot.pk, sheet.place_id),
            )
            for lot, quantity in counted.values()
        ]
    )


def _finish(one: Count, sheet: Sheet, book: asof.Book, actor: str, *, rest_is_zero: bool) -> None:
    counted = set(sheet.tallies.filter(round=one.round).values_list("lot", flat=True))
    if one.round > 1:
        asked = _asked_again(one, sheet) or {}
        left = list(Lot.objects.filter(pk__in=set(asked) - counted).select_related("item"))
        barred = [lot for lot in left if actor in asked[lot.pk]]
        if barred and rest_is_zero:
            cause = f"you counted lot {barred[0]} before."
            raise Refused(Fault("lines", cause, "Somebody else counts it again.", "four_eyes"))
    else:
        left = [lot for lot, _ in queries.expected_of(one, sheet, book) if lot.pk not in counted]
    if left and not rest_is_zero:
        names = ", ".join(f"{lot.item.code} lot {lot}" for lot in left[:5]) + (" …" if len(left) > 5 else "")
        cause = f"{len(left)} of the lots here are not counted yet: {names}."
        remedy = "Count them (0 when there is none), or say that the rest is not there."
        raise Refused(Fault("lines", cause, remedy, "not_counted"))
    _write(one, sheet, {lot.pk: (lot, 0) for lot in left}, book, actor)
    sheet.status, sheet.round = SheetStatus.COUNTED, one.round
    sheet.counted_at, sheet.counted_by = queries.stated_until(one) or clock.now(), actor
    sheet.save()
    many = sheet.tallies.filter(round=one.round).count()
    text = f"{sheet.place}: {many} line{'s' if many != 1 else ''}"
    verb = "counted" if one.round == 1 else "counted again"
    documents.record(one.uid, KIND, verb, actor=actor, text=text)
    if not one.sheets.filter(status=SheetStatus.OPEN).exists():
        _judge(one, actor)


@transaction.atomic
def skip_places(*, count: UUID | str, places: Sequence[Named], reason: str, actor: str) -> Count:
    """Leave places of a count uncounted, with the reason; lines saved there do not count."""
    found = _locked(count)
    if found.status not in COUNTING:
        raise Conflict(_not_open(found))
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    chosen = [reading.place(f"places/{i}", name, kinds=PLACES) for i, name in enumerate(places)]
    keys = [one.pk for one in chosen if one is not None]
    open_ones = found.sheets.filter(place__in=keys, status=SheetStatus.OPEN)
    if not open_ones.exists():
        reading.fault("places", "none of these places is still to be counted.", "Choose open places.")
    reading.done()
    names = ", ".join(str(sheet.place) for sheet in open_ones.select_related("place"))
    Tally.objects.filter(sheet__in=open_ones.values("pk"), round=found.round).delete()
    open_ones.update(status=SheetStatus.SKIPPED)
    documents.record(found.uid, KIND, "left out", actor=actor, text=names, reason=why)
    if not found.sheets.filter(status=SheetStatus.OPEN).exists():
        _judge(found, actor)
    return found


def import_lines(
    *, count: UUID | str, rows: Sequence[tuple[str, Found]], actor: str, finish: bool = False
) -> int:
    """Write down lines of many places at once, each with its place's name; all or nothing.

    ``finish`` finishes every place named; then what the book has there and no line names was not found.
    Raises Refused naming ``lines/<i>/<field>`` by the position in ``rows``.
    """
    by_place: dict[str, list[tuple[int, Found]]] = {}
    faults: list[Fault] = []
    if not rows:
        raise Refused(Fault("lines", "no line is filled in.", "Fill in at least one.", "required"))
    for index, (place, line) in enumerate(rows):
        by_place.setdefault(place.strip(), []).append((index, line))
    with transaction.atomic():
        for place, lines in by_place.items():
            found = [line for _, line in lines]
            try:
                save_sheet(count=count, place=place, lines=found, actor=actor)
            except Refused as refusal:
                faults += [_at_row(fault, [index for index, _ in lines]) for fault in refusal.faults]
        if faults:
            raise Refused(faults)
        # Finished after all are written: the last one decides what becomes of the count.
        for place in by_place if finish else ():
            save_sheet(count=count, place=place, lines=(), actor=actor, finish=True, rest_is_zero=True)
    return len(rows)


def _at_row(fault: Fault, positions: Sequence[int]) -> Fault:
    """A fault of one sheet at its row of the file."""
    parts = fault.field.split("/")
    if parts[0] == "lines" and len(parts) > 1 and parts[1].isdigit():
        field = "/".join(["lines", str(positions[int(parts[1])]), *parts[2:]])
    else:
        field = f"lines/{positions[0]}/{parts[0] if parts[0] == 'place' else 'lot'}"
    return Fault(field, fault.cause, fault.remedy, fault.code)


# -- judging ---------------------------------------------------------------------------------------


def _judge(one: Count, actor: str) -> None:
    """After the last sheet: what is too far off is counted again; otherwise it is decided, or done."""
    lines = queries.line_rows(one)
    again = [line for line in lines if _again(one, line)]
    if again:
        Tally.objects.filter(pk__in=[line.tally.pk for line in again]).update(again=True)
        one.round += 1
        one.status = CountStatus.RECOUNT
        one.sheets.filter(pk__in={line.tally.sheet_id for line in again}).update(
            status=SheetStatus.OPEN, round=one.round
        )
        one.save()
        many = f"{len(again)} line{'s' if len(again) != 1 else ''}"
        why = "; ".join(f"{line.lot}: {line.exceeds}" for line in again[:5])
        documents.record(one.uid, KIND, "recount asked", actor="lotbook", text=many, reason=why)
    elif any(line.difference.quantity for line in lines):
        one.status = CountStatus.REVIEW
        one.save()
    else:
        _close(one, actor, "agrees with the book", event=None)


def _again(one: Count, line: LineRow) -> bool:
    """Too far off, and not yet confirmed by two rounds that found the same difference."""
    if line.tally.round != one.round or not line.exceeds or one.round >= rules.ROUNDS_MAX:
        return False
    before = next((tally for tally in line.rounds if tally.round == one.round - 1), None)
    return before is None or before.counted - before.book != line.tally.counted - line.tally.book


@transaction.atomic
def ask_recount(*, count: UUID | str, reason: str, actor: str) -> Count:
    """Have every line that differs counted again, by somebody else, before anything is decided."""
    found = _locked(count)
    if found.status not in (CountStatus.REVIEW, CountStatus.REFUSED):
        raise Conflict(_undecidable(found))
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    off = [line for line in queries.line_rows(found) if line.difference.quantity]
    if not off:
        raise Conflict(Fault("count", "no line differs from the book.", "Settle it.", "no_difference"))
    # Whatever round it was counted in, this is the one before the next.
    Tally.objects.filter(pk__in=[line.tally.pk for line in off]).update(again=True, round=found.round)
    found.round += 1
    found.status = CountStatus.RECOUNT
    found.save()
    found.sheets.filter(pk__in={line.tally.sheet_id for line in off}).update(
        status=SheetStatus.OPEN, round=found.round
    )
    documents.record(found.uid, KIND, "recount asked", actor=actor, reason=why, text=f"{len(off)} lines")
    return found


def _undecidable(one: Count) -> Fault:
    cause = f"{one.number} is not to be decided: {one.get_status_display().lower()}."
    return Fault("count", cause, "Look at its steps.", "status")


# -- settling --------------------------------------------------------------------------------------


@transaction.atomic
def settle(*, count: UUID | str, reason: str, actor: str, free_reserved: bool = False) -> Count:
    """Set the book right by the differences found: at once below the approval limits, else when approved.

    One event of kind adjust with the count's number moves every difference from or to DIFFERENCE. Refused
    where less is left than is missing, or where the rest is reserved (the fault names for whom); with
    ``free_reserved`` the newest reservations that what was counted cannot cover are freed, and their
    documents told.
    """
    found = _locked(count)
    if found.status not in (CountStatus.REVIEW, CountStatus.REFUSED):
        raise Conflict(_undecidable(found))
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    found.reason, found.settled_by, found.frees_reserved = why, actor, free_reserved
    lines = [line for line in queries.line_rows(found) if line.difference.quantity]
    if not lines:
        _close(found, actor, "agrees with the book", event=None)
        return found
    _check_reserved(found, lines)
    if _ask(found, lines, actor):
        _post(found, lines, actor)
    else:
        found.status = CountStatus.WAITING
        found.save()
    return found


def _check_reserved(one: Count, lines: Sequence[LineRow]) -> list[Uncovered]:
    """The reservations to be freed; raises Conflict naming for whom they are where that is not wanted."""
    broken = uncovered(lines)
    if broken and not one.frees_reserved:
        named = "; ".join(
            f"{row.quantity} of {row.claim.lot_number} for {row.claim.number or row.claim.purpose}"
            for row in broken[:5]
        )
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        raise Conflict(
            Fault(
                "free_reserved", f"what was not found is reserved: {named}{more}.",
                "Have these reservations freed, or count again.", "reserved",
            )
        )  # fmt: skip
    return broken


def _ask(one: Count, lines: Sequence[LineRow], actor: str) -> bool:
    """Whether it is approved at once."""
    items = {line.lot.item for line in lines}
    only = next(iter(items)) if len(items) == 1 else None
    groups = {item.group for item in items}
    currencies = {item.currency for item in items if item.currency}
    off = len(lines)
    answer = approvals.ask(
        kind=APPROVAL,
        subject=one.uid,
        title=f"{one.number}: {off} difference{'s' if off != 1 else ''} at {one.place or one.item}"[:300],
        url=reverse("counting:count", args=[one.uid]),
        actor=actor,
        site=one.site_id or one.place_id,
        item_group=groups.pop() if len(groups) == 1 else "",
        quantity=min(sum(abs(line.difference.quantity) for line in lines), LARGEST) if only else None,
        value_micro=min(sum(line.difference.value_micro for line in lines), LARGEST),
        currency=currencies.pop() if len(currencies) == 1 else "",
        reason=one.reason,
    )
    return answer.status == "approved"


def _post(one: Count, lines: Sequence[LineRow], actor: str) -> None:
    difference = places.difference().pk
    moves, at, said = [], [], []
    for index, line in enumerate(lines):
        change, place = line.difference.quantity, line.place.pk
        ends = (difference, place) if change > 0 else (place, difference)
        moves.append(Move(line.lot.pk, *ends, abs(change)))
        at.append(f"lines/{index}")
        said.append(_said(line))
    where = one.place or lines[0].place
    broken = _check_reserved(one, lines)
    freed = [row.said() for row in broken]
    if broken:
        ledger.take_away(
            [row.claim.id for row in broken], actor=actor, because=f"counted short with {one.number}",
            reason=one.reason,
        )  # fmt: skip
    receipt = post_lines(
        Draft(
            kind="adjust",
            occurred_at=moment_at(where, None),
            uid=uuid5(one.uid, f"adjust {one.round}"),
            moves=moves,
            place=where.pk,
            document_kind="statement" if one.statement else "count",
            document_number=one.statement or one.number,
            reason=one.reason,
            data={"count": one.number, "counted": said, **({"freed": freed} if freed else {})},
        ),
        actor=actor,
        at=at,
    )
    many = f"{len(lines)} line{'s' if len(lines) != 1 else ''}"
    if freed:
        named = "; ".join(f"{row['quantity']} of {row['lot']} for {row['document']}" for row in freed)
        documents.record(one.uid, KIND, "reservations freed", actor=actor, text=named, reason=one.reason)
    _close(one, actor, "adjusted", event=receipt.uid, text=many, reason=one.reason)


def _said(line: LineRow) -> dict[str, str]:
    scale = line.lot.item.scale
    return {
        "item": line.lot.item.code,
        "lot": line.lot.number,
        "place": line.place.code,
        "book": to_text(line.book, scale),
        "counted": to_text(line.tally.counted, scale),
        "by": line.tally.counted_by,
        "sequence": str(line.tally.sequence),
    }


def _close(
    one: Count, actor: str, verb: str, *, event: UUID | None, text: str = "", reason: str = ""
) -> None:
    if event is None and one.statement:
        # A statement that agrees is worth an entry too: it says when the stock elsewhere was last confirmed.
        where = one.place or one.site
        event = post_lines(
            Draft(
                kind="observe",
                occurred_at=moment_at(where, None),
                uid=uuid5(one.uid, "agrees"),
                place=where.pk if where else None,
                document_kind="statement",
                document_number=one.statement,
                data={"count": one.number, "statement": "agrees with the book"},
            ),
            actor=actor,
            at=(),
        ).uid
    one.status, one.event, one.closed_at = CountStatus.DONE, event, clock.now()
    one.save()
    documents.record(one.uid, KIND, verb, actor=actor, event=event, text=text, reason=reason)


def decided(*, count: UUID, status: str, actor: str = "lotbook") -> None:
    """What was asked for is decided: post it, or mark it refused. Does nothing when it is settled already.

    A posting that the book refuses by now (goods gone or reserved meanwhile) puts the count back to be
    decided, with the cause in its steps.
    """
    with transaction.atomic():
        found = Count.objects.select_for_update(of=("self",)).filter(uid=count).first()
        if found is None or found.status != CountStatus.WAITING:
            return
        if status != "approved":
            found.status = CountStatus.REFUSED
            found.save()
            documents.record(found.uid, KIND, "not adjusted", actor=actor, text=status)
            return
        try:
            with transaction.atomic():
                lines = [line for line in queries.line_rows(found) if line.difference.quantity]
                if lines:
                    _post(found, lines, found.settled_by or actor)
                else:
                    _close(found, found.settled_by or actor, "agrees with the book", event=None)
        except Refused as refusal:
            found.refresh_from_db()
            found.status = CountStatus.REVIEW
            found.save()
            causes = "; ".join(fault.cause for fault in refusal.faults[:5])
            documents.record(found.uid, KIND, "not posted", actor=actor, reason=causes)


@transaction.atomic
def cancel(*, count: UUID | str, reason: str, actor: str) -> Count:
    """Give a count up, with the reason; the book stays as it is."""
    found = _locked(count)
    if found.status in ENDED or found.status == CountStatus.WAITING:
        raise Conflict(_not_open(found))
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    found.status, found.closed_at = CountStatus.CANCELLED, clock.now()
    found.save()
    documents.record(found.uid, KIND, "cancelled", actor=actor, reason=why)
    return found


# -- limits ----------------------------------------------------------------------------------------


@transaction.atomic
def set_limit(
    *, item_group: str = "", percent: Any = "", quantity: Any = "", value: Any = "", actor: str
) -> Limit:
    """Above which difference items of a group (empty: all others) are counted again; each as decimal text.

    ``percent`` of the book, ``quantity`` in base units, ``value`` in the items' currency. All empty: no
    recount is ever required. Raises Refused with every fault.
    """
    check = Check()
    group = check.text("item_group", item_group, 60)
    of_book = check.decimal("percent", percent, places=2)
    units = check.decimal("quantity", quantity, places=3)
    worth = check.decimal("value", value, places=2)
    for name, number, most in (
        ("percent", of_book, 10**6),
        ("quantity", units, 10**12),
        ("value", worth, 10**11),
    ):
        if number is not None and not 0 <= number <= most:
            check.fault(name, f"expected 0 to {most}, got {number}.", "Check it.")
    check.done()
    limit, _ = Limit.objects.update_or_create(
        item_group=group,
        defaults={
            "percent_hundredths": None if of_book is None else int(of_book * 100),
            "quantity_thousandths": None if units is None else int(units * 1000),
            "value_micro": None if worth is None else int(worth * 10**6),
            "changed_at": clock.now(),
            "changed_by": actor,
        },
    )
    return limit
