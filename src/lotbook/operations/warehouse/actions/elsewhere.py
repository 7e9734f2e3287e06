"""Our own stock with others: sent to a contract packer or carrier, used and made there, sent back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.operations.warehouse.actions.changes import Made, check_inside, check_mass
from lotbook.operations.warehouse.actions.steps import drafted, posted, taken_lines
from lotbook.operations.warehouse.rules import Packed
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, moment_at, once, post_together
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots.models import Lot, LotKind


def send_elsewhere(
    *,
    to: Named,
    lines: Sequence[Line],
    document: str,
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Send goods of ours to a place of ours at a partner, with the document that goes along.

    They stay ours: it is a move. Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="send_elsewhere",
        to=to,
        lines=list(lines),
        document=document,
        place=place,
        occurred_at=occurred_at,
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        there = consigned(reading, "to", to)
        number = reading.text("document", document, 500, required=True)
        taken = taken_lines(reading, lines, place)
        reading.done()
        assert there is not None
        moves = [Move(row.lot.pk, row.place.pk, there.pk, row.quantity) for row in taken]
        draft = drafted("move", there, occurred_at, event, digest, moves=moves, act="sent elsewhere")
        return posted(draft, actor, number=number)

    return once(uid, digest, act)


def take_back(
    *,
    place: Named,
    lines: Sequence[Line],
    to: Named,
    document: str,
    actor: str,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take goods of ours back from a partner to ``to``. Raises Refused naming ``lines/<i>/<field>``."""
    digest = words.asked(
        act="take_back", place=place, lines=list(lines), to=to, document=document, occurred_at=occurred_at
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        there = consigned(reading, "place", place)
        target = reading.place("to", to)
        number = reading.text("document", document, 500, required=True)
        taken = reading.all_taken(lines, there) if there is not None else []
        reading.done()
        assert target is not None
        moves = [Move(row.lot.pk, row.place.pk, target.pk, row.quantity) for row in taken]
        draft = drafted("move", target, occurred_at, event, digest, moves=moves, act="taken back")
        return posted(draft, actor, number=number)

    return once(uid, digest, act)


def report_use(
    *,
    place: Named,
    document: str,
    inputs: Sequence[Line],
    actor: str,
    outputs: Sequence[Packed] = (),
    losses: Sequence[Line] = (),
    loss_reason: str = "",
    reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Write down what a partner reports: which of our lots they used, what they made of them and lost.

    ``document`` is the number of their report, ``occurred_at`` its time. It becomes a run at that place;
    net mass in = net mass out + loss, or ``reason`` names the difference. An output expires by its
    item's shelf life unless said otherwise. Raises Refused naming ``inputs/<i>/…``, ``outputs/<i>/…``,
    ``losses/<i>/…``.
    """
    digest = words.asked(
        act="report_use", place=place, document=document, inputs=list(inputs), outputs=list(outputs),
        losses=list(losses), loss_reason=loss_reason, reason=reason, override=override,
        occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        there = consigned(reading, "place", place)
        number = reading.text("document", document, 500, required=True)
        why = reading.text("reason", reason, 2000, lines=True)
        loss_why = reading.text("loss_reason", loss_reason, 2000, required=bool(losses), lines=True)
        reading.done()
        assert there is not None
        at = moment_at(there, occurred_at)
        taken = reading.all_taken(inputs, there, "inputs")
        made = _made(reading, outputs, there, at.date())
        lost = reading.all_taken(losses, there, "losses") if losses else []
        reading.done()
        check_inside(reading, taken, lost)
        check_mass(reading, taken, made, lost, why)
        reading.done()
        code = documents.next_number("RPT", on=clock.now())
        run = place_actions.create_run_place(code=code, name=f"Run at {there}"[:200], actor=actor).pk
        common: dict[str, Any] = {
            "occurred_at": at,
            "place": there.pk,
            "document_kind": "report",
            "document_number": number,
        }
        data = {"asked": digest, "act": "reported use", "run": code}
        loss = places.loss().pk
        drafts = [
            Draft(
                kind="consume", uid=event, reason=why, override=override.strip(), data=data,
                moves=[Move(row.lot.pk, row.place.pk, run, row.quantity) for row in taken], **common,
            )
        ]  # fmt: skip
        lines = [[f"inputs/{index}" for index in range(len(taken))]]
        if made:
            moves = [Move(row.ref, run, row.place.pk, row.quantity) for row in made]
            drafts.append(Draft(kind="produce", uid=uuid5(event, "made"), moves=moves, data=data, **common))
            lines.append([row.where for row in made])
        if lost:
            moves = [Move(row.lot.pk, run, loss, row.quantity) for row in lost]
            drafts.append(
                Draft(
                    kind="lose", uid=uuid5(event, "lost"), moves=moves, reason=loss_why, data=data, **common
                )
            )
            lines.append([f"losses/{index}" for index in range(len(lost))])
        return post_together(drafts, actor=actor, at=lines)[0]

    return once(uid, digest, act)


def consigned(reading: Reading, field: str, name: Named) -> Place | None:
    """A place of ours at a partner; a fault for any other."""
    found = reading.place(field, name)
    if found is not None and places.keeper(found) is None:
        remedy = "Choose one that is, or set one up under Our stock elsewhere."
        reading.fault(field, f"{found} is not at a partner.", remedy, "not_elsewhere")
        return None
    return found


def _made(reading: Reading, outputs: Sequence[Packed], there: Place, day: date) -> list[Made]:
    found = []
    for index, output in enumerate(outputs[: words.LINES_MAX]):
        where = f"outputs/{index}"
        item = reading.item(f"{where}/item", output.item)
        to = reading.place(f"{where}/place", output.place) if output.place else there
        end = reading.day(f"{where}/expires_on", output.expires_on)
        number = reading.text(f"{where}/lot", output.lot, 500)
        if item is None:
            continue
        kind = words.KIND_OF[item.tracking]
        if kind is LotKind.BULK and number:
            reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
        if kind is LotKind.SERIAL and not number:
            reading.fault(
                f"{where}/lot", f"{item.code} is tracked by serial.", "Give its serial.", "required"
            )
        one = kind is LotKind.SERIAL and not output.quantity
        quantity = 10**item.scale if one else reading.quantity(where, item, output.quantity, output.unit)
        if quantity is None or to is None or reading.faults:
            continue
        if kind is LotKind.LOT and not number:
            number = reading.next_number(where, item, on=day, place=there)
        facts: dict[str, Any] = {"expires_on": end} if end else {}
        if kind is not LotKind.BULK and not Lot.objects.filter(item=item, number=number, kind=kind).exists():
            end = end or words.expiry(item, day)
            facts = {"produced_on": day} | ({"expires_on": end} if end else {})
        found.append(Made(where, item, LotRef(item.pk, number, int(kind), facts), quantity, to))
    return found
