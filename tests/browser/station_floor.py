"""The scan station in a browser: somebody with a device in the hand, and the floor they stand on."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect
from tests import cast
from tests.browser import floor
from tests.station.wedge import Keys

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock
from lotbook.operations.production import actions as production
from lotbook.operations.production.rules import Ingredient, RecipeWords
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Ordered
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.rules import Wanted

SHOTS = os.environ.get("LOTBOOK_SHOTS", "")
SAUCE_GTIN = "09526543006015"
SCANNER = {
    "separators": [], "proven": True, "prefix": "", "suffix": "", "silence": False, "tested_at": "2027-01-01",
}  # fmt: skip


def in_days(days: int) -> date:
    return clock.now().date() + timedelta(days=days)


def world() -> cast.Cast:
    """The floor's world with a dock and two bins, so that goods are put away."""
    made = floor.world()
    spots = (("KIT-DOCK", "area", made.kitchen), ("B-1", "bin", made.store), ("B-2", "bin", made.store))
    for code, kind, parent in spots:
        places.create_place(actor=cast.ANNA, code=code, kind=kind, name=code.title(), parent=parent.uid)
    return made


def bought() -> str:
    """Sauce of a contract packer is on its way: the number of the purchase order."""
    lines = [Ordered(item="FG-MARINARA", quantity="40")]
    order = receiving.create_order(supplier="TUMBLING", site="KIT", send=True, actor=cast.ANNA, lines=lines)
    return order.number


def five_lots(world: cast.Cast) -> str:
    """An order that takes five lots of sauce, those that expire first: its number."""
    for index in range(1, 7):
        floor.stocked(world, world.sauce, f"S-{index}", "10", 100 + 10 * index)
    order = shipping.create(
        customer="C001", site="KIT", lines=[Wanted("FG-MARINARA", "50")], actor=floor.PIA, confirmed=True
    )
    shipping.allocate(order=order.uid, actor=floor.PIA)
    return order.number


SPICES = ("SALT", "PEPPER", "BASIL", "GARLIC")


def batch(world: cast.Cast) -> str:
    """A recipe of six ingredients, a lot of each in stock, an order and its open run: the run's number."""
    floor.stocked(world, world.tomatoes, "TOM-1", "60", 9)
    floor.stocked(world, world.paprika, "PAP-1", "5", 200)
    inputs = [Ingredient("RM-TOMATO", "36"), Ingredient("RM-PAPRIKA", "0.2")]
    for code in SPICES:
        name = code.capitalize()
        item = catalog.create_item(actor=cast.ANNA, code=f"RM-{code}", name=name, unit="KGM", scale=3)
        floor.stocked(world, item, f"{code}-1", "5", 300)
        inputs.append(Ingredient(f"RM-{code}", "0.5"))
    recipe = RecipeWords(code="SIX", item="FG-MARINARA", base_quantity="100", inputs=tuple(inputs))
    made = production.create_recipe(recipe=recipe, actor=floor.PIA)
    production.activate_recipe(name=made.uid, actor=floor.PIA)
    order = production.create_order(
        item="FG-MARINARA", quantity="100", site="KIT", due_on=clock.now().date(), actor=floor.PIA
    )
    production.release_order(order=order.uid, actor=floor.PIA)
    return production.start_run(order=order.number, actor="user:paul").number


@dataclass(slots=True)
class Hand:
    """Somebody with the station in the hand. Scans arrive as a wedge types them, whatever has the focus."""

    page: Page
    site: str
    name: str
    scans: int = 0
    presses: int = 0
    entries: int = 0
    problems: list[str] = field(default_factory=list)
    keys: Keys | None = None

    def begin(self) -> None:
        """Log in and open the station; not counted."""
        page = self.page
        kept = json.dumps(json.dumps(SCANNER))
        page.add_init_script(f"if (origin !== 'null') localStorage.setItem('lotbook.scanner', {kept})")
        page.on("console", lambda message: hear(self.problems, message))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{self.site}/account/login/?next=/station/")
        self.log_in()
        self.press("Quillmere Kitchen")
        self.sees("Scan anything, or choose")
        self.presses = 0

    def log_in(self) -> None:
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(cast.PASSWORD)
        self.page.keyboard.press("Enter")

    def scan(self, code: str) -> None:
        if self.keys is None:
            self.keys = Keys(self.page.context.new_cdp_session(self.page))
        # Between two scans a hand moves.
        self.wait(0.1)
        self.keys.scan(code)
        self.scans += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.presses += 1

    def sees(self, *words: str) -> None:
        for text in words:
            expect(self.page.locator("#station")).to_contain_text(text)

    def told(self, tone: str, words: str) -> None:
        """The band says it."""
        band = self.page.locator(f".st-band[data-tone={tone}]")
        expect(band).to_contain_text(words)

    def settled(self) -> None:
        """All is on the server."""
        chip = self.page.locator(".st-queue")
        expect(chip).not_to_contain_text("this device", timeout=10_000)
        expect(chip, self.page.locator(".st-band").inner_text()).to_have_text("All on server")

    def answer(self) -> None:
        self.page.locator(".st-band-answer").click()

    def leave(self) -> None:
        """Put the device down; what it asked is answered before the world ends."""
        self.page.goto("about:blank")
        self.wait(0.5)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def hear(problems: list[str], message: ConsoleMessage) -> None:
    """What is refused, and a network that is cut, Chromium calls errors; both are meant here."""
    if message.type == "error" and not re.search(r"status of 4|ERR_INTERNET_DISCONNECTED", message.text):
        problems.append(message.text)


def shot(hand: Hand, name: str) -> None:
    """A main step: nothing hangs out sideways; a picture if wanted."""
    page = hand.page
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, f"{name} scrolls sideways by {wide} px"
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")
