"""From a stored record to what an answer shows.

A stored record holds only what is filled in: ids in lookups (`"Owner": "4876…"`), UTC text in
times, rows in sub-forms. A list row shows the fields asked for; a single record shows all of
them, the empty ones as null, and the `$` keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .clock import render
from .metadata import DETAIL_ONLY, FieldInfo, ModuleInfo, module_info

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KWD": "KD",
            "SEK": "kr", "CHF": "CHF", "BRL": "R$"}  # fmt: skip


def user_ref(world: Any, record_id: str | None, *, email: bool) -> dict[str, str] | None:
    """`{name, id}` of a CRM user, with the address where the field is an owner."""
    if record_id is None:
        return None
    user = world.store.collection("crm", "users").get(record_id)
    if user is None:
        return {"name": "", "id": record_id}
    ref = {"name": user["full_name"], "id": record_id}
    if email:
        ref["email"] = user["email"]
    return ref


class Projector:
    """Makes the rows of one answer. `names` of None means every field; unknown ones are left out.

    Lookup names are read from the record they point at, so a renamed account shows at once.
    """

    def __init__(
        self,
        world: Any,
        info: ModuleInfo,
        names: list[str] | None,
        zone: str,
        *,
        single: bool = False,
    ) -> None:
        self.world, self.info, self.zone, self.single = world, info, zone, single
        known = info.fields
        chosen = list(known) if names is None else [n for n in names if n in known]
        if not single:
            chosen = [n for n in chosen if known[n].kind not in DETAIL_ONLY]
        self.names = list(dict.fromkeys(["id", *chosen]))
        converters = ((name, self._converter(known[name])) for name in self.names)
        self.steps = [(name, convert) for name, convert in converters if convert]
        self._refs: dict[tuple[str, bool], dict[str, str] | None] = {}

    def row(self, record: dict[str, Any]) -> dict[str, Any]:
        get = record.get
        row = {name: get(name) for name in self.names}
        for name, convert in self.steps:
            row[name] = convert(row[name])
        if self.single:
            row.update(_dollar_keys(record))
        return row

    def rows(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self.row(record) for record in records]

    def _converter(self, field: FieldInfo) -> Callable[[Any], Any] | None:
        """How a stored value of the field is shown, None where it is shown as it is."""
        zone, kind = self.zone, field.kind
        if kind == "datetime":
            return lambda value: value and render(value, zone)
        if kind == "ownerlookup":
            email = field.name == "Owner"
            return lambda value: value and self._user(value, email)
        if kind in ("lookup", "multiselectlookup"):
            return self._pointer(field)
        if kind == "boolean":
            return bool
        if kind == "layout":
            layout = self._layout()
            return lambda _: layout
        if kind == "multiselectpicklist" or field.name == "Tag":
            return lambda value: value or []
        return None

    def _pointer(self, field: FieldInfo) -> Callable[[Any], Any]:
        held, name_field = self._target(field.target)
        if field.kind == "lookup":
            return lambda value: value and _ref(held, name_field, value)

        def several(value: Any) -> list[dict[str, Any]]:
            found = (_ref(held, name_field, record_id) for record_id in value or ())
            return [ref for ref in found if ref]

        return several

    def _user(self, record_id: str, email: bool) -> dict[str, str] | None:
        key = (record_id, email)
        if key not in self._refs:
            self._refs[key] = user_ref(self.world, record_id, email=email)
        return self._refs[key]

    def _target(self, module: str) -> tuple[Any, str]:
        info = module_info(self.world, module)
        assert info is not None
        return self.world.store.collection("crm", module), info.name_field

    def _layout(self) -> dict[str, str] | None:
        for layout in self.world.store.collection("crm", "layouts").values():
            if layout["module"] == self.info.name:
                return {
                    "display_label": layout["display_label"],
                    "name": layout["name"],
                    "id": layout["id"],
                }
        return None


def _ref(held: Any, name_field: str, record_id: str) -> dict[str, Any] | None:
    """The lookup as `{name, id}`; null when what it pointed at was deleted."""
    record = held.get(record_id)
    return {"name": record.get(name_field), "id": record_id} if record else None


def _dollar_keys(record: dict[str, Any]) -> dict[str, Any]:
    """What CRM says about a record beside its fields."""
    return {
        "$approval_state": "approved",
        "$approval": {
            "delegate": False,
            "takeover": False,
            "approve": False,
            "reject": False,
            "resubmit": False,
        },
        "$currency_symbol": _SYMBOLS.get(record.get("Currency", "USD"), "$"),
        "$editable": True,
        "$locked_for_me": False,
        "$field_states": None,
        "$has_more": {},
        "$in_merge": False,
        "$orchestration": False,
        "$process_flow": False,
        "$review": None,
        "$review_process": {"approve": False, "reject": False, "resubmit": False},
        "$state": "save",
        "$zia_visions": None,
    }
