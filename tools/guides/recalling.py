"""Quinn's recall of the contaminated spice: found, narrowed, frozen, told, answered, closed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Page

from tools.guides import book, hand, picture

if TYPE_CHECKING:
    from tools.guides.days import Visit

T = TypeVar("T")
ITEMS = ("FG-ARRABBIATA", "FG-SMOKY", "FG-BASIL", "FG-MARINARA")
"""What people complained about that came of the spice."""
SHOP = "Larchwood Market"


def recall(quinn: Visit, browser: Browser) -> None:
    """From seven complaints to a closed case."""
    _find(quinn)
    _freeze(quinn)
    here = urlsplit(quinn.page.url).path
    _tell(quinn)
    _answers(quinn, browser, here)
    _close(quinn, here)


def _find(quinn: Visit) -> None:
    quinn.go("/complaints")
    lots = elsewhere(quinn, _complained_of)
    quinn.go(f"/trace/converge?lots={quote(chr(10).join(lots))}")
    quinn.shot("recall-causes", at="repeat exactly")
    quinn.main.locator("a", has_text="What it affects").filter(has_text="Paprika").first.click()
    quinn.page.wait_for_load_state("networkidle")
    quinn.shot("recall-scope")


def _complained_of() -> list[str]:
    from lotbook.operations.complaints.models import Complaint

    rows = Complaint.objects.filter(item__code__in=ITEMS).order_by("pk")
    return [f"{item}:{lot}" for item, lot in rows.values_list("item__code", "lot__number")]


def _freeze(quinn: Visit) -> None:
    quinn.link("Open a recall case")
    quinn.fill(
        reason="Solvent taste: seven complaints lead to one lot of paprika",
        hazard="Ethylene oxide above the limit", classification="II",
    )  # fmt: skip
    quinn.button("Open the case")
    quinn.button("Take the scope")
    quinn.hands.at(15, 24)
    quinn.button("Freeze every affected lot")
    quinn.shot("recall-frozen")
    quinn.main.get_by_label("Call the goods back").first.check()
    quinn.fill(reason="The supplier confirms its alert")
    quinn.button("Decide and sign")


def _tell(quinn: Visit) -> None:
    quinn.hands.at(15, 31)
    quinn.link("Tell the customers")
    quinn.button("Keep and look")
    quinn.shot("recall-notice", at="18 notices to send")
    quinn.button("Send 18 notices")
    elsewhere(quinn, _send)


def _send() -> None:
    from lotbook.insights.recall import worker

    worker.run_due()


def _answers(quinn: Visit, browser: Browser, here: str) -> None:
    """A shop answers by phone's browser, and nobody asks it for a password."""
    quinn.hands.at(16, 5)
    token = elsewhere(quinn, _token)
    context = browser.new_context(
        viewport={"width": hand.WIDTH, "height": hand.HEIGHT}, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{quinn.address}/answer/{token}")
    seen = [page.screenshot()]
    page.fill("#id_sold_on-0", "200")
    page.fill("#id_destroyed-0", "87")
    page.locator("#id_sold_on-0").scroll_into_view_if_needed()
    page.evaluate("document.activeElement.blur()")
    seen.append(page.screenshot())
    page.fill("#id_name", "Lou Larch")
    _press(page, "Send the answer")
    seen.append(page.screenshot())
    context.close()
    if picture.keep(hand.strip(seen), book.GUIDES / "images" / "recall-answer.webp"):
        sys.stdout.write("recall-answer.webp changed\n")
    quinn.go(f"{here}?tab=customers")


def _press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()
    page.wait_for_load_state("networkidle")


def _token() -> str:
    from lotbook.insights.recall.models import AnswerLink
    from lotbook.insights.recall.queries import links

    return links.token_of(AnswerLink.objects.get(customer__partner__name=SHOP).uid)


def _close(quinn: Visit, here: str) -> None:
    quinn.hands.at(17, 10)
    quinn.go(here)
    quinn.button("Start reconciling")
    quinn.go(f"{here}?tab=balance")
    quinn.shot("recall-balance", at="Accounted for")
    explained = "Answered on the telephone: sold and eaten; what is here goes to the incinerator on Friday"
    quinn.main.get_by_label("What explains the chosen ones").fill(explained)
    quinn.button("Explain all that are open")
    quinn.main.locator("form", has_text="Close and sign").get_by_label("Why").fill("Every jar has a name")
    quinn.button("Close and sign")


def elsewhere(quinn: Visit, act: Callable[[], T]) -> T:
    """Do something in the book in a thread of its own: Playwright's may not ask it."""
    from django.db import connection

    from lotbook.kernel import clock

    done: list[T] = []

    def run() -> None:
        with clock.standing(quinn.hands.moment):
            done.append(act())
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return done[0]
