"""What the tests of this room find made: a small world with one suspect lot and two customers."""

from __future__ import annotations

import pytest
from tests import cast
from tests.cast import Cast


@pytest.fixture
def world(db: None) -> Cast:
    """TOM-1 and PAP-1 → [RUN-1] → SAUCE-1 (900) → Larchwood Market 120, Green Kettle Grocery 30; TOM-2."""
    made = cast.small()
    cast.receive(made, made.tumbling, made.tomatoes, "TOM-1", "500")
    cast.receive(made, made.saffron, made.paprika, "PAP-1", "10")
    cast.make(
        made,
        "RUN-1",
        {(made.tomatoes, "TOM-1"): "400", (made.paprika, "PAP-1"): "4"},
        {(made.sauce, "SAUCE-1"): "900"},
    )
    cast.ship(made, made.larchwood, made.sauce, "SAUCE-1", "120")
    cast.ship(made, made.kettle, made.sauce, "SAUCE-1", "30")
    cast.receive(made, made.tumbling, made.tomatoes, "TOM-2", "50")
    return made
