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


def at_today(page: Page) -> None:
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    # A panel still on its way when somebody logs out is refused, rightly.
    expect(page.locator(".lb-loading")).to_have_count(0, timeout=30_000)


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    at_today(page)


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


def with_authenticator(page: Page) -> str:
    """A device with passkeys that says yes to everything, as Chromium can play it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return str(made["authenticatorId"])


def log_out(page: Page) -> None:
    page.locator(".lb-me > summary").click()
    page.get_by_role("button", name="Log out").click()


def test_a_passkey_is_added_and_opens_without_a_password(page: Page, site: str) -> None:
    here = site.replace("127.0.0.1", "localhost")  # passkeys are bound to a name, never to a number
    with_authenticator(page)
    log_in(page, here)
    page.locator(".lb-me > summary").click()
    page.get_by_role("link", name="Login and security").click()
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Ana's laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("opens without a password")).to_be_visible()
    assert overflow(page) == 0
    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    at_today(page)
    log_out(page)
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    at_today(page)


def test_badge_and_pin_by_scanner_and_keyboard(page: Page, site: str) -> None:
    actions.create_user(username="otto", role="operator", password=GOOD, actor="lotbook")
    _, code = actions.make_badge(username="otto", pin="4071", actor="user:ana")
    page.set_viewport_size({"width": 360, "height": 640})
    log_in(page, site)
    page.goto(f"{site}/settings/handhelds")
    page.get_by_label("Name of this device").fill("Handheld 3")
    page.get_by_role("button", name="Make this a shared handheld").click()
    expect(page.get_by_role("heading", name="This device is Handheld 3")).to_be_visible()
    log_out(page)
    page.get_by_role("link", name="Scan your badge").click()
    expect(page.get_by_label("Badge")).to_be_focused()
    page.keyboard.type(code)  # the field has the focus: a scanner types
    page.get_by_label("PIN").fill("4071")
    page.keyboard.press("Enter")
    at_today(page)
    assert overflow(page) == 0
    page.get_by_role("button", name="Switch person").click()
    expect(page.get_by_role("heading", name="Scan your badge")).to_be_visible()
    assert overflow(page) == 0
