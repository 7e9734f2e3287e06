"""Lines of a form: what was typed is kept, and faults find their row again."""

from __future__ import annotations

import pytest

from lotbook.kernel.errors import Fault
from lotbook.kernel.lines import LINES_MAX, Column, Lines

COLUMNS = (Column("item", "Item"), Column("quantity", "Quantity"))


def posted(count: object, **fields: str) -> dict[str, str]:
    return {"lines-count": str(count), **{name.replace("_", "-"): value for name, value in fields.items()}}


def test_empty_lines_between_are_left_out_and_faults_find_their_row() -> None:
    lines = Lines(COLUMNS, posted(3, lines_0_item="  ", lines_2_item="SALT", lines_2_quantity="x"))
    assert lines.filled() == [(2, {"item": "SALT", "quantity": "x"})]
    faults = [
        Fault("lines/0/quantity", "no"),
        Fault("lines/0", "no"),
        Fault("lines/7/item", "no"),
        Fault("place", "no"),
    ]
    placed = lines.placed(faults, [2])
    assert [fault.field for fault in placed] == ["lines/2/quantity", "lines/2/item", "lines/7/item", "place"]
    lines.faults = placed
    assert [cell.fault for cell in lines.rows()[2]] == ["no", "no"]


def test_more_lines_come_when_asked_for_and_never_without_end() -> None:
    assert Lines(COLUMNS, {**posted(4), "more": "lines"}).count == 7
    assert Lines(COLUMNS, {**posted(4), "more": "others"}).count == 4
    assert Lines(COLUMNS, {**posted(9999), "more": "lines"}).count == LINES_MAX


@pytest.mark.parametrize("count", ["", "-1", "x", "²", "99999999999"])
def test_a_count_that_is_none_is_the_usual_one(count: str) -> None:
    assert Lines(COLUMNS, posted(count)).count == 3


def test_a_fresh_form_starts_with_what_is_given() -> None:
    lines = Lines(COLUMNS, initial=[{"item": "SALT"}])
    assert (lines.count, lines.value(0, "item"), lines.value(1, "item")) == (3, "SALT", "")


def test_fields_that_always_have_a_value_make_no_line() -> None:
    sent = posted(2, lines_0_quantity="1", lines_1_item="SALT", lines_1_quantity="1")
    assert [index for index, _ in Lines(COLUMNS, sent).filled(ignore=["quantity"])] == [1]
