"""Every screen of the station at 360 × 640, light and dark: axe finds nothing, a thumb finds everything."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor, station_floor
from tests.browser.station_floor import Hand
from tests.browser.test_accessibility import RULES

from lotbook.operations.counting import actions as counting

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

BUILT = Path(__file__).parents[2] / "src/lotbook/interfaces/station/static/station"
SCRIPT_MAX = 150_000
# Somebody who does all kinds of work in one day loads every loop, and the service worker stands beside.
ALL_MAX = 162_500
SMALL = """() => [...document.querySelectorAll("button, a[href], input")].flatMap((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || element.closest("noscript")) return [];
  const least = element.matches(".st-primary") ? 56 : 48;
  const name = element.getAttribute("aria-label") || element.textContent || element.name;
  const fits = box.width >= least && box.height >= least;
  return fits ? [] : [`${name}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`];
})"""
TEXT = """() => Math.min(...[
  ...document.querySelectorAll("h1, .st-why, .st-button:not(.st-queue), .st-field")]
  .map((element) => parseFloat(getComputedStyle(element).fontSize)))"""


def looked_at(page: Page, screen: str) -> list[str]:
    """What axe, a thumb and a narrow screen have against what is shown now."""
    found = []
    # What differs by night is the colours.
    schemes: dict[Literal["light", "dark"], list[str]] = {"light": RULES, "dark": ["color-contrast"]}
    for scheme, rules in schemes.items():
        page.emulate_media(color_scheme=scheme)
        result: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", rules)
        found += [
            f"{screen}, {scheme}: {fault['id']} {node['target']} {node['failureSummary']}"
            for fault in result["violations"]
            for node in fault["nodes"]
        ]
    found += [f"{screen}: too small: {one}" for one in page.evaluate(SMALL)]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    # The bottom of the frame must stand on the screen, whatever is in the middle.
    below = page.evaluate("document.querySelector('.st-foot').getBoundingClientRect().bottom - innerHeight")
    if wide > 0 or below > 0.5:
        found.append(f"{screen}: {wide} px too wide, {below} px too long")
    return found


def steps(hand: Hand) -> dict[str, list[Callable[[], None]]]:
    """Screen after screen, in one walk."""
    page = hand.page

    def press(name: str) -> Callable[[], None]:
        return lambda: hand.press(name)

    def scan(code: str) -> Callable[[], None]:
        return lambda: hand.scan(code)

    def home() -> None:
        page.get_by_role("button", name="Home").click()

    return {
        "home": [],
        "list": [press("Receive 2 jobs")],
        "receive": [page.get_by_role("button", name="DN-7").click],
        "receive, stopped": [scan("S-1")],
        "pick": [hand.answer, home, press("Pick 1 job")],
        "pick, digits": [press("10 pc, change")],
        "pick, why": [press("4"), press("Take"), scan("S-1")],
        "make": [home, press("Make 1 job")],
        "make, out": [scan("TOM-1"), press("Take out")],
        "count": [home, press("Count 1 job"), scan("KIT-DRY")],
        "move": [home, press("Move")],
        "move, in hand": [scan("S-6")],
        "pack": [home, press("Pack")],
        "typing": [press("Type")],
        "answer": [press("Type"), home, scan("PAP-1")],
        "hold": [press("Hold")],
        # This browser takes no service worker, and is told what does not work then.
        "settings": [home, press("Settings"), lambda: hand.sees("opens the station with a network only")],
        "scanner test": [press("Test the scanner")],
        "inbox": [page.locator(".st-queue").click],
    }


def test_every_screen_is_for_every_hand(browser: Browser, live_server: LiveServer, axe: str) -> None:
    cache.clear()
    world = station_floor.world()
    station_floor.bought()
    floor.announced(world)
    station_floor.five_lots(world)
    station_floor.batch(world)
    counting.open_count(place="KIT-DRY", actor=cast.ANNA)
    # Without the flash of the band: on a busy machine it is still half faded when it is looked at.
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, service_workers="block", reduced_motion="reduce"
    )
    hand = Hand(context.new_page(), str(live_server.url), "anna")
    hand.begin()
    hand.page.evaluate(axe)
    found = []
    walk = steps(hand)
    for screen, acts in walk.items():
        for act in acts:
            act()
        hand.wait(0.15)
        found += looked_at(hand.page, screen)
        station_floor.shot(hand, f"dark-{screen.replace(', ', '-').replace(' ', '-')}")
    smallest = hand.page.evaluate(TEXT)
    hand.leave()
    context.close()
    print(f"{len(walk)} screens in light and dark: {len(found)} faults; text of work from {smallest:.0f} px")
    assert sorted(set(found)) == []
    assert hand.problems == []
    assert smallest >= 18


def test_the_script_is_small() -> None:
    """What is loaded before the camera: the station and a loop; and all of the loops, when all are opened."""
    sizes = {path.stem: path.stat().st_size for path in BUILT.glob("*.js") if path.stem != "camera"}
    opened = set(re.findall(r"import\(`\./(\w+)\.js`\)", (BUILT / "station.js").read_text()))
    loops = {name: size for name, size in sizes.items() if name in opened}
    assert len(loops) == 8
    total = sum(sizes.values())
    begun = total - sum(loops.values())
    largest = begun + max(loops.values())
    print(
        f"the station {begun:,} B, with the largest loop {largest:,} B (bar {SCRIPT_MAX:,}),"
        f" with all {len(loops)} loops {total:,} B (at most {ALL_MAX:,})"
    )
    assert largest <= SCRIPT_MAX
    assert total <= ALL_MAX
