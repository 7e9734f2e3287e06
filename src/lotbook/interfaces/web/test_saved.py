"""Filters under a name: for oneself or for all, on every list, and never a way out of the book."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.web import saved
from lotbook.interfaces.web.models import SavedFilter
from lotbook.kernel.errors import NotFound

pytestmark = pytest.mark.django_db
LISTS = ["/items", "/lots", "/partners", "/places", "/stock", "/events", "/quality/holds", "/approvals"]


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    for name, role in (("otto", "operator"), ("rita", "receiver"), ("ada", "administrator")):
        User.objects.create(username=name, role=role)


def client(name: str) -> Client:
    found = Client()
    found.force_login(User.objects.get(username=name))
    return found


def text(response: Any) -> str:
    body: bytes = response.content
    return html.unescape(body.decode())


def save(who: Client, **more: str) -> Any:
    return who.post(
        "/filters/save", {"path": "/lots", "query": "text=T&cursor=x", "name": "Tomatoes", **more}
    )


@pytest.mark.parametrize("path", LISTS)
def test_every_list_offers_its_saved_filters(path: str) -> None:
    page = text(client("ada").get(f"{path}?text=T"))
    assert page.count('class="lb-saved"') == 1
    assert f"/filters?path={path.replace('/', '%2F')}&query=text%3DT" in page


def test_a_filter_is_saved_chosen_and_deleted() -> None:
    otto = client("otto")
    answer = save(otto)
    assert (answer.status_code, answer["Location"]) == (302, "/lots?text=T")
    page = text(otto.get("/filters?path=/lots&query=text%3DT"))
    assert '<a href="/lots?text=T" aria-current="true">Tomatoes</a>' in page
    assert "<html" in page
    piece = otto.get("/filters?path=/lots&query=", headers={"HX-Request": "true"})
    assert "<html" not in text(piece)
    assert "aria-current" not in text(piece)
    assert "Tomatoes" not in text(otto.get("/filters?path=/items"))
    save(otto, query="text=Tom")
    assert SavedFilter.objects.get().query == "text=Tom"
    uid = SavedFilter.objects.get().uid
    assert (
        otto.post(f"/filters/{uid}/delete", {"path": "/lots", "query": "text=T"})["Location"]
        == "/lots?text=T"
    )
    assert SavedFilter.objects.count() == 0


def test_mine_are_mine_and_shared_are_for_all() -> None:
    otto, rita, ada = client("otto"), client("rita"), client("ada")
    save(otto)
    save(otto, name="For all", shared="on")
    page = text(rita.get("/filters?path=/lots"))
    assert ("Tomatoes" in page, "For all" in page, "Delete" in page) == (False, True, False)
    mine, shared = SavedFilter.objects.order_by("id")
    assert rita.post(f"/filters/{mine.uid}/delete", {"path": "/lots"}).status_code == 404
    assert rita.post(f"/filters/{shared.uid}/delete", {"path": "/lots"}).status_code == 422
    assert ada.post(f"/filters/{mine.uid}/delete", {"path": "/lots"}).status_code == 404
    assert ada.post(f"/filters/{shared.uid}/delete", {"path": "/lots"}).status_code == 302
    assert [row.name for row in SavedFilter.objects.all()] == ["Tomatoes"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"name": " "}, "is empty"),
        ({"name": "x" * 61}, "at most 60"),
        ({"query": ""}, "no filter is set"),
        ({"query": "cursor=abc"}, "no filter is set"),
        ({"query": "text=" + "x" * 2100}, "more than 2000"),
    ],
)
def test_what_cannot_be_saved_says_why(more: dict[str, str], why: str) -> None:
    answer = save(client("otto"), **more)
    assert (answer.status_code, why in text(answer)) == (422, True)


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/lots", "//evil.example/lots", "/\\evil.example", "lots", "", "/nowhere",
     "/api/v1/items", "javascript:alert(1)", "/lots\r\nX: y"],
)  # fmt: skip
def test_only_lists_of_ours_have_filters(path: str) -> None:
    with pytest.raises(NotFound):
        saved.list_at(path)
    assert save(client("otto"), path=path).status_code == 404


def test_what_is_typed_is_no_code() -> None:
    otto = client("otto")
    save(otto, name='"><script>', query="text=%22%3E%3Cscript%3E%0d%0aX:y")
    assert b"<script>" not in otto.get("/filters?path=/lots").content.replace(b"<script src", b"")
    assert SavedFilter.objects.get().query == "text=%22%3E%3Cscript%3E%0D%0AX%3Ay"
