"""In a real browser: from the login to the signed report of a drill, with its actions counted.

TOM-1 → [RUN-1] → S-1, S-2 → Larchwood Market
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast

from lotbook.foundation.places.models import Place
from lotbook.insights.recall.models import Case, Drill
from lotbook.traceability.lots.models import Hold

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ACTIONS_MAX, SECONDS_MAX, HUMAN_S = 8, 120, 1.2
"""The bar of the journey: machine time plus 1.2 s for each action."""


@pytest.fixture
def book() -> None:
    cache.clear()
    for code in ("LOSS", "DIFFERENCE"):
        # Every book has them; a test that empties the tables took them away.
        Place.objects.get_or_create(code=code, defaults={"kind": code.lower()})
    world = cast.small()
    cast.person("quinn")
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    made = {(world.sauce, "S-1"): "300", (world.sauce, "S-2"): "200"}
    cast.make(world, "RUN-1", {(world.tomatoes, "TOM-1"): "400"}, made)
    cast.ship(world, world.larchwood, world.sauce, "S-1", "120")
    cast.ship(world, world.kettle, world.sauce, "S-2", "20")


def clean(page: Page, axe: str) -> None:
    """No finding of axe, and nothing wider than the screen."""
    page.evaluate(axe)
    found: Any = page.evaluate(
        "rules => axe.run({runOnly: rules})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))",
        RULES,
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def look(page: Page, axe: str, folder: Path, name: str) -> None:
    """The page as it stands, wide and narrow."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        clean(page, axe)
        page.screenshot(path=folder / f"drill-{name}-{width}.png", full_page=True)


def test_from_login_to_the_signed_report(
    page: Page, live_server: LiveServer, book: None, axe: str, tmp_path: Path
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(live_server.url)
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    begun, actions, looking = time.monotonic(), 0, 0.0
    page.press("#id_password", "Enter")
    actions += 1
    page.get_by_role("link", name="Start a drill").click()
    actions += 1
    page.get_by_role("button", name="Start the drill").click()
    actions += 1
    expect(page.get_by_role("heading", name="DRILL")).to_be_visible()
    expect(page.get_by_text("Every lot is accounted for")).to_be_visible()
    start = time.monotonic()
    look(page, axe, tmp_path, "running")
    looking += time.monotonic() - start
    page.get_by_role("link", name="Balance", exact=True).first.click()
    actions += 1
    expect(page.get_by_text("accounted for over")).to_contain_text("100 %")
    page.get_by_role("button", name="Sign the drill").click()
    actions += 1
    expect(page.get_by_text("fits what was signed and the log")).to_be_visible()
    report = page.get_by_role("link", name="Report (PDF)").get_attribute("href")
    got = page.request.get(f"{live_server.url}{report}")
    actions += 1
    assert got.headers["content-type"] == "application/pdf"
    assert got.body()[:5] == b"%PDF-"
    seconds = time.monotonic() - begun - looking + actions * HUMAN_S
    assert actions <= ACTIONS_MAX
    assert seconds <= SECONDS_MAX
    done = Drill.objects.get()
    assert (done.signed_by, done.balance_ppm) == ("user:quinn", 1_000_000)
    assert not Hold.objects.exists()
    look(page, axe, tmp_path, "signed")
    here = f"{live_server.url}/recall/{Case.objects.get().uid}"
    for name, path in (
        ("balance", f"{here}?tab=balance"),
        ("texts", f"{here}?tab=texts"),
        ("history", f"{live_server.url}/recall/drills"),
        ("start", f"{live_server.url}/recall/drills/new"),
    ):
        page.goto(path)
        look(page, axe, tmp_path, name)
    assert problems == []


def test_people_are_asked_by_keyboard_alone(
    page: Page, live_server: LiveServer, book: None, axe: str, tmp_path: Path
) -> None:
    page.goto(f"{live_server.url}/recall/drills/new")
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    page.press("#id_password", "Enter")
    page.fill("#id_lots", "RM-TOMATO TOM-1")
    page.get_by_label("Asked and taken down").check()
    page.get_by_role("button", name="Start the drill").press("Enter")
    summary = page.get_by_text("Take down Warehouse")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Otto")
    page.keyboard.press("Tab")
    page.keyboard.type("Found all of it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Found all of it")).to_be_visible()
    look(page, axe, tmp_path, "people")
    row = Drill.objects.get().questions.get(role="Warehouse")
    assert (row.name, row.reached, row.drill.choice) == ("Otto", "yes", "chosen")
