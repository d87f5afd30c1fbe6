"""What people decided: a row for each act, never changed afterwards (guard G-17)."""

from __future__ import annotations

from typing import Any

from django.conf import settings as project
from django.db import models
from django.db.models import F

from integrations.models.runs import SyncRun
from integrations.models.settings import FlowSetting


class Decision(models.Model):
    """One act of one person: what was decided, about which record or sync, and why."""

    class Kind(models.TextChoices):
        SAME = "same", "The same record"
        DIFFERENT = "different", "Another record"
        LATER = "later", "Later"
        KEEP_SOURCE = "keep_source", "The first app's values"
        KEEP_TARGET = "keep_target", "The second app's values"
        BY_FIELD = "by_field", "Chosen field by field"
        TRY_AGAIN = "try_again", "Tried again"
        FETCH = "fetch", "Fetched by hand"
        SEPARATE = "separate", "Pair separated"
        KEEP_PAIR = "keep_pair", "Pair kept"
        PAIR = "pair", "Paired by hand"
        KEEP_ALONE = "keep_alone", "Kept, its partner was deleted"
        MAKE_AGAIN = "make_again", "To be created again"
        REMOVE = "remove", "To be taken out of use"
        KEEP_PLACE = "keep_place", "Kept where it is"
        CARRY_OVER = "carry_over", "Carried over"
        DISABLE = "disable", "Integration disabled"
        ENABLE = "enable", "Integration enabled"
        DELETE = "delete", "Integration deleted"
        NATIVE_OFF = "native_off", "The vendor's own link is switched off"
        ASK_APPROVAL = "ask_approval", "Approval asked for"
        APPROVE = "approve", "Approved"
        REJECT = "reject", "Not approved"
        WITHDRAW = "withdraw", "Request withdrawn"
        START = "start", "Sync started"
        STOP = "stop", "Sync stopped"
        SET_UP = "set_up", "Settings changed"
        PAUSE = "pause", "Module paused"
        RESUME = "resume", "Module resumed"
        TWO_WAY = "two_way", "Two-way link switched"
        STOP_WRITING = "stop_writing", "All writing stopped"
        START_WRITING = "start_writing", "Writing started again"
        SET_WRITING = "set_writing", "Writing changed"
        LAPSED = "lapsed", "Answer lapsed"

    kind = models.CharField(max_length=14, choices=Kind.choices)
    by = models.ForeignKey(
        project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    setting = models.ForeignKey(
        FlowSetting, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    run = models.ForeignKey(
        SyncRun, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    source_id = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(F("at").desc(), F("id").desc(), name="decisions_newest_first"),
            models.Index(fields=["setting", "source_id"], name="decisions_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name or self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A decision is never changed; a new one is made.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A decision is never deleted.")
