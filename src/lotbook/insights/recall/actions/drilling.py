"""The start of a drill: one press draws a lot, opens the case and rehearses it, ready to reconcile.

Everything goes through the acts of any case, whose way out is ``outward``: there a drill ends. So it holds
nothing, posts nothing and tells nobody, and what it says is on real data.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.insights.recall import drillrules
from lotbook.insights.recall.actions import drillpeople
from lotbook.insights.recall.actions.deciding import decide
from lotbook.insights.recall.actions.freezing import freeze
from lotbook.insights.recall.actions.opening import open_case, take_scope
from lotbook.insights.recall.actions.steps import record
from lotbook.insights.recall.models import Answers, Case, Choice, Drill
from lotbook.insights.recall.queries import drills, scoping
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.lots.models import Lot

LOTS_MAX = 50
"""Most lots a drill begins with."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a drill shall be, checked."""

    choice: str
    seed: int | None
    among: str
    days: int
    target_s: int
    answers: str
    reason: str


@transaction.atomic
def start_drill(
    *,
    actor: str,
    lots: Sequence[UUID | str] = (),
    seed: int | str | None = None,
    among: str = "shipped",
    days: int | str | None = None,
    target: str = "4h",
    answers: str = Answers.NONE,
    reason: str = "",
    uid: UUID | None = None,
) -> Drill:
    """Start a drill: the clock runs from here, and what follows is ready to reconcile.

    Without ``lots`` (uids) one is drawn by ``seed`` (a fresh one unless given) from the lots of the last
    ``days`` that ``among`` names. The case is opened, its scope taken, freeze and decision rehearsed.
    ``target`` is text like ``4h``. The same ``uid`` starts once. Raises Refused naming the field.
    """
    if uid is not None and (known := Drill.objects.filter(case__uid=uid).first()) is not None:
        return known
    asked = _checked(lots, seed=seed, among=among, days=days, target=target, answers=answers, reason=reason)
    drawn = None
    if asked.seed is not None:
        drawn = drills.draw(asked.seed, asked.among, asked.days)
        if drawn.lot is None:
            cause = f"there is nothing to draw from: {drawn.population.words.lower()} today are none."
            raise Refused(Fault("days", cause, "Take more days, or another kind.", "nothing_there"))
    found = _known(lots if drawn is None or drawn.lot is None else [drawn.lot])
    names = ", ".join(f"{lot.item.code} {lot}" for lot in found[:3]) + (" …" if len(found) > 3 else "")
    how = "drawn" if drawn is not None else "chosen"
    case = open_case(
        kind="drill", reason=asked.reason or f"Drill: {names}, {how}", actor=actor, source_kind="lot",
        source=names[:200], suspects=scoping.of_lots(lot.uid for lot in found), uid=uid,
    )  # fmt: skip
    made = drillpeople.enrol(case)
    made.choice, made.seed = asked.choice, asked.seed
    made.target_s, made.answers = asked.target_s, asked.answers
    if drawn is not None:
        made.drawn, made.drawn_from = drawn.population.as_json(), drawn.population.lots
    made.save()
    _say_start(made, names, actor)
    _rehearse(case, actor)
    case.refresh_from_db()
    made.case = case
    if asked.answers == Answers.ASKED:
        drillpeople.list_questions(made)
    elif asked.answers == Answers.SIMULATED:
        drillpeople.make_up(made, actor)
    return made


def _checked(lots: Sequence[UUID | str], **given: Any) -> _Asked:
    check = Check()
    seed = check.whole("seed", given["seed"], 0, drillrules.SEED_MAX)
    kind = check.choice("among", given["among"], drillrules.AMONG)
    span = check.whole("days", given["days"], 1, drillrules.DAYS_MAX)
    target = str(given["target"])
    seconds = drillrules.target_s(target)
    if seconds is None:
        cause = f"expected a time from a minute to seven days, got {target[:40]!r}."
        check.fault("target", cause, "Write it like 4h, 90 min or 1h 30m.")
    who = check.choice("answers", given["answers"], Answers.values)
    why = check.text("reason", given["reason"], 2000, lines=True)
    if len(lots) > LOTS_MAX:
        check.fault("lots", f"at most {LOTS_MAX} lots, got {len(lots)}.", "Choose fewer.")
    if lots and seed is not None:
        check.fault("seed", "a seed draws a lot, and lots are chosen already.", "Leave one of them out.")
    check.done()
    if not lots and seed is None:
        seed = secrets.randbelow(10**9)
    return _Asked(
        Choice.CHOSEN if lots else Choice.RANDOM, seed, kind, span or drillrules.DAYS_USUAL,
        seconds or drillrules.TARGET_USUAL_S, who, why,
    )  # fmt: skip


def _known(names: Sequence[UUID | str]) -> list[Lot]:
    check = Check()
    uids: list[UUID] = []
    for index, name in enumerate(names):
        try:
            uids.append(UUID(str(name)))
        except ValueError:
            check.fault(f"lots/{index}", f"{str(name)[:60]!r} is no uid.", "Choose it in the list.")
    rows = {row.uid: row for row in Lot.objects.filter(uid__in=uids).select_related("item")}
    for index, uid in enumerate(uids):
        if uid not in rows:
            check.fault(f"lots/{index}", f"the book has no lot {uid}.", "Check the number.", "unknown")
    check.done()
    return [rows[uid] for uid in dict.fromkeys(uids)]


def _say_start(made: Drill, names: str, actor: str) -> None:
    stated = drills.population(made)
    text = f"{names}; target {drillrules.span(made.target_s)}"
    if stated is not None:
        text += f"; drawn by seed {made.seed} from {stated.lots} lots"
    data = {"seed": made.seed, "population": made.drawn, "target_s": made.target_s, "answers": made.answers}
    record(made.case, "drill started", actor=actor, text=text, data=data)


def _rehearse(case: Case, actor: str) -> None:
    """Scope, freeze and decision, one after the other, as in a real case."""
    take_scope(case=case.uid, actor=actor)
    freeze(case=case.uid, actor=actor)
    decide(case=case.uid, decision="recall", reason="Rehearsed: as if it were real.", actor=actor)
