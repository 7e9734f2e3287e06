"""In a real browser: which customers got this lot, a recall opened from there, its scope, the freeze.

TOM-1 → [RUN-1] → S-1, S-2 → Larchwood Market
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast

from lotbook.foundation.places.models import Place
from lotbook.insights.recall.models import Case
from lotbook.traceability.lots.models import Hold

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


def test_from_the_customers_of_a_lot_to_everything_frozen(
    page: Page, live_server: LiveServer, book: None, axe: str, tmp_path: Path
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{live_server.url}/trace?id=TOM-1")
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    page.press("#id_password", "Enter")
    expect(page.locator("#customers")).to_contain_text("Larchwood Market")
    page.get_by_role("link", name="Recall", exact=True).click()
    expect(page.get_by_label("What is suspected")).not_to_be_empty()
    page.get_by_label("What is wrong").fill("Glass found in a jar")
    clean(page, axe)
    page.get_by_role("button", name="Open the case").click()
    page.get_by_role("button", name="Take the scope").click()
    expect(page.get_by_role("list", name="Totals")).to_contain_text("3 affected lots")
    freeze = page.get_by_role("button", name="Freeze every affected lot")
    freeze.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 lots are on hold")).to_be_visible()
    assert Hold.objects.filter(kind="recall", released_sequence=None).count() == 3
    here = f"{live_server.url}/recall/{Case.objects.get().uid}"
    for tab in ("scope", "lots", "customers", "balance", "log", "costs"):
        page.goto(f"{here}?tab={tab}")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            clean(page, axe)
            page.screenshot(path=tmp_path / f"recall-{tab}-{width}.png", full_page=True)
    page.goto(f"{live_server.url}/recall")
    clean(page, axe)
    page.emulate_media(media="print")
    page.goto(f"{here}?tab=balance")
    expect(page.get_by_role("navigation", name="Parts of the case")).to_be_hidden()
    assert problems == []
