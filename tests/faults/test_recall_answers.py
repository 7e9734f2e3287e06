"""Customers' answers under attack from many sides at once: kept once, all kept, and no more than fits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from lotbook.foundation.documents.models import Attachment
from lotbook.insights.recall import actions, queries
from lotbook.insights.recall.actions import answering
from lotbook.insights.recall.models import Answer, Case, CaseCustomer, CaseDelivery
from lotbook.insights.recall.queries import scoping
from lotbook.insights.recall.queries.links import token_of
from lotbook.kernel.ids import new_uid
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.lots.models import Lot
from tests import cast

QUINN = "user:quinn"
MANY = 6


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def called_back() -> CaseCustomer:
    """SAUCE-1 (900) → Larchwood Market 120: decided, nobody told yet."""
    world = cast.small()
    cast.receive(world, world.tumbling, world.sauce, "SAUCE-1", "900")
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")
    given = scoping.of_lots([Lot.objects.get(number="SAUCE-1").uid])
    case = actions.open_case(kind="recall", reason="glass in jars", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    found: CaseCustomer = case.customers.select_related("partner", "case").get()
    return found


def address(customer: CaseCustomer) -> str:
    link, _ = actions.make_link(customer, actor=QUINN)
    return f"/answer/{token_of(link.uid)}"


def form(**more: Any) -> dict[str, Any]:
    lot = str(Lot.objects.get(number="SAUCE-1").uid)
    return {"uid": str(new_uid()), "lot-0": lot, "name": "Lou Larch", **more}


def at_once(*acts: Callable[[], int]) -> list[int]:
    """Do all of them at the same moment, each in a thread with a connection of its own."""
    gate, codes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], int]) -> None:
        try:
            gate.wait(20)
            codes.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return codes


def sending(there: str, sent: dict[str, Any]) -> Callable[[], int]:
    return lambda: Client().post(there, sent).status_code


# -- at once ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_answers_at_the_same_moment_are_all_kept_and_the_last_counts() -> None:
    customer = called_back()
    there = address(customer)
    posts = [sending(there, form(**{"destroyed-0": str(10 + n), "sold_on-0": str(n)})) for n in range(MANY)]

    def on_the_phone() -> int:
        lot = str(Lot.objects.get(number="SAUCE-1").uid)
        lines = [{"lot": lot, "destroyed": "77", "sold_on": "7"}]
        actions.take_down(case=customer.case.uid, customer=customer.uid, lines=lines, actor=QUINN)
        return 302

    assert at_once(*posts, on_the_phone) == [302] * (MANY + 1)
    kept = list(Answer.objects.prefetch_related("lines").order_by("pk"))
    assert len(kept) == MANY + 1
    assert sorted(one.lines.all()[0].destroyed for one in kept) == [*range(10, 10 + MANY), 77]
    newest, counted = kept[-1].lines.all()[0], CaseDelivery.objects.get()
    assert (counted.destroyed, counted.sold_on) == (newest.destroyed, newest.sold_on)
    case = Case.objects.get()
    assert [step.verb for step in queries.log(case)].count("answered") == MANY + 1
    assert queries.log_broken_at(case) is None
    assert OutboxMessage.objects.filter(topic="recall.answered").count() == MANY + 1


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_many_times_at_the_same_moment_is_one_answer() -> None:
    there = address(called_back())
    sent = form(**{"found-0": "120"})
    assert at_once(*[sending(there, sent) for _ in range(MANY)]) == [302] * MANY
    assert Answer.objects.count() == 1
    assert at_once(sending(there, form(**{"found-0": "120"}))) == [302]
    assert Answer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_answer_against_the_end_of_its_link_is_kept_whole_or_not_at_all() -> None:
    customer = called_back()
    there = address(customer)
    posts = [sending(there, form(**{"sold_on-0": "120", "who-0": f"Shop {n}"})) for n in range(MANY)]

    def end() -> int:
        actions.revoke_link(case=customer.case.uid, customer=customer.uid, actor=QUINN)
        return 0

    codes = at_once(*posts, end)
    assert set(codes) <= {0, 302, 410}
    kept = Answer.objects.prefetch_related("lines", "recipients")
    assert len(kept) == codes.count(302)
    assert all(len(one.lines.all()) == len(one.recipients.all()) == 1 for one in kept)
    assert Client().post(there, form(**{"sold_on-0": "1"})).status_code == 410


# -- more than fits -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_nobody_fills_the_book_through_one_link(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    there = address(called_back())
    monkeypatch.setattr(answering, "LINK_BYTES_MAX", 249)

    def send(name: str) -> int:
        file = SimpleUploadedFile(name, name.encode() * 25)
        return client.post(there, form(**{"found-0": "1", "files": file})).status_code

    assert [send(name) for name in ("a.txt", "b.txt", "c.txt")] == [302, 422, 422]
    assert Attachment.objects.count() == Answer.objects.count() == 1
    assert client.post(there, form(**{"found-0": "1"})).status_code == 302


@pytest.mark.django_db
def test_nobody_answers_for_ever_through_one_link(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    there = address(called_back())
    monkeypatch.setattr(answering, "ANSWERS_MAX", 2)
    codes = [client.post(there, form(**{"found-0": "1"})).status_code for _ in range(3)]
    assert codes == [302, 302, 409]
    assert Answer.objects.count() == 2


# -- what the page says -------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "typed", "sold_on"),
    [("en", "1,200", 1200), ("de", "1.200", 1200), ("pl", "1 200", 1200), ("fr", "120,0", 120)],
)
def test_thousands_are_read_as_the_language_writes_them(
    client: Client, lang: str, typed: str, sold_on: int
) -> None:
    there = address(called_back())
    assert client.post(f"{there}?lang={lang}", form(**{"sold_on-0": typed})).status_code == 302
    assert CaseDelivery.objects.get().sold_on == sold_on


@pytest.mark.once
@pytest.mark.django_db
def test_a_link_made_by_hand_says_who_asks_and_the_thanks_say_what_is_kept(client: Client) -> None:
    customer = called_back()
    there = address(customer)
    page = client.get(f"{there}?lang=de").content.decode()
    assert customer.case.number in page
    assert "Geben Sie" in page or "geben Sie" in page
    sent = client.post(f"{there}?lang=de", form(**{"destroyed-0": "50", "sold_on-0": "70"}))
    thanks = client.get(sent["Location"]).content.decode()
    assert "<strong>50</strong>" in thanks
    assert "<strong>70</strong>" in thanks
    assert "SAUCE-1" in thanks


@pytest.mark.once
@pytest.mark.django_db
def test_who_never_got_it_has_told_us_and_nothing_is_counted(client: Client) -> None:
    customer = called_back()
    there = address(customer)
    assert client.post(there, form(never_got="1", nothing_left="1", text="Ask the driver")).status_code == 302
    made, counted = Answer.objects.get(), CaseDelivery.objects.get()
    assert (made.nothing_left, made.text) == (False, "Says it never received the goods. Ask the driver")
    assert (counted.sold_on, counted.destroyed) == (0, 0)
    customer.refresh_from_db()
    assert customer.status == "answered"


@pytest.mark.once
@pytest.mark.django_db
def test_who_has_told_all_is_not_asked_again_and_chooses_lost_files_again(client: Client) -> None:
    there = address(called_back())
    file = SimpleUploadedFile("a.txt", b"three")
    refused = client.post(there, form(**{"found-0": "40", "name": "", "files": file})).content.decode()
    assert "Choose your files again" in refused
    some = client.post(there, form(**{"found-0": "40"}))
    assert "Please answer again" in client.get(some["Location"]).content.decode()
    sent = client.post(there, form(**{"found-0": "40", "returning-0": "50", "sold_on-0": "30"}))
    assert "Please answer again" not in client.get(sent["Location"]).content.decode()
