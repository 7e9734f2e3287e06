"""In a real browser: a suspicion narrowed by chips, at once, by keyboard, up to a recall case."""

from __future__ import annotations

from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast

from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.memory import keeping

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def world() -> None:
    """TOM-1, TOM-2 → [RUN-1] → SAUCE-1 → Larchwood; TOM-2 → [RUN-2] → SAUCE-2 → Green Kettle."""
    keeping.forget()
    made = cast.small()
    cast.receive(made, made.tumbling, made.tomatoes, "TOM-1", "300")
    cast.receive(made, made.saffron, made.tomatoes, "TOM-2", "100")
    inputs = {(made.tomatoes, "TOM-1"): "300", (made.tomatoes, "TOM-2"): "50"}
    cast.make(made, "RUN-1", inputs, {(made.sauce, "SAUCE-1"): "700"})
    cast.make(made, "RUN-2", {(made.tomatoes, "TOM-2"): "50"}, {(made.sauce, "SAUCE-2"): "100"})
    cast.ship(made, made.larchwood, made.sauce, "SAUCE-1", "7")
    cast.ship(made, made.kettle, made.sauce, "SAUCE-2", "10")


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{page.url} {one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_a_suspicion_is_narrowed_at_once(
    browser: Browser, live_server: LiveServer, axe: str, scheme: Literal["light", "dark"], width: int
) -> None:
    world()
    client = Client()
    client.force_login(cast.person("quinn"))
    context = browser.new_context(
        base_url=live_server.url, color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/trace/scope")
    problems += faults(page, axe)
    page.get_by_label("Number, code or name").fill("TOM-2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Per item")).to_be_visible()
    page.get_by_label("Suspect", exact=True).select_option("supplier")
    page.get_by_label("Number, code or name").fill("TUMBLING")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Customers, table")).to_contain_text("Larchwood Market")
    problems += faults(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Exposure", exact=True).press("Enter")
    page.get_by_role("link", name="Both side by side").press("Enter")
    expect(page.get_by_role("region", name="Lots, table")).to_contain_text("SAUCE-1")
    problems += faults(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="What if", exact=True).press("Enter")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Affected lots"))
    expect(row.get_by_role("cell")).to_have_text(["4", "4"])
    page.evaluate("window.stays = true")  # gone, if the page were loaded anew
    page.get_by_role("link", name="Leave out Tomatoes, plum, fresh TOM-2").press("Enter")
    expect(row.get_by_role("cell")).to_have_text(["4", "2"])
    assert page.evaluate("window.stays") is True
    assert "x=" in page.url  # the address has it all the same
    expect(page.get_by_role("link", name="Put back Tomatoes, plum, fresh TOM-2")).to_be_focused()
    problems += faults(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="All of them, side by side").press("Enter")
    expect(page.get_by_role("heading", name="Customers that differ")).to_be_visible()
    problems += faults(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.go_back()
    page.get_by_role("link", name="Open a recall case with what is left").press("Enter")
    expect(page.get_by_label("What is suspected")).to_have_value("supplier TUMBLING")
    problems += faults(page, axe)
    page.get_by_label("What is wrong").fill("glass")
    page.get_by_role("button", name="Open the case").press("Enter")
    page.get_by_role("button", name="Take the scope").press("Enter")
    expect(page.get_by_role("heading", name="How shares are read")).to_be_visible()
    problems += faults(page, axe)
    page.goto(f"{page.url.partition('?')[0]}?tab=lots")
    expect(page.get_by_role("region", name="Affected lots")).to_contain_text("85.8 %")
    problems += faults(page, axe)
    context.close()
    assert problems == []
    assert Lot.objects.count() == 4
