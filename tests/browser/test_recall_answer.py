"""In a real browser: a customer answers a recall on a phone, in its language, without scripts.

SAUCE-1 (900) → Larchwood Market 120, which has 40 left, destroys 50 and sold 30 to the Corner Shop
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor
from tests.browser.test_floor_pages import faults

from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Answer, CaseCustomer, CaseDelivery
from lotbook.insights.recall.queries import scoping
from lotbook.insights.recall.queries.links import token_of
from lotbook.traceability.lots.models import Lot

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

QUINN = "user:quinn"
PICTURES = os.environ.get("LOTBOOK_PICTURES", "")
"""A folder for pictures of the pages, to be looked at."""
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture
def customer() -> CaseCustomer:
    """Larchwood Market in a case that is decided."""
    cache.clear()
    world = floor.world()
    cast.receive(world, world.tumbling, world.sauce, "SAUCE-1", "900")
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")
    given = scoping.of_lots([Lot.objects.get(number="SAUCE-1").uid])
    case = actions.open_case(kind="recall", reason="Glass in jars", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    found: CaseCustomer = case.customers.select_related("partner", "case").get()
    return found


@pytest.fixture
def there(customer: CaseCustomer) -> str:
    """The address a notice would have told."""
    link, _ = actions.make_link(customer, actor=QUINN)
    return f"/answer/{token_of(link.uid)}"


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone that runs no scripts."""
    context = browser.new_context(base_url=live_server.url, viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_a_customer_answers_on_a_phone(phone: Page, there: str) -> None:
    phone.goto(there)
    phone.get_by_role("link", name="Deutsch").click()
    expect(phone.locator("html")).to_have_attribute("lang", "de")
    expect(phone.get_by_text("Larchwood Market").first).to_be_visible()
    keep(phone, "answer-de-360")
    phone.fill("#id_found-0", "40")
    phone.fill("#id_destroyed-0", "50,0")
    phone.fill("#id_sold_on-0", "30")
    phone.locator("details summary").click()
    phone.fill("#id_who-0", "Corner Shop")
    phone.fill("#id_much-0", "30 Stück")
    phone.set_input_files("#id_files", {"name": "liste.csv", "mimeType": "text/csv", "buffer": b"shop;30"})
    phone.locator("button[type=submit].btn-primary").click()
    expect(phone.locator("#faults")).to_be_visible()
    assert not Answer.objects.exists()
    phone.fill("#id_name", "Lou Larch")
    keep(phone, "answer-de-360-fault")
    phone.locator("button[type=submit].btn-primary").click()
    expect(phone.get_by_text("SAUCE-1")).to_be_visible()
    keep(phone, "answer-de-360-thanks")
    made = Answer.objects.get()
    assert (made.name, made.recipients.get().name) == ("Lou Larch", "Corner Shop")
    counted = CaseDelivery.objects.get()
    assert (counted.destroyed, counted.sold_on) == (50, 30)
    phone.locator("a.btn").click()
    expect(phone.locator("#id_destroyed-0")).to_have_value("50")


def test_axe_finds_nothing_on_the_answer_page(
    browser: Browser, live_server: LiveServer, there: str, axe: str
) -> None:
    found: list[str] = []
    looks: list[tuple[str, int, Literal["light", "dark"]]] = [
        ("en", 1280, "light"), ("pl", 360, "dark"), ("fr", 360, "light"),
    ]  # fmt: skip
    for lang, width, scheme in looks:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 740}, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(f"{there}?lang={lang}")
        found += faults(page, axe)
        keep(page, f"answer-{lang}-{width}-{scheme}")
        page.fill("#id_found-0", "x")
        page.fill("#id_name", "Lou")
        page.locator("button[type=submit].btn-primary").click()
        expect(page.locator("#faults")).to_be_visible()
        found += faults(page, axe)
        page.fill("#id_found-0", "1")
        page.locator("button[type=submit].btn-primary").click()
        page.wait_for_url("**sent=1**")
        found += faults(page, axe)
        page.goto("/answer/nothing")
        found += faults(page, axe)
        context.close()
    assert found == []
