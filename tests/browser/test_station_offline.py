"""In a real browser: what was recorded survives dead networks, reloads and a browser that is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Playwright
from pytest_django.live_server_helper import LiveServer
from tests.browser.flaky import MODULE, Proxy, build_queue
from tests.faults.queues import World

from lotbook.interfaces.station import build
from lotbook.interfaces.station.models import Act, Device, State
from lotbook.traceability.ledger import queries as ledger

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

BARE = "/station/app.webmanifest"
"""An address without the station's own script, which would ask for much else beside."""

OPEN = f"""async () => {{
  const {{ openQueue }} = await import("{MODULE}");
  globalThis.queue = await openQueue({{ name: "queue-under-test" }});
}}"""
RECORD = """async ([lot, count]) => {
  for (let made = 0; made < count; made += 1) {
    const lines = [{ lot, quantity: "0.001", unit: "KGM", from: "STORE" }];
    const body = { lines, to: "A-01" };
    const act = await queue.record({ kind: "move", site: "PLANT", by: "ann", as_of: 0, body });
    console.log("recorded " + act.id + " " + act.n);
  }
}"""
SENT = "async () => { const status = await queue.sync(); return [status.safe, status.recorded]; }"


@pytest.fixture
def world() -> World:
    return World.open()


@pytest.fixture
def proxy(live_server: LiveServer, world: World, tmp_path: Path) -> Iterator[Proxy]:
    assert build.version(), "The front end is not built: python3 dev.py setup"
    found = Proxy(live_server.url, build_queue(tmp_path / "queue"), seed=4)
    yield found
    found.close()


class Handheld:
    """A browser with a disk of its own, which may lose its power."""

    def __init__(
        self, playwright: Playwright, folder: Path, launch: dict[str, Any], proxy: Proxy, session: str
    ) -> None:
        self.playwright, self.folder, self.launch = playwright, folder, launch
        self.proxy, self.session = proxy, session
        self.recorded: dict[str, int] = {}

    @contextmanager
    def on(self, path: str = "/station/") -> Iterator[Page]:
        """Switched on, at one of the station's addresses."""
        context = self.playwright.chromium.launch_persistent_context(str(self.folder), **self.launch)
        try:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": self.session, "url": self.proxy.url}]
            )
            page = context.pages[0]
            page.on("console", lambda message: self.hear(message.text))
            page.goto(f"{self.proxy.url}{path}")
            yield page
        finally:
            self.off(context)

    def off(self, context: BrowserContext) -> None:
        with contextlib.suppress(Exception):
            context.close()

    def hear(self, text: str) -> None:
        """An act is recorded: from now on it must not get lost."""
        if text.startswith("recorded "):
            _, uid, n = text.split()
            self.recorded[uid] = int(n)

    def cut_power(self) -> None:
        """Kill every process of this browser at once."""
        own = f"--user-data-dir={self.folder}".encode()
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and own in (process / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)


@pytest.fixture
def device(
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    proxy: Proxy,
    world: World,
    tmp_path: Path,
) -> Handheld:
    caller = Client()
    caller.force_login(world.ann)
    session = caller.cookies[settings.SESSION_COOKIE_NAME].value
    return Handheld(playwright, tmp_path / "disk", browser_type_launch_args, proxy, session)


def send_all(page: Page) -> int:
    """Let the queue send until nothing is left on the device; gives how many acts it ever recorded."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        safe, recorded = page.evaluate(SENT)
        if safe:
            return int(recorded)
        time.sleep(0.2)
    raise AssertionError("the queue was not sent in 30 seconds")


def check(device: Handheld, recorded: int) -> None:
    """Everything recorded is in the book once, in numbers without a gap, and nothing else is."""
    rows = {str(row.uid): row for row in Act.objects.all()}
    assert device.recorded.keys() <= rows.keys()
    assert {row.state for row in rows.values()} == {State.APPLIED}
    assert sorted(row.n for row in rows.values()) == list(range(1, recorded + 1))
    assert Device.objects.get(uid=next(iter(rows.values())).device).complete_to == recorded
    moved = sum(row.on_hand for row in ledger.balances() if row.place_code == "A-01")
    assert moved == recorded


@pytest.mark.heavy
def test_ten_killed_browsers_lose_nothing_and_double_nothing(
    device: Handheld, proxy: Proxy, world: World, long_run: bool
) -> None:
    dice, kills = random.Random(9), 50 if long_run else 10
    proxy.loses = 0.4
    for _ in range(kills):
        with device.on(BARE) as page:
            page.evaluate(OPEN)
            page.evaluate(RECORD, [world.lots["T-1"], 2])
            # More is being written and sent when the power goes.
            page.evaluate(f"(given) => {{ ({RECORD})(given); }}", [world.lots["T-1"], 10])
            page.wait_for_timeout(dice.random() * 400)
            device.cut_power()
    with device.on(BARE) as page:
        page.evaluate(OPEN)
        recorded = send_all(page)
    assert recorded >= len(device.recorded) >= 2 * kills
    check(device, recorded)
    print(f"\n{kills} kills, {recorded} acts, {proxy.deliveries} deliveries")


def test_without_a_network_the_station_opens_and_the_queue_is_there(
    device: Handheld, proxy: Proxy, world: World
) -> None:
    with device.on() as page:
        page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
        page.reload()
        assert page.evaluate("() => navigator.serviceWorker.controller !== null")
        page.evaluate(OPEN)
        proxy.dead = True
        page.evaluate(RECORD, [world.lots["T-1"], 5])
        status = page.evaluate("async () => queue.sync()")
        assert (status["onDevice"], status["reachable"], status["safe"]) == (5, False, False)
        page.reload()
        assert page.title() == "Station · Lotbook"
        assert count(page) == 5
    with device.on() as page:
        assert page.title() == "Station · Lotbook"
        assert count(page) == 5
        # The API is never answered from what is kept.
        assert (
            page.evaluate('() => fetch("/api/v1/station/inbox").then(() => "answered", () => "lost")')
            == "lost"
        )
        proxy.dead = False
        page.evaluate(OPEN)
        check(device, send_all(page))


def count(page: Page) -> int:
    """How many acts lie on the device's disk, read past the queue."""
    found = page.evaluate(
        """() => new Promise((done, failed) => {
          const request = indexedDB.open("queue-under-test");
          request.onerror = () => failed(request.error);
          request.onsuccess = () => {
            const all = request.result.transaction("acts").objectStore("acts").count();
            all.onsuccess = () => { request.result.close(); done(all.result); };
          };
        })"""
    )
    return int(found)
