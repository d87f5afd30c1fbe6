"""The operator's choices for a module, how far it has been read, and who stopped the writing."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings as project
from django.core.exceptions import ValidationError
from django.db import models

from integrations.models.connections import Integration, Writing


def parse_interval(text: str) -> dt.timedelta | None:
    """``15m``, ``2h``, ``1d`` as a time span; None for ``off``. ValidationError for the rest."""
    if text == "off":
        return None
    found = re.fullmatch(r"([1-9]\d{0,3})([mhd])", text)
    if not found:
        raise ValidationError(f"every={text!r} is not an interval; use 15m, 2h, 1d or off.")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return dt.timedelta(**{unit: int(found[1])})


def check_interval(text: str) -> None:
    parse_interval(text)


class FlowSetting(models.Model):
    """The operator's choices for one module of one integration."""

    class Extent(models.TextChoices):
        FETCH = "fetch", "Into Books only"
        PUSH = "push", "Out of Books only"
        BOTH = "both", "Both ways"

    class Duplicates(models.TextChoices):
        ASK = "ask", "Ask: a person decides"
        OVERWRITE = "overwrite", "Overwrite: the existing record is paired and gets the values"
        CLONE = "clone", "Clone: a new record is made beside the existing one"
        SKIP = "skip", "Skip: the record is not synced"

    class Winner(models.TextChoices):
        SOURCE = "source", "The module's own source wins"
        LEDGER = "books", "Books wins"
        NEWEST = "newest", "The later change wins"
        ASK = "ask", "Ask: a person decides"

    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="flow_settings"
    )
    flow = models.CharField("module", max_length=60)
    enabled = models.BooleanField(default=False)
    writing = models.CharField(max_length=10, choices=Writing.choices, default=Writing.ON)
    extent = models.CharField(
        "direction", max_length=6, choices=Extent.choices, default=Extent.FETCH
    )
    duplicates = models.CharField(max_length=10, choices=Duplicates.choices, default=Duplicates.ASK)
    winner = models.CharField(max_length=8, choices=Winner.choices, default=Winner.SOURCE)
    view_id = models.CharField(max_length=60, blank=True)
    view_name = models.CharField("view", max_length=200, blank=True)
    other_views = models.JSONField(
        default=dict, blank=True, help_text="Of the module's further flows: key -> [id, name]."
    )
    every = models.CharField(max_length=8, default="2h", validators=[check_interval])
    options = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    map_version = models.PositiveIntegerField(
        default=1, help_text="Digests of records are comparable within one of these."
    )
    first_synced_at = models.DateTimeField(null=True, blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)
    change_limit_percent = models.PositiveSmallIntegerField(default=10)
    change_limit_floor = models.PositiveIntegerField(default=25)
    create_limit = models.PositiveIntegerField(default=200)
    single_write_above = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ["integration", "id"]
        verbose_name = "module setting"
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow"], name="one_setting_per_module")
        ]

    def __str__(self) -> str:
        return f"{self.integration.name}: {self.flow}"

    def tried(self, choices: Mapping[str, Any]) -> FlowSetting:
        """The setting as it would be with these columns changed; never to be saved.

        Its version is the next one, so that records are compared by value.
        """
        there = copy.copy(self)
        for name, value in choices.items():
            setattr(there, name, value)
        there.version = self.version + 1
        there.map_version = self.map_version + 1
        return there

    def view_of(self, flow: str) -> tuple[str, str]:
        """(id, name) of the saved view that narrows a flow of this module; empty for all."""
        if flow == self.flow:
            return self.view_id, self.view_name
        view_id, name = self.other_views.get(flow, ("", ""))
        return view_id, name

    def set_view(self, flow: str, view_id: str, name: str) -> None:
        if flow == self.flow:
            self.view_id, self.view_name = view_id, name
        else:
            others = {key: view for key, view in self.other_views.items() if key != flow}
            self.other_views = others | ({flow: [view_id, name]} if view_id else {})

    @property
    def wins(self) -> str:
        """Whose change stays, in the engine's words: source, ledger, newest or ask."""
        return self.Winner(self.winner).name.lower()


class Checkpoint(models.Model):
    """How far one direction of a module has been read, by the remote's own clock."""

    setting = models.ForeignKey(FlowSetting, on_delete=models.CASCADE, related_name="checkpoints")
    flow = models.CharField(max_length=60)
    direction = models.CharField(max_length=8)
    cursor = models.DateTimeField()
    version = models.PositiveIntegerField()
    full_read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["setting", "flow", "direction"], name="one_checkpoint_per_direction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow} {self.direction}"


class WritingSwitch(models.Model):
    """A turn of the switch for all writing; the newest row counts, none is ever changed."""

    stopped = models.BooleanField()
    reason = models.TextField(blank=True)
    by = models.ForeignKey(project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "stop or start of writing"
        verbose_name_plural = "stops and starts of writing"
        permissions = [
            ("stop_writing", "Can stop all writing"),
            ("start_writing", "Can start writing again"),
        ]

    def __str__(self) -> str:
        return "Stopped" if self.stopped else "Started"
