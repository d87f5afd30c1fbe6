"""How an app tells this office of changes: what both say to each other, and who knows the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CREATED, CHANGED, DELETED = "created", "changed", "deleted"


@dataclass(frozen=True)
class Call:
    """A request that claims to be a notification; names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """A record that a notification names, and what it says has happened to it.

    `modified` is the record's modified time as the app writes it, where the notification is signed
    and has it: then what comes back from our own writes need not be read. A record that came as
    part of another has that one's time, and names it as `whole`: (entity, id).
    """

    entity: str
    record_id: str
    what: str = CHANGED
    modified: str = ""
    whole: tuple[str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """What an app is to tell of, where, and with which secret; `remote` is what it answered
    the last time, empty at first."""

    entities: tuple[str, ...]
    address: str
    secret: str
    remote: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Watch:
    """What the app answered: its own ids, and until when it tells (None: until it is stopped)."""

    remote: Mapping[str, Any]
    expires: dt.datetime | None = None


class Notifications(Protocol):
    """One app's form of notifications; a connector class names the one it has.

    `connector` is an opened connector of the app, `entities` its table by name.
    """

    def tells_of(self, entity: Any) -> bool:
        """Whether the app tells of changes of these records at all."""

    def verify(self, call: Call, secret: str, remote: Mapping[str, Any]) -> bool:
        """Whether a call is the app's own; `remote` is what `watch` answered. Asks nobody."""

    def events(self, call: Call, entities: Mapping[str, Any]) -> Sequence[Named]:
        """The records that a genuine notification names, by its body and query; its headers are
        not kept. Raises ValueError for nonsense."""

    def watch(self, connector: Any, asked: Asked) -> Watch:
        """Have the app tell of changes from now on, or for longer; harmless to ask twice."""

    def unwatch(self, connector: Any, remote: Mapping[str, Any]) -> None:
        """Have it stop. What it does not know any more counts as stopped."""
