"""Values that money goes by: one person asks for them, another one approves exactly these (G-10).

A record that waits for it says so in `RecordLink.details`:

* ``asked``: {"by": user id, "at": ISO time, "fields": [target fields to get the source's value]}
* ``answered``: {"by", "at", "values": {field: [source's, target's]}, "kept": the same}, what the
  next sync writes and what it leaves as the target has it
* ``refused``: {"by", "at", "reason"}; ``lapsed``: a request whose values have changed since

Every act locks the record and reads it again. ValueError says why an act is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.access import who_may
from integrations.causes import SECOND_LOOK
from integrations.keeping import write_down
from integrations.models import Decision
from mappings.models import RecordLink

Kind = Decision.Kind
DECIDE, APPROVE = "mappings.decide_record", "integrations.approve_preview"


@dataclass(frozen=True)
class Said:
    """Who said something of a record, when and why; `fields` are those asked for."""

    by_id: int | None
    by: str
    at: dt.datetime | None
    fields: tuple[str, ...] = ()
    reason: str = ""


def waiting() -> QuerySet[RecordLink]:
    """Records whose values somebody asked for and nobody has approved yet, the oldest first."""
    rows = RecordLink.objects.filter(
        state=RecordLink.State.FAILING, cause=SECOND_LOOK.key, details__has_key="asked"
    )
    return rows.order_by("details__asked__at", "pk")


def is_asked(link: RecordLink) -> bool:
    return link.cause == SECOND_LOOK.key and bool(link.details.get("asked"))


def is_answered(link: RecordLink) -> bool:
    """Approved, or kept as it is, and not yet written."""
    return link.cause == SECOND_LOOK.key and link.due and "answered" in link.details


def said(links: Sequence[RecordLink], part: str) -> dict[int, Said]:
    """By record what was `asked`, `answered`, `refused` or has `lapsed`; one statement for all."""
    found = {link.pk: link.details[part] for link in links if link.details.get(part)}
    people = get_user_model().objects.in_bulk({item.get("by") for item in found.values()} - {None})
    return {
        pk: Said(
            by_id=item.get("by"),
            by=str(people.get(item.get("by")) or "somebody"),
            at=dt.datetime.fromisoformat(item["at"]) if item.get("at") else None,
            fields=tuple(item.get("fields") or ()),
            reason=item.get("reason", ""),
        )
        for pk, item in found.items()
    }


def stamp(link: RecordLink) -> str:
    """What somebody saw: the request and the values of both sides. An approval is for no other."""
    seen = [link.details.get("asked"), link.details.get("fields")]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]


def choose(user: Any, link: RecordLink, from_source: Iterable[str]) -> Kind:
    """Ask for the source's values in these fields, in place of what was asked before; with none
    of them the target's values stay, and nobody else has to look."""
    ours = sorted(set(from_source))
    with transaction.atomic():
        locked = _locked(link, "nothing is to be chosen (any more). Reload the page.")
        fields = locked.details["fields"]
        if not user.has_perm(DECIDE):
            raise ValueError(f"{_groups(DECIDE)} may choose.")
        if any(path not in fields for path in ours):
            raise ValueError(f"{locked.name}: other fields differ by now. Reload the page.")
        asked = locked.details.get("asked")
        if asked and asked.get("fields") == ours:
            raise ValueError("Exactly this is asked for already; another person has to approve it.")
        more = {"instead_of": asked} if asked else {}
        if ours:
            kind = Kind.ASK_APPROVAL
            _store(locked, asked=_now(user, fields=ours))
        else:
            kind = Kind.KEEP_TARGET
            _store(locked, answered=_now(user, values={}, kept=fields))
        details = {"from_source": ours, "fields": fields, **more}
        write_down(user, kind, [locked], details=details)
    return kind


def approve(user: Any, link: RecordLink, seen: str) -> None:
    """Exactly the values asked for are written with the next sync; the others stay as they are.

    `seen` is the `stamp` of what the person had before them.
    """
    with transaction.atomic():
        locked = _asked(user, link, seen)
        fields, ours = locked.details["fields"], locked.details["asked"]["fields"]
        values = {path: fields[path] for path in ours}
        kept = {path: pair for path, pair in fields.items() if path not in values}
        asked = locked.details["asked"]
        _store(locked, answered=_now(user, values=values, kept=kept))
        details = {"from_source": ours, "fields": fields, "asked": asked}
        write_down(user, Kind.APPROVE, [locked], details=details)


def refuse(user: Any, link: RecordLink, seen: str, reason: str) -> None:
    """Not approved: the request is withdrawn, nothing is written, and the record stays open."""
    with transaction.atomic():
        locked = _asked(user, link, seen)
        if not reason.strip():
            raise ValueError("Say why it is not approved.")
        asked, fields = locked.details["asked"], locked.details["fields"]
        _store(locked, refused=_now(user, reason=reason.strip()))
        details = {"from_source": asked["fields"], "fields": fields, "asked": asked}
        write_down(user, Kind.REJECT, [locked], reason=reason.strip(), details=details)


def withdraw(user: Any, link: RecordLink) -> None:
    """Who asked takes it back."""
    with transaction.atomic():
        locked = _locked(link, "nothing is asked for (any more). Reload the page.")
        asked = locked.details.get("asked")
        if not asked:
            raise ValueError(f"{locked.name}: nothing is asked for (any more).")
        if asked["by"] != user.pk:
            raise ValueError("Only who asked for it can withdraw it.")
        fields = locked.details["fields"]
        _store(locked)
        details = {"from_source": asked["fields"], "fields": fields}
        write_down(user, Kind.WITHDRAW, [locked], details=details)


def _locked(link: RecordLink, otherwise: str) -> RecordLink:
    """The record as it is now, locked until the act is done."""
    rows = RecordLink.objects.select_for_update()
    found = rows.filter(pk=link.pk, state=RecordLink.State.FAILING, cause=SECOND_LOOK.key).first()
    if found is None or not found.details.get("fields"):
        raise ValueError(f"{link.name}: {otherwise}")
    return found


def _asked(user: Any, link: RecordLink, seen: str) -> RecordLink:
    """The record with the request that the person saw, if it is theirs to judge."""
    if not user.has_perm(APPROVE):
        raise ValueError(f"{_groups(APPROVE)} may approve it.")
    locked = _locked(link, "nothing waits for approval (any more).")
    asked = locked.details.get("asked")
    if not asked:
        lapsed = "lapsed" in locked.details
        why = "the values changed, so the request has lapsed" if lapsed else "nothing is asked for"
        raise ValueError(f"{locked.name}: {why}. Nothing is written.")
    if asked["by"] == user.pk:
        raise ValueError("Nobody approves what they asked for; another person has to.")
    if seen != stamp(locked):
        raise ValueError(f"{locked.name}: what is asked for has changed since. Look again.")
    return locked


def _groups(permission: str) -> str:
    return " and ".join(who_may(permission)) or "Nobody yet"


def _now(user: Any, **more: Any) -> dict[str, Any]:
    return {"by": user.pk, "at": timezone.now().isoformat(), **more}


def _store(link: RecordLink, **said: Any) -> None:
    """What is said now takes the place of what was said before of the same values."""
    link.details = {"fields": link.details["fields"], **said}
    if "answered" in said:
        link.due = True
    link.save(update_fields=["details", "due"])
