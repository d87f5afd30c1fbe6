"""What was, or is to be, changed in the set-up of a module: choices and field maps, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from integrations.choices import change_in_words
from integrations.lists.html import table
from integrations.lists.maps import map_change_table
from integrations.models import FlowSetting
from integrations.words import flow_of


def changes_table(
    setting: FlowSetting,
    details: Mapping[str, Any],
    headers: tuple[str, str, str] = ("Choice", "Before", "After"),
) -> SafeString:
    """`details` as `settings_history.differences` makes them; empty where nothing differs."""
    flow = flow_of(setting.flow)
    parts = []
    if flow is not None and (moved := details.get("choices")):
        rows = (change_in_words(flow, name, pair) for name, pair in sorted(moved.items()))
        parts.append(table(headers, rows))
    for key, change in (details.get("field_maps") or {}).items():
        if (mapped := flow_of(key)) is not None:
            parts.append(map_change_table(setting, mapped, change))
    return SafeString("".join(parts))
