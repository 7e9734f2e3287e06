"""Allocation through its actions: which lot, why, why not, and that it is theirs alone afterwards.

SITE
├── HALL ── A-01, A-02, PALLET (in A-02)
├── QUAR (not usable) ── Q-01
└── TRUCK (transit)
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.allocation import actions, queries
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db

TODAY = date(2027, 3, 1)


class Site:
    """A site with places good and bad, one item, and a way to bring lots."""

    def __init__(self) -> None:
        self.item = self.make_item("SAUCE")
        self.farm = Place.objects.create(code="FARM", kind="partner").pk
        self.shop = Place.objects.create(code="SHOP", kind="partner").pk
        self.site = self.place("SITE", "site", time_zone="Pacific/Auckland")
        self.hall = self.place("HALL", "area", self.site)
        self.a1 = self.place("A-01", "bin", self.hall)
        self.a2 = self.place("A-02", "bin", self.hall)
        self.pallet = self.place("PALLET", "unit", self.a2)
        quar = self.place("QUAR", "area", self.site, usable=False)
        self.q1 = self.place("Q-01", "bin", quar)
        self.truck = self.place("TRUCK", "transit", self.site)
        self.order = uuid4()

    @staticmethod
    def make_item(code: str) -> int:
        return int(Item.objects.create(code=code, name=code.title(), unit="KGM", scale=1).pk)

    @staticmethod
    def place(code: str, kind: str, parent: int | None = None, **more: Any) -> int:
        return int(Place.objects.create(code=code, kind=kind, parent_id=parent, own=True, **more).pk)

    def bring(
        self, number: str, quantity: int, place: int | None = None, *, item: int | None = None, **facts: Any
    ) -> int:
        """``quantity`` kilograms of a lot; gives the lot's key."""
        key = LotRef(item or self.item, number, facts=facts)
        move = Move(key, self.farm, place or self.a1, quantity * 10)
        ledger.post_one(Draft("receive", clock.now(), moves=[move]), actor="user:otto")
        return Lot.objects.get(item=item or self.item, number=number).pk

    def hold(self, number: str) -> None:
        put = PutHold(LotRef(self.item, number), "quality", new_uid())
        ledger.post_one(Draft("hold", clock.now(), reason="smells", holds=[put]), actor="user:quinn")

    def demand(self, quantity: int, **more: Any) -> Demand:
        asked: dict[str, Any] = {
            "item": self.item,
            "place": self.site,
            "purpose": "shipping.order",
            "document": self.order,
            "number": "SO-2027-00012",
            "on": TODAY,
        }
        return Demand(quantity=quantity * 10, **(asked | more))

    def allocate(self, quantity: int, **more: Any) -> Answer:
        return actions.allocate([self.demand(quantity, **more)], actor="user:pia")[0]


@pytest.fixture
def at() -> Site:
    return Site()


def given(answer: Answer) -> list[tuple[str, int]]:
    """Lot number and kilograms of each portion."""
    numbers = dict(Lot.objects.values_list("pk", "number"))
    return [(numbers[portion.lot], portion.quantity // 10) for portion in answer.portions]


def test_first_expired_goes_first_and_says_by_how_much(at: Site) -> None:
    at.bring("L-LATE", 50, expires_on=date(2027, 3, 15))
    at.bring("L-SOON", 60, expires_on=date(2027, 3, 3))
    at.bring("L-NEVER", 60)
    answer = at.allocate(80)
    assert given(answer) == [("L-SOON", 60), ("L-LATE", 20)]
    assert [portion.why for portion in answer.portions] == [
        "expires 03 MAR 2027, 12 days before L-LATE",
        "expires 15 MAR 2027, before L-NEVER",
    ]
    assert (answer.missing, answer.why_not) == (0, "")
    claims = queries.claims(at.order)
    assert [(c.lot_number, c.quantity, c.why, c.made_by) for c in claims] == [
        ("L-SOON", 600, "expires 03 MAR 2027, 12 days before L-LATE", "user:pia"),
        ("L-LATE", 200, "expires 15 MAR 2027, before L-NEVER", "user:pia"),
    ]
    assert [c.id for c in claims] == [portion.claim for portion in answer.portions]
    assert check().findings == []


@pytest.mark.parametrize(
    ("strategy", "lots", "why"),
    [
        ("fefo", ["MID", "NEW", "OLD"], "expires 01 JUN 2027, 30 days before NEW"),
        ("fifo", ["OLD", "MID", "NEW"], "received 01 JAN 2027, 9 days before MID"),
        ("lefo", ["OLD", "NEW", "MID"], "expires 01 AUG 2027, 31 days after NEW"),
    ],
)
def test_each_strategy_has_its_order(at: Site, strategy: str, lots: list[str], why: str) -> None:
    at.bring("MID", 10, expires_on=date(2027, 6, 1), received_on=date(2027, 1, 10))
    at.bring("OLD", 10, expires_on=date(2027, 8, 1), received_on=date(2027, 1, 1))
    at.bring("NEW", 10, expires_on=date(2027, 7, 1), received_on=date(2027, 2, 1))
    answer = at.allocate(30, strategy=strategy)
    assert [number for number, _ in given(answer)] == lots
    assert answer.portions[0].why == why


def test_lots_without_a_day_of_receipt_are_first_in_as_the_book_saw_them(at: Site) -> None:
    for number in ("B", "A", "C"):
        at.bring(number, 10)
    assert [number for number, _ in given(at.allocate(30, strategy="fifo"))] == ["B", "A", "C"]


def test_chosen_lots_come_in_the_order_chosen_and_no_others(at: Site) -> None:
    first, second = at.bring("A", 10), at.bring("B", 10)
    at.bring("C", 10)
    answer = at.allocate(25, strategy="chosen", lots=(second, first))
    assert given(answer) == [("B", 10), ("A", 10)]
    assert answer.portions[0].why == "chosen"
    assert answer.why_not == "20 of 25: 10 of other lots"
    with pytest.raises(Refused, match="no lot is chosen"):
        at.allocate(1, strategy="chosen")


def test_what_may_not_be_used_is_left_and_named(at: Site) -> None:
    at.bring("GOOD", 40, expires_on=date(2027, 6, 1))
    at.bring("HELD", 60, at.a2)
    at.hold("HELD")
    at.bring("OLD", 5, expires_on=date(2027, 2, 28))
    at.bring("CAGED", 7, at.q1)
    at.bring("DRIVEN", 8, at.truck)
    answer = at.allocate(200)
    assert given(answer) == [("GOOD", 40)]
    assert answer.missing == 1600
    assert answer.why_not == (
        "40 of 200: 60 on hold in A-02, 5 expired, 7 in Q-01, where goods may not be used, 8 on its way in TRUCK"
    )
    # Today, OLD has not expired yet; GOOD is reserved, and the rest may not be used.
    other = at.make_item("OTHER")
    assert queries.available([at.item, other], at.site) == {at.item: 50, other: 0}
    assert given(at.allocate(8, place=at.truck)) == [("DRIVEN", 8)]


def test_what_others_have_reserved_is_named_with_their_documents(at: Site) -> None:
    at.bring("L", 100)
    at.allocate(60, document=uuid4(), number="SO-2027-00001")
    at.allocate(20, document=uuid4(), number="SO-2027-00002")
    answer = at.allocate(100)
    assert given(answer) == [("L", 20)]
    assert answer.why_not == "20 of 100: 60 reserved for SO-2027-00001, 20 reserved for SO-2027-00002"
    assert at.allocate(5).why_not.startswith("0 of 5: 60 reserved for")
    assert at.allocate(5, item=at.make_item("OTHER")).why_not == "0 of 5: nothing more is there"


def test_the_expiry_day_is_the_sites_own(at: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """At noon UTC it is past midnight in Auckland: the lot that was good today is not any more."""
    day = date(2027, 3, 1)
    at.bring("L", 10, expires_on=day)
    noon = clock.now().replace(year=2027, month=3, day=1, hour=12)
    monkeypatch.setattr(clock, "now", lambda: noon)
    assert given(at.allocate(1, on=None)) == []
    monkeypatch.setattr(clock, "now", lambda: noon - timedelta(hours=6))
    assert given(at.allocate(1, on=None)) == [("L", 1)]


def test_shelf_life_left_and_no_older_than_last_time(at: Site) -> None:
    at.bring("SHORT", 10, expires_on=date(2027, 3, 30))
    at.bring("LONG", 10, expires_on=date(2027, 3, 31))
    at.bring("JAM", 10, best_before_on=date(2027, 3, 20))
    answer = at.allocate(30, min_days=30)
    assert given(answer) == [("LONG", 10)]
    assert answer.why_not == "10 of 30: 20 with less than 30 days left"
    actions.free(document=at.order, actor="user:pia", reason="again")
    answer = at.allocate(30, not_before=date(2027, 3, 30))
    assert given(answer) == [("SHORT", 10), ("LONG", 10)]
    assert answer.why_not == "20 of 30: 10 ending before 30 MAR 2027"


def test_one_lot_is_the_first_that_covers_all_wherever_it_stands(at: Site) -> None:
    at.bring("FIRST", 30, expires_on=date(2027, 4, 1))
    at.bring("SECOND", 30, expires_on=date(2027, 5, 1))
    at.bring("SECOND", 20, at.pallet, expires_on=date(2027, 5, 1))
    answer = at.allocate(45, one_lot=True)
    assert given(answer) == [("SECOND", 30), ("SECOND", 15)]
    assert {portion.place for portion in answer.portions} == {at.a1, at.pallet}
    answer = at.allocate(45, one_lot=True)
    assert given(answer) == []
    assert answer.why_not == (
        "0 of 45: 45 reserved for SO-2027-00012, no one lot has as much as that, most has FIRST with 30"
    )


def test_the_whole_or_nothing(at: Site) -> None:
    at.bring("L", 30)
    answer = at.allocate(31, whole=True)
    assert given(answer) == []
    assert answer.why_not == "0 of 31: 30 free, but all of it was asked for or nothing"
    assert given(at.allocate(30, whole=True)) == [("L", 30)]


def test_lines_of_one_call_share_the_stock_in_their_order(at: Site) -> None:
    at.bring("A", 30, expires_on=date(2027, 4, 1))
    at.bring("B", 30, expires_on=date(2027, 5, 1))
    demands = [
        at.demand(40, line=1),
        at.demand(30, line=2, whole=True),
        at.demand(15, line=3, one_lot=True),
        at.demand(10, line=4),
    ]
    answers = actions.allocate(demands, actor="user:pia")
    assert [given(answer) for answer in answers] == [[("A", 30), ("B", 10)], [], [("B", 15)], [("B", 5)]]
    assert answers[3].why_not == "5 of 10: 55 given to lines before it"
    assert [c.line for c in queries.claims(at.order)] == [1, 1, 3, 4]
    assert check().findings == []


def test_a_suggestion_reserves_nothing(at: Site) -> None:
    at.bring("L", 30)
    answer = queries.suggest([at.demand(40)])[0]
    assert given(answer) == [("L", 30)]
    assert answer.portions[0].claim is None
    assert queries.claims(at.order) == []
    assert [row.reserved for row in book.balances()] == [0]


def test_only_what_stands_below_the_place_is_given(at: Site) -> None:
    at.bring("L", 30, at.a1)
    at.bring("M", 30, at.pallet)
    assert given(at.allocate(60, place=at.a2)) == [("M", 30)]
    assert given(at.allocate(60, place=at.a1)) == [("L", 30)]


def test_freeing_gives_back_what_is_left(at: Site) -> None:
    at.bring("L", 30)
    answer = at.allocate(20, line=1)
    at.allocate(5, line=2)
    move = Move(LotRef(at.item, "L"), at.a1, at.shop, 50, claim=answer.portions[0].claim)
    ledger.post_one(Draft("ship", clock.now(), moves=[move]), actor="user:pia")
    assert actions.free(document=at.order, line=1, actor="user:pia", reason="cancelled") == 150
    assert actions.free(document=at.order, line=1, actor="user:pia", reason="cancelled") == 0
    assert [c.line for c in queries.claims(at.order)] == [2]
    assert actions.free(document=at.order, claims=[-1], actor="user:pia", reason="no such") == 0
    assert check().findings == []


def test_bad_demands_are_named(at: Site) -> None:
    bad = [at.demand(0), at.demand(1, strategy="best"), at.demand(1, min_days=-1)]
    with pytest.raises(Refused) as refusal:
        actions.allocate(bad, actor="user:pia")
    assert [f.field for f in refusal.value.faults] == [
        "demands/0/quantity",
        "demands/1/strategy",
        "demands/2/min_days",
    ]
    unknown = [at.demand(1, item=0), at.demand(1, place=0), at.demand(1, place=at.shop)]
    with pytest.raises(Refused) as refusal:
        actions.allocate(unknown, actor="user:pia")
    assert [f.field for f in refusal.value.faults] == ["demands/0/item", "demands/1/place", "demands/2/place"]


def test_statements_do_not_grow_with_the_demands(at: Site) -> None:
    items = [at.make_item(f"I-{n}") for n in range(40)]
    for item in items:
        for n in range(3):
            at.bring(f"L-{n}", 100, [at.a1, at.pallet, at.a2][n], item=item, expires_on=TODAY)
    counts = []
    for lines in (1, 40, 200):
        demands = [at.demand(1 + n % 3, item=items[n % 40], document=UUID(int=n)) for n in range(lines)]
        with sql.counted() as statements:
            answers = actions.allocate([*demands, at.demand(500, item=items[0])], actor="user:pia")
        assert all(not answer.missing for answer in answers[:-1])
        actions.free(document=at.order, actor="user:pia", reason="make room")
        counts.append(len(statements))
    assert counts[0] <= counts[1] == counts[2] <= 9
    assert check().findings == []
