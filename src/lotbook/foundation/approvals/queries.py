"""Reading approvals: one, the last of a document, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import ApiKey, User
from lotbook.foundation.accounts.rules import effective, of_actor
from lotbook.foundation.approvals import rules
from lotbook.foundation.approvals.models import Approval, Decision, Delegation, Rule, Waiting
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import Units
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, history
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound

DECIDE = "approvals.decide"
SHOWN_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Signed:
    """A decision on an approval's page, at the step it belongs to."""

    decision: Decision
    stage: rules.Stage


@dataclass(frozen=True, slots=True)
class StageShown:
    """A step of an approval: how far it is, and who may decide it (for the present one)."""

    number: int
    stage: rules.Stage
    decisions: tuple[Decision, ...]
    is_done: bool
    is_present: bool
    people: tuple[str, ...]
    missing: int = 0
    """How many more must say yes than there are people who may."""


def approval(uid: UUID | str) -> Approval:
    """The approval with this uid; raises NotFound."""
    try:
        return Approval.objects.select_related("site", "rule").get(uid=UUID(str(uid)))
    except (Approval.DoesNotExist, ValueError):
        cause = f"there is no approval {str(uid)[:60]}."
        raise NotFound(Fault("approval", cause, "Look it up in the list of approvals.")) from None


def of(kind: str, subject: UUID) -> Approval | None:
    """The last approval of this kind asked for a document; None when nothing was ever asked."""
    return Approval.objects.filter(kind=kind, subject=subject).order_by("-id").first()


def on_subject(subject: UUID) -> list[Approval]:
    """Every approval of a document, the newest first."""
    return list(Approval.objects.filter(subject=subject).order_by("-id"))


def person_behind(actor: str) -> str:
    """The username of the person who acts: a key's owner; empty for the system."""
    scheme, name = of_actor(actor)
    if scheme == "user":
        return name
    if scheme == "key":
        owner = ApiKey.objects.filter(prefix=name).values_list("owner__username", flat=True).first()
        return owner or ""
    return ""


def today_of(person: User) -> date:
    """The day it is for a person: at their first site, else at the book's."""
    return _day_at(own) if (own := person.sites.order_by("code").first()) else today()


def today() -> date:
    """The day it is at the book's first site; by UTC without one."""
    return _day_at(Place.objects.filter(kind="site", own=True, is_active=True).order_by("code").first())


def _day_at(site: Place | None) -> date:
    return clock.now().astimezone(ZoneInfo(places.zone_of(site) if site else "UTC")).date()


def principals(person: User) -> list[User]:
    """Whose say a person has today: their own first, then of those who let them decide in their place."""
    if not person.may(DECIDE):
        return []
    now = clock.now().astimezone(UTC).date()
    near = {"starts_on__lte": now + timedelta(days=1), "ends_on__gte": now - timedelta(days=1)}
    rows = list(
        Delegation.objects.filter(to_person=person, is_active=True, **near)
        .select_related("from_person")
        .order_by("from_person__username")
    )
    day = today_of(person) if rows else now
    others = {
        row.from_person.username: row.from_person
        for row in rows
        if row.starts_on <= day <= row.ends_on and row.from_person.may(DECIDE)
    }
    return [person, *others.values()]


def inbox(user: User) -> QuerySet[Approval]:
    """What waits for this person's decision, the oldest first: own say and delegated, never own asks."""
    wanted = Q(pk__in=[])
    for principal in principals(user):
        waiting = Waiting.objects.filter(
            Q(role=principal.role, person="") | Q(person=principal.username), approval=OuterRef("pk")
        )
        said = Decision.objects.filter(approval=OuterRef("pk"), principal=principal.username)
        theirs = Q(Exists(waiting)) & ~Q(Exists(said)) & ~Q(asker=principal.username)
        wanted |= theirs & _within(principal)
    said_already = Decision.objects.filter(approval=OuterRef("pk"), person=user.username)
    rows = Approval.objects.filter(wanted, status=rules.PENDING).exclude(asker=user.username)
    return rows.filter(_within(user), ~Exists(said_already)).select_related("site").order_by("id")


def _within(person: User) -> Q:
    """Approvals about places this person's sites reach; without sites, all."""
    allowed = accounts.allowed_sites(f"user:{person.username}")
    if allowed is None:
        return Q()
    return Q(site=None) | Q(site__in=[key for site in allowed for key in places.subtree_ids(site)])


def _reaches(person: User, one: Approval) -> bool:
    if one.site is None:
        return True
    allowed = accounts.allowed_sites(f"user:{person.username}")
    if allowed is None:
        return True
    site = places.site_of(one.site)
    return site is not None and site.pk in allowed


def approvals(
    *, text: str = "", kind: str = "", status: str = "", asker: str = "", subject: UUID | None = None
) -> QuerySet[Approval]:
    """Approvals, the newest first; ``text`` is looked for in title and reason."""
    rows = Approval.objects.select_related("site").order_by("-id")
    if any(storable(one) for one in (text, kind, status, asker)):
        return rows.none()
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(reason__icontains=text))
    for name, value in (("kind", kind), ("status", status), ("asker", asker), ("subject", subject)):
        if value:
            rows = rows.filter(**{name: value})
    return rows


def sayer(one: Approval, person: User) -> User | None:
    """Whose say the person would use on this approval now: their own or a delegated one; None: none."""
    stage = one.stage
    if stage is None or one.asker == person.username or not _reaches(person, one):
        return None
    said = list(one.decisions.values_list("person", "principal"))
    if any(decided == person.username for decided, _ in said):
        return None
    spent = {principal for _, principal in said}
    for principal in principals(person):
        free = principal.username not in spent and principal.username != one.asker
        if free and _belongs(principal, stage) and _reaches(principal, one):
            return principal
    return None


def _belongs(person: User, stage: rules.Stage) -> bool:
    return person.role == stage.role if stage.role else person.username in stage.people


def deciders(one: Approval) -> list[str]:
    """Who can still decide the present step with their own say, by username."""
    stage = one.stage
    if stage is None:
        return []
    people = User.objects.filter(is_active=True).order_by("username")
    people = people.filter(role=stage.role) if stage.role else people.filter(username__in=stage.people)
    said = set(one.decisions.values_list("principal", flat=True))
    return [
        person.username
        for person in people[:SHOWN_PEOPLE]
        if person.username != one.asker
        and person.username not in said
        and person.may(DECIDE)
        and _reaches(person, one)
    ]


def stages_shown(one: Approval) -> list[StageShown]:
    """The steps of an approval with what was decided at each."""
    decisions = list(one.decisions.order_by("id"))
    pending = one.status == rules.PENDING
    shown = []
    for index, stage in enumerate(one.stages):
        here = tuple(row for row in decisions if row.step == index)
        present = pending and index == one.step
        done = sum(row.approve for row in here) >= stage.needed
        people = tuple(deciders(one)) if present else ()
        open_ = stage.needed - sum(row.approve for row in here)
        missing = max(open_ - len(people), 0) if present else 0
        shown.append(StageShown(index + 1, stage, here, done, present, people, missing))
    return shown


def rules_shown() -> QuerySet[Rule]:
    """Every rule, by kind."""
    return Rule.objects.select_related("site").order_by("kind", "-is_active", "id")


def rule(uid: UUID | str) -> Rule:
    """The rule with this uid; raises NotFound."""
    try:
        return Rule.objects.select_related("site").get(uid=UUID(str(uid)))
    except (Rule.DoesNotExist, ValueError):
        cause = f"there is no approval rule {str(uid)[:60]}."
        raise NotFound(Fault("rule", cause, "Look it up in the list of rules.")) from None


def rule_changes(one: Rule) -> list[history.Change]:
    """Every change of a rule, newest first."""
    return history.changes(("rule", Rule.history.filter(id=one.pk)))


def measure_of(group: str) -> Units | None:
    """What the items of a group (empty: all) are measured in, when it is one unit to one precision."""
    rows = Item.objects.filter(is_active=True)
    rows = rows.filter(group=group) if group else rows
    found = list(rows.order_by().values_list("unit", "scale").distinct()[:2])
    return Units(*found[0]) if len(found) == 1 else None


def delegations() -> QuerySet[Delegation]:
    """Delegations, those in force or to come first."""
    rows = Delegation.objects.select_related("from_person", "to_person")
    return rows.order_by("-is_active", "-ends_on", "-id")


def delegation(uid: UUID | str) -> Delegation:
    """The delegation with this uid; raises NotFound."""
    try:
        return Delegation.objects.select_related("from_person", "to_person").get(uid=UUID(str(uid)))
    except (Delegation.DoesNotExist, ValueError):
        cause = f"there is no delegation {str(uid)[:60]}."
        raise NotFound(Fault("delegation", cause, "Look it up in the list.")) from None


def deciding_roles() -> list[str]:
    """The roles whose people may decide."""
    return [role.name for role in accounts.roles() if DECIDE in effective(role.name, role.permissions)]


def people_named(names: Iterable[str]) -> dict[str, User]:
    """The active people with these usernames."""
    return {row.username: row for row in User.objects.filter(username__in=list(names), is_active=True)}
