"""Filters kept under a name: for oneself, or for all. A list is known by the URL name of its page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import Resolver404, resolve

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.web.models import SavedFilter
from lotbook.kernel import clock
from lotbook.kernel.checks import Check, storable
from lotbook.kernel.errors import Fault, NotAllowed, NotFound

QUERY_MAX = 2_000
FIELDS_MAX = 60
FILTERS_MAX = 50
"""Most filters of one person for one list."""
PASSING = frozenset({"cursor", "page", "format"})
"""Where one was in the list is no part of a filter."""
MACHINES = ("api", "epcis")


@dataclass(frozen=True, slots=True)
class List:
    """A list's page: its address without the query, and its URL name."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A saved filter as the list offers it."""

    filter: SavedFilter
    url: str
    is_current: bool
    is_mine: bool
    may_delete: bool


def list_at(path: str) -> List:
    """The list at an address of ours; anything else, such as another host's, is NotFound."""
    try:
        match = resolve(path) if path.startswith("/") and not storable(path) else None
    except Resolver404:
        match = None
    if match is None or not match.view_name or match.namespace.split(":")[0] in MACHINES:
        raise NotFound(Fault("path", "there is no such list.", "Open the list and try again."))
    return List(path, match.view_name)


def plain(query: str) -> str:
    """A query as it is kept: without empty fields and without the place in the list.

    >>> plain("status=hold&text=&cursor=abc&place=A%201")
    'status=hold&place=A+1'
    """
    try:
        pairs = parse_qsl(query.removeprefix("?"), max_num_fields=FIELDS_MAX)
    except ValueError:
        return ""
    return urlencode([(key, value) for key, value in pairs if key not in PASSING])


def offered(person: User, at: List, query: str) -> list[Shown]:
    """The filters of a list a person may choose: their own and those shared, by name."""
    now = plain(query)
    rows = SavedFilter.objects.filter(Q(owner=person) | Q(is_shared=True), page=at.name)
    return [
        Shown(
            row,
            f"{at.path}?{row.query}" if row.query else at.path,
            row.query == now,
            row.owner_id == person.pk,
            _may_delete(person, row),
        )
        for row in rows.select_related("owner").order_by("name", "id")[: FILTERS_MAX * 4]
    ]


def _may_delete(person: User, row: SavedFilter) -> bool:
    return row.owner_id == person.pk or (row.is_shared and person.may("accounts.manage"))


@transaction.atomic
def save(*, person: User, at: List, query: str, name: str, shared: bool) -> SavedFilter:
    """Keep the filters of a list under a name; the same name again is the newer filter."""
    check = Check()
    called = check.text("name", name, 60, required=True)
    kept = plain(query)
    if len(kept) > QUERY_MAX:
        check.fault("name", f"the filters have more than {QUERY_MAX} characters.", "Use fewer.")
    elif not kept:
        check.fault("name", "no filter is set.", "Filter the list first, then save.", "empty")
    mine = SavedFilter.objects.filter(owner=person, page=at.name)
    if mine.exclude(name=called).count() >= FILTERS_MAX:
        check.fault("name", f"you have {FILTERS_MAX} filters for this list.", "Delete one first.", "too_many")
    check.done()
    found, _ = mine.update_or_create(
        name=called,
        defaults={"query": kept, "is_shared": shared},
        create_defaults={
            "owner": person,
            "page": at.name,
            "name": called,
            "query": kept,
            "is_shared": shared,
            "created_at": clock.now(),
        },
    )
    return found


def delete(*, person: User, uid: UUID) -> None:
    """Delete a filter of one's own; administrators also delete shared ones."""
    row = SavedFilter.objects.filter(uid=uid).first()
    if row is None or (row.owner_id != person.pk and not row.is_shared):
        raise NotFound(Fault("", "there is no such filter.", "It may have been deleted already."))
    if not _may_delete(person, row):
        raise NotAllowed(Fault("", "only who made it, or an administrator, deletes it.", "Ask them."))
    row.delete()
