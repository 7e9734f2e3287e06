"""The tab of notices as people use it, and the same over HTTP."""

from __future__ import annotations

import html
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.foundation.partners import actions as partners
from lotbook.insights.recall import actions, worker
from lotbook.insights.recall.actions import notifying, planning
from lotbook.insights.recall.models import Case, CustomerHook, Notice
from lotbook.insights.recall.queries import scoping
from lotbook.traceability.lots.models import Lot

QUINN = "user:quinn"
FORM = {
    "todo": "return", "company": "Quillmere Kitchen", "contact_email": "recall@quillmere.example",
    "texts-en-reason": "Glass in jars", "first_hours": "24", "every_hours": "24", "most": "3",
}  # fmt: skip
PLAN: dict[str, Any] = {
    "todo": "return", "company": "Quillmere Kitchen", "contact_email": "recall@quillmere.example",
}  # fmt: skip


@pytest.fixture
def quinn(world: Cast, settings: Any) -> Client:
    settings.BOOK_URL = "https://book.example"
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def decided(kind: str = "recall", number: str = "TOM-1") -> Case:
    given = scoping.of_lots([Lot.objects.get(number=number).uid])
    case = actions.open_case(kind=kind, reason="glass in jars", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    return actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)


def reach(world: Cast) -> None:
    partners.amend_partner(actor=QUINN, uid=world.larchwood.uid, changes={"email": "a@larchwood.example"})


def test_from_the_decision_to_the_first_notice(world: Cast, quinn: Client) -> None:
    reach(world)
    case = decided()
    here = f"/recall/{case.uid}"
    assert f"{here}?tab=notices" in text(quinn.get(here))
    shown = text(quinn.get(f"{here}?tab=notices"))
    assert "Cannot be reached" in shown
    assert f"/partners/{world.kettle.uid}" in shown
    assert "What the notices say" in shown
    refused = quinn.post(f"{here}/notices/do/plan", {**FORM, "contact_email": ""})
    assert refused.status_code == 422
    assert "nobody can be reached" in text(refused)
    assert "Glass in jars" in text(refused), "nothing typed is lost"
    shown = text(quinn.post(f"{here}/notices/do/plan", FORM, follow=True))
    assert "Send 1 notice" in shown
    assert "URGENT – Recall: Marinara sauce 350 g" in shown
    assert "‹ the customer’s own answer link ›" in shown
    assert Notice.objects.count() == 0
    sent = {"uid": str(uuid4())}
    shown = text(quinn.post(f"{here}/notices/do/send", sent, follow=True))
    assert "1 notice on the way" in shown
    assert "Nothing was left to send" in text(quinn.post(f"{here}/notices/do/send", sent, follow=True))
    worker.run_due()
    shown = text(quinn.get(f"{here}?tab=notices"))
    assert "first notice" in shown
    assert len(mail.outbox) == 1
    row = case.customers.get(partner=world.larchwood)
    page = text(quinn.get(f"{here}/notices/{row.uid}"))
    assert "Glass in jars" in page
    assert "/answer/" not in page, "the link belongs to the customer alone"
    for address in (f"{here}/notices/{row.uid}/letter.pdf",):
        answer = quinn.get(address)
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    listed = b"".join(quinn.get(f"{here}?tab=notices&format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "a@larchwood.example" in listed
    assert "Perhaps" not in shown
    Notice.objects.update(status="unsure")
    shown = text(quinn.get(f"{here}?tab=notices"))
    assert "It arrived" in shown
    assert "Notices: 1 perhaps sent" in text(quinn.get("/recall/open"))
    one = Notice.objects.get()
    quinn.post(f"{here}/notices/do/settle", {"notice": one.uid, "what": "arrived"})
    assert Notice.objects.get().status == "sent"


def test_letters_are_printed_and_marked_posted(world: Cast, quinn: Client) -> None:
    door = {"name": "Shop", "street": "1 Main St", "city": "Portland"}
    partners.create_location(actor=QUINN, partner=world.kettle.uid, values=door)
    case = decided()
    here = f"/recall/{case.uid}/notices"
    assert quinn.post(f"{here}/letters").status_code == 409
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    notifying.notify(case=case.uid, actor=QUINN)
    assert "1 letter to post" in text(quinn.get(f"/recall/{case.uid}?tab=notices"))
    assert quinn.post(f"{here}/letters").content[:5] == b"%PDF-"
    assert "1 letter noted as posted" in text(quinn.post(f"{here}/do/posted", follow=True))


def test_what_is_refused(world: Cast, quinn: Client) -> None:
    case = decided()
    here = f"/recall/{case.uid}/notices/do"
    assert quinn.post(f"{here}/sing").status_code == 404
    assert quinn.post(f"{here}/send").status_code == 409
    assert quinn.post(f"{here}/send", {"uid": str(uuid4())}).status_code == 409
    assert quinn.post(f"{here}/settle", {"notice": str(uuid4()), "what": "drop"}).status_code == 404
    drill = decided("drill")
    assert "A drill tells nobody" in text(quinn.get(f"/recall/{drill.uid}?tab=notices"))
    assert quinn.post(f"/recall/{drill.uid}/notices/do/send", {"uid": str(uuid4())}).status_code == 409
    audrey = Client()
    audrey.force_login(cast.person("audrey"))
    assert audrey.post(f"{here}/send", {"uid": str(uuid4())}).status_code == 403


def test_a_webhook_is_set_on_the_customers_page(world: Cast, quinn: Client) -> None:
    anna = Client()
    anna.force_login(cast.person("anna"))
    here = f"/partners/{world.larchwood.uid}"
    assert "Set a webhook" in text(anna.get(f"{here}/notices"))
    refused = anna.post(f"{here}/webhook", {"url": "http://larchwood.example/in"})
    assert refused.status_code == 422
    assert "begins with https://" in text(refused)
    shown = text(anna.post(f"{here}/webhook", {"url": "https://larchwood.example/in"}, follow=True))
    secret = shown.split("lbwh_")[1][:64]
    again = text(
        anna.post(f"{here}/webhook", {"url": "https://larchwood.example/in", "new_secret": "on"}, follow=True)
    )
    assert secret not in again
    assert secret not in str(CustomerHook.objects.values())
    case = decided()
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    notifying.notify(case=case.uid, actor=QUINN)
    assert Notice.objects.get().channel == "webhook"


def test_the_tab_costs_as_many_statements_for_many_customers(world: Cast, quinn: Client) -> None:
    few, many = _tab(world, quinn, 4, "A"), _tab(world, quinn, 40, "B")
    assert many <= few + 2


def _tab(world: Cast, quinn: Client, count: int, mark: str) -> int:
    cast.receive(world, world.tumbling, world.tomatoes, f"TOM-{mark}", "500")
    for number in range(count):
        name = f"{mark}{number:03}"
        made = partners.create_partner(
            actor=QUINN,
            code=name,
            name=f"Shop {name}",
            is_customer=True,
            email=f"{name}@shop.example".lower(),
        )
        cast.ship(world, made, world.tomatoes, f"TOM-{mark}", "1")
    case = decided(number=f"TOM-{mark}")
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    notifying.notify(case=case.uid, actor=QUINN)
    with CaptureQueriesContext(connection) as captured:
        assert quinn.get(f"/recall/{case.uid}?tab=notices").status_code == 200
    return len(captured)


# -- over HTTP -------------------------------------------------------------------------------------

API = "/api/v1/recalls"


def send(client: Client, path: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(f"{API}{path}", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def get(client: Client, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_same_over_http(world: Cast, quinn: Client) -> None:
    reach(world)
    case = decided()
    here = f"/{case.uid}/notices"
    assert quinn.get(f"{API}{here}/plan").status_code == 404
    send(quinn, here, 409)
    answer = quinn.put(f"{API}{here}/plan", PLAN, content_type="application/json")
    assert (answer.status_code, answer.json()["most"]) == (200, 3)
    looked = {one["name"]: one for one in get(quinn, f"{here}/preview")["items"]}
    assert looked["Green Kettle Grocery"]["channel"] == ""
    assert "{link}" in looked["Larchwood Market"]["text"]
    press = str(uuid4())
    assert send(quinn, here, id=press) == {"written": 1, "missing": 1, "status": "notifying"}
    assert send(quinn, here, id=press)["written"] == 0
    (one,) = get(quinn, here)["items"]
    assert (one["status"], one["channel"], one["text"]) == (
        "waiting",
        "email",
        looked["Larchwood Market"]["text"],
    )
    send(quinn, f"{here}/{one['id']}/settlement", 409, what="arrived")
    Notice.objects.update(status="unsure")
    assert send(quinn, f"{here}/{one['id']}/settlement", what="arrived")["status"] == "sent"
    assert quinn.get(f"{API}{here}/{one['id']}/letter").content[:5] == b"%PDF-"
    assert send(quinn, f"{here}/reminders", id=str(uuid4()))["written"] == 1
    assert send(quinn, f"{here}/posted") == {"posted": 0}
    send(quinn, f"{here}/endings", 409)
    row = case.customers.get(partner=world.kettle)
    assert send(quinn, f"{here}/channels", customer=row.uid, channel="letter")["channels"] == {
        str(row.uid): "letter"
    }
    other = decided()
    send(quinn, f"/{other.uid}/notices/{one['id']}/settlement", 404, what="drop")
