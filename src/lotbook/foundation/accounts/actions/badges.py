"""Badge and PIN on shared handhelds: several people, one device, nobody's account shared."""

from __future__ import annotations

import hashlib
import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.actions.people import locked
from lotbook.foundation.accounts.models import Badge, Handheld, User
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Conflict, Fault, Refused

CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 26
"""130 random bits, in characters every bar code can print."""

WRONG = Fault(
    "pin",
    "this badge and PIN do not belong together, or the badge is closed.",
    "Scan again. After 5 wrong PINs a badge is closed: an administrator opens it with a new PIN.",
    "wrong",
)


@transaction.atomic
def make_badge(*, username: str, pin: str, actor: str) -> tuple[Badge, str]:
    """Give a person a (new) badge with a first PIN; the code is given back this once, the old badge ends."""
    person = locked(username)
    faults = rules.pin_faults(pin)
    if not person.is_active:
        faults.append(Fault("", f"{username} has no access any more.", "Give it back first."))
    if faults:
        raise Refused(faults)
    code = "".join(secrets.choice(CODE_CHARACTERS) for _ in range(CODE_LENGTH))
    badge = Badge.objects.filter(person=person).first() or Badge(person=person)
    badge.code_hash, badge.pin_hash, badge.failures = _hash(code), make_password(pin), 0
    badge.made_at = badge.pin_set_at = clock.now()
    badge.revoked_at = None
    history.save(badge, actor=actor, reason="new badge")
    return badge, code


@transaction.atomic
def revoke_badge(*, username: str, actor: str) -> Badge:
    """End a person's badge (lost, given back), and the sessions it opened, with their next request."""
    badge = queries.badge(username)
    if badge.revoked_at is None:
        badge.revoked_at = clock.now()
        history.save(badge, actor=actor)
    return badge


@transaction.atomic
def change_pin(*, username: str, pin: str, actor: str) -> Badge:
    """Give a badge another PIN, which opens it again when wrong ones had closed it."""
    faults = rules.pin_faults(pin)
    if faults:
        raise Refused(faults)
    badge = Badge.objects.select_for_update().get(pk=queries.badge(username).pk)
    badge.pin_hash, badge.failures, badge.pin_set_at = make_password(pin), 0, clock.now()
    history.save(badge, actor=actor, reason="new PIN")
    return badge


def badge_in(*, code: str, pin: str, token: str) -> tuple[User, Handheld]:
    """The person a badge and its PIN belong to, on an enrolled handheld; Refused otherwise.

    Wrong PINs are counted in the table before the PIN is looked at, so no number of processes or
    simultaneous tries gets more than five.
    """
    handheld = queries.handheld_of(token)
    if handheld is None:
        raise Refused(not_enrolled(), status=403)
    badge = queries.badge_of(_hash(code.strip().upper()))
    allowed = Badge.objects.filter(
        code_hash=_hash(code.strip().upper()), revoked_at=None, failures__lt=rules.PIN_FAILURES_MAX
    ).update(failures=F("failures") + 1)
    if badge is None or not allowed or not badge.person.is_active:
        make_password(pin)  # takes the time a comparison takes: unknown badges are not told apart
        raise Refused(WRONG)
    if not check_password(pin, badge.pin_hash):
        raise Refused(WRONG)
    Badge.objects.filter(pk=badge.pk).update(failures=0)
    Handheld.objects.filter(pk=handheld.pk).update(last_used_at=clock.now())
    return badge.person, handheld


@transaction.atomic
def enrol_handheld(*, name: str, actor: str) -> tuple[Handheld, str]:
    """Take a device up as a shared handheld; the token for its cookie is given back this once."""
    name = name.strip()
    if not 0 < len(name) <= 60:
        cause = "expected 1 to 60 characters."
        raise Refused(Fault("name", cause, "Name it as its sticker does, like Handheld 3."))
    taken = Fault("name", f"a device is called {name} already.", "Choose another name.", "taken")
    if Handheld.objects.filter(name=name).exists():
        raise Conflict(taken)
    token = secrets.token_urlsafe(32)
    handheld = Handheld(name=name, token_hash=_hash(token), enrolled_at=clock.now(), enrolled_by=actor)
    with history.unique("name", taken.cause, taken.remedy):
        history.save(handheld, actor=actor)
    return handheld, token


@transaction.atomic
def revoke_handheld(*, name: str, actor: str) -> Handheld:
    """End a device (lost, sold): no badge opens on it any more, and its open session ends."""
    handheld = queries.handheld(name)
    if handheld.revoked_at is None:
        handheld.revoked_at = clock.now()
        history.save(handheld, actor=actor)
    return handheld


def not_enrolled() -> Fault:
    """Why a badge does not open here."""
    return Fault(
        "",
        "this device is not enrolled as a shared handheld.",
        "An administrator enrols it under Settings → Handhelds, on the device itself.",
        "not_enrolled",
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
