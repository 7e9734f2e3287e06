"""Two drills of the year: one that took too long, and one that did not, with what was learnt in between."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from lotbook.config.demo.diary import LotName
from lotbook.config.demo.floor.scene import Scene
from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Answers, Drill, Reached
from lotbook.kernel import clock
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import sent

QUINN = "user:quinn"
GOODS = ("FG-MARINARA", "FG-MUSTARD", "FG-DRESSING", "FG-ARRABBIATA", "FG-SMOKY", "FG-BASIL")
MADE_BEFORE = timedelta(days=75)
"""Lots of so many days before a drill are sold by then."""


def happen(scene: Scene, contaminated: Collection[LotName]) -> None:
    """Let quality run them. A year whose lots do not suit has none."""
    chosen = _sold_before(scene, 155, contaminated)
    if chosen is not None:
        _too_long(scene, chosen, ago=155)
    chosen = _sold_before(scene, 61, contaminated)
    if chosen is not None:
        _in_time(scene, chosen, ago=61)


def _too_long(scene: Scene, chosen: Lot, ago: int) -> None:
    with scene.on(ago, 9):
        drill = actions.start_drill(lots=[chosen.uid], target="4h", reason="Spring drill", actor=QUINN)
    with scene.on(ago, 14, 20):
        actions.finish(
            drill=drill.case.uid, actor=QUINN, owner="Anna Thorne", due_on=scene.day(ago - 30),
            finding="Two customers had no telephone number at hand; finding them took most of the morning.",
            action="Contacts of all customers go into the book.", text="The trace itself took minutes.",
        )  # fmt: skip


def _in_time(scene: Scene, chosen: Lot, ago: int) -> None:
    with scene.on(ago, 13):
        drill = actions.start_drill(
            lots=[chosen.uid], target="2h", answers=Answers.ASKED, reason="Autumn drill", actor=QUINN
        )
    _ask(scene, drill, ago)
    with scene.on(ago, 14, 10):
        actions.finish(drill=drill.case.uid, actor=QUINN, text="Everybody was reached within the hour.")


def _ask(scene: Scene, drill: Drill, ago: int) -> None:
    for number, question in enumerate(list(drill.questions.all())):
        with scene.on(ago, 13, min(5 + 3 * number, 59)):
            actions.take_answer(
                drill=drill.case.uid, question=question.uid, reached=Reached.YES, actor=QUINN,
                answer="Reached at the first call.",
            )  # fmt: skip


def _sold_before(scene: Scene, ago: int, contaminated: Collection[LotName]) -> Lot | None:
    """The youngest lot that had left for customers, all of it, by then."""
    with scene.on(ago, 8):
        now = clock.now()
    rows = Lot.objects.select_related("item").filter(
        item__code__in=GOODS, produced_on__range=((now - 2 * MADE_BEFORE).date(), (now - MADE_BEFORE).date())
    )
    names = set(contaminated)
    lots = [
        lot for lot in rows.order_by("-produced_on", "number") if (lot.item.code, lot.number) not in names
    ]
    left = {lot.pk for lot in lots} - {row.lot for row in ledger.stock_of({lot.item_id for lot in lots})}
    latest = {one.lot: one.occurred_at for one in reversed(sent.sent(left, most=5_000))}
    return next((lot for lot in lots if lot.pk in left and lot.pk in latest and latest[lot.pk] < now), None)
