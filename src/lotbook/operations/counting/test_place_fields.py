"""Place fields where there are more places than a page can list: typed, suggested, resolved by the action."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.rooms import Cast

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.models import Place
from lotbook.kernel.selects import CHOICES_MAX
from lotbook.operations.counting.models import Count

pytestmark = pytest.mark.once

PAGES = (
    "counting:new", "counting:counts", "counting:due", "warehouse:move", "receiving:new",
    "transfers:new_request", "warehouse:scrap", "warehouse:new_unit", "places:create",
)  # fmt: skip
BYTES_MAX = 150_000


@pytest.fixture
def ann(cast: Cast) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="manager"))
    return client


def bins(cast: Cast, many: int) -> None:
    rows = [
        Place(code=f"B-{n:05}", name=f"Bin {n:05}", kind="bin", own=True, parent=cast.store)
        for n in range(many)
    ]
    Place.objects.bulk_create(rows)


def listed() -> int:
    return Place.objects.filter(kind__in=("site", "area", "bin", "transit"), is_active=True).count()


def test_as_many_as_can_be_listed_are_a_select(ann: Client, cast: Cast) -> None:
    bins(cast, CHOICES_MAX - listed())
    said = ann.get(reverse("counting:new")).content.decode()
    assert re.search('<select[^>]*name="place"', said)
    assert said.count("B-00000") >= 1
    assert "data-search" not in said


def test_one_more_is_a_field_to_type_in(ann: Client, cast: Cast) -> None:
    bins(cast, CHOICES_MAX + 1 - listed())
    said = ann.get(reverse("counting:new")).content.decode()
    address = reverse("places:suggest")
    assert not re.search('<select[^>]*name="place"', said)
    assert f'<datalist id="id_place_found" data-search="{address}"></datalist>' in said
    assert f'<datalist id="suggested-places" data-search="{address}"></datalist>' in said
    assert "B-00000" not in said


@pytest.mark.parametrize("name", PAGES)
def test_no_page_grows_with_the_places(ann: Client, cast: Cast, name: str) -> None:
    bins(cast, 5_000)
    answer = ann.get(reverse(name))
    assert answer.status_code == 200
    assert len(answer.content) < BYTES_MAX


def test_what_is_typed_is_resolved_by_code_or_name(ann: Client, cast: Cast) -> None:
    bins(cast, CHOICES_MAX + 1)
    for typed in ("B-00007", "bin 00007"):
        answer = ann.post(reverse("counting:new"), {"uid": str(uuid4()), "place": typed})
        assert answer.status_code == 302, answer.content.decode()
        assert Count.objects.latest("pk").place == Place.objects.get(code="B-00007")
    answer = ann.post(reverse("counting:new"), {"uid": str(uuid4()), "place": "nowhere"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "there is no place" in said
    assert 'value="nowhere"' in said, "nothing typed is lost"
    assert ann.get(reverse("counting:due"), {"place": "Bin 00007"}).status_code == 200


def test_suggestions_are_few_and_codes_that_begin_so_come_first(ann: Client, cast: Cast) -> None:
    bins(cast, 400)
    Place.objects.create(code="ZZ", name='Old <b> B-0000 & "co"', kind="bin", own=True, parent=cast.store)
    Place.objects.create(code="B-OUT", name="Gone", kind="bin", own=True, is_active=False, parent=cast.store)

    def asked(text: str) -> str:
        return str(ann.get(reverse("places:suggest"), {"q": text}).content.decode())

    assert asked("b-0").count("<option") == 20
    assert asked("b-00007") == '<option value="B-00007">Bin 00007</option>'
    last = asked("B-0000").splitlines()[-1]
    assert last.endswith('<option value="ZZ">Old &lt;b&gt; B-0000 &amp; &quot;co&quot;</option>')
    assert asked("B-0000").count("<option") == 11
    assert asked("B-OUT") == asked("") == asked("\0") == ""


def test_whoever_may_not_see_places_is_told_none(cast: Cast) -> None:
    assert Client().get(reverse("places:suggest"), {"q": "STORE"}).status_code in (302, 401, 403)


def test_a_new_bin_stands_where_somebody_types(ann: Client, cast: Cast) -> None:
    sent: dict[str, str] = {}
    for many, parent in ((0, "STORE"), (CHOICES_MAX + 1, "Bin 00007")):
        bins(cast, many)
        sent = {"kind": "bin", "code": f"N-{many}", "parent": parent, "usable": "on", "attributes": ""}
        answer = ann.post(reverse("places:create"), sent)
        assert answer.status_code == 302, answer.content.decode()
        above = Place.objects.get(code=f"N-{many}").parent
        assert above is not None
        assert parent in (above.code, above.name)
    said = ann.get(reverse("places:edit", args=[Place.objects.get(code=sent["code"]).uid])).content.decode()
    assert 'value="B-00007"' in said, "the code, not the uid"
    assert ann.post(reverse("places:create"), {**sent, "code": "N-9", "parent": "nowhere"}).status_code == 422
    assert not Place.objects.filter(code="N-9").exists()
