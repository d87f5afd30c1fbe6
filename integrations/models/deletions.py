"""How far the deletions at each side of a module are known."""

from __future__ import annotations

from django.db import models

from integrations.models.settings import FlowSetting


class DeletionsRead(models.Model):
    """When one side of a module was last asked what was deleted there.

    `read_until` is the app's own clock. `doubtful` counts pairs of which the app listed one side no
    more, too many to be believed without a person (G-2); none of them was marked.
    """

    class Place(models.TextChoices):
        SOURCE = "source", "First app"
        TARGET = "target", "Second app"

    setting = models.ForeignKey(
        FlowSetting, on_delete=models.CASCADE, related_name="deletions_read"
    )
    flow = models.CharField(max_length=60)
    place = models.CharField(max_length=6, choices=Place.choices)
    read_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    doubtful = models.PositiveIntegerField(default=0)
    believed = models.BooleanField(
        default=False, help_text="A person says it may be so: looked up the next time."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["setting", "flow", "place"], name="one_row_per_side_asked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow} {self.place}"
