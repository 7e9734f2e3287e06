"""Shape of what belongs to the pages themselves: filters kept under a name."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class SavedFilter(models.Model):
    """A list's filters under a name: ``page`` is the list's URL name, ``query`` follows the ``?``."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=100)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True, default="")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "web_saved_filter"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="web_saved_filter_name")
        ]
        indexes = [models.Index(fields=["page"], name="web_saved_filter_page")]

    def __str__(self) -> str:
        return self.name
