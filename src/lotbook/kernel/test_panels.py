"""Panels: rooms above put pieces on pages below, and only those who may see them do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from lotbook.kernel import panels
from lotbook.kernel.panels import Panel, Shown, on, register

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _no_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_PANELS", {})


def test_a_page_shows_its_panels_in_order_to_those_who_may() -> None:
    register("lot", Panel("people", "People", "accounts:people", "accounts.manage", 20))
    register("lot", Panel("one", "One", "accounts:person", "lots.view", 10))
    register("item", Panel("keys", "Keys", "accounts:keys", "lots.view"))
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=True, is_active=True, may={"lots.view"}.__contains__)  # type: ignore[assignment]
    assert on("lot", request, username="ana") == [Shown("one", "One", "/settings/people/ana")]


def test_the_same_panel_twice_is_one() -> None:
    panel = Panel("keys", "Keys", "accounts:keys", "lots.view")
    register("lot", panel)
    register("lot", panel)
    assert panels.registered() == {"lot": {"keys": panel}}


def test_two_panels_of_one_name_are_a_bug() -> None:
    register("lot", Panel("keys", "Keys", "accounts:keys", "lots.view"))
    with pytest.raises(ValueError, match="accounts:keys"):
        register("lot", Panel("keys", "Other", "accounts:people", "lots.view"))


def test_a_permission_nobody_knows_is_a_bug() -> None:
    with pytest.raises(KeyError):
        register("lot", Panel("keys", "Keys", "accounts:keys", "lots.fly"))
