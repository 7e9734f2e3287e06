"""Reading places: the tree, what lies below a place, which site it belongs to and what time it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When

from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import history, sql
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot

TREE_KINDS = ("site", "area", "bin", "transit")
DEPTH_MAX = 32
"""Deeper than any warehouse; stops a walk even if a circle ever got in."""

_BY_KEY = Prepared(lambda: Place.objects.filter(pk=Slot("key")))
_BY_UID = Prepared(lambda: Place.objects.filter(uid=Slot("uid")))
_BY_CODE = Prepared(lambda: Place.objects.filter(code=Slot("code")))
_BY_ACCOUNT = Prepared(lambda: Place.objects.filter(key=Slot("account")))
_BY_NUMBER = Prepared(
    lambda: Place.objects.filter(Q(gln=Slot("number")) | Q(sscc=Slot("number"))).order_by("pk")
)


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree; ``depth`` 0 is a site."""

    place: Place
    depth: int


def place(uid: UUID | str) -> Place:
    """The place with this uid; raises NotFound."""
    try:
        return Place.objects.select_related("parent", "partner", "location").get(uid=UUID(str(uid)))
    except (Place.DoesNotExist, ValueError):
        cause = f"there is no place {str(uid)[:60]}."
        raise NotFound(Fault("place", cause, "Look it up in the list of places.")) from None


def by_code(code: str) -> Place | None:
    """The place with this code, written exactly so."""
    return None if storable(code) else _BY_CODE.first(code=code.strip())


def named(text: str) -> Place | None:
    """The place a person means by a uid, a code, a GLN, an SSCC, or a name only one place has."""
    text = text.strip()
    if not text or storable(text):
        return None
    try:
        return _BY_UID.first(uid=UUID(text))
    except ValueError:
        pass
    found = by_code(text) or _BY_NUMBER.first(number=text)
    if found is not None:
        return found
    same = list(Place.objects.filter(name__iexact=text, own=True)[:2])
    return same[0] if len(same) == 1 else None


def consigned(partner: int | None = None) -> QuerySet[Place]:
    """Places of ours at partners (contract packers, carriers): what stands there is our stock."""
    rows = Place.objects.filter(own=True, partner__isnull=False).select_related("partner").order_by("code")
    return rows if partner is None else rows.filter(partner=partner)


def keeper(one: Place) -> Partner | None:
    """The partner who keeps what stands at a place of ours: its own, or that of a place it is in."""
    return next((step.partner for step in [one, *ancestors(one)] if step.own and step.partner_id), None)


def loss() -> Place:
    """Where losses go."""
    return _kept("LOSS")


def difference() -> Place:
    """Where count differences and opening stock come from."""
    return _kept("DIFFERENCE")


def _kept(code: str) -> Place:
    """A place every book has."""
    found = _BY_CODE.first(code=code)
    assert found is not None
    return found


def account(key: str) -> Place | None:
    """The place the book keeps for a partner, by the key it was made under."""
    return _BY_ACCOUNT.first(account=key)


def places(
    *,
    text: str = "",
    kind: str = "",
    own: bool | None = None,
    active: bool | None = None,
    usable: bool | None = None,
    parent: int | None = None,
) -> QuerySet[Place]:
    """Places, by code; ``text`` is looked for in code, name, GLN and SSCC."""
    rows = Place.objects.select_related("parent", "partner").order_by("code")
    if storable(text) or storable(kind):
        return rows.none()
    if text:
        found = Q(code__icontains=text) | Q(name__icontains=text)
        rows = rows.filter(found | Q(gln__contains=text) | Q(sscc__contains=text))
    if kind:
        rows = rows.filter(kind=kind)
    for name, value in (("own", own), ("is_active", active), ("usable", usable), ("parent_id", parent)):
        if value is not None:
            rows = rows.filter(**{name: value})
    return rows


def tree(*, inactive: bool = False, most: int | None = None) -> list[Node]:
    """Our sites with their areas and bins, each place after its parent, by code.

    With ``most`` only so many places are read, the first by code: to learn whether there are more.
    """
    rows = Place.objects.filter(kind__in=TREE_KINDS).select_related("location").order_by("code")
    if not inactive:
        rows = rows.filter(is_active=True)
    rows = rows[:most]
    below: dict[int | None, list[Place]] = defaultdict(list)
    known = {row.pk for row in rows}
    for row in rows:
        below[row.parent_id if row.parent_id in known else None].append(row)
    nodes: list[Node] = []
    waiting = [Node(row, 0) for row in reversed(below[None])]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += [Node(row, node.depth + 1) for row in reversed(below[node.place.pk])]
    return nodes


SUGGESTED = 20


def suggested(text: str, most: int = SUGGESTED) -> list[Place]:
    """Our places in use that a person may mean who has typed ``text``: codes that begin so come first."""
    text = text.strip()
    rows = places(text=text, active=True).filter(kind__in=TREE_KINDS)
    if not text or storable(text):
        return []
    begins = Case(When(code__istartswith=text, then=Value(0)), default=Value(1))
    return list(rows.select_related(None).order_by(begins, "code")[:most])


def subtree_ids(root: int) -> list[int]:
    """The key of a place and of everything in it, logistic units included."""
    rows = sql.rows(
        "WITH RECURSIVE inside(id, depth) AS (SELECT id, 0 FROM places_place WHERE id = %s"
        " UNION SELECT p.id, i.depth + 1 FROM places_place p JOIN inside i ON p.parent_id = i.id"
        " WHERE i.depth < %s) SELECT DISTINCT id FROM inside ORDER BY id",
        [root, DEPTH_MAX],
    )
    return [row[0] for row in rows]


def subtrees(roots: Iterable[int]) -> Mapping[int, int]:
    """Every place in one of ``roots``, themselves included → the root it is in, in one statement."""
    wanted = sorted(set(roots))
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    rows = sql.rows(
        "WITH RECURSIVE inside(id, root, depth) AS ("  # noqa: S608 - only placeholders are put in
        f" SELECT id, id, 0 FROM places_place WHERE id IN ({marks})"
        " UNION SELECT p.id, i.root, i.depth + 1 FROM places_place p JOIN inside i ON p.parent_id = i.id"
        " WHERE i.depth < %s) SELECT id, root FROM inside ORDER BY depth DESC",
        [*wanted, DEPTH_MAX],
    )
    return dict(rows)


def ancestors(one: Place) -> list[Place]:
    """The places one is in, the nearest first."""
    found: list[Place] = []
    here = _parent(one)
    while here is not None and len(found) < DEPTH_MAX:
        found.append(here)
        here = _parent(here)
    return found


def _parent(one: Place) -> Place | None:
    field: Any = Place._meta.get_field("parent")
    if one.parent_id is not None and not field.is_cached(one):
        field.set_cached_value(one, _BY_KEY.first(key=one.parent_id))
    return one.parent


def path(one: Place) -> str:
    """Where a place is, in words: ``Plant › Cold store › A-01``."""
    return " › ".join(str(step) for step in [*reversed(ancestors(one)), one])


def site_of(one: Place) -> Place | None:
    """The site a place belongs to; None outside and for a unit that stands nowhere."""
    return next((step for step in [one, *ancestors(one)] if step.kind == "site"), None)


def zone_of(one: Place) -> str:
    """The time zone (IANA) at a place: its own, else the nearest above it that names one, else UTC."""
    return next((step.time_zone for step in [one, *ancestors(one)] if step.time_zone), "UTC")


def zones_of(keys: Iterable[int]) -> Mapping[int, str]:
    """The time zones at many places, by the places' keys, in one statement."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up(start, id, depth) AS ("  # noqa: S608 - only placeholders are put in
            f" SELECT id, id, 0 FROM places_place WHERE id IN ({marks})"
            " UNION ALL SELECT u.start, p.parent_id, u.depth + 1 FROM up u JOIN places_place p ON p.id = u.id"
            " WHERE p.parent_id IS NOT NULL AND u.depth < %s)"
            " SELECT u.start, p.time_zone, u.depth FROM up u JOIN places_place p ON p.id = u.id"
            " WHERE p.time_zone <> '' ORDER BY u.start, u.depth DESC",
            [*wanted, DEPTH_MAX],
        )
        nearest = {row[0]: row[1] for row in cursor.fetchall()}
    return {key: nearest.get(key, "UTC") for key in wanted}


def sites_of(keys: Iterable[int]) -> Mapping[int, int]:
    """The key of the site each place is at, by the places' keys, in one statement.

    What is outside, in transit, or in a unit that stands nowhere is at no site, and left out.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    rows = sql.rows(
        "WITH RECURSIVE up(start, id, kind, parent_id, depth) AS ("  # noqa: S608 - only placeholders are put in
        f" SELECT id, id, kind, parent_id, 0 FROM places_place WHERE id IN ({marks})"
        " UNION ALL SELECT u.start, p.id, p.kind, p.parent_id, u.depth + 1"
        " FROM up u JOIN places_place p ON p.id = u.parent_id"
        " WHERE u.kind NOT IN ('site', 'transit') AND u.depth < %s)"
        " SELECT start, id FROM up WHERE kind = 'site'",
        [*wanted, DEPTH_MAX],
    )
    return {row[0]: row[1] for row in rows}


def codes_of(keys: Iterable[int]) -> Mapping[int, str]:
    """The codes of places by their keys."""
    return dict(Place.objects.filter(pk__in=set(keys)).values_list("pk", "code"))


def changes(one: Place) -> list[history.Change]:
    """Every change of the place, newest first."""
    table: Any = Place
    return history.changes(("place", table.history.filter(id=one.pk)))
