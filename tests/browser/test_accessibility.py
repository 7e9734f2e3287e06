"""axe finds no fault on the pages of the frame, in light and in dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from lotbook.foundation.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/style",
    "/search",
    "/search?q=x",
    "/settings/people",
    "/settings/people/add",
    "/settings/people/ana",
]
PAGES += ["/settings/keys", "/settings/keys/add", "/account/password/", "/account/logout/", "/nowhere"]


def faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{page.url} {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing(
    browser: Browser, live_server: LiveServer, scheme: Literal["light", "dark"], width: int
) -> None:
    if not AXE.exists():
        pytest.fail("axe-core is not installed: python3 dev.py setup")
    person = User.objects.create(username="ana", role="administrator")
    client = Client()
    client.force_login(person)
    context = browser.new_context(
        base_url=live_server.url,
        color_scheme=scheme,
        viewport={"width": width, "height": 640},
    )
    page = context.new_page()
    page.goto("/account/login/")
    found = faults(page)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    for path in PAGES:
        page.goto(path)
        found += faults(page)
    context.close()
    assert sorted(set(found)) == []
