"""In a real browser: a recall from the suspicion to the signed report, its actions counted.

TOM-1 → [RUN-1] → S-1, S-2 → Larchwood Market 120; what comes back and what is destroyed is booked meanwhile
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import cast
from tests.browser import test_recall
from tests.browser.test_recall import clean

from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.insights.recall import worker
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import log_broken_at
from lotbook.kernel import clock
from lotbook.traceability.ledger.actions import post
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Hold, Lot

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

ACTIONS_MAX = 20
SHOTS = os.environ.get("LOTBOOK_SHOTS")
book = test_recall.book
ANSWER = re.compile(r"/answer/[\w-]{43}")


def book_the_rest(lot: Lot) -> None:
    """A hundred jars come back; all that is here then is destroyed."""
    larchwood = Place.objects.get(partner__name="Larchwood Market")
    store, lost = Place.objects.get(code="KIT-DRY"), Place.objects.get(code="LOSS")
    kitchen = Place.objects.get(code="KIT")
    now = clock.now()
    post(
        [
            Draft("return", now, place=kitchen.pk, moves=[Move(lot.pk, larchwood.pk, store.pk, 100)]),
            Draft(
                "lose", now, place=kitchen.pk, reason="burnt", moves=[Move(lot.pk, store.pk, lost.pk, 280)]
            ),
        ],
        actor=cast.ANNA,
    )


@pytest.mark.usefixtures("book")
def test_a_recall_from_suspicion_to_the_signed_report(
    page: Page, browser: Browser, live_server: LiveServer, axe: str, settings: Any
) -> None:
    settings.BOOK_URL = str(live_server.url)
    Partner.objects.filter(name="Larchwood Market").update(email="desk@larchwood.example")
    actions = 0

    def press(words: str) -> None:
        nonlocal actions
        page.get_by_role("button", name=words, exact=True).click()
        actions += 1

    def write(label: str, words: str) -> None:
        nonlocal actions
        page.get_by_label(label, exact=label == "Why").first.fill(words)
        actions += 1

    sauce = Lot.objects.get(number="S-1")
    page.goto(f"{live_server.url}/recall/new?lots={Lot.objects.get(number='TOM-1').uid}&source_kind=lot")
    page.fill("#id_login", "quinn")
    page.fill("#id_password", cast.PASSWORD)
    page.press("#id_password", "Enter")
    write("What is wrong", "Glass found in a jar")
    press("Open the case")
    press("Take the scope")
    press("Freeze every affected lot")
    expect(page.get_by_text("3 lots are on hold")).to_be_visible()
    page.get_by_label("Call the goods back from customers").check()
    actions += 1
    write("Why", "Glass in two jars")
    press("Decide and sign")
    page.get_by_role("link", name="Tell the customers").click()
    actions += 1
    write("Mail for answers", "recall@quillmere.example")
    press("Keep and look")
    press("Send 1 notice")
    expect(page.get_by_text("1 notice on the way")).to_be_visible()
    worker.run_due()
    (told,) = mail.outbox
    assert isinstance(told, EmailMessage)
    assert told.to == ["desk@larchwood.example"]
    there = ANSWER.search(str(told.body))
    assert there is not None
    shop = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    shop.goto(f"{live_server.url}{there[0]}")
    shop.fill("#id_returning-0", "100")
    shop.fill("#id_sold_on-0", "20")
    shop.fill("#id_name", "Lou Larch")
    shop.get_by_role("button", name="Send the answer").click()
    expect(shop.get_by_role("heading", name="Thank you")).to_be_visible()
    shop.context.close()
    book_the_rest(sauce)
    case = Case.objects.get()
    here = f"{live_server.url}/recall/{case.uid}"
    page.goto(f"{here}?tab=customers")
    expect(page.get_by_role("region", name="What Larchwood Market got")).to_contain_text("100 coming back")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        clean(page, axe)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/recall-customers-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    press("Start reconciling")
    page.goto(f"{here}?tab=balance")
    actions += 1
    write("What explains the chosen ones", "Goes to the digester on Friday")
    press("Explain all that are open")
    page.locator("form", has_text="Close and sign").get_by_label("Why").fill("Every jar has a name")
    actions += 1
    press("Close and sign")
    expect(page.get_by_text("The case is closed and signed")).to_be_visible()
    print(f"{actions} actions from the suspicion to the signed report")
    assert actions <= ACTIONS_MAX
    case.refresh_from_db()
    assert (case.status, log_broken_at(case)) == ("closed", None)
    report = page.request.get(f"{here}/report.pdf")
    assert (report.status, report.body()[:5]) == (200, b"%PDF-")
    assert Hold.objects.filter(kind="recall", released_sequence=None).count() == 3
    page.goto(f"{here}?tab=log")
    clean(page, axe)
