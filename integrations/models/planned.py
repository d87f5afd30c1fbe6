"""Keys that a preview would take."""

from __future__ import annotations

from django.db import models

from integrations.models.runs import SyncRun


class PlannedKey(models.Model):
    """A key of a record a preview would create: later pages of it must see that it is taken."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="planned_keys")
    key = models.CharField(max_length=220)
    source_id = models.CharField(max_length=60)
    name = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run", "key"], name="planned_keys_of_run")]

    def __str__(self) -> str:
        return self.key
