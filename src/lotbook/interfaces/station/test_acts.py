"""What a device did comes in: applied once, kept when it contradicts, resolved by people."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client
from tests.rooms import TODAY, Cast, small, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.interfaces.station.actions.contacts import note_holder
from lotbook.interfaces.station.models import Act, Device, Holder, Resolution
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.counting import actions as counting
from lotbook.operations.production import actions as production
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as shipped
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse.actions import goods
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db

PASSWORD = "a long password for tests"
DEVICE = UUID("0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10")


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    cast = small()
    stocked(cast, ("TOM", "T-1", "10"), ("TOM", "T-2", "5"))
    for name, role in (("ann", "operator"), ("bob", "operator"), ("quinn", "manager"), ("audrey", "auditor")):
        User.objects.create(username=name, role=role)
    return cast


def client(name: str = "ann", **cookies: str) -> Client:
    found = Client()
    found.cookies.load(cookies)
    found.force_login(User.objects.get(username=name))
    return found


class Hand:
    """A device that counts its acts."""

    def __init__(self, device: UUID = DEVICE, by: str = "ann") -> None:
        self.device, self.by, self.n = device, by, 0

    def act(self, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.n += 1
        return {
            "id": str(new_uid()), "kind": kind, "site": "PLANT", "at": clock.now().isoformat(),
            "device": str(self.device), "n": self.n, "after": [], "by": self.by, "body": body,
            "scans": [], "seen": ["what I saw"], "as_of": ledger.watermark(), **more,
        }  # fmt: skip

    def move(self, quantity: str, lot: str = "T-1", to: str = "A-01", **more: Any) -> dict[str, Any]:
        line = {"lot": uid(lot), "quantity": quantity, "unit": "KGM", "from": "STORE"}
        return self.act("move", {"lines": [line], "to": to}, **more)


def uid(number: str) -> str:
    return str(Lot.objects.get(number=number).uid)


def send(caller: Client, *acts: Any, device: UUID = DEVICE) -> list[dict[str, Any]]:
    reply = caller.post(
        "/api/v1/station/acts", {"device": str(device), "acts": list(acts)}, content_type="application/json"
    )
    assert reply.status_code == 200, reply.content
    verdicts: list[dict[str, Any]] = reply.json()["verdicts"]
    return verdicts


def at(place: str, lot: str = "T-1") -> int:
    rows = ledger.balances(lots=[Lot.objects.get(number=lot).pk])
    return next((row.on_hand for row in rows if row.place_code == place), 0)


def codes(verdict: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in verdict["problems"]}


def test_an_act_is_applied_once_however_often_it_comes(cast: Cast) -> None:
    caller, hand = client(), Hand()
    act = hand.move("4")
    first, same = send(caller, act), send(caller, act, act)
    assert (first[0]["state"], first[0]["repeated"], first[0]["events"]) == ("applied", False, [act["id"]])
    assert [one["state"] for one in same] == ["applied", "applied"]
    assert all(one["repeated"] for one in same[:1])
    assert (at("A-01"), at("STORE")) == (4_000, 6_000)
    event = browsing.events().get(uid=act["id"])
    assert (event.actor, event.device) == ("user:ann", "station 0199d6a0")
    assert Device.objects.get().complete_to == 1


def test_other_content_under_the_same_id_is_kept_beside(cast: Cast) -> None:
    caller, hand = client(), Hand()
    act = hand.move("4")
    other = {**act, "body": {**act["body"], "to": "QUARANTINE"}}
    send(caller, act)
    (told,) = send(caller, other)
    assert (told["id"], told["state"], codes(told)) == (act["id"], "conflict", {"other_content"})
    assert send(caller, other)[0]["repeated"] is True
    assert at("QUARANTINE") == 0
    beside = Act.objects.get(beside__isnull=False)
    done = resolve(caller, beside.uid, how="again")
    assert (done["state"], at("QUARANTINE")) == ("settled", 4_000)


def resolve(caller: Client, act: object, status: int = 200, **told: Any) -> dict[str, Any]:
    reply = caller.post(f"/api/v1/station/inbox/{act}", told, content_type="application/json")
    assert reply.status_code == status, reply.content
    answer: dict[str, Any] = reply.json()
    return answer


def test_an_act_waits_for_what_comes_before_it(cast: Cast) -> None:
    caller, hand = client(), Hand()
    first = hand.move("4")
    line = {"lot": uid("T-1"), "quantity": "4", "unit": "KGM", "from": "A-01"}
    second = hand.act("move", {"lines": [line], "to": "STORE"}, after=[first["id"]])
    (told,) = send(caller, second)
    assert told["state"] == "waiting"
    assert Device.objects.get().complete_to == 0
    send(caller, first)
    assert send(caller, second)[0]["state"] == "applied"
    assert (at("A-01"), Device.objects.get().complete_to) == (0, 2)


def test_goods_that_are_gone_are_a_conflict_with_words_and_choices(cast: Cast) -> None:
    caller, hand = client(), Hand()
    act = hand.move("11")
    (told,) = send(caller, act)
    assert told["state"] == "conflict"
    assert told["problems"][0]["cause"]
    assert [one["how"] for one in told["choices"]] == ["again", "change", "drop"]
    listed = caller.get("/api/v1/station/inbox").json()["conflicts"]
    assert [(one["id"], one["act"]["seen"]) for one in listed] == [(act["id"], ["what I saw"])]
    assert resolve(caller, act["id"], how="again")["state"] == "conflict"
    line = {**act["body"]["lines"][0], "quantity": "10"}
    done = resolve(caller, act["id"], how="change", reason="one less", body={"lines": [line], "to": "A-01"})
    assert (done["state"], at("A-01")) == ("settled", 10_000)
    assert send(caller, act)[0]["state"] == "settled"
    kept = list(Resolution.objects.values_list("how", "by", "state"))
    assert kept == [("again", "user:ann", "conflict"), ("change", "user:ann", "settled")]
    assert resolve(caller, act["id"], 409, how="drop", reason="twice")["status"] == 409


def test_a_dropped_act_stays_and_needs_a_reason(cast: Cast) -> None:
    caller, hand = client(), Hand()
    act = hand.move("11")
    send(caller, act)
    assert resolve(caller, act["id"], 422, how="drop")["faults"][0]["field"] == "reason"
    assert resolve(caller, act["id"], how="drop", reason="Not so.")["state"] == "settled"
    assert (Act.objects.count(), at("STORE")) == (1, 10_000)
    assert caller.get("/api/v1/station/inbox").json()["conflicts"] == []


def test_what_is_no_act_is_kept_and_holds_nothing_up(cast: Cast) -> None:
    caller, hand = client(), Hand()
    good = hand.move("1")
    unknown = hand.act("juggle", {})
    shapeless = hand.act("move", {"to": "A-01"})
    found = {"id": str(new_uid()), "device": str(DEVICE), "n": 9, "found": '{"kind": "mo'}
    told = send(caller, 7, None, "text", {"id": 3}, found, unknown, shapeless, good)
    assert [one["state"] for one in told] == ["refused"] * 7 + ["applied"]
    assert all(one["problems"] and one["choices"] for one in told[:7])
    again = send(caller, 7, None, "text", {"id": 3}, found, unknown, shapeless, good)
    assert [one["repeated"] for one in again] == [True] * 8
    assert Act.objects.count() == 8
    assert resolve(caller, found["id"], 403, how="drop", reason="?")["status"] == 403
    assert resolve(client("quinn"), found["id"], how="drop", reason="Done by hand.")["state"] == "settled"


def test_everybody_brings_their_own_and_on_a_shared_handheld_those_of_who_was_there(cast: Cast) -> None:
    act = Hand().move("1")
    (told,) = send(client("bob"), act)
    assert (told["state"], codes(told)) == ("conflict", {"who"})
    # Ann brings it herself, later: it was hers, and needs nobody to resolve it.
    assert send(client("ann"), act)[0]["state"] == "applied"
    assert browsing.events().get(uid=act["id"]).actor == "user:ann"
    handheld, token = accounts.enrol_handheld(name="Handheld 3", actor="user:ann")
    shared = {settings.HANDHELD_COOKIE: token}
    other = Hand(new_uid())
    here = other.move("1")
    assert send(client("bob", **shared), here, device=other.device)[0]["state"] == "conflict"
    note_holder(handheld, User.objects.get(username="ann"))
    (done,) = send(client("bob", **shared), here, device=other.device)
    event = browsing.events().get(uid=here["id"])
    assert (done["state"], event.actor) == ("applied", "user:ann")


def test_logging_in_on_a_shared_handheld_is_noted(cast: Cast) -> None:
    _, token = accounts.enrol_handheld(name="Handheld 3", actor="user:ann")
    User.objects.get(username="ann").delete()
    accounts.create_user(username="ann", password=PASSWORD, role="operator", actor="user:quinn")
    found = Client()
    found.cookies.load({settings.HANDHELD_COOKIE: token})
    found.post("/account/login/", {"login": "ann", "password": PASSWORD})
    assert list(Holder.objects.values_list("handheld__name", "person__username")) == [("Handheld 3", "ann")]


def test_the_permission_is_that_of_who_did_it(cast: Cast) -> None:
    act = Hand(by="audrey").move("1")
    (told,) = send(client("audrey"), act)
    assert (told["state"], codes(told)) == ("conflict", {"not_allowed"})
    assert resolve(client("audrey"), act["id"], 403, how="again")["status"] == 403
    assert resolve(client("bob"), act["id"], how="again")["state"] == "settled"
    assert browsing.events().get(uid=act["id"]).actor == "user:bob"


def hold(lot: str) -> None:
    quality.hold(lots=[Line("TOM", lot)], kind="quality", reason="mould", actor="user:quinn")


def test_a_hold_is_refused_at_once_and_late_scans_are_flagged(cast: Cast) -> None:
    caller, hand = client(), Hand()
    knew = ledger.watermark()
    hold("T-1")
    early = (clock.now() - timedelta(hours=1)).isoformat()
    moved, unaware = hand.move("1", as_of=knew, at=early), hand.move("1", as_of=knew)
    aware, other = hand.move("1"), hand.move("1", lot="T-2", as_of=knew)
    told = send(caller, moved, unaware, aware, other)
    # Held goods may be moved; what they must not is for the ledger to say. The flag is for quality.
    assert [one["state"] for one in told] == ["applied"] * 4
    assert "T-1 was put on hold at" in told[0]["late"]
    assert "this scan was made before" in told[0]["late"]
    assert "on a device that did not know" in told[1]["late"]
    assert [one["late"] for one in told[2:]] == ["", ""]
    heard = OutboxMessage.objects.filter(topic="station.late")
    assert {one.payload["act"] for one in heard} == {moved["id"], unaware["id"]}


def test_undo_takes_back_what_is_in_the_book_and_settles_what_is_not(cast: Cast) -> None:
    caller, hand = client(), Hand()
    good, bad = hand.move("4"), hand.move("99")
    back = hand.act("undo", {"act": good["id"]})
    never = hand.act("undo", {"act": bad["id"]})
    # An undo that comes first waits, though nothing says so but what it takes back.
    assert [one["state"] for one in send(caller, back, never)] == ["waiting", "waiting"]
    send(caller, good, bad)
    told = send(caller, good, bad, back, never)
    assert [one["state"] for one in told] == ["applied", "settled", "applied", "applied"]
    assert (at("A-01"), at("STORE")) == (0, 10_000)


def test_undo_later_or_of_others_needs_the_permission(cast: Cast) -> None:
    caller, hand = client(), Hand()
    old = (clock.now() - timedelta(hours=2)).isoformat()
    act = hand.move("4", at=old)
    late = hand.act("undo", {"act": act["id"]})
    told = send(caller, act, late)
    assert (told[1]["state"], codes(told[1])) == ("conflict", {"too_late"})
    assert resolve(client("quinn"), late["id"], how="again")["state"] == "settled"
    assert at("A-01") == 0


def test_holds_and_unit_moves_are_taken_back_by_acts_of_their_own(cast: Cast) -> None:
    caller, hand = client("quinn"), Hand(by="quinn")
    line = {"lot": uid("T-1"), "quantity": "2", "unit": "KGM", "from": "STORE"}
    packed = hand.act("pack", {"sscc": "001234560000000018", "lines": [line]})
    moved = hand.act("move_unit", {"sscc": "001234560000000018", "to": "A-01"})
    held = hand.act("hold", {"lots": [uid("T-1")], "kind": "quality", "reason": "soft"})
    told = send(caller, packed, moved, held)
    assert [one["state"] for one in told] == ["applied"] * 3, told
    assert told[0]["made"] == {"sscc": "001234560000000018"}
    backs = [hand.act("undo", {"act": one["id"]}) for one in (held, moved, packed)]
    told = send(caller, *backs)
    assert [one["state"] for one in told] == ["applied"] * 3, told
    assert (at("STORE"), Lot.objects.get(number="T-1").holds.filter(released_at=None).count()) == (10_000, 0)


def test_a_clock_that_cannot_be_right_does_not_stop_an_act(cast: Cast) -> None:
    act = Hand().move("1", at=datetime(2199, 1, 1, tzinfo=UTC).isoformat())
    assert send(client(), act)[0]["state"] == "applied"
    assert browsing.events().get(uid=act["id"]).occurred_at <= clock.now()
    assert Act.objects.get().done_at == datetime(2199, 1, 1, tzinfo=UTC)


def test_receipts_make_lots_and_say_so(cast: Cast) -> None:
    body = {
        "document": "none", "id": "", "place": "STORE", "supplier": "FARM", "delivery_note": "D-1",
        "temperature": "", "lines": [
            {"item": "TOM", "lot": "", "quantity": "3", "unit": "KGM", "expires_on": "2099-01-01"}
        ],
    }  # fmt: skip
    (told,) = send(client(), Hand().act("receive", body))
    assert told["state"] == "applied", told
    assert Lot.objects.filter(number=told["made"]["lot"]).exists()


def test_a_failure_of_ours_keeps_the_act_and_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, hand = client(), Hand()
    act, other = hand.move("1"), hand.act("move_unit", {"sscc": "x", "to": "A-01"})

    def broken(**_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(goods, "move", broken)
        told = send(caller, act, other)
    assert (told[0]["state"], codes(told[0])) == ("conflict", {"failed"})
    assert resolve(caller, act["id"], how="again")["state"] == "settled"


def test_nobody_delivers_without_a_login() -> None:
    reply = Client().post(
        "/api/v1/station/acts", {"device": str(DEVICE), "acts": []}, content_type="application/json"
    )
    assert reply.status_code == 401


def test_the_pages_show_what_is_open_and_take_the_decision(cast: Cast) -> None:
    caller, hand = client(), Hand()
    assert b"Nothing contradicts the book" in caller.get("/station/inbox").content
    assert b"No device has sent anything yet" in caller.get("/station/devices").content
    bad, gap, late = hand.move("99"), hand.move("1"), hand.move("1", as_of=0)
    hold("T-1")
    send(caller, bad, late)
    assert f"/station/inbox/{bad['id']}".encode() in caller.get("/station/inbox?text=ann&kind=move").content
    assert b"was put on hold" in caller.get("/station/inbox?state=late").content
    assert gap["n"] == 2
    shown = caller.get("/station/devices").content.decode()
    assert '<td class="num">1</td><td>2</td>' in shown
    assert b"contradicts" in caller.get("/station/today").content
    page = f"/station/inbox/{bad['id']}"
    assert b"what I saw" in caller.get(page).content
    # By the clock of the site where it was done.
    assert re.search(rb"[0-9]{2}:[0-9]{2} CES?T</time>", caller.get(page).content)
    assert caller.post(page, {"how": "drop"}).status_code == 422
    body = {"lines": [{**bad["body"]["lines"][0], "quantity": "2"}], "to": "A-01"}
    done = caller.post(page, {"how": "change", "reason": "", "body": json.dumps(body)})
    assert (done.status_code, at("A-01")) == (302, 3_000)
    assert b"What was decided" in caller.get(page).content
    assert caller.get(f"/station/inbox/{new_uid()}").status_code == 404


def test_the_inbox_asks_no_more_of_a_longer_list(cast: Cast, django_assert_max_num_queries: Any) -> None:
    caller, hand = client(), Hand()
    send(caller, *[hand.move("99") for _ in range(30)])
    with django_assert_max_num_queries(12):
        caller.get("/station/inbox")
    with django_assert_max_num_queries(12):
        caller.get("/station/devices")


def test_a_run_is_fed_and_emptied_counted_and_printed(cast: Cast) -> None:
    caller, hand = client("quinn"), Hand(by="quinn")
    run = production.start_run(item="SAUCE", site="PLANT", actor="user:quinn")
    goods_in = {"run": str(run.uid), "lot": uid("T-1"), "quantity": "2", "unit": "KGM", "from": "STORE"}
    issue = hand.act("issue", {**goods_in, "reason": ""})
    output = hand.act(
        "output", {"run": str(run.uid), "lot": "", "quantity": "5", "unit": "H87", "to": "STORE"}
    )
    count = counting.open_count(place="STORE", actor="user:quinn")
    found = {"item": "TOM", "lot": "T-1", "quantity": "8", "unit": "KGM"}
    sheet = hand.act("count", {"count": str(count.uid), "place": "STORE", "lines": [found], "finish": True})
    label = hand.act("print", {"what": "place", "id": "NOWHERE", "copies": 1})
    told = send(caller, issue, output, sheet, label)
    assert [one["state"] for one in told] == ["applied"] * 3 + ["conflict"], told
    assert told[1]["made"]["lot"].startswith("L2703")
    assert codes(told[3]) == {"unknown"}
    back = [hand.act("undo", {"act": one["id"]}) for one in (output, issue, sheet)]
    told = send(caller, *back)
    assert [one["state"] for one in told] == ["applied", "applied", "conflict"], told
    assert at("STORE") == 10_000


def test_an_order_is_picked_put_back_picked_and_loaded_and_a_held_lot_is_stopped(cast: Cast) -> None:
    caller, hand = client("quinn"), Hand(by="quinn")
    order = shipping.create(
        customer="SHOP", site="PLANT", lines=[Wanted(item="TOM", quantity="3")], actor="user:quinn"
    )
    shipping.confirm(order=order.uid, actor="user:quinn")
    shipping.allocate(order=order.uid, actor="user:quinn")
    (claim,) = shipped.claims(order)
    lot = Lot.objects.get(pk=claim.lot_id)
    body = {
        "document": "order", "id": str(order.uid), "claim": str(claim.id), "lot": str(lot.uid),
        "quantity": "3", "unit": "KGM", "to": "", "reason": "",
    }  # fmt: skip
    pick = hand.act("pick", body)
    wrong = hand.act("pick", {**body, "lot": uid("T-1" if lot.number == "T-2" else "T-2")})
    back = hand.act("undo", {"act": pick["id"]})
    told = send(caller, wrong, pick, back)
    # In the order the person did them, whatever the order they came in.
    assert [one["state"] for one in told] == ["conflict", "applied", "applied"], told
    again = hand.act("pick", {**body, "claim": str(shipped.claims(order)[0].id)})
    load = {
        "document": "order", "id": str(order.uid), "units": [], "carrier": "", "vehicle": "", "seal": "",
        "temperature": "",
    }  # fmt: skip
    knew = ledger.watermark()
    assert send(caller, again)[0]["state"] == "applied"
    quality.hold(lots=[Line("TOM", lot.number)], kind="quality", reason="mould", actor="user:quinn")
    stopped = hand.act("load", load, as_of=knew)
    (told_now,) = send(caller, stopped)
    assert told_now["state"] == "conflict"
    assert "override" in {one["how"] for one in told_now["choices"]}
