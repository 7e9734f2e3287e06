"""Shape of complaints: what is complained about, kept apart from who can be called back."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class ComplaintStatus(models.TextChoices):
    """How far a complaint is; one that is opened again is open."""

    OPEN = "open", "Open"
    INVESTIGATING = "investigating", "Investigating"
    CLOSED = "closed", "Closed"


class Complainant(models.TextChoices):
    """Who complains."""

    CONSUMER = "consumer", "Consumer"
    CUSTOMER = "customer", "Customer"
    AUTHORITY = "authority", "Authority"
    STAFF = "staff", "Our own people"


class Channel(models.TextChoices):
    """How it reached us."""

    PHONE = "phone", "Telephone"
    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letter"
    WEB = "web", "Web form"
    SOCIAL = "social", "Social media"
    VISIT = "visit", "In person"
    OTHER = "other", "Other"


class Symptom(models.TextChoices):
    """What is wrong with the goods."""

    ILLNESS = "illness", "Illness"
    FOREIGN_BODY = "foreign_body", "Foreign body"
    ALLERGEN = "allergen", "Allergen"
    TASTE = "taste", "Taste or smell"
    PACKAGING = "packaging", "Packaging"
    MISLABELLING = "mislabelling", "Mislabelling"
    OTHER = "other", "Other"


class Harm(models.TextChoices):
    """Whether somebody was harmed."""

    NO = "no", "No"
    SUSPECTED = "suspected", "Suspected"
    YES = "yes", "Yes"


class Severity(models.TextChoices):
    """How grave it is if it is true."""

    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


class Sample(models.TextChoices):
    """Whether some of the goods can be looked at."""

    UNKNOWN = "unknown", "Not asked yet"
    NO = "no", "None left"
    YES = "yes", "Available"
    RECEIVED = "received", "With us"


class Outcome(models.TextChoices):
    """What the investigation came to."""

    CONFIRMED = "confirmed", "Confirmed"
    NOT_CONFIRMED = "not_confirmed", "Not confirmed"
    UNDETERMINED = "undetermined", "Not to be determined"


class Complaint(models.Model):
    """One complaint. ``lot`` once it is known for sure; until then ``lot_text`` and the date that were read.

    ``partner`` is the customer who complains, or who sold the goods on. ``unit`` is the logistic unit whose
    SSCC was given, ``serial_text`` a serial as it was read. ``recall`` is the uid of a recall case.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    status = models.CharField(max_length=13, choices=ComplaintStatus.choices, default=ComplaintStatus.OPEN)
    received_at = models.DateTimeField()
    complainant = models.CharField(max_length=9, choices=Complainant.choices)
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.PHONE)
    partner = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lot = models.ForeignKey("lots.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lot_text = models.CharField(max_length=200, blank=True, default="")
    serial_text = models.CharField(max_length=200, blank=True, default="")
    best_before_on = models.DateField(null=True, blank=True)
    description = models.TextField(blank=True, default="")
    harm = models.CharField(max_length=9, choices=Harm.choices, default=Harm.NO)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.MINOR)
    units_affected = models.PositiveIntegerField(null=True, blank=True)
    sample = models.CharField(max_length=8, choices=Sample.choices, default=Sample.UNKNOWN)
    recall = models.UUIDField(null=True, blank=True)
    recall_number = models.CharField(max_length=60, blank=True, default="")
    outcome = models.CharField(max_length=13, choices=Outcome.choices, blank=True, default="")
    finding = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "complaints_complaint"
        indexes = [
            models.Index(fields=["status", "id"], name="complaints_status"),
            models.Index(fields=["received_at"], name="complaints_received_at"),
            models.Index(
                fields=["recall"], name="complaints_recall", condition=models.Q(recall__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ComplaintSymptom(models.Model):
    """One of the things that are wrong."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="symptoms")
    symptom = models.CharField(max_length=12, choices=Symptom.choices)

    class Meta:
        db_table = "complaints_symptom"
        constraints = [
            models.UniqueConstraint(fields=["complaint", "symptom"], name="complaints_symptom_once")
        ]

    def __str__(self) -> str:
        return str(self.get_symptom_display())


class ComplaintShipment(models.Model):
    """A shipment with which the goods went out: the ledger's event, and the number of its document."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="shipments")
    event = models.UUIDField()
    number = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "complaints_shipment"
        constraints = [
            models.UniqueConstraint(fields=["complaint", "event"], name="complaints_shipment_once")
        ]

    def __str__(self) -> str:
        return self.number or str(self.event)


class Contact(models.Model):
    """How to reach the person who complained. Erased, the row keeps only that and when it was.

    Apart from the complaint, so that it can be erased for good: no list, file, step or message repeats it.
    """

    complaint = models.OneToOneField(Complaint, on_delete=models.CASCADE, related_name="contact")
    name = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    email = models.CharField(max_length=200, blank=True, default="")
    address = models.TextField(blank=True, default="")
    erased_at = models.DateTimeField(null=True, blank=True)
    erased_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "complaints_contact"
        constraints = [
            models.CheckConstraint(
                name="complaints_contact_erased",
                condition=models.Q(erased_at__isnull=True)
                | models.Q(name="", phone="", email="", address=""),
            )
        ]

    def __str__(self) -> str:
        return f"contact of complaint {self.complaint_id}"
