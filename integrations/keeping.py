"""What people decided about records, kept as rows (guard G-17)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.models import Decision
from mappings.models import RecordLink


def write_down(user: Any, kind: str, links: Iterable[RecordLink], **more: Any) -> None:
    """One row for each record; `more`: target_id, reason, details, the same for all of them."""
    Decision.objects.bulk_create(row_of(user, kind, link, **more) for link in links)


def row_of(user: Any, kind: str, link: RecordLink, **more: Any) -> Decision:
    """The row for one record, not stored yet."""
    return Decision(
        kind=kind,
        by=user,
        setting_id=link.setting_id,
        source_id=link.source_id or "",
        target_id=more.get("target_id") or link.target_id or "",
        name=link.name,
        reason=more.get("reason", ""),
        details=more.get("details", {}),
    )
