"""The one-time link for the administrator of the other account, who has no login here.

The link is mailed, never shown: who opens it can read the mailbox it was sent to, so no further
code is needed. It carries the row it is for and the address, signed; it is good for one consent,
until that is given, withdrawn or three days old, and opens nothing else.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.template.loader import render_to_string

from integrations import consents
from integrations.models import Consent
from integrations.words import app_name
from mappings.table_files import BAND, TEST_DATA

SALT = "integrations.invitations"
CONSOLE = "django.core.mail.backends.console.EmailBackend"


class Spent(Exception):
    """The link opens nothing (any more); the message says why."""


def can_mail() -> bool:
    """Whether mail leaves this machine; printed mail would put the link into a log."""
    return settings.DEBUG or settings.EMAIL_BACKEND != CONSOLE


def token_of(consent: Consent) -> str:
    return signing.dumps([consent.pk, consent.invited_address], salt=SALT)


def mail(consent: Consent, link: str) -> None:
    """Send the link to the address it is bound to; OSError or SMTPException when it cannot be."""
    asked_by = consent.asked_by
    assert asked_by is not None  # an invitation is sent by somebody who is signed in
    context = {
        "consent": consent,
        "asker": asked_by.get_full_name() or asked_by.get_username(),
        "asker_address": asked_by.email,
        "app": app_name(consent.app),
        "link": link,
        "band": BAND,
        "days": consents.VALID_INVITED.days,
    }
    mark = f"{TEST_DATA}: " if consent.is_test else ""
    send_mail(
        f"{mark}{context['asker']} asks you to connect Zoho {context['app']}",
        render_to_string("office/connections/invitation.txt", context),
        None,
        [consent.invited_address],
    )


def opened(token: str) -> Consent:
    """The consent a link is for, while it is open. Raises Spent."""
    try:
        pk, address = signing.loads(token, salt=SALT, max_age=consents.VALID_INVITED)
    except signing.SignatureExpired:
        raise Spent("This link is too old.") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise Spent("This is not a link of ours, or it was cut off on the way.") from None
    consent = (
        Consent.objects.select_related("asked_by", "connection")
        .filter(pk=pk, invited_address=address)
        .first()
    )
    if consent is None or consent.status == Consent.Status.WITHDRAWN:
        raise Spent("This link was withdrawn by those who sent it.")
    if consent.status != Consent.Status.OPEN:
        raise Spent("This link was used already; it works once.")
    if not consents.is_open(consent):
        raise Spent("This link is too old.")
    return consent
