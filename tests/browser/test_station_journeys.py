"""The floor's journeys with a scanner, in a real browser: how many scans each takes, and what is stopped.

    PO → label, place          DN-7 → SSCC           dock → bin
    five FEFO lots → picked    six ingredients → [RUN] → sauce

LOTBOOK_SHOTS=<folder> keeps a picture of every main step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor, station_floor
from tests.browser.station_floor import SAUCE_GTIN, Hand, in_days, shot

from lotbook.operations.counting import actions as counting
from lotbook.operations.labels import actions as labels
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

KEPT = """() => new Promise((done) => {
  const look = () => (navigator.serviceWorker.controller ? done() : setTimeout(look, 50));
  look();
})"""
"""Resolves when the service worker keeps the page for work without a network."""

Take = Callable[..., Hand]


@pytest.fixture
def world() -> cast.Cast:
    cache.clear()
    return station_floor.world()


@pytest.fixture
def take(browser: Browser, live_server: LiveServer, world: cast.Cast) -> Iterator[Take]:
    """Give somebody a device: ``take("rita", scheme="dark")``."""
    hands: list[Hand] = []
    with ExitStack() as stack:

        def give(
            name: str,
            scheme: Literal["light", "dark"] = "light",
            service_workers: Literal["allow", "block"] = "block",
        ) -> Hand:
            context: BrowserContext = browser.new_context(
                viewport={"width": 360, "height": 640},
                color_scheme=scheme,
                has_touch=True,
                service_workers=service_workers,
            )
            stack.callback(context.close)
            hand = Hand(context.new_page(), str(live_server.url), name)
            hand.begin()
            hands.append(hand)
            return hand

        yield give
        for hand in hands:
            hand.leave()
        assert {one.name: one.problems for one in hands if one.problems} == {}
    assert check().findings == []


def ours(number: str) -> dict[str, int]:
    return {row.place.code: row.on_hand for row in browsing.stock(text=number) if row.lot.number == number}


def label(lot: str, days: int) -> str:
    """A pallet's GS1-128: item, expiry and lot."""
    return f"]C101{SAUCE_GTIN}17{in_days(days):%y%m%d}10{lot}"


def test_a_labelled_pallet_is_received_by_two_scans_and_put_away_by_two(take: Take) -> None:
    station_floor.bought()
    rita = take("rita")
    shot(rita, "home")
    rita.scan(label("SUP-77", 300))
    rita.sees("Scan the place where it stands", "SUP-77", "40")
    shot(rita, "receive-in-hand")
    rita.scan("KIT-DOCK")
    rita.told("good", "Received 40 pc")
    shot(rita, "receive-done")
    print(f"receive a GS1-labelled pallet: {rita.scans} scans (bar 2), {rita.entries} entries (bar 0)")
    assert (rita.scans, rita.presses, rita.entries) == (2, 0, 0)
    rita.settled()
    assert ours("SUP-77") == {"KIT-DOCK": 40}
    otto = take("otto")
    otto.scan("SUP-77")
    otto.sees("scan the place")
    shot(otto, "put-away-in-hand")
    otto.scan("B-2")
    otto.told("good", "Put away at B-2")
    print(f"put away: {otto.scans} scans (bar 2)")
    assert (otto.scans, otto.presses) == (2, 0)
    otto.settled()
    assert ours("SUP-77") == {"B-2": 40}


def test_an_announced_pallet_is_one_scan_and_is_taken_back(take: Take, world: cast.Cast) -> None:
    floor.announced(world)
    rita = take("rita", "dark")
    rita.scan(f"]C100{floor.PALLET}")
    rita.told("good", "Received")
    rita.settled()
    assert ours("TOM-1") == {f"SSCC-{floor.CASE}": 60_000}
    expect(rita.page.locator(".st-undo")).to_contain_text("Undo 2")
    shot(rita, "receive-pallet-undo")
    rita.page.locator(".st-undo").click()
    rita.told("good", "Undone")
    rita.settled()
    assert ours("TOM-1") == {}


def test_five_lots_are_picked_and_nothing_else(take: Take, world: cast.Cast) -> None:
    station_floor.five_lots(world)
    floor.stocked(world, world.tomatoes, "TOM-9", "5", 5)
    floor.stocked(world, world.sauce, "S-HELD", "5", 400)
    cast.hold(world, world.sauce, "S-HELD", reason="Glass found")
    floor.stocked(world, world.sauce, "S-OLD", "5", -3)
    sven = take("sven")
    sven.press("Pick 1 job")
    sven.sees("S-1", "10")
    shot(sven, "pick")
    stopped = {
        "TOM-9": "Wrong item",
        "S-6": "Wrong lot: S-6",
        "S-HELD": "On hold (quality): Glass found",
        "S-OLD": "Expired",
    }
    for code, said in stopped.items():
        sven.scan(code)
        sven.told("wrong", said)
        expect(sven.page.locator(".st-band-remedy, .st-band-text").first).to_contain_text("S-1")
        shot(sven, f"pick-stopped-{code}")
        sven.answer()
        if code == "S-6":
            sven.press("Put it back")
    sven.settled()
    sven.scans = sven.presses = 0
    for index in range(1, 6):
        sven.scan(f"S-{index}")
        sven.told("good", "Picked 10 pc")
    print(f"pick five FEFO lines: {sven.scans} scans (bar 11), {sven.entries} entries (bar 0)")
    sven.sees("All picked")
    shot(sven, "pick-done")
    sven.settled()
    sven.press("Go on")
    expect(sven.page.get_by_role("button", name="Load 1 job")).to_be_visible()


def test_less_is_picked_with_a_reason_and_what_is_held_meanwhile_not(take: Take, world: cast.Cast) -> None:
    station_floor.five_lots(world)
    sven = take("sven")
    sven.press("Pick 1 job")
    sven.press("10 pc, change")
    sven.press("4")
    shot(sven, "pick-digits")
    sven.press("Take")
    sven.scan("S-1")
    sven.told("decide", "Only 4 pc")
    shot(sven, "pick-why-less")
    sven.press("Damaged")
    sven.told("good", "Picked 4 pc")
    sven.settled()
    sven.sees("scan lot S-2")
    cast.hold(world, world.sauce, "S-2", reason="Glass found")
    started = time.monotonic()
    # Stopped, or with the list anew the next lot is asked for.
    expect(sven.page.locator("h1")).not_to_contain_text("scan lot S-2", timeout=2_000)
    print(f"a lot that is held is refused after {time.monotonic() - started:.1f} s (bar 2)")
    shot(sven, "pick-held-meanwhile")
    # The list may be anew a turn before the lot's status is.
    sven.wait(1.2)
    sven.scan("S-2")
    sven.told("wrong", "S-2: On hold (quality): Glass found")


def test_a_batch_of_six_ingredients(take: Take, world: cast.Cast) -> None:
    station_floor.batch(world)
    labels.save_printer(actor=cast.ANNA, name="Kitchen", host="10.20.30.40", size="100x50")
    paul = take("paul")
    paul.press("Make 1 job")
    shot(paul, "make")
    paul.presses = 0
    for code in ("TOM-1", "PAP-1", "SALT-1", "PEPPER-1", "BASIL-1", "GARLIC-1"):
        paul.scan(code)
        paul.told("good", "In: ")
    paul.sees("All is in")
    shot(paul, "make-all-in")
    paul.scan("LB:CONFIRM")
    shot(paul, "make-out")
    paul.scan("B-1")
    paul.told("good", "Made 100 pc")
    paul.settled()
    shot(paul, "make-made")
    paul.press("Print labels")
    paul.page.keyboard.press("3")
    paul.entries += 1
    paul.wait(0.1)
    shot(paul, "make-labels")
    paul.scan("LB:CONFIRM")
    paul.told("good", "3 labels of L")
    paul.settled()
    entries = paul.presses + paul.entries
    print(
        f"batch with 6 ingredients, output and labels: {paul.scans} scans (bar 9), {entries} entries (bar 3)"
    )
    assert paul.scans <= 9
    assert entries <= 3
    assert sum(row.on_hand for row in browsing.stock(item="FG-MARINARA")) == 100


def test_a_place_is_counted_blind(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "7", 100)
    floor.stocked(world, world.tomatoes, "TOM-1", "12.5", 5)
    counting.open_count(place="KIT-DRY", actor=cast.ANNA)
    otto = take("otto", "dark")
    otto.press("Count 1 job")
    otto.scan("KIT-DRY")
    otto.scan("S-1")
    otto.press("1 pc, change")
    otto.press("7")
    otto.press("Take")
    otto.scan("TOM-1")
    otto.sees("How much is here?")
    shot(otto, "count-digits")
    for key in "12.5":
        otto.page.keyboard.press(key)
        otto.wait(0.06)
    otto.page.keyboard.press("Enter")
    otto.sees("Note 12.5 kg")
    shot(otto, "count")
    otto.page.keyboard.press("Enter")
    otto.press("Place is done")
    otto.told("good", "KIT-DRY is counted")
    otto.settled()


def test_work_goes_on_without_a_network(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "7", 100)
    otto = take("otto", service_workers="allow")
    otto.page.evaluate(KEPT)
    otto.page.context.set_offline(True)
    otto.press("Move")
    otto.scan("S-1")
    otto.sees("Scan the place it goes to")
    otto.scan("B-1")
    otto.told("good", "Moved 7 pc S-1")
    expect(otto.page.locator(".st-queue")).to_contain_text("1 on this device")
    shot(otto, "offline")
    otto.scan("S-1")
    otto.sees("From B-1")
    otto.page.reload()
    otto.sees("From B-1")
    expect(otto.page.locator(".st-queue")).to_contain_text("1 on this device")
    otto.sees("7 pc S-1 to B-1")
    expect(otto.page.locator(".st-undo")).to_contain_text("Undo ")
    assert ours("S-1") == {"KIT-DRY": 7}
    otto.page.context.set_offline(False)
    otto.settled()
    assert ours("S-1") == {"B-1": 7}
    otto.page.reload()
    otto.page.locator(".st-undo:enabled").click()
    otto.told("good", "Undone")
    otto.settled()
    assert ours("S-1") == {"KIT-DRY": 7}


def test_a_scan_is_answered_and_a_lot_held(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "7", 100)
    rita = take("rita")
    rita.scan("S-1")
    rita.sees("Marinara sauce 350 g", "S-1", "Released")
    shot(rita, "answer")
    rita.press("Hold")
    shot(rita, "hold")
    rita.press("Damaged")
    rita.told("good", "S-1 is on hold")
    rita.settled()
    rita.scan("S-1")
    rita.sees("On hold")
    shot(rita, "answer-held")
    rita.scan("NOWHERE-1")
    rita.told("wrong", "The book does not know")
    shot(rita, "unknown")


def test_units_are_packed_and_loaded_and_no_other(take: Take, world: cast.Cast) -> None:
    floor.announced(world)
    for number, days in (("S-1", 100), ("S-2", 200)):
        floor.stocked(world, world.sauce, number, "10", days)
    shipping.allocate(order=floor.ordered("20"), actor=floor.PIA)
    sven = take("sven")
    sven.press("Pick 1 job")
    packed = ("340123456789012364", "340123456789012371")
    for number, unit in zip(("S-1", "S-2"), packed, strict=True):
        sven.scan(f"]C100{unit}")
        sven.told("good", f"Packing onto …{unit[-6:]}")
        sven.scan(number)
        sven.told("good", "Picked 10 pc")
        sven.settled()
        assert ours(number) == {f"SSCC-{unit}": 10}
    sven.press("Go on")
    sven.press("Load 1 job")
    sven.scan(f"]C100{floor.CASE}")
    sven.told("wrong", "Not for this truck")
    sven.answer()
    shot(sven, "load")
    sven.scan(f"]C100{packed[0]}")
    sven.told("good", "1 to go")
    sven.scan("LB:CONFIRM")
    sven.told("wrong", f"Scan …{packed[1][-6:]}, or press Leave without them")
    shot(sven, "load-missing")
    sven.scan(f"]C100{packed[1]}")
    sven.told("good", "All is on the truck")
    # Closed; neither plate, seal nor temperature.
    for asked in ("Number plate?", "Seal?", "Temperature"):
        sven.scan("LB:CONFIRM")
        sven.sees(asked)
    sven.scan("LB:CONFIRM")
    sven.told("good", "has left")
    sven.settled()
    print(f"two lots packed onto two units and loaded: {sven.scans} scans, {sven.presses} presses")
    assert not any(place.startswith("SSCC") for place in {**ours("S-1"), **ours("S-2")})


def test_printed_commands_do_what_they_say(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "7", 100)
    anna = take("anna")
    anna.scan("S-1")
    anna.sees("Released")
    anna.scan("LB:HOLD")
    anna.sees("Why hold S-1?")
    anna.scan("LB:BACK")
    anna.sees("Scan anything, or choose")
    anna.press("Pack")
    anna.scan(f"]C100{floor.CASE}")
    anna.scan("S-1")
    anna.sees("Pack 7 pc")
    anna.scan("LB:QTY:5")
    anna.sees("Pack 5 pc")
    anna.scan("LB:CONFIRM")
    anna.told("good", "Packed 5 pc S-1")
    anna.settled()
    assert sorted(ours("S-1").values()) == [2, 5]
    anna.scan("LB:UNDO")
    anna.told("good", "Undone")
    anna.settled()
    assert ours("S-1") == {"KIT-DRY": 7}
    print(f"look up, hold, back, pack five, undo: {anna.scans} scans, {anna.presses} presses")


def test_a_keyboard_is_enough(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "10", 100)
    shipping.allocate(order=floor.ordered("10"), actor=floor.PIA)
    sven = take("sven")
    keys, job = sven.page.keyboard, sven.page.get_by_role("button", name="Pick 1 job")
    expect(job).to_be_visible()
    tabs = 0
    while not job.evaluate("one => one === document.activeElement"):
        keys.press("Tab")
        tabs += 1
        assert tabs < 20
    keys.press("Enter")
    sven.sees("scan lot S-1")
    keys.press("t")
    expect(sven.page.get_by_label("Type a lot, item, place or SSCC")).to_be_focused()
    keys.type("S-1", delay=120)
    keys.press("Enter")
    sven.told("good", "Picked 10 pc")
    sven.settled()
    print(f"a pick by keyboard alone: {tabs} tabs, {sven.scans} scans, {sven.presses} presses")
    assert (sven.scans, sven.presses) == (0, 0)


def test_a_login_that_runs_out_takes_nothing_along(take: Take, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "S-1", "7", 100)
    otto = take("otto")
    otto.press("Move")
    otto.scan("S-1")
    otto.sees("Scan the place it goes to")
    otto.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    otto.scan("B-1")
    otto.told("good", "Moved 7 pc S-1")
    otto.sees("You are not logged in.", "1 act on this device")
    assert ours("S-1") == {"KIT-DRY": 7}
    shot(otto, "login-needed")
    otto.page.get_by_role("link", name="Log in").click()
    otto.log_in()
    otto.settled()
    otto.sees("7 pc S-1 to B-1")
    assert ours("S-1") == {"B-1": 7}


def redrawn(anna: Hand) -> None:
    """The page is drawn anew under somebody's hands: the network went and came back."""
    part = anna.page.locator("main").first
    part.evaluate("part => { part.firstElementChild.dataset.before = 'yes'; }")
    anna.page.context.set_offline(True)
    expect(anna.page.locator("[data-before]")).to_have_count(0)
    anna.page.context.set_offline(False)
    expect(anna.page.locator(".st-queue")).to_contain_text("to decide")


def test_what_contradicts_the_book_is_decided(take: Take, world: cast.Cast) -> None:
    station_floor.five_lots(world)
    for item, number in ((world.tomatoes, "TOM-9"), (world.paprika, "PAP-9")):
        floor.stocked(world, item, number, "7", 5)
    anna = take("anna", service_workers="allow")
    anna.page.evaluate(KEPT)
    anna.page.context.set_offline(True)
    anna.press("Move")
    for number in ("TOM-9", "PAP-9"):
        anna.scan(number)
        anna.sees("Scan the place it goes to")
        anna.scan("B-1")
        anna.told("good", f"Moved 7 kg {number}")
    anna.page.get_by_role("button", name="Home").click()
    anna.press("Pick 1 job")
    anna.scan("S-1")
    anna.told("good", "Picked 10 pc")
    away = [Line(lot=number, quantity="3") for number in ("TOM-9", "PAP-9")]
    warehouse.move(place="KIT-DRY", to="B-2", lines=away, actor=cast.ANNA)
    cast.hold(world, world.sauce, "S-1", reason="Glass found")
    anna.page.context.set_offline(False)
    chip = anna.page.locator(".st-queue")
    expect(chip).to_have_text("3 to decide", timeout=10_000)
    # Each is told, and that the pick came too late.
    for _ in range(4):
        anna.answer()
    chip.click()
    anna.sees("3 acts to decide", "You saw: ")
    shot(anna, "inbox")
    held = anna.page.locator(".st-conflict", has_text="lot S-1")
    held.get_by_label("Reason").fill("Put back")
    redrawn(anna)
    held.get_by_role("button", name="Drop it").click()
    anna.told("good", "Dropped")
    anna.sees("2 acts to decide")
    warehouse.move(place="B-2", to="KIT-DRY", lines=away[:1], actor=cast.ANNA)
    again = anna.page.locator(".st-conflict", has_text="lot TOM-9")
    again.get_by_role("button", name="Try again").click()
    anna.told("good", "In the book")
    anna.sees("1 act to decide")
    anna.press("Say what was really done")
    quantity = anna.page.get_by_label("Quantity")
    quantity.click()
    anna.page.keyboard.press("Control+a")
    redrawn(anna)
    anna.page.keyboard.type("4")
    expect(quantity).to_have_value("4")
    shot(anna, "inbox-change")
    anna.scan("B-2")
    anna.told("good", "B-2")
    anna.press("Send it so")
    anna.told("good", "In the book")
    anna.sees("Nothing to decide")
    assert ours("S-1") == {"KIT-DRY": 10}
    assert (ours("TOM-9"), ours("PAP-9")) == ({"B-1": 7_000}, {"B-2": 7_000})
    print("a lot held meanwhile is dropped, missing stock tried again, another quantity and place given")
