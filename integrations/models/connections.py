"""The organisations the product reaches, and which of them work together."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from integrations.secrets import EncryptedTextField


class Writing(models.TextChoices):
    ON = "on", "On"
    LOOK_ONLY = "look_only", "Look only"
    STOPPED = "stopped", "Stopped"


class Grant(models.Model):
    """A consent given in a remote app: the tokens, and the sign-in they stand for."""

    class Status(models.TextChoices):
        GRANTED = "granted", "Granted"
        LOST = "lost", "Lost"

    data_center = models.CharField(max_length=10)
    accounts_url = models.URLField(max_length=200)
    api_domain = models.URLField(max_length=200, blank=True)
    client_id = models.CharField(max_length=200)
    client_secret = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires = models.DateTimeField(null=True, blank=True)
    scopes = models.TextField(blank=True)
    signed_in_as = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.GRANTED)
    status_reason = models.TextField(blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)
    token_requests = models.JSONField(default=list, blank=True)
    early_calls = models.JSONField(
        default=list,
        blank=True,
        help_text="Made before an organisation was chosen: app, until when it counts.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        verbose_name, verbose_name_plural = "sign-in at Zoho", "sign-ins at Zoho"

    def __str__(self) -> str:
        return f"{self.data_center} {self.signed_in_as}".strip()


class Connection(models.Model):
    """One organisation (or portal) of one remote app."""

    class Status(models.TextChoices):
        CONNECTED = "connected", "Connected"
        RECONNECT = "reconnect", "Reconnect"

    app = models.CharField(max_length=20)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="connections")
    organization_id = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=3, blank=True)
    plan = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    base_url = models.URLField(max_length=200, blank=True)
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONNECTED)
    status_reason = models.TextField(blank=True)
    calls_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the app sets no limit."
    )
    calls_per_day = models.PositiveIntegerField(null=True, blank=True)
    reserve_percent = models.PositiveSmallIntegerField(
        default=10, help_text="Share of the day's requests left to the people who use the app."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["app", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["app", "organization_id"], name="one_connection_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.app})"


class Pace(models.Model):
    """Calls made to one organisation, shared by all processes; see `integrations.pacing`."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="pace")
    slots = models.JSONField(default=list)
    held_until = models.FloatField(default=0)
    held_reason = models.CharField(max_length=200, blank=True)
    day = models.DateField(null=True, blank=True)
    calls_today = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Pace of {self.connection_id}"


class Present(models.Manager["Integration"]):
    """The integrations there are; deleted ones stay as the evidence of what they did (G-17)."""

    def get_queryset(self) -> models.QuerySet[Integration]:
        return super().get_queryset().exclude(status=Integration.Status.DELETED)


class Integration(models.Model):
    """Two connections joined: Zoho Books or Zoho Invoice, and one other app."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Disabled"
        DELETED = "deleted", "Deleted"

    OFF = (Status.DISABLED, Status.DELETED)

    class Way(models.TextChoices):
        """Which way records may go; where a kind does not limit it, its modules decide alone."""

        ANY = "any", "As each module is set"
        BOTH = "both", "Both ways"
        LATER = "later", "One way: another organisation is linked both ways"
        CURRENCY = "currency", "One way: the base currencies differ"

    name = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=30, help_text="Prefix of the keys of its modules.")
    ledger = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="as_ledger")
    other = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="as_other")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    writing = models.CharField(max_length=10, choices=Writing.choices, default=Writing.LOOK_ONLY)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.ANY)
    native_off_since = models.DateField(
        null=True, blank=True, help_text="Since when the vendor's own link is said to be off (G-7)."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Present()
    everything = models.Manager["Integration"]()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "other"],
                condition=~models.Q(status="deleted"),
                name="one_integration_per_pair",
            ),
            models.UniqueConstraint(
                fields=["other", "kind"],
                condition=models.Q(way="both"),
                name="one_both_ways_per_organisation",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # G-4 is not left to forms: commands and the shell join connections as well.
        self.clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.ledger.is_test != self.other.is_test:
            raise ValidationError(
                f"{self.ledger} and {self.other} cannot be joined: one holds test data, the other "
                "is a real organisation. Connect two of the same sort."
            )

    def side(self, app: str) -> Connection:
        """The organisation on the side of one of its two apps."""
        return next(one for one in (self.ledger, self.other) if one.app == app)

    @property
    def one_way(self) -> bool:
        """Whether records only go into the ledger, whatever a module is set to."""
        return self.way in {self.Way.LATER, self.Way.CURRENCY}
