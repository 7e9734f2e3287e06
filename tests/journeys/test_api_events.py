"""Events over HTTP: one or many in, verdicts out, and nothing half-written when anything is wrong."""

# ruff: noqa: E501 – a table of bad input reads best as one line a case
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.kernel import sql

pytestmark = pytest.mark.django_db

AT = "2026-11-20T08:30:00+01:00"
SCOPES = ["ledger.post", "ledger.view", "stock.view", "ledger.reverse"]


class Caller:
    """A program with an API key."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"X-API-Key": secret})

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    def raw(self, path: str, body: bytes, content_type: str = "application/json") -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type=content_type)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)


def key_for(*scopes: str, role: str = "administrator", username: str = "ines") -> str:
    from lotbook.foundation.accounts.models import User

    User.objects.get_or_create(username=username, defaults={"role": role})
    made = accounts.create_api_key(name="tests", owner=username, scopes=scopes or SCOPES, actor="lotbook")
    return made.secret


@pytest.fixture
def world(db: None) -> None:
    """Tomatoes by lot (kg to the gram, crates of 12 kg), jars uncounted, scales by serial; two places."""
    tomato = catalog.create_item(
        actor="lotbook", code="TOM", name="Tomatoes", unit="KGM", scale=3, gtin="04012345123456"
    )
    catalog.add_packaging(actor="lotbook", uid=tomato.uid, name="Crate", content="12", gtin="14012345123453")
    catalog.create_item(actor="lotbook", code="JAR", name="Jar", unit="H87", tracking="none")
    catalog.create_item(actor="lotbook", code="SCALE", name="Scale", unit="H87", tracking="serial")
    site = places.create_place(actor="lotbook", code="MILL", kind="site", name="Mill")
    places.create_place(actor="lotbook", code="BIN-1", kind="bin", parent=site.uid)
    places.create_place(actor="lotbook", code="BIN-2", kind="bin", parent=site.uid)
    partners.create_partner(actor="lotbook", code="VERDE", name="Verde farms", is_supplier=True)
    partners.create_partner(actor="lotbook", code="SHOP", name="Corner shop", is_customer=True)


@pytest.fixture
def caller(world: None) -> Caller:
    return Caller(key_for())


def move(lot: str = "T-1", quantity: Any = "100", **more: Any) -> dict[str, Any]:
    return {"item": "TOM", "lot": lot, "quantity": quantity, "from": "VERDE", "to": "BIN-1", **more}


def receive(*movements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "receive", "occurred_at": AT, "movements": list(movements) or [move()], **more}


def ship(quantity: str = "10", lot: str = "T-1", **more: Any) -> dict[str, Any]:
    leaving = {"item": "TOM", "lot": lot, "quantity": quantity, "from": "BIN-1", "to": "SHOP"}
    return {"kind": "ship", "occurred_at": AT, "movements": [leaving], **more}


def rows() -> dict[str, int]:
    """How many rows every table has that an event may touch."""
    tables = [
        "ledger_event", "ledger_movement", "ledger_balance", "ledger_link", "ledger_mention", "ledger_packing",
        "lots_lot", "lots_hold", "places_place", "kernel_outbox", "kernel_kept_reply",
    ]  # fmt: skip
    return {table: sql.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def fault(response: Any, field: str) -> dict[str, str]:
    """The fault about ``field`` in a problem document, which must be well formed."""
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    found: dict[str, dict[str, str]] = {one["field"]: one for one in problem["faults"]}
    assert field in found, f"no fault about {field} in {problem}"
    return found[field]


# --- The good road -----------------------------------------------------------------------------------


def test_goods_come_in_and_leave_and_the_stock_says_so(caller: Caller) -> None:
    """VERDE → BIN-1 (100 kg of T-1) → SHOP (30.5 kg)."""
    first = receive(
        move(facts={"supplier": "VERDE", "supplier_lot": "V-77", "expires_on": "2026-12-24"}),
        id=str(uuid4()),
        document={"kind": "asn", "number": "ASN-1"},
        data={"temperature": "4.5"},
    )
    posted = caller.post("/events", first)
    assert posted.status_code == 201
    (verdict,) = posted.json()["events"]
    assert verdict == {
        "id": first["id"], "sequence": verdict["sequence"], "duplicate": False, "status": 201, "faults": [],
    }  # fmt: skip
    assert caller.post("/events", ship("30.5")).status_code == 201

    (balance,) = caller.get("/stock", item="TOM").json()["items"]
    assert (balance["lot"], balance["on_hand"], balance["unit"]) == ("T-1", "69.5", "KGM")
    assert balance["expires_on"] == "2026-12-24"
    assert balance["place"] == "BIN-1"
    everywhere = caller.get("/stock", item="TOM", elsewhere="true").json()["items"]
    assert sorted(one["on_hand"] for one in everywhere) == ["-100", "30.5", "69.5"]

    shown = caller.get(f"/events/{first['id']}").json()
    assert shown["occurred_at"] == AT
    assert shown["document"] == {"kind": "asn", "number": "ASN-1"}
    (movement,) = shown["movements"]
    assert (movement["from"], movement["to"], movement["quantity"]) == ("PARTNER-VERDE", "BIN-1", "100")
    assert shown["actor"].startswith("key:")


def test_the_same_event_again_is_a_duplicate_and_other_content_a_conflict(caller: Caller) -> None:
    event = receive(id=str(uuid4()))
    first = caller.post("/events", event).json()["events"][0]
    before = rows()
    again = caller.post("/events", event)
    assert again.status_code == 200
    assert again.json()["events"][0] == {**first, "duplicate": True, "status": 200}
    other = caller.post("/events", {**event, "movements": [move(quantity="99")]})
    assert other.status_code == 409
    assert "other content" in fault(other, "id")["cause"]
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "quantity", "unit", "kept"),
    [
        ("TOM", "1.5", "", "1.5"),
        ("TOM", "1500", "GRM", "1.5"),
        ("TOM", "1500", "g", "1.5"),
        ("4012345123456", "2", "", "2"),
        ("14012345123453", "2", "", "24"),
        ("14012345123453", "2", "KGM", "2"),
    ],
)
def test_quantities_are_said_in_many_ways(
    caller: Caller, name: str, quantity: str, unit: str, kept: str
) -> None:
    event = receive(move(item=name, quantity=quantity, unit=unit))
    assert caller.post("/events", event).status_code == 201
    assert caller.get("/stock").json()["items"][0]["on_hand"] == kept


def test_untracked_goods_and_serials(caller: Caller) -> None:
    event = receive(
        {"item": "JAR", "quantity": "500", "from": "VERDE", "to": "BIN-1"},
        {"item": "SCALE", "serial": "S-9", "quantity": "1", "from": "VERDE", "to": "BIN-2"},
    )
    assert caller.post("/events", event).status_code == 201
    found = {(one["item"], one["serial"], one["on_hand"]) for one in caller.get("/stock").json()["items"]}
    assert found == {("JAR", "", "500"), ("SCALE", "S-9", "1")}


def test_a_batch_of_verdicts_keeps_what_is_right(caller: Caller) -> None:
    batch = [
        receive(),
        ship("1000"),
        {"kind": "receive"},
        ship("10", id="no-uuid"),
        "not an event",
        ship("40"),
    ]
    answer = caller.post("/events", {"events": batch, "mode": "each"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["posted"], told["duplicates"], told["refused"]) == (2, 0, 4)
    verdicts = told["events"]
    assert [one["status"] for one in verdicts] == [201, 422, 422, 422, 422, 201]
    assert verdicts[1]["faults"][0]["field"] == "movements/0/quantity"
    assert "occurred_at" in {one["field"] for one in verdicts[2]["faults"]}
    assert verdicts[3]["faults"][0]["field"] == "id"
    assert "expected an object" in verdicts[4]["faults"][0]["cause"]
    assert caller.get("/stock").json()["items"][0]["on_hand"] == "60"


def test_an_event_is_taken_back_by_another(caller: Caller) -> None:
    event = receive(id=str(uuid4()))
    caller.post("/events", event)
    reversal = caller.post(f"/events/{event['id']}/reverse", {"reason": "counted twice"})
    assert reversal.status_code == 201
    assert caller.get("/stock").json()["items"] == []
    assert caller.get(f"/events/{event['id']}").json()["reversed_by"] == reversal.json()["id"]
    before = rows()
    again = caller.post(f"/events/{event['id']}/reverse", {"reason": "again"})
    assert again.status_code == 409
    assert "reversed already" in fault(again, "reverses")["cause"]
    assert caller.post(f"/events/{uuid4()}/reverse", {"reason": "?"}).status_code == 404
    fault(caller.post(f"/events/{event['id']}/reverse", {"reason": ""}), "reason")
    assert rows() == before


def test_lists_come_in_pages_and_filtered(caller: Caller) -> None:
    batch = [receive(move(lot=f"T-{number}", quantity="5")) for number in range(7)]
    batch += [ship("1", lot="T-3")]
    assert caller.post("/events", {"events": batch}).status_code == 201
    seen: list[int] = []
    cursor = ""
    for _ in range(5):
        page = caller.get("/events", limit=3, cursor=cursor).json()
        seen += [one["sequence"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 8

    def sequences(**query: str) -> int:
        return len(caller.get("/events", **query).json()["items"])

    assert sequences(lot="T-3") == 2
    assert sequences(lot="T-3", kind="ship") == 1
    assert sequences(item="TOM") == 8
    assert sequences(item="JAR") == 0
    assert sequences(place="SHOP") == 1
    assert sequences(place="BIN-1") == 8
    assert sequences(since=str(caller.get("/events").json()["as_of"])) == 0
    assert caller.get("/events", item="NOPE").status_code == 404
    assert len(caller.get("/stock", place="MILL", limit=1000).json()["items"]) == 7


# --- Bad input: field, cause, remedy, and nothing half-written ----------------------------------------

SOON = (datetime.now(UTC) + timedelta(days=3)).isoformat()

BAD: list[tuple[str, dict[str, Any], int, str, str, str]] = [
    ("unknown lot", ship(lot="T-404"), 404, "movements/0/lot", "no lot T-404", "receive"),
    ("unknown place", receive(move(to="BIN-404")), 404, "movements/0/to", "BIN-404", "POST /places"),
    ("unknown item", receive(move(item="NOPE")), 404, "movements/0/item", "NOPE", "POST /items"),
    ("unknown partner", receive(move(facts={"supplier": "NOPE"})), 404, "movements/0/facts/supplier", "NOPE", "partner"),
    ("too little stock", ship("100.001"), 422, "movements/0/quantity", "has 100 kg", "Take less"),
    ("negative", receive(move(quantity="-5")), 422, "movements/0/quantity", "-5", "swap"),
    ("zero", receive(move(quantity="0")), 422, "movements/0/quantity", "above zero", "swap"),
    ("too fine", receive(move(quantity="1.2345")), 422, "movements/0/quantity", "finer", "Round"),
    ("no number", receive(move(quantity="ten")), 422, "movements/0/quantity", "'ten'", "12.5"),
    ("not finite", receive(move(quantity="NaN")), 422, "movements/0/quantity", "finite", "12.5"),
    ("absurd number", receive(move(quantity="9" * 40)), 422, "movements/0/quantity", "too large", "unit"),
    ("absurd exponent", receive(move(quantity="1e999999")), 422, "movements/0/quantity", "too large", "unit"),
    ("tiny exponent", receive(move(quantity="1e-999999")), 422, "movements/0/quantity", "finer", "Round"),
    ("number not text", receive(move(quantity=5)), 422, "movements/0/quantity", "expected text", "quotes"),
    ("no conversion", receive(move(unit="XCT")), 422, "movements/0/quantity", "no conversion", "KGM"),
    ("GTIN check digit", receive(move(item="04012345123457")), 422, "movements/0/item", "check digit 6", "again"),
    ("SSCC check digit", receive(move(to="340123450000000011")), 422, "movements/0/to", "check digit", "again"),
    ("GLN check digit", receive(place="4012345000001"), 422, "place", "check digit", "again"),
    ("future", receive(occurred_at=SOON), 422, "occurred_at", "future", "clock"),
    ("long past", receive(occurred_at="1066-10-14T09:00:00Z"), 422, "occurred_at", "before 1990", "date"),
    ("no day", receive(occurred_at="2026-02-30T09:00:00Z"), 422, "occurred_at", "2026-02-30", "2027-03-03T"),
    ("year 1", receive(occurred_at="0001-01-01T00:00:00+23:59"), 422, "occurred_at", "before 1990", "date"),
    ("year 9999", receive(occurred_at="9999-12-31T23:59:59-23:59"), 422, "occurred_at", "future", "date"),
    ("no offset", receive(occurred_at="2026-11-20T08:30:00"), 422, "occurred_at", "no offset", "+01:00"),
    ("absurd expiry", receive(move(facts={"expires_on": "9999-01-01"})), 422, "movements/0/facts/expires_on", "9999", "year"),
    ("no date", receive(move(facts={"expires_on": "24.12.2026"})), 422, "movements/0/facts/expires_on", "24.12.2026", "2027-03-03"),
    ("kind", receive(kind="teleport"), 422, "kind", "teleport", "Use one"),
    ("held elsewhere", receive(kind="hold"), 422, "kind", "hold", "/holds"),
    ("unknown field", receive(colour="red"), 422, "colour", "not known", "Leave it out"),
    ("missing", {"kind": "receive", "movements": [move()]}, 422, "occurred_at", "missing", "Add it"),
    ("nothing moved", receive() | {"movements": []}, 422, "movements", "moves something", ""),
    ("wrong way", ship() | {"kind": "receive"}, 422, "movements/0/from", "kind bin", "Choose"),
    ("lot missing", receive(move(lot="")), 422, "movements/0/lot", "tracked by lot", "lot number"),
    ("lot too much", receive(move(item="JAR")), 422, "movements/0/lot", "not tracked", "Leave"),
    ("serial missing", receive(move(item="SCALE")), 422, "movements/0/serial", "tracked by serial", "serial"),
    ("two of a serial", receive(move(item="SCALE", lot="", serial="S-1", quantity="2")), 422, "movements/0/quantity", "exactly 1", ""),
    ("NUL", receive(reason="a\x00b"), 400, "reason", "NUL", "Remove"),
    ("surrogate", receive(move(lot="a\ud800")), 400, "movements/0/lot", "surrogate", "Remove"),
    ("NUL in a key", receive(data={"a\x00": "b"}), 400, "data", "NUL", "Remove"),
    ("fraction in data", receive(data={"ph": 4.5}), 422, "data/ph", "floats", "strings"),
    ("big integer in data", receive(data={"n": 2**60}), 422, "data/n", "2**53", "string"),
    ("no reason", {**ship(), "kind": "supplier_return"}, 422, "reason", "needs a reason", "why"),
    ("nothing to reverse", {"kind": "reverse", "occurred_at": AT, "reason": "x"}, 422, "reverses", "takes back", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "status", "field", "cause", "remedy"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_bad_input_is_named_and_nothing_is_half_written(  # noqa: PLR0917 – the columns of the table
    caller: Caller, event: dict[str, Any], status: int, field: str, cause: str, remedy: str
) -> None:
    assert caller.post("/events", receive()).status_code == 201
    good = receive(move(lot="T-2"))
    before = rows()

    alone = caller.post("/events", event)
    assert alone.status_code == status, alone.json()
    found = fault(alone, field)
    assert cause in found["cause"]
    assert remedy in found["remedy"]
    assert "Nothing was saved." in alone.json()["detail"]
    assert rows() == before

    together = caller.post("/events", {"events": [good, event]})
    assert together.status_code in {status, 422}
    fault(together, f"events/1/{field}")
    assert rows() == before


def test_a_batch_too_large_is_refused_whole(caller: Caller) -> None:
    before = rows()
    answer = caller.post("/events", {"events": [receive()] * 10_001})
    assert answer.status_code == 413
    found = fault(answer, "events")
    assert "10,000" in found["cause"]
    assert "several requests" in found["remedy"]
    assert rows() == before


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"kind": "receive",', 400, "line 1 column 20"),
        (b'{"kind":\n "receive" "x"}', 400, "line 2 column 12"),
        (b"", 422, "missing"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"NaN", 400, "NaN is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "4300"),
        (b"[" * 100_000, 400, ""),
        (b"[" * 5_000 + b"]" * 5_000, 400, "too deep"),
        (b"[]", 422, "expected an object"),
        (b"null", 422, "expected an object"),
        (b'{"events": []}', 422, "at least one"),
        (b'{"events": {}, "mode": "some"}', 422, "all or each"),
        (b'{"events": [1], "more": 1}', 422, "not known here"),
    ],
)
def test_what_is_no_batch_says_where(caller: Caller, body: bytes, status: int, words: str) -> None:
    before = rows()
    answer = caller.raw("/events", body)
    assert answer.status_code == status, answer.content
    assert words in " ".join(one["cause"] for one in answer.json()["faults"])
    assert rows() == before


def test_other_kinds_of_content_are_refused(caller: Caller) -> None:
    answer = caller.raw("/events", b"a=1", "application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert "application/json" in fault(answer, "Content-Type")["cause"]


@pytest.mark.parametrize(
    ("path", "query", "status", "field"),
    [
        ("/events", {"lot": "a\x00"}, 400, "lot"),
        ("/events", {"since": "9" * 30}, 422, "since"),
        ("/events", {"since": "-1"}, 422, "since"),
        ("/events", {"limit": "1001"}, 422, "limit"),
        ("/events", {"cursor": "bogus"}, 400, "cursor"),
        ("/events", {"cursor": "WzFlOTld"}, 400, "cursor"),
        ("/stock", {"cursor": "WzFd"}, 400, "cursor"),
        ("/stock", {"place": "NOPE"}, 404, "place"),
        ("/stock", {"elsewhere": "perhaps"}, 422, "elsewhere"),
    ],
)
def test_bad_questions_are_answered_too(
    caller: Caller, path: str, query: dict[str, str], status: int, field: str
) -> None:
    answer = caller.get(path, **query)
    assert answer.status_code == status
    assert fault(answer, field)["cause"]


# --- Who may -----------------------------------------------------------------------------------------


def test_scopes_limit_a_key(caller: Caller) -> None:
    looker = Caller(key_for("ledger.view", username="lola"))
    assert looker.get("/events").status_code == 200
    denied = looker.post("/events", receive())
    assert denied.status_code == 403
    assert "ledger.post" in fault(denied, "")["cause"]
    assert looker.get("/stock").status_code == 403
    # A key never may more than its owner, whatever is asked.
    refused = looker.raw("/events", b"{malformed")
    assert refused.status_code == 403


def test_overriding_and_reversing_need_permissions_of_their_own(world: None) -> None:
    poster = Caller(key_for("ledger.post", username="petra"))
    answer = poster.post("/events", ship(override="customer insists"))
    assert answer.status_code == 403
    assert "ledger.override" in fault(answer, "override")["cause"]
    back = {"kind": "reverse", "occurred_at": AT, "reason": "x", "reverses": str(uuid4())}
    answer = poster.post("/events", {"events": [receive(), back]})
    assert answer.status_code == 403
    assert "ledger.reverse" in fault(answer, "events/1/kind")["cause"]


# --- The number of statements does not grow ----------------------------------------------------------


def test_ten_times_the_events_take_the_same_statements(caller: Caller) -> None:
    def statements(size: int, start: int) -> int:
        batch = [
            receive(
                move(lot=f"N-{start + number}", quantity="1", unit="g", facts={"supplier": "VERDE"}),
                id=str(uuid4()),
                place="BIN-1",
            )
            for number in range(size)
        ]
        with CaptureQueriesContext(connection) as queries, sql.counted() as own:
            assert caller.post("/events", {"events": batch}).status_code == 201
        return len(queries) + len(own)

    statements(3, 0)  # the partner's place is made with its first event
    assert statements(40, 100) == statements(400, 1_000)


def test_a_whole_batch_of_the_largest_size(caller: Caller) -> None:
    batch = [receive(move(lot=f"L-{number % 50}", quantity="1")) for number in range(10_000)]
    answer = caller.post("/events", {"events": batch})
    assert answer.status_code == 201
    assert answer.json()["posted"] == 10_000
    total = sum(int(one["on_hand"]) for one in caller.get("/stock", limit=1000).json()["items"])
    assert total == 10_000
