"""Shape of what devices did: every act as it came, what became of it, and the devices themselves."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class State(models.TextChoices):
    """What became of an act. ``received``: stored, and nothing else yet (the server stopped in between)."""

    RECEIVED = "received", "Received"
    APPLIED = "applied", "In the book"
    WAITING = "waiting", "Waits for another"
    CONFLICT = "conflict", "Contradicts the book"
    SETTLED = "settled", "Settled"
    REFUSED = "refused", "Cannot be read"


OPEN = (State.CONFLICT, State.REFUSED)
"""What stands in the inbox."""
DONE = (State.APPLIED, State.SETTLED)
"""What another act need not wait for any more."""


class Device(models.Model):
    """A browser with a queue, by the id it made for itself.

    ``complete_to``: every act numbered up to here has come. ``highest`` is the highest number seen: what
    lies between and has not come is a gap.
    """

    uid = models.UUIDField(unique=True)
    handheld = models.CharField(max_length=60, blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_by = models.CharField(max_length=200)
    complete_to = models.PositiveBigIntegerField(default=0)
    highest = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "station_device"

    def __str__(self) -> str:
        return self.handheld or str(self.uid)[:8]


class Holder(models.Model):
    """Somebody logged in on a shared handheld: acts that say so may come from it when others hold it."""

    handheld = models.ForeignKey("accounts.Handheld", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "station_holder"
        constraints = [
            models.UniqueConstraint(fields=["handheld", "person"], name="station_holder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.handheld_id}"


class Act(models.Model):
    """An act as a device sent it. Never deleted, and what came (``raw``) is never changed.

    ``beside``: it came under the id of that act with other content; its own ``uid`` is derived then.
    ``known``: the server believes that ``by`` did it (``actions.contacts``). ``body`` is what is applied
    when somebody resolved a contradiction by changing it, as JSON text.
    """

    uid = models.UUIDField(unique=True)
    device = models.UUIDField(db_index=True)
    n = models.PositiveBigIntegerField(default=0)
    kind = models.CharField(max_length=40, blank=True, default="")
    site = models.CharField(max_length=60, blank=True, default="")
    by = models.CharField(max_length=200, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)
    as_of = models.BigIntegerField(default=0)
    raw = models.TextField()
    digest = models.CharField(max_length=64)
    beside = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="others")
    arrived_at = models.DateTimeField()
    brought_by = models.CharField(max_length=200)
    handheld = models.CharField(max_length=60, blank=True, default="")
    known = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    decided_at = models.DateTimeField(null=True, blank=True)
    body = models.TextField(blank=True, default="")
    events = models.JSONField(default=list)
    made = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    late = models.TextField(blank=True, default="")

    class Meta:
        db_table = "station_act"
        indexes = [
            models.Index(fields=["device", "n"], name="station_act_device_n"),
            models.Index(fields=["state", "-arrived_at"], name="station_act_state"),
            models.Index(fields=["-arrived_at"], name="station_act_late", condition=~models.Q(late="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'act'} {self.uid}"


class Need(models.Model):
    """An act that has to be in the book before another one."""

    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="needs")
    needed = models.UUIDField(db_index=True)

    class Meta:
        db_table = "station_need"
        constraints = [models.UniqueConstraint(fields=["act", "needed"], name="station_need_once")]

    def __str__(self) -> str:
        return f"{self.act_id} after {self.needed}"


class Resolution(models.Model):
    """How somebody resolved, or tried to resolve, a contradiction."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="resolutions")
    how = models.CharField(max_length=10)
    reason = models.TextField(blank=True, default="")
    body = models.TextField(blank=True, default="")
    by = models.CharField(max_length=200)
    resolved_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)

    class Meta:
        db_table = "station_resolution"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.how} by {self.by}"
