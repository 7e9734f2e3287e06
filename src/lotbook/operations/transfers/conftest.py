"""A second site beside the small world of the rooms: what transfers go to."""

from __future__ import annotations

import pytest
from tests.rooms import ANN, Cast

from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place


@pytest.fixture
def shop_floor(cast: Cast) -> Place:
    """The outlet: a site with a room for sale, a cage for damaged goods, and a carrier to drive there."""
    from lotbook.foundation.partners import actions as partners

    outlet = places.create_place(
        actor=ANN, code="OUTLET", kind="site", name="Outlet", time_zone="Europe/Rome"
    )
    places.create_place(actor=ANN, code="CAGE", kind="area", parent=outlet.uid, usable=False)
    partners.create_partner(actor=ANN, code="VAN", name="Corriere Blu", is_carrier=True)
    return places.create_place(actor=ANN, code="SALE", kind="area", name="Sale", parent=outlet.uid)
