"""The journeys of the floor in a real browser, each from login on, by the people whose work it is.

    FARM → DN-7 (pallet) → store            TOM + PAP → [RUN] → SAUCE
    outlet asks → approved → picked → short  order → allocated → picked → packed → shipped → some back
    count → recount → adjusted              held lot → refused → overridden

Only what a person does: clicks, keys, scans (a scanner types fast and ends with Enter). What each journey
takes is counted and held against the bars of a good hour's work: an action is a click, a filled field, a
choice or a scan; seconds are those of the machine and 1.2 for each action. Two journeys never touch the
mouse, one is done on a phone 360 px wide. LOTBOOK_SHOTS=<folder> keeps a picture of every main step.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from django.core.cache import cache
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor, stuck

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.rules import Stage
from lotbook.operations.counting import actions as counting
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.models import Shipment
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.check import check

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("LOTBOOK_SHOTS", "")
STATIC = Path(__file__).parents[2] / "src/lotbook/interfaces/web/static/lotbook/app.css"
SECONDS_PER_ACTION = 1.2
TABS_MAX = 200


# -- people and their hands ------------------------------------------------------------------------


@dataclass(slots=True)
class Effort:
    """What a journey took: counted over all who took part in it."""

    clicks: int = 0
    entries: int = 0
    scans: int = 0
    tabs: int = 0
    machine_seconds: float = 0.0

    @property
    def actions(self) -> int:
        return self.clicks + self.entries + self.scans

    @property
    def seconds(self) -> float:
        return self.machine_seconds + SECONDS_PER_ACTION * self.actions

    def within(self, what: str, *, actions: int, entries: int, scans: int = 0, seconds: float) -> None:
        """Hold it against the bar; the message says by how much, one way or the other."""
        took = (
            f"{what}: {self.actions} actions (bar {actions}), {self.entries} entries (bar {entries}), "
            f"{self.scans} scans (bar {scans}), {self.seconds:.0f} s (bar {seconds:.0f}), {self.tabs} tabs"
        )
        print(took)
        fits = self.actions <= actions and self.entries <= entries and self.scans <= scans
        assert fits and self.seconds <= seconds, took


@dataclass(slots=True)
class Person:
    """Somebody logged in at a browser of their own, working with the mouse or with the keyboard alone."""

    page: Page
    site: str
    name: str
    effort: Effort
    problems: list[str]
    hands: Literal["mouse", "keys"] = "mouse"

    def log_in(self) -> None:
        """Not counted: the bars begin after the password."""
        self.page.goto(f"{self.site}/")
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(cast.PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Today", exact=True)).to_be_visible()

    def press(self, name: str, *, role: Literal["link", "button"] = "button", within: str = "") -> None:
        """Click a button or a link, or reach it by Tab and press Enter; another page follows."""
        root: Page | Locator = self.page.locator(within) if within else self.page
        target = root.get_by_role(role, name=name, exact=True).first
        if self.hands == "keys":
            self._reach(target)
        with self._leaving():
            self._use(target)

    def follow(self, name: str, *, within: str = "") -> None:
        self.press(name, role="link", within=within)

    def unfold(self, name: str) -> None:
        """Open a fold of the page."""
        self._use(self.page.locator("summary", has_text=name).first)

    def tick(self, label: str) -> None:
        target = self._field(label)
        if self.hands == "keys":
            self._reach(target)
            self.page.keyboard.press("Space")
        else:
            target.click()
        self.effort.clicks += 1

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}( optional)?$")).first

    def _use(self, target: Locator) -> None:
        if self.hands == "mouse":
            target.click()
        else:
            self._reach(target)
            self.page.keyboard.press("Enter")
        self.effort.clicks += 1

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """What is done inside leads to another page; how long that took is the machine's."""
        started = time.monotonic()
        try:
            with self.page.expect_navigation(wait_until="load", timeout=stuck.PATIENCE_MS):
                yield
        except PlaywrightTimeout as problem:
            raise AssertionError(stuck.words(self.page, self.problems)) from problem
        self.effort.machine_seconds += time.monotonic() - started

    def fill(self, label: str, text: str) -> None:
        target = self._field(label)
        if self.hands == "mouse":
            target.fill(text)
        else:
            self._reach(target)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        self.effort.entries += 1

    def choose(self, label: str, option: str) -> None:
        """One of a list; counted as a click, because nothing is typed."""
        target = self._field(label)
        if self.hands == "keys":
            self._reach(target)
        target.select_option(option)
        self.effort.clicks += 1

    def scan(self, code: str) -> None:
        """What a scanner does: types into whatever has the focus, and ends with Enter."""
        with self._leaving():
            self.page.keyboard.type(code)
            self.page.keyboard.press("Enter")
        self.effort.scans += 1

    def _reach(self, target: Locator) -> None:
        """Tab until the target has the focus; past the menu by its own link, as a keyboard worker does."""
        target.wait_for()
        page = self.page
        in_main = target.evaluate("element => Boolean(element.closest('main'))")
        if in_main and page.evaluate("document.activeElement === document.body"):
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            self.effort.tabs += 1
        for _ in range(TABS_MAX):
            if target.evaluate("element => element === document.activeElement"):
                return
            page.keyboard.press("Tab")
            self.effort.tabs += 1
        pytest.fail(f"{target} is not reached by Tab")

    # -- what the page must be ------------------------------------------------------------------

    def sees(self, *words: str) -> None:
        for text in words:
            expect(self.page.locator("body")).to_contain_text(text)

    def shot(self, name: str, *, primary: str = "") -> None:
        """A main step: nothing hangs out sideways, the primary act is in view; a picture if wanted."""
        page = self.page
        expect(page.locator(".lb-loading")).to_have_count(0)
        assert overflow(page) == 0, f"{name}: the page scrolls sideways by {overflow(page)} px"
        if primary:
            link = page.get_by_role("link", name=primary, exact=True)
            act = link.or_(page.get_by_role("button", name=primary, exact=True))
            expect(act.locator("visible=true").first).to_be_in_viewport()
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{SHOTS}/{name}.png")


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


# -- the world -------------------------------------------------------------------------------------

Arrive = Callable[..., Person]


@pytest.fixture
def world() -> cast.Cast:
    if not STATIC.exists():
        pytest.fail("The front end is not built: python3 dev.py setup")
    cache.clear()
    return floor.world()


@pytest.fixture
def arrive(browser: Browser, live_server: LiveServer, world: cast.Cast) -> Iterator[Arrive]:
    """Let somebody come in: ``arrive("rita", effort, hands="keys", width=360)``."""
    people: list[Person] = []
    with ExitStack() as stack:

        def come(
            name: str,
            effort: Effort,
            *,
            hands: Literal["mouse", "keys"] = "mouse",
            width: int = 1280,
            scheme: Literal["light", "dark"] = "light",
        ) -> Person:
            height = 640 if width < 500 else 800
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=width < 500
            )
            stack.callback(context.close)
            page = context.new_page()
            problems: list[str] = []

            def hear(message: ConsoleMessage) -> None:
                # A refusal answers 4xx, which Chromium calls a failure of the network; it is the answer.
                if message.type == "error" and not re.search(r"status of 4(22|09|03)", message.text):
                    problems.append(message.text)

            page.on("console", hear)
            page.on("pageerror", lambda error: problems.append(str(error)))
            person = Person(page, str(live_server.url), name, effort, problems, hands)
            person.log_in()
            people.append(person)
            return person

        yield come
        assert {one.name: one.problems for one in people if one.problems} == {}
    assert check().findings == []


def ours(number: str) -> dict[str, int]:
    return {row.place.code: row.on_hand for row in browsing.stock(text=number) if row.lot.number == number}


# -- receiving -------------------------------------------------------------------------------------


def test_a_pallet_from_its_notice_is_received_by_keyboard(arrive: Arrive, world: cast.Cast) -> None:
    """Rita scans the pallet anywhere, sees what is on it, says yes; and takes it back at once."""
    floor.announced(world)
    effort = Effort()
    rita = arrive("rita", effort, hands="keys")
    rita.shot("receive-1-today", primary="Receive goods")
    rita.page.keyboard.press("/")
    rita.scan(floor.PALLET)
    rita.sees("DN-7", "TOM-1", "60 kg")
    rita.shot("receive-2-scanned", primary="Receive it")
    rita.press("Receive it")
    rita.sees("The pallet is in stock, with all on it.", "TOM-1")
    rita.shot("receive-3-done", primary="Undo")
    effort.within("receive a pallet by its SSCC", actions=2, entries=0, scans=1, seconds=15)
    assert ours("TOM-1") == {f"SSCC-{floor.CASE}": 60_000}
    rita.press("Undo")
    rita.sees("Undone: this is the event that took it back.")
    rita.shot("receive-4-undone")
    assert ours("TOM-1") == {}


def test_photos_of_a_receipt_and_a_count_are_taken_by_phone(
    arrive: Arrive, world: cast.Cast, tmp_path: Path
) -> None:
    floor.announced(world)
    photo = tmp_path / "dent.jpg"
    Image.new("RGB", (40, 30), "#884422").save(photo)
    rita = arrive("rita", Effort(), width=360)
    rita.page.goto(f"{rita.site}/receiving/unit")
    expect(rita.page.get_by_label("SSCC", exact=True)).to_be_focused()
    rita.scan(floor.PALLET)
    rita.scan("")  # Enter: as it says
    opened = counting.open_count(place="KIT-DRY", actor=cast.ANNA)
    for path in ("", f"/counts/{opened.uid}"):
        if path:
            rita.page.goto(f"{rita.site}{path}")
        rita.page.get_by_label("Take photos").set_input_files(photo)
        rita.fill("Note", "One corner is dented")
        rita.press("Attach")
        rita.sees("dent.jpg", "One corner is dented", "SHA-256")
        expect(rita.page.locator(".lb-file-picture img")).to_be_visible()
        rita.shot(f"photo-{'2-count' if path else '1-receipt'}-phone")


# -- production ------------------------------------------------------------------------------------


def test_a_run_of_two_ingredients_by_keyboard(arrive: Arrive, world: cast.Cast) -> None:
    """Paul takes what expires first, one lot otherwise with its reason, and closes the run."""
    number = floor.planned(world)
    effort = Effort()
    paul = arrive("paul", effort, hands="keys")
    paul.shot("run-1-today")
    paul.follow(number)
    paul.shot("run-2-order", primary="Open a run")
    paul.follow("Open a run")
    paul.shot("run-3-start", primary="Start")
    paul.press("Start")
    paul.shot("run-4-open", primary="Put in")
    paul.follow("Put in")
    paul.sees("TOM-OLD: expires", "6 days before TOM-NEW")
    paul.shot("run-5-put-in", primary="Put in")
    paul.fill("Lot or serial, line 3", "PAP-2")
    paul.press("Put in")
    paul.sees("lot PAP-2 is not what is suggested", "100 days before PAP-2")
    paul.shot("run-6-asked-why", primary="Put in")
    paul.fill("Reason, where asked, line 3", "PAP-1 smells of smoke")
    paul.press("Put in")
    paul.shot("run-7-in", primary="Take out")
    paul.follow("Take out")
    paul.shot("run-8-take-out", primary="Take out")
    paul.fill("Quantity, line 1", "100")
    paul.choose("Put to", "KIT-DRY")
    paul.press("Take out")
    paul.shot("run-9-out", primary="Close")
    paul.follow("Close")
    paul.fill("Name of the difference", "steam")
    paul.shot("run-10-close", primary="Close the run")
    paul.press("Close the run")
    paul.sees("is closed.", "1.2 kg: steam")
    paul.shot("run-11-closed", primary=f"Go to {number}")
    effort.within("two-ingredient run with a substitution", actions=16, entries=4, seconds=90)
    made = list(browsing.stock(item="FG-MARINARA"))
    assert [(row.place.code, row.on_hand) for row in made] == [("KIT-DRY", 100)]
    assert ours("PAP-1") == {"KIT-DRY": 5_000}


# -- transfers -------------------------------------------------------------------------------------


def test_a_stock_request_is_approved_and_received_short(arrive: Arrive, world: cast.Cast) -> None:
    """Pia asks 30, Anna approves 24, Otto picks and sends two lots, Rita counts 12 of 15: 3 fell."""
    floor.stocked(world, world.sauce, "A-1", "15", 200)
    floor.stocked(world, world.sauce, "A-2", "50", 220)
    approvals.keep_rule(
        actor=cast.ANNA, kind="transfers.request", name="Ask a manager", steps=[Stage("manager")]
    )
    effort = Effort()
    pia = arrive("pia", effort)
    pia.follow("Stock")
    pia.follow("Stock requests")
    pia.shot("request-1-list", primary="Ask for goods")
    pia.follow("Ask for goods", within="main")
    pia.choose("Needed at", "COLD")
    pia.fill("Item, line 1", "FG-MARINARA")
    pia.fill("Quantity, line 1", "30")
    pia.shot("request-2-ask", primary="Ask for it")
    pia.press("Ask for it")
    pia.sees("SR-2026-00001 is asked for.", "can be decided by anna, max")
    pia.shot("request-3-asked")

    anna = arrive("anna", effort)
    anna.shot("request-4-today")
    anna.follow("SR-2026-00001")
    anna.shot("request-5-asked", primary="Approve or refuse")
    anna.follow("Approve or refuse")
    anna.fill("Approved, Marinara sauce 350 g", "24")
    anna.choose("From", "KIT")
    anna.shot("request-6-decide", primary="Approve")
    anna.press("Approve")
    anna.shot("request-7-approved")

    otto = arrive("otto", effort)
    otto.shot("request-8-today")
    otto.follow("SR-2026-00001")
    otto.follow("Plan a transfer")
    otto.press("Plan a transfer")
    otto.shot("request-9-transfer", primary="Reserve and start picking")
    otto.press("Reserve and start picking")
    otto.sees("20 days before A-2")
    otto.shot("request-10-pick", primary="Picked")
    otto.press("Picked")
    otto.press("Picked")
    otto.shot("request-11-picked", primary="Send")
    otto.follow("Send")
    otto.fill("Seal", "S-99")
    otto.press("Send")
    otto.shot("request-12-sent")

    rita = arrive("rita", effort, scheme="dark")
    rita.shot("request-13-today-dark")
    rita.follow("TR-2026-00001")
    rita.follow("Receive", within="main")
    rita.fill("Arrived, Marinara sauce 350 g A-1", "12")
    rita.shot("request-14-receive-dark", primary="Take in")
    rita.press("Take in")
    rita.sees("What is missing stays in transit until it is settled.")
    rita.shot("request-15-short-dark")
    rita.follow("Settle")
    rita.choose("What became of it", "lost")
    rita.fill("Why", "fell off the lift")
    rita.shot("request-16-settle-dark", primary="Settle the difference")
    rita.press("Settle the difference")
    rita.shot("request-17-settled-dark")
    effort.within("request, approval, transfer, short receipt", actions=33, entries=6, seconds=90)
    assert (ours("A-1"), ours("A-2")) == ({"COLD": 12}, {"KIT-DRY": 41, "COLD": 9})


# -- shipping --------------------------------------------------------------------------------------


def test_an_order_is_allocated_picked_packed_and_shipped_by_phone(arrive: Arrive, world: cast.Cast) -> None:
    """Pia allocates; Sven scans pallet and lots on his phone, a wrong one too, ships, and takes some back."""
    floor.stocked(world, world.sauce, "L-1", "60", 200)
    floor.stocked(world, world.sauce, "L-2", "90", 212)
    number = floor.ordered("80")
    pia = arrive("pia", Effort())
    pia.shot("order-1-today")
    pia.follow(number)
    pia.shot("order-2-order", primary="Allocate")
    pia.press("Allocate")
    pia.sees("12 days before L-2")
    pia.shot("order-3-allocated")

    effort = Effort()
    sven = arrive("sven", effort, width=360)
    sven.shot("order-4-today-phone")
    sven.follow(number)
    sven.shot("order-5-order-phone", primary="Pick")
    sven.follow("Pick")
    sven.shot("order-6-pick-phone", primary="Taken")
    sven.scan(floor.PALLET)
    sven.sees(f"Goes onto {floor.PALLET}")
    sven.shot("order-7-pallet-phone", primary="Taken")
    sven.scan("L-2")
    sven.sees("WRONG LOT: this is L-2, wanted is L-1.")
    sven.shot("order-8-wrong-lot-phone")
    sven.scan("L-1")
    sven.sees("RIGHT: L-1.")
    sven.shot("order-9-right-phone", primary="Taken")
    sven.scan("L-2")
    sven.shot("order-10-all-picked-phone", primary="Done")
    effort.within("pick an order of two lots, one scan wrong", actions=6, entries=0, scans=4, seconds=60)
    sven.follow("Done")
    sven.follow("Ship")
    sven.shot("order-11-ship-phone", primary="Ship")
    sven.press("Ship")
    sven.sees("The goods are on their way.")
    sven.shot("order-12-shipped-phone", primary="In transit")
    effort.within("pick, pack and ship", actions=9, entries=0, scans=4, seconds=60)
    assert (ours("L-1"), ours("L-2")) == ({}, {"KIT-DRY": 70})

    back = Effort()
    sven.effort = back
    sven.follow("Delivered")
    sven.fill("Signed by", "J. Larch")
    sven.shot("return-1-delivered-phone", primary="Save")
    sven.press("Save")
    sven.follow("Take goods back")
    sven.choose("Why", "damaged")
    sven.fill("Quantity, line 1", "8")
    sven.fill("Quantity, line 2", "")
    sven.shot("return-2-back-phone", primary="Take back")
    sven.press("Take back")
    sven.sees("The goods are back and wait for a decision.")
    sven.shot("return-3-done-phone")
    back.within("delivery and customer return", actions=8, entries=3, seconds=45)
    assert ours("L-1") == {"KIT-QUAR": 8}


def test_picked_goods_are_put_back_and_two_orders_leave_together(arrive: Arrive, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "L-1", "60", 200)
    first, second = floor.ordered("20"), floor.ordered("15")
    floor.ordered("5", customer="C002")
    shipping.allocate_many(orders=[first, second], actor=floor.PIA)
    sven = arrive("sven", Effort())
    sven.follow(first)
    sven.follow("Pick")
    sven.scan(floor.PALLET)
    sven.scan("L-1")
    sven.follow("Done")
    sven.follow("Put back")
    sven.shot("back-1-form", primary="Put back")
    sven.choose("Put back to", "KIT-DRY")
    sven.fill("Why", "wrong pallet")
    sven.press("Put back")
    sven.sees("Put back: it is on the pick list again, and stays reserved.")
    sven.shot("back-2-done", primary="Pick")
    assert ours("L-1") == {"KIT-DRY": 60}
    sven.follow("Pick")
    sven.scan("L-1")
    sven.follow("Done")
    sven.follow("Ship", within="main")
    sven.sees("Other orders to the same door", second)
    sven.tick(f"{second}: 15 pcs of L-1 reserved, not picked yet")
    sven.shot("together-1-ship", primary="Ship")
    sven.press("Ship")
    sven.sees("The goods are on their way.", first, second)
    sven.shot("together-2-shipped")
    assert ours("L-1") == {"KIT-DRY": 25}
    assert Shipment.objects.count() == 1


def test_a_held_lot_is_refused_and_overridden_on_record(arrive: Arrive, world: cast.Cast) -> None:
    """Quinn holds L-1, Sven cannot ship it, Anna may, with a reason that stays."""
    floor.stocked(world, world.sauce, "L-1", "60", 200)
    holding = Effort()
    quinn = arrive("quinn", holding)
    quinn.page.goto(f"{quinn.site}/search?q=L-1")
    quinn.shot("held-1-lot")
    quinn.unfold("Put on hold")
    quinn.fill("Reason", "Laboratory asked")
    quinn.press("Put on hold")
    quinn.shot("held-2-held")
    holding.within("hold a lot, from its page", actions=3, entries=1, seconds=8)

    effort = Effort()
    sven, anna = arrive("sven", effort), arrive("anna", effort)
    for one in (sven, anna):
        one.follow("Ship goods")
        one.choose("Customer", "C001")
        one.choose("Taken from", "KIT-DRY")
        one.fill("Item, line 1", "FG-MARINARA")
        one.fill("Lot or serial, line 1", "L-1")
        one.fill("Quantity, line 1", "10")
        one.press("Ship")
        one.sees("lot L-1 is on hold: Laboratory asked (quality).", "Use another lot")
        one.shot(f"held-3-refused-{one.name}")
        assert ours("L-1") == {"KIT-DRY": 60}
    expect(sven.page.get_by_role("alert")).not_to_contain_text("you may override this")
    expect(anna.page.get_by_role("alert")).to_contain_text("you may override this")
    anna.fill("Use goods that are not free, because", "Released by phone, paper follows")
    anna.shot("held-4-because", primary="Ship")
    anna.press("Ship")
    anna.sees("The goods are on their way.")
    anna.shot("held-5-shipped", primary="Undo")
    effort.within("refused twice, then overridden", actions=16, entries=7, seconds=60)
    record = browsing.events(kind="override").get()
    assert (record.actor, record.reason) == ("user:anna", "Released by phone, paper follows")


# -- counting --------------------------------------------------------------------------------------


def test_a_count_with_recount_by_phone(arrive: Arrive, world: cast.Cast) -> None:
    """Anna opens it, Otto counts 12 short, Rita counts again, Anna sets the book right."""
    floor.stocked(world, world.sauce, "SAUCE-1", "200", 200)
    floor.stocked(world, world.sauce, "SAUCE-2", "50", 210)
    effort = Effort()
    anna = arrive("anna", effort)
    anna.follow("Stock")
    anna.follow("Counts")
    anna.shot("count-1-list", primary="Open a count")
    anna.follow("Open a count", within="main")
    anna.choose("Place, with everything in it", "KIT-DRY")
    anna.shot("count-2-open", primary="Open the count")
    anna.press("Open the count")
    anna.shot("count-3-opened", primary="Count Dry goods")
    otto = arrive("otto", effort, width=360)
    otto.shot("count-4-today-phone")
    otto.follow("CC-2026-00001")
    otto.shot("count-5-count-phone", primary="Count Dry goods")
    otto.follow("Count Dry goods")
    otto.fill("Counted, line 1", "188")
    otto.fill("Counted, line 2", "50")
    otto.shot("count-6-sheet-phone", primary="Finish this place")
    otto.press("Finish this place")
    otto.sees("somebody else counts again SAUCE-1", "somebody else counts it again")
    otto.shot("count-7-recount-phone")
    rita = arrive("rita", effort, width=360, scheme="dark")
    rita.follow("CC-2026-00001")
    rita.follow("Count Dry goods")
    rita.fill("Counted, line 1", "188")
    rita.shot("count-8-again-phone-dark", primary="Finish this place")
    rita.press("Finish this place")
    rita.shot("count-9-counted-phone-dark")
    anna.page.reload()
    anna.shot("count-10-review", primary="Adjust the book")
    anna.follow("Adjust the book")
    anna.fill("Why", "A tray fell on Friday")
    anna.press("Adjust the book")
    anna.sees("The book is adjusted by one event.")
    anna.shot("count-11-adjusted", primary="Undo")
    effort.within("count with recount", actions=17, entries=4, seconds=60)
    assert ours("SAUCE-1") == {"KIT-DRY": 188}


# -- lists -----------------------------------------------------------------------------------------


def test_filters_are_kept_and_shared(arrive: Arrive, world: cast.Cast) -> None:
    floor.stocked(world, world.sauce, "L-1", "60", 200)
    first, second = floor.ordered("20"), floor.ordered("15", customer="C002")
    pia = arrive("pia", Effort())
    pia.follow("Shipping")
    pia.choose("Customer", "C002")
    pia.press("Filter")
    pia.sees(second)
    expect(pia.page.get_by_role("main")).not_to_contain_text(first)
    pia.unfold("Saved filters")
    pia.fill("Save the present filters as", "Green Kettle")
    pia.tick("For everybody")
    pia.shot("filter-1-save")
    pia.press("Save")
    pia.sees("Saved as “Green Kettle”")
    sven = arrive("sven", Effort(), width=360)
    sven.page.goto(f"{sven.site}/orders")
    sven.shot("filter-2-list-phone")
    sven.unfold("Saved filters")
    sven.follow("Green Kettle")
    sven.sees(second)
    expect(sven.page.get_by_role("main")).not_to_contain_text(first)
    sven.shot("filter-3-shared-phone")
