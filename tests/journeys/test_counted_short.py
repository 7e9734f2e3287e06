"""Less is counted than is reserved: the newest reservations fall, and their documents say so.

SO-1 has 60 of S-1, SO-2 has 30, the transfer has 10. Only 75 are found: the transfer's 10 and SO-2's 30 fall.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.rooms import ANN, TODAY, Cast, fields, small, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.documents.queries import steps
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.rules import Found
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as orders
from lotbook.operations.shipping.models import Order, OrderLine
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.transfers.actions import transfers
from lotbook.operations.transfers.rules import Wanted as Moved
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.check import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    made = small()
    places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet")
    stocked(made, ("SAUCE", "S-1", "100"))
    return made


def order(quantity: str) -> Order:
    made = shipping.create(
        customer="SHOP", site="PLANT", lines=[Wanted("SAUCE", quantity)], confirmed=True, actor=ANN
    )
    return shipping.allocate(order=made.uid, actor=ANN)


def counted(quantity: str) -> Count:
    count = counting.open_count(place="STORE", actor=ANN)
    found = [Found(item="SAUCE", lot="S-1", counted=quantity)]
    counting.save_sheet(count=count.uid, place="STORE", lines=found, finish=True, actor="user:bob")
    count.refresh_from_db()
    if count.status == "recount":
        counting.save_sheet(count=count.uid, place="STORE", lines=found, finish=True, actor="user:carl")
    return count


def kept(one: Order) -> int:
    return sum(claim.quantity for claim in orders.claims(one))


def test_the_newest_reservations_fall_and_their_documents_say_so(cast: Cast) -> None:
    first, second = order("60"), order("30")
    moved = transfers.create(
        source="STORE", destination="OUTLET", lines=[Moved("SAUCE", "10")], actor=ANN,
        needed_on=date(2027, 3, 9),
    )  # fmt: skip
    transfers.start(transfer=moved.uid, actor=ANN)
    count = counted("75")
    with pytest.raises(
        Conflict, match=f"10 of S-1 for {moved.number}; 30 of S-1 for {second.number}"
    ) as refusal:
        counting.settle(count=count.uid, reason="A pallet fell", actor=ANN)
    assert fields(refusal) == {"free_reserved"}
    assert (kept(first), kept(second)) == (60, 30)
    counting.settle(count=count.uid, reason="A pallet fell", free_reserved=True, actor=ANN)
    outbox.deliver()
    count.refresh_from_db()
    assert (count.status, kept(first), kept(second)) == ("done", 60, 0)
    assert browsing.stock(text="S-1")[0].on_hand == 75
    second.refresh_from_db()
    line = OrderLine.objects.get(order=second)
    assert second.has_problem
    assert line.problem == f"S-1: counted short with {count.number}; 30 pc are no longer reserved."
    assert (steps(second.uid)[-1].verb, steps(second.uid)[-1].reason) == (
        "allocation broken",
        "A pallet fell",
    )
    fell = next(step for step in steps(moved.uid) if step.verb == "reservation fell")
    assert fell.text == f"lot S-1 is not reserved any more: counted short with {count.number}"
    freed = next(step for step in steps(count.uid) if step.verb == "reservations freed")
    assert (freed.text, freed.reason) == (
        f"10 of S-1 for {moved.number}; 30 of S-1 for {second.number}", "A pallet fell",
    )  # fmt: skip
    assert check().findings == []
    again = shipping.allocate(order=second.uid, actor=ANN)
    assert (kept(again), again.has_problem) == (15, False)


def test_the_choice_waits_with_the_approval(cast: Cast) -> None:
    only = order("100")
    approvals.keep_rule(
        kind="counting.adjust", name="All of it", steps=[Stage(role="manager")], quantity_limit=1, actor=ANN
    )
    User.objects.create(username="ann", role="planner")
    User.objects.create(username="mia", role="manager")
    count = counted("90")
    counting.settle(count=count.uid, reason="gone", free_reserved=True, actor=ANN)
    assert kept(only) == 100
    waiting = asked.of("counting.adjust", count.uid)
    assert waiting is not None
    approvals.decide(waiting.uid, approve=True, actor="user:mia")
    outbox.deliver()
    count.refresh_from_db()
    assert (count.status, kept(only)) == ("done", 0)


def test_the_page_and_the_api_name_them_first(cast: Cast) -> None:
    one = order("100")
    count = counted("95")
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    page = client.get(f"/counts/{count.uid}/settle").content.decode()
    assert one.number in page
    assert "free_reserved" in page
    named: list[dict[str, Any]] = client.get(f"/api/v1/counts/{count.uid}/reserved").json()
    assert [(row["document"], row["lot"], row["quantity"]) for row in named] == [(one.number, "S-1", "100")]
    refused = client.post(f"/counts/{count.uid}/settle", {"reason": "gone"})
    assert (refused.status_code, "reserved" in refused.content.decode()) == (409, True)
    body = {"reason": "gone", "free_reserved": True}
    settled = client.post(f"/api/v1/counts/{count.uid}/settle", body, content_type="application/json")
    assert settled.json()["status"] == "done"
    assert "free_reserved" not in client.get(f"/counts/{count.uid}").content.decode()
