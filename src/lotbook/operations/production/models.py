"""Shape of recipes, production orders, runs and vessels."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid

PERCENT = 10_000
"""Percentages are kept in hundredths of a percent: 10 000 is all of it."""
MICRO = 1_000_000


class RecipeStatus(models.TextChoices):
    """Where a version of a recipe stands."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class YieldRule(models.TextChoices):
    """What a yield outside its limits does when a run is closed."""

    SHOW = "show", "Only shown"
    ASK = "ask", "Asks for a decision"
    STOP = "stop", "Stops without override"


class Recipe(models.Model):
    """One version of a bill of materials: what ``base_quantity`` of ``item`` is made from.

    ``code`` is the same for all versions. Yields are hundredths of a percent of net mass out per net mass
    in; where nothing that goes in has a weight, of made per planned quantity. ``over_issue`` is how much
    more than needed may go in unasked, in hundredths of a percent. Never changed once active.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=RecipeStatus.choices, default=RecipeStatus.DRAFT)
    valid_from_on = models.DateField(null=True, blank=True)
    valid_until_on = models.DateField(null=True, blank=True)
    base_quantity = models.BigIntegerField()
    expected_yield = models.PositiveIntegerField(null=True, blank=True)
    yield_lower = models.PositiveIntegerField(null=True, blank=True)
    yield_upper = models.PositiveIntegerField(null=True, blank=True)
    yield_rule = models.CharField(max_length=4, choices=YieldRule.choices, default=YieldRule.SHOW)
    over_issue = models.PositiveIntegerField(default=0)
    in_vessel = models.BooleanField(default=False)
    limits_expiry = models.BooleanField(default=False)
    instructions = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "production_recipe"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="production_recipe_version"),
            models.CheckConstraint(
                name="production_recipe_base", condition=models.Q(base_quantity__gt=0, version__gt=0)
            ),
        ]
        indexes = [models.Index(fields=["item", "status"], name="production_recipe_item")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class RecipeInput(models.Model):
    """So much of an item for the recipe's base quantity; ``scrap`` comes on top, hundredths of a percent."""

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="inputs")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    scrap = models.PositiveIntegerField(default=0)
    optional = models.BooleanField(default=False)

    class Meta:
        db_table = "production_recipe_input"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "position"], name="production_recipe_input_position"),
            models.CheckConstraint(
                name="production_recipe_input_quantity", condition=models.Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}"


class RecipeAlternative(models.Model):
    """Another item that may stand in: ``factor_micro`` millionths of its base unit for one of the input's."""

    input = models.ForeignKey(RecipeInput, on_delete=models.CASCADE, related_name="alternatives")
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    factor_micro = models.BigIntegerField(default=MICRO)
    rank = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "production_recipe_alternative"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["input", "item"], name="production_alternative_item"),
            models.CheckConstraint(
                name="production_alternative_factor", condition=models.Q(factor_micro__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}"


class OutputKind(models.TextChoices):
    """What else a recipe makes."""

    CO = "co", "Co-product"
    BY = "by", "By-product"


class RecipeOutput(models.Model):
    """What else comes out for the recipe's base quantity, beside its item."""

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="outputs")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    kind = models.CharField(max_length=2, choices=OutputKind.choices, default=OutputKind.BY)

    class Meta:
        db_table = "production_recipe_output"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "position"], name="production_recipe_output_position"),
            models.CheckConstraint(
                name="production_recipe_output_quantity", condition=models.Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}"


class OrderStatus(models.TextChoices):
    """Where a production order stands."""

    PLANNED = "planned", "Planned"
    RELEASED = "released", "Released"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Priority(models.IntegerChoices):
    """How urgent; smaller comes first."""

    URGENT = 1, "Urgent"
    HIGH = 2, "High"
    NORMAL = 3, "Normal"
    LOW = 4, "Low"


class Order(models.Model):
    """So much of an item to be made by a day, by one version of a recipe, in one run or several."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="orders")
    quantity = models.BigIntegerField()
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=11, choices=OrderStatus.choices, default=OrderStatus.PLANNED)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "production_order"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="production_order_quantity", condition=models.Q(quantity__gt=0)),
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="production_order_due")]

    def __str__(self) -> str:
        return self.number


class Vessel(models.Model):
    """A silo or tank: an area or bin whose contents flow together, one blend lot after the other.

    What is in it is read from the ledger. ``capacity`` in smallest units of ``item``.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    place = models.OneToOneField("places.Place", on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    capacity = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "production_vessel"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="production_vessel_capacity",
                condition=models.Q(capacity__isnull=True) | models.Q(capacity__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.place)


class RunStatus(models.TextChoices):
    """Whether goods may still go in and come out."""

    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class RunKind(models.TextChoices):
    """What a run is one of."""

    BATCH = "batch", "Run"
    BLEND = "blend", "Blend in a vessel"
    UNIT = "unit", "One unit of a run"


class Run(models.Model):
    """One execution of a production order: the vessel through which lots become lots.

    What went in and came out is read from the ledger's movements into and out of ``place``; what a run
    made unit by unit went through the places of its ``units``. Planned quantity in smallest units of
    ``item``; ``declared_yield`` in hundredths of a percent of net mass. ``snapshot`` is the recipe as it
    stood when the run was opened, for the planned quantity (``rules.Plan``). ``waiting`` is what a close
    that waits for an approval was asked with.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=5, choices=RunKind.choices, default=RunKind.BATCH)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    place = models.OneToOneField("places.Place", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    recipe = models.ForeignKey(Recipe, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="units")
    vessel = models.ForeignKey(Vessel, null=True, blank=True, on_delete=models.PROTECT, related_name="blends")
    snapshot = models.JSONField(default=dict, blank=True)
    planned_quantity = models.BigIntegerField(null=True, blank=True)
    declared_yield = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=6, choices=RunStatus.choices, default=RunStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    difference_reason = models.TextField(blank=True, default="")
    yield_reason = models.TextField(blank=True, default="")
    waiting = models.JSONField(default=dict, blank=True)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "production_run"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="production_run_planned",
                condition=models.Q(planned_quantity__isnull=True) | models.Q(planned_quantity__gt=0),
            ),
        ]
        indexes = [models.Index(fields=["status", "opened_at"], name="production_run_status")]

    def __str__(self) -> str:
        return self.number
