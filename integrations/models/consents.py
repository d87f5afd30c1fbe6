"""Consents asked for: what each sign-in at the remote app was for, who asked, how it ended."""

from __future__ import annotations

from typing import Any

from django.conf import settings as project
from django.db import models

from integrations.data_centers import SANDBOX
from integrations.models.connections import Connection, Grant
from integrations.secrets import EncryptedTextField


class Consent(models.Model):
    """One request for a consent, from the form to the connection. Rows are kept.

    Either somebody of this office signs in, or a person without a login here, who then stands in
    `invited_address` and reaches nothing but this consent. The client secret and the tokens are
    forgotten here as soon as they are not needed for it any more.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Waiting for consent"
        GIVEN = "given", "Organisation to be chosen"
        DONE = "done", "Connected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        FAILED = "failed", "Failed"

    app = models.CharField(max_length=20)
    data_center = models.CharField(max_length=10)
    accounts_url = models.URLField(max_length=200)
    client_id = models.CharField(max_length=200)
    client_secret = EncryptedTextField(blank=True)
    scopes = models.TextField()
    redirect_uri = models.URLField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        project.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    invited_address = models.EmailField(blank=True)
    note = models.TextField(blank=True)
    signed_in_as = models.CharField(max_length=200, blank=True)
    # The tokens just given, until an organisation is chosen; then the connection's own grant.
    grant = models.ForeignKey(
        Grant, null=True, blank=True, on_delete=models.SET_NULL, related_name="consents"
    )
    # Set from the start where an existing connection is to be renewed.
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="consents"
    )
    organization_name = models.CharField(max_length=200, blank=True)
    renews = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at", "-id"]

    def __str__(self) -> str:
        asked = f"by {self.invited_address}" if self.invited_address else "here"
        return f"{self.app} ({self.data_center}), to be given {asked}"

    @property
    def is_test(self) -> bool:
        """Whether the organisation it leads to is a test organisation (G-4)."""
        return self.data_center == SANDBOX

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A consent that was asked for is never deleted.")
