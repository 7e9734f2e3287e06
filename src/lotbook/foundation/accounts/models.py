"""Shape of people, and of keys for programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from lotbook.foundation.accounts import rules


class Role(models.Model):
    """What people of one role may do. The defaults are ``rules.ROLES``; administrators change them.

    ``known`` are the permissions there were when the defaults were last put in: an upgrade that brings new
    ones gives the role its share of them, and nothing that was taken from it since.
    """

    name = models.CharField(max_length=20, unique=True)
    words = models.CharField(max_length=200)
    permissions = models.JSONField(default=list)
    known = models.JSONField(default=list)
    needs_second_factor = models.BooleanField(default=False)

    history = HistoricalRecords(table_name="accounts_role_history", excluded_fields=["known"])

    class Meta:
        db_table = "accounts_role"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person. ``role`` decides what they may do (``Role``), ``sites`` where; without any, everywhere."""

    role = models.CharField(max_length=20, default="operator")
    language = models.CharField(max_length=10, default="en")
    email = models.EmailField(blank=True, default="")
    sites = models.ManyToManyField(
        "places.Place", related_name="+", blank=True, db_table="accounts_user_site"
    )
    # The history keeps columns, not rows beside them: what ``sites`` were, in their codes.
    site_codes = models.TextField(verbose_name="sites", blank=True, default="")

    # A hash of a password is still worth stealing, and a login is not a change of the person.
    history = HistoricalRecords(
        table_name="accounts_user_history", excluded_fields=["password", "last_login"], m2m_fields=[]
    )

    class Meta:
        db_table = "accounts_user"

    def may(self, name: str) -> bool:
        """Whether this person may do what the permission ``name`` says."""
        return self.is_active and name in self.granted()

    def granted(self) -> frozenset[str]:
        """What this person's role lets them do: read once per object, so once per request at most.

        The login and the API key load it together with the person (``queries.with_rights``).
        """
        held: tuple[str, frozenset[str]] | None = self.__dict__.get("_granted")
        if held is None or held[0] != self.role:
            found = Role.objects.filter(name=self.role).values_list("permissions", flat=True).first()
            held = self.grant(found or ())
        return held[1]

    def grant(self, permissions: Iterable[str]) -> tuple[str, frozenset[str]]:
        """Note what this person's role lets them do, as it was read."""
        held = (self.role, rules.effective(self.role, permissions))
        self.__dict__["_granted"] = held
        return held

    def lacks_second_factor(self) -> bool:
        """Whether their role needs a second factor and they have set up none (asked with ``with_rights``)."""
        return bool(self.__dict__.get("second_factor_due"))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is bound to: it ends when the password or the role changes."""
        salt = "lotbook.foundation.accounts.session"
        text = f"{self.password}\n{self.role}"
        return salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the person again, and what they may do with the next question."""
        self.__dict__.pop("_granted", None)
        super().refresh_from_db(*args, **kwargs)


class ApiKey(models.Model):
    """A key for a program: only its hash is kept, its ``prefix`` finds it, ``scopes`` limit it."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    history = HistoricalRecords(
        table_name="accounts_api_key_history", excluded_fields=["key_hash", "last_used_at"]
    )

    class Meta:
        db_table = "accounts_api_key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def works(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired (its owner may be closed all the same)."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class Handheld(models.Model):
    """A device several people share: enrolled by an administrator, known by a token in its cookie."""

    name = models.CharField(max_length=60, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords(
        table_name="accounts_handheld_history", excluded_fields=["token_hash", "last_used_at"]
    )

    class Meta:
        db_table = "accounts_handheld"

    def __str__(self) -> str:
        return self.name


class Badge(models.Model):
    """A person's badge for shared handhelds: hashes of its code and of the PIN. One badge a person."""

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="badge")
    code_hash = models.CharField(max_length=64, unique=True)
    pin_hash = models.CharField(max_length=128)
    failures = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    pin_set_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords(
        table_name="accounts_badge_history", excluded_fields=["code_hash", "pin_hash", "failures"]
    )

    class Meta:
        db_table = "accounts_badge"

    def __str__(self) -> str:
        return f"badge of {self.person.username}"

    def opens(self) -> bool:
        """Whether it may be tried: not revoked, and not closed by wrong PINs."""
        return self.revoked_at is None and self.failures < rules.PIN_FAILURES_MAX


class CacheRow(models.Model):
    """Counts that hold over all processes (limits on logins): the table of Django's database cache."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(db_column="expires", db_index=True)

    class Meta:
        db_table = "accounts_cache"

    def __str__(self) -> str:
        return self.cache_key
