"""Shape of RFID: portals, the batches their readers deliver, passes and their tags, and what was set aside.

What is in stock stands in the ledger alone: a pass is a proposal, and what it became is an event of a room.
Times of reads are claims of the reader, in milliseconds since 1970 UTC; signals are in dBm.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models

from lotbook.kernel.ids import new_uid


class Purpose(models.TextChoices):
    """What goods do at a portal."""

    RECEIVE = "receive", "Goods come in"
    MOVE = "move", "Goods move inside the house"
    COUNT = "count", "Goods are counted"
    SHIP = "ship", "Goods leave"


class Portal(models.Model):
    """Where tags are read: a dock door, a gate between two places, a shelf or tunnel.

    ``place`` is where goods are received, shipped from or counted; for a gate it is the place behind it
    (``from_place`` the one in front). ``antennas``: antenna number → side, "from" or "to"; none: every tag
    goes in. ``rssi_min`` dBm, weaker reads do not count; ``reads_min`` of a tag in a pass. ``schemes`` and
    ``prefixes`` (GS1 company prefixes) let only such tags count; empty: all. ``silence_s`` ends a pass,
    ``longest_s`` is the longest one. ``job`` is what comes next, as somebody said. ``posts_as`` is the
    username of who answers for posting by itself.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    from_place = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    antennas = models.JSONField(default=dict, blank=True)
    rssi_min = models.SmallIntegerField(null=True, blank=True)
    reads_min = models.PositiveIntegerField(default=1)
    silence_s = models.PositiveIntegerField(default=10)
    longest_s = models.PositiveIntegerField(default=1800)
    schemes = models.JSONField(default=list, blank=True)
    prefixes = models.JSONField(default=list, blank=True)
    trusts_units = models.BooleanField(default=False)
    posts_itself = models.BooleanField(default=False)
    posts_as = models.CharField(max_length=150, blank=True, default="")
    job_kind = models.CharField(max_length=10, blank=True, default="")
    job = models.UUIDField(null=True, blank=True)
    job_number = models.CharField(max_length=60, blank=True, default="")
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "rfid_portal"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class PassStatus(models.TextChoices):
    """How far a pass is. What passed by never was one: no tag of it was read often enough."""

    STRAY = "stray", "Passed by"
    OPEN = "open", "Being read"
    READY = "ready", "To be confirmed"
    REVIEW = "review", "Differences to resolve"
    POSTED = "posted", "In the book"
    DROPPED = "dropped", "Given up"


class Pass(models.Model):
    """What went through a portal together: many reads, one proposal.

    ``first_ms`` to ``last_ms`` are the reads' own times; ``touched_at`` when the last of them came.
    ``job`` is what was expected, chosen by ``job_by`` ("portal", "matched", or a person). ``event`` is what
    it became in the book, ``problem`` why posting did not work. ``counts`` is the verdict when it ended, and
    ``differences`` its lines that were not as expected (``queries.judging.Row``), the first thousand.
    What only passed by has no number of the series: it gets one when it becomes a pass.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="passes")
    status = models.CharField(max_length=7, choices=PassStatus.choices, default=PassStatus.OPEN)
    first_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True, default="")
    reads = models.BigIntegerField(default=0)
    weak = models.BigIntegerField(default=0)
    filtered = models.BigIntegerField(default=0)
    job_kind = models.CharField(max_length=10, blank=True, default="")
    job = models.UUIDField(null=True, blank=True)
    job_number = models.CharField(max_length=60, blank=True, default="")
    job_by = models.CharField(max_length=200, blank=True, default="")
    counts = models.JSONField(default=dict, blank=True)
    differences = models.JSONField(default=list, blank=True)
    problem = models.TextField(blank=True, default="")
    event = models.UUIDField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "rfid_pass"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "id"], name="rfid_pass_status"),
            models.Index(fields=["portal", "last_ms"], name="rfid_pass_portal"),
        ]

    def __str__(self) -> str:
        return self.number


class Tag(models.Model):
    """One tag in a pass, its reads taken together: the same tag counts once.

    ``key`` is what it names whichever way it was written, ``epc`` as it was first delivered; ``kind`` and
    ``problem`` are what was understood of it (``rules.Understood``). ``rssi`` is the best signal in dBm.
    """

    at = models.ForeignKey(Pass, on_delete=models.CASCADE, related_name="tags")
    key = models.CharField(max_length=300)
    epc = models.CharField(max_length=300)
    kind = models.CharField(max_length=8)
    scheme = models.CharField(max_length=12, blank=True, default="")
    gtin = models.CharField(max_length=14, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    sscc = models.CharField(max_length=18, blank=True, default="")
    lot = models.CharField(max_length=60, blank=True, default="")
    expires = models.CharField(max_length=10, blank=True, default="")
    problem = models.CharField(max_length=300, blank=True, default="")
    reads = models.BigIntegerField()
    rssi = models.SmallIntegerField(null=True)
    first_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    first_antenna = models.PositiveIntegerField(default=0)
    last_antenna = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "rfid_tag"
        constraints = [models.UniqueConstraint(fields=["at", "key"], name="rfid_tag_key")]

    def __str__(self) -> str:
        return self.epc

    @property
    def first_at(self) -> datetime:
        """When it was first seen."""
        return datetime.fromtimestamp(self.first_ms / 1000, UTC)

    @property
    def last_at(self) -> datetime:
        """When it was last seen."""
        return datetime.fromtimestamp(self.last_ms / 1000, UTC)


class Batch(models.Model):
    """A delivery of a reader: taken once, however often it is sent. ``digest`` is of what it said."""

    portal = models.ForeignKey(Portal, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    taken_in = models.ForeignKey(Pass, null=True, on_delete=models.CASCADE, related_name="batches")
    via = models.CharField(max_length=200)
    reads = models.PositiveIntegerField()
    taken = models.PositiveIntegerField()
    weak = models.PositiveIntegerField()
    filtered = models.PositiveIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "rfid_batch"
        constraints = [models.UniqueConstraint(fields=["portal", "name"], name="rfid_batch_once")]
        indexes = [models.Index(fields=["received_at"], name="rfid_batch_received")]

    def __str__(self) -> str:
        return self.name


class Aside(models.Model):
    """A message of the broker that could not be taken, with the reason: nothing vanishes."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    received_at = models.DateTimeField()
    topic = models.CharField(max_length=300, blank=True, default="")
    reason = models.TextField()
    payload = models.TextField(blank=True, default="")
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "rfid_aside"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["digest"], name="rfid_aside_digest")]

    def __str__(self) -> str:
        return self.reason
