"""Whatever is done through a shared handheld names it: in the events, and in the steps of documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import ANN, TODAY, Cast, small, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import Handheld, User
from lotbook.foundation.accounts.rules import ROLES
from lotbook.foundation.documents.models import Step
from lotbook.foundation.documents.queries import timeline
from lotbook.kernel import clock, permissions
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db
NAME = "Dock 3"


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    return small()


@pytest.fixture
def otto(cast: Cast, settings: Any) -> Client:
    """Somebody who may all of it, come in with badge and PIN on an enrolled device."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    accounts.create_user(username="ana", role="administrator", password="seven brown jars", actor=ANN)
    accounts.create_user(username="otto", role="manager", password="seven brown jars", actor=ANN)
    _, code = accounts.make_badge(username="otto", pin="4071", actor="user:ana")
    office = Client()
    office.force_login(User.objects.get(username="ana"))
    assert office.post("/settings/handhelds/enrol", {"name": NAME}).status_code == 302
    client = Client()
    client.cookies["handheld"] = office.cookies["handheld"].value
    assert client.post("/badge", {"code": code, "pin": "4071"}).status_code == 302
    assert Handheld.objects.get().name == NAME
    return client


def send(client: Client, path: str, body: dict[str, Any], status: int = 201) -> Any:
    reply = client.post(f"/api/v1{path}", body, content_type="application/json")
    assert reply.status_code == status, reply.content
    return reply.json()


def newest() -> Any:
    return browsing.events().order_by("-sequence")


def test_every_act_through_a_handheld_names_it(otto: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-0", "50"), ("SAUCE", "S-1", "100"))
    before = newest().count()
    sauce = {"item": "SAUCE", "lot": "S-1"}
    tomatoes = {"item": "TOM", "lot": "T-1"}
    arrived = {"supplier": "FARM", "place": "STORE", "lines": [{**tomatoes, "quantity": "9"}]}
    send(otto, "/receipts", arrived)
    send(otto, "/moves", {"place": "STORE", "to": "A-01", "lines": [{**sauce, "quantity": "10"}]})
    back = {"supplier": "FARM", "place": "STORE", "reason": "mould", "lines": [{**tomatoes, "quantity": "1"}]}
    send(otto, "/supplier-returns", back)
    run = f"/runs/{send(otto, '/runs', {'item': 'SAUCE', 'site': 'PLANT'})['id']}"
    send(otto, f"{run}/inputs", {"place": "STORE", "lines": [{**tomatoes, "quantity": "5"}]})
    send(otto, f"{run}/outputs", {"place": "STORE", "lines": [{"item": "SAUCE", "quantity": "5"}]})
    lot = Lot.objects.get(number="T-1").uid
    hold = send(otto, f"/lots/{lot}/holds", {"kind": "quality", "reason": "smells"})
    assert hold
    wanted = {"customer": "SHOP", "site": "PLANT", "confirmed": True}
    order = send(otto, "/customer-orders", {**wanted, "lines": [{"item": "SAUCE", "quantity": "5"}]})
    send(otto, f"/customer-orders/{order['id']}/allocate", {}, 200)
    send(otto, f"/customer-orders/{order['id']}/shipments", {})
    count = f"/counts/{send(otto, '/counts', {'place': 'A-01'})['id']}"
    found = {"place": "A-01", "finish": True, "lines": [{**sauce, "counted": "9"}]}
    if send(otto, f"{count}/sheets", found, 200)["status"] == "review":
        send(otto, f"{count}/settle", {"reason": "broken", "free_reserved": True}, 200)
    moved = {**tomatoes, "lot": "T-0", "quantity": "1", "from": "STORE", "to": "A-01"}
    raw = {"kind": "move", "occurred_at": TODAY.isoformat(), "id": str(uuid4()), "movements": [moved]}
    if "ledger.post" in ROLES["manager"]:
        send(otto, "/events", raw)
    send(otto, f"/events/{newest().first().uid}/reverse", {"reason": "again"})
    made = list(newest()[: newest().count() - before])
    assert {event.kind for event in made} >= {
        "receive", "move", "supplier_return", "consume", "produce", "hold", "ship", "reverse",
    }  # fmt: skip
    assert [(event.kind, event.device) for event in made if event.device != NAME] == []
    steps = Step.objects.exclude(actor="lotbook")
    assert steps.count() > 5
    assert [(step.kind, step.verb) for step in steps if step.data.get("device") != NAME] == []
    last = steps.last()
    assert last is not None
    assert f"otto on {NAME}" in [entry.by for entry in timeline(last.document)]


def test_what_is_done_at_a_desk_names_none(otto: Client, cast: Cast) -> None:
    client = Client()
    client.force_login(User.objects.get(username="otto"))
    line = {"item": "TOM", "lot": "T-1", "quantity": "9"}
    send(client, "/receipts", {"supplier": "FARM", "place": "STORE", "lines": [line]})
    assert (newest()[0].device, permissions.device_now()) == ("", "")


def test_keys_that_end_soon_stand_on_today(cast: Cast) -> None:
    accounts.create_user(username="ana", role="administrator", password="seven brown jars", actor=ANN)
    for name, days in (("bridge", 13), ("scales", 15)):
        accounts.create_api_key(
            name=name, owner="ana", scopes=["stock.view"], expires_at=TODAY + timedelta(days=days), actor=ANN
        )
    client = Client()
    client.force_login(User.objects.get(username="ana"))
    assert "/settings/keys/ending" in client.get("/").content.decode()
    panel = client.get("/settings/keys/ending").content.decode()
    assert ("bridge" in panel, "scales" in panel) == (True, False)
    otto = User.objects.create(username="otto", role="operator")
    client.force_login(otto)
    assert "/settings/keys/ending" not in client.get("/").content.decode()
    assert client.get("/settings/keys/ending").status_code == 403
