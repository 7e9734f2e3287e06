"""In a real browser: complaint lots scanned and judged by keyboard alone, gaps found and repaired.

FARM → TOM-0 … TOM-3 → [RUN n] → S-0 … S-15; water in every run. Nobody said the farm's lot numbers.
"""

from __future__ import annotations

from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from lotbook.foundation.accounts.models import User
from lotbook.traceability.trace.convergence.test_convergence import Sauces
from lotbook.traceability.trace.gaps import nightly

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{page.url} {one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_from_complaints_to_the_cause_and_from_a_gap_to_its_repair(
    browser: Browser, live_server: LiveServer, axe: str, scheme: Literal["light", "dark"], width: int
) -> None:
    Sauces().post()
    nightly.run()
    client = Client()
    client.force_login(User.objects.create(username="ana", role="administrator"))
    context = browser.new_context(
        base_url=live_server.url, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/trace/converge")
    problems += faults(page, axe)
    page.get_by_label("Lots with a complaint").focus()
    for number in ("S-2", "S-6", "S-10"):  # a scanner types the number and Enter
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    first = page.get_by_role("table").locator("tbody tr").first
    expect(first).to_contain_text("Tomatoes TOM-2")
    expect(first).to_contain_text("3 of 3")
    first.locator("summary", has_text="Evidence").press("Enter")
    expect(first.get_by_role("link", name="S-6")).to_be_visible()
    problems += faults(page, axe)
    page.goto("/trace/gaps")
    problems += faults(page, axe)
    row = page.get_by_role("row").filter(has_text="Tomatoes TOM-2").filter(has_text="Receipt without")
    row.get_by_role("link").press("Enter")
    expect(page.get_by_label("Supplier's lot")).to_be_visible()
    for path in ("/trace/gaps?text=nowhere", "/trace/converge?lots=NOBODY"):
        page.goto(path)
        problems += faults(page, axe)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert problems == []
