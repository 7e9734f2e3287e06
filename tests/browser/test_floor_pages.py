"""Every page of the rooms of the floor, once a template: axe finds nothing, and nothing scrolls sideways.

The pages come from the rooms' own addresses, so a new page is looked at without being named here; every
other one in the dark and 360 px wide, as on a handheld in the night shift.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import floor

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.places.models import Place
from lotbook.interfaces.rfid import actions as rfid
from lotbook.interfaces.rfid.models import Pass
from lotbook.interfaces.rfid.rules import Read
from lotbook.interfaces.station import actions as station
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.operations.counting import actions as counting
from lotbook.operations.labels import actions as labels
from lotbook.operations.production import actions as production
from lotbook.operations.production.models import Order as ProductionOrder
from lotbook.operations.production.models import Recipe
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Ordered
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as shipped
from lotbook.operations.shipping.models import Order, Pick
from lotbook.operations.transfers.actions import levels, requests, transfers
from lotbook.operations.transfers.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.standards.epc.tags import from_elements
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

ROOMS = {
    "receiving", "production", "warehouse", "transfers", "counting", "shipping", "quality", "approvals",
    "documents", "accounts", "labels", "rfid", "station",
}  # fmt: skip
SHOTS = os.environ.get("LOTBOOK_SHOTS", "")
TEMPLATES_MIN = 78
"""A floor under the number of page kinds looked at: fewer means that the search found no pages."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def documents(world: cast.Cast) -> dict[str, object]:
    """A document of every kind, at a point where something is left to do: its key by where its pages live."""
    floor.announced(world)
    run_order = floor.planned(world)
    floor.stocked(world, world.sauce, "L-1", "60", 200)
    bought = receiving.create_order(
        supplier="TUMBLING", site="KIT", send=True, lines=[Ordered("RM-TOMATO", "60")], actor=floor.PIA
    )
    came = receiving.receive_unit(sscc=floor.PALLET, place="KIT-DRY", actor="user:rita")
    terms = receiving.set_rule(actor=floor.PIA, item="RM-TOMATO", over="5")
    run = production.start_run(order=run_order, actor="user:paul")
    vessel = production.create_vessel(place="KIT-QUAR", item="WIP-REWORK", actor=floor.PIA)
    number, _ = floor.ordered("20"), floor.ordered("15")
    wave = shipping.start_wave(orders=[number], actor=floor.PIA)
    (claim,) = shipped.pick_list([Order.objects.get(number=number)])
    shipping.pick(order=number, claim=claim.claim, lot="L-1", actor="user:sven")
    sent = shipping.ship_orders(
        orders=[floor.ordered("5")],
        lines=[Line(item="FG-MARINARA", lot="L-1", quantity="5", place="KIT-DRY")],
        reason="first",
        actor="user:sven",
    )
    preference = shipping.keep_rule(actor=floor.PIA, customer="C001", minimum_days="30")
    rule = approvals.keep_rule(
        actor=cast.ANNA, kind="transfers.request", name="Ask a manager", steps=[Stage("manager")]
    )
    wanted = requests.create(
        destination="COLD", lines=[Wanted("FG-MARINARA", "10")], ask=True, actor=floor.PIA
    )
    waits = asked.of("transfers.request", wanted.uid)
    assert waits is not None
    moved = transfers.create(
        source="KIT", destination="COLD", lines=[Wanted("FG-MARINARA", "4")], actor="user:otto"
    )
    transfers.start(transfer=moved.uid, actor="user:otto")
    level = levels.keep(item="FG-MARINARA", place="COLD", minimum="5", maximum="9", actor=floor.PIA)
    count = counting.open_count(place="KIT-DRY", actor=cast.ANNA)
    scrapped = warehouse.scrap(
        lines=[Line(item="FG-MARINARA", lot="L-1", quantity="1")],
        place="KIT-DRY",
        reason="fell",
        actor=cast.ANNA,
    )
    lot = Lot.objects.get(number="L-1")
    label = labels.print_label(what="lot", subject=str(lot.uid), printer="pdf", actor=cast.ANNA)
    portal = rfid.set_portal(actor=floor.PIA, code="dock-1", purpose="receive", place="KIT-DRY")
    tag = from_elements({"01": "04012345123456", "21": "7"}, "SGTIN-96", 1, 7).hex
    rfid.take(portal="dock-1", batch="b1", reads=[Read(tag, antenna=1)], via="key:reader")
    aside = rfid.set_aside(topic="lotbook/rfid/dock-1/reads", payload=b"{}", reason="batch is missing")
    printer = labels.save_printer(
        actor=floor.PIA, name="Dock", host="192.0.2.7", port=9100, size="100x150", dpi=203
    )
    return {
        "station/inbox": contradiction(lot), "rfid/set-aside": aside.uid, "labels/printers": printer.uid,
        "labels/jobs": label.uid, "labelled": f"lot/{lot.uid}",
        "rfid/portals": portal.uid, "rfid/passes": Pass.objects.get().uid,
        "receiving/orders": bought.uid, "receiving/notices": bought.uid, "receiving/receipts": came.uid,
        "receiving/rules": terms.uid, "production/orders": ProductionOrder.objects.get().uid,
        "production/recipes": Recipe.objects.get().uid, "production/vessels": vessel.uid,
        "production": run.uid, "orders": Order.objects.get(number=number).uid, "orders/rules": preference.uid,
        "pick": Pick.objects.get().uid, "waves": wave.uid, "shipments": shipped.shipment(sent.uid).uid,
        "settings/approval-rules": rule.uid, "requests": wanted.uid, "approvals": waits.uid,
        "transfers": moved.uid, "levels": level.uid, "counts": count.uid, "adjustments": scrapped.uid,
        "place": world.store.uid, "units": Place.objects.get(sscc=floor.PALLET).uid,
    }  # fmt: skip


def contradiction(lot: Lot) -> object:
    """An act of a device that the book cannot take: more of a lot than there is."""
    device, act = new_uid(), new_uid()
    now = clock.now().isoformat()
    line = {"lot": str(lot.uid), "quantity": "999", "unit": "", "from": "KIT-DRY"}
    told = {
        "id": str(act), "kind": "move", "site": "KIT", "at": now, "device": str(device), "n": 1, "after": [],
        "by": "anna", "as_of": 1, "body": {"lines": [line], "to": "KIT-QUAR"}, "seen": ["999 pc of L-1"],
        "scans": [{"text": "L-1", "how": "wedge", "at": now}],
    }  # fmt: skip
    by = station.Bearer(cast.ANNA, User.objects.get(username="anna"), None)
    station.take_in(device=device, acts=[told], by=by)
    return act


def addresses(known: dict[str, object]) -> Iterator[str]:
    """The addresses of the rooms' views, with the documents made above for their keys."""
    for room in get_resolver().url_patterns:
        if not isinstance(room, URLResolver):
            continue
        inside = [one for one in room.url_patterns if isinstance(one, URLResolver)]
        for group in [room, *inside]:
            if group.app_name in ROOMS or getattr(room.urlconf_module, "app_name", "") in ROOMS:
                for view in group.url_patterns:
                    if isinstance(view, URLPattern):
                        yield from _filled(str(view.pattern), known)


def _filled(route: str, known: dict[str, object]) -> Iterator[str]:
    """The route with its keys filled in; nothing for routes about things not made above."""
    before = route.partition("/<")[0]
    values = {
        "<str:what>/<str:name>": known["labelled"],
        "<uuid:uid>": known.get(before), "<uuid:pick>": known["pick"], "<uuid:place>": known["place"],
        "<int:line>": 1, "<str:username>": "anna", "<str:name>": "planner",
    }  # fmt: skip
    for name, value in values.items():
        if name in route and value is None:
            return
        route = route.replace(name, str(value))
    if "<" not in route:
        yield f"/{route}"


def kinds_of_pages(client: Client, known: dict[str, object]) -> list[str]:
    """One address for every template that makes a whole page."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(addresses(known)):
        if path == "/station/":
            continue  # A frame that scripts fill: every screen of it is looked at in test_station_screens.
        answer = client.get(path)
        assert answer.status_code < 500, path
        html = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code == 200 and html and b"<html" in answer.content:
            found.setdefault(str(answer.templates[0].name), path)
    return list(found.values())


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    found = [
        f"{page.url} {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{page.url} scrolls sideways by {wide} px"] if wide else found


@pytest.mark.heavy
def test_axe_finds_nothing_on_the_pages_of_the_floor(
    browser: Browser, live_server: LiveServer, axe: str
) -> None:
    cache.clear()
    known = documents(floor.world())
    User.objects.filter(username="anna").update(role="administrator")
    client = Client()
    client.force_login(User.objects.get(username="anna"))
    paths = kinds_of_pages(client, known)
    assert len(paths) >= TEMPLATES_MIN, sorted(paths)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    found: list[str] = []
    looks: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 360)]
    for index, (scheme, width) in enumerate(looks):
        context = browser.new_context(
            base_url=live_server.url, color_scheme=scheme, viewport={"width": width, "height": 640}
        )
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        for path in paths[index :: len(looks)]:
            page.goto(path)
            expect(page.locator(".lb-loading")).to_have_count(0)
            found += faults(page, axe)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/page-{scheme}-{path.strip('/').replace('/', '-')[:60]}.png")
        context.close()
    assert not found, "\n".join(sorted(set(found)))
