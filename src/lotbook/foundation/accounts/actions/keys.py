"""API keys: made, rotated, revoked, and looked at when a program calls."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.models import ApiKey
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import PERMISSIONS

KEY_NAME_MAX = 100
PREFIX_CHARACTERS = "abcdefghijkmnpqrstuvwxyz23456789"
OVERLAP_MAX = timedelta(days=90)
WRONG_MAX = 100
"""Wrong keys from one address in one minute before it is told to wait."""
USE_NOTED_EVERY = timedelta(minutes=1)
"""A key in use is noted once a minute: a write per request would cost more than the request."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``secret`` is shown this once: only its hash is kept."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_api_key(
    *, name: str, owner: str, scopes: Collection[str], actor: str, expires_at: datetime | None = None
) -> NewKey:
    """Make a key that may do ``scopes`` for ``owner`` (a username). The secret is given back this once."""
    person = queries.person(owner)
    name = name.strip()
    faults = rules.scope_faults(scopes, person.granted(), PERMISSIONS)
    if not 0 < len(name) <= KEY_NAME_MAX:
        faults.append(
            Fault("name", f"expected 1 to {KEY_NAME_MAX} characters.", "Say what program uses the key.")
        )
    if expires_at is not None and expires_at <= clock.now():
        faults.append(Fault("expires_at", "the day lies in the past.", "Choose a later day, or none."))
    if not person.is_active:
        faults.append(Fault("owner", f"{owner} has no access any more.", "Choose somebody active."))
    if faults:
        raise Refused(faults)
    return _make(ApiKey(name=name, scopes=rules.in_order(scopes), owner=person, expires_at=expires_at), actor)


def _make(key: ApiKey, actor: str) -> NewKey:
    prefix = "".join(secrets.choice(PREFIX_CHARACTERS) for _ in range(8))
    secret = f"lb_{prefix}_{secrets.token_urlsafe(32)}"
    key.prefix, key.key_hash, key.created_at = prefix, _hash(secret), clock.now()
    history.save(key, actor=actor)
    return NewKey(key, secret)


@transaction.atomic
def rotate_api_key(
    *, prefix: str, overlap: timedelta, actor: str, expires_at: datetime | None = None
) -> NewKey:
    """Make a new key in the place of one that works; the old one works for ``overlap`` longer, then ends.

    The new key has the old one's name, scopes and owner, and the events name it by its own prefix. Refuses
    a key that has ended, an overlap below nothing or above 90 days.
    """
    old = ApiKey.objects.select_for_update().get(pk=queries.key(prefix).pk)
    now = clock.now()
    faults = []
    if not old.works(now):
        faults.append(Fault("prefix", f"the key {old.name} has ended.", "Make a new one."))
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        cause = f"expected 0 to {OVERLAP_MAX.days} days, got {overlap}."
        faults.append(Fault("overlap", cause, "Choose from the list."))
    if expires_at is not None and expires_at <= now:
        faults.append(Fault("expires_at", "the day lies in the past.", "Choose a later day, or none."))
    if faults:
        raise Refused(faults)
    granted = old.owner.granted()
    scopes = [scope for scope in old.scopes if scope in granted]
    faults = rules.scope_faults(scopes, granted, PERMISSIONS)
    if faults:
        raise Refused(faults)
    new = ApiKey(name=old.name, scopes=scopes, owner=old.owner, expires_at=expires_at, replaces=old)
    made = _make(new, actor)
    ends_at = now + overlap
    old.expires_at = min(old.expires_at, ends_at) if old.expires_at else ends_at
    history.save(old, actor=actor, reason=f"replaced by lb_{made.key.prefix}_…")
    return made


@transaction.atomic
def revoke_api_key(*, prefix: str, actor: str) -> ApiKey:
    """End a key now and for good. Revoking it again changes nothing."""
    key = queries.key(prefix)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        history.save(key, actor=actor)
    return key


def use_key(secret: str) -> ApiKey | None:
    """The key a program sent, when it is known, unrevoked, unexpired and its owner active; else None.

    The caller sets ``request.user = key.owner``, ``request.api_key = key`` and
    ``request.api_key_scopes = frozenset(key.scopes)``.
    """
    prefix = rules.key_prefix(secret)
    if prefix is None:
        return None
    key = queries.calling(prefix)
    if key is None or not hmac.compare_digest(key.key_hash, _hash(secret)):
        return None
    now = clock.now()
    if not key.works(now) or not key.owner.is_active:
        return None
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def note_wrong_key(address: str) -> None:
    """Count a wrong key from ``address``; Refused (429) when there were too many in this minute.

    Right keys are not counted and work on: many programs share one address behind a router.
    """
    minute = int(clock.now().timestamp()) // 60
    name = f"wrong-key:{minute}:{hashlib.sha256(address.encode()).hexdigest()}"
    cache.add(name, 0, timeout=120)
    if cache.incr(name) > WRONG_MAX:
        cause = "too many wrong API keys came from this address."
        raise Refused(Fault("", cause, "Wait a minute, and check the key.", "too_many"), status=429)
