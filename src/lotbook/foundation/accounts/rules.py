"""What each role may do, and what a name, a role and a scope have to look like. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from lotbook.kernel.errors import Fault

SEE = frozenset(
    {
        "web.view",
        "catalog.view",
        "places.view",
        "partners.view",
        "lots.view",
        "ledger.view",
        "stock.view",
        "trace.view",
        "receiving.view",
        "production.view",
        "shipping.view",
        "transfers.view",
        "documents.view",
        "approvals.view",
    }
)
"""Seeing is open to everybody inside: a trace that stops at a role's border is no trace."""

RECEIVE = frozenset({"receiving.post", "warehouse.post", "warehouse.count", "transfers.post"})
MAKE = frozenset({"production.post", "warehouse.post", "warehouse.count", "transfers.request"})
SHIP = frozenset({"shipping.post", "warehouse.post", "warehouse.count", "transfers.post"})
FLOOR = RECEIVE | MAKE | SHIP | {"documents.attach"}
PLAN = frozenset(
    {"receiving.order", "production.plan", "shipping.order", "transfers.request", "warehouse.plan"}
)
MASTER_DATA = frozenset({"catalog.edit", "places.edit", "partners.edit", "lots.edit", "numbering.edit"})
QUALITY = frozenset({"lots.hold", "lots.release", "lots.edit", "ledger.override", "documents.attach"})
DECIDE = frozenset({"approvals.decide", "approvals.edit"})
MACHINES = frozenset({"import.run", "exchange.capture", "ledger.post"})

ROLES: Mapping[str, frozenset[str]] = {
    "operator": SEE | FLOOR,
    "receiver": SEE | RECEIVE | {"lots.hold", "documents.attach"},
    "production": SEE | MAKE | {"lots.hold", "documents.attach"},
    "shipper": SEE | SHIP | {"lots.hold", "documents.attach"},
    "quality": SEE | QUALITY | {"ledger.reverse", "warehouse.count", "approvals.decide"},
    "planner": SEE | PLAN | {"catalog.edit", "partners.edit"},
    "manager": SEE | FLOOR | PLAN | MASTER_DATA | QUALITY | DECIDE | {"ledger.reverse", "import.run"},
    "auditor": SEE,
    "integrator": SEE | FLOOR | PLAN | MASTER_DATA | MACHINES | {"lots.hold", "ledger.reverse"},
    "administrator": (
        SEE | FLOOR | PLAN | MASTER_DATA | QUALITY | DECIDE | MACHINES | {"ledger.reverse", "accounts.manage"}
    ),
}
"""Role → the permissions it gives."""

ROLE_WORDS: Mapping[str, str] = {
    "operator": "works anywhere on the floor",
    "receiver": "takes goods in",
    "production": "makes goods",
    "shipper": "sends goods out",
    "quality": "holds, releases and corrects",
    "planner": "keeps items and partners",
    "manager": "does all of it except people and keys",
    "auditor": "sees everything, changes nothing",
    "integrator": "connects other systems",
    "administrator": "may everything, and manages people and keys",
}
"""Role → what the person does, in a few words."""

ADMINISTRATOR = "administrator"
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


def may(role: str, name: str) -> bool:
    """Whether a person of ``role`` may do what the permission ``name`` says; an unknown role may nothing."""
    return name in ROLES.get(role, frozenset())


def username_faults(username: str) -> list[Fault]:
    """What is wrong with a name to log in with (events keep it for ever as ``user:<name>``)."""
    if USERNAME.fullmatch(username):
        return []
    return [
        Fault(
            "username",
            f"expected 1 to 60 small letters, digits, dots, hyphens or underscores, got {username[:70]!r}.",
            "Write it like ana.lopez.",
        )
    ]


def role_faults(role: str) -> list[Fault]:
    """What is wrong with the name of a role."""
    if role in ROLES:
        return []
    return [Fault("role", f"expected one of {', '.join(ROLES)}, got {role[:40]!r}.", "Choose one of these.")]


def scope_faults(scopes: Collection[str], owner_role: str) -> list[Fault]:
    """What is wrong with the scopes of a key: none, unknown, or more than its owner may."""
    if not scopes:
        return [Fault("scopes", "a key without scopes may nothing.", "Choose at least one.")]
    known = ROLES[ADMINISTRATOR]
    found = []
    for scope in scopes:
        if scope not in known:
            found.append(Fault("scopes", f"there is no permission {scope[:40]!r}.", "Choose from the list."))
        elif not may(owner_role, scope):
            found.append(
                Fault(
                    "scopes",
                    f"the owner may not do {scope}.",
                    "Give the owner another role, or leave it out.",
                )
            )
    return found


def in_order(scopes: Iterable[str]) -> list[str]:
    """Scopes each once, sorted: two keys with the same scopes look the same."""
    return sorted(set(scopes))


def key_prefix(secret: str) -> str | None:
    """The prefix by which a key's secret (``lb_<prefix>_<random>``) is found, or None when it is not one.

    >>> key_prefix("lb_abcd2345_xyz")
    'abcd2345'
    """
    parts = secret.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "lb" and parts[1] and parts[2] else None
