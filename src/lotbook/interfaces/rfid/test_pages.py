"""The pages of RFID and its operations over HTTP, as people and readers use them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.interfaces.rfid import actions
from lotbook.interfaces.rfid.conftest import OTTO, Yard, reads, sgtin, sscc_tag, the_pass
from lotbook.interfaces.rfid.delivering import RfidReadsIn
from lotbook.interfaces.rfid.models import Aside, Pass, Portal
from lotbook.interfaces.rfid.test_judging import SSCC, announce, events, stock
from lotbook.kernel import sql
from lotbook.operations.counting import actions as counting

API = "/api/v1"


@pytest.fixture
def ines(yard: Yard, client: Client) -> Client:
    client.force_login(User.objects.create(username="ines", role="manager"))
    return client


@pytest.fixture
def reader(yard: Yard) -> Client:
    """A reader's program: its key may deliver and nothing else."""
    owner = User.objects.create(username="dock", role="integrator")
    made = accounts.create_api_key(owner=owner.username, name="dock-1", scopes=["rfid.read"], actor="lotbook")
    return Client(headers={"Authorization": f"Bearer {made.secret}"})


def send(client: Client, path: str, body: Any, status: int = 200, method: str = "post") -> Any:
    reply = getattr(client, method)(API + path, body, content_type="application/json")
    assert reply.status_code == status, reply.content
    return reply.json() if reply.content else None


def delivery(*epcs: str, batch: str = "b1", **more: object) -> dict[str, object]:
    return {"portal": "dock-1", "batch": batch, "reads": [{"epc": epc, **more} for epc in epcs]}


def text(reply: Any) -> str:
    return str(reply.content.decode())


# -- over HTTP -------------------------------------------------------------------------------------


def test_a_reader_delivers_and_may_nothing_else(yard: Yard, reader: Client) -> None:
    yard.portal()
    told = delivery(sgtin("1"), sscc_tag(SSCC), rssi=-51.6, antenna=2, at="2026-11-22T10:00:00+01:00")
    taken = send(reader, "/rfid/reads", told)
    assert (taken["reads"], taken["tags"], taken["duplicate"]) == (2, 2, False)
    assert send(reader, "/rfid/reads", told)["duplicate"]
    tag = Pass.objects.get().tags.get(kind="goods")
    assert (tag.rssi, tag.last_antenna, f"{tag.first_at:%H:%M}") == (-52, 2, "09:00")
    (ended,) = send(reader, "/rfid/portals/dock-1/close", {})
    assert ended["status"] == "review"
    send(reader, f"/rfid/passes/{ended['id']}/post", {"accept": True}, 403)
    assert reader.get(f"{API}/rfid/passes").status_code == 403


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({**delivery("30"), "portal": "nowhere"}, "portal"),
        ({**delivery("30"), "more": 1}, "more"),
        (delivery(""), "reads/0/epc"),
        (delivery("30", rssi=1e9), "reads/0/rssi"),
        (delivery("30", at="2026-11-22T10:00:00"), "reads/0/at"),
        (delivery("30", count=0), "reads/0/count"),
        (delivery("30", antenna=-1), "reads/0/antenna"),
        ({"portal": "dock-1", "batch": "b", "reads": [{"epc": "30"}] * 10_001}, "reads"),
        (delivery("30", batch=""), "batch"),
    ],
)
def test_what_is_wrong_is_named(yard: Yard, reader: Client, told: dict[str, object], field: str) -> None:
    yard.portal()
    reply = reader.post(API + "/rfid/reads", told, content_type="application/json")
    assert reply.status_code in (404, 422), reply.content
    assert reply.json()["faults"][0]["field"] == field
    assert not Pass.objects.exists()


def test_the_whole_way_over_http(ines: Client, yard: Yard) -> None:
    portal = {
        "code": "dock-1", "purpose": "receive", "place": "KIT-DRY", "rssi_min": -70,
        "antennas": [{"antenna": 1, "side": "to"}],
    }  # fmt: skip
    assert send(ines, "/rfid/portals", portal, 201)["posts_itself"] is False
    assert send(ines, "/rfid/portals", portal, 409)["faults"][0]["field"] == "code"
    changed = send(ines, "/rfid/portals/dock-1", {**portal, "posts_itself": True}, 200, "put")
    assert (changed["posts_as"], changed["antennas"]) == ("ines", portal["antennas"])
    send(ines, "/rfid/portals/dock-1", portal, 200, "put")
    notice = announce(yard, ["1", "2"])
    (job,) = ines.get(API + "/rfid/portals/dock-1/jobs").json()
    assert job == {
        "kind": "notice",
        "job": str(notice.uid),
        "number": "ASN-1",
        "about": "Tumbling River Produce",
    }
    told = {"kind": "notice", "job": str(notice.uid)}
    assert send(ines, "/rfid/portals/dock-1/job", told, 200, "put")["job"] == str(notice.uid)
    yard.take(reads([sscc_tag(SSCC), sgtin("1")]))
    (one,) = ines.get(API + "/rfid/passes?status=live").json()["items"]
    path = f"/rfid/passes/{one['id']}"
    shown = ines.get(API + path).json()
    assert {row["state"] for row in shown["rows"]} == {"present", "missing"}
    assert send(ines, f"{path}/end", {})["status"] == "review"
    assert send(ines, f"{path}/job", {}, 200, "put")["job_number"] == "ASN-1"
    refused = send(ines, f"{path}/post", {}, 422)
    assert refused["faults"][0]["field"] == "accept"
    done = send(ines, f"{path}/post", {"accept": True, "reason": "2 is missing"})
    assert (done["status"], done["rows"][0]["number"]) == ("posted", "2")
    assert send(ines, f"{path}/post", {})["event"] == done["event"]
    assert send(ines, f"{path}/drop", {"reason": "x"}, 409)["faults"][0]["code"] == "state"
    assert events(kind="receive").count() == 1


def test_the_examples_are_right(ines: Client, yard: Yard) -> None:
    yard.portal()
    shape: Any = RfidReadsIn
    [told] = shape.model_config["json_schema_extra"]["examples"]
    ines.force_login(User.objects.create(username="adele", role="administrator"))
    assert send(ines, "/rfid/reads", told)["tags"] == 2


def test_a_large_delivery_over_http(yard: Yard, reader: Client) -> None:
    """10,000 reads through the door, shapes and all: still a constant number of statements."""
    yard.portal()
    tags = [sgtin(str(n)) for n in range(500)]
    costs = []
    for batch, many in (("a", 10), ("b", 10_000)):
        body = json.dumps(delivery(*(tags[n % 500] for n in range(many)), batch=batch))
        with sql.counted() as plain, CaptureQueriesContext(connection) as counted:
            send(reader, "/rfid/reads", body)
        costs.append(len(plain) + len(counted))
    assert costs[1] <= costs[0] <= 16, costs  # the first use of a key is noted


# -- pages -----------------------------------------------------------------------------------------


def test_the_first_portal_is_set_up(ines: Client, yard: Yard) -> None:
    page = text(ines.get(reverse("rfid:passes")))
    assert "Set up a portal" in page
    told = {
        "code": "gate",
        "purpose": "move",
        "place": "KIT-DRY",
        "antennas": "1: from\n2: beside",
        "is_active": "on",
    }
    refused = ines.post(reverse("rfid:new_portal"), told)
    assert refused.status_code == 422
    assert "a gate has two sides" in text(refused)
    assert "expected from or to" in text(refused)
    told |= {
        "from_place": "KIT",
        "antennas": "1: from\n2: to",
        "posts_itself": "on",
        "schemes": "SGTIN-96, SSCC-96",
    }
    made = ines.post(reverse("rfid:new_portal"), told, follow=True)
    assert "lotbook/rfid/gate/reads" in text(made)
    portal = Portal.objects.get()
    assert (portal.antennas, portal.posts_as) == ({"1": "from", "2": "to"}, "ines")
    assert portal.schemes == ["SGTIN-96", "SSCC-96"]
    page = text(ines.get(reverse("rfid:portal", args=[portal.uid])))
    assert "1: from" in page
    assert ines.post(reverse("rfid:portal", args=[portal.uid]), {**told, "name": "Gate A"}).status_code == 302
    assert "Gate A" in text(ines.get(reverse("rfid:portals")))


def test_a_pass_live_and_posted(ines: Client, yard: Yard) -> None:
    yard.portal()
    announce(yard, ["1", "2", "3"])
    one = the_pass(yard.take(reads([sscc_tag(SSCC), sgtin("1"), sgtin("2"), sgtin("9", "80614141123458")])))
    address = reverse("rfid:pass", args=[one.uid])
    page = text(ines.get(address))
    assert 'hx-trigger="every 3s"' in page
    assert "No item has the GTIN 80614141123458" in page
    assert "No tag of it was read" in page
    part = text(ines.get(reverse("rfid:live", args=[one.uid])))
    assert "<html" not in part
    assert ines.post(reverse("rfid:end", args=[one.uid])).status_code == 302
    assert "hx-trigger" not in text(ines.get(reverse("rfid:live", args=[one.uid]))), "it asks no more"
    refused = ines.post(reverse("rfid:post", args=[one.uid]), {"accept": "on"})
    assert refused.status_code == 422
    assert "Say why the differences are accepted" in text(refused)
    told = {"accept": "on", "reason": "one is missing"}
    done = ines.post(reverse("rfid:post", args=[one.uid]), told, follow=True)
    assert "is in the book" in text(done)
    assert "The event in the book" in text(done)
    assert ines.get(address, {"format": "csv"}).status_code == 200
    listed: Any = ines.get(reverse("rfid:passes"), {"format": "csv"})
    assert one.number in b"".join(listed.streaming_content).decode()
    assert ines.get(reverse("rfid:passes"), {"format": "xlsx", "status": "posted"}).status_code == 200


def test_who_may_not_ship_does_not_post_a_shipment(yard: Yard, client: Client) -> None:
    yard.portal("shelf", "count")
    stock(yard, ["1"])
    counting.open_count(actor=OTTO, place="KIT-DRY", blind=True)
    one = the_pass(yard.take(reads([sgtin("1")]), "shelf"))
    person = User.objects.create(username="paula", role="auditor")
    client.force_login(person)
    assert client.get(reverse("rfid:post", args=[one.uid])).status_code == 403
    assert "A blind count" in text(client.get(reverse("rfid:pass", args=[one.uid])))
    accounts.create_role(
        name="gate", words="watches gates", permissions=["web.view", "rfid.post"], actor="lotbook"
    )
    person.role = "gate"
    person.save()
    client.force_login(person)
    reply = client.post(reverse("rfid:post", args=[one.uid]), {"reason": "x"})
    assert reply.status_code == 403
    assert Pass.objects.get().status == "open"


def test_a_document_is_chosen_and_a_pass_given_up(ines: Client, yard: Yard) -> None:
    portal = yard.portal()
    notice = announce(yard, ["5"])
    one = the_pass(yard.take(reads([sgtin("1")])))
    assert "no open document expects" in text(ines.get(reverse("rfid:pass", args=[one.uid]))).lower()
    told = {"job": f"notice {notice.uid}"}
    assert "ASN-1" in text(ines.post(reverse("rfid:document", args=[one.uid]), told, follow=True))
    assert ines.post(reverse("rfid:next_job", args=[portal.uid]), told).status_code == 302
    portal.refresh_from_db()
    assert portal.job_number == "ASN-1"
    assert ines.post(reverse("rfid:drop", args=[one.uid]), {"reason": ""}).status_code == 422
    assert "Given up" in text(ines.post(reverse("rfid:drop", args=[one.uid]), {"reason": "x"}, follow=True))


def test_messages_set_aside_are_seen(ines: Client, yard: Yard) -> None:
    actions.set_aside(topic="lotbook/rfid/x/reads", payload=b"\xff<script>", reason="this is no JSON")
    kept = actions.set_aside(topic="lotbook/rfid/x/reads", payload=b"<script>", reason="this is no JSON")
    again = actions.set_aside(topic="lotbook/rfid/x/reads", payload=b"<script>", reason="this is no JSON")
    assert (kept.pk, Aside.objects.count()) == (again.pk, 2)
    assert "2 messages of readers" in text(ines.get(reverse("rfid:passes")))
    assert "no JSON" in text(ines.get(reverse("rfid:asides")))
    page = text(ines.get(reverse("rfid:aside", args=[kept.uid])))
    assert "&lt;script&gt;" in page
    assert ines.post(reverse("rfid:aside", args=[kept.uid])).status_code == 302
    assert ines.get(API + "/rfid/set-aside").json()["items"][0]["seen_at"] is not None


def test_a_long_list_and_a_large_pass_ask_no_more_statements(ines: Client, yard: Yard) -> None:
    yard.portal(silence_s=1)
    stock(yard, [str(n) for n in range(60)])
    announce(yard, [str(n) for n in range(100, 160)])
    costs = []
    for many in (2, 50):
        seen = [sgtin(str(n)) for n in (*range(many), *range(100, 100 + many))]
        one = the_pass(yard.take(reads(seen), batch=f"m{many}"))
        with CaptureQueriesContext(connection) as large:
            ines.get(reverse("rfid:pass", args=[one.uid]))
        with CaptureQueriesContext(connection) as listed:
            ines.get(reverse("rfid:passes"))
        costs.append((len(large), len(listed)))
        actions.drop(name=one.uid, reason="next", actor=OTTO)
    assert costs[0][0] >= costs[1][0], costs
    assert costs[0][1] >= costs[1][1], costs
