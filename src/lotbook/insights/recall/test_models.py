"""What the database itself keeps: a drill has no place for a hold, the log is written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests import cast

from lotbook.insights.recall.models import Case, CaseLot, CaseStep
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db


def case(kind: str, **more: Any) -> Case:
    now = clock.now()
    return Case.objects.create(
        number=f"RC-{kind}", kind=kind, reason="glass", opened_at=now, opened_by="user:quinn", **more
    )


@pytest.mark.parametrize("outward", [{"frozen_sequence": 7}, {"approval": new_uid()}])
def test_a_drill_has_no_place_for_what_reaches_out(outward: dict[str, Any]) -> None:
    case("recall", **outward)
    with pytest.raises(IntegrityError), transaction.atomic():
        case("drill", **outward)


def test_a_lot_of_a_drill_has_no_place_for_a_hold() -> None:
    world = cast.small()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    lot = Lot.objects.get(number="TOM-1")
    for kind in ("recall", "drill"):
        row = CaseLot.objects.create(case=case(kind), lot=lot, drill=kind == "drill", as_of=1)
        if kind == "recall":
            CaseLot.objects.filter(pk=row.pk).update(hold=new_uid(), held_sequence=1)
            continue
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseLot.objects.filter(pk=row.pk).update(hold=new_uid(), held_sequence=1)


def test_what_is_scoped_says_as_of_when() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        case("recall", status="scoped")
    case("recall", status="scoped", as_of=3)


def test_the_log_is_written_once() -> None:
    step = CaseStep.objects.create(
        case=case("recall"), index=1, happened_at=clock.now(), actor="user:quinn", verb="opened", digest="x"
    )
    changes: list[Callable[[], object]] = [
        lambda: CaseStep.objects.update(reason="y"),
        lambda: CaseStep.objects.all()._raw_delete("default"),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            change()
    assert CaseStep.objects.get() == step
