"""Pairs of integrations that were deleted: kept to be looked up and downloaded, never used.

And the files by which pairs are made, dissolved and restored, with the outcome of each row.
"""

from __future__ import annotations

from django.conf import settings as project
from django.db import models

from integrations.models.connections import Integration


class ArchivedPair(models.Model):
    """One pair as it stood when its integration was deleted, or what a person had decided of a
    record by itself: `holds` and `seen` are those of `mappings.pair_file`."""

    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="archived_pairs"
    )
    flow = models.CharField("module", max_length=60)
    source_id = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=255, blank=True)
    origin = models.CharField(max_length=8, blank=True)
    holds = models.CharField(max_length=20, default="paired")
    seen = models.CharField(max_length=250, blank=True)
    archived_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["integration", "flow"], name="archived_by_module")]

    def __str__(self) -> str:
        return self.name or self.source_id


class PairFile(models.Model):
    """A file of pairs that somebody sent: each row is judged before any of it is done."""

    class Phase(models.TextChoices):
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked"
        DOING = "doing", "Being carried out"
        DONE = "done", "Carried out"

    OPEN = (Phase.CHECKING, Phase.DOING)

    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="pair_files"
    )
    name = models.CharField(max_length=200)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.CHECKING)
    sent_by = models.ForeignKey(
        project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(auto_now_add=True)
    done_by = models.ForeignKey(
        project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it stands still.")
    not_before = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["phase"],
                condition=models.Q(phase__in=("checking", "doing")),
                name="pair_files_open",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.phase in self.OPEN


class PairFileRow(models.Model):
    """One row of a file: what it asks for, whether that can be done, and what became of it.

    The columns are those of `mappings.pair_file.PairRow`.
    """

    class Outcome(models.TextChoices):
        WAITING = "", "not checked yet"
        REFUSED = "refused", "cannot be done"
        FIT = "fit", "in order"
        ALREADY = "already", "it is so already"
        DONE = "done", "done"

    file = models.ForeignKey(PairFile, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    module = models.CharField(max_length=60, blank=True)
    first_organisation = models.CharField(max_length=60, blank=True)
    first_id = models.CharField(max_length=60, blank=True)
    second_organisation = models.CharField(max_length=60, blank=True)
    second_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=255, blank=True)
    do = models.CharField(max_length=8, blank=True)
    reason = models.TextField(blank=True)
    holds = models.CharField(max_length=20, blank=True)
    seen = models.CharField(max_length=250, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    verdict = models.TextField(blank=True, help_text="Why it cannot be done, or what was done.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_row_per_line_of_file")
        ]
        indexes = [models.Index(fields=["file", "outcome", "number"], name="rows_by_outcome")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.number}"
