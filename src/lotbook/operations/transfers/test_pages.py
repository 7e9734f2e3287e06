"""The pages of requests, transfers, levels and expiring lots, as a person uses them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.rooms import Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.rules import Stage
from lotbook.operations.transfers.actions import levels, picking, receiving, requests, sending, transfers
from lotbook.operations.transfers.models import Level, Pick, StockRequest, Transfer
from lotbook.operations.transfers.rules import Wanted

pytestmark = pytest.mark.usefixtures("shop_floor")
ANN = "user:a.manager"


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    return logged_in(client, "manager")


def logged_in(client: Client, role: str) -> Client:
    person = accounts.create_user(
        username=f"a.{role}", password="correct-horse-9", role=role, actor="lotbook"
    )
    client.force_login(person)
    return client


def form(prefix: str = "lines", lines: Any = (), **head: Any) -> dict[str, Any]:
    sent = {"uid": str(uuid4()), f"{prefix}-count": str(len(lines)), **head}
    for index, line in enumerate(lines):
        sent |= {f"{prefix}-{index}-{name}": value for name, value in line.items()}
    return sent


def text(response: Any) -> str:
    return str(response.content.decode())


def key(response: Any) -> UUID:
    assert response.status_code == 302, text(response)
    return UUID(response["Location"].rsplit("/", 1)[1])


def test_every_list_opens_empty_and_full(ann: Client, cast: Cast) -> None:
    names = ("requests", "transfers", "waiting", "levels", "replenish", "expiring", "new_request", "new",
             "new_level", "import_levels", "waiting_panel", "expiring_panel")  # fmt: skip
    for name in names:
        assert ann.get(reverse(f"transfers:{name}")).status_code == 200, name
    stocked(cast, ("SALT", "S-1", "10"))
    requests.create(destination="SALE", lines=[Wanted("SALT", "1")], ask=True, actor=ANN)
    transfers.create(source="STORE", destination="SALE", lines=[Wanted("SALT", "1")], actor=ANN)
    levels.keep(item="SALT", place="SALE", minimum="1", maximum="5", source="STORE", actor=ANN)
    for name in names:
        assert ann.get(reverse(f"transfers:{name}")).status_code == 200, name
    for name in ("requests", "transfers", "levels", "replenish", "expiring"):
        for file in ("csv", "xlsx"):
            assert ann.get(reverse(f"transfers:{name}"), {"format": file}).status_code == 200
        filtered = ann.get(
            reverse(f"transfers:{name}"), {"text": "SALT", "place": "SALE", "status": "current"}
        )
        assert filtered.status_code == 200
    assert "SR-2027-00001" in text(ann.get(reverse("transfers:requests"), {"mine": "on"}))
    assert "Minimum levels" in text(ann.get(reverse("catalog:item", args=[cast.salt.uid])))
    assert "fill" in text(ann.get(reverse("transfers:item_panel", args=[cast.salt.uid]))).lower()


def test_a_request_by_its_pages(ann: Client, cast: Cast, client: Client) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    approvals.keep_rule(actor=ANN, kind="transfers.request", name="Ask", steps=[Stage("manager")])
    asker = logged_in(Client(), "planner")
    wrong = asker.post(reverse("transfers:new_request"), form(lines=[{"item": "SALT"}], destination="SALE"))
    assert wrong.status_code == 422
    assert 'href="#id_lines-0-quantity"' in text(wrong)
    lines = [{"item": "SALT", "quantity": "5"}]
    made = key(asker.post(reverse("transfers:new_request"), form(lines=lines, destination="SALE", draft="1")))
    assert StockRequest.objects.get().status == "draft"
    changed = form(lines=[{"item": "SALT", "quantity": "6"}], destination="SALE", reason="market day")
    assert key(asker.post(reverse("transfers:edit_request", args=[made]), changed)) == made
    assert key(asker.post(reverse("transfers:ask", args=[made]), form())) == made
    page = text(asker.get(reverse("transfers:request", args=[made])))
    assert "can be decided by a.manager" in page
    assert "Approve or refuse" not in page
    assert "To approve" in text(ann.get(reverse("transfers:waiting")))
    assert 'value="6"' in text(ann.get(reverse("transfers:decide", args=[made])))
    granted = form(lines=[{"position": "1", "quantity": "7"}])
    refused = ann.post(reverse("transfers:decide", args=[made]), granted)
    assert refused.status_code == 422
    assert "more than was asked for" in text(refused)
    granted = form(lines=[{"position": "1", "quantity": "4"}], source="STORE")
    assert key(ann.post(reverse("transfers:decide", args=[made]), granted)) == made
    page = text(ann.get(reverse("transfers:request", args=[made])))
    assert "Plan a transfer" in page
    planned = key(
        ann.post(reverse("transfers:transfer_request", args=[made]), form(source="STORE", strategy="fefo"))
    )
    assert [line.quantity for line in Transfer.objects.get(uid=planned).lines.all()] == [4_000]
    cancelled = ann.post(reverse("transfers:cancel_request", args=[made]), form(reason="x"))
    assert cancelled.status_code == 422


def test_a_transfer_by_its_pages(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"), ("SALT", "S-2", "10"))
    sent = form(
        lines=[{"item": "SALT", "quantity": "12"}], source="PLANT", destination="SALE", strategy="fefo"
    )
    made = key(ann.post(reverse("transfers:new"), {**sent, "units-count": "0"}))
    page = text(ann.get(reverse("transfers:transfer", args=[made])))
    assert re.search(r'btn-primary" type="submit">Reserve and start picking', page)
    to_pick = ann.post(reverse("transfers:start", args=[made]), form())
    assert to_pick["Location"] == reverse("transfers:pick", args=[made])
    page = text(ann.get(to_pick["Location"]))
    assert "Take lot" in page
    first, second = Pick.objects.order_by("pk")
    less = {"uid": str(uuid4()), "pick": str(first.uid), "quantity": "8"}
    refused = ann.post(reverse("transfers:pick", args=[made]), less)
    assert refused.status_code == 422
    assert 'value="8"' in text(refused)
    assert "Say why" in text(refused)
    assert ann.post(reverse("transfers:pick", args=[made]), {**less, "reason": "torn"}).status_code == 302
    done = ann.post(reverse("transfers:pick", args=[made]), {"uid": str(uuid4()), "pick": str(second.uid)})
    assert done["Location"] == reverse("transfers:transfer", args=[made])
    assert ann.get(reverse("transfers:pack", args=[made])).status_code == 200
    packed = form(unit="340123456789012340", picks=[str(second.uid)])
    assert ann.post(reverse("transfers:pack", args=[made]), packed).status_code == 302
    wrong = ann.post(reverse("transfers:send", args=[made]), form(celsius="hot"))
    assert wrong.status_code == 422
    away = form(celsius="-2", carrier="VAN", vehicle="B-LT 7", expected_at="2027-03-04T08:00")
    assert ann.post(reverse("transfers:send", args=[made]), away).status_code == 302
    page = text(ann.get(reverse("transfers:transfer", args=[made])))
    assert "In transit now" in page
    assert "Photos and files" in page
    assert "Corriere Blu" in page
    page = text(ann.get(reverse("transfers:receive", args=[made])))
    assert 'name="arrived-0-quantity"' in page
    rows = [
        {"pick": str(first.uid), "quantity": "7", "damaged": ""},
        {"pick": str(second.uid), "quantity": "x", "damaged": ""},
    ]
    refused = ann.post(reverse("transfers:receive", args=[made]), form("arrived", rows))
    assert refused.status_code == 422
    assert 'id="id_arrived-1-quantity_error"' in text(refused)
    rows[1]["quantity"] = "2"
    assert ann.post(reverse("transfers:receive", args=[made]), form("arrived", rows)).status_code == 302
    assert Transfer.objects.get(uid=made).status == "short"
    settle = reverse("transfers:settle", args=[made, first.uid])
    assert settle in text(ann.get(reverse("transfers:transfer", args=[made])))
    assert "did not arrive" in text(ann.get(settle))
    assert ann.post(settle, form(how="lost", reason="gone")).status_code == 302
    assert ann.post(reverse("transfers:take_back", args=[made]), form(reason="found it")).status_code == 302
    assert ann.post(settle, form(how="found", reason="behind the door")).status_code == 302
    page = text(ann.get(reverse("transfers:transfer", args=[made])))
    assert "Received with differences" in page  # a short pick is one
    assert "Arrived later" in page


def test_levels_and_filling_up_by_their_pages(ann: Client, cast: Cast) -> None:
    given = form(item="SALT", place="SALE", minimum="5", maximum="20", source="STORE", supplier="FARM")
    wrong = ann.post(reverse("transfers:new_level"), {**given, "maximum": "2"})
    assert wrong.status_code == 422
    assert ann.post(reverse("transfers:new_level"), given).status_code == 302
    level = Level.objects.get()
    assert 'value="20"' in text(ann.get(reverse("transfers:level", args=[level.uid])))
    assert "Salt" in text(ann.get(reverse("transfers:replenish")))
    made = ann.post(reverse("transfers:fill_up"), {"uid": str(uuid4()), "level": [str(level.uid)]})
    assert made.status_code == 302
    assert StockRequest.objects.get().lines.get().quantity == 20_000
    assert ann.post(reverse("transfers:fill_up"), {"level": [str(level.uid)]}).status_code == 422
    file = SimpleUploadedFile("levels.csv", b"item,place,minimum,maximum\nTOM,SALE,1,2\n")
    assert ann.post(reverse("transfers:import_levels"), {**form(), "file": file}).status_code == 302
    bad = SimpleUploadedFile("levels.csv", b"item,place,minimum,maximum\nNOPE,SALE,1,2\n")
    refused = ann.post(reverse("transfers:import_levels"), {**form(), "file": bad})
    assert refused.status_code == 422
    assert "row 2" in text(refused)
    assert ann.post(reverse("transfers:remove_level", args=[level.uid]), form()).status_code == 302
    assert Level.objects.count() == 1


def test_a_request_from_a_list(ann: Client, cast: Cast) -> None:
    file = SimpleUploadedFile("wanted.csv", b"item,quantity,unit,note\nSALT,2500,g,soon\nTOM,3,,\n")
    made = key(ann.post(reverse("transfers:new_request"), {**form(destination="SALE"), "file": file}))
    lines = StockRequest.objects.get(uid=made).lines.order_by("position")
    assert [(line.item.code, line.quantity, line.note) for line in lines] == [
        ("SALT", 2_500, "soon"),
        ("TOM", 3_000, ""),
    ]


def test_who_only_looks_may_not_act(cast: Cast, client: Client) -> None:
    auditor = logged_in(client, "auditor")
    assert auditor.get(reverse("transfers:transfers")).status_code == 200
    for name in ("new", "new_request", "new_level"):
        assert auditor.post(reverse(f"transfers:{name}"), {}).status_code == 403
    assert auditor.post(reverse("transfers:fill_up"), {}).status_code == 403


@pytest.mark.parametrize("name", ["requests", "transfers", "levels", "replenish", "expiring"])
def test_lists_ask_the_database_no_more_for_more_rows(ann: Client, cast: Cast, name: str) -> None:
    url = reverse(f"transfers:{name}")

    def fill(many: int) -> None:
        stocked(cast, *((("TOM", f"T-{many}-{index}", "1")) for index in range(many)))
        for index in range(many):
            wanted = [Wanted("TOM", "1")]
            requests.create(destination="SALE", lines=wanted, ask=True, actor=ANN)
            made = transfers.create(source="STORE", destination="SALE", lines=wanted, actor=ANN)
            transfers.start(transfer=made.uid, actor=ANN)
            if index % 2:
                picking.confirm_all(transfer=made.uid, actor=ANN)
                sending.send(transfer=made.uid, actor=ANN)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert ann.get(url).status_code == 200
        return len(asked)

    for item in ("TOM", "SALT"):
        levels.keep(item=item, place="SALE", minimum="100", maximum="500", source="STORE", actor=ANN)
    fill(2)
    ann.get(url)
    before = count()
    fill(6)
    for item in ("PEEL", "SAUCE"):
        levels.keep(item=item, place="SALE", minimum="1", maximum="5", source="STORE", actor=ANN)
    assert count() <= before
    assert before <= 40


def test_what_waits_is_shown_with_its_next_step(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = transfers.create(source="STORE", destination="SALE", lines=[Wanted("SALT", "1")], actor=ANN)
    seen = {}
    for act in (None, transfers.start, picking.confirm_all, sending.send, receiving.receive):
        if act is not None:
            act(transfer=made.uid, actor=ANN)
        page = text(ann.get(reverse("transfers:transfer", args=[made.uid])))
        found = re.search(r'btn btn-primary" (?:href="[^"]+"|type="submit")>([^<]+)<', page)
        seen[Transfer.objects.get().status] = found[1] if found else ""
    assert seen == {
        "open": "Reserve and start picking", "picking": "Pick", "picked": "Send", "in_transit": "Receive",
        "received": "",
    }  # fmt: skip
    assert "Nothing waits for you" in text(ann.get(reverse("transfers:waiting")))
