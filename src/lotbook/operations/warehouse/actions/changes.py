"""Lots that become other lots without being made anew: split, merged, relabelled, repacked.

Each is one event of kind transform through a place of kind run that bears the document's number: what went
in and what came out stand in the book with their quantities, so that a trace passes through, and what
comes of a held lot is held too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse.actions.steps import taken_lines
from lotbook.operations.warehouse.rules import Packed, Part
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_together
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots import rules as lot_rules
from lotbook.traceability.lots.models import Lot, LotKind

LABELS = {"split": "SPL", "merge": "MRG", "relabel": "RLB", "repack": "RPK"}
"""Kind of change → what its numbers begin with."""

DATES = tuple(lot_rules.DATES)
KEPT = ("supplier_id", "supplier_lot", "tlc", "tlc_source_id", "tlc_source_reference", "origin_country")
PARTS_MAX = 200
GRAM = Fraction(1, 1000)


@dataclass(slots=True)
class Change:
    """What goes in and what comes out, understood; ``at`` names the line of every movement."""

    kind: str
    place: Place
    digest: str
    event: UUID
    occurred_at: datetime | None
    reason: str = ""
    override: str = ""
    ins: list[tuple[int, int, int]] = field(default_factory=list)
    outs: list[tuple[LotRef, int, int]] = field(default_factory=list)
    losses: list[tuple[int, int]] = field(default_factory=list)
    at: list[str] = field(default_factory=list)
    loss_at: list[str] = field(default_factory=list)
    loss_reason: str = ""


# -- split -----------------------------------------------------------------------------------------


def split(
    *,
    lot: str,
    parts: Sequence[Part],
    actor: str,
    item: Named = "",
    place: Named = "",
    reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Make new lots out of parts of one that stands at ``place``; what no part takes stays what it is.

    A part without number gets the lot's with -1, -2 … behind it; each part keeps every date and fact. A
    held or expired lot needs ``override``, a reason (the caller checks ledger.override), and its parts are
    held too. Raises Refused naming ``parts/<i>/<field>``.
    """
    digest = words.asked(
        act="split", lot=lot, item=item, parts=list(parts), place=place, reason=reason, override=override,
        occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        source = _one_lot(reading, item, lot)
        here = reading.place("place", place)
        why = reading.text("reason", reason, 2000, lines=True)
        _some(reading, parts, "parts")
        reading.done()
        assert source is not None
        assert here is not None
        change = Change("split", here, digest, event, occurred_at, why, override.strip())
        facts = _facts([source])
        numbers = _Numbers(reading, source.item)
        for index, part in enumerate(parts[:PARTS_MAX]):
            where = f"parts/{index}"
            quantity = reading.quantity(where, source.item, part.quantity, part.unit)
            to = reading.place(f"{where}/place", part.place) if part.place else here
            number = numbers.given(where, part.lot) if part.lot.strip() else numbers.after(source.number)
            if quantity is None or to is None or not number:
                continue
            change.ins.append((source.pk, here.pk, quantity))
            change.outs.append((LotRef(source.item_id, number, source.kind, facts), to.pk, quantity))
            change.at.append(where)
        reading.done()
        # One movement in for all parts: the fault of too little names the first.
        change.ins = [(source.pk, here.pk, sum(row[2] for row in change.ins))]
        change.at = [change.at[0], *change.at]
        return _change(change, actor)

    return once(uid, digest, act)


# -- merge -----------------------------------------------------------------------------------------


def merge(
    *,
    lines: Sequence[Line],
    actor: str,
    lot: str = "",
    place: Named = "",
    to: Named = "",
    expires_on: date | str | None = None,
    reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Make one new lot of several of the same item; a line without quantity takes all that is there.

    The new lot has the earliest of each date; a later ``expires_on`` needs a reason. Facts that differ are
    left empty: each lot keeps its own. Without ``lot`` the numbering rule makes the number. Raises Refused
    naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="merge", lines=list(lines), lot=lot, place=place, to=to, expires_on=expires_on, reason=reason,
        override=override, occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        taken = taken_lines(reading, _all_there(reading, lines, place), place)
        target = reading.place("to", to) if to else None
        end = reading.day("expires_on", expires_on)
        why = reading.text("reason", reason, 2000, lines=True)
        reading.done()
        item = _same_item(reading, taken)
        lots = list({row.lot.pk: row.lot for row in taken}.values())
        facts = _facts(lots)
        _end(reading, facts, end, why)
        reading.done()
        where = target or taken[0].place
        numbers = _Numbers(reading, item)
        number = numbers.given("", lot) if lot.strip() else numbers.by_rule("", where, occurred_at)
        reading.done()
        change = Change("merge", where, digest, event, occurred_at, why, override.strip())
        change.ins = [(row.lot.pk, row.place.pk, row.quantity) for row in taken]
        total = sum(row.quantity for row in taken)
        change.outs = [(LotRef(item.pk, number, int(LotKind.LOT), facts), where.pk, total)]
        change.at = [*(f"lines/{index}" for index in range(len(taken))), "lot"]
        return _change(change, actor)

    return once(uid, digest, act)


# -- relabel ---------------------------------------------------------------------------------------


def relabel(
    *,
    lot: str,
    reason: str,
    actor: str,
    item: Named = "",
    number: str = "",
    expires_on: date | str | None = None,
    best_before_on: date | str | None = None,
    place: Named = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Give all we have of a lot (at ``place``, else everywhere) a new number, dates put right, as a new lot.

    The old lot stays in the book as what the new one came from. Without ``number`` it gets the old one
    with -1 … behind it. The caller checks lots.edit. Raises Refused with every fault.
    """
    digest = words.asked(
        act="relabel", lot=lot, item=item, number=number, reason=reason, expires_on=expires_on,
        best_before_on=best_before_on, place=place, override=override, occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        source = _one_lot(reading, item, lot)
        here = reading.place("place", place) if place else None
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        dates = {
            "expires_on": reading.day("expires_on", expires_on),
            "best_before_on": reading.day("best_before_on", best_before_on),
        }
        reading.done()
        assert source is not None
        facts = _facts([source]) | {name: day for name, day in dates.items() if day is not None}
        told: dict[str, date | None] = {name: facts.get(name) for name in DATES}
        reading.faults += lot_rules.date_faults(told)
        rows = ledger.balances(lots=[source.pk], places=[here.pk] if here else None)
        if not rows:
            cause = f"we have none of lot {source}{f' at {here}' if here else ''}."
            reading.fault("lot", cause, "Choose a lot in stock.", "too_little")
        numbers = _Numbers(reading, source.item)
        new = numbers.given("", number, "number") if number.strip() else numbers.after(source.number)
        reading.done()
        where = here or Place.objects.get(pk=rows[0].place)
        change = Change("relabel", where, digest, event, occurred_at, why, override.strip())
        ref = LotRef(source.item_id, new, source.kind, facts)
        change.ins = [(source.pk, row.place, row.on_hand) for row in rows]
        change.outs = [(ref, row.place, row.on_hand) for row in rows]
        change.at = ["lot"] * (2 * len(rows))
        return _change(change, actor)

    return once(uid, digest, act)


# -- repack ----------------------------------------------------------------------------------------


def repack(
    *,
    inputs: Sequence[Line],
    outputs: Sequence[Packed],
    actor: str,
    losses: Sequence[Line] = (),
    loss_reason: str = "",
    place: Named = "",
    reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Pack goods of one item into another (bulk into packs): ``inputs`` go in, ``outputs`` come out.

    An output without number keeps the input's where only one lot went in, else the numbering rule makes
    one. It expires with the earliest input; later needs a reason. Net mass in = net mass out + loss where
    all items have a net weight, or ``reason`` names the difference. ``losses`` are of lots that went in.
    Raises Refused naming ``inputs/<i>/…``, ``outputs/<i>/…``, ``losses/<i>/…``.
    """
    digest = words.asked(
        act="repack", inputs=list(inputs), outputs=list(outputs), losses=list(losses), place=place,
        loss_reason=loss_reason, reason=reason, override=override, occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        needed = bool(place) or any(not one.place for one in inputs) or any(not one.place for one in outputs)
        default = reading.place("place", place) if needed else None
        taken = reading.all_taken(inputs, default, "inputs")
        lost = reading.all_taken(losses, default or _first(taken), "losses") if losses else []
        why = reading.text("reason", reason, 2000, lines=True)
        loss_why = reading.text("loss_reason", loss_reason, 2000, required=bool(losses), lines=True)
        _some(reading, outputs, "outputs")
        reading.done()
        lots = list({row.lot.pk: row.lot for row in taken}.values())
        made = _packed(reading, outputs, lots, default=default, why=why, occurred_at=occurred_at)
        check_inside(reading, taken, lost)
        reading.done()
        check_mass(reading, taken, made, lost, why)
        reading.done()
        change = Change(
            "repack", default or taken[0].place, digest, event, occurred_at, why, override.strip()
        )
        change.ins = [(row.lot.pk, row.place.pk, row.quantity) for row in taken]
        change.outs = [(row.ref, row.place.pk, row.quantity) for row in made]
        change.at = [*(f"inputs/{i}" for i in range(len(taken))), *(row.where for row in made)]
        change.losses = [(row.lot.pk, row.quantity) for row in lost]
        change.loss_at = [f"losses/{i}" for i in range(len(lost))]
        change.loss_reason = loss_why
        return _change(change, actor)

    return once(uid, digest, act)


@dataclass(slots=True)
class Made:
    """What comes out, understood; ``where`` is its line."""

    where: str
    item: Item
    ref: LotRef
    quantity: int
    place: Place


def _packed(
    reading: Reading,
    outputs: Sequence[Packed],
    lots: Sequence[Lot],
    *,
    default: Place | None,
    why: str,
    occurred_at: datetime | None,
) -> list[Made]:
    made = []
    kept = lots[0].number if len(lots) == 1 else ""
    for index, output in enumerate(outputs[:PARTS_MAX]):
        where = f"outputs/{index}"
        item = reading.item(f"{where}/item", output.item)
        to = reading.place(f"{where}/place", output.place) if output.place else default
        end = reading.day(f"{where}/expires_on", output.expires_on)
        if item is None:
            continue
        kind = words.KIND_OF[item.tracking]
        if kind is LotKind.SERIAL:
            reading.fault(f"{where}/item", f"{item.code} is tracked by serial.", "Make serials in a run.")
            continue
        quantity = reading.quantity(where, item, output.quantity, output.unit)
        facts = {} if kind is LotKind.BULK else _facts(lots)
        if kind is not LotKind.BULK:
            _end(reading, facts, end, why, f"{where}/expires_on")
            facts["packed_on"] = moment_at(to, occurred_at).date()
        if quantity is None or to is None or reading.faults:
            continue
        number = _output_number(reading, where, item, given=output.lot, kept=kept, to=to, at=occurred_at)
        if any(lot.item_id == item.pk and lot.number == number for lot in lots):
            cause = f"{item.code} lot {number} goes in and would come out again."
            reading.fault(f"{where}/lot", cause, "Give what comes out another number.", "same")
        known = Lot.objects.filter(item=item, number=number, kind=kind).first()
        if known is not None:
            # A second packing into the same lot keeps its facts; only the shorter life is asked for.
            _check_known(reading, where, known, facts.get("expires_on"))
            facts = {}
        made.append(Made(where, item, LotRef(item.pk, number, int(kind), facts), quantity, to))
    return made


def _output_number(
    reading: Reading, where: str, item: Item, *, given: str, kept: str, to: Place, at: datetime | None
) -> str:
    number = reading.text(f"{where}/lot", given, 500)
    if item.tracking == "none":
        if number:
            reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
        return ""
    if number or kept:
        return number or kept
    return reading.next_number(where, item, on=moment_at(to, at).date(), place=to)


def _check_known(reading: Reading, where: str, known: Lot, end: date | None) -> None:
    if end is not None and known.expires_on is not None and known.expires_on > end:
        cause = f"lot {known} expires {clock.written(known.expires_on)}, what goes in {clock.written(end)}."
        reading.fault(f"{where}/lot", cause, "Pack it into a lot of its own.", "expires")


def check_inside(reading: Reading, taken: Sequence[Taken], lost: Sequence[Taken]) -> None:
    """Only what goes in can be lost."""
    left: dict[int, int] = {}
    for row in taken:
        left[row.lot.pk] = left.get(row.lot.pk, 0) + row.quantity
    for index, row in enumerate(lost):
        left[row.lot.pk] = left.get(row.lot.pk, 0) - row.quantity
        if left[row.lot.pk] < 0:
            cause = f"more of lot {row.lot} would be lost than goes in."
            reading.fault(f"losses/{index}/quantity", cause, "Check the amount.", "too_little")


def check_mass(
    reading: Reading, taken: Sequence[Taken], made: Sequence[Made], lost: Sequence[Taken], why: str
) -> None:
    """Net mass in = net mass out + loss, where every item has a net weight; else nobody can say."""
    parts = [(1, row.item, row.quantity) for row in taken]
    parts += [(-1, row.item, row.quantity) for row in made]
    parts += [(-1, row.item, row.quantity) for row in lost]
    units = catalog.units_of_many(item for _, item, _ in parts)
    weights = [(sign, units[item.pk].kilograms(quantity)) for sign, item, quantity in parts]
    if any(weight is None for _, weight in weights):
        return
    difference = sum((sign * weight for sign, weight in weights if weight is not None), Fraction(0))
    if abs(difference) >= GRAM and not why:
        grams = to_text(round(difference * 1000), 3)
        more = "more went in than came out or was lost" if difference > 0 else "more came out than went in"
        cause = f"{more}: {grams.removeprefix('-')} kg."
        reading.fault("reason", cause, "Enter what is missing as loss, or say why.", "difference")


# -- steps -----------------------------------------------------------------------------------------


class _Numbers:
    """New lot numbers of an item, each once."""

    def __init__(self, reading: Reading, item: Item) -> None:
        self.reading, self.item = reading, item
        self.taken: set[str] = set()

    def given(self, where: str, text: str, name: str = "lot") -> str:
        """The number somebody gives; a fault when the item has such a lot already."""
        at = f"{where}/{name}" if where else name
        number = self.reading.text(at, text, 500, required=True)
        if number and (number in self.taken or self._known(number)):
            cause = f"{self.item.code} has a lot {number[:60]} already."
            self.reading.fault(at, cause, "Give a number nobody has used.", "taken")
            return ""
        self.taken.add(number)
        return number

    def after(self, number: str) -> str:
        """The first of number-1, number-2 … that is free."""
        used = set(
            Lot.objects.filter(item=self.item, number__startswith=f"{number}-").values_list(
                "number", flat=True
            )
        )
        count = 1
        while f"{number}-{count}" in used | self.taken:
            count += 1
        if len(f"{number}-{count}") > 500:
            cause = f"{number[:20]} … leaves no room for -{count}."
            self.reading.fault("lot", cause, "Give the new number.", "long")
            return ""
        self.taken.add(f"{number}-{count}")
        return f"{number}-{count}"

    def by_rule(self, where: str, place: Place, at: datetime | None) -> str:
        """The next number by the item's rule."""
        number = self.reading.next_number(where, self.item, on=moment_at(place, at).date(), place=place)
        self.reading.faults = [replace(fault, field=fault.field.lstrip("/")) for fault in self.reading.faults]
        return number

    def _known(self, number: str) -> bool:
        return Lot.objects.filter(item=self.item, number=number).exists()


def _one_lot(reading: Reading, item: Named, lot: str) -> Lot | None:
    """A lot that can be told apart: not untracked goods, and not a serial, which is one already."""
    before = len(reading.faults)
    found = reading.lot("", str(item or ""), lot)
    reading.faults[before:] = [replace(f, field=f.field.lstrip("/")) for f in reading.faults[before:]]
    if found is not None and found.kind != LotKind.LOT:
        reading.fault("lot", f"{found.item.code} is not tracked by lot.", "Choose a lot.")
        return None
    return found


def _some(reading: Reading, rows: Sequence[object], prefix: str) -> None:
    if not rows:
        reading.fault(f"{prefix}/0/quantity", "no line is filled in.", "Fill in at least one.", "required")
    elif len(rows) > PARTS_MAX:
        reading.fault(prefix, f"at most {PARTS_MAX}, got {len(rows)}.", "Split it.")


def _first(taken: Sequence[Taken]) -> Place | None:
    return taken[0].place if taken else None


def _all_there(reading: Reading, lines: Sequence[Line], place: Named) -> list[Line]:
    """Lines without quantity get all that stands at their place."""
    found = []
    for line in lines:
        where = places.named(str(line.place or place or "")) if not line.quantity.strip() else None
        quiet = Reading()
        lot = quiet.lot("", line.item, line.lot) if where is not None else None
        if lot is None or where is None:
            found.append(line)
            continue
        on_hand = ledger.on_hand(lot.pk, where.pk)
        found.append(replace(line, quantity=to_text(on_hand, lot.item.scale), unit=""))
    return found


def _same_item(reading: Reading, taken: Sequence[Taken]) -> Item:
    item = taken[0].item
    for index, row in enumerate(taken):
        if row.item.pk != item.pk:
            cause = f"{row.item.code} and {item.code} are two items."
            reading.fault(f"lines/{index}/item", cause, "Merge lots of one item, or repack.", "item")
        elif row.lot.kind != LotKind.LOT:
            reading.fault(f"lines/{index}/lot", f"{row.item.code} is not tracked by lot.", "Choose a lot.")
    if len({row.lot.pk for row in taken}) < 2:
        reading.fault("lines/0/lot", "one lot alone is not merged.", "Name at least two lots.", "single")
    return item


def _facts(lots: Sequence[Lot]) -> dict[str, Any]:
    """The facts that lots share, and the earliest of each date that all of them have (or any, for an end)."""
    facts: dict[str, Any] = {}
    for name in DATES:
        days = [day for lot in lots if (day := getattr(lot, name)) is not None]
        if days and (len(days) == len(lots) or name in lot_rules.ENDS):
            facts[name] = min(days)
    for name in (*KEPT, "attributes"):
        values = [getattr(lot, name) for lot in lots]
        if values[0] and all(value == values[0] for value in values):
            facts[name] = values[0]
    return facts


def _end(
    reading: Reading, facts: dict[str, Any], end: date | None, why: str, where: str = "expires_on"
) -> None:
    """The expiry asked for: earlier is anybody's right, later wants a reason."""
    if end is None:
        return
    earliest = facts.get("expires_on")
    if earliest is not None and end > earliest and not why:
        cause = f"the earliest of what goes in expires {clock.written(earliest)}."
        reading.fault(where, cause, "Leave it at that, or say why it keeps longer.", "reason")
    facts["expires_on"] = end
    reading.faults += [
        replace(fault, field=where)
        for fault in lot_rules.date_faults({name: facts.get(name) for name in DATES})
    ]


def _change(change: Change, actor: str) -> Receipt:
    """Number the change, make the place it runs through, and post it."""
    number = documents.next_number(LABELS[change.kind], on=clock.now())
    run = place_actions.create_run_place(
        code=number, name=f"{change.kind.capitalize()} {number}", actor=actor
    ).pk
    moves = [Move(lot, place, run, quantity) for lot, place, quantity in change.ins]
    moves += [Move(ref, run, place, quantity) for ref, place, quantity in change.outs]
    if any(type(move.lot) is LotRef and move.quantity <= 0 for move in moves):
        raise Conflict(Fault("lot", "there is nothing to take.", "Look at the stock.", "too_little"))
    document: Mapping[str, Any] = {"document_kind": change.kind, "document_number": number}
    common = {
        "occurred_at": moment_at(change.place, change.occurred_at),
        "place": change.place.pk,
        **document,
    }
    drafts = [
        Draft(
            kind="transform", uid=change.event, moves=moves, reason=change.reason, override=change.override,
            data={"asked": change.digest, "act": change.kind}, **common,
        )
    ]  # fmt: skip
    if change.losses:
        loss = places.loss().pk
        drafts.append(
            Draft(
                kind="lose", uid=uuid5(change.event, "loss"), reason=change.loss_reason,
                moves=[Move(lot, run, loss, quantity) for lot, quantity in change.losses],
                data={"asked": change.digest}, **common,
            )
        )  # fmt: skip
    return post_together(drafts, actor=actor, at=[change.at, change.loss_at])[0]
