"""What is found on a place: written on its sheet, read from a file, or skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.operations.counting import queries, rules
from lotbook.operations.counting.actions.judging import (
    KIND,
    PLACES,
    close_count,
    locked_count,
    not_open_fault,
)
from lotbook.operations.counting.models import (
    Count,
    CountStatus,
    Sheet,
    SheetStatus,
    Tally,
)
from lotbook.operations.counting.queries import COUNTING, LineRow
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger import asof
from lotbook.traceability.ledger.lines import LINES_MAX, Named, Reading
from lotbook.traceability.lots.models import Lot, LotKind


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
    found = locked_count(count)
    if found.status not in COUNTING:
        raise Conflict(not_open_fault(found))
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
    found = locked_count(count)
    if found.status not in COUNTING:
        raise Conflict(not_open_fault(found))
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
        close_count(one, actor, "agrees with the book", event=None)


def _again(one: Count, line: LineRow) -> bool:
    """Too far off, and not yet confirmed by two rounds that found the same difference."""
    if line.tally.round != one.round or not line.exceeds or one.round >= rules.ROUNDS_MAX:
        return False
    before = next((tally for tally in line.rounds if tally.round == one.round - 1), None)
    return before is None or before.counted - before.book != line.tally.counted - line.tally.book
