"""In a real browser: from the decision to the first notice, in four actions (journey 10).

TOM-1 → 58 shops with mail (198 in the long run), one with an address, one nobody can reach
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser.test_recall import clean

from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.insights.recall import actions, worker
from lotbook.insights.recall.models import Case, Notice
from lotbook.insights.recall.queries import scoping
from lotbook.kernel import clock
from lotbook.traceability.ledger.actions import post
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

MANY, FEW = 200, 60
QUINN = "user:quinn"


@pytest.fixture
def case(settings: Any, long_run: bool) -> Case:
    settings.BOOK_URL = "https://book.example"
    cache.clear()
    for code in ("LOSS", "DIFFERENCE"):
        Place.objects.get_or_create(code=code, defaults={"kind": code.lower()})
    world = cast.small()
    cast.person("quinn")
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    languages = ("", "de", "fr", "es", "pl")
    Partner.objects.bulk_create(
        Partner(
            code=f"S{number:03}", name=f"Shop {number:03}", is_customer=True, language=languages[number % 5],
            email=f"shop{number}@shops.example" if number > 1 else "",
        )
        for number in range(MANY if long_run else FEW)
    )  # fmt: skip
    shops = list(Partner.objects.filter(code__startswith="S", is_customer=True).order_by("code"))
    Location.objects.create(partner=shops[0], name="Shop", street="1 Main St", city="Portland")
    lot = Lot.objects.get(number="TOM-1")
    post(
        [
            Draft(
                "ship", clock.now(), place=world.kitchen.pk, document_kind="shipment",
                document_number=f"SH-{shop.code}",
                moves=[Move(lot.pk, world.store.pk, places.partner_place(shop).pk, 1_000)],
            )
            for shop in shops
        ],
        actor=QUINN,
    )  # fmt: skip
    given = scoping.of_lots([lot.uid])
    made = actions.open_case(
        kind="recall", reason="Glass found in a jar", classification="I", suspects=given, actor=QUINN
    )
    actions.take_scope(case=made.uid, actor=QUINN)
    actions.freeze(case=made.uid, actor=QUINN)
    return actions.decide(case=made.uid, decision="recall", reason="glass", actor=QUINN)


def test_every_customer_is_told_in_four_actions(
    page: Page, live_server: LiveServer, case: Case, axe: str, tmp_path: Path
) -> None:
    def look(name: str) -> None:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            clean(page, axe)
            page.screenshot(path=tmp_path / f"notices-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})

    here = f"{live_server.url}/recall/{case.uid}"
    page.goto(here)
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    page.press("#id_password", "Enter")
    page.get_by_role("link", name="Tell the customers").click()  # 1
    expect(page.get_by_role("heading", name="Cannot be reached")).to_be_visible()
    look("plan")
    page.get_by_label("Mail for answers").fill("recall@quillmere.example")  # 2
    begun = time.monotonic()
    page.get_by_role("button", name="Keep and look").click()  # 3
    expect(page.get_by_role("region", name="Text of the notice")).to_contain_text("Glass found in a jar")
    look("preview")
    told = case.customers.count() - 1
    send = page.get_by_role("button", name=f"Send {told} notices")
    send.focus()
    pressed = time.monotonic()
    page.keyboard.press("Enter")  # 4
    expect(page.get_by_text(f"{told} notices on the way")).to_be_visible()
    assert time.monotonic() - pressed < 60
    assert worker.run_due(limit=3) == 3
    assert len(mail.outbox) == 3
    assert time.monotonic() - begun < 300
    Notice.objects.filter(pk=Notice.objects.filter(status="waiting").first().pk).update(  # type: ignore[union-attr]
        status="unsure", problem="The process stopped while it was sent: it may have arrived."
    )
    page.goto(f"{here}?tab=notices")
    expect(page.get_by_text("first notice")).to_be_visible()
    look("sent")
    page.get_by_role("button", name="It arrived at Shop").click()
    expect(page.get_by_text("Perhaps sent")).to_have_count(0)
    page.get_by_role("link", name="Shop 000").click()
    look("customer")
