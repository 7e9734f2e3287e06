"""Writing places: the tree of our own, and the accounts that runs, units and partners need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places import queries, rules
from lotbook.foundation.places.models import Place
from lotbook.kernel import history, uses
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused

SUBJECT = "places.place"
TREE = Place.objects.filter(kind__in=queries.TREE_KINDS)


@transaction.atomic
def create_place(
    *,
    actor: str,
    code: str,
    kind: str,
    name: str = "",
    parent: UUID | str | None = None,
    usable: bool = True,
    gln: str | None = None,
    time_zone: str = "",
    location: UUID | str | None = None,
    attributes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Place:
    """Make a site, area, bin or transit of our own. ``usable`` False: goods there wait for a decision.

    Raises Refused with every fault, NotFound, Conflict when the code or GLN is taken.
    """
    above = queries.place(parent) if parent else None
    wrong = rules.stand(kind, above.kind if above else None)
    if wrong:
        raise Refused(wrong)
    values = rules.read_place(
        {
            "code": code, "name": name, "usable": usable, "gln": gln, "time_zone": time_zone,
            "location": location, "attributes": attributes,
        }
    )  # fmt: skip
    values["location"] = _own_location(location)
    _taken(values, 0)
    place = Place(kind=kind, own=True, parent=above, **values)
    with history.unique("code", f"the code {code} or the GLN was just given to another place."):
        history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def amend_place(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Place:
    """Change the fields in ``changes``: code, name, usable, gln, time_zone, location, attributes."""
    place = _locked_own(uid)
    values = rules.read_place(changes)
    if "location" in values:
        values["location"] = _own_location(values["location"])
    _taken(values, place.pk)
    changed = [name for name, value in values.items() if getattr(place, name) != value]
    for name in changed:
        setattr(place, name, values[name])
    if changed:
        with history.unique("code", "the code or the GLN was just given to another place."):
            history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def move_place(*, actor: str, uid: UUID | str, parent: UUID | str | None, reason: str = "") -> Place:
    """Put an area or bin, with everything in it, into another parent. Its stock comes along."""
    # Two moves at once could close a circle that neither sees: the tree moves one step at a time.
    list(TREE.select_for_update().order_by("pk").values_list("pk", flat=True))
    place = _locked_own(uid)
    above = queries.place(parent) if parent else None
    wrong = rules.stand(place.kind, above.kind if above else None)
    if wrong is None and above is not None and above.pk in queries.subtree_ids(place.pk):
        wrong = Fault("parent", f"{above} lies inside {place}.", "Choose a place outside it.")
    if wrong is None and above is not None and not above.is_active:
        wrong = Fault("parent", f"{above} is out of use.", "Choose another parent.")
    if wrong:
        raise Refused(wrong)
    if place.parent_id != (above.pk if above else None):
        place.parent = above
        history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def deactivate(*, actor: str, uid: UUID | str, reason: str = "", in_use: bool = False) -> Place:
    """Take a place out of use; refused while it, or anything in it, is still used.

    The rooms above say what is used (``kernel.uses``, subject ``places.place``): stock, open work.
    ``in_use``: the caller knows of a use of its own.
    """
    place = _locked_own(uid)
    faults = []
    if Place.objects.filter(parent=place, is_active=True).exists():
        faults.append(
            Fault(
                "place", f"{place} still has places or units in it.", "Take those out of use first.", "in_use"
            )
        )
    use = uses.of(SUBJECT, place.pk) or ("it is in use" if in_use else "")
    if use:
        faults.append(
            Fault("place", f"{place} is in use ({use}).", "Move the stock elsewhere first.", "in_use")
        )
    if faults:
        raise Refused(faults)
    if place.is_active:
        place.is_active = False
        history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def reactivate(*, actor: str, uid: UUID | str, reason: str = "") -> Place:
    """Take a place into use again."""
    place = _locked_own(uid)
    if not place.is_active:
        place.is_active = True
        history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def change_place(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Place:
    """Several changes at once: fields as in ``amend_place``, ``parent`` to move it, ``is_active``."""
    fields = {name: value for name, value in changes.items() if name not in ("parent", "is_active")}
    place = amend_place(actor=actor, uid=uid, changes=fields, reason=reason)
    if "parent" in changes:
        place = move_place(actor=actor, uid=uid, parent=changes["parent"], reason=reason)
    if "is_active" in changes:
        turn = reactivate if changes["is_active"] else deactivate
        place = turn(actor=actor, uid=uid, reason=reason)
    return place


@transaction.atomic
def open_consigned(
    *, actor: str, partner: UUID | str, code: str = "", name: str = "", time_zone: str = "", reason: str = ""
) -> Place:
    """Make a site of ours at a partner: goods there stay ours, kept by the contract packer or carrier.

    ``partner`` by uid, code, GLN or name. Raises Refused with every fault, Conflict when the code is taken.
    """
    keeper = partners.named(str(partner))
    if keeper is None or not keeper.is_active:
        cause = f"there is no partner {str(partner)[:60]!r} in use."
        raise Refused(Fault("partner", cause, "Check the code, or enter the partner first.", "unknown"))
    values = rules.read_place(
        {"code": code or f"AT-{keeper.code}", "name": name or f"Ours at {keeper.name}"[:200]}
        | {"time_zone": time_zone}
    )
    _taken(values, 0)
    place = Place(kind="site", own=True, partner=keeper, **values)
    with history.unique("code", f"the code {values['code']} was just given to another place."):
        history.save(place, actor=actor, reason=reason)
    return place


@transaction.atomic
def end_unit(*, actor: str, uid: UUID, reason: str) -> Place:
    """A logistic unit that was broken up: it takes nothing in any more. Whoever calls emptied it."""
    unit = Place.objects.select_for_update(of=("self",)).get(uid=uid, kind="unit")
    if unit.is_active:
        unit.is_active = False
        history.save(unit, actor=actor, reason=reason)
    return unit


@transaction.atomic
def ensure_unit(*, sscc: str, parent: Place | None = None, actor: str = "lotbook") -> Place:
    """The logistic unit with this SSCC, made (standing in ``parent``) when the book does not know it.

    Safe against somebody making it at the same moment. Raises Refused for a wrong SSCC.
    """
    number = rules.sscc(sscc)
    place, _ = Place.objects.get_or_create(
        sscc=number,
        defaults={"code": f"SSCC-{number}", "kind": "unit", "own": True, "parent": parent},
    )
    return _with_actor(place, actor)


def create_run_place(*, code: str, name: str = "", actor: str = "lotbook") -> Place:
    """The account of one run, the vessel through which lots become lots; Conflict when the code is taken."""
    check = Check()
    word = rules.code(check, code)
    label = check.text("name", name, 200)
    check.done()
    other = queries.by_code(word)
    if other is not None:
        cause = f"{word} is the code of {other} already."
        raise Conflict(Fault("code", cause, "Choose another.", "taken"))
    place = Place(code=word, name=label, kind="run", own=False)
    with history.unique("code", f"the code {word} was just given to another place.", "Try again."):
        history.add(place, actor=actor)
    return place


@transaction.atomic
def create_run_places(*, codes: Sequence[str], name: str = "", actor: str = "lotbook") -> list[Place]:
    """The accounts of many small runs in few statements; Conflict when one of the codes is taken."""
    check = Check()
    words = [rules.code(check, code) for code in codes]
    label = check.text("name", name, 200)
    check.done()
    places = [Place(code=word, name=label, kind="run", own=False) for word in words]
    with history.unique("code", "one of the codes was just given to another place.", "Try again."):
        history.save_new(places, actor=actor)
    found = Place.objects.in_bulk(words, field_name="code")
    return [found[word] for word in words]


def partner_place(partner: Partner, *, location: Location | None = None, actor: str = "lotbook") -> Place:
    """The account of a partner (or of one location of it), made when the book does not know it.

    Safe against somebody making it at the same moment.
    """
    key = f"partner:{partner.pk}" + (f":{location.pk}" if location else "")
    found = queries.account(key)
    if found is not None:
        return found
    return _make_account(key, partner, location, actor)


@transaction.atomic
def _make_account(key: str, partner: Partner, location: Location | None, actor: str) -> Place:
    code = f"{partner.code}@{location.pk}" if location else f"PARTNER-{partner.code}"
    name = f"{partner.name}, {location.name}" if location else partner.name
    place, _ = Place.objects.get_or_create(
        key=key,
        defaults={"code": code, "name": name[:200], "kind": "partner", "own": False, "partner": partner}
        | {"location": location},
    )
    return _with_actor(place, actor)


def _with_actor(place: Place, actor: str) -> Place:
    """Say in the history row of a place just made who made it."""
    table: Any = Place
    table.history.filter(id=place.pk, history_type="+", history_change_reason=None).update(
        history_change_reason=actor
    )
    return place


def _locked_own(uid: UUID | str) -> Place:
    place = Place.objects.select_for_update().get(pk=queries.place(uid).pk)
    if place.kind not in rules.PARENTS:
        raise Refused(
            Fault(
                "place",
                f"{place} is a {place.get_kind_display().lower()}: the book keeps it itself.",
                code="kind",
            )
        )
    return place


def _own_location(uid: UUID | str | None) -> Location | None:
    """A location description of ours: one that belongs to a partner describes the partner's place."""
    if not uid:
        return None
    location = partners.location(uid)
    if location.partner_id is not None:
        cause = f"{location.name} is a location of {location.partner}, not ours."
        raise Refused(Fault("location", cause, "Choose a location description of ours."))
    return location


def _taken(values: Mapping[str, Any], own: int) -> None:
    faults = []
    for name, word in (("code", "code"), ("gln", "GLN")):
        value = values.get(name)
        other = Place.objects.filter(**{name: value}).exclude(pk=own).first() if value else None
        if other is not None:
            faults.append(
                Fault(name, f"{value} is the {word} of {other} already.", "Choose another.", "taken")
            )
    if faults:
        raise Conflict(faults)
