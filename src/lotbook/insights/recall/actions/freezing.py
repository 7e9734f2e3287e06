"""Freezing what is affected in one act, and letting lots go again with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.opening import AT_ONCE, keep_deliveries, keep_lots
from lotbook.insights.recall.actions.steps import locked, record, signed
from lotbook.insights.recall.models import Case, CaseLot, CaseStatus
from lotbook.insights.recall.queries import exposing, scoping
from lotbook.insights.recall.queries.exposing import Exposed
from lotbook.kernel import clock, sql
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger.rules import Receipt

ATTEMPTS = 5
LOTS_MAX = 1_000
"""Most lots let go by one form."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a freeze did: how many lots it held, how many of them the frozen scope did not have yet."""

    case: Case
    lots: int
    added: int
    receipts: tuple[Receipt, ...]


def freeze(*, case: UUID | str, actor: str) -> Frozen:
    """Put a hold of this case on every affected lot, wherever it is, in one transaction.

    Affected is what the frozen scope names and whatever was made from it since. The ledger's holds break
    reservations and reach devices; a lot that the case has frozen or let go before is passed over, so doing
    it twice is doing it once. A drill marks the step and holds nothing.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _freeze(case, actor=actor)
        except OperationalError:
            # A deadlock or a lost connection; inside the caller's transaction only he can run it again.
            if connection.in_atomic_block or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _freeze(case: UUID | str, *, actor: str) -> Frozen:
    found = locked(case, "freeze")
    fresh = scoping.grown(found) if outward.is_real(found) else scoping.Scope.empty()
    exposed = _exposed(found, fresh)
    added = keep_lots(found, fresh, exposed, added=True)
    keep_deliveries(found, fresh, exposed)
    rows = list(found.lots.filter(held_sequence=None, released_at=None).order_by("lot_id"))
    if found.status != CaseStatus.SCOPED and (not rows or not outward.is_real(found)):
        return Frozen(found, 0, 0, ())
    receipts = _hold(found, rows, actor=actor)
    if found.status == CaseStatus.SCOPED:
        found.status, found.frozen_at = CaseStatus.FROZEN, clock.now()
    found.save(update_fields=["status", "frozen_at", "frozen_sequence"])
    _told(found, rows, added, receipts, actor)
    return Frozen(found, len(rows), len(added), tuple(receipts))


def _exposed(case: Case, fresh: scoping.Scope) -> Exposed:
    """The shares of what is affected since the scope was taken; nothing is asked where nothing is."""
    if not fresh.lots:
        return Exposed()
    return exposing.exposed(case.suspects, as_of=fresh.as_of, reading=case.reading)


def _hold(case: Case, rows: Sequence[CaseLot], *, actor: str) -> list[Receipt]:
    if not outward.is_real(case):
        return []
    for row in rows:
        row.hold = new_uid()
    held = outward.put_holds(case, rows, actor=actor)
    for part, receipt in held:
        for row in part:
            row.held_sequence = receipt.sequence
    _keep_holds(rows)
    receipts = [receipt for _, receipt in held]
    case.frozen_sequence = max((one.sequence for one in receipts), default=case.frozen_sequence)
    return receipts


def _keep_holds(rows: Sequence[CaseLot]) -> None:
    """Write down which hold the case put on each lot, one statement for all."""
    if not rows:
        return
    if sql.is_postgres():
        sql.run(
            "UPDATE recall_case_lot c SET hold = u.hold, held_sequence = u.held FROM"
            " unnest(%s::bigint[], %s::uuid[], %s::bigint[]) u(id, hold, held) WHERE c.id = u.id",
            [
                sql.array(row.pk for row in rows),
                "{" + ",".join(str(row.hold) for row in rows) + "}",
                sql.array(row.held_sequence or 0 for row in rows),
            ],
        )
        return
    sql.run_many(
        "UPDATE recall_case_lot SET hold = %s, held_sequence = %s WHERE id = %s",
        [(sql.from_uid(row.hold) if row.hold else None, row.held_sequence, row.pk) for row in rows],
    )


def _told(
    case: Case, rows: Sequence[CaseLot], added: Sequence[CaseLot], receipts: Sequence[Receipt], actor: str
) -> None:
    real = outward.is_real(case)
    sequences = [one.sequence for one in receipts]
    text = f"{len(rows)} lots on hold" if real else f"{len(rows)} lots would be on hold"
    if added:
        text += f", {len(added)} of them affected since the scope was frozen"
    moving = sum(1 for row in rows if row.in_transit)
    if moving:
        text += f"; {moving} in transit"
    data = {"lots": len(rows), "added": len(added), "in_transit": moving, "sequences": sequences}
    record(case, "frozen" if real else "freeze rehearsed", actor=actor, text=text, data=data)
    outward.tell(case, "frozen", **data)


@transaction.atomic
def release_lots(*, case: UUID | str, lots: Sequence[UUID | str], reason: str, actor: str) -> Case:
    """Let lots go from the case, signed: its own holds on them end, other holds stay.

    Raises Refused naming ``lots/<i>`` for what the case does not hold.
    """
    found = locked(case, "release")
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    rows = _named(found, lots, check)
    check.done()
    outward.release_holds(found, rows, actor=actor, reason=f"{found.number}: {why}"[:2000])
    now = clock.now()
    for row in rows:
        row.released_at, row.released_by, row.release_reason = now, actor, why
    CaseLot.objects.bulk_update(
        rows, ["released_at", "released_by", "release_reason"], batch_size=AT_ONCE // 4
    )
    names = [str(row.lot) for row in rows]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    said = signed(found, "released from the case", actor, lots=[str(row.lot.uid) for row in rows], reason=why)
    record(found, "lots released", actor=actor, text=shown, reason=why, data=said)
    outward.tell(found, "released", lots=len(rows))
    return found


def _named(case: Case, lots: Sequence[UUID | str], check: Check) -> list[CaseLot]:
    if not lots:
        check.fault("lots", "no lot is chosen.", "Choose at least one.", "required")
    if len(lots) > LOTS_MAX:
        check.fault("lots", f"at most {LOTS_MAX} lots at once, got {len(lots)}.", "Choose fewer.")
        return []
    wanted: list[UUID] = []
    for index, name in enumerate(lots):
        try:
            wanted.append(UUID(str(name)))
        except ValueError:
            check.fault(f"lots/{index}", f"{str(name)[:60]!r} is no uid.", "Choose it in the list.")
    rows = {
        row.lot.uid: row
        for row in case.lots.filter(lot__uid__in=wanted).select_related("lot").order_by("lot_id")
    }
    for index, uid in enumerate(wanted):
        row = rows.get(uid)
        if row is None:
            check.fault(
                f"lots/{index}", f"{case.number} has no lot {uid}.", "Choose it in the list.", "unknown"
            )
        elif row.released_at is not None:
            cause = f"lot {row.lot} was released by {row.released_by} already."
            check.fault(f"lots/{index}", cause, "Nothing is left to do.", "released")
        elif row.held_sequence is None and not case.is_drill:
            check.fault(f"lots/{index}", f"lot {row.lot} is not frozen yet.", "Freeze first.", "not_frozen")
    return [rows[uid] for uid in dict.fromkeys(wanted) if uid in rows]


def follow(*, case: UUID | str, actor: str = "lotbook") -> Frozen | None:
    """Freeze what others were making from affected goods while the freeze was written; None when all is held.

    A production that had begun before the freeze did not see its holds. Safe to call again.
    """
    try:
        with transaction.atomic():
            done = freeze(case=case, actor=actor)
    except Refused:
        return None
    return done if done.lots else None
