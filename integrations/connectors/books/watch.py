"""Webhooks of Zoho Books: for each kind of record two, and a rule for each that sets it off.

https://www.zoho.com/books/api/v3/webhooks/ and https://www.zoho.com/books/api/v3/workflows/ name
the fields; how a rule names its webhook, and how answers look, they do not show. A refusal is
shown on the connection's page, and the module goes on by the clock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from integrations.connector import Connector, Entity
from integrations.errors import Missing
from integrations.watch import CHANGED, DELETED, Asked, Call, Named, Watch

WEBHOOKS, RULES = "/settings/webhooks", "/settings/workflows"
NAME = "zohosync {kind} {what}"  # at most 50 characters
# What sets a rule off, and what that means for us; a rule has one webhook.
WHEN = {"created_or_edited": CHANGED, "deleted": DELETED}
# What rules can be about.
KINDS = {"contact", "item", "estimate", "salesorder", "invoice", "purchaseorder"}
SIGNATURE = "x-zoho-webhook-signature"
FORM = "application/x-www-form-urlencoded"

Rows = Mapping[str, Mapping[str, Any]]


class Webhooks:
    """The form of Books: the whole record, signed."""

    def tells_of(self, entity: Entity) -> bool:
        return entity.envelope in KINDS

    def verify(self, call: Call, secret: str, remote: Mapping[str, Any]) -> bool:
        """The signature that Zoho's finance products send where a webhook has a secret.

        HMAC-SHA256, in hexadecimal, over the pairs of query and form, sorted by name and written
        without anything between, and the JSON as it came. Documented for Zoho Billing:
        https://www.zoho.com/uk/billing/kb/webhooks/securing-webhooks.html
        """
        if not secret:
            return False
        pairs, rest = dict(call.query), call.body
        if call.headers.get("content-type", "").startswith(FORM):
            pairs |= dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
            rest = b""
        signed = "".join(name + pairs[name] for name in sorted(pairs)).encode() + rest
        ours = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(ours.encode(), call.headers.get(SIGNATURE, "").encode())

    def events(self, call: Call, entities: Mapping[str, Entity]) -> list[Named]:
        """The record stands whole under its kind's name. What happened to it is told by nothing
        but the address that was called."""
        read = json.loads(call.body)
        if not isinstance(read, dict):
            raise ValueError("no object")
        deleted = call.query.get("what") == DELETED
        return [
            named
            for entity in entities.values()
            if isinstance(record := read.get(entity.envelope), dict) and record.get(entity.id_field)
            for named in _named(entity, record, entities, deleted=deleted)
        ]

    def watch(self, connector: Connector, asked: Asked) -> Watch:
        """Make what is missing, bring the rest up to date, take away what is not wanted more."""
        hooks = _known(connector, WEBHOOKS, "webhooks", "webhook_name")
        rules = _known(connector, RULES, "workflows", "workflow_name")
        made: dict[str, list[str]] = {"webhooks": [], "workflows": []}
        for kind in dict.fromkeys(connector.entity(name).envelope for name in asked.entities):
            for when, what in WHEN.items():
                name = NAME.format(kind=kind, what=what)
                hook_id = _hook(connector, asked, kind, what, name, hooks)
                made["webhooks"].append(hook_id)
                made["workflows"].append(_rule(connector, kind, when, name, hook_id, rules))
        spare = {
            part: [one for one in asked.remote.get(part) or [] if one not in ids]
            for part, ids in made.items()
        }
        self.unwatch(connector, spare)
        return Watch(made)

    def unwatch(self, connector: Connector, remote: Mapping[str, Any]) -> None:
        """The rules first, since a webhook that one names cannot go."""
        for part, path in (("workflows", RULES), ("webhooks", WEBHOOKS)):
            for one in remote.get(part) or []:
                with suppress(Missing):  # somebody has deleted it there
                    connector.http.send("DELETE", f"{path}/{one}", params=_query(connector))


def _query(connector: Connector) -> dict[str, str]:
    return {"organization_id": connector.connection.organization_id}


def _known(connector: Connector, path: str, key: str, name: str) -> Rows:
    """What stands there already, by name: also what was made by a call whose answer was lost."""
    rows = (connector.http.get(path, params=_query(connector)).body or {}).get(key) or []
    return {str(row[name]): row for row in rows}


def _named(
    entity: Entity, record: Mapping[str, Any], entities: Mapping[str, Entity], *, deleted: bool
) -> list[Named]:
    """The record, and of one that stands the records that are part of it: Books tells of a new
    or changed contact person as an edit of its contact, and names no person."""
    own = entity.id_of(record)
    if deleted:
        return [Named(entity.name, own, DELETED)]
    modified = entity.modified_of(record)
    parts = [part for part in entities.values() if part.part_of == entity.name]
    return [
        Named(entity.name, own, modified=modified),
        *(
            Named(part.name, part.id_of(row), modified=modified, whole=(entity.name, own))
            for part in parts
            for row in record.get(part.rows_in) or ()
        ),
    ]


def _hook(connector: Connector, asked: Asked, kind: str, what: str, name: str, known: Rows) -> str:
    fields = {
        "webhook_name": name,
        "description": "Tells the office's sync of changes.",
        "entity": kind,
        "method": "POST",
        "url": f"{asked.address}?what={what}",
        "secret": asked.secret,
    }
    method, path = "POST", WEBHOOKS
    if name in known:
        method, path = "PUT", f"{WEBHOOKS}/{known[name]['webhook_id']}"
    answer = connector.http.send(method, path, params=_query(connector), json=fields)
    return str(answer.body["webhook"]["webhook_id"])


def _rule(connector: Connector, kind: str, when: str, name: str, hook_id: str, known: Rows) -> str:
    if name in known:
        return str(known[name]["workflow_id"])
    fields = {
        "workflow_name": name,
        "entity": kind,
        "rule_type": when,
        "actions": [{"action_type": "webhook", "action_id": hook_id}],
    }
    answer = connector.http.send("POST", RULES, params=_query(connector), json=fields)
    return str(answer.body["workflow"]["workflow_id"])
