"""Every screen of the station at 360 × 640, light and dark: axe finds nothing, and a thumb finds everything."""

from __future__ import annotations

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
TARGET, PRIMARY = 48, 56
SMALL = """() => [...document.querySelectorAll("button, a[href], input")].flatMap((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || element.closest("noscript")) return [];
  const least = element.matches(".st-primary") ? 56 : 48;
  const name = element.getAttribute("aria-label") || element.textContent || element.name;
  return box.width < least || box.height < least ? [`${name}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`] : [];
})"""
TEXT = """() => Math.min(...[...document.querySelectorAll("h1, .st-why, .st-button, .st-field")]
  .map((element) => parseFloat(getComputedStyle(element).fontSize)))"""


def looked_at(page: Page, axe: str, screen: str) -> list[str]:
    """What axe, a thumb and a narrow screen have against what is shown now."""
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    found = [
        f"{screen}: {fault['id']} {node['target']} {node['failureSummary']}"
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


def steps(hand: Hand) -> dict[str, Callable[[], object]]:
    """Screen after screen, in one walk."""
    page = hand.page
    home = page.get_by_role("button", name="Home")
    return {
        "home": lambda: None,
        "list": lambda: hand.press("Receive, 2 jobs"),
        "receive": lambda: page.get_by_role("button", name="DN-7").click(),
        "receive, stopped": lambda: hand.scan("S-1"),
        "pick": lambda: (hand.answer(), home.click(), hand.press("Pick, 1 job")),
        "pick, digits": lambda: hand.press("10 pc, change"),
        "pick, why": lambda: (hand.press("4"), hand.press("Take"), hand.scan("S-1")),
        "make": lambda: (home.click(), hand.press("Make, 1 job")),
        "make, out": lambda: (hand.scan("TOM-1"), hand.press("Take out")),
        "count": lambda: (home.click(), hand.press("Count, 1 job"), hand.scan("KIT-DRY")),
        "move": lambda: (home.click(), hand.press("Move")),
        "move, in hand": lambda: hand.scan("S-6"),
        "pack": lambda: (home.click(), hand.press("Pack")),
        "typing": lambda: hand.press("Type"),
        "answer": lambda: (hand.press("Type"), home.click(), hand.scan("PAP-1")),
        "hold": lambda: hand.press("Hold"),
        "settings": lambda: (home.click(), hand.press("Settings")),
        "scanner test": lambda: hand.press("Test the scanner"),
        "inbox": lambda: page.locator(".st-queue").click(),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_for_every_hand(
    browser: Browser, live_server: LiveServer, axe: str, scheme: Literal["light", "dark"]
) -> None:
    cache.clear()
    world = station_floor.world()
    station_floor.bought()
    floor.announced(world)
    station_floor.five_lots(world)
    station_floor.batch(world)
    counting.open_count(place="KIT-DRY", actor=cast.ANNA)
    context = browser.new_context(viewport={"width": 360, "height": 640}, color_scheme=scheme, service_workers="block")
    hand = Hand(context.new_page(), str(live_server.url), "anna")
    hand.begin()
    found = []
    walk = steps(hand)
    for screen, step in walk.items():
        step()
        hand.wait(0.15)
        found += looked_at(hand.page, axe, screen)
        if scheme == "dark":
            station_floor.shot(hand, f"dark-{screen.replace(', ', '-').replace(' ', '-')}")
    smallest = hand.page.evaluate(TEXT)
    context.close()
    print(f"{len(walk)} screens, {scheme}: {len(found)} faults; text of work from {smallest:.0f} px")
    assert sorted(set(found)) == []
    assert hand.problems == []
    assert smallest >= 18


def test_the_script_is_small() -> None:
    """What is loaded before the camera: the station itself, and each loop when it is first opened."""
    sizes = {path.stem: path.stat().st_size for path in BUILT.glob("*.js") if path.stem not in ("camera", "worker")}
    loops = {name: size for name, size in sizes.items() if name != "station"}
    largest = sizes["station"] + max(loops.values())
    print(
        f"station.js {sizes['station']:,} B, with the largest loop {largest:,} B (bar {SCRIPT_MAX:,}),"
        f" with all {len(loops)} loops {sum(sizes.values()):,} B"
    )
    assert largest <= SCRIPT_MAX
