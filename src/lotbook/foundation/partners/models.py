"""Shape of partners and of locations."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.kernel.ids import new_uid


class Partner(models.Model):
    """A supplier, customer, carrier or contract maker; one partner may be several of these."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    is_supplier = models.BooleanField(default=False)
    is_customer = models.BooleanField(default=False)
    is_carrier = models.BooleanField(default=False)
    is_contract_maker = models.BooleanField(default=False)
    gln = models.CharField(max_length=13, null=True, blank=True, unique=True)
    uri = models.CharField(max_length=500, null=True, blank=True, unique=True)
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    is_foreign = models.BooleanField(default=False)

    history = HistoricalRecords(table_name="partners_partner_history")

    class Meta:
        db_table = "partners_partner"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A full location description (21 CFR 1.1310): who is there, and where it is.

    Without a partner it describes a place of our own.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="locations"
    )
    name = models.CharField(max_length=200)
    business_name = models.CharField(max_length=200, blank=True, default="")
    gln = models.CharField(max_length=13, null=True, blank=True, unique=True)
    phone = models.CharField(max_length=60, blank=True, default="")
    street = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField("state or region", max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    latitude = models.CharField(max_length=20, blank=True, default="")
    longitude = models.CharField(max_length=20, blank=True, default="")
    registration = models.CharField("registration number", max_length=60, blank=True, default="")

    history = HistoricalRecords(table_name="partners_location_history")

    class Meta:
        db_table = "partners_location"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
