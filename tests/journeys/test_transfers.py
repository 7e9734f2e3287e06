"""A stock request approved and received short; and several people at the same transfer at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from tests import rooms
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as approved
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import NotAllowed, Refused
from lotbook.operations.transfers.actions import picking, receiving, requests, sending, transfers
from lotbook.operations.transfers.models import Pick
from lotbook.operations.transfers.queries import pages
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check

PIA, MAX, OTTO, SARA = "user:pia", "user:max", "user:otto", "user:sara"
"""Planner of the outlet, manager, picker of the plant, and the receiver at the outlet."""
AT_ONCE = 5


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The small world with an outlet, on 3 March 2027 at noon."""
    return _world(monkeypatch)


@pytest.fixture
def committed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The same, committed: several threads see it."""
    return _world(monkeypatch)


def _world(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    made = rooms.small()
    outlet = places.create_place(
        actor=ANN, code="OUTLET", kind="site", name="Outlet", time_zone="Europe/Rome"
    )
    places.create_place(actor=ANN, code="CAGE", kind="area", parent=outlet.uid, usable=False)
    return made


def test_a_stock_request_approved_and_received_short(cast: Cast) -> None:
    """asked 30 → approved 24 → picked 24 of two lots → 20 good + 1 damaged arrive → 2 found, 1 lost."""
    for name, role in (("pia", "planner"), ("max", "manager"), ("eva", "manager")):
        User.objects.create(username=name, role=role)
    for kind in ("transfers.request", "transfers.difference"):
        approvals.keep_rule(actor=ANN, kind=kind, name="Ask a manager", steps=[Stage("manager")])
    stocked(cast, ("SAUCE", "A-1", "15"), ("SAUCE", "A-2", "50"))

    asked = requests.create(
        destination="OUTLET", lines=[Wanted("SAUCE", "30", note="window")], reason="market day", ask=True,
        actor=PIA,
    )  # fmt: skip
    assert asked.status == "asked"
    with pytest.raises(NotAllowed):
        requests.decide(request=asked.uid, approve=True, actor=PIA)
    requests.decide(request=asked.uid, approve=True, quantities={1: "24"}, source="PLANT", actor=MAX)

    sent = transfers.from_request(request=asked.uid, actor=OTTO)
    transfers.start(transfer=sent.uid, actor=OTTO)
    first, second = pages.pick_rows(sent)
    assert [row.pick.quantity for row in (first, second)] == [15, 9]
    picking.confirm(transfer=sent.uid, pick=first.pick.uid, actor=OTTO)
    picking.confirm(transfer=sent.uid, pick=second.pick.uid, actor=OTTO)
    sending.send(transfer=sent.uid, vehicle="B-LT 7", seal="S-99", celsius="4", actor=OTTO)

    arrived = [Arrived(str(first.pick.uid), "12"), Arrived(str(second.pick.uid), "8", damaged="1")]
    short = receiving.receive(transfer=sent.uid, arrived=arrived, actor=SARA)
    assert short.status == "short"
    receiving.settle(
        transfer=sent.uid, pick=first.pick.uid, how="found", quantity="2", reason="under the seat", actor=SARA
    )
    waits = receiving.settle(
        transfer=sent.uid, pick=first.pick.uid, how="lost", reason="fell off the lift", actor=SARA
    )
    loss = waits.arrivals.get(state="pending")
    approval = approved.of("transfers.difference", loss.uid)
    assert approval is not None
    approvals.decide(approval.uid, approve=True, actor="user:eva")
    outbox.deliver()

    sent.refresh_from_db()
    asked.refresh_from_db()
    assert (sent.status, asked.status) == ("differences", "differences")
    stock = {(row.number, row.place_code): row.on_hand for row in ledger.balances()}
    assert stock == {("A-2", "STORE"): 41, ("A-1", "OUTLET"): 14, ("A-2", "OUTLET"): 8, ("A-2", "CAGE"): 1}
    told = [(step.verb, step.actor) for step in documents.steps(sent.uid)]
    assert ("sent", OTTO) in told
    assert ("received", SARA) in told
    assert ("lost", SARA) in told
    assert not check().findings


# -- at the same moment ----------------------------------------------------------------------------


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What became of the acts done by a thread each: the answer, or the refusal."""

    def one(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


@pytest.mark.django_db(transaction=True)
def test_two_pickers_at_once_confirm_each_line_once(committed: Cast) -> None:
    stocked(committed, ("SAUCE", "A-1", "10"), ("SAUCE", "A-2", "10"))
    made = transfers.create(source="PLANT", destination="OUTLET", lines=[Wanted("SAUCE", "20")], actor=ANN)
    transfers.start(transfer=made.uid, actor=ANN)
    picks = [one.uid for one in Pick.objects.order_by("pk")]
    acts = [
        lambda who=who, pick=pick: picking.confirm(transfer=made.uid, pick=pick, actor=who)
        for pick in picks
        for who in (OTTO, SARA)
    ]
    answers = together(*acts)
    assert sum(isinstance(one, Refused) for one in answers) == len(picks)
    ways = [lambda: sending.send(transfer=made.uid, actor=ANN, uid=uuid4()) for _ in range(3)]
    answers = together(*ways)
    assert sum(isinstance(one, Refused) for one in answers) == 2
    done = [lambda: receiving.receive(transfer=made.uid, actor=ANN, uid=uuid4()) for _ in range(3)]
    answers = together(*done)
    assert sum(isinstance(one, Refused) for one in answers) == 2
    assert sum(row.on_hand for row in ledger.balances() if row.place_code == "OUTLET") == 20
    assert not check().findings


@pytest.mark.django_db(transaction=True)
def test_several_transfers_of_the_same_stock_never_take_it_twice(committed: Cast) -> None:
    stocked(committed, ("SAUCE", "A-1", "20"))

    def take() -> Any:
        made = transfers.create(source="PLANT", destination="OUTLET", lines=[Wanted("SAUCE", "8")], actor=ANN)
        transfers.start(transfer=made.uid, actor=ANN)
        picking.confirm_all(transfer=made.uid, actor=ANN)
        return sending.send(transfer=made.uid, actor=ANN)

    answers = together(*[take] * AT_ONCE)
    sent = [one for one in answers if not isinstance(one, Refused)]
    gone = sum(Pick.objects.filter(transfer__in=sent).values_list("quantity", flat=True))
    left = sum(row.on_hand for row in ledger.balances() if row.place_code == "STORE")
    assert (gone, left) == (20, 0)
    assert all(not allocated.claims(one.uid) for one in sent)
    assert not check().findings
