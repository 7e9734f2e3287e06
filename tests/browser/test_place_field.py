"""Where there are more places than a list holds: typed with suggestions, or without a script."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.models import Place
from lotbook.operations.counting.models import Count

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


def opened(browser: Browser, live_server: LiveServer, *, script: bool) -> Page:
    """The page that opens a count, in a book with 400 bins."""
    client = Client()
    client.force_login(User.objects.create(username="ana", role="administrator"))
    plant = Place.objects.create(code="PLANT", name="Plant", kind="site", own=True, time_zone="UTC")
    Place.objects.bulk_create(
        Place(code=f"B-{n:03}", name=f"Bin {n:03}", kind="bin", own=True, parent=plant) for n in range(400)
    )
    context = browser.new_context(base_url=live_server.url, java_script_enabled=script)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto("/counts/new")
    return page


def test_suggestions_come_while_typing(browser: Browser, live_server: LiveServer) -> None:
    page = opened(browser, live_server, script=True)
    field = page.get_by_label("Place, with everything in it")
    field.focus()
    page.keyboard.type("bin 39")
    options = page.locator("#id_place_found option")
    expect(options).to_have_count(10)
    assert options.nth(0).get_attribute("value") == "B-390"
    page.keyboard.type("7")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="CC-")).to_be_visible()
    assert Count.objects.get().place == Place.objects.get(code="B-397")
    page.context.close()


def test_without_a_script_a_name_does(browser: Browser, live_server: LiveServer) -> None:
    page = opened(browser, live_server, script=False)
    page.get_by_label("Place, with everything in it").fill("bin 012")
    page.get_by_role("button", name="Open the count").click()
    expect(page.get_by_role("heading", name="CC-")).to_be_visible()
    assert Count.objects.get().place == Place.objects.get(code="B-012")
    page.context.close()
