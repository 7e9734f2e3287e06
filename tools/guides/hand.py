"""A station in the hand: a phone's width, a scanner that types, and three screens in one picture."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tools.guides import book, picture

WIDTH, HEIGHT = 360, 720
SHEET = (1280, 800)
EDGE, GAP, ROUND = 10, 30, 26
PAPER, CASE = "#EEF1F4", "#16202A"
TYPE = """(text) => {
  const press = (key, more = {}) => window.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  for (const key of text)
    key === "\\x1d" ? press("]", { code: "BracketRight", ctrlKey: true }) : press(key);
  press("Enter", { code: "Enter" });
}"""
"""What a scanner types, at once: on a busy machine keys sent one by one come too slowly to be a scanner's."""
KEPT = """() => new Promise((done) => {
  const look = () => (navigator.serviceWorker.controller ? done() : setTimeout(look, 50));
  look();
})"""
"""Resolves when the page is kept for work without a network."""


@dataclass(slots=True)
class Hand:
    """Somebody with the station. ``seen`` are the screens of the next picture."""

    page: Page
    hands: book.Hands
    seen: list[bytes] = field(default_factory=list)

    def at(self, hour: int, minute: int = 0) -> None:
        """Let it be that time of the day, here and at the server."""
        self.hands.at(hour, minute)
        self.page.clock.set_fixed_time(self.hands.moment)

    def scan(self, code: str, then: str) -> None:
        """Scan a code, as a scanner that names symbols sends it, and wait until the station says so."""
        self.page.wait_for_timeout(400)
        self.page.evaluate(TYPE, code)
        self.sees(then)

    def press(self, words: str) -> None:
        """Press a button by its words."""
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def sees(self, words: str) -> None:
        """Wait until the station says so."""
        expect(self.page.locator("#station")).to_contain_text(words, timeout=20_000)

    def settled(self) -> None:
        """Wait until the server has everything."""
        expect(self.page.locator(".st-queue")).not_to_contain_text("this device", timeout=20_000)

    def home(self) -> None:
        """Go back to the first screen."""
        self.page.get_by_role("button", name="Home").click()
        self.sees("Scan anything, or choose")

    def network(self, there: bool) -> None:
        """Walk out of reach of the network, or back into it."""
        self.page.context.set_offline(not there)

    def look(self) -> None:
        """Keep what is seen for the next picture."""
        self.page.wait_for_timeout(400)
        self.seen.append(self.page.screenshot())

    def answer(self) -> None:
        """Press OK: what went wrong was read."""
        self.page.locator(".st-band-answer").click()

    def shot(
        self, name: str, *, of: list[bytes] | None = None, folder: Path = book.GUIDES / "images"
    ) -> None:
        """Keep the last three screens, or those given, side by side as one picture."""
        if picture.keep(strip(of or self.seen[-3:]), folder / f"{name}.webp"):
            sys.stdout.write(f"{name}.webp changed\n")


def strip(screens: list[bytes]) -> bytes:
    """Screens side by side, each in the frame of a phone; as large as every picture of the guides."""
    sheet = Image.new("RGB", SHEET, PAPER)
    draw = ImageDraw.Draw(sheet)
    wide = WIDTH + 2 * EDGE
    left = (SHEET[0] - len(screens) * wide - (len(screens) - 1) * GAP) // 2
    top = (SHEET[1] - HEIGHT) // 2
    mask = Image.new("L", (WIDTH, HEIGHT), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, WIDTH - 1, HEIGHT - 1), ROUND - EDGE, fill=255)
    for index, screen in enumerate(screens):
        x = left + index * (wide + GAP)
        frame = (x, top - EDGE, x + wide - 1, top + HEIGHT + EDGE - 1)
        draw.rounded_rectangle(frame, ROUND, fill=CASE)
        sheet.paste(Image.open(io.BytesIO(screen)).convert("RGB"), (x + EDGE, top), mask)
    body = io.BytesIO()
    sheet.save(body, "PNG")
    return body.getvalue()


@contextmanager
def in_hand(browser: Browser, address: str, hands: book.Hands, person: str, password: str) -> Iterator[Hand]:
    """Somebody who has logged in at the station and has not said yet where they work."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, locale="en-GB",
        timezone_id=book.ZONE.key, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.clock.set_fixed_time(hands.moment)
    page.goto(f"{address}/account/login/?next=/station/")
    page.fill("input[name=login]", person)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    hand = Hand(page, hands)
    hand.sees("Where do you work?")
    page.evaluate(KEPT)
    yield hand
    page.goto("about:blank")
    context.close()
