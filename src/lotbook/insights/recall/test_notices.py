"""Notices: whom they reach, what they say, once only, reminders, and never from a drill.

TOM-1 ┐
      ├→ [RUN-1] → SAUCE-1 (900) → Larchwood Market 120, Green Kettle Grocery 30
PAP-1 ┘
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.foundation.partners import actions as partners
from lotbook.insights.recall import actions, letters, mailing, noticetexts, worker
from lotbook.insights.recall.actions import handover, notifying, planning, reminding
from lotbook.insights.recall.models import Answer, AnswerLink, Case, CaseCustomer, Notice
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries import scoping
from lotbook.insights.recall.queries.recipients import recipients
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.lots.models import Lot

QUINN = "user:quinn"
PLAN: dict[str, Any] = {
    "todo": "return", "company": "Quillmere Kitchen", "company_address": "7 Mill Lane\nOxford",
    "contact_email": "recall@quillmere.example", "contact_phone": "+44 1865 1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.BOOK_URL = "https://book.example"


def reach(world: Cast) -> None:
    """Larchwood has mail and reads German; Green Kettle has an address for letters."""
    more = {"email": "goods@larchwood.example", "language": "de"}
    partners.amend_partner(actor=QUINN, uid=world.larchwood.uid, changes=more)
    door = {"name": "Shop", "street": "1 Main St", "city": "Portland", "country": "US"}
    partners.create_location(actor=QUINN, partner=world.kettle.uid, values=door)


def decided(kind: str = "recall", decision: str = "recall") -> Case:
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    case = actions.open_case(
        kind=kind, reason="glass in jars", hazard="cuts", classification="II", suspects=given, actor=QUINN
    )
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    return actions.decide(case=case.uid, decision=decision, reason="glass", actor=QUINN)


def planned(world: Cast, **more: Any) -> Case:
    reach(world)
    case = decided()
    planning.keep_plan(case=case.uid, actor=QUINN, **{**PLAN, **more})
    return case


def notified(world: Cast, **more: Any) -> Case:
    case = planned(world, **more)
    notifying.notify(case=case.uid, actor=QUINN)
    return case


def verbs(case: Case) -> list[str]:
    return [step.verb for step in case.steps.all()]


def rows(case: Case) -> dict[str, Notice]:
    return {f"{one.customer.partner.name} {one.kind}": one for one in reading.notices(case)}


# -- what they say ---------------------------------------------------------------------------------


def test_a_notice_says_what_the_law_asks_in_the_customers_language(world: Cast) -> None:
    more: dict[str, Any] = {"document_kind": "shipment", "document_number": "SH-7"}
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "20", **more)
    case = notified(world, texts={"de": {"reason": "Glassplitter im Glas", "todo": "Mit Spedition Reiher."}})
    one = rows(case)["Larchwood Market first"]
    assert (one.language, one.channel, one.address) == ("de", "email", "goods@larchwood.example")
    assert one.subject == f"DRINGEND – Rückruf: Marinara sauce 350 g ({case.number})"
    for part in (
        "Charge SAUCE-1", "GTIN 09526543006015", ": 140 ", "Lieferschein SH-7", "Glassplitter im Glas",
        "cuts", "II – kann die Gesundheit", "sondern Sie sie aus", "leiten Sie ihnen diese Mitteilung weiter",
        "Senden Sie die Ware an uns zurück", "Mit Spedition Reiher.", "{link}", "recall@quillmere.example",
        "+44 1865 1", "Quillmere Kitchen\n7 Mill Lane", "auch, wenn Sie nichts mehr",
    ):  # fmt: skip
        assert part in one.body, part
    # Nothing of what others got stands in it.
    assert ": 30 " not in one.body
    assert len(one.digest) == 64
    assert noticetexts.body(noticetexts.facts_of(one.content)) == one.body


def test_a_withdrawal_reads_otherwise_and_is_not_urgent(world: Cast) -> None:
    reach(world)
    case = decided("withdrawal", "withdrawal")
    assert reading.fresh_plan(case).todo == "hold"
    planning.keep_plan(case=case.uid, actor=QUINN, **{**PLAN, "todo": "hold"})
    notifying.notify(case=case.uid, actor=QUINN)
    one = rows(case)["Larchwood Market first"]
    assert one.subject.startswith("Rücknahme aus dem Verkauf: ")
    assert "Bewahren Sie die Ware getrennt" in one.body
    assert "Rückruf" not in one.body


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pl"])
@pytest.mark.parametrize("kind", ["first", "reminder", "more", "end"])
def test_every_language_says_it_all(language: str, kind: str) -> None:
    goods = noticetexts.Goods("uid", "Sauce", "FG-1", "L-1", False, "12 pcs", "09526543006015", "03 MAR 2028")
    said = noticetexts.Facts(
        kind, "recall", language, "RC-1", "Kettle", ("1 Main St",), "01 MAR 2027", "Quillmere", ("Oxford",),
        {"email": "a@b.example", "phone": "1"}, "glass", "cuts", "I", "destroy", (goods,), True, {},
        told_on="28 FEB 2027", over="closed",
    )  # fmt: skip
    text, paper = noticetexts.body(said), noticetexts.letter(said, "https://b/answer/x")
    wanted = ["L-1", "12 pcs", "Quillmere", "RC-1", "a@b.example"]
    if kind != "end":
        wanted += ["glass", "cuts", "{link}", "1. ", "2. ", "3. "]
    if kind == "reminder":
        wanted.append("28 FEB 2027")
    assert [part for part in wanted if part not in text] == []
    assert "{date}" not in text
    assert "{contact}" not in text
    assert "{link}" not in json.dumps(paper)
    assert (language == "en") == text.startswith("Dear customer")


# -- whom they reach -------------------------------------------------------------------------------


def test_who_cannot_be_reached_is_named_and_told_later(world: Cast) -> None:
    case = decided()
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    due = reading.due(recipients(case, reading.plan_of(case)), reading.told(case))
    assert [one.partner.name for one in due.missing] == ["Green Kettle Grocery", "Larchwood Market"]
    done = notifying.notify(case=case.uid, actor=QUINN)
    assert (done.written, done.missing, done.case.status) == (0, 2, "decided")
    reach(world)
    assert notifying.notify(case=case.uid, actor=QUINN).written == 2
    assert {one.channel for one in rows(case).values()} == {"email", "letter"}


def test_the_way_can_be_chosen(world: Cast) -> None:
    case = planned(world)
    row = case.customers.get(partner=world.kettle)
    with pytest.raises(Refused):
        planning.choose_channel(case=case.uid, customer=row.uid, channel="pigeon", actor=QUINN)
    partners.amend_partner(actor=QUINN, uid=world.kettle.uid, changes={"email": "a@kettle.example"})
    planning.choose_channel(case=case.uid, customer=row.uid, channel="letter", actor=QUINN)
    notifying.notify(case=case.uid, actor=QUINN)
    assert rows(case)["Green Kettle Grocery first"].channel == "letter"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"todo": "eat"}, "todo"),
        ({"company": " "}, "company"),
        ({"contact_email": "", "contact_phone": ""}, "contact_email"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"texts": {"xx": {"subject": "a"}}}, "texts/xx"),
        ({"texts": {"de": {"subject": "a\nb"}}}, "texts/de/subject"),
        ({"first_hours": 0}, "first_hours"),
        ({"escalate_to": ["nobody"]}, "escalate_to"),
    ],
)
def test_what_a_plan_cannot_say(world: Cast, given: dict[str, Any], field: str) -> None:
    case = decided()
    with pytest.raises(Refused) as refusal:
        planning.keep_plan(case=case.uid, actor=QUINN, **{**PLAN, **given})
    assert refusal.value.faults[0].field == field
    assert reading.plan_of(case) is None


# -- once only -------------------------------------------------------------------------------------


def test_notifying_twice_is_notifying_once(world: Cast) -> None:
    case = planned(world)
    first, uid = notifying.notify(case=case.uid, actor=QUINN), uuid4()
    assert (first.written, first.case.status) == (2, "notifying")
    again = notifying.notify(case=case.uid, actor=QUINN, uid=uid)
    assert (again.written, Notice.objects.count()) == (0, 2)
    assert verbs(case).count("customers notified") == 1
    one = Notice.objects.first()
    assert one is not None
    one.pk, one.uid = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save()


def test_a_form_sent_twice_reminds_once(world: Cast) -> None:
    case = notified(world)
    worker.run_due()
    uid = uuid4()
    assert notifying.remind(case=case.uid, actor=QUINN, uid=uid).written == 1
    worker.run_due()
    again = notifying.remind(case=case.uid, actor=QUINN, uid=uid)
    assert (again.written, again.again) == (0, True)


def test_mails_go_out_once_with_letter_link_and_reply_address(world: Cast) -> None:
    case = notified(world)
    assert worker.run_due() == 1
    assert worker.run_due() == 0
    (sent,) = mail.outbox
    one = rows(case)["Larchwood Market first"]
    assert (one.status, one.customer.status, one.attempts) == ("sent", "told", 1)
    assert sent.to == ["goods@larchwood.example"]
    assert sent.reply_to == ["recall@quillmere.example"]
    assert sent.extra_headers["Message-ID"] == f"<{one.uid}@localhost>"
    assert AnswerLink.objects.get().notice == one
    assert "{link}" not in sent.body
    assert "https://book.example/answer/" in sent.body
    assert sent.body.split("https://book.example/answer/")[1].split()[0] not in one.body
    name, content, kind = sent.attachments[0]
    assert (name, content[:5], kind) == (f"{case.number}.pdf", b"%PDF-", "application/pdf")
    assert verbs(case)[-1] == "notices sent"
    progress = reading.progress(case, reading.plan_of(case))
    assert (progress.reached, progress.letters, progress.first) == (1, 1, "less than a minute")


def test_letters_wait_until_somebody_posted_them(world: Cast) -> None:
    case = notified(world)
    worker.run_due()
    (one,) = letters.waiting(case)
    assert letters.of_waiting(case, [one])[:5] == b"%PDF-"
    assert AnswerLink.objects.filter(notice=one).count() == 1
    assert notifying.mark_posted(case=case.uid, actor=QUINN) == 1
    assert notifying.mark_posted(case=case.uid, actor=QUINN) == 0
    assert rows(case)["Green Kettle Grocery first"].status == "sent"
    assert {row.status for row in case.customers.all()} == {"told"}


def test_a_refusal_is_tried_again_and_given_up(world: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = notified(world)

    def refuse(_: Any) -> None:
        raise mailing.NotSent("the mail server cannot be reached")

    monkeypatch.setattr(mailing, "send", refuse)
    now = clock.now()
    one = rows(case)["Larchwood Market first"]
    for attempt in range(1, handover.ATTEMPTS_MAX + 1):
        with clock.standing(now):
            assert worker.run_due() == 1
            assert worker.run_due() == 0
        one = rows(case)["Larchwood Market first"]
        assert (one.attempts, one.status == "failed") == (attempt, attempt == handover.ATTEMPTS_MAX)
        now = one.due_at + timedelta(seconds=1)
    assert "cannot be reached" in one.problem
    assert reading.troubles([case]) == {case.pk: "1 not sent"}
    notifying.settle(notice=one.uid, what="again", actor=QUINN)
    monkeypatch.undo()
    with clock.standing(now):
        assert worker.run_due() == 1
    assert len(mail.outbox) == 1


def test_a_refused_address_is_given_up_at_once_and_goes_as_a_letter(
    world: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = notified(world)
    door = {"name": "Office", "street": "2 Elm St", "city": "Salem"}
    partners.create_location(actor=QUINN, partner=world.larchwood.uid, values=door)

    def refuse(_: Any) -> None:
        raise mailing.NotSent("550 no such user", for_good=True)

    monkeypatch.setattr(mailing, "send", refuse)
    worker.run_due()
    one = rows(case)["Larchwood Market first"]
    assert (one.status, one.attempts) == ("failed", 1)
    fresh = notifying.settle(notice=one.uid, what="instead", channel="letter", actor=QUINN)
    assert (fresh.channel, fresh.status, fresh.content["address"]) == (
        "letter",
        "waiting",
        ["2 Elm St", "Salem"],
    )
    with pytest.raises(Conflict):
        notifying.settle(notice=one.uid, what="again", actor=QUINN)
    assert notifying.notify(case=case.uid, actor=QUINN).written == 0


def test_what_a_dead_worker_left_is_never_sent_by_itself(world: Cast) -> None:
    case = notified(world)
    taken = handover.claim()
    assert taken is not None
    assert handover.claim() is None
    later = clock.now() + handover.LEASE + timedelta(seconds=1)
    with clock.standing(later):
        assert worker.run_due() == 0
        one = rows(case)["Larchwood Market first"]
        assert (one.status, mail.outbox) == ("unsure", [])
        assert reading.troubles([case]) == {case.pk: "1 perhaps sent"}
        assert worker.run_due() == 0
        notifying.settle(notice=one.uid, what="arrived", actor=QUINN)
        assert not handover.sent(taken), "somebody has decided meanwhile"
        with pytest.raises(Conflict):
            notifying.settle(notice=one.uid, what="again", actor=QUINN)
    assert rows(case)["Larchwood Market first"].status == "sent"
    assert mail.outbox == []


def test_nothing_is_sent_any_more_once_the_case_is_over(world: Cast) -> None:
    case = notified(world)
    worker.run_due()
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "5", override="asked for")
    actions.call_off(case=case.uid, actor=QUINN, reason="nothing was wrong")
    one = rows(case)["Larchwood Market first"]
    Notice.objects.filter(pk=one.pk).update(status="waiting")
    worker.run_due()
    assert rows(case)["Larchwood Market first"].status == "dropped"
    assert len(mail.outbox) == 1


def test_the_end_is_told_once_to_who_was_told(world: Cast) -> None:
    case = notified(world)
    worker.run_due()
    actions.call_off(case=case.uid, actor=QUINN, reason="nothing was wrong")
    done = notifying.notify_end(case=case.uid, actor=QUINN)
    assert done.written == 2
    assert notifying.notify_end(case=case.uid, actor=QUINN).written == 0
    one = rows(case)["Larchwood Market end"]
    assert "Verdacht hat sich nicht bestätigt" in one.body
    assert one.subject.startswith("Abgeschlossen – ")
    worker.run_due()
    assert len(mail.outbox) == 2


def test_further_lots_are_told_by_a_notice_of_their_own(world: Cast) -> None:
    case = notified(world)
    worker.run_due()
    cast.make(
        world, "RUN-2", {(world.sauce, "SAUCE-1"): "10"}, {(world.rework, "REW-1"): "3"}, override="asked"
    )
    cast.ship(world, world.larchwood, world.rework, "REW-1", "2", override="asked for")
    actions.freeze(case=case.uid, actor=QUINN)
    assert notifying.notify(case=case.uid, actor=QUINN).written == 1
    one = rows(case)["Larchwood Market more"]
    assert "REW-1" in one.body
    assert "SAUCE-1" not in one.body
    assert one.subject.startswith("DRINGEND – Weitere Chargen betroffen – ")
    assert notifying.notify(case=case.uid, actor=QUINN).written == 0


# -- reminders and escalation ----------------------------------------------------------------------


def test_reminders_come_by_the_clock_until_somebody_answers_and_then_escalate(world: Cast) -> None:
    quinn = cast.person("quinn")
    quinn.email = "quinn@quillmere.example"
    quinn.save()
    case = notified(world, first_hours=24, every_hours=12, most=2)
    worker.run_due()
    notifying.mark_posted(case=case.uid, actor=QUINN)
    start = clock.now()
    kettle = case.customers.get(partner=world.kettle)
    Answer.objects.create(customer=kettle, given_at=start, digest="x")

    def at(hours: float) -> list[reminding.Escalation]:
        with clock.standing(start + timedelta(hours=hours)):
            found = reminding.remind_due()
            worker.run_due()
        return found

    assert (at(23), len(mail.outbox)) == ([], 1)
    assert (at(24.1), len(mail.outbox)) == ([], 2)
    assert "noch keine Antwort" in mail.outbox[1].body
    links = [text.body.split("/answer/")[1].split()[0] for text in mail.outbox]
    assert links[0] != links[1], "a reminder carries a fresh link"
    assert (at(35), len(mail.outbox)) == ([], 2)
    assert (at(36.3), len(mail.outbox)) == ([], 3)
    (told,) = at(48.5)
    assert (told.customers, told.addresses) == (("Larchwood Market",), ("quinn@quillmere.example",))
    assert at(60) == []
    worker.tell(told)
    assert "Larchwood Market" in mail.outbox[-1].body
    assert reading.troubles([case]) == {case.pk: "1 do not answer"}
    assert [verb for verb in verbs(case) if verb in ("customers reminded", "escalated")] == [
        "customers reminded", "customers reminded", "escalated",
    ]  # fmt: skip


# -- drills, our own stock, many -------------------------------------------------------------------


def test_a_drill_tells_nobody_and_a_real_case_does(world: Cast) -> None:
    reach(world)
    drill = decided("drill")
    planning.keep_plan(case=drill.uid, actor=QUINN, **PLAN)
    for act in (notifying.notify, notifying.remind):
        with pytest.raises(Conflict):
            act(case=drill.uid, actor=QUINN)
    row = drill.customers.first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            case=drill, drill=True, customer=row, kind="first", channel="email", language="en", address="a",
            subject="s", body="b", digest="d", due_at=clock.now(), asked_at=clock.now(), asked_by="x",
        )  # fmt: skip
    reminding.remind_due()
    worker.run_due()
    assert (mail.outbox, Notice.objects.count(), AnswerLink.objects.count()) == ([], 0, 0)
    assert not OutboxMessage.objects.filter(topic__startswith="recall.").exists()
    # The control: the same steps of a real case do reach somebody.
    real = decided()
    planning.keep_plan(case=real.uid, actor=QUINN, **PLAN)
    notifying.notify(case=real.uid, actor=QUINN)
    worker.run_due()
    assert len(mail.outbox) == 1
    assert OutboxMessage.objects.filter(topic="recall.notified").count() == 1


def test_blocking_our_own_stock_tells_nobody(world: Cast) -> None:
    reach(world)
    case = decided(decision="internal")
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    with pytest.raises(Conflict):
        notifying.notify(case=case.uid, actor=QUINN)


def test_many_customers_cost_as_many_statements_as_few(world: Cast) -> None:
    few = _statements(world, 5, "A")
    many = _statements(world, 60, "B")
    assert many <= few + 2


def _statements(world: Cast, count: int, mark: str) -> int:
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
    given = scoping.of_lots([Lot.objects.get(number=f"TOM-{mark}").uid])
    case = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    with CaptureQueriesContext(connection) as captured:
        assert notifying.notify(case=case.uid, actor=QUINN).written == count
    assert CaseCustomer.objects.filter(case=case).count() == count
    return len(captured)
