"""A made-up module, and cases of it, for the tables of the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.sync.flow import Endpoint, Flow, Match, Rule, has
from integrations.sync.plan import Candidate, Case, Decision, Pair, Terms, plan_record
from mappings.converters import FieldInfo
from mappings.fields import BLANK, CREATE, Field, map_values
from mappings.values import Fingerprint

CLIENTS = Flow(
    key="shop.clients",
    label="Clients",
    source=Endpoint("shop", "clients"),
    target=Endpoint("daybook", "parties", where={"sort": "client"}),
    fields=(
        Field("Name", "name"),
        Field("City", "address.city"),
        Field("Limit", "limit", "money"),
        Field("Web", "website", "website"),
        Field("Terms", "terms", "choice"),
        Field("Since", "since", "date", on=CREATE),
        Field("Mail", "mail", "email", on=CREATE),
        Field("Note", "note", on=BLANK),
        Field("Fax", "fax", clears=True),
    ),
    rules=(Rule(has("Name"), "The client has no name."),),
    match=(
        Match("native", "the vendor paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("loose", "nearly the same name", 70),
        Match("tax", "the same tax number", 90),
        Match("domain", "the same domain", 50),
        Match("phone", "the same phone", 40),
    ),
    fixed={"sort": "client"},
)
CATALOGUE = {
    info.name: info
    for info in (
        FieldInfo("name", "Display name", required=True, length=20, unique=True),
        FieldInfo("address.city", "City", length=10),
        FieldInfo("address.street", "Street"),
        FieldInfo("limit", "Credit limit", "money"),
        FieldInfo("website", "Website", "url"),
        FieldInfo("terms", "Payment terms", "choice", choices={"Net 30": "30", "Net 60": "60"}),
        FieldInfo("fax", "Fax"),
    )
}
TERMS = Terms(
    flow=CLIENTS,
    catalogue=CATALOGUE,
    target_name="Daybook",
    name_path="name",
    whole=frozenset({"address"}),
    finance_owned=frozenset({"limit", "terms"}),
    documents="has_documents",
)
THERE = "t1"
BEFORE = b"before".ljust(16)


def terms(*, direction: str = "forward", **choices: Any) -> Terms:
    """The terms of a run; reverse reads the ledger and writes the other app."""
    flow = choices.pop("flow", CLIENTS)
    if direction == "reverse":
        # The fields are kept, so one table serves both directions.
        flow = replace(flow, direction="reverse")
        choices = {"target_is_ledger": False, "target_name": "Shop", **choices}
    return replace(TERMS, flow=flow, **choices)


def case(record: Mapping[str, Any], *, flow: Flow = CLIENTS, **known: Any) -> Case:
    return Case(
        record=record,
        record_id="s1",
        mapped=map_values(flow.fields, record, CATALOGUE, known.pop("parents", {})),
        digest=_print(flow, "source", record),
        **known,
    )


def paired(
    record: Mapping[str, Any],
    target: Mapping[str, Any] | None,
    *,
    near: str = "moved",
    far: str = "still",
    flow: Flow = CLIENTS,
    version: int = 1,
    decision: str = "",
    **known: Any,
) -> Case:
    """A pair; `near` and `far` say of each side: still, moved, or unknown (no digest)."""
    made = case(
        record,
        flow=flow,
        target=target,
        target_read=True,
        target_digest=_print(flow, "target", target) if target is not None else None,
        **known,
    )
    remembered = {"still": made.digest, "moved": BEFORE, "unknown": None}
    there = {"still": made.target_digest, "moved": BEFORE, "unknown": None}
    pair = Pair(
        far_id=THERE,
        near_digest=remembered[near],
        far_digest=there[far],
        version=version,
        decision=decision,
    )
    return replace(made, pair=pair)


def _print(flow: Flow, side: str, record: Mapping[str, Any]) -> bytes:
    return Fingerprint([(getattr(item, side), item.kind) for item in flow.fields])(record)


def candidate(name: str, *kinds: str, record_id: str = THERE, **more: Any) -> Candidate:
    return Candidate(record_id, name, frozenset(kinds), **more)


def plan(made: Case, **choices: Any) -> Decision:
    return plan_record(made, terms(**choices))
