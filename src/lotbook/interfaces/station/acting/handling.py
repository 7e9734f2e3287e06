"""What all handlers share: who acts, what came of it, and which lots an act is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import queries as places
from lotbook.interfaces.station.models import Act
from lotbook.kernel.errors import Fault, NotAllowed
from lotbook.kernel.permissions import PERMISSIONS
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Lot

Lots = frozenset[int]
NONE: Lots = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """An act about to be done: under which id, when, by whom, and with which reason past the rules.

    ``occurred_at`` is the device's claim, or when the act arrived where the claim cannot be true.
    ``scopes``: what a program's key may, when one brought the act.
    """

    act: Act
    uid: UUID
    occurred_at: datetime
    actor: str
    person: User
    override: str = ""
    scopes: frozenset[str] | None = None

    def own(self, name: str) -> UUID:
        """An id for a further event of the same act: the same again for the same act."""
        return uuid5(self.uid, name)

    def may(self, permission: str) -> bool:
        """Whether the person may do this."""
        return self.person.may(permission) and (self.scopes is None or permission in self.scopes)

    def need(self, permission: str) -> None:
        """Refuse (403) who may not do this."""
        if not self.may(permission):
            who = self.person.get_full_name() or self.person.username
            cause = f"{who} may not do this: it needs the permission “{PERMISSIONS[permission]}”."
            raise NotAllowed(
                Fault("by", cause, "Have somebody do it who may, or ask for the permission.", "not_allowed")
            )


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did: its events, what the person wants to see of it, what undoing it needs to know."""

    events: tuple[UUID, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handler:
    """One kind of act.

    ``permission`` of a body (documents decide for some kinds). ``lots`` an act uses, for late scans: keys
    of the lots the book knows now. ``overrides``: a reason and ledger.override take it past the rules.
    """

    kind: str
    label: str
    body: type[BaseModel]
    permission: Callable[[Any], str]
    act: Callable[[Context, Any], Done]
    lots: Callable[[Any], Lots] = lambda _body: NONE
    overrides: bool = False


def only(permission: str) -> Callable[[Any], str]:
    """The same permission whatever the body says; an unknown one is a bug."""
    if permission not in PERMISSIONS:
        raise KeyError(f"unknown permission {permission!r}")
    return lambda _body: permission


def lots_named(uids: Iterable[UUID]) -> Lots:
    """The keys of lots by their uids."""
    return frozenset(Lot.objects.filter(uid__in=list(uids)).values_list("pk", flat=True))


def lots_numbered(named: Iterable[tuple[str, str]]) -> Lots:
    """The keys of lots by item code and number, as far as the book knows them."""
    wanted = {(item, lot) for item, lot in named if lot}
    rows = Lot.objects.filter(
        item__code__in={item for item, _ in wanted}, number__in={lot for _, lot in wanted}
    ).values_list("pk", "item__code", "number")
    return frozenset(key for key, item, number in rows if (item, number) in wanted)


def lots_inside(ssccs: Iterable[str]) -> Lots:
    """The keys of the lots on logistic units, at any depth."""
    inside: set[int] = set()
    for sscc in ssccs:
        unit = places.named(sscc)
        if unit is not None and unit.kind == "unit":
            inside |= {row.lot for row in ledger.balances(places=places.subtree_ids(unit.pk))}
    return frozenset(inside)


def lot_numbers(sequence: int) -> str:
    """The numbers of the lots an event moved, for people."""
    return ", ".join(dict.fromkeys(row["number"] for row in ledger.movements([sequence]) if row["number"]))
