"""Stock requests: written, asked for, approved in whole or part, refused, cancelled, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.operations.transfers.actions.repeats import locked_request, once, refuse_state
from lotbook.operations.transfers.models import RequestLine, RequestStatus, StockRequest
from lotbook.operations.transfers.queries import documents as found
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading

KIND = "transfers.request"
ENDS = ("site", "area", "bin")


def create(
    *,
    destination: Named,
    lines: Sequence[Wanted],
    actor: str,
    source: Named = "",
    needed_on: date | None = None,
    reason: str = "",
    ask: bool = False,
    uid: UUID | None = None,
) -> StockRequest:
    """Write down what is needed at ``destination``, from ``source`` or (empty) from wherever it is.

    ``ask`` asks for it at once. The same ``uid`` makes one request. Raises Refused naming
    ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="request", destination=destination, lines=list(lines), source=source, needed_on=needed_on,
        reason=reason, ask=ask,
    )  # fmt: skip

    def act(own: UUID) -> StockRequest:
        reading = Reading()
        values = _head(reading, destination, source, needed_on, reason)
        rows = _rows(reading, lines)
        reading.done()
        now = clock.now()
        made = StockRequest.objects.create(
            uid=own, number=documents.next_number("SR", on=now), created_at=now, created_by=actor, **values
        )
        _write(made, rows)
        documents.record(own, KIND, "written", actor=actor, text=_count(rows), reason=made.reason)
        return _ask(made, actor) if ask else made

    return once(uid, digest, found.request, act)


def amend(
    *,
    request: Named,
    destination: Named,
    lines: Sequence[Wanted],
    actor: str,
    source: Named = "",
    needed_on: date | None = None,
    reason: str = "",
    uid: UUID | None = None,
) -> StockRequest:
    """Write a draft anew. Raises Conflict once it was asked for."""
    digest = words.asked(
        act="amend", request=request, destination=destination, lines=list(lines), source=source,
        needed_on=needed_on, reason=reason,
    )  # fmt: skip

    def act(_own: UUID) -> StockRequest:
        row = locked_request(request or "")
        _need(row, RequestStatus.DRAFT, "Only drafts are changed: cancel it, and write a new one.")
        reading = Reading()
        values = _head(reading, destination, source, needed_on, reason)
        rows = _rows(reading, lines)
        reading.done()
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        row.lines.all().delete()
        _write(row, rows)
        documents.record(row.uid, KIND, "changed", actor=actor, text=_count(rows))
        return row

    return once(uid, digest, found.request, act)


def ask(*, request: Named, actor: str, uid: UUID | None = None) -> StockRequest:
    """Ask for it: approved at once where no rule wants a decision, else it waits for one."""

    def act(_own: UUID) -> StockRequest:
        row = locked_request(request or "")
        _need(row, RequestStatus.DRAFT, "Look at its timeline.")
        return _ask(row, actor)

    return once(uid, words.asked(act="ask", request=request), found.request, act)


def decide(
    *,
    request: Named,
    approve: bool,
    actor: str,
    reason: str = "",
    source: Named = "",
    quantities: Mapping[int, str] | None = None,
    uid: UUID | None = None,
) -> StockRequest:
    """Approve or refuse what waits; ``quantities`` (line position → decimal text) approve less, 0 included.

    ``source`` says where it comes from when the request left that open. Raises NotAllowed for who asked
    or does not belong to the step, Refused when more is approved than asked or a refusal has no reason.
    """
    digest = words.asked(
        act="decide", request=request, approve=approve, reason=reason, source=source,
        quantities=sorted((quantities or {}).items()),
    )  # fmt: skip

    def act(_own: UUID) -> StockRequest:
        row = locked_request(request or "")
        _need(row, RequestStatus.ASKED, "Nothing waits for a decision.")
        if approve:
            _grant(row, quantities or {}, source)
        waiting = asked.of(KIND, row.uid)
        if waiting is None or waiting.status != "pending":
            raise refuse_state(row.number, "not waiting for approval", "Look at its timeline.")
        done = approvals.decide(waiting.uid, approve=approve, actor=actor, reason=reason)
        return _decided(row, done.status)

    return once(uid, digest, found.request, act)


def cancel(*, request: Named, actor: str, reason: str, uid: UUID | None = None) -> StockRequest:
    """Take a request back before anything was picked for it, with the reason."""

    def act(_own: UUID) -> StockRequest:
        row = locked_request(request or "")
        why = _why(reason)
        if row.status not in ("draft", "asked", "approved"):
            raise refuse_state(row.number, row.get_status_display(), "Cancel its transfers first.")
        approvals.drop(kind=KIND, subject=row.uid, actor=actor, reason=why)
        row.status = RequestStatus.CANCELLED
        row.save(update_fields=["status"])
        documents.record(row.uid, KIND, "cancelled", actor=actor, reason=why)
        return row

    return once(uid, words.asked(act="cancel", request=request, reason=reason), found.request, act)


def close(*, request: Named, actor: str, reason: str, uid: UUID | None = None) -> StockRequest:
    """Send no more of it: what is still open stays unsent, with the reason."""

    def act(_own: UUID) -> StockRequest:
        row = locked_request(request or "")
        why = _why(reason)
        if row.status in ("draft", "asked", "received", "differences", "refused", "cancelled"):
            raise refuse_state(row.number, row.get_status_display(), "There is nothing left to close.")
        row.closed = True
        row.save(update_fields=["closed"])
        documents.record(row.uid, KIND, "closed", actor=actor, reason=why)
        return follow(row)

    return once(uid, words.asked(act="close", request=request, reason=reason), found.request, act)


@transaction.atomic
def decided(*, subject: UUID, status: str) -> None:
    """What the approval inbox decided reaches its request (again: nothing happens)."""
    row = StockRequest.objects.select_for_update().filter(uid=subject).first()
    if row is not None and row.status == RequestStatus.ASKED:
        _decided(row, status)


def follow(row: StockRequest) -> StockRequest:
    """The status of a request after its transfers changed."""
    now = progress.request_status(row)
    if now != row.status:
        row.status = now
        row.save(update_fields=["status"])
        documents.record(row.uid, KIND, row.get_status_display().lower(), actor="lotbook")
    return row


# -- steps -----------------------------------------------------------------------------------------


def _head(
    reading: Reading, destination: Named, source: Named, needed_on: date | None, reason: str
) -> dict[str, Any]:
    to = reading.place("destination", destination, kinds=ENDS)
    come_from = reading.place("source", source, kinds=ENDS) if source else None
    check_ends(reading, come_from, to)
    return {
        "destination": to,
        "source": come_from,
        "site": places.site_of(to) if to else None,
        "needed_on": reading.day("needed_on", needed_on),
        "reason": reading.text("reason", reason, 2000, lines=True),
    }


def check_ends(reading: Reading, source: Place | None, destination: Place | None) -> None:
    """Goods go from one place to another one, not into itself."""
    if source is None or destination is None:
        return
    if destination.pk in places.subtree_ids(source.pk) or source.pk in places.subtree_ids(destination.pk):
        cause = f"{destination.code} and {source.code} are the same place, or one lies in the other."
        reading.fault("source", cause, "Choose two places apart; goods inside one are moved.")


def _rows(reading: Reading, lines: Sequence[Wanted]) -> list[RequestLine]:
    reading.some(lines)
    rows = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        item = reading.item(f"{where}/item", line.item)
        note = reading.text(f"{where}/note", line.note, 500)
        quantity = reading.quantity(where, item, line.quantity, line.unit) if item is not None else None
        if item is not None and quantity is not None:
            rows.append(RequestLine(position=index + 1, item=item, quantity=quantity, note=note))
    return rows


def _write(request: StockRequest, rows: Sequence[RequestLine]) -> None:
    for row in rows:
        row.request = request
    RequestLine.objects.bulk_create(rows)


def _count(rows: Sequence[RequestLine]) -> str:
    return f"{len(rows)} line{'s' if len(rows) != 1 else ''}"


def _ask(row: StockRequest, actor: str) -> StockRequest:
    lines = list(row.lines.select_related("item"))
    groups, currencies = {line.item.group for line in lines}, {line.item.currency for line in lines}
    known = len(currencies) == 1 and all(line.item.standard_cost_micro is not None for line in lines)
    value = sum((line.item.standard_cost_micro or 0) * line.quantity // 10**line.item.scale for line in lines)
    row.status = RequestStatus.ASKED
    row.save(update_fields=["status"])
    documents.record(row.uid, KIND, "asked", actor=actor, text=_count(lines), reason=row.reason)
    first = ", ".join(line.item.code for line in lines[:3])
    approval = approvals.ask(
        kind=KIND,
        subject=row.uid,
        title=f"{row.number}: {first[:150]}{' …' if len(lines) > 3 else ''} to {row.destination.code}",
        url=reverse("transfers:request", args=[row.uid]),
        actor=actor,
        site=row.destination_id,
        item_group=groups.pop() if len(groups) == 1 else "",
        quantity=lines[0].quantity if len(lines) == 1 else None,
        value_micro=value if known else None,
        currency=currencies.pop() if known else "",
        reason=row.reason[:2000],
    )
    return _decided(row, approval.status)


def _grant(row: StockRequest, quantities: Mapping[int, str], source: Named) -> None:
    """What is approved of each line, and where it comes from."""
    reading = Reading()
    lines = {line.position: line for line in row.lines.select_related("item")}
    for position, text in quantities.items():
        line, where = lines.get(position), f"lines/{position - 1}"
        if line is None:
            reading.fault(where, f"there is no line {position}.", "Look at the request again.")
            continue
        least = reading.decimal(f"{where}/quantity", text, places=line.item.scale)
        if least is None:
            continue
        line.approved = int(least.scaleb(line.item.scale))
        if line.approved > line.quantity:
            reading.fault(f"{where}/quantity", "more than was asked for.", "Approve as much at most.")
    if lines and all(line.approved == 0 for line in lines.values()):
        reading.fault("lines/0/quantity", "nothing is approved.", "Refuse the request instead.")
    if source:
        row.source = reading.place("source", source, kinds=ENDS)
        check_ends(reading, row.source, row.destination)
    reading.done()
    row.save(update_fields=["source"])
    RequestLine.objects.bulk_update(lines.values(), ["approved"])


def _decided(row: StockRequest, status: str) -> StockRequest:
    """Go on after a decision, which the approval wrote into the timeline; a pending one leaves it waiting."""
    if status == "pending":
        return row
    if status == "approved":
        row.status = RequestStatus.APPROVED
        for line in row.lines.filter(approved=None):
            line.approved = line.quantity
            line.save(update_fields=["approved"])
    else:
        row.status = RequestStatus.CANCELLED if status == "withdrawn" else RequestStatus.REFUSED
    row.save(update_fields=["status"])
    return row


def _need(row: StockRequest, status: str, remedy: str) -> None:
    if row.status != status:
        raise refuse_state(row.number, row.get_status_display(), remedy)


def _why(reason: str) -> str:
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    return why
