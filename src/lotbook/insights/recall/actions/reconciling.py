"""Accounting for what was sent, naming differences, entering expenses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog import queries as catalog
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, CaseDelivery, CaseExpense, CaseLot, CustomerStatus
from lotbook.insights.recall.queries import reconciling
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault, NotFound, Refused

AMOUNT_MAX = Decimal(10**12)
MICRO = 1_000_000


@transaction.atomic
def account(
    *,
    case: UUID | str,
    customer: UUID | str,
    lot: UUID | str,
    actor: str,
    destroyed: str = "",
    sold_on: str = "",
    explanation: str = "",
) -> CaseDelivery:
    """Write down what a customer says became of a lot it got: decimal text in the item's base unit.

    Empty quantities leave what was said before. What came back is read from the ledger and not said here.
    ``explanation`` names what stays open. Raises Refused naming the field, NotFound for what the case lacks.
    """
    found = locked(case, "account")
    row = _delivery(found, customer, lot)
    check = Check()
    row.destroyed = _quantity(check, "destroyed", destroyed, row, row.destroyed)
    row.sold_on = _quantity(check, "sold_on", sold_on, row, row.sold_on)
    row.explanation = check.text("explanation", explanation, 2000, lines=True) or row.explanation
    check.done()
    row.save(update_fields=["destroyed", "sold_on", "explanation"])
    _settled(found, row)
    data = {
        "customer": str(row.customer.uid), "lot": str(row.lot.uid), "destroyed": row.destroyed,
        "sold_on": row.sold_on,
    }  # fmt: skip
    text = f"{row.customer.partner}: {row.lot}"
    record(found, "accounted", actor=actor, text=text, reason=row.explanation, data=data)
    return row


def _settled(case: Case, row: CaseDelivery) -> None:
    """A customer is settled when nothing of what it got is open."""
    for one in reconciling.customers(case):
        if one.customer.pk == row.customer_id:
            status = CustomerStatus.ANSWERED if one.open_count else CustomerStatus.SETTLED
            case.customers.filter(pk=row.customer_id).update(status=status)


def _delivery(case: Case, customer: UUID | str, lot: UUID | str) -> CaseDelivery:
    rows = CaseDelivery.objects.select_related("customer__partner", "lot__item")
    try:
        found = rows.filter(
            customer__case=case, customer__uid=UUID(str(customer)), lot__uid=UUID(str(lot))
        ).first()
    except ValueError:
        found = None
    if found is None:
        cause = f"{case.number} knows no delivery of this lot to this customer."
        raise NotFound(Fault("customer", cause, "Choose it in the list.", "unknown"))
    return found


def _quantity(check: Check, field: str, text: str, row: CaseDelivery, before: int) -> int:
    if not str(text).strip():
        return before
    item = row.lot.item
    try:
        found = catalog.units_of(item).convert(str(text).strip(), item.unit, where=field)
    except Refused as refusal:
        check.faults += refusal.faults
        return before
    if found < 0:
        check.fault(
            field, f"expected a quantity of at least zero, got {str(text)[:40]}.", "Check the amount."
        )
        return before
    return found


@transaction.atomic
def explain(*, case: UUID | str, lot: UUID | str, explanation: str, actor: str) -> CaseLot:
    """Name what of an affected lot does not add up, or why it stays on hold when the case is closed."""
    found = locked(case, "account")
    check = Check()
    why = check.text("explanation", explanation, 2000, required=True, lines=True)
    check.done()
    try:
        row = found.lots.select_related("lot").filter(lot__uid=UUID(str(lot))).first()
    except ValueError:
        row = None
    if row is None:
        cause = f"{found.number} has no lot {str(lot)[:60]}."
        raise NotFound(Fault("lot", cause, "Choose it in the list.", "unknown"))
    row.explanation = why
    row.save(update_fields=["explanation"])
    record(
        found, "difference named", actor=actor, text=str(row.lot), reason=why, data={"lot": str(row.lot.uid)}
    )
    return row


@transaction.atomic
def explain_points(*, case: UUID | str, points: Sequence[str], explanation: str, actor: str) -> int:
    """Name what several open points have in common, by one reason; gives how many were explained.

    ``points`` are fields of ``queries.reconciling.points``. Raises Refused naming ``points/<i>`` for what is
    not open any more: then nothing is kept.
    """
    found = locked(case, "account")
    check = Check()
    why = check.text("explanation", explanation, 2000, required=True, lines=True)
    wanted = list(dict.fromkeys(points))
    if not wanted:
        check.fault("points", "no point is chosen.", "Choose at least one.", "required")
    open_now = {point.field for point in reconciling.points(found)}
    for index, name in enumerate(wanted):
        if name not in open_now:
            cause = f"{str(name)[:120]!r} is no open point of {found.number}."
            check.fault(f"points/{index}", cause, "Look at the balance again.", "unknown")
    check.done()
    lots, deliveries = _parted(wanted)
    found.lots.filter(lot__uid__in=lots).update(explanation=why)
    for customer, of_customer in deliveries.items():
        rows = CaseDelivery.objects.filter(customer__case=found, customer__uid=customer)
        rows.filter(lot__uid__in=of_customer).update(explanation=why)
    _settle_all(found, deliveries)
    text = f"{len(wanted)} point{'s' if len(wanted) != 1 else ''} explained"
    record(found, "differences named", actor=actor, text=text, reason=why, data={"points": wanted})
    return len(wanted)


def _parted(points: Sequence[str]) -> tuple[list[UUID], dict[UUID, list[UUID]]]:
    """The lots, and the lots by customer, that fields of points name."""
    lots: list[UUID] = []
    deliveries: dict[UUID, list[UUID]] = {}
    for point in points:
        parts = point.split("/")
        if parts[0] == "lots":
            lots.append(UUID(parts[1]))
        else:
            deliveries.setdefault(UUID(parts[1]), []).append(UUID(parts[3]))
    return lots, deliveries


def _settle_all(case: Case, touched: Collection[UUID]) -> None:
    """Customers of whom nothing is open any more are settled."""
    for one in reconciling.customers(case) if touched else ():
        if one.customer.uid in touched and not one.open_count:
            case.customers.filter(pk=one.customer.pk).update(status=CustomerStatus.SETTLED)


@transaction.atomic
def enter_expense(
    *, case: UUID | str, text: str, amount: str, currency: str, actor: str, spent_on: date | str | None = None
) -> CaseExpense:
    """Enter what the case cost: decimal text, negative to set an earlier one right; ISO 4217 currency."""
    found = locked(case, "expense")
    check = Check()
    what = check.text("text", text, 300, required=True)
    money = check.text("currency", currency, 3, required=True).upper()
    if money and not (len(money) == 3 and money.isascii() and money.isalpha()):
        check.fault("currency", f"expected three letters, got {money!r}.", "Write it like EUR.")
    day = check.day("spent_on", spent_on) or clock.now().date()
    amount_micro = _amount(check, amount)
    check.done()
    made = CaseExpense.objects.create(
        case=found, text=what, amount_micro=amount_micro, currency=money, spent_on=day,
        entered_at=clock.now(), entered_by=actor,
    )  # fmt: skip
    data = {"amount_micro": amount_micro, "currency": money}
    record(found, "expense entered", actor=actor, text=f"{what}: {amount.strip()} {money}", data=data)
    return made


def _amount(check: Check, amount: str) -> int:
    text = str(amount).strip()
    sign = -1 if text.startswith("-") else 1
    found = check.decimal("amount", text.removeprefix("-"), places=6)
    if found is None:
        if not text:
            check.fault("amount", "is empty.", "Write it like 1250.00.", "required")
        return 0
    if found > AMOUNT_MAX:
        check.fault("amount", f"{text[:40]} is too large.", "Check the amount.")
    if found == 0 and not check.faults:
        check.fault("amount", "is zero.", "Leave it out.")
    return sign * int(found * MICRO)
