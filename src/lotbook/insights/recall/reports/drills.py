"""The report of a drill: made of its frozen result alone, so it is the same paper whenever it is made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from lotbook.insights.recall import drillrules
from lotbook.insights.recall.drillrules import Population
from lotbook.insights.recall.models import Answers, Choice, Drill, Reached
from lotbook.insights.recall.queries import results
from lotbook.insights.recall.reports import TEMPLATE, Column, day, many, moment, table, who
from lotbook.kernel import clock, pdf

LOTS_SHOWN, CUSTOMERS_SHOWN, SUPPLIES_SHOWN, SITES_SHOWN, STEPS_SHOWN = 30, 30, 25, 12, 24
"""Rows on paper, so that the report keeps to a few pages."""
PARTS: tuple[Column, ...] = tuple(
    (label, "number")
    for label in ("Came", "Here", "On way", "Consumed", "Shipped", "Lost", "Differs", "Named")
)
DIGEST_SIGNS = 16
LOTS_NAMED = 4


def paper(row: Drill, *, paper: str | None = None, by: str = "") -> bytes:
    """The report as PDF: the same bytes every time once signed; before, as it stands, marked NOT SIGNED."""
    if row.signed_at is not None:
        told: dict[str, Any] = row.result
        return pdf.render(TEMPLATE, data(row, told), by=row.signed_by, at=row.signed_at, paper=paper)
    now = clock.now()
    return pdf.render(TEMPLATE, data(row, results.result(row, at=now)), by=by, at=now, paper=paper)


def data(row: Drill, told: dict[str, Any]) -> dict[str, Any]:
    """What stands on the paper."""
    signed = row.signed_at is not None
    made: dict[str, Any] = {
        "company": told.get("company", ""),
        "title": "Mock recall report" if signed else "Mock recall report, not signed",
        "number": told["number"],
        "banner": _banner(told, signed=signed),
        "sections": [
            _head(told),
            _clock(told),
            *_forward(told),
            *_backward(told),
            *_balance(told),
            *_people(told),
            _findings(told),
        ],
    }
    if signed:
        made["signature"] = {
            "title": "Signed",
            "facts": [
                ["By", told.get("signer", who(row.signed_by))],
                ["When", moment(row.signed_at)],
                ["Meaning", told.get("meaning", "")],
                ["Remark", told.get("remark", "")],
                ["SHA-256 of what was signed", row.signature],
                [
                    "Log",
                    f"{told['log']['steps']} steps before it, the last {told['log']['head'][:DIGEST_SIGNS]}…",
                ],
            ],
        }
    return made


def _banner(told: dict[str, Any], *, signed: bool) -> str:
    marks = ["DRILL – nothing was held, posted or told"]
    marks += ["customers' answers MADE UP"] if told["made_up"] else []
    return " – ".join(marks + ([] if signed else ["NOT SIGNED"]))


def _choice(told: dict[str, Any]) -> list[tuple[str, str]]:
    choice = told["choice"]
    if choice["how"] != Choice.RANDOM or not choice["population"]:
        return [("Lot", "chosen")]
    stated = Population(**choice["population"])
    return [
        ("Lot", f"drawn by seed {choice['seed']} from {stated.lots} lots"),
        ("Drawn from", f"{stated.words}, as of sequence {stated.as_of}"),
        ("Rule of the draw", choice["rule"]),
        ("SHA-256 of those lots", stated.digest[:DIGEST_SIGNS] + "…"),
    ]


def _head(told: dict[str, Any]) -> dict[str, Any]:
    named = "; ".join(
        f"{one['item_name']} {one['item']}, lot {one['lot']}, {one['came']} {one['unit']}"
        for one in told["suspects"][:5]
    )
    made = pdf.section(
        facts=[
            ("What was rehearsed", named),
            ("Why", told["reason"]),
            *_choice(told),
            ("The book as of sequence", str(told["as_of"])),
            ("Customers' answers", str(Answers(told["answers"]).label).lower()),
        ]
    )
    made["pairs"] = 1
    return made


def _clock(told: dict[str, Any]) -> dict[str, Any]:
    start = datetime.fromisoformat(told["opened_at"])
    rows = [
        [
            drillrules.span(step["seconds"]),
            moment(step["at"]),
            step["what"].capitalize(),
            step["text"],
            who(step["by"]),
        ]
        for step in told["timeline"]
    ]
    end = "signed" if told.get("signer") else "now"
    rows.append([drillrules.span(told["seconds"]), moment(told["finished_at"]), end.capitalize(), "", ""])
    made = table(
        "Clock", ["After", "At", "Step", "What", "By"], rows[-STEPS_SHOWN:], most=STEPS_SHOWN,
        widths=(0.9, 1.5, 1.2, 3.2, 0.8),
    )  # fmt: skip
    part = min(100 * told["seconds"] // max(told["target_s"], 1), 100)
    words = f"{drillrules.span(told['seconds'])} of {drillrules.span(told['target_s'])}"
    verdict = "In time" if told["within_target"] else "Later than the target"
    made["facts"] = [["Started", moment(start)], [verdict, words]]
    made["bars"] = [{"label": verdict, "part": max(part, 1), "good": told["within_target"], "words": words}]
    return made


def _forward(told: dict[str, Any]) -> list[dict[str, Any]]:
    forward = told["forward"]
    rows = [
        [one["name"], one["contact"] or "no contact known", _reached(one), *part]
        for one in told["customers"]
        for part in _by_item(one["deliveries"])
    ]
    sites = [
        [one["site"], f"{one['item_name']} {one['item']}", one["lots"], f"{one['quantity']} {one['unit']}"]
        for one in forward["sites"]
    ]
    summary = f"{many(forward['lots'], 'affected lot')}, {many(forward['customers'], 'customer')},"
    summary += f" {many(forward['documents'], 'document')}."
    if told["made_up"]:
        summary += "\nThe customers' answers are MADE UP by the drill: nobody was asked."
    return [
        table(
            "Forward: who got it",
            [
                "Customer", "Contact", "Reached", "Item, lot", ("Shipped", "number"), ("Back", "number"),
                ("Customer says", "number"), "Documents",
            ],
            rows, most=CUSTOMERS_SHOWN, widths=(1.6, 1.7, 1, 1.5, 0, 0, 1.1, 1.2), text=summary,
            empty="Nothing of it was shipped to a customer.",
        ),
        table(
            "Forward: where the rest is", ["Site", "Item", ("Lots", "number"), ("Quantity", "number")], sites,
            most=SITES_SHOWN, empty="Nothing of it is on hand.",
        ),
    ]  # fmt: skip


def _reached(one: dict[str, Any]) -> str:
    if one["answered"]:
        return "made up" if one["made_up"] else f"answered {moment(one['answered_at'])}"
    return str(Reached(one["reached"]).label).lower() if one["asked"] else "not asked"


def _by_item(parts: list[dict[str, Any]]) -> list[list[str]]:
    """What a customer got, a row for each item: which lots, how much, what it says of it, the documents."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in parts:
        groups.setdefault(one["item"], []).append(one)
    rows = []
    for item, of_item in groups.items():
        lots = ", ".join(one["lot"] for one in of_item[:LOTS_NAMED])
        more = f" and {len(of_item) - LOTS_NAMED} more" if len(of_item) > LOTS_NAMED else ""
        documents = list(dict.fromkeys(name for one in of_item for name in one["documents"]))
        papers_shown = ", ".join(documents[:LOTS_NAMED]) + (" …" if len(documents) > LOTS_NAMED else "")
        shipped = f"{_sum(of_item, 'shipped')} {of_item[0]['unit']}"
        rows.append(
            [f"{item}: {lots}{more}", shipped, _sum(of_item, "returned"), _told(of_item), papers_shown]
        )
    return rows


def _sum(rows: list[dict[str, Any]], name: str) -> str:
    return f"{sum((Decimal(one[name]) for one in rows), Decimal(0)):f}"


def _told(rows: list[dict[str, Any]]) -> str:
    said = [one for one in rows if one["told"] is not None]
    if not said:
        return ""
    left = _sum(said, "open")
    return f"has or had {_sum(said, 'told')}" + (f", {left} open" if Decimal(left) else "")


def _backward(told: dict[str, Any]) -> list[dict[str, Any]]:
    back = told["backward"]
    rows = [
        [
            one["supplier"], f"{one['item_name']} {one['item']}", one["lot"], one["supplier_lot"],
            f"{one['quantity']} {one['unit']}", day(one["at"]), one["document"],
        ]
        for one in back["supplies"]
    ]  # fmt: skip
    summary = f"{many(back['materials'], 'lot')} of it and what went into it,"
    summary += f" {many(back['suppliers'], 'supplier')}."
    return [
        table(
            "Backward: what it was made from",
            [
                "Supplier", "Item", ("Lot", "lot"), ("Supplier's lot", "lot"), ("Received", "number"), "On",
                "Document",
            ],
            rows, most=SUPPLIES_SHOWN, of=back["supplies_count"], widths=(1.5, 1.8, 1.1, 1.1, 0, 0.9, 1),
            text=summary, empty="No supplier is in the book for it.",
        )
    ]  # fmt: skip


def _balance(told: dict[str, Any]) -> list[dict[str, Any]]:
    whole = told["balance"]
    names = ("on_hand", "in_transit", "consumed", "shipped", "lost", "difference")
    rows = [
        [
            f"{one['item']} {one['lot']}", f"{one['came']} {one['unit']}", *(one[name] for name in names),
            drillrules.percent(one["ppm"]),
        ]
        for one in whole["rows"]
    ]  # fmt: skip
    differing = [
        [
            f"{one['item']} {one['lot']}",
            f"{one['difference']} {one['unit']}: {one['words']}",
            one["explanation"] or "not explained",
        ]
        for one in whole["rows"]
        if one["words"]
    ]
    made = table(
        "Mass balance", [("Item, lot", "lot"), *PARTS], rows, most=LOTS_SHOWN, of=whole["lots"],
        widths=(2.2, 0, 0, 0, 0, 0, 0, 0, 0),
        text="Came (received or made) = here + on way + consumed + shipped (less returns) + lost + differs.",
    )  # fmt: skip
    part = max(min(whole["ppm"] // 10_000, 100), 1)
    made["bars"] = [
        {
            "label": "Accounted for",
            "part": part,
            "good": not whole["differences"],
            "words": f"{drillrules.percent(whole['ppm'])} over {whole['lots']} lots",
        }
    ]
    return [
        made,
        table(
            "Differences", [("Item, lot", "lot"), "Difference", "Explanation"], differing, most=LOTS_SHOWN,
            empty="None: every lot is accounted for.", widths=(1.4, 2, 2.4),
        ),
    ]  # fmt: skip


def _people(told: dict[str, Any]) -> list[dict[str, Any]]:
    if told["answers"] != Answers.ASKED:
        return []
    rows = [
        [
            one["role"], one["question"], str(Reached(one["reached"]).label), one["name"], one["answer"],
            moment(one["answered_at"]),
        ]
        for one in told["questions"]
    ]  # fmt: skip
    columns = ["Whom", "Question", "Reached", "Who", "Said", "At"]
    return [table("People", columns, rows, most=CUSTOMERS_SHOWN, widths=(1.2, 2.2, 0.9, 0.9, 1.8, 1.1))]


def _findings(told: dict[str, Any]) -> dict[str, Any]:
    rows = [[one["text"], one["action"], one["owner"], day(one["due_on"])] for one in told["findings"]]
    columns = ["Finding", "What is done about it", "Who", "Until"]
    return table(
        "Findings and actions", columns, rows, most=LOTS_SHOWN, widths=(2.4, 2.4, 1, 0.9), empty="None."
    )
