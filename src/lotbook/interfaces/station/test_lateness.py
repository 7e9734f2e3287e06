"""Late scans: what was held, or expired, between the scan and its arrival is flagged, and quality sees it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.rooms import TODAY, Cast

from lotbook.interfaces.station.test_acts import Hand, at, cast, client, hold, send, uid
from lotbook.kernel import clock
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.production import actions as production
from lotbook.operations.quality import actions as quality
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Hold, Lot

__all__ = ["cast"]
pytestmark = pytest.mark.django_db

SAID = "T-1 was put on hold at 13:20 on 03 MAR 2027 (mould); this scan was made before, at 13:00"


class Day:
    """The clock of the server: minutes after noon UTC (13:00 at the plant)."""

    def __init__(self) -> None:
        self.minutes = 0

    def now(self) -> datetime:
        return TODAY + timedelta(minutes=self.minutes)


@pytest.fixture
def day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Day:
    day = Day()
    monkeypatch.setattr(clock, "now", day.now)
    return day


def heard() -> list[dict[str, Any]]:
    return [row.payload for row in OutboxMessage.objects.filter(topic="station.late").order_by("pk")]


def issue(hand: Hand, run: object, quantity: str = "1", lot: str = "T-1") -> dict[str, Any]:
    body = {"run": str(run), "lot": uid(lot), "quantity": quantity, "unit": "KGM", "from": "STORE"}
    return hand.act("issue", {**body, "reason": ""})


def test_a_hold_between_the_scan_and_its_arrival_is_flagged_and_shown(day: Day) -> None:
    run = production.start_run(item="SAUCE", site="PLANT", actor="user:quinn").uid
    hand, other = Hand(by="quinn"), Hand(by="quinn")
    moved, used = hand.move("1"), issue(hand, run)
    elsewhere = hand.move("1", lot="T-2")
    day.minutes = 20
    hold("T-1")
    day.minutes = 30
    # Whoever could know is not late: the device had the hold when this was done.
    knew = other.move("2")
    day.minutes = 40
    caller = client("quinn")
    told = {one["id"]: one for one in send(caller, moved, used, elsewhere, knew)}
    # By the book's rules: held goods may be moved, and not be used.
    assert [told[act["id"]]["state"] for act in (moved, used, elsewhere, knew)] == [
        "applied", "conflict", "applied", "applied",
    ]  # fmt: skip
    assert (at("A-01"), at("STORE")) == (3_000, 7_000)
    for act in (moved, used):
        late = told[act["id"]]["late"]
        assert late.startswith(SAID)
        assert late.endswith("and came at 13:40 on 03 MAR 2027.")
    assert [told[act["id"]]["late"] for act in (elsewhere, knew)] == ["", ""]
    assert [one["how"] for one in told[used["id"]]["choices"]] == ["again", "override", "change", "drop"]
    assert {one["act"] for one in heard()} == {moved["id"], used["id"]}
    assert len(heard()) == 2
    # Sent again, it is not told a second time.
    again = send(caller, moved, used)
    assert [one["late"] for one in again] == [told[act["id"]]["late"] for act in (moved, used)]
    assert len(heard()) == 2
    shown_to_quality(moved, used, [elsewhere, knew])


def shown_to_quality(moved: dict[str, Any], used: dict[str, Any], others: list[dict[str, Any]]) -> None:
    """On the page of what is open, on that of late scans, on each act's own, and on Today."""
    quality_ = client("audrey")
    late = quality_.get("/station/inbox?state=late").content.decode()
    for act in (moved, used):
        assert f"/station/inbox/{act['id']}" in late
        assert SAID in quality_.get(f"/station/inbox/{act['id']}").content.decode()
    for act in others:
        assert act["id"] not in late
    assert late.count("T-1 was put on hold at 13:20") == 2
    # What contradicts the book is among what is open, with the same words; what is in the book is not.
    open_ = quality_.get("/station/inbox").content.decode()
    assert used["id"] in open_
    assert moved["id"] not in open_
    (conflict,) = client("quinn").get("/api/v1/station/inbox").json()["conflicts"]
    assert (conflict["id"], conflict["late"].startswith(SAID)) == (used["id"], True)


def test_a_hold_the_device_did_not_know_is_flagged_by_what_it_knew(day: Day) -> None:
    hand = Hand()
    knew = ledger.watermark()
    day.minutes = 20
    hold("T-1")
    day.minutes = 30
    act = hand.move("1", as_of=knew)
    day.minutes = 40
    (told,) = send(client(), act)
    assert told["late"] == (
        "T-1 was put on hold at 13:20 on 03 MAR 2027 (mould);"
        " this scan was made at 13:30 on 03 MAR 2027 on a device that did not know."
    )


def test_a_hold_that_was_lifted_meanwhile_is_no_matter(day: Day) -> None:
    act = Hand().move("1")
    day.minutes = 20
    hold("T-1")
    quality.release(holds=[Hold.objects.get().uid], reason="it was another", actor="user:quinn")
    day.minutes = 40
    (told,) = send(client(), act)
    assert (told["state"], told["late"], heard()) == ("applied", "", [])


def test_a_lot_that_expired_before_the_scan_came_is_flagged(day: Day) -> None:
    Lot.objects.filter(number="T-1").update(expires_on=TODAY.date())
    same, late = Hand().move("1"), Hand(by="bob").move("1")
    day.minutes = 60
    assert send(client(), same)[0]["late"] == ""
    day.minutes = 24 * 60
    (told,) = send(client("bob"), {**late, "device": same["device"], "n": 2})
    assert told["late"] == (
        "T-1 expired on 03 MAR 2027; this scan was made on 03 MAR 2027 and came on 04 MAR 2027."
    )
    assert [one["act"] for one in heard()] == [late["id"]]
