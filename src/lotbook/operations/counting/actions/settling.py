"""A count compared and settled: counted again, approved, and booked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import queries
from lotbook.operations.counting.actions.judging import KIND, close_count, locked_count, not_open_fault
from lotbook.operations.counting.models import (
    Count,
    CountStatus,
    SheetStatus,
    Tally,
)
from lotbook.operations.counting.queries import LineRow
from lotbook.operations.counting.reserved import Uncovered, uncovered
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.lines import moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft, Move

APPROVAL = "counting.adjust"


LARGEST = 2**63 - 1
"""What a column of the database holds: values beyond it count as that."""


ENDED = frozenset({CountStatus.DONE, CountStatus.CANCELLED})


@transaction.atomic
def ask_recount(*, count: UUID | str, reason: str, actor: str) -> Count:
    """Have every line that differs counted again, by somebody else, before anything is decided."""
    found = locked_count(count)
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


@transaction.atomic
def settle(*, count: UUID | str, reason: str, actor: str, free_reserved: bool = False) -> Count:
    """Set the book right by the differences found: at once below the approval limits, else when approved.

    One event of kind adjust with the count's number moves every difference from or to DIFFERENCE. Refused
    where less is left than is missing, or where the rest is reserved (the fault names for whom); with
    ``free_reserved`` the newest reservations that what was counted cannot cover are freed, and their
    documents told.
    """
    found = locked_count(count)
    if found.status not in (CountStatus.REVIEW, CountStatus.REFUSED):
        raise Conflict(_undecidable(found))
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    found.reason, found.settled_by, found.frees_reserved = why, actor, free_reserved
    lines = [line for line in queries.line_rows(found) if line.difference.quantity]
    if not lines:
        close_count(found, actor, "agrees with the book", event=None)
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
    close_count(one, actor, "adjusted", event=receipt.uid, text=many, reason=one.reason)


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
                    close_count(found, found.settled_by or actor, "agrees with the book", event=None)
        except Refused as refusal:
            found.refresh_from_db()
            found.status = CountStatus.REVIEW
            found.save()
            causes = "; ".join(fault.cause for fault in refusal.faults[:5])
            documents.record(found.uid, KIND, "not posted", actor=actor, reason=causes)


@transaction.atomic
def cancel(*, count: UUID | str, reason: str, actor: str) -> Count:
    """Give a count up, with the reason; the book stays as it is."""
    found = locked_count(count)
    if found.status in ENDED or found.status == CountStatus.WAITING:
        raise Conflict(not_open_fault(found))
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    found.status, found.closed_at = CountStatus.CANCELLED, clock.now()
    found.save()
    documents.record(found.uid, KIND, "cancelled", actor=actor, reason=why)
    return found
