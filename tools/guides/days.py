"""A day of each person, walked in Chromium: what the guides tell is done, and pictures are taken of it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from lotbook.config.demo import goods
from lotbook.standards.scans.proving import PROOF_CODES
from tools.guides import book, hand, picture, recalling

WIDTH, HEIGHT = 1280, 800
FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars"]
TO_THE_LEFT = "document.querySelectorAll('main :has(input)').forEach(one => one.scrollLeft = 0)"
"""Wide tables of fields scroll to the field filled in last."""
COUNTED = ("14", "22", "31")
"""What Otto finds before his coffee."""
PICTURES = book.ROOT / "docs" / "images"


@dataclass(slots=True)
class Visit:
    """Somebody at a page. Links and buttons are found by their words, as people find them."""

    page: Page
    address: str
    hands: book.Hands

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.address + path)
        self._settle()

    def link(self, words: str) -> None:
        """Follow the first link with these words."""
        self.main.get_by_role("link", name=words).first.click()
        self._settle()

    def button(self, words: str) -> None:
        """Press a button."""
        self.main.get_by_role("button", name=words, exact=True).first.click()
        self._settle()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their name; ``__`` stands for a dash."""
        for name, value in fields.items():
            self._field(name).fill(value)

    def choose(self, **fields: str) -> None:
        """Choose, in fields by their name, what begins with these words."""
        for name, words in fields.items():
            field = self._field(name)
            option = field.locator("option").filter(has_text=re.compile(rf"^\s*{re.escape(words)}"))
            field.select_option(value=option.first.get_attribute("value"))

    def shot(self, name: str, *, at: str = "", folder: Path = book.GUIDES / "images") -> None:
        """Keep a picture of what is seen; ``at`` are words to scroll to."""
        if at:
            target = self.main.get_by_text(at, exact=True).first
            target.evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 80)")
        else:
            self.page.evaluate("window.scrollTo(0, 0)")
        self.page.evaluate(TO_THE_LEFT)
        self.page.evaluate("document.activeElement && document.activeElement.blur()")
        self.page.wait_for_timeout(300)
        if picture.keep(self.page.screenshot(), folder / f"{name}.webp"):
            sys.stdout.write(f"{name}.webp changed\n")

    @property
    def main(self) -> Locator:
        """The page without its menu."""
        return self.page.locator("main")

    def _field(self, name: str) -> Locator:
        return self.main.locator(f"[name={name.replace('__', '-')}]").first

    def _settle(self) -> None:
        self.page.wait_for_load_state("networkidle")
        problem = self.page.locator(".lb-error-summary, .lb-errors").first
        if problem.count():
            raise SystemExit(f"{self.page.url} refuses:\n{problem.inner_text()}")


def walk(home: Path) -> None:
    """Everybody's day, one after the other, in the book of this process."""
    password = (home / "demo-password").read_text(encoding="ascii").strip()
    hands = book.Hands()
    with book.served(hands) as address, sync_playwright() as playwright:
        chromium = os.environ.get("LOTBOOK_CHROMIUM") or shutil.which("chromium")
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for name, day in DAYS.items():
            with at_work(browser, address, hands, book.ROLES[name], password) as visit:
                day(visit)
        hands.at(15, 20)
        with at_work(browser, address, hands, book.ROLES["recall"], password) as visit:
            recalling.recall(visit, browser)
        hands.at(16)
        with hand.in_hand(browser, address, hands, book.ROLES["scanner"], password) as station:
            scanner(station)
        browser.close()


@contextmanager
def at_work(browser: Browser, address: str, hands: book.Hands, person: str, password: str) -> Iterator[Visit]:
    """Somebody who has logged in."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id=book.ZONE.key,
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(address)
    page.fill("input[name=login]", person)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")
    yield Visit(page, address, hands)
    context.close()


def receiver(rita: Visit) -> None:
    """A pallet by its number, tomatoes line by line, and what was refused."""
    rita.hands.at(8, 10)
    rita.go("/receiving/notices")
    rita.link("CB-ASN-4471")
    rita.shot("receiver-notice")
    rita.link("Receive this pallet")
    rita.choose(place="KIT-DOCK")
    rita.fill(document="CB-2102")
    rita.button("Receive it")
    rita.hands.at(8, 40)
    rita.go("/receiving/orders?due=today")
    rita.link("PO-2026-00008")
    rita.link("Receive")
    rita.choose(place="KIT-CHILL", carrier="Tideway")
    rita.fill(document="TR-5512")
    rita.fill(
        lines__0__quantity="960", lines__0__supplier_lot="OM26325", lines__0__expires_on="2026-12-01",
        lines__0__refused="40", lines__0__reason="Two crates soft at the bottom",
        lines__1__quantity="9", lines__1__supplier_lot="SB26325", lines__1__expires_on="2026-11-28",
    )  # fmt: skip
    rita.choose(lines__0__difference="Damaged")
    rita.shot("receiver-lines", at="What came in")
    rita.button("Receive")
    rita.shot("receiver-receipt")


def production(paul: Visit) -> None:
    """The rest of the dressing: put in, taken out, closed, and its record."""
    paul.hands.at(9, 30)
    paul.go("/production/orders")
    paul.link("PRD-2026-00002")
    paul.link("RUN-261120-4")
    paul.link("Put in")
    paul.shot("production-put-in")
    paul.button("Put in")
    paul.hands.at(11, 20)
    paul.link("Take out")
    paul.fill(lines__0__quantity="152")
    paul.choose(place="KIT-FG-05")
    paul.button("Take out")
    paul.hands.at(11, 45)
    paul.link("Close")
    paul.fill(reason="Left in pipes and kettle")
    paul.shot("production-close")
    paul.button("Close the run")
    paul.link("Batch record")
    paul.shot("production-record")


def warehouse(otto: Visit) -> None:
    """What is low, a transfer picked and sent, one received with damage, and a count."""
    otto.hands.at(10, 0)
    otto.go("/replenish")
    otto.main.locator("input[type=checkbox][name=level]").last.check()
    otto.shot("warehouse-fill-up")
    otto.button("Ask for what is ticked")
    otto.hands.at(10, 30)
    otto.go("/transfers")
    otto.link("TR-2026-00003")
    otto.link("Pick")
    otto.button("Picked")
    otto.link("Send")
    otto.choose(carrier="Cascade")
    otto.fill(vehicle="OR 4471 K", seal="118871")
    otto.button("Send")
    otto.hands.at(13, 0)
    otto.go("/transfers")
    otto.link("TR-2026-00002")
    otto.link("Receive")
    otto.fill(arrived__0__quantity="354", arrived__0__damaged="6", celsius="4.1")
    otto.shot("warehouse-receive")
    otto.button("Take in")
    otto.hands.at(14, 0)
    otto.go("/counts")
    otto.link("CC-2026-00004")
    otto.link("Count Chamber A")
    for field, found in zip(otto.main.get_by_placeholder("Counted").all(), COUNTED, strict=False):
        field.fill(found)
    otto.shot("warehouse-count")
    otto.button("Save for now")


def shipper(sven: Visit) -> None:
    """Orders, the walk with the pick list, and the truck."""
    sven.hands.at(12, 30)
    sven.go("/orders")
    sven.shot("shipper-orders")
    sven.link("SO-2026-00007")
    sven.link("Pick")
    sven.shot("shipper-pick")
    for _ in range(3):
        sven.fill(lot=sven.main.locator("h2", has_text="Take").locator(".lot").first.inner_text())
        sven.button("Taken")
    sven.hands.at(14, 10)
    sven.go("/orders")
    sven.link("SO-2026-00007")
    sven.link("Ship")
    sven.choose(carrier="Tideway")
    sven.fill(tracking_number="TW 4410 2322 08", vehicle="OR 7734 B", seal="209988")
    sven.button("Ship")
    sven.shot("shipper-shipment")


def manager(anna: Visit) -> None:
    """Today, what waits for her, and where a lot went."""
    anna.hands.at(15, 0)
    anna.go("/")
    anna.shot("today", folder=PICTURES)
    anna.go("/approvals")
    anna.shot("manager-approvals")
    anna.link("ADJ-2026-00006")
    anna.fill(reason="Agreed; send me the certificate")
    anna.shot("manager-approval")
    anna.button("Approve")
    anna.go("/trace?id=Q260818-03")
    anna.page.wait_for_timeout(900)
    anna.shot("trace", folder=PICTURES)


SALT, MARINARA, BASIL, ARRABBIATA = (
    goods.BY_CODE[code].gtin for code in ("RM-SALT", "FG-MARINARA", "FG-BASIL", "FG-ARRABBIATA")
)


def scanner(otto: hand.Hand) -> None:
    """A handheld: its scanner is tested, salt comes in, an order is picked, and the network is away."""
    otto.press("Quillmere Kitchen")
    otto.sees("Scan anything, or choose")
    otto.look()
    home = otto.seen[-1]
    otto.press("Settings")
    otto.press("Test the scanner")
    for number, code in enumerate(PROOF_CODES, 2):
        last = number > len(PROOF_CODES)
        otto.scan(code.aim + code.data, "The scanner is right" if last else f"Scan code {number} of")
        if number == 2:
            otto.look()
    otto.look()
    otto.shot("scanner-start")
    otto.press("Keep it")
    otto.press("Back to the start")
    _salt(otto)
    _order(otto)
    otto.seen.insert(0, home)
    otto.shot("station", folder=PICTURES, of=otto.seen[:3])
    _away(otto)


def _salt(otto: hand.Hand) -> None:
    """In by two scans, away by two; what is on hold goes where it is kept apart."""
    otto.at(16, 10)
    otto.seen.clear()
    label = f"]C101{SALT}1731050110NW-26318"
    otto.scan(label, "Scan the place where it stands")
    otto.look()
    otto.scan("KIT-DOCK", "Received 400 kg")
    otto.settled()
    otto.at(16, 15)
    otto.home()
    otto.scan(label, "Take it to")
    otto.look()
    otto.scan("KIT-DRY-01", "Put away at KIT-DRY-01")
    otto.scan(f"]d201{BASIL}1727101510Q261015-03", "keep it apart")
    otto.look()
    otto.shot("scanner-receive")
    otto.scan("KIT-QUAR", "Put away at KIT-QUAR")
    otto.settled()
    otto.home()


def _order(otto: hand.Hand) -> None:
    """What expires first goes first; another lot needs a reason, a recalled one stays."""
    otto.at(16, 30)
    otto.seen.clear()
    otto.scan("]C0SO-2026-00012", "Go to KIT-FG-01")
    otto.look()
    otto.scan(f"]d201{MARINARA}1728050210Q261109-07", "Why Q261109-07?")
    otto.look()
    otto.press("Put it back")
    otto.scan(f"]d201{MARINARA}1728040410Q261012-05", "Recalled")
    otto.look()
    otto.shot("scanner-pick")
    otto.answer()
    otto.scan(f"]d201{MARINARA}1728042510Q261102-06", "Picked 60")
    otto.settled()


def _away(otto: hand.Hand) -> None:
    """Two acts without a network. Of one lot somebody took a case meanwhile: Otto says what he moved."""
    otto.at(16, 45)
    otto.seen.clear()
    otto.network(there=False)
    otto.scan(f"]d201{ARRABBIATA}1728042610Q261103-03", "1 on this device")
    otto.home()
    otto.press("Move")
    otto.scan(f"]d201{BASIL}1727111910Q261119-02", "Scan the place it goes to")
    otto.scan("KIT-FG-03", "2 on this device")
    otto.look()
    _meanwhile(otto.hands)
    otto.network(there=True)
    otto.sees("It waits in the inbox")
    otto.answer()
    otto.press("1 to decide")
    otto.sees("not 837")
    otto.look()
    otto.press("Say what was really done")
    otto.page.locator("input[name^=quantity]").fill("825")
    otto.look()
    otto.shot("scanner-offline")
    otto.press("Send it so")
    otto.sees("All on server")


def _meanwhile(hands: book.Hands) -> None:
    """Sven takes a case, in the same book: elsewhere, because Playwright's thread may not ask it."""

    def take() -> None:
        with clock.standing(hands.moment):
            case = Line("FG-BASIL", "Q261119-02", "12", place="KIT-FG-04")
            warehouse.move(lines=[case], to="KIT-DOCK", actor="user:sven")
        connection.close()

    from django.db import connection

    from lotbook.kernel import clock
    from lotbook.operations.warehouse import actions as warehouse
    from lotbook.traceability.ledger.lines import Line

    thread = Thread(target=take)
    thread.start()
    thread.join()


DAYS = {
    "receiver": receiver, "production": production, "warehouse": warehouse, "shipper": shipper,
    "manager": manager,
}  # fmt: skip
"""Guide → its day, in the order in which they are told."""
