"""In a real browser: a complaint by scan on a phone, and from login to a lot's ingredients and suppliers.

TOM-1 ┐
      ├→ [RUN-1] → SAUCE-1 → Larchwood Market, who complains
PAP-1 ┘
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor
from tests.browser.test_floor_pages import faults
from tests.browser.test_trace_page import watched

from lotbook.operations.complaints import actions
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SCRIPT = Path(__file__).parents[2] / "src/lotbook/interfaces/web/static/lotbook/trace.js"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def book() -> None:
    """The book of the picture above."""
    if not SCRIPT.exists():
        pytest.fail("the front end is not built: python3 dev.py setup")
    cache.clear()
    world = floor.world()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    cast.receive(world, world.saffron, world.paprika, "PAP-1", "10")
    inputs = {(world.tomatoes, "TOM-1"): "400", (world.paprika, "PAP-1"): "4"}
    cast.make(world, "RUN-1", inputs, {(world.sauce, "SAUCE-1"): "900"})
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")


@pytest.fixture
def problems(page: Page, book: None) -> Iterator[list[str]]:
    found = watched(page)
    yield found
    assert found == []


def log_in(page: Page, live_server: LiveServer, path: str) -> None:
    page.goto(f"{live_server.url}{path}")
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    page.press("#id_password", "Enter")


def test_from_login_back_to_ingredients_and_suppliers_in_three_actions(
    page: Page, live_server: LiveServer, problems: list[str]
) -> None:
    told = Told(
        complainant="customer", partner="C001", item="FG-MARINARA", lot="SAUCE-1", symptoms=("taste",)
    )
    one = actions.receive(actor="user:quinn", told=told)
    log_in(page, live_server, "/")
    page.get_by_role("link", name="Complaints", exact=True).click()  # 1
    page.get_by_role("link", name=one.number).click()  # 2
    page.get_by_role("link", name="Trace the lot").click()  # 3
    for words in ("TOM-1", "PAP-1", "Tumbling River Produce", "Saffron Gate Spice Traders"):
        expect(page.locator(".lb-node").filter(has_text=words).first).to_be_visible()


def test_a_phone_takes_a_complaint_by_scan(
    browser: Browser, live_server: LiveServer, book: None, axe: str
) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]  # a literal
    page = context.new_page()
    log_in(page, live_server, "/complaints")
    expect(page.get_by_text("No complaint yet")).to_be_visible()
    found = faults(page, axe)
    page.get_by_role("link", name="Enter a complaint").first.click()
    found += faults(page, axe)
    page.get_by_label("Scan the pack").fill("(01)09526543006015(10)SAUCE-1(15)280825")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Understood")).to_contain_text("lot SAUCE-1")
    page.get_by_label("Taste or smell").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="CP-")).to_be_visible()
    expect(page.locator(".lb-loading")).to_have_count(0)
    expect(page.get_by_role("region", name="Shipments that carried the lot")).to_contain_text(
        "Larchwood Market"
    )
    found += faults(page, axe)
    page.goto(f"{live_server.url}/complaints")
    expect(page.get_by_role("button", name="Shared cause of the chosen")).to_be_visible()
    found += faults(page, axe)
    one = Complaint.objects.get()
    assert one.lot is not None
    assert (one.lot.number, str(one.best_before_on)) == ("SAUCE-1", "2028-08-25")
    context.close()
    assert found == []


def test_every_page_of_a_desk_is_accessible(
    page: Page, live_server: LiveServer, problems: list[str], axe: str
) -> None:
    for number in range(2):
        told = Told(item="FG-MARINARA", lot="SAUCE-1", symptoms=("taste",), description=f"jar {number}")
        actions.receive(actor="user:quinn", told=told, reach=Reach(name="Carol"))
    unclear = actions.receive(
        actor="user:quinn", told=Told(item="FG-MARINARA", lot="UCE-1", symptoms=("other",))
    )
    log_in(page, live_server, "/complaints")
    expect(page.get_by_role("region", name="Early warnings")).to_contain_text(
        "2 complaints about lot SAUCE-1"
    )
    found = faults(page, axe)
    for path in (
        "import",
        str(unclear.uid),
        f"{unclear.uid}/change",
        f"{unclear.uid}/close",
        f"{unclear.uid}/contact",
    ):
        page.goto(f"{live_server.url}/complaints/{path}")
        expect(page.locator(".lb-loading")).to_have_count(0)
        found += faults(page, axe)
    page.goto(f"{live_server.url}/complaints/{unclear.uid}")
    page.get_by_role("button", name="It is this one: lot SAUCE-1").click()
    expect(page.get_by_role("region", name="Early warnings")).to_have_count(0)
    expect(page.get_by_text("3 complaints about lot")).to_be_visible()
    assert found == []
