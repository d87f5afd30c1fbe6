"""How an app tells this office that records changed: the channel, what came in, and the meter."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from integrations.models.connections import Connection
from integrations.secrets import EncryptedTextField


class Channel(models.Model):
    """What one organisation was asked to tell us, at which address, until when.

    `address` stands in the URL the app calls and is no secret; `secret` proves that a call is the
    app's own, and never leaves the database but to the app itself.
    """

    class Status(models.TextChoices):
        NEVER = "never", "Not asked for yet"
        ACTIVE = "active", "Told of changes"
        REFUSED = "refused", "Not told of changes"
        STOPPED = "stopped", "Stopped by hand"
        UNNEEDED = "unneeded", "Nothing to be told"

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="channel")
    address = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    secret = EncryptedTextField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEVER)
    reason = models.TextField(blank=True)
    remote = models.JSONField(default=dict, blank=True, help_text="The app's own ids for it.")
    entities = models.JSONField(default=list, blank=True)
    base_url = models.URLField(max_length=200, blank=True)
    told_since = models.DateTimeField(
        null=True, blank=True, help_text="From when on changes should have been told of."
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When a call last came that was not the app's own."
    )
    silent_for = models.PositiveIntegerField(
        default=0, help_text="Changes found by reading since a notification last came."
    )
    counted_until = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["connection"]
        verbose_name = "notification channel"
        permissions = [("handle_event", "Can have a notification handled again")]

    def __str__(self) -> str:
        return f"Notifications of {self.connection_id}"

    @property
    def tells(self) -> bool:
        """Whether the app is telling us of changes, as far as anybody knows."""
        return self.status == self.Status.ACTIVE and not self.lapsed

    @property
    def lapsed(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class WebhookEvent(models.Model):
    """One notification as it came in, kept before anything is done about it.

    Only what the app has proved to have sent is kept. The body may hold personal data and the
    proof itself: it is encrypted, and forgotten once the records it names are written down.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "Waiting"
        HANDLED = "handled", "Handled"
        FAILED = "failed", "Not understood"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="events")
    digest = models.CharField(max_length=64, help_text="Of the body: a repeat has the same one.")
    body = EncryptedTextField(blank=True)
    query = models.JSONField(default=dict, blank=True, help_text="Of the address that was called.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RECEIVED)
    outcome = models.TextField(blank=True)
    runs = models.JSONField("syncs", default=list, blank=True)
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = "notification"
        constraints = [
            models.UniqueConstraint(fields=["channel", "digest"], name="one_row_per_notification")
        ]
        indexes = [
            models.Index(F("received_at").desc(), F("id").desc(), name="events_newest_first"),
            models.Index(fields=["channel"], condition=Q(status="received"), name="events_waiting"),
        ]

    def __str__(self) -> str:
        return f"Notification {self.pk}"


class NotifiedRecord(models.Model):
    """A record that a notification named."""

    class What(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="records")
    entity = models.CharField(max_length=60)
    record_id = models.CharField(max_length=60)
    what = models.CharField(max_length=8, choices=What.choices, default=What.CHANGED)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["record_id"], name="notified_records")]

    def __str__(self) -> str:
        return f"{self.entity} {self.record_id}"


class NotificationCount(models.Model):
    """Changes of one entity on one day: told of by notifications, and found only by reading."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="counts")
    entity = models.CharField(max_length=60)
    day = models.DateField()
    told = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "entity"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "entity", "day"], name="one_count_per_entity_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity} on {self.day}"
