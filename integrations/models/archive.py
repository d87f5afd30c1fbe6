"""Pairs of integrations that were deleted: kept to be looked up and downloaded, never used."""

from __future__ import annotations

from django.conf import settings as project
from django.db import models

from integrations.models.connections import Integration


class ArchivedPair(models.Model):
    """One pair as it stood when its integration was deleted."""

    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="archived_pairs"
    )
    flow = models.CharField("module", max_length=60)
    source_id = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    name = models.CharField(max_length=255, blank=True)
    origin = models.CharField(max_length=8, blank=True)
    archived_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["integration", "flow"], name="archived_by_module")]

    def __str__(self) -> str:
        return self.name or self.source_id


class PairFile(models.Model):
    """A file of pairs that somebody sent: what each row asks for, judged, before any of it is done.

    `rows` holds for each row: number, flow, first id, second id, name, what to do, verdict.
    """

    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="pair_files"
    )
    name = models.CharField(max_length=200)
    rows = models.JSONField(default=list)
    sent_by = models.ForeignKey(
        project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
