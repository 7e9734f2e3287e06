"""In a real browser: from login to "which customers got this lot", and the picture by mouse and by keyboard.

FARM → TOM-1 → [RUN-1] → S-1 … S-8 → SHOP-1 … SHOP-3     SALT-1 → [RUN-1]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FloatRect, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

GOOD = "seven brown jars"
ANN = "user:ann"
SCRIPT = Path(__file__).parents[2] / "src/lotbook/interfaces/web/static/lotbook/trace.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def book() -> None:
    """The book of the picture above; S-1 … S-8 are lots of one item, so that they make a stack."""
    if not SCRIPT.exists():
        pytest.fail("the front end is not built: python3 dev.py setup")
    cache.clear()
    accounts.create_user(actor="lotbook", username="ann", role="operator", password=GOOD)
    plant = places.create_place(actor=ANN, code="PLANT", kind="site", name="Plant", time_zone="UTC")
    farm = partners.create_partner(actor=ANN, code="FARM", name="Fattoria Rossi", is_supplier=True)
    tomatoes = catalog.create_item(actor=ANN, code="TOM", name="Tomatoes", unit="KGM", scale=3)
    salt = catalog.create_item(actor=ANN, code="SALT", name="Sea salt", unit="KGM", scale=3)
    sauce = catalog.create_item(actor=ANN, code="SAUCE", name="Sauce 350 g", unit="H87", scale=0)
    source, run = places.partner_place(farm), Place.objects.create(code="RUN-1", kind="run")
    at = clock.now() - timedelta(days=1)
    used = [LotRef(tomatoes.pk, "TOM-1"), LotRef(salt.pk, "SALT-1")]
    made = [LotRef(sauce.pk, f"S-{number}") for number in range(1, 9)]
    drafts = [
        Draft("receive", at, moves=[Move(lot, source.pk, plant.pk, 50_000) for lot in used]),
        Draft("consume", at, moves=[Move(lot, plant.pk, run.pk, 40_000) for lot in used]),
        Draft("produce", at, moves=[Move(lot, run.pk, plant.pk, 90) for lot in made]),
    ]
    for number in range(1, 4):
        shop = partners.create_partner(
            actor=ANN, code=f"SHOP-{number}", name=f"Shop {number}", is_customer=True
        )
        place = places.partner_place(shop)
        drafts.append(Draft("ship", at, moves=[Move(made[number], plant.pk, place.pk, 10 * number)]))
    ledger.post(drafts, actor=ANN)


def watched(page: Page) -> list[str]:
    """What the browser complains about from now on: blocked by the policy, missing, or thrown."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def log_in(page: Page, live_server: LiveServer, path: str) -> None:
    page.goto(f"{live_server.url}{path}")
    page.fill("#id_login", "ann")
    page.fill("#id_password", GOOD)
    page.press("#id_password", "Enter")


def card(page: Page, words: str) -> Locator:
    return page.locator(".lb-node").filter(has_text=words)


def box(one: Locator) -> FloatRect:
    found = one.bounding_box()
    assert found is not None
    return found


@pytest.fixture
def problems(page: Page, book: None) -> Iterator[list[str]]:
    found = watched(page)
    yield found
    assert found == []


def test_from_login_to_the_customers_of_a_lot_in_three_actions(
    page: Page, live_server: LiveServer, problems: list[str]
) -> None:
    log_in(page, live_server, "/")
    page.get_by_role("link", name="Trace & recall").click()  # 1
    page.get_by_label("Lot, serial, item or pallet").fill("TOM-1")  # 2
    page.keyboard.press("Enter")  # 3
    customers = page.locator("#customers")
    for number in range(1, 4):
        row = customers.get_by_role("row").filter(has_text=f"Shop {number}")
        expect(row).to_contain_text(f"{10 * number} pcs")
    expect(card(page, "Shop 3")).to_be_visible()
    expect(card(page, "Fattoria Rossi")).to_be_visible()


def test_suppliers_stand_left_and_customers_right_of_the_lot(
    page: Page, live_server: LiveServer, problems: list[str]
) -> None:
    log_in(page, live_server, "/trace?id=S-2")
    left = [box(card(page, words))["x"] for words in ("Fattoria Rossi", "TOM-1", "RUN-1", "S-2", "Shop 1")]
    assert left == sorted(left)
    assert len(set(left)) == 5


def test_a_stack_opens_folds_and_is_shared_by_its_address(
    page: Page, live_server: LiveServer, problems: list[str]
) -> None:
    log_in(page, live_server, "/trace?id=TOM-1")
    stack = page.get_by_role("button", name=re.compile("8 lots.*Sauce 350 g.*opens here"))
    stack.click()
    expect(card(page, "S-8")).to_be_visible()
    expect(stack).to_have_count(0)
    assert "expand=" in page.url
    page.reload()
    expect(card(page, "S-8")).to_be_attached()
    page.get_by_role("button", name="Fold Sauce 350 g again").click()
    expect(stack).to_be_visible()
    expect(stack).to_be_focused()
    assert "expand=" not in page.url


def test_the_keyboard_walks_along_the_edges_and_opens_a_lot(
    page: Page, live_server: LiveServer, problems: list[str]
) -> None:
    log_in(page, live_server, "/trace?id=S-2")
    card(page, "S-2").focus()
    page.keyboard.press("ArrowLeft")
    expect(card(page, "RUN-1")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".lb-node:focus")).to_contain_text(re.compile("TOM-1|SALT-1"))
    expect(card(page, "Shop 1")).to_have_class(re.compile(r"\bis-on\b"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/lots/[0-9a-f-]{36}"))


def test_zoom_and_fit(page: Page, live_server: LiveServer, problems: list[str]) -> None:
    log_in(page, live_server, "/trace?id=TOM-1")
    before = box(card(page, "TOM-1"))["width"]
    page.get_by_role("button", name="Smaller").click()
    assert box(card(page, "TOM-1"))["width"] < before
    page.get_by_role("button", name="Fit").click()
    view = box(page.locator("[data-view]"))
    last = box(card(page, "Shop 3"))
    assert last["x"] + last["width"] <= view["x"] + view["width"]


def test_without_scripts_the_table_says_it_all(browser: Browser, live_server: LiveServer, book: None) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, live_server, "/trace?id=TOM-1")
    expect(page.locator("[data-graph]")).to_be_hidden()
    expect(page.locator("#lots").get_by_role("row").filter(has_text="S-8")).to_be_visible()
    expect(page.locator("#customers")).to_contain_text("Shop 3")
    context.close()


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser,
    live_server: LiveServer,
    axe: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    context: BrowserContext = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 740}, reduced_motion="reduce"
    )
    page = context.new_page()
    log_in(page, live_server, "/trace?id=TOM-1")
    expect(page.locator("[data-graph][aria-busy=false]")).to_be_visible()
    assert faults(page, axe) == []
    for path in ("/trace", "/trace?id=NO-SUCH", "/trace?id=S-2&view=table"):
        page.goto(f"{live_server.url}{path}")
        assert faults(page, axe) == []
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        )
    context.close()
