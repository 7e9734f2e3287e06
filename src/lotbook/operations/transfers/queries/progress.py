"""How far things are: what of a transfer is picked, sent and settled; what of a request is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lotbook.operations.transfers import rules
from lotbook.operations.transfers.models import (
    Arrival,
    ArrivalState,
    Outcome,
    Pick,
    RequestLine,
    StockRequest,
    Transfer,
    TransferLine,
)


def settled(picks: Iterable[Pick]) -> dict[int, dict[str, int]]:
    """Per pick: how much of it became what; ``pending`` is what waits for approval."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Arrival.objects.filter(
        pick__in=[pick.pk for pick in picks], state__in=[ArrivalState.DONE, ArrivalState.PENDING]
    )
    for pick, outcome, state, quantity in rows.values_list("pick", "outcome", "state", "quantity"):
        pending = state == ArrivalState.PENDING and outcome != Outcome.OVER
        found[pick]["pending" if pending else outcome] += quantity
    return found


def done_of(sums: dict[str, int]) -> int:
    """How much of a pick is not on the way any more."""
    return sum(sums.get(name, 0) for name in ("received", "damaged", "lost", "returned"))


def parts(picks: Iterable[Pick]) -> list[rules.Part]:
    """The picks as the transfer's status counts them."""
    listed = list(picks)
    sums = settled(listed)
    return [
        rules.Part(
            quantity=pick.quantity,
            picked=pick.picked_at is not None,
            sent=pick.sent_event is not None,
            settled=done_of(sums[pick.pk]),
            odd=any(sums[pick.pk].get(name) for name in rules.ODD),
        )
        for pick in listed
    ]


def transfer_status(row: Transfer) -> str:
    """How far a transfer is, from what is written of it."""
    if row.status == "cancelled":
        return row.status
    picks = list(Pick.objects.filter(transfer=row))
    return rules.status(parts(picks), short=any(pick.short for pick in picks))


def sent_of(lines: Iterable[RequestLine]) -> dict[int, tuple[int, int]]:
    """Per request line: (planned or sent, of it sent): what is under way counts as planned."""
    keys = [line.pk for line in lines]
    rows = TransferLine.objects.filter(request_line__in=keys).exclude(transfer__status="cancelled")
    planned: dict[int, int] = defaultdict(int)
    sent: dict[int, int] = defaultdict(int)
    by_line: dict[int, int] = defaultdict(int)
    for line, quantity in Pick.objects.filter(line__in=rows, sent_event__isnull=False).values_list(
        "line", "quantity"
    ):
        by_line[line] += quantity
    for pk, wanted, quantity, status in rows.values_list(
        "pk", "request_line", "quantity", "transfer__status"
    ):
        gone = by_line[pk]
        sent[wanted] += gone
        planned[wanted] += quantity if status in rules.UNSENT else gone
    return {key: (planned[key], sent[key]) for key in keys}


def request_status(row: StockRequest) -> str:
    """How far a request is, from its transfers."""
    lines = list(row.lines.all())
    moved = sent_of(lines)
    wanted = {line.pk: line.approved if line.approved is not None else line.quantity for line in lines}
    return rules.request_status(
        list(Transfer.objects.filter(request=row).values_list("status", flat=True)),
        covered=all(moved[key][0] >= quantity for key, quantity in wanted.items()),
        closed=row.closed,
        less=any(moved[key][1] < quantity for key, quantity in wanted.items()),
        current=row.status,
    )
