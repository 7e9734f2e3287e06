"""The picture of a trace, on genealogies small enough to draw: lots are even numbers, runs odd ones."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lotbook.traceability.trace.graph import (
    GROUP_SHOWN,
    NODES_MAX,
    PARTNERS_SHOWN,
    Deal,
    Drawing,
    Picture,
    Thing,
    draw,
    layers,
)

SUBJECT = 100


def thing(node: int, item: str = "X") -> Thing:
    if node % 2:
        return Thing(node, "run", f"RUN-{node}")
    return Thing(node, "lot", f"Item {item}", f"L{node}", item, status="released", quantity=10, unit="KGM")


def picture(
    edges: list[tuple[int, int]],
    ahead: tuple[int, ...] = (),
    behind: tuple[int, ...] = (),
    items: dict[int, str] | None = None,
    deals: tuple[Deal, ...] = (),
) -> Picture:
    nodes = {SUBJECT, *(node for edge in edges for node in edge)}
    things = {node: thing(node, (items or {}).get(node, f"I{node}")) for node in nodes}
    amounts = dict.fromkeys(edges, (10, "KGM", 0))
    return Picture(SUBJECT, frozenset({SUBJECT}), things, edges, ahead, behind, amounts, deals)


def customer(node: int, partner: int = 1, quantity: int = 5) -> Deal:
    return Deal("customer", partner, f"Shop {partner}", node, quantity, "KGM", 0)


def rightward(drawing: Drawing) -> bool:
    """Whether every edge that is no loop leads to a column further right."""
    column = {one.id: one.column for one in drawing.nodes} | {bend.id: bend.column for bend in drawing.bends}
    return all(
        column[left] < column[right]
        for line in drawing.lines
        if not line.loop
        for left, right in pairwise([line.source, *line.via, line.target])
    )


# -- layers -------------------------------------------------------------------------------------------


def test_what_it_was_made_from_is_left_and_what_it_went_into_is_right() -> None:
    """2 → [1] → 100 → [3] → 4."""
    assert layers(picture([(2, 1), (1, 100), (100, 3), (3, 4)], ahead=(4,), behind=(2,))) == {
        2: -2,
        1: -1,
        100: 0,
        3: 1,
        4: 2,
    }


def test_the_longest_way_decides_so_that_every_edge_leads_right() -> None:
    """The genealogy.

    100 → [1] → 2 → [3] → 4
      └─────────────┘
    """
    shown = picture([(100, 1), (1, 2), (2, 3), (100, 3), (3, 4)], ahead=(2, 4))
    assert layers(shown) == {100: 0, 1: 1, 2: 2, 3: 3, 4: 4}
    assert rightward(draw(shown))


def test_rework_is_drawn_once_and_its_way_back_is_a_loop() -> None:
    """The genealogy.

    100 → [1] → 2
     ↑          │
     └── [3] ←──┘
    """
    drawing = draw(picture([(100, 1), (1, 2), (2, 3), (3, 100)], ahead=(2,), behind=(2,)))
    assert [one.id for one in drawing.nodes].count("n2") == 1
    assert [(line.source, line.target) for line in drawing.lines if line.loop] == [("n2", "n3")]
    assert rightward(drawing)


def test_a_loop_away_from_the_subject_is_cut_once() -> None:
    """100 → [1] → 2 → [3] → 4 → [5] → 2."""
    drawing = draw(picture([(100, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 2)], ahead=(2, 4)))
    assert len([line for line in drawing.lines if line.loop]) == 1
    assert rightward(drawing)


def test_a_lot_no_edge_leads_to_has_its_place_all_the_same() -> None:
    """100    2 (reached inside a pallet, say)."""
    shown = picture([(2, 3)], ahead=(2,))
    assert layers(shown) == {100: 0, 2: 1, 3: 2}


# -- columns and partners -----------------------------------------------------------------------------


def test_suppliers_stand_left_of_everything_and_customers_right() -> None:
    """Farm → 2 → [1] → 100 → Shop."""
    farm = Deal("supplier", 7, "Farm", 2, 30, "KGM", 0)
    drawing = draw(picture([(2, 1), (1, 100)], behind=(2,), deals=(farm, customer(100))))
    assert [(one.id, one.column) for one in drawing.nodes] == [
        ("s7", 0),
        ("n2", 1),
        ("n1", 2),
        ("n100", 3),
        ("c1", 4),
    ]
    assert drawing.titles == ["Suppliers", "Made from", "", "Traced", "Customers"]
    assert {(line.source, line.target): line.amounts for line in drawing.lines}["s7", "n2"] == {
        "KGM": (30, 0)
    }


def test_a_long_edge_bends_through_every_column_it_passes() -> None:
    """The genealogy.

    100 ───────────────→ Shop
     └→ [1] → 2 → Shop
    """
    drawing = draw(picture([(100, 1), (1, 2)], ahead=(2,), deals=(customer(100), customer(2))))
    direct = next(line for line in drawing.lines if line.source == "n100" and line.target == "c1")
    assert [bend.column for bend in drawing.bends if bend.id in direct.via] == [1, 2]


def test_lines_that_need_not_cross_do_not() -> None:
    """The genealogy.

    100 → [1] → 8      100 → [1] → 8
        ↘ [3] → 6  not     ↘ [3] ╳ 6
        ↘ [5] → 4          ↘ [5] ╳ 4
    """
    drawing = draw(picture([(100, 1), (100, 3), (100, 5), (1, 8), (3, 6), (5, 4)], ahead=(4, 6, 8)))
    order = {one.id: one.order for one in drawing.nodes}
    for (run, lot), (other_run, other_lot) in pairwise([("n1", "n8"), ("n3", "n6"), ("n5", "n4")]):
        assert (order[run] < order[other_run]) == (order[lot] < order[other_lot])


def test_the_same_trace_gives_the_same_picture() -> None:
    edges = [(100, 1), (1, 2), (1, 4), (2, 3), (4, 3), (3, 6)]
    one = draw(picture(edges, ahead=(2, 4, 6)))
    other = draw(picture(list(reversed(edges)), ahead=(6, 4, 2)))
    assert [(node.id, node.column, node.order) for node in one.nodes] == [
        (node.id, node.column, node.order) for node in other.nodes
    ]


# -- bundles ------------------------------------------------------------------------------------------


def fan(count: int, item: str = "SAUCE") -> Picture:
    """100 → [1] → 2, 4, 6, … of one item."""
    lots = [lot if lot < SUBJECT else lot + 2 for lot in range(2, 2 * count + 2, 2)]
    return picture(
        [(100, 1), *((1, lot) for lot in lots)], ahead=tuple(lots), items=dict.fromkeys(lots, item)
    )


def test_few_lots_of_an_item_are_drawn_one_by_one() -> None:
    """100 → [1] → 2, 4, 6, 8."""
    assert len(draw(fan(GROUP_SHOWN)).nodes) == GROUP_SHOWN + 2


def test_many_lots_of_an_item_become_a_bundle_that_opens_and_folds() -> None:
    """The genealogy.

    100 → [1] → (14 × SAUCE)   opened:  100 → [1] → 2
                                                  ↘ 4 …
    """
    drawing = draw(fan(14))
    bundle = next(one for one in drawing.nodes if one.kind == "lots")
    assert (bundle.count, bundle.label, bundle.amounts) == (14, "Item SAUCE", {"KGM": (140, 0)})
    assert dict(bundle.statuses) == {"released": 14}
    line = next(line for line in drawing.lines if line.target == bundle.id)
    assert line.amounts == {"KGM": (140, 0)}

    opened = draw(fan(14), expand={bundle.bundle})
    assert sum(one.kind == "lot" for one in opened.nodes) == 15
    assert opened.opened == [(bundle.bundle, "Item SAUCE")]


def test_what_is_not_a_bundle_here_opens_nothing() -> None:
    shown = draw(fan(14), expand={"9:NOSUCH", "<script>"})
    assert shown.opened == []
    assert len(shown.nodes) == 3


def test_an_opened_bundle_too_big_to_draw_keeps_a_rest() -> None:
    """100 → [1] → 2, 4, … 120, (940 × SAUCE)."""
    bundle = next(one for one in draw(fan(1000)).nodes if one.kind == "lots").bundle
    drawing = draw(fan(1000), expand={bundle})
    rest = next(one for one in drawing.nodes if one.kind == "lots")
    drawn = sum(one.kind == "lot" and not one.subject for one in drawing.nodes)
    assert rest.bundle == ""
    assert drawn + rest.count == 1000


def test_many_customers_fold_and_open() -> None:
    """100 → Shop 1, 2, … 10, (30 more)."""
    deals = tuple(customer(100, number) for number in range(1, 41))
    folded = next(one for one in draw(picture([], deals=deals)).nodes if one.kind == "customers")
    assert (folded.count, folded.amounts) == (40 - PARTNERS_SHOWN, {"KGM": (5 * (40 - PARTNERS_SHOWN), 0)})
    opened = draw(picture([], deals=deals), expand={"customers"})
    assert sum(one.kind == "customer" for one in opened.nodes) == 40


# -- bounds -------------------------------------------------------------------------------------------


def stands_for(drawing: Drawing) -> int:
    return sum(one.count for one in drawing.nodes)


@pytest.mark.parametrize("opened", [False, True])
def test_two_thousand_lots_of_two_thousand_items_stay_within_the_bound(opened: bool) -> None:
    """100 → [1] → 2, 4, 6, … each of another item: no bundle by item helps."""
    lots = [lot for lot in range(2, 4004, 2) if lot != SUBJECT]
    shown = picture([(100, 1), *((1, lot) for lot in lots)], ahead=tuple(lots))
    everything = {f"2:I{lot}" for lot in lots} if opened else set()
    drawing = draw(shown, expand=everything)
    assert len(drawing.nodes) <= NODES_MAX
    assert stands_for(drawing) == len(lots) + 2
    assert any(one.subject for one in drawing.nodes)


def test_a_chain_of_a_thousand_runs_stays_within_the_bound() -> None:
    """100 → [1] → 2 → [3] → 4 → …."""
    edges = [(100, 1), (1, 1000)]
    edges += [edge for lot in range(1000, 3000, 2) for edge in ((lot, lot + 1), (lot + 1, lot + 2))]
    drawing = draw(picture(edges, ahead=tuple(range(1000, 3002, 2))))
    assert len(drawing.nodes) <= NODES_MAX
    assert stands_for(drawing) == 1 + 1 + 1001 + 1000
    assert rightward(drawing)


def test_a_wide_and_deep_trace_loses_no_quantity_on_its_way_to_customers() -> None:
    """100 → [run] → lot → Shop, two thousand times: whatever is folded, the sums stay."""
    lots = range(1000, 5000, 2)
    edges = [edge for lot in lots for edge in ((100, lot + 1), (lot + 1, lot))]
    deals = tuple(customer(lot, 1 + lot % 90, 3) for lot in lots)
    items = {lot: f"ITEM{lot % 40}" for lot in lots}
    drawing = draw(picture(edges, ahead=tuple(lots), items=items, deals=deals))
    assert len(drawing.nodes) <= NODES_MAX
    sold = sum(
        line.amounts["KGM"][0] for line in drawing.lines if line.target.startswith("c") and not line.loop
    )
    assert sold == 3 * len(lots)
    assert {line.source for line in drawing.lines} | {line.target for line in drawing.lines} <= {
        one.id for one in drawing.nodes
    }
