"""Stock put right, written off, donated or destroyed: with a reason code, approved above limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.warehouse import queries, rules
from lotbook.operations.warehouse.actions.steps import book_and_count, counted_lines, taken_lines
from lotbook.operations.warehouse.models import Adjustment, AdjustmentKind, AdjustmentStatus
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.allocation import queries as reservations
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

KIND = "warehouse.adjustment"
APPROVAL = "warehouse.adjust"
LARGEST = 2**63 - 1
"""What a column of the database holds: values beyond it count as that."""


@dataclass(slots=True)
class _Asked:
    """What is to change, understood: [lot, place, change] with the line of each."""

    rows: list[tuple[Lot, Place, int]]
    at: list[str]
    counted: list[dict[str, str]]


def adjust(
    *,
    lines: Sequence[Count],
    reason: str,
    actor: str,
    reason_code: str = "count",
    place: Named = "",
    document: str = "",
    free_reserved: bool = False,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Adjustment:
    """Set the book to what was counted: the difference moves from or to DIFFERENCE, with the reason.

    The lots must be known (goods the book has never heard of are received or entered as opening stock).
    What the book said before is kept with the event. Above the approval limits it waits for a yes. Less
    than what is reserved is refused, naming for whom, unless ``free_reserved`` (the caller checks
    ledger.override) gives those reservations back. Raises Refused naming ``lines/<i>/<field>``; also when
    every count agrees with the book: then there is nothing to adjust.
    """

    def read(reading: Reading) -> _Asked:
        counted = counted_lines(reading, lines, place)
        asked = _Asked([], [], [])
        for where, row in counted:
            before = ledger.on_hand(row.lot.pk, row.place.pk)
            if row.quantity != before:
                asked.rows.append((row.lot, row.place, row.quantity - before))
                asked.at.append(where)
                asked.counted.append(book_and_count(row, before))
        if not asked.rows and not reading.faults:
            cause = "every count agrees with the book: there is nothing to adjust."
            reading.fault("lines/0/counted", cause, "Leave it as it is.", "no_difference")
        return asked

    digest = words.asked(
        act="adjust", lines=list(lines), reason=reason, reason_code=reason_code, place=place,
        document=document, occurred_at=occurred_at, free_reserved=free_reserved,
    )  # fmt: skip
    return _once(
        uid, digest, read, kind=AdjustmentKind.ADJUST, reason=reason, reason_code=reason_code,
        document=document, occurred_at=occurred_at, actor=actor, free_reserved=free_reserved,
    )  # fmt: skip


def scrap(
    *,
    lines: Sequence[Line],
    reason: str,
    actor: str,
    reason_code: str = "other",
    place: Named = "",
    free_reserved: bool = False,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Adjustment:
    """Write goods off as lost, with the reason; above the approval limits when somebody says yes.

    Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="scrap", lines=list(lines), reason=reason, reason_code=reason_code, place=place,
        occurred_at=occurred_at, free_reserved=free_reserved,
    )  # fmt: skip
    return _once(
        uid, digest, _reader(lines, place), kind=AdjustmentKind.SCRAP, reason=reason,
        reason_code=reason_code, occurred_at=occurred_at, actor=actor, free_reserved=free_reserved,
    )  # fmt: skip


def donate(
    *,
    lines: Sequence[Line],
    partner: Named,
    document: str,
    actor: str,
    reason: str = "",
    reason_code: str = "other",
    place: Named = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Adjustment:
    """Give goods to a partner marked as charity, with the document that goes along.

    It is a shipment like any other: held and expired lots stay unless ``override`` says why not (the
    caller checks ledger.override). Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="donate", lines=list(lines), partner=partner, document=document, reason=reason, place=place,
        reason_code=reason_code, override=override, occurred_at=occurred_at,
    )  # fmt: skip
    return _once(
        uid, digest, _reader(lines, place), kind=AdjustmentKind.DONATION, reason=reason,
        reason_code=reason_code, partner=partner, document=document, override=override,
        occurred_at=occurred_at, actor=actor,
    )  # fmt: skip


def destroy(
    *,
    lines: Sequence[Line],
    reason: str,
    witness: str,
    actor: str,
    reason_code: str = "quality",
    certificate: str = "",
    place: Named = "",
    free_reserved: bool = False,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Adjustment:
    """Destroy goods before a witness, who is somebody else; ``certificate`` is the number of the proof.

    Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="destroy", lines=list(lines), reason=reason, reason_code=reason_code, witness=witness,
        certificate=certificate, place=place, occurred_at=occurred_at, free_reserved=free_reserved,
    )  # fmt: skip
    return _once(
        uid, digest, _reader(lines, place), kind=AdjustmentKind.DESTRUCTION, reason=reason,
        reason_code=reason_code, witness=witness, certificate=certificate, occurred_at=occurred_at,
        actor=actor, free_reserved=free_reserved,
    )  # fmt: skip


# -- steps -----------------------------------------------------------------------------------------


def _reader(lines: Sequence[Line], place: Named) -> Any:
    def read(reading: Reading) -> _Asked:
        taken: list[Taken] = taken_lines(reading, lines, place)
        rows = [(row.lot, row.place, -row.quantity) for row in taken]
        return _Asked(rows, [f"lines/{index}" for index in range(len(rows))], [])

    return read


def _once(uid: UUID | None, digest: str, read: Any, **told: Any) -> Adjustment:
    """Make the adjustment in one transaction, or give the one the same form made before."""
    known = _made_before(uid, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _make(uid or new_uid(), digest, read, **told)
    except (IntegrityError, Conflict):
        # The same form sent twice at the same moment: the other one is there now.
        known = _made_before(uid, digest)
        if known is None:
            raise
        return known


def _made_before(uid: UUID | None, digest: str) -> Adjustment | None:
    known = Adjustment.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    if known is not None:
        known.duplicate = True
    return known


def _make(
    uid: UUID,
    digest: str,
    read: Any,
    *,
    kind: str,
    reason: str,
    reason_code: str,
    actor: str,
    occurred_at: datetime | None,
    partner: Named = "",
    document: str = "",
    witness: str = "",
    certificate: str = "",
    override: str = "",
    free_reserved: bool = False,
) -> Adjustment:
    reading = Reading()
    code = reading.choice("reason_code", reason_code or "other", rules.REASONS)
    donated = kind == AdjustmentKind.DONATION
    why = reading.text("reason", reason, 2000, required=not donated, lines=True)
    number = reading.text("document", document, 500, required=donated)
    whom = _charity(reading, partner) if donated else None
    seen_by = _witness(reading, witness, actor) if kind == AdjustmentKind.DESTRUCTION else ""
    proof = reading.text("certificate", certificate, 200)
    waived = reading.text("override", override, 2000, lines=True)
    asked: _Asked = read(reading)
    reading.done()
    place = asked.rows[0][1]
    at = moment_at(place, occurred_at)
    reading.faults += words.time_faults(at)
    reading.done()
    new = Adjustment(
        uid=uid,
        number=documents.next_number("ADJ"),
        kind=kind,
        status=AdjustmentStatus.WAITING,
        reason_code=code,
        reason=why,
        place=place,
        partner=whom,
        document=number,
        witness=seen_by,
        certificate=proof,
        override=waived,
        changes=[[lot.pk, where.pk, change] for lot, where, change in asked.rows],
        counted=asked.counted,
        value_micro=min(
            sum(queries.value_micro(lot.item, abs(change)) for lot, _, change in asked.rows), LARGEST
        ),
        currency=next((lot.item.currency for lot, _, _ in asked.rows if lot.item.currency), ""),
        happened_at=at,
        created_at=clock.now(),
        created_by=actor,
        asked=digest,
    )
    new.save()
    documents.record(uid, KIND, "asked for", actor=actor, text=new.get_kind_display(), reason=why)
    if free_reserved:
        _free(new, actor)
    if _approved(new, [lot for lot, _, _ in asked.rows], actor):
        _post(new, actor, at=asked.at)
    return new


def _charity(reading: Reading, name: Named) -> Partner | None:
    text = reading.text("partner", str(name or ""), 200, required=True)
    found = partners.named(text) if text else None
    if text and found is None:
        reading.fault("partner", f"there is no partner {text[:60]!r}.", "Check the code.", "unknown")
    elif found is not None and found.attributes.get(rules.CHARITY) is not True:
        remedy = f"Give the partner the attribute “{rules.CHARITY}: true”, or choose another."
        reading.fault("partner", f"{found.name} is not marked as charity.", remedy)
        return None
    return found


def _witness(reading: Reading, name: str, actor: str) -> str:
    witness = reading.text("witness", name, 200, required=True)
    if witness and witness.removeprefix("user:").casefold() == actor.removeprefix("user:").casefold():
        reading.fault("witness", "nobody witnesses their own act.", "Name somebody else who saw it.")
    return witness


def _approved(new: Adjustment, lots: Sequence[Lot], actor: str) -> bool:
    items = {lot.item_id: lot.item for lot in lots}
    groups = {item.group for item in items.values()}
    only = len(items) == 1
    site = places.site_of(new.place)
    answer = approvals.ask(
        kind=APPROVAL,
        subject=new.uid,
        title=f"{new.number}: {new.get_kind_display().lower()} at {new.place}"[:300],
        url=reverse("warehouse:adjustment", args=[new.uid]),
        actor=actor,
        site=site.pk if site else new.place_id,
        item_group=groups.pop() if len(groups) == 1 else "",
        quantity=min(sum(abs(change) for _, _, change in new.changes), LARGEST) if only else None,
        value_micro=new.value_micro,
        currency=new.currency,
        reason=new.reason,
    )
    return answer.status == "approved"


def _free(new: Adjustment, actor: str) -> None:
    """Take away the reservations that stand in the way, with the reason; their documents are told."""
    for lot, place, change in new.changes:
        short = -change - (ledger.on_hand(lot, place) - queries.reserved_at(lot, place))
        for claim in reversed(reservations.of_lot(lot)):
            if short <= 0:
                break
            if claim.place_id == place:
                because = f"{new.get_kind_display().lower()} with {new.number}"
                book.take_away([claim.id], actor=actor, because=because, reason=new.reason)
                short -= claim.quantity


def _post(new: Adjustment, actor: str, *, at: Sequence[str] = ()) -> None:
    loss, difference = places.loss().pk, places.difference().pk
    moves = []
    ends: tuple[int, int]
    for lot, place, change in new.changes:
        if new.kind == AdjustmentKind.ADJUST:
            ends = (difference, place) if change > 0 else (place, difference)
        elif new.kind == AdjustmentKind.DONATION and new.partner is not None:
            ends = (place, place_actions.partner_place(new.partner, actor=actor).pk)
        else:
            ends = (place, loss)
        moves.append(Move(lot, *ends, abs(change)))
    kinds = {AdjustmentKind.ADJUST.value: "adjust", AdjustmentKind.DONATION.value: "ship"}
    told = {"counted": new.counted, "witness": new.witness, "certificate": new.certificate}
    data = {
        "asked": new.asked,
        "act": str(new.kind),
        "reason_code": new.reason_code,
        "adjustment": new.number,
        **{name: value for name, value in told.items() if value},
    }
    receipt = post_lines(
        Draft(
            kind=kinds.get(new.kind, "lose"),
            occurred_at=moment_at(new.place, new.happened_at),
            uid=new.uid,
            moves=moves,
            place=new.place_id,
            document_kind="document" if new.document else "adjustment",
            document_number=new.document or new.number,
            reason=new.reason or rules.REASONS[new.reason_code],
            data=data,
            override=new.override,
        ),
        actor=actor,
        at=at or [f"lines/{index}" for index in range(len(moves))],
    )
    new.status = AdjustmentStatus.POSTED
    new.save()
    documents.record(new.uid, KIND, "posted", actor=actor, event=receipt.uid)


def decided(*, adjustment: UUID, status: str) -> None:
    """What was asked for is decided: post it, or mark it refused. Does nothing when it is settled already.

    What the book refuses by now (goods gone, held or reserved meanwhile) is refused, with the cause.
    """
    with transaction.atomic():
        found = Adjustment.objects.select_for_update(of=("self",)).filter(uid=adjustment).first()
        if found is None or found.status != AdjustmentStatus.WAITING:
            return
        cause = status
        if status == "approved":
            try:
                with transaction.atomic():
                    _post(found, found.created_by)
            except Refused as refusal:
                found.refresh_from_db()
                cause = "; ".join(fault.cause for fault in refusal.faults[:5])
            else:
                return
        found.status = AdjustmentStatus.REFUSED
        found.save()
        documents.record(found.uid, KIND, "not posted", actor="lotbook", reason=cause)
