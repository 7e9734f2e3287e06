"""Scopes of graphs drawn small enough to be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

from lotbook.traceability.ledger.models import Balance
from lotbook.traceability.trace.scope.rules import Scope, compare, exact_sums
from tests.model.trace_goldens import Book, drawn, scope, written

pytestmark = pytest.mark.django_db

GOLDENS: dict[str, tuple[str, str, str]] = {
    # A lot is split over two runs, and both products are shipped.
    "split": (
        """
        (S1) → MILK 100
        MILK 60 → [R1] → BRIE 50
        MILK 30 → [R2] → FETA 25
        BRIE 20 → (C1) D-1
        FETA 25 → (C2) D-2
        """,
        "MILK",
        """
        BRIE 50 = 30 shelf + 20 shipped | C1 20 D-1
        FETA 25 = 25 shipped | C2 25 D-2
        MILK 100 = 10 shelf + 90 consumed
        """,
    ),
    # Three lots into one; only one is suspected, and the others are not affected.
    "merge": (
        """
        (S1) → A 10
        (S2) → B 10
        (S2) → C 10
        A 5 + B 5 + C 5 → [R1] → MIX 14
        B 5 → (C1)
        """,
        "A",
        """
        A 10 = 5 shelf + 5 consumed
        MIX 14 = 14 shelf
        """,
    ),
    # Big packs into small ones: a run too. What is left over stays the old lot.
    "repack": (
        """
        (S1) → BULK 100
        BULK 90 → [R1] → SMALL-1 45 + SMALL-2 45
        SMALL-2 45 → (C1)
        BULK 10 → lost
        """,
        "BULK",
        """
        BULK 100 = 90 consumed + 10 lost
        SMALL-1 45 = 45 shelf
        SMALL-2 45 = 45 shipped | C1 45
        """,
    ),
    # A customer sends some back, and it goes to another customer.
    "return to stock and re-shipment": (
        """
        (S1) → A 100
        A 60 → (C1) D-1
        (C1) → A 20
        A 50 → (C2) D-2
        """,
        "A",
        """
        A 100 = 10 shelf + 90 shipped | C1 60 D-1, C1 back 20, C2 50 D-2
        """,
    ),
    # Scrap of a later lot goes back into an earlier vessel: a circle.
    "rework loop": (
        """
        (S1) → A 10
        A 10 → [R1] → DOUGH 9
        DOUGH 5 → [R2] → BREAD 4 + SCRAP 1
        SCRAP 1 → [R1] → DOUGH 1
        BREAD 4 → (C1)
        """,
        "SCRAP",
        """
        BREAD 4 = 4 shipped | C1 4
        DOUGH 10 = 5 shelf + 5 consumed
        SCRAP 1 = 1 consumed
        """,
    ),
    # Fills of a silo overlap: each draw is a blend of what was in it by then, and of what is left.
    "silo with overlapping fills": (
        """
        (S1) → F1 50
        (S1) → F2 50
        F1 50 → [SILO] → BLEND-1 40
        BLEND-1 10 + F2 50 → [SILO-2] → BLEND-2 60
        BLEND-2 60 → (C1)
        BLEND-1 30 → (C2)
        """,
        "F2",
        """
        BLEND-2 60 = 60 shipped | C1 60
        F2 50 = 50 consumed
        """,
    ),
    "silo, the first fill": (
        """
        (S1) → F1 50
        (S1) → F2 50
        F1 50 → [SILO] → BLEND-1 40
        BLEND-1 10 + F2 50 → [SILO-2] → BLEND-2 60
        BLEND-2 60 → (C1)
        BLEND-1 30 → (C2)
        """,
        "F1",
        """
        BLEND-1 40 = 10 consumed + 30 shipped | C2 30
        BLEND-2 60 = 60 shipped | C1 60
        F1 50 = 50 consumed
        """,
    ),
    # One run, three products; one of them is made into another.
    "co-products": (
        """
        (S1) → MILK 100
        MILK 100 → [R1] → CURD 20 + WHEY 70 + CREAM 10
        WHEY 70 → [R2] → RICOTTA 5
        CREAM 4 → off
        """,
        "MILK",
        """
        CREAM 10 = 6 shelf + 4 difference
        CURD 20 = 20 shelf
        MILK 100 = 100 consumed
        RICOTTA 5 = 5 shelf
        WHEY 70 = 70 consumed
        """,
    ),
    # Pieces are made from a lot, packed, and one of them is taken out again and shipped.
    "serials in units": (
        """
        (S1) → STEEL 10
        STEEL 10 → [R1] → #1 1 + #2 1 + #3 1
        #1 1 → {BOX}
        #2 1 → {BOX}
        {BOX} → dock
        #2@{BOX} 1 → (C1) D-9
        """,
        "STEEL",
        """
        #1 1 = 1 {BOX}
        #2 1 = 1 shipped | C1 1 D-9
        #3 1 = 1 shelf
        STEEL 10 = 10 consumed
        """,
    ),
    # B took A's place in the container before it went into the run: A went nowhere.
    "container swapped after packing": (
        """
        (S1) → A 5
        (S1) → B 5
        A 5 → {BIN}
        A@{BIN} 5 → shelf
        B 5 → {BIN}
        {BIN} → [R1] → SOUP 9
        """,
        "A",
        """
        A 5 = 5 shelf
        """,
    ),
    "container swapped after packing, the other": (
        """
        (S1) → A 5
        (S1) → B 5
        A 5 → {BIN}
        A@{BIN} 5 → shelf
        B 5 → {BIN}
        {BIN} → [R1] → SOUP 9
        """,
        "B",
        """
        B 5 = 5 {BIN}
        SOUP 9 = 9 shelf
        """,
    ),
    # The shipment and the consumption are taken back: they did not happen.
    "reversal in the middle": (
        """
        (S1) → A 50
        x: A 20 → (C1) D-1
        A 5 → [R1] → B 5
        y: A 10 → [R2]
        undo x
        undo y
        A 20 → (C2) D-2
        """,
        "A",
        """
        A 50 = 25 shelf + 5 consumed + 20 shipped | C2 20 D-2
        B 5 = 5 shelf
        """,
    ),
    # Told late, claimed early: part of the book from when it was told.
    "backdated event": (
        """
        (S1) → A 50
        A 20 → [R1] → B 20
        B 20 → (C1)
        -90 A 10 → [R1]
        -90 (S1) → A 7
        """,
        "A",
        """
        A 57 = 27 shelf + 30 consumed
        B 20 = 20 shipped | C1 20
        """,
    ),
    # On the way by truck: one part loose, one part in a pallet that stands in the truck; another has arrived.
    "two sites with transfer": (
        """
        (S1) → A 50
        A 20 → {P1}
        {P1} → truck
        A 10 → truck
        A 15 → truck
        A@truck 15 → b-shelf
        """,
        "A",
        """
        A 50 = 15 b-shelf + 5 shelf + 10 truck + 20 {P1}
        """,
    ),
    "back to the supplier": (
        """
        (S1) → A 50
        A 30 → (S1)
        """,
        "A",
        """
        A 20 = 20 shelf | S1 took back 30
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDENS)
def test_goldens(name: str) -> None:
    story, suspects, expected = GOLDENS[name]
    assert written(scope(Book.told(story), suspects)) == drawn(expected)


@pytest.mark.parametrize("name", GOLDENS)
def test_every_past_of_a_golden_is_what_it_was_then(name: str) -> None:
    """Asked of a past sequence, the scope is what it was when that was the last one: to the last number."""
    story, suspects, _ = GOLDENS[name]
    book = Book.told("")
    then: dict[int, str] = {}
    for line in story.strip().splitlines():
        sequence = book.tell(line.strip())
        if all(book.item.pk and _known(book, one) for one in suspects.split()):
            found = scope(book, suspects)
            then[sequence] = written(found)
            stands_as_balances(found)
    assert len(then) > 1
    for sequence, text in then.items():
        assert written(scope(book, suspects, as_of=sequence)) == text, sequence


def _known(book: Book, name: str) -> bool:
    from lotbook.traceability.lots.models import Lot

    return Lot.objects.filter(item__in=[book.item, book.serials], number=name).exists()


def stands_as_balances(found: Scope) -> None:
    """What movements add up to is what the balances say, where the scope is of now."""
    rows = found.standing
    summed = set(zip(rows.lot.tolist(), rows.place.tolist(), rows.quantity.tolist(), strict=True))
    kept = Balance.objects.filter(lot__in=found.lots.tolist(), own=True, on_hand__gt=0)
    assert summed == set(kept.values_list("lot", "place", "on_hand"))


def test_upstream() -> None:
    """MILK ─┐
          ├→ [R1] → CHEESE → C1
    SALT ─┘
    """
    book = Book.told(
        """
        (S1) → MILK 100
        (S2) → SALT 10
        (S2) → SUGAR 10
        MILK 60 + SALT 2 → [R1] → CHEESE 50
        CHEESE 20 → (C1)
        """
    )
    assert written(scope(book, "CHEESE", forward=False)) == drawn(
        """
        CHEESE 50 = 30 shelf + 20 shipped | C1 20
        MILK 100 = 40 shelf + 60 consumed | S1 gave 100
        SALT 10 = 8 shelf + 2 consumed | S2 gave 10
        """
    )


def test_what_is_on_the_way_is_not_on_hand_and_sites_add_up() -> None:
    story, suspects, _ = GOLDENS["two sites with transfer"]
    book = Book.told(story)
    found = scope(book, suspects)
    assert {name: column.tolist() for name, column in found.account.items()} == {
        "came": [50], "on_hand": [20], "in_transit": [30], "consumed": [0], "shipped": [0], "lost": [0],
        "difference": [0], "returned": [0],
    }  # fmt: skip
    sites = {found.places[one.site].name if one.site else "": one.quantity for one in found.site_totals()}
    assert sites == {"": 30, "a-site": 5, "b-site": 15}


def test_totals_and_cost() -> None:
    """A (2 lots' worth of shipments) and its product: per item and partner, at 1.50 a kilogram."""
    book = Book.told(
        """
        (S1) → A 100000
        A 40000 → [R1] → B 30000
        A 10000 → (C1)
        B 10000 → (C1)
        (C1) → B 2500
        B 1000 → (C2)
        """,
        scale=3,
        cost_micro=1_500_000,
    )
    found = scope(book, "A")
    (total,) = found.item_totals()
    assert (total.lots, total.account["came"], total.account["on_hand"]) == (2, 130_000, 71_500)
    assert total.cost_micro(found.items[total.item], "on_hand") == 71_500 * 1_500_000
    partners = [(found.partners[one.partner].name, one.lots, *one[3:]) for one in found.partner_totals()]
    assert partners == [
        ("C1", 2, 0, 20_000, 2_500, 0),
        ("C2", 1, 0, 1_000, 0, 0),
        ("S1", 1, 100_000, 0, 0, 0),
    ]
    assert found.costs()["EUR"]["on_hand"] == 107_250_000_000_000_000  # 107.25 EUR
    assert found.uncosted() == []


def test_two_scopes_side_by_side() -> None:
    """MILK → [R1] → BRIE → C1; then MILK → [R2] → FETA → C2 is added, and BRIE comes back."""
    book = Book.told("(S1) → MILK 100\nMILK 60 → [R1] → BRIE 50\nBRIE 20 → (C1)")
    before = scope(book, "MILK")
    for line in ("MILK 30 → [R2] → FETA 25", "FETA 5 → (C2)", "(C1) → BRIE 8"):
        book.tell(line)
    after = scope(book, "MILK")
    told = compare(before, after)
    assert (told.added.tolist(), told.dropped.tolist()) == (book.keys("FETA"), [])
    assert told.changed.tolist() == sorted(book.keys("MILK BRIE"))
    assert {(after.partners[one].name, change.before, change.after) for (one, _), change in
            told.partners.items()} == {("C1", 20, 12), ("C2", 0, 5)}  # fmt: skip
    (items,) = told.items.values()
    assert (items["lots"].before, items["lots"].after) == (2, 3)
    assert compare(before, scope(book, "MILK", as_of=before.as_of)).same
    back = compare(after, before)
    assert back.dropped.tolist() == told.added.tolist() and not len(back.added)


def test_sums_beyond_64_bits_are_exact() -> None:
    values = np.array([2**62, 2**62, 2**62, -3], dtype=np.int64)
    assert exact_sums(values, np.zeros(4, dtype=np.int64), 1) == [3 * 2**62 - 3]
