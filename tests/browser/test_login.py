"""In a real browser: log in, the frame at both widths, keyboard only, and nothing the policy stops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from lotbook.foundation.accounts import actions

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

GOOD = "seven brown jars"
STATIC = Path(__file__).parents[2] / "src/lotbook/interfaces/web/static/lotbook/app.css"


@pytest.fixture
def problems(page: Page) -> Iterator[list[str]]:
    """What the browser complained about: blocked by the policy, missing, or thrown."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A refused form answers 422, which Chromium calls a failure of the network; it is the answer.
        if message.type == "error" and "status of 422" not in message.text:
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert found == []


@pytest.fixture
def site(live_server: LiveServer, problems: list[str]) -> str:
    cache.clear()
    if not STATIC.exists():
        pytest.fail("The front end is not built: python3 dev.py setup")
    actions.create_user(username="ana", role="administrator", password=GOOD, actor="lotbook")
    return str(live_server.url)


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 360])
def test_the_frame_stands_at_both_widths(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{site}/")
    assert overflow(page) == 0
    log_in(page, site)
    settings = page.get_by_role("link", name="Settings")
    menu = page.get_by_text("Menu", exact=True)
    if width < 900:
        expect(settings).to_be_hidden()
        menu.click()
    settings.click()
    if width < 900:
        menu.click()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    for path in (
        "/",
        "/style",
        "/settings/people",
        "/settings/people/add",
        "/settings/keys/add",
        "/search?q=x",
    ):
        page.goto(f"{site}{path}")
        assert overflow(page) == 0, path


def test_a_wrong_password_is_told_and_takes_the_focus(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=L-1")
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/search?q=L-1")


def test_by_keyboard_alone(page: Page, site: str) -> None:
    log_in(page, site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("L/1")
    expect(page.get_by_role("searchbox")).to_have_value("L/1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_a_fault_leads_into_its_field(page: Page, site: str) -> None:
    log_in(page, site)
    page.goto(f"{site}/settings/people/add")
    page.get_by_label("Name to log in with").fill("ana")
    page.get_by_label("First password").fill(GOOD)
    with page.expect_response(lambda response: response.status == 422):
        page.get_by_role("button", name="Add").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Name to log in with")).to_be_focused()


def test_logging_out_ends_it(page: Page, site: str) -> None:
    log_in(page, site)
    page.locator(".lb-me > summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{site}/account/login/")
    page.goto(f"{site}/style")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_scripts_of_strangers_do_not_run(page: Page, site: str) -> None:
    log_in(page, site)
    page.goto(f"{site}/search?q=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'owned'%22%3E")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert page.title() != "owned"
    assert page.evaluate("typeof window.htmx") == "object"
    assert page.evaluate("htmx.config.allowEval") is False
