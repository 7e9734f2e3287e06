"""Numbers and steps."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import transaction

from lotbook.foundation.documents import actions, queries


@pytest.mark.django_db
def test_numbers_count_up_a_year_and_kind() -> None:
    at = datetime(2027, 3, 1, tzinfo=UTC)
    assert [actions.next_number("PO", on=at) for _ in range(2)] == ["PO-2027-00001", "PO-2027-00002"]
    assert actions.next_number("SO", on=at) == "SO-2027-00001"
    assert actions.next_number("PO", on=at.replace(year=2028)) == "PO-2028-00001"


@pytest.mark.django_db
def test_a_number_not_used_leaves_no_gap() -> None:
    with transaction.atomic():
        actions.next_number("PO", on=datetime(2027, 3, 1, tzinfo=UTC))
        transaction.set_rollback(True)
    assert actions.next_number("PO", on=datetime(2027, 3, 1, tzinfo=UTC)) == "PO-2027-00001"


@pytest.mark.django_db(transaction=True)
def test_a_number_is_given_out_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        actions.next_number("PO")


@pytest.mark.django_db
def test_steps_are_told_newest_first_with_who_and_why() -> None:
    document, event = uuid4(), uuid4()
    actions.record(document, "receiving.order", "ordered", actor="user:rita")
    actions.record(
        document, "receiving.order", "received", actor="user:otto", text="3 of 4 lines", reason="truck late",
        event=event,
    )  # fmt: skip
    newest, oldest = queries.timeline(document)
    assert (newest.title, newest.text, newest.by) == ("Received", "3 of 4 lines – truck late", "otto")
    assert str(event) in newest.url
    assert (oldest.title, oldest.url) == ("Ordered", "")
