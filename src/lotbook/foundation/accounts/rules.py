"""What each role may do, and what a name, a role and a scope have to look like. Pure decisions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

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
        "complaints.view",
        "recall.view",
        "receiving.view",
        "production.view",
        "shipping.view",
        "transfers.view",
        "documents.view",
        "approvals.view",
        "labels.view",
        "rfid.view",
    }
)
"""Seeing is open to everybody inside: a trace that stops at a role's border is no trace."""

RECEIVE = frozenset({"receiving.post", "warehouse.post", "warehouse.count", "transfers.post", "rfid.post"})
MAKE = frozenset({"production.post", "warehouse.post", "warehouse.count", "transfers.request"})
SHIP = frozenset({"shipping.post", "warehouse.post", "warehouse.count", "transfers.post", "rfid.post"})
FLOOR = RECEIVE | MAKE | SHIP | {"documents.attach", "labels.print"}
PLAN = frozenset(
    {"receiving.order", "production.plan", "shipping.order", "transfers.request", "warehouse.plan"}
)
MASTER_DATA = frozenset(
    {
        "catalog.edit",
        "places.edit",
        "partners.edit",
        "lots.edit",
        "numbering.edit",
        "rfid.manage",
        "labels.design",
    }
)
QUALITY = frozenset(
    {"lots.hold", "lots.release", "lots.edit", "ledger.override", "documents.attach", "labels.print"}
)
DECIDE = frozenset({"approvals.decide", "approvals.edit"})
RECALL = frozenset({"recall.run", "recall.decide"})
COMPLAINTS = frozenset({"complaints.edit", "complaints.contact"})
MACHINES = frozenset({"import.run", "exchange.capture", "ledger.post", "rfid.read"})

ROLES: Mapping[str, frozenset[str]] = {
    "operator": SEE | FLOOR,
    "receiver": SEE | RECEIVE | {"lots.hold", "documents.attach", "labels.print"},
    "production": SEE | MAKE | {"lots.hold", "documents.attach", "labels.print"},
    "shipper": SEE | SHIP | {"lots.hold", "documents.attach", "labels.print"},
    "quality": SEE
    | QUALITY
    | RECALL
    | COMPLAINTS
    | {"ledger.reverse", "warehouse.count", "approvals.decide"},
    "planner": SEE | PLAN | {"catalog.edit", "partners.edit"},
    "manager": (
        SEE
        | FLOOR
        | PLAN
        | MASTER_DATA
        | QUALITY
        | RECALL
        | COMPLAINTS
        | DECIDE
        | {"ledger.reverse", "import.run"}
    ),
    "auditor": SEE,
    "integrator": (
        SEE | FLOOR | PLAN | MASTER_DATA | MACHINES | {"lots.hold", "ledger.reverse", "complaints.edit"}
    ),
    "administrator": (
        SEE
        | FLOOR
        | PLAN
        | MASTER_DATA
        | QUALITY
        | RECALL
        | COMPLAINTS
        | DECIDE
        | MACHINES
        | {"ledger.reverse", "accounts.manage", "labels.manage"}
    ),
}
"""Role → the permissions it gives in a new book; administrators may change that (``models.Role``)."""

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
KEEPS = frozenset({"web.view", "accounts.manage"})
"""What the role administrator never loses: a book nobody can manage would be locked for ever."""

ROLE_NAME = re.compile(r"[a-z][a-z0-9-]{1,19}")
ROLE_WORDS_MAX = 200
PIN = re.compile(r"[0-9]{4,12}")
PIN_FAILURES_MAX = 5
"""Wrong PINs before a badge is closed."""
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


def effective(role: str, permissions: Iterable[str]) -> frozenset[str]:
    """What a person of ``role`` may do when the role's row grants ``permissions``."""
    return frozenset(permissions) | (KEEPS if role == ADMINISTRATOR else frozenset())


def seeded(role: str, granted: Collection[str], known: Collection[str], every: Collection[str]) -> list[str]:
    """The permissions of a default role after an upgrade: what it had, and its share of what is new since.

    ``known`` are the permissions there were when the role was last seeded: what an administrator has taken
    from the role since then is not given back.
    """
    new = {name for name in ROLES[role] if name not in known}
    return in_order((set(granted) | new) & set(every))


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


def role_faults(role: str, names: Collection[str]) -> list[Fault]:
    """What is wrong with a person's role, when ``names`` are the roles there are."""
    if role in names:
        return []
    return [Fault("role", f"expected one of {', '.join(names)}, got {role[:40]!r}.", "Choose one of these.")]


def new_role_faults(name: str, words: str) -> list[Fault]:
    """What is wrong with the name and the words of a role."""
    found = []
    if not ROLE_NAME.fullmatch(name):
        cause = f"expected 2 to 20 small letters, digits or hyphens, got {name[:40]!r}."
        found.append(Fault("name", cause, "Write it like night-shift."))
    if not 0 < len(words) <= ROLE_WORDS_MAX:
        cause = f"expected 1 to {ROLE_WORDS_MAX} characters."
        found.append(Fault("words", cause, "Say in a few words what the person does."))
    return found


def permission_faults(role: str, permissions: Collection[str], every: Collection[str]) -> list[Fault]:
    """What is wrong with the permissions a role shall have; ``every`` are those that exist."""
    unknown = [name for name in permissions if name not in every]
    found = [
        Fault("permissions", f"there is no permission {name[:40]!r}.", "Choose from the list.")
        for name in unknown
    ]
    lost = sorted(KEEPS - set(permissions)) if role == ADMINISTRATOR else []
    if lost:
        found.append(
            Fault(
                "permissions",
                f"the role administrator keeps {' and '.join(lost)}.",
                "Leave it ticked: without it nobody could manage people any more.",
                "lock_out",
            )
        )
    if "web.view" not in permissions and role != ADMINISTRATOR:
        found.append(
            Fault(
                "permissions", "a role without web.view could not log in.", "Tick “Log in and see the pages”."
            )
        )
    return found


def scope_faults(scopes: Collection[str], granted: Collection[str], every: Collection[str]) -> list[Fault]:
    """What is wrong with the scopes of a key: none, unknown, or more than its owner is granted."""
    if not scopes:
        return [Fault("scopes", "a key without scopes may nothing.", "Choose at least one.")]
    found = []
    for scope in scopes:
        if scope not in every:
            found.append(Fault("scopes", f"there is no permission {scope[:40]!r}.", "Choose from the list."))
        elif scope not in granted:
            found.append(
                Fault(
                    "scopes",
                    f"the owner may not do {scope}.",
                    "Give the owner another role, or leave it out.",
                )
            )
    return found


def site_faults(sites: Collection[str], known: Collection[str]) -> list[Fault]:
    """What is wrong with the codes of a person's sites, when ``known`` of them are sites in use."""
    return [
        Fault("sites", f"there is no site {code[:60]!r}.", "Choose from the list of sites, or none for all.")
        for code in sites
        if code not in known
    ]


def said(sites: Collection[str]) -> str:
    """A person's sites as the history keeps them; empty means all."""
    return ", ".join(in_order(sites))


def of_actor(actor: str) -> tuple[str, str]:
    """Who acts, taken apart: ``("user", username)``, ``("key", prefix)``, or empty texts for the system.

    >>> of_actor("key:abcd2345")
    ('key', 'abcd2345')
    """
    scheme, _, name = actor.partition(":")
    return (scheme, name) if scheme in ("user", "key") and name else ("", "")


def pin_faults(pin: str) -> list[Fault]:
    """What is wrong with a PIN: too short, no digits, or the first anybody would try."""
    if not PIN.fullmatch(pin):
        return [Fault("pin", "expected 4 to 12 digits.", "Choose digits others do not guess.")]
    steps = {(int(late) - int(early)) % 10 for early, late in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return [Fault("pin", "this PIN is the first others would try.", "Choose one without a pattern.")]
    return []


def role_of_claims(claims: Mapping[str, Any], claim: str, mapping: Mapping[str, str]) -> str | None:
    """The role that the organisation's login gives: the first of ``mapping`` whose group is in ``claim``.

    >>> role_of_claims({"groups": ["staff", "lab"]}, "groups", {"lab": "quality", "staff": "operator"})
    'quality'
    """
    held = claims.get(claim)
    groups = {held} if isinstance(held, str) else set(held) if isinstance(held, list | tuple) else set()
    return next((role for group, role in mapping.items() if group in groups), None)


def username_of_claims(claims: Mapping[str, Any]) -> str:
    """The name to log in with that fits the organisation's login: its own name there, or the mail's."""
    name = str(claims.get("preferred_username") or claims.get("email") or "")
    return name.partition("@")[0].strip().lower()


def read_mapping(text: str) -> dict[str, str]:
    """Groups and their roles as the settings write them: ``lab=quality, staff=operator``.

    >>> read_mapping("lab=quality, staff=operator")
    {'lab': 'quality', 'staff': 'operator'}
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not group.strip() or not role.strip() for group, _, role in pairs):
        raise ValueError(f"expected pairs like lab=quality, separated by commas, got {text!r}")
    return {group.strip(): role.strip() for group, _, role in pairs}


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
