"""The report of a case: what happened, what was decided, who was told, what adds up and what does not.

Before a case is over it is an interim report and says so. After that it is as of the sequence the case ended
at, so the same paper comes out whenever it is made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lotbook.foundation.catalog.rules import symbol
from lotbook.insights.recall import drillrules, rules
from lotbook.insights.recall.models import Answer, Case, CaseStep, EffectivenessCheck, Notice
from lotbook.insights.recall.queries import balance, house, pages, reading, reconciling
from lotbook.insights.recall.queries.balance import Balanced
from lotbook.insights.recall.queries.reconciling import CustomerRow, Point
from lotbook.insights.recall.reports import TEMPLATE, Column, many, moment, table, who
from lotbook.kernel import clock, pdf
from lotbook.kernel.clock import written
from lotbook.kernel.quantity import to_text

LOTS_SHOWN, CUSTOMERS_SHOWN, STEPS_SHOWN, POINTS_SHOWN, NOTICES_NAMED = 80, 120, 120, 60, 3
SIGNATURE_SIGNS = 16
MICRO = 6
AUTOMATIC = "lotbook"
PARTS: tuple[Column, ...] = tuple(
    (label, "number")
    for label in ("Came", "Here", "On way", "Consumed", "Shipped", "Lost", "Differs", "Named")
)


def paper(case: Case, *, paper: str | None = None, by: str = "") -> bytes:
    """The report as PDF; of a case that is over the same bytes every time."""
    told = data(case)
    if case.is_over and case.ended_at is not None:
        return pdf.render(TEMPLATE, told, by=case.ended_by, at=case.ended_at, paper=paper)
    return pdf.render(TEMPLATE, told, by=by, at=clock.now(), paper=paper)


def data(case: Case) -> dict[str, Any]:
    """What stands on the paper."""
    ended = balance.ended_at(case)
    rows = balance.of_case(case)
    customers = reconciling.customers(case, as_of=case.as_of if case.is_drill else ended)
    points = reconciling.points(case, [one.row for one in rows], customers)
    steps = list(reading.log(case))
    marks = (["DRILL – nothing was held, posted or told"] if case.is_drill else []) + (
        [] if case.is_over else ["INTERIM REPORT"]
    )
    made: dict[str, Any] = {
        "company": house.company(),
        "title": "Closing report" if case.is_over else "Interim report",
        "number": case.number,
        "banner": " – ".join(marks),
        "sections": [
            _head(case, ended),
            *_decision(case, steps),
            *_balance(rows),
            _customers(case, customers),
            *_checks(case),
            *_costs(case, rows, customers),
            *_points(points),
            _timeline(case, steps),
            _chain(case, steps),
        ],
    }
    signature = _signature(case, steps)
    if signature is not None:
        made["signature"] = signature
    return made


def _head(case: Case, ended: int | None) -> dict[str, Any]:
    as_of = case.as_of if case.is_drill else ended
    made = pdf.section(
        facts=[
            ("Kind", case.get_kind_display()),
            ("Status", case.get_status_display()),
            ("Class", rules.CLASSES.get(case.classification, case.classification)),
            ("Reason", case.reason),
            ("Hazard", case.hazard),
            ("Opened", f"{moment(case.opened_at)}, {who(case.opened_by)}"),
            ("Opened from", f"{rules.SOURCES.get(case.source_kind, '')} {case.source}".strip()),
            ("Scope", f"as of sequence {case.as_of}, {moment(case.scoped_at)}" if case.scoped_at else ""),
            ("Frozen", _frozen(case)),
            ("Clock", f"{pages.elapsed(case)} from opening {'to the end' if case.ended_at else 'until now'}"),
            ("Quantities", f"as of sequence {as_of}" if as_of is not None else "as they stand now"),
        ]
    )  # fmt: skip
    made["pairs"] = 1
    return made


def _frozen(case: Case) -> str:
    if case.frozen_at is None:
        return ""
    return f"{moment(case.frozen_at)}, " + (
        "rehearsed" if case.is_drill else f"last hold at sequence {case.frozen_sequence}"
    )


def _decision(case: Case, steps: Sequence[CaseStep]) -> list[dict[str, Any]]:
    if case.decided_at is None:
        return [pdf.section("Decision", text="Nothing is decided yet.")]
    step = next((one for one in reversed(steps) if one.verb == "decided"), None)
    said = step.data.get("signed", {}) if step is not None else {}
    approved = _approver(said)
    made = pdf.section(
        "Decision",
        facts=[
            ("Decided", rules.DECISIONS.get(case.decision, case.decision)),
            ("Why", case.decision_text),
            ("By", f"{house.printed(case.decided_by)}, {moment(case.decided_at)}"),
            ("Approved by", approved or "nobody had to: no rule asks for it"),
            ("Signature", step.data.get("signature", "") if step is not None else ""),
        ],
    )
    made["pairs"] = 1
    return [made]


def _balance(rows: Sequence[Balanced]) -> list[dict[str, Any]]:
    names = ("on_hand", "in_transit", "consumed", "shipped", "lost", "difference")
    cells = []
    for one in rows[:LOTS_SHOWN]:
        item = one.lot.item
        parts = [to_text(getattr(one.account, name), item.scale) for name in names]
        came = f"{to_text(one.account.came, item.scale)} {symbol(item.unit)}"
        cells.append([f"{item.code} {one.lot}", came, *parts, one.percent])
    whole = balance.overall(rows)
    made = table(
        "Mass balance", [("Item, lot", "lot"), *PARTS], cells, most=LOTS_SHOWN, of=len(rows),
        widths=(2.2, 0, 0, 0, 0, 0, 0, 0, 0),
        text="Came (received or made) = here + on way + consumed + shipped (less returns) + lost + differs.",
        empty="No scope was taken.",
    )  # fmt: skip
    if rows:
        words = f"{whole.percent} over {many(whole.lots, 'lot')}"
        part = max(min(whole.ppm // 10_000, 100), 1)
        made["bars"] = [{"label": "Accounted for", "part": part, "good": not whole.differing, "words": words}]
    differing = [
        [
            f"{one.lot.item.code} {one.lot}",
            f"{to_text(one.account.difference, one.lot.item.scale)} {symbol(one.lot.item.unit)}: {one.words}",
            one.row.row.explanation or "not explained",
        ]
        for one in rows
        if one.account.difference
    ]
    columns: list[Column] = [("Item, lot", "lot"), "Difference", "Explanation"]
    empty = "None: every lot is accounted for."
    return [
        made,
        table("Differences", columns, differing, most=LOTS_SHOWN, empty=empty, widths=(1.4, 2, 2.4)),
    ]


def _customers(case: Case, rows: Sequence[CustomerRow]) -> dict[str, Any]:
    told: dict[int, list[Notice]] = defaultdict(list)
    for notice in Notice.objects.filter(case=case).order_by("pk"):
        told[notice.customer_id].append(notice)
    answers: dict[int, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(customer__case=case).order_by("pk"):
        answers[answer.customer_id].append(answer)
    cells = []
    for one in rows:
        key = one.customer.pk
        first = f"{one.customer.partner} ({one.customer.get_status_display().lower()})"
        for part in one.deliveries or ():
            scale = part.lot.item.scale
            amounts = (part.shipped, part.returned, part.row.destroyed, part.row.sold_on, part.remaining)
            texts = [to_text(amount, scale) for amount in amounts]
            left = f"; {part.row.explanation}" if part.row.explanation else ""
            name = f"{part.lot.item.code} {part.lot}, {symbol(part.lot.item.unit)}{left}"
            cells.append([first, _told(told[key]), _answered(answers[key]), name, *texts])
    columns: list[Column] = [
        "Customer", "Told", "Answered", "Item, lot", ("Shipped", "number"), ("Back", "number"),
        ("Destroyed", "number"), ("Sold on", "number"), ("Open", "number"),
    ]  # fmt: skip
    text = f"{many(len(rows), 'customer')}, {sum(1 for one in rows if told[one.customer.pk])} written to,"
    text += f" {sum(1 for one in rows if answers[one.customer.pk])} answered."
    return table(
        "Customers", columns, cells, most=CUSTOMERS_SHOWN, widths=(1.3, 1.5, 1.2, 1.5, 0, 0, 0, 0, 0),
        text=text, empty="No customer got any of it.",
    )  # fmt: skip


def _told(rows: Sequence[Notice]) -> str:
    said = [
        f"{one.get_kind_display()}, {one.get_channel_display().lower()}:"
        f" {moment(one.sent_at) or one.get_status_display().lower()}"
        for one in rows
    ]
    return "; ".join(said[-NOTICES_NAMED:]) or "not written to"


def _answered(rows: Sequence[Answer]) -> str:
    if not rows:
        return "–"
    last = rows[-1]
    how = (
        "made up"
        if last.simulated
        else f"taken down by {who(last.taken_by)}"
        if last.taken_by
        else "by the link"
    )
    return f"{moment(last.given_at)}, {last.name or 'no name'}, {how}"


def _checks(case: Case) -> list[dict[str, Any]]:
    rows = [
        [
            str(one.customer.partner), one.get_method_display(), one.get_outcome_display(), one.text,
            f"{moment(one.done_at)} {who(one.done_by)}".strip(),
        ]
        for one in EffectivenessCheck.objects.filter(case=case).select_related("customer__partner")
    ]  # fmt: skip
    columns = ["Customer", "How", "Outcome", "What was found", "Done"]
    empty = "None was planned."
    return [table("Effectiveness checks", columns, rows, most=CUSTOMERS_SHOWN, empty=empty)]


def _costs(case: Case, rows: Sequence[Balanced], customers: Sequence[CustomerRow]) -> list[dict[str, Any]]:
    found = reconciling.costs(case, [one.row for one in rows], customers)
    cells = [
        [
            one.currency or "no currency",
            *(to_text(value, MICRO) for value in (one.lost, one.expenses, one.total, one.at_stake)),
        ]
        for one in found
    ]
    columns: list[Column] = [
        "Currency", ("Goods lost", "number"), ("Expenses", "number"), ("Cost so far", "number"),
        ("Still at stake", "number"),
    ]  # fmt: skip
    spent = [
        [
            written(one.spent_on),
            one.text,
            f"{to_text(one.amount_micro, MICRO)} {one.currency}",
            who(one.entered_by),
        ]
        for one in case.expenses.all()
    ]
    made = [table("Costs", columns, cells, most=LOTS_SHOWN, empty="None is known.")]
    if spent:
        made.append(table("Expenses", ["On", "What for", ("Amount", "number"), "By"], spent, most=LOTS_SHOWN))
    return made


def _points(points: Sequence[Point]) -> list[dict[str, Any]]:
    rows = [
        [one.words, one.explanation or "OPEN"]
        for one in sorted(points, key=lambda one: bool(one.explanation))
    ]
    left = sum(1 for one in points if not one.explanation)
    text = f"{left} open, {len(points) - left} explained." if points else ""
    return [
        table(
            "What is open, and what explains the rest", ["Point", "Explanation"], rows, most=POINTS_SHOWN,
            widths=(2, 1.6), text=text, empty="Nothing: everything is accounted for.",
        )
    ]  # fmt: skip


def _timeline(case: Case, steps: Sequence[CaseStep]) -> dict[str, Any]:
    rows = [
        [
            str(step.index), moment(step.happened_at),
            drillrules.span(max(int((step.happened_at - case.opened_at).total_seconds()), 0)),
            step.verb.capitalize(), "; ".join(filter(None, (step.text, step.reason))), who(step.actor),
        ]
        for step in steps
    ]  # fmt: skip
    columns: list[Column] = [("Step", "number"), "At", "After", "What", "Text", "By"]
    return table("Timeline", columns, rows, most=STEPS_SHOWN, widths=(0, 1.5, 1, 1.2, 3.4, 0.9))


def _chain(case: Case, steps: Sequence[CaseStep]) -> dict[str, Any]:
    broken = reading.log_broken_at(case)
    state = (
        f"CHANGED at step {broken}: its digest does not fit"
        if broken
        else "whole: each digest fits the one before"
    )
    made = pdf.section(
        "Log",
        facts=[
            ("Steps", str(len(steps))),
            ("State", state),
            ("SHA-256 of the last step", steps[-1].digest if steps else ""),
        ],
    )
    made["pairs"] = 1
    return made


def _approver(said: dict[str, Any]) -> str:
    """Who said yes; where no rule wants anybody's, the book settles it itself."""
    name = str(said.get("approved_by") or "")
    return "" if name == AUTOMATIC else who(name)


def _signature(case: Case, steps: Sequence[CaseStep]) -> dict[str, Any] | None:
    step = next((one for one in reversed(steps) if one.verb in ("closed", "called off")), None)
    if not case.is_over or step is None:
        return None
    said = step.data.get("signed", {})
    return {
        "title": case.get_status_display(),
        "facts": [
            ["By", house.printed(case.ended_by)],
            ["When", moment(case.ended_at)],
            ["Meaning", said.get("meaning", "")],
            ["Why", case.closing],
            ["Approved by", _approver(said)],
            ["Signature", step.data.get("signature", "")],
        ],
    }
