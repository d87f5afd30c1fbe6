"""Notification channels of Zoho CRM: one for an organisation, renewed within the week.

https://www.zoho.com/crm/developer/docs/api/v8/notifications/overview.html
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from integrations.connector import Connector
from integrations.errors import FailRecord
from integrations.watch import CHANGED, CREATED, DELETED, Asked, Call, Named, Watch
from mappings.values import moment

PATH = "/actions/watch"
# A channel lives a week at most. One that is asked for longer lives an hour, so clocks that
# differ must not make a week of it.
LIVES = dt.timedelta(days=7) - dt.timedelta(hours=1)
# What a channel is refused with that lapsed or never was.
NOT_THERE = {"INVALID_DATA", "NOT_SUBSCRIBED"}
OPERATIONS = {"insert": CREATED, "update": CHANGED, "delete": DELETED}


class Channels:
    """The form of CRM: ids and a token, nothing signed."""

    def tells_of(self, entity: Any) -> bool:
        return True

    def verify(self, call: Call, secret: str, remote: Mapping[str, Any]) -> bool:
        """Only the token proves where a call comes from; it is no signature of what it says."""
        try:
            body = json.loads(call.body)
        except ValueError:
            return False
        if not isinstance(body, dict) or not secret:
            return False
        token = str(body.get("token") or "").encode()
        ours = hmac.compare_digest(token, secret.encode())
        return ours and str(body.get("channel_id") or "") == str(remote.get("channel_id") or "-")

    def events(self, call: Call, entities: Mapping[str, Any]) -> list[Named]:
        read = json.loads(call.body)
        if not isinstance(read, dict) or not isinstance(read.get("ids"), list):
            raise ValueError("no list of ids")
        what = OPERATIONS.get(str(read.get("operation")), CHANGED)
        return [Named(str(read.get("module") or ""), str(one), what) for one in read["ids"]]

    def watch(self, connector: Connector, asked: Asked) -> Watch:
        """Renew the channel there is; make one where there is none, or none any more."""
        channel_id = str(asked.remote.get("channel_id") or _new_id())
        # A fraction of a second is refused.
        expiry = (dt.datetime.now(dt.UTC) + LIVES).replace(microsecond=0)
        channel = {
            "channel_id": channel_id,
            "events": [f"{entity}.all" for entity in asked.entities],
            "notify_url": asked.address,
            "token": asked.secret,
            "channel_expiry": expiry.isoformat(),
            "return_affected_field_values": False,
            "notify_on_related_action": False,
        }
        answer = None
        if asked.remote.get("channel_id"):
            # Refused where the channel has lapsed: then it is made anew, or refused once more.
            with suppress(FailRecord):
                answer = connector.http.send("PUT", PATH, json={"watch": [channel]})
        answer = answer or connector.http.send("POST", PATH, json={"watch": [channel]})
        details = answer.body["watch"][0].get("details") or {}
        told = [moment(str(row.get("channel_expiry") or "")) for row in details.get("events") or []]
        until = [one for one in told if one is not None]
        return Watch({"channel_id": channel_id}, min(until, default=expiry))

    def unwatch(self, connector: Connector, remote: Mapping[str, Any]) -> None:
        if not remote.get("channel_id"):
            return
        try:
            connector.http.send("DELETE", PATH, params={"channel_ids": str(remote["channel_id"])})
        except FailRecord as error:
            if error.code not in NOT_THERE:
                raise


def _new_id() -> str:
    """A number of our choice, which no other channel of the organisation may have."""
    return str(10**15 + secrets.randbelow(9 * 10**15))
