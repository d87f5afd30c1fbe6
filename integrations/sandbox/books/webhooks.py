"""The calls a workflow rule causes when a record changes: the whole record, signed.

A rule names a kind of record, what happens to it, and one webhook. The call carries the record
under its kind's name, no event and no id of its own; a webhook with a secret signs it. Nothing is
sent again (https://www.zoho.com/books/help/settings/automation/workflow-actions/webhooks.html).
Where the documents are silent, here: changes by the API set rules off as well as those in the
screens, an edit is what moves the record's modified time, and the signature is in hexadecimal, by
the rule of https://www.zoho.com/uk/billing/kb/webhooks/securing-webhooks.html.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .. import delivery
from ..store import Record
from ..wire import Answer
from . import contact_shape, invoice_shape, item_shape, organisation
from .organisation import Organisation

SIGNATURE = "X-Zoho-Webhook-Signature"
A_DAY = 1000
"""https://www.zoho.com/books/kb/automation/number-of-workflows.html"""

SHOWN: Mapping[str, Callable[[Organisation, Record], Any]] = {
    "contact": contact_shape.detail,
    "item": item_shape.detail,
    "invoice": invoice_shape.detail,
}
"""The kinds that rules can be about here, each as its call carries it."""
RULE_TYPES = {
    "created": ("created",),
    "edited": ("edited",),
    "created_or_edited": ("created", "edited"),
    "deleted": ("deleted",),
}


def attach(org: Organisation) -> None:
    """Have rules set off by what happens to the records of an organisation."""
    held = {"contact": org.contacts, "item": org.items, "invoice": org.invoices}
    for kind, collection in held.items():
        collection.watchers.append(partial(_happened, org, kind))


def _happened(org: Organisation, kind: str, old: Record | None, new: Record | None) -> None:
    if not len(org.workflows):
        return
    if old is None:
        event = "created"
    elif new is None:
        event = "deleted"
    elif new["moved"] != old["moved"]:
        event = "edited"
    else:
        return
    for rule in org.workflows.values():
        hook = org.webhooks.get(rule["webhook_id"])
        asked = rule["entity"] == kind and event in RULE_TYPES[rule["rule_type"]]
        if hook is not None and rule["is_active"] and asked and _may_send(org):
            delivery.waiting(org.world).append(_call(org, kind, hook, new or old or {}))


def _may_send(org: Organisation) -> bool:
    """The day's allowance, which falls under what `--limits real` holds."""
    if org.world.limits != "real":
        return True
    now = org.world.clock.time()
    day = ("books-webhooks", org.id, org.today())
    if org.world.counters.spent(day, now, 2 * 86_400) >= A_DAY:
        return False
    org.world.counters.take(day, now)
    return True


def _call(org: Organisation, kind: str, hook: Record, record: Record) -> dict[str, Any]:
    body = Answer(200, {kind: SHOWN[kind](org, record)}).payload()
    call: dict[str, Any] = {
        "service": "books",
        "method": hook["method"],
        "url": hook["url"],
        "body": body,
    }
    if hook["secret"]:
        call["headers"] = {SIGNATURE: signature(hook["secret"], hook["url"], body)}
    return call


def signature(secret: str, url: str, body: bytes) -> str:
    """Over the pairs of the address's query, sorted by name, and the JSON as it is sent."""
    pairs = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    signed = "".join(name + value for name, value in pairs).encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


organisation.FOUND.append(attach)
