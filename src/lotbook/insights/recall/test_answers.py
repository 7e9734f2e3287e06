"""Answers of customers: what counts, what is kept once, and everything the public page withstands."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.foundation.documents.models import Attachment
from lotbook.insights.recall import actions, queries
from lotbook.insights.recall.models import Answer, AnswerLink, Case, CaseCustomer
from lotbook.insights.recall.queries import answers, links, reconciling, scoping
from lotbook.insights.recall.queries import checks as checking
from lotbook.insights.recall.views.answers import BODY_MAX, TRIES
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db

QUINN = "user:quinn"
SCRIPT = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def told(kind: str = "recall") -> Case:
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    case = actions.open_case(kind=kind, reason="glass in jars", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    return actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)


def customer(case: Case, name: str = "Larchwood Market") -> CaseCustomer:
    return case.customers.select_related("partner", "case").get(partner__name=name)


def line(**more: str) -> dict[str, str]:
    return {"lot": str(Lot.objects.get(number="SAUCE-1").uid), **more}


def address(case: Case, name: str = "Larchwood Market") -> str:
    link, _ = actions.make_link(customer(case, name), actor=QUINN)
    return f"/answer/{links.token_of(link.uid)}"


def form(**more: Any) -> dict[str, Any]:
    lot = str(Lot.objects.get(number="SAUCE-1").uid)
    return {"uid": str(new_uid()), "lot-0": lot, "found-0": "40", "name": "Lou Larch", **more}


def open_of(case: Case, name: str = "Larchwood Market") -> dict[str, int]:
    row = reconciling.deliveries_of(customer(case, name))[0]
    return {"sold_on": row.row.sold_on, "destroyed": row.row.destroyed, "open": row.remaining}


# -- what counts --------------------------------------------------------------------------------------


def test_the_newest_word_of_a_lot_counts_and_all_are_kept(world: Cast) -> None:
    case = told()
    one = customer(case)
    first = line(found="90", sold_on="30")
    actions.take_down(case=case.uid, customer=one.uid, lines=[first], name="Lou", actor=QUINN)
    assert open_of(case) == {"sold_on": 30, "destroyed": 0, "open": 90}
    assert customer(case).status == "answered"
    second = line(sold_on="50", destroyed="70")
    actions.take_down(case=case.uid, customer=one.uid, lines=[second], name="Lou", actor=QUINN)
    assert open_of(case) == {"sold_on": 50, "destroyed": 70, "open": 0}
    assert customer(case).status == "settled"
    assert Answer.objects.filter(customer=one).count() == 2
    said = answers.said(case, [one])[one.pk]
    assert [row.destroyed for row in said.lines.values()] == [70]
    assert [step.verb for step in queries.log(case)][-2:] == ["answered", "answered"]
    assert queries.log_broken_at(case) is None


def test_what_is_on_its_way_back_stays_open_until_it_is_received(world: Cast) -> None:
    case = told()
    actions.take_down(case=case.uid, customer=customer(case).uid, lines=[line(returning="120")], actor=QUINN)
    assert open_of(case)["open"] == 120
    cast.take_back(world, world.larchwood, world.sauce, "SAUCE-1", "120", place=world.store)
    assert open_of(case)["open"] == 0


def test_none_left_accounts_for_the_rest(world: Cast) -> None:
    case = told()
    cast.take_back(world, world.larchwood, world.sauce, "SAUCE-1", "20", place=world.store)
    actions.take_down(case=case.uid, customer=customer(case).uid, lines=[], nothing_left=True, actor=QUINN)
    assert open_of(case) == {"sold_on": 100, "destroyed": 0, "open": 0}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"found": "-1"}, "lines/0/found"),
        ({"sold_on": "NaN"}, "lines/0/sold_on"),
        ({"destroyed": "1e99"}, "lines/0/destroyed"),
        ({"returning": "9" * 40}, "lines/0/returning"),
        ({"found": "0.5"}, "lines/0/found"),
        ({"lot": str(uuid4()), "found": "1"}, "lines/0/lot"),
        ({"lot": "x", "found": "1"}, "lines/0/lot"),
        ({}, "lines"),
    ],
)
def test_what_is_no_answer_is_refused_by_its_field(world: Cast, given: dict[str, str], field: str) -> None:
    case = told()
    with pytest.raises(Refused) as refusal:
        actions.take_down(
            case=case.uid, customer=customer(case).uid, lines=[{**line(), **given}], actor=QUINN
        )
    assert field in [fault.field for fault in refusal.value.faults]
    assert not Answer.objects.exists()


def test_a_drill_takes_answers_down_and_has_no_link(world: Cast) -> None:
    case = told("drill")
    before = OutboxMessage.objects.count()
    one = customer(case)
    actions.take_down(case=case.uid, customer=one.uid, lines=[line(found="1")], simulated=True, actor=QUINN)
    assert OutboxMessage.objects.count() == before
    with pytest.raises(Conflict):
        actions.make_link(one, actor=QUINN)
    assert not AnswerLink.objects.exists()
    real = told()
    actions.take_down(case=real.uid, customer=customer(real).uid, lines=[line(found="1")], actor=QUINN)
    assert OutboxMessage.objects.filter(topic="recall.answered").count() == 1
    with pytest.raises(Conflict, match="real"):
        actions.take_down(
            case=real.uid, customer=customer(real).uid, lines=[line(found="1")], simulated=True, actor=QUINN
        )


# -- the page -----------------------------------------------------------------------------------------


def test_a_customer_answers_without_an_account(world: Cast, client: Client) -> None:
    case = told()
    there = address(case)
    page = client.get(there)
    assert page.status_code == 200
    text = page.content.decode()
    assert "SAUCE-1" in text
    assert "Larchwood Market" in text
    assert "Green Kettle" not in text
    assert page["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    photo = SimpleUploadedFile("list.csv", b"shop,pieces\nCorner,3\n", "text/csv")
    sent = form(**{"sold_on-0": "80,0", "who-0": "Corner Shop", "much-0": "3", "files": photo})
    kept = client.post(f"{there}?lang=de", sent)
    assert (kept.status_code, kept["Location"]) == (302, f"{there}?sent=1&lang=de")
    assert "Danke" in client.get(kept["Location"]).content.decode()
    made = Answer.objects.get()
    assert (made.name, made.recipients.get().name, made.lines.get().sold_on) == (
        "Lou Larch",
        "Corner Shop",
        80,
    )
    assert Attachment.objects.get(subject=made.uid).name == "list.csv"
    assert AnswerLink.objects.get().opened_at is not None
    again = client.get(there).content.decode()
    assert 'value="80"' in again
    assert 'value="Lou Larch"' in again


def test_more_rows_keep_what_was_typed(world: Cast, client: Client) -> None:
    there = address(told())
    page = client.post(there, form(**{"rows": "3", "more": "1", "who-2": "Third Shop"})).content.decode()
    assert 'id="id_who-7"' in page
    assert 'value="Third Shop"' in page
    assert 'value="40"' in page
    assert not Answer.objects.exists()


@pytest.mark.parametrize("lang", ["en", "de", "fr", "es", "pl"])
def test_faults_are_told_in_the_customer_s_language(world: Cast, client: Client, lang: str) -> None:
    there = address(told())
    from lotbook.insights.recall.answerwords import ANSWER_LANGUAGES

    words = ANSWER_LANGUAGES[lang]
    refused = client.post(f"{there}?lang={lang}", form(**{"found-0": "many", "name": ""}))
    assert refused.status_code == 422
    text = refused.content.decode().replace("&#x27;", "'")
    assert f'lang="{lang}"' in text
    for said in (words.faults, words.bad_quantity, words.bad_name):
        assert said in text
    assert 'value="many"' in text


# -- attacks ------------------------------------------------------------------------------------------


def test_no_other_address_opens_anything(world: Cast, client: Client) -> None:
    case = told()
    one, other = address(case), address(case, "Green Kettle Grocery")
    token, its = one.removeprefix("/answer/"), other.removeprefix("/answer/")
    link = AnswerLink.objects.first()
    assert link is not None
    tried = [
        token[:-1], token + "A", token.swapcase(), token[:20] + its[20:], "A" * 43, "", "..", "%00",
        link.token_hash, str(link.uid), token[:-1] + "=", token.replace(token[5], "é", 1),
    ]  # fmt: skip
    assert client.get(one).status_code == 200
    assert {client.get(f"/answer/{bad}").status_code for bad in tried} == {404}
    bodies = {client.get(f"/answer/{bad}").content for bad in ("A" * 43, token[:-1])}
    assert len(bodies) == 1


def test_the_database_cannot_give_a_link_away(world: Cast) -> None:
    there = address(told()).removeprefix("/answer/")
    row = AnswerLink.objects.values().get()
    assert there not in str(row)
    assert links.hash_of(there) == row["token_hash"]


def test_who_tries_many_addresses_waits_and_whoever_has_one_does_not(world: Cast, client: Client) -> None:
    there = address(told())
    codes = [client.get(f"/answer/{'A' * 40}{number:03}").status_code for number in range(TRIES + 3)]
    assert codes == [404] * TRIES + [429] * 3
    assert client.get(there).status_code == 200


def test_a_form_sent_again_counts_once_and_never_for_somebody_else(world: Cast, client: Client) -> None:
    case = told()
    one, other = address(case), address(case, "Green Kettle Grocery")
    sent = form()
    assert [client.post(one, sent).status_code for _ in range(3)] == [302] * 3
    assert Answer.objects.count() == 1
    assert client.post(other, sent).status_code == 409
    assert Answer.objects.count() == 1
    assert client.post(other, form(**{"found-0": "5"})).status_code == 302
    assert {row.customer.partner.name for row in Answer.objects.all()} == {
        "Larchwood Market", "Green Kettle Grocery",
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["expired", "revoked", "closed", "called off"])
def test_a_link_that_is_over_keeps_nothing(world: Cast, client: Client, ending: str) -> None:
    case = told()
    there = address(case)
    assert client.post(there, form()).status_code == 302
    if ending == "expired":
        AnswerLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    elif ending == "revoked":
        assert actions.revoke_link(case=case.uid, customer=customer(case).uid, actor=QUINN) == 1
    elif ending == "called off":
        actions.call_off(case=case.uid, reason="nothing was wrong", actor=QUINN)
    else:
        actions.reconcile(case=case.uid, actor=QUINN)
        fields = [point.field for point in reconciling.points(case)]
        actions.explain_points(case=case.uid, points=fields, explanation="known", actor=QUINN)
        actions.close(case=case.uid, reason="done", actor=QUINN)
    assert client.get(there).status_code == 410
    assert client.post(there, form()).status_code == 410
    assert Answer.objects.count() == 1


def test_a_fresh_link_closes_the_lost_one(world: Cast, client: Client) -> None:
    case = told()
    lost = address(case)
    _, url = actions.renew_link(case=case.uid, customer=customer(case).uid, actor=QUINN)
    assert client.get(lost).status_code == 410
    assert client.get(url).status_code == 200


def test_another_customer_s_lot_is_not_taken(world: Cast, client: Client) -> None:
    case = told()
    sent = form(**{"lot-0": str(Lot.objects.get(number="TOM-1").uid)})
    assert client.post(address(case), sent).status_code == 422
    assert not Answer.objects.exists()


def test_script_in_words_stays_words(world: Cast, client: Client) -> None:
    case = told()
    there = address(case)
    words = form(**{"name": SCRIPT, "text": SCRIPT, "contact": SCRIPT, "who-0": SCRIPT, "reach-0": "=1+1"})
    refused = client.post(there, {**words, "found-0": SCRIPT}).content.decode()
    assert "<script" not in refused
    assert "&lt;script&gt;" in refused
    assert client.post(there, words).status_code == 302
    assert Answer.objects.get().name == SCRIPT
    assert "<script" not in client.get(there).content.decode()
    cast.person("quinn")
    inside = Client()
    assert inside.login(username="quinn", password=cast.PASSWORD)
    for tab in ("customers", "log"):
        shown = inside.get(f"/recall/{case.uid}?tab={tab}").content.decode()
        assert "<script>alert" not in shown


def test_files_are_what_their_names_say_and_small(world: Cast, client: Client) -> None:
    case = told()
    there = address(case)

    def sent(name: str, body: bytes) -> int:
        return client.post(there, form(files=SimpleUploadedFile(name, body))).status_code

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 120_000_000)
    refused = {
        "page.html": b"<script>alert(1)</script>", "photo.jpg": b"<svg onload=alert(1)>",
        "list.xlsx": bomb.getvalue(), "empty.pdf": b"", "run.exe": b"MZ\x90",
        "big.txt": b"a" * (10 * 2**20 + 1),
    }  # fmt: skip
    assert {name: sent(name, body) for name, body in refused.items()} == dict.fromkeys(refused, 422)
    assert not Answer.objects.exists()
    assert sent("../../etc/passwd.txt", b"shop, three") == 302
    assert Attachment.objects.get().name == "passwd.txt"


def test_a_huge_body_is_refused_before_it_is_read(world: Cast, client: Client) -> None:
    there = address(told())
    huge = client.post(there, form(), headers={"content-length": str(BODY_MAX + 1)})
    assert huge.status_code == 413
    assert client.post(there, {**form(), **{f"x{number}": "1" for number in range(5_100)}}).status_code == 400
    many = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(21)]
    assert client.post(there, form(files=many)).status_code == 422
    assert not Answer.objects.exists()
    assert client.post(there, form()).status_code == 302


def test_forged_and_odd_requests_are_refused(world: Cast) -> None:
    there = address(told())
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(there, form()).status_code == 403
    page = strict.get(there)
    sign = page.cookies["csrftoken"].value
    assert strict.post(there, form(csrfmiddlewaretoken=sign)).status_code == 302
    assert {strict.generic(way, there).status_code for way in ("PUT", "DELETE", "PATCH", "OPTIONS")} <= {
        403,
        405,
    }
    assert Answer.objects.count() == 1


# -- our side -----------------------------------------------------------------------------------------


@pytest.fixture
def inside(world: Cast, client: Client) -> Client:
    cast.person("quinn")
    assert client.login(username="quinn", password=cast.PASSWORD)
    return client


def test_an_answer_is_taken_down_on_its_page(inside: Client) -> None:
    case = told()
    there = f"/recall/{case.uid}/customers/{customer(case).uid}/answer"
    assert "SAUCE-1" in inside.get(there).content.decode()
    refused = inside.post(there, form(**{"found-0": "many", "who-0": "Corner Shop"}))
    assert refused.status_code == 422
    text = refused.content.decode()
    assert 'value="many"' in text
    assert 'value="Corner Shop"' in text
    assert 'href="#id_lines-0-found"' in text
    kept = inside.post(there, form(**{"sold_on-0": "80", "who-0": "Corner Shop"}))
    assert (kept.status_code, kept["Location"]) == (302, f"/recall/{case.uid}?tab=customers")
    shown = inside.get(kept["Location"]).content.decode()
    for words in ("40 still there", "Corner Shop", "taken down by quinn"):
        assert words in shown
    assert inside.get(f"/recall/{case.uid}/customers/{uuid4()}/answer").status_code == 404


def test_a_link_is_shown_once_and_closed(inside: Client) -> None:
    case = told()
    there = f"/recall/{case.uid}/customers/{customer(case).uid}/link"
    said = inside.post(f"{there}/new", follow=True).content.decode()
    token = links.token_of(AnswerLink.objects.get().uid)
    assert token in said
    assert token not in inside.get(f"/recall/{case.uid}?tab=customers").content.decode()
    assert Client().get(f"/answer/{token}").status_code == 200
    inside.post(f"{there}/close")
    assert Client().get(f"/answer/{token}").status_code == 410


def test_the_tab_of_customers_asks_no_more_for_more_of_them(inside: Client) -> None:
    case = told()
    for name in ("Larchwood Market", "Green Kettle Grocery"):
        for count in (1, 2):
            actions.take_down(
                case=case.uid, customer=customer(case, name).uid, lines=[line(found=str(count))], actor=QUINN
            )
    with CaptureQueriesContext(connection) as seen:
        assert inside.get(f"/recall/{case.uid}?tab=customers").status_code == 200
    assert len([one for one in seen.captured_queries if "recall_answer" in one["sql"]]) <= 4


# -- whether it took effect ---------------------------------------------------------------------------


def test_checks_are_planned_by_level_and_their_rates_are_told(inside: Client) -> None:
    case = told()
    few = actions.plan_checks(case=case.uid, method="call", level="C", actor=QUINN)
    assert len(few) == 1
    assert actions.plan_checks(case=case.uid, method="call", level="D", actor=QUINN) == []
    inside.post(f"/recall/{case.uid}/checks/plan", {"level": "A", "method": "call"})
    rows = checking.checks(case)
    assert len(rows) == 2
    page = f"/recall/{case.uid}/checks/keep"
    assert inside.post(page, {"check": str(rows[0].uid), "outcome": "open"}).status_code == 422
    for row, outcome in zip(rows, ("followed", "not_told"), strict=True):
        sent = {"check": str(row.uid), "outcome": outcome, "text": "spoke to the manager"}
        assert inside.post(page, sent).status_code == 302
        assert inside.post(page, sent).status_code == 409
    rates = checking.rates(checking.checks(case))
    assert (rates.planned, rates.done, rates.told_percent, rates.followed_percent) == (2, 2, 50, 50)
    shown = inside.get(f"/recall/{case.uid}?tab=checks").content.decode()
    assert "<strong>50 %</strong> had the notice" in shown
    assert b"spoke to the manager" in inside.get(f"/recall/{case.uid}?tab=checks&format=csv").getvalue()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"method": "call"}, "level"),
        ({"method": "pigeon", "level": "A"}, "method"),
        ({"method": "call", "level": "B"}, "share"),
        ({"method": "call", "level": "B", "share": "5"}, "share"),
        ({"method": "call", "customers": [str(uuid4())]}, "customers/0"),
    ],
)
def test_what_is_no_plan_of_checks(world: Cast, given: dict[str, Any], field: str) -> None:
    case = told()
    with pytest.raises(Refused) as refusal:
        actions.plan_checks(case=case.uid, actor=QUINN, **given)
    assert field in [fault.field for fault in refusal.value.faults]
