"""How dates, quantities, units and statuses are written, and what the menu shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from lotbook.foundation.accounts.rules import ROLES
from lotbook.interfaces.web import menu
from lotbook.interfaces.web.words import STATUS
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.traceability.lots.rules import STATUSES

pytestmark = pytest.mark.once


def shown(template: str, path: str = "/", **values: Any) -> str:
    request = RequestFactory().get(path)
    request.user = values.pop("user", person())
    return Template("{% load lotbook %}" + template).render(Context({"request": request, **values}))


def person(role: str = "administrator") -> Any:
    return SimpleNamespace(
        is_authenticated=True, is_active=True, may=ROLES[role].__contains__, username="ana", role=role
    )


@pytest.mark.parametrize(
    ("quantity", "scale", "text"),
    [
        (12500, 3, "12.5"),
        (1234567, 0, "1\u202f234\u202f567"),
        (-12345678, 3, "−12\u202f345.678"),
        (-1, 3, "−0.001"),
        (0, 2, "0"),
        (None, 3, ""),
    ],
)
def test_quantities(quantity: int | None, scale: int, text: str) -> None:
    assert shown("{{ q|quantity:s }}", q=quantity, s=scale) == text


def test_dates_and_times_leave_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2027, 3, 3, 14, 5, tzinfo=timezone(timedelta(hours=1)))
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 3, 16, 5, tzinfo=UTC))
    text = shown("{{ at|moment }}", at=at).replace("\xa0", " ")
    assert text == (
        '<time datetime="2027-03-03T14:05:00+01:00" title="3 hours ago">03 MAR 2027 14:05 UTC+01:00</time>'
    )
    assert (
        shown("{{ day|written }}|{{ none|written }}{{ none|moment }}", day=date(2027, 3, 3), none=None)
        == '<span class="date">03 MAR 2027</span>|'
    )
    assert (
        shown("{{ at|ago }}", at=datetime(2027, 3, 5, 17, 0, tzinfo=UTC)).replace("\xa0", " ") == "in 2 days"
    )


def test_units_by_the_name_people_use() -> None:
    assert (
        shown("{{ a|unit }} {{ b|unit }} {{ c|unit }} {{ d|unit }}", a="H87", b="KGM", c="LTR", d="ZZ9")
        == "pcs kg l ZZ9"
    )


def test_every_status_of_a_lot_has_its_word_and_its_sign() -> None:
    assert set(STATUS) == set(STATUSES)
    assert len({status.icon for status in STATUS.values()}) == len(STATUS)
    for name, status in STATUS.items():
        badge = shown('{% include "web/components/status.html" with status=name only %}', name=name)
        assert f'class="lb-status is-{name}"' in badge
        assert status.word in badge
        assert status.icon in badge


def test_the_address_of_this_page_with_one_change() -> None:
    assert shown("{% here cursor='x y' %}", "/lots?a=1&b=2&cursor=old") == "?a=1&amp;b=2&amp;cursor=x+y"
    assert shown("{% here a=None %}", "/lots?a=1") == "/lots"


def test_faults_lead_to_their_fields_and_take_the_focus() -> None:
    faults = [Fault("lines/0/quantity", "Too <much>.", "Take less."), Fault("", "Whole.")]
    text = shown('{% include "web/components/faults.html" %}', faults=faults)
    assert '<a href="#id_lines-0-quantity">Too &lt;much&gt;.</a> <span>Take less.</span>' in text
    assert "<li>Whole.</li>" in text
    assert "data-focus" in text
    assert shown('{% include "web/components/faults.html" %}').strip() == ""


def groups(role: str, path: str = "/") -> list[menu.ShownGroup]:
    request = RequestFactory().get(path)
    request.user = person(role)
    return menu.shown(request)


def test_the_menu_has_eight_entries_at_most_and_hides_what_one_may_not() -> None:
    assert len(menu.MENU) == 8
    assert max(len(group.open_entries) for group in groups("administrator", "/stock")) <= 13
    names = {entry.label for group in groups("auditor") for entry in group.entries}
    assert not {"People", "API keys", "Receive", "Ship", "Opening stock", "Page style"} & names
    assert {"People", "API keys"} <= {
        entry.label for group in groups("administrator") for entry in group.entries
    }


def test_the_menu_marks_where_one_is() -> None:
    marked = [
        (group.label, entry.label)
        for group in groups("administrator", "/settings/people/ana")
        for entry in group.entries
        if entry.current
    ]
    assert marked == [("Settings", "People")]
    assert [group.label for group in groups("administrator", "/") if group.current] == ["Today"]


def test_settings_are_folded_until_one_is_inside() -> None:
    (outside,) = [group for group in groups("administrator", "/") if group.label == "Settings"]
    (inside,) = [group for group in groups("administrator", "/settings/keys") if group.label == "Settings"]
    assert (outside.open_entries, len(inside.open_entries) > 2) == ([], True)


def test_the_menu_names_pages_that_are_there() -> None:
    """A room that is open and has pages is not missing from the menu because of a slip of the pen."""
    rooms = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("lotbook.") and find_spec(f"{config.name}.urls") is not None
    }
    names = [entry.url_name for group in menu.MENU for entry in group.entries]
    missing = []
    for name in names:
        try:
            reverse(name)
        except NoReverseMatch:
            if name.split(":")[0] in rooms:
                missing.append(name)
    assert missing == []
