"""What was changed in the set-up of a module, kept as a decision: choices and field maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from integrations.models import Decision, FlowSetting, SyncRun
from mappings import catalogue
from mappings.fields import Field


@dataclass(frozen=True)
class MapChange:
    """A field map of a flow that took the place of another one."""

    flow: str
    before: tuple[Field, ...]
    after: tuple[Field, ...]

    def as_data(self) -> dict[str, Any]:
        return {
            "before": [asdict(pair) for pair in self.before],
            "after": [asdict(pair) for pair in self.after],
        }


def differences(
    before: Mapping[str, str], after: Mapping[str, str], maps: Iterable[MapChange] = ()
) -> dict[str, Any]:
    """What one set-up has otherwise than another: {"choices": {name: [before, after]},
    "field_maps": {flow: {"before": pairs, "after": pairs}}}; kept, and shown, in this form."""
    moved = {name: [before[name], value] for name, value in after.items() if value != before[name]}
    return {"choices": moved, "field_maps": {one.flow: one.as_data() for one in maps}}


def replace_map(setting: FlowSetting, pairs: Iterable[Field], flow: str = "") -> MapChange:
    """Store a field map that was checked before."""
    key = flow or setting.flow
    before = catalogue.pairs_in_force(setting.pk, key)
    catalogue.store_pairs(setting.pk, key, pairs)
    return MapChange(key, before, catalogue.pairs_in_force(setting.pk, key))


def keep(
    user: Any,
    setting: FlowSetting,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    maps: Iterable[MapChange] = (),
    run: SyncRun | None = None,
) -> None:
    """Each choice and each field map with what it was and what it is."""
    Decision.objects.create(
        kind=Decision.Kind.SET_UP,
        by=user,
        setting=setting,
        run=run,
        details=differences(before, after, maps),
    )
