"""The two workers of a run share its tests so that what several need is made once."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def made_once() -> object:
    return object()


def test_tests_that_share_a_fixture_stay_together(request: pytest.FixtureRequest, made_once: object) -> None:
    """Some versions of pytest take no group from xdist, and everything is made twice, silently."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("runs where workers share the tests: -n 2 --dist loadgroup")
    assert request.node.nodeid.endswith("@tests.house.test_sharing.made_once")
