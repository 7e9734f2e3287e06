"""What this room hears: receipts taken back, and decisions about more than was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from lotbook.kernel.errors import NotFound, Refused
from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.actions.notices import read_sscc
from lotbook.operations.receiving.actions.orders import OVER, grant, locked
from lotbook.operations.receiving.models import Notice, NoticeUnit, Order
from lotbook.traceability.ledger import queries as ledger


def posted(payload: Mapping[str, Any]) -> None:
    """``ledger.posted``: reversed receipts open their orders and notices again."""
    if {"reverse", "foreign"} & set(payload["kinds"]):
        back = ledger.events_taken_back([(first, last) for first, last in payload["sequences"]])
        # A return that is taken back first: the receipt it was of may be taken back with it.
        actions.settle_returns(back)
        actions.settle(back)


def decided(payload: Mapping[str, Any]) -> None:
    """``approvals.decided``: more than was ordered may come, or may not."""
    if payload["kind"] != OVER:
        return
    try:
        order = locked(queries.order(payload["subject"]).uid)
    except NotFound:
        return
    grant(order, str(payload["approval"]), approved=payload["status"] == "approved")


def called(text: str) -> list[Jump]:
    """The purchase order or notice of this number, or the pallet announced and not here yet."""
    return [
        *numbered(Order.objects.all(), text, "Purchase order", "receiving:order"),
        *numbered(Notice.objects.all(), text, "Shipping notice", "receiving:notice"),
        *_announced(text),
    ]


def _announced(text: str) -> list[Jump]:
    try:
        sscc = read_sscc(text)
    except Refused:
        return []
    rows = NoticeUnit.objects.filter(sscc=sscc, arrival=None, notice__status__in=queries.NOTICE_OPEN)
    return [
        Jump(
            "Announced pallet or case", one.sscc, f"on {one.notice}",
            reverse("receiving:unit", query={"sscc": one.sscc, "notice": str(one.notice.uid)}),
        )
        for one in rows.select_related("notice").order_by("-pk")[:1]
    ]  # fmt: skip
