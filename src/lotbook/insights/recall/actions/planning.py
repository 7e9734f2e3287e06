"""What the notices of a case say, which way they take, and where customers take them as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lotbook.foundation.accounts import rules as roles
from lotbook.foundation.accounts.models import Role, User
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.rules import email as read_email
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Channel, CustomerHook, NoticePlan, ToDo
from lotbook.insights.recall.noticewords import LANGUAGES
from lotbook.insights.recall.queries import notices as reading
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault, NotFound

HOURS_MAX, REMINDERS_MAX = 24 * 60, 20
OWN = {"subject": 200, "reason": 2000, "hazard": 2000, "todo": 2000}
"""The people's own words in each language, and how long they may be."""


@transaction.atomic
def keep_plan(
    *,
    case: UUID | str,
    actor: str,
    todo: str,
    company: str,
    company_address: str = "",
    contact_name: str = "",
    contact_email: str = "",
    contact_phone: str = "",
    texts: Mapping[str, Mapping[str, str]] | None = None,
    first_hours: int | str | None = 24,
    every_hours: int | str | None = 24,
    most: int | str | None = 3,
    escalate_to: Sequence[str] = (),
) -> NoticePlan:
    """Keep what the notices say: what to do (``models.ToDo``), who we are, own words by language, reminders.

    Notices written before stay as they are. Raises Refused naming each field (``texts/de/subject``); somebody
    has to be reachable by mail or telephone.
    """
    found = locked(case, "notify")
    check = Check()
    values: dict[str, Any] = {
        "todo": check.choice("todo", todo, ToDo.values),
        "company": check.text("company", company, 200, required=True),
        "company_address": check.text("company_address", company_address, 600, lines=True),
        "contact_name": check.text("contact_name", contact_name, 200),
        "contact_email": _email(check, contact_email),
        "contact_phone": check.text("contact_phone", contact_phone, 60),
        "texts": _texts(check, texts or {}),
        "first_hours": check.whole("first_hours", first_hours, 1, HOURS_MAX) or 24,
        "every_hours": check.whole("every_hours", every_hours, 1, HOURS_MAX) or 24,
        "most": check.whole("most", most, 0, REMINDERS_MAX) or 0,
        "escalate_to": _people(check, escalate_to),
    }
    if not values["contact_email"] and not values["contact_phone"]:
        check.fault(
            "contact_email", "nobody can be reached.", "Give a mail address or a telephone.", "required"
        )
    check.done()
    known = reading.plan_of(found)
    plan = known or NoticePlan(case=found)
    changed = known is None or any(getattr(plan, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(plan, name, value)
    if changed:
        plan.changed_at, plan.changed_by = clock.now(), actor
        plan.save()
        record(found, "notices prepared", actor=actor, text=ToDo(plan.todo).label, data={"plan": values})
    return plan


def _email(check: Check, given: str) -> str:
    inner = Check()
    text = read_email(inner, given)
    check.faults += [Fault("contact_email", one.cause, one.remedy, one.code) for one in inner.faults]
    return text


def _texts(check: Check, given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language, own in given.items():
        if language not in LANGUAGES:
            check.fault(f"texts/{str(language)[:10]}", "notices are not written in it.", "Leave it out.")
            continue
        kept: dict[str, str] = {}
        for name, text in own.items():
            field = f"texts/{language}/{str(name)[:20]}"
            if name not in OWN:
                check.fault(field, "is no part of a notice.", f"Choose among {', '.join(OWN)}.")
            elif read := check.text(field, text, OWN[name], lines=name != "subject"):
                kept[name] = read
        if kept:
            found[language] = kept
    return found


def _people(check: Check, given: Sequence[str]) -> list[str]:
    """Usernames, and roles as ``role:<name>``."""
    names = list(dict.fromkeys(str(name).strip() for name in given if str(name).strip()))
    if len(names) > 50:
        check.fault("escalate_to", f"at most 50 names, got {len(names)}.", "Name a role instead.")
        return []
    people = {name for name in names if not name.startswith("role:")}
    known = set(User.objects.filter(username__in=people, is_active=True).values_list("username", flat=True))
    known |= {f"role:{name}" for name in (*roles.ROLES, *Role.objects.values_list("name", flat=True))}
    for name in names:
        if name not in known:
            check.fault(
                "escalate_to",
                f"nobody is called {name[:70]!r}.",
                "Give a username, or role:quality.",
                "unknown",
            )
    return names


@transaction.atomic
def choose_channel(*, case: UUID | str, customer: UUID | str, channel: str, actor: str) -> NoticePlan:
    """Choose the way notices to a customer take; an empty one is the usual way again."""
    found = locked(case, "notify")
    who = reading.customer(found, customer)
    check = Check()
    way = check.choice("channel", channel, ["", *Channel.values])
    check.done()
    plan = reading.plan_of(found)
    if plan is None:
        fault = Fault("case", "it is not settled yet what the notices say.", "Keep that first.", "no_plan")
        raise NotFound(fault)
    chosen = {name: one for name, one in plan.channels.items() if name != str(who.uid)}
    plan.channels = {**chosen, str(who.uid): way} if way else chosen
    plan.save(update_fields=["channels"])
    text = f"{who.partner}: {Channel(way).label if way else 'the usual way'}"
    record(found, "way chosen", actor=actor, text=text, data={"customer": str(who.uid), "channel": way})
    return plan


@transaction.atomic
def set_hook(*, partner: UUID | str, url: str, actor: str, new_secret: bool = False) -> CustomerHook | None:
    """Say where a customer takes notices as JSON (https; empty: nowhere); ``new_secret`` voids the old."""
    who = partners.partner(partner)
    check = Check()
    address = check.text("url", url, 500)
    if address and (problem := refused_url(address)):
        check.fault("url", problem, "Give an address like https://erp.example/notices.")
    check.done()
    if not address:
        CustomerHook.objects.filter(partner=who).delete()
        return None
    hook = CustomerHook.objects.select_for_update().filter(partner=who).first() or CustomerHook(partner=who)
    hook.turn += 1 if new_secret and hook.pk else 0
    hook.url, hook.set_at, hook.set_by = address, clock.now(), actor
    hook.save()
    return hook


def refused_url(url: str) -> str:
    """What is wrong with the address of a webhook, as far as its text tells; empty when nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address."
    schemes = ("https", "http") if settings.PRIVATE_WEBHOOKS else ("https",)
    if parts.scheme not in schemes:
        return "expected an address that begins with https://."
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        return "expected a host, and neither name, password nor #."
    if not url.isascii() or any(sign.isspace() for sign in url):
        return "expected plain letters without blanks."
    return "" if port is None or 0 < port < 65_536 else "the port is none."
