"""Shape of people, and of keys for programs."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.foundation.accounts import rules


class User(AbstractUser):
    """A person. ``role`` decides what they may do (``rules.ROLES``)."""

    role = models.CharField(max_length=20, default="operator")
    language = models.CharField(max_length=10, default="en")
    email = models.EmailField(blank=True, default="")

    # A hash of a password is still worth stealing, and a login is not a change of the person.
    history = HistoricalRecords(
        table_name="accounts_user_history", excluded_fields=["password", "last_login"], m2m_fields=[]
    )

    class Meta:
        db_table = "accounts_user"

    def may(self, name: str) -> bool:
        """Whether this person may do what the permission ``name`` says."""
        return self.is_active and rules.may(self.role, name)


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

    history = HistoricalRecords(
        table_name="accounts_api_key_history", excluded_fields=["key_hash", "last_used_at"]
    )

    class Meta:
        db_table = "accounts_api_key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
