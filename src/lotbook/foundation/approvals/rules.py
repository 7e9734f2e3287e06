"""Which rule speaks for what is asked, what its steps are, and what a decision signs. Pure.

A room says in its ``AppConfig.ready`` what its people may have to ask for:

>>> register("example.ask", "Example")
>>> label("example.ask")
'Example'
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lotbook.kernel.errors import Fault

KIND_MAX = 40
STEPS_MAX = 8
PEOPLE_MAX = 20
NEEDED_MAX = 20
HOURS_MAX = 24 * 366
LARGEST = 2**63 - 1
EXACT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly; larger ones are signed as text."""

PENDING, APPROVED, REFUSED, WITHDRAWN, EXPIRED = "pending", "approved", "refused", "withdrawn", "expired"

_kinds: dict[str, str] = {}


def register(kind: str, label: str) -> None:
    """Make ``kind`` (``transfers.request``) something that rules can be made for; once is enough."""
    if not kind or len(kind) > KIND_MAX:
        raise ValueError(f"expected a kind of 1 to {KIND_MAX} characters, got {kind!r}")
    if _kinds.setdefault(kind, label) != label:
        raise ValueError(f"the kind {kind} is registered as {_kinds[kind]!r} already")


def kinds() -> Mapping[str, str]:
    """Every kind with its label."""
    return _kinds


def label(kind: str) -> str:
    """What people call a kind; one that no open room knows keeps its name."""
    return _kinds.get(kind, kind)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a rule: ``needed`` different people of ``role``, or of the people named, must say yes."""

    role: str = ""
    people: tuple[str, ...] = ()
    needed: int = 1

    @property
    def who(self) -> str:
        """Who may decide, in words.

        >>> Stage("quality").who, Stage("manager", needed=2).who, Stage("", ("ann", "bea")).who
        ('quality', '2 × manager', 'ann or bea')
        """
        if self.role:
            return f"{self.needed} × {self.role}" if self.needed > 1 else self.role
        names = " or ".join(self.people)
        return f"{self.needed} of {', '.join(self.people)}" if self.needed > 1 else names

    def as_dict(self) -> dict[str, Any]:
        """The step as it is kept."""
        return {"role": self.role, "people": list(self.people), "needed": self.needed}


def stages(kept: Iterable[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Steps as they are kept, read back."""
    return tuple(
        Stage(str(one.get("role", "")), tuple(one.get("people", ())), int(one.get("needed", 1)))
        for one in kept
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule as it is judged: where it holds, and from what size on somebody has to say yes."""

    key: int
    site: int | None
    item_group: str
    quantity_limit: int | None
    value_limit_micro: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as rules look at it; ``sites``: the place and those above it, nearest first."""

    sites: tuple[int, ...] = ()
    item_group: str = ""
    quantity: int | None = None
    value_micro: int | None = None
    currency: str = ""


def choose(policies: Sequence[Policy], asked: Asked) -> Policy | None:
    """The rule that speaks; None: nobody has to be asked.

    Rules for the nearest place outdo those further up, and among them rules for the item's group outdo those
    for all: so one site may be stricter or freer than the rest. Of the rules left, those count whose limit is
    exceeded, and of these the one with the highest limits: "above 100 a manager, above 1,000 two".

    >>> low, high = Policy(1, None, "", 100, None, ""), Policy(2, None, "", 1000, None, "")
    >>> [getattr(choose([low, high], Asked(quantity=q)), "key", None) for q in (100, 101, 1001)]
    [None, 1, 2]
    """
    fitting = [one for one in policies if _fits(one, asked)]
    if not fitting:
        return None
    nearest = min(_distance(one, asked) for one in fitting)
    exceeded = [one for one in fitting if _distance(one, asked) == nearest and exceeds(one, asked)]
    if not exceeded:
        return None
    return max(exceeded, key=lambda one: (one.value_limit_micro or -1, one.quantity_limit or -1, -one.key))


def _fits(policy: Policy, asked: Asked) -> bool:
    place = policy.site is None or policy.site in asked.sites
    return place and policy.item_group in ("", asked.item_group)


def _distance(policy: Policy, asked: Asked) -> tuple[int, int]:
    near = len(asked.sites) if policy.site is None else asked.sites.index(policy.site)
    return near, int(policy.item_group == "")


def exceeds(policy: Policy, asked: Asked) -> bool:
    """Whether somebody has to say yes: above a limit, or not known to be below (nothing unknown slips by).

    A rule without limits always asks. A value in another currency is not known to be below.
    """
    if policy.quantity_limit is None and policy.value_limit_micro is None:
        return True
    if policy.quantity_limit is not None and (
        asked.quantity is None or asked.quantity > policy.quantity_limit
    ):
        return True
    if policy.value_limit_micro is None:
        return False
    return (
        asked.value_micro is None
        or asked.value_micro > policy.value_limit_micro
        or asked.currency != policy.currency
    )


def step_faults(steps: Sequence[Stage], roles: Iterable[str]) -> list[Fault]:
    """What is wrong with the steps of a rule."""
    known = set(roles)
    faults = []
    if not steps:
        faults.append(Fault("steps", "there is no step.", "Say who has to say yes.", "required"))
    if len(steps) > STEPS_MAX:
        faults.append(Fault("steps", f"{len(steps)} steps, at most {STEPS_MAX}.", "Leave some out."))
    for index, step in enumerate(steps[:STEPS_MAX]):
        at = f"steps/{index}"
        if bool(step.role) == bool(step.people):
            faults.append(Fault(f"{at}/role", "expected a role or names, one of the two.", "Fill in one."))
        if step.role and step.role not in known:
            faults.append(
                Fault(
                    f"{at}/role",
                    f"there is no role {step.role[:40]!r} that may decide.",
                    "Choose from the list.",
                )
            )
        if not 1 <= step.needed <= NEEDED_MAX:
            faults.append(Fault(f"{at}/needed", f"expected 1 to {NEEDED_MAX} people.", "Correct it."))
        elif step.people and step.needed > len(step.people):
            cause = f"{step.needed} must say yes, but only {len(step.people)} are named."
            faults.append(Fault(f"{at}/needed", cause, "Name more people, or ask fewer."))
        if len(step.people) > PEOPLE_MAX:
            faults.append(Fault(f"{at}/people", f"at most {PEOPLE_MAX} people.", "Use a role."))
    return faults


def canonical(content: Mapping[str, Any]) -> bytes:
    r"""The RFC 8785 bytes of ``content``: ASCII keys, texts, whole numbers, yes/no, lists, objects.

    Whole numbers beyond 2^53 are written as text.

    >>> canonical({"b": 2**53, "a": "ü"})
    b'{"a":"\xc3\xbc","b":"9007199254740992"}'
    """
    return orjson.dumps(_exact(content), option=orjson.OPT_SORT_KEYS)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _exact(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -EXACT <= value <= EXACT else str(value)
        case Mapping():
            return {str(key): _exact(one) for key, one in value.items()}
        case list() | tuple():
            return [_exact(one) for one in value]
        case _:
            raise TypeError(f"canonical: expected no {type(value).__name__}")


def meaning(approve: bool, stage: Stage, principal: str, person: str) -> str:
    """What a signature says.

    >>> meaning(True, Stage("quality"), "ann", "bea")
    'approved as quality for ann'
    """
    words = f"{'approved' if approve else 'refused'} as {stage.role or 'named approver'}"
    return words if principal == person else f"{words} for {principal}"
