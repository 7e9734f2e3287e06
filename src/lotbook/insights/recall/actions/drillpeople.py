"""The people of a drill: whom it asks, what they say, what is made up; and what was found wrong."""

from __future__ import annotations

from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lotbook.insights.recall import drillrules, rules
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, Choice, Drill, DrillFinding, DrillQuestion, Reached
from lotbook.insights.recall.queries import drills
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, NotFound
from lotbook.kernel.quantity import to_text

FINDINGS_MAX = 100
Part = TypeVar("Part", DrillQuestion, DrillFinding)


def enrol(case: Case) -> Drill:
    """The drill of a case; of one that was opened step by step it is made the first time it is asked for."""
    values = {"choice": Choice.CHOSEN, "target_s": drillrules.TARGET_USUAL_S}
    return Drill.objects.select_related("case").get_or_create(case=case, defaults=values)[0]


def unsigned(name: UUID | str, *acts: str) -> Drill:
    """The drill with its case locked; Conflict once it is signed, or where none of ``acts`` fits."""
    case = locked(name)
    row = enrol(case) if case.is_drill else drills.drill(name)
    if row.signed_at is not None:
        cause = f"{case.number} was signed by {row.signed_by}. Nothing was changed."
        raise Conflict(Fault("drill", cause, "Run another drill.", "signed"))
    if not any(rules.fits(act, case.status) for act in acts):
        cause = f"{case.number} is {case.get_status_display().lower()}. Nothing was changed."
        remedy = "Run another drill." if case.is_over else "Take the case as far as its decision first."
        raise Conflict(Fault("case", cause, remedy, "status"))
    row.case = case
    return row


def part_of(rows: QuerySet[Part], name: UUID | str, field: str) -> Part:
    """The question or finding with this uid. Raises NotFound."""
    try:
        found = rows.filter(uid=UUID(str(name))).first()
    except ValueError:
        found = None
    if found is None:
        cause = f"the drill has no {field} {str(name)[:60]}."
        raise NotFound(Fault(field, cause, "Look at its page.", "unknown"))
    return found


# -- who is asked -------------------------------------------------------------------------------------


def list_questions(made: Drill) -> None:
    """Put down whom to ask: the roles of the house, then the customers."""
    rows = [DrillQuestion(drill=made, role=role, question=what) for role, what in drillrules.ROLES]
    customers = made.case.customers.select_related("partner").order_by("partner__name", "pk")
    rows += [
        DrillQuestion(
            drill=made, customer=one, role=one.partner.name[:120], contact=one.contact,
            question=drillrules.CUSTOMER_QUESTION,
        )
        for one in customers[: drillrules.CUSTOMERS_ASKED]
    ]  # fmt: skip
    DrillQuestion.objects.bulk_create(rows)


@transaction.atomic
def take_answer(
    *, drill: UUID | str, question: UUID | str, reached: str, actor: str, name: str = "", answer: str = ""
) -> DrillQuestion:
    """Take down what somebody who was asked says, with the time; anew as often as needed."""
    made = unsigned(drill, "note")
    check = Check()
    kind = check.choice("reached", reached, [value for value in Reached.values if value])
    who = check.text("name", name, 200)
    said = check.text("answer", answer, 2000, lines=True)
    check.done()
    row = part_of(made.questions.all(), question, "question")
    row.reached, row.name, row.answer = kind, who, said
    row.answered_at, row.answered_by = clock.now(), actor
    row.save()
    text = f"{row.role}: {row.get_reached_display().lower()}" + (f", {who}" if who else "")
    record(made.case, "asked", actor=actor, text=text[:2000], reason=said, data={"question": str(row.uid)})
    return row


@transaction.atomic
def add_question(
    *, drill: UUID | str, role: str, question: str, actor: str, contact: str = ""
) -> DrillQuestion:
    """Ask somebody more."""
    made = unsigned(drill, "note")
    check = Check()
    who = check.text("role", role, 120, required=True)
    what = check.text("question", question, 300, required=True)
    how = check.text("contact", contact, 300)
    check.done()
    row = DrillQuestion.objects.create(drill=made, role=who, question=what, contact=how)
    record(made.case, "question added", actor=actor, text=f"{who}: {what}"[:2000])
    return row


def make_up(made: Drill, actor: str) -> None:
    """Let every customer answer as the seed says: plausible, and marked as made up."""
    seed = made.seed if made.seed is not None else int.from_bytes(made.case.uid.bytes[-6:], "big")
    from lotbook.insights.recall.actions import answering

    rows = made.case.customers.select_related("partner").prefetch_related("deliveries__lot__item")
    for customer in rows.order_by("pk"):
        lines: list[dict[str, str]] = []
        silent = False
        for part in customer.deliveries.all():
            left = max(part.shipped - part.returned, 0)
            told = drillrules.made_up(seed, customer.partner.uid, part.lot.uid, left)
            silent = not told.answers
            amounts = ("found", "sold_on", "destroyed", "returning")
            said = {name: to_text(getattr(told, name), part.lot.item.scale) for name in amounts}
            lines.append({"lot": str(part.lot.uid), **said})
        if silent or not lines:
            continue
        answering.take_down(
            case=made.case.uid, customer=customer.uid, lines=lines, name="made up",
            text="Made up for the drill.", actor=actor, simulated=True,
        )  # fmt: skip


# -- findings -----------------------------------------------------------------------------------------


@transaction.atomic
def find(
    *,
    drill: UUID | str,
    text: str,
    actor: str,
    action: str = "",
    owner: str = "",
    due_on: date | str | None = None,
) -> DrillFinding:
    """Write down what went wrong, what is done about it, by whom until when."""
    made = unsigned(drill, "note")
    row = keep_finding(made, text=text, action=action, owner=owner, due_on=due_on, actor=actor)
    record(made.case, "finding", actor=actor, text=row.text[:2000], reason=row.action)
    return row


def keep_finding(
    made: Drill, *, text: str, action: str, owner: str, due_on: date | str | None, actor: str
) -> DrillFinding:
    """Keep a finding without a step of its own."""
    check = Check()
    what = check.text("text", text, 2000, required=True, lines=True)
    do = check.text("action", action, 2000, lines=True)
    who = check.text("owner", owner, 200)
    day = check.day("due_on", due_on)
    if made.findings.count() >= FINDINGS_MAX:
        check.fault("text", f"a drill has at most {FINDINGS_MAX} findings.", "Put several into one.")
    check.done()
    return DrillFinding.objects.create(
        drill=made, text=what, action=do, owner=who, due_on=day, written_at=clock.now(), written_by=actor
    )


@transaction.atomic
def settle_finding(*, drill: UUID | str, finding: UUID | str, text: str, actor: str) -> DrillFinding:
    """Say what was done about a finding; this goes on after the drill is signed and changes nothing of it."""
    made = drills.drill(drill)
    check = Check()
    said = check.text("text", text, 2000, required=True, lines=True)
    check.done()
    row = part_of(made.findings.select_for_update(), finding, "finding")
    if row.done_at is not None:
        cause = f"{row.done_by} settled this finding already."
        raise Conflict(Fault("finding", cause, "Nothing is left to do.", "settled"))
    row.done_at, row.done_by, row.done_text = clock.now(), actor, said
    row.save(update_fields=["done_at", "done_by", "done_text"])
    return row
