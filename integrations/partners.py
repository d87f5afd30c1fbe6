"""Whether a record may become the partner of another: it is in its app, of the right kind, free."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from django.db.models import Q

from integrations import registry
from integrations.errors import SyncError
from integrations.holding import why_held
from integrations.models import FlowSetting, Integration
from integrations.sync.flow import Endpoint
from integrations.words import app_name, flow_of
from mappings import known
from mappings.models import RecordLink
from mappings.values import id_in, read

# What no app gives as an id must not get into the address of a request.
LIKE_AN_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")


def misfit(end: Endpoint, record: Mapping[str, Any], *, but: Collection[str] = ()) -> str:
    """What keeps a record out of one side of a module; empty where nothing does. A fact that is
    not known, or is among `but`, keeps nothing out."""
    for fact, wanted in end.where.items():
        if fact in but:
            continue
        found = str(record.get(fact) or wanted)
        if found != wanted:
            return f"{fact.replace('_', ' ')} is {found}, not {wanted}"
    return ""


def read_partner(link: RecordLink, target_id: str) -> str:
    """The name of a record of the second app, read now, that may be paired with this one.
    ValueError says what is wrong with it."""
    flow = flow_of(link.flow)
    if flow is None:
        raise ValueError(f"There is no module {link.flow} in this installation.")
    app = app_name(flow.target.app)
    if not LIKE_AN_ID.fullmatch(target_id):
        raise ValueError(f"{target_id!r} is not an id of a record in {app}. Find it by its name.")
    integration = link.setting.integration
    try:
        record, name = _read(integration, flow.target, target_id)
    except SyncError as error:
        raise ValueError(
            f"The record {target_id} could not be read in {app}: {error.message} {error.hint}"
        ) from error
    if record is None:
        raise ValueError(f"There is no record {target_id} in {app} (any more). Find it by name.")
    wrong = misfit(flow.target, record) or _wrong_above(integration, flow.target, record)
    if wrong:
        raise ValueError(f"{name} of {app} is of another kind: {wrong}. Choose another record.")
    return name


def _read(
    integration: Integration, end: Endpoint, record_id: str
) -> tuple[Mapping[str, Any] | None, str]:
    above = [end.above.path] if end.above is not None else []
    with closing(registry.connector_for(integration.side(end.app))) as connector:
        entity = connector.entity(end.entity)
        fields = list(dict.fromkeys([entity.name_field, *end.where, *above]))
        found = connector.get_many(entity, [record_id], fields=fields).get(record_id)
        # An app may answer with another record than the one whose id was asked for.
        if found is None or entity.id_of(found) != record_id:
            return None, ""
        return found, entity.name_of(found) or record_id


def _wrong_above(integration: Integration, end: Endpoint, record: Mapping[str, Any]) -> str:
    """The same of the record that this one is part of, as far as that is known."""
    if end.above is None:
        return ""
    upper = id_in(read(record, end.above.path))
    connection = integration.side(end.app)
    facts = known.facts(connection.pk, end.above.entity, [upper]).get(upper, {})
    wrong = misfit(Endpoint(end.app, end.above.entity, end.above.where), facts)
    return f"it is part of a record whose {wrong}" if wrong else ""


def only_free(link: RecordLink, target_id: str) -> None:
    """ValueError where another record has that partner, or was promised it."""
    if why := why_not_free([(link, target_id)])[0]:
        raise ValueError(why)


def why_not_free(pairs: Sequence[tuple[RecordLink, str]]) -> list[str]:
    """For each record and the partner it is to get why that one is not free, '' where it is; of
    several that want the same the first one gets it. A fixed number of statements for all of them.

    Holds the modules' settings until the transaction ends, so of two people who name the same
    partner at once only one is heard.
    """
    settings = {link.setting_id for link, _ in pairs}
    held = FlowSetting.objects.select_for_update(no_key=True).filter(pk__in=settings)
    list(held.order_by("pk").values_list("pk"))
    claims = _claims(settings, [wanted for _, wanted in pairs])
    by_sisters = _by_sisters([link for link, _ in pairs])
    answers = []
    for link, wanted in pairs:
        # Of a record of the second app, the partner is one of the first.
        side = "target" if link.source_id else "source"
        claimed = claims.setdefault((link.setting_id, side, wanted), [])
        mine = link.source_id or link.target_id or ""
        why = next((f"{link}: {c.said}" for c in claimed if c.key != link.pk and c.by != mine), "")
        why = why or by_sisters.get(link.pk, "")
        if not why:
            said = f"it is to be paired with {link} by the same answer."
            claimed.append(_Claim(link.pk, mine, said))
        answers.append(why)
    return answers


def _by_sisters(links: Sequence[RecordLink]) -> dict[int, str]:
    """By the key of the link, what is said of records that have a partner by a sister flow."""
    groups: dict[tuple[int, str], list[RecordLink]] = {}
    for link in links:
        if link.source_id:
            groups.setdefault((link.setting_id, link.flow), []).append(link)
    found: dict[int, str] = {}
    for (_, flow), some in groups.items():
        ids = [link.source_id or "" for link in some]
        held = why_held(some[0].setting.integration, flow, ids)
        for link in some:
            paired, why = held.get(link.source_id or "", (False, ""))
            if paired:
                found[link.pk] = f"{link}: {why}"
    return found


class _Claim(NamedTuple):
    """Why a record is not free: the key of the link that says so, the record that has it or was
    promised it, and a sentence."""

    key: int
    by: str
    said: str


def _claims(settings: set[int], wanted: list[str]) -> dict[tuple[int, str, str], list[_Claim]]:
    """Whatever has one of these partners, or was promised it, by setting, side of the partner
    and its id."""
    pairs = Q(source_id__isnull=False, target_id__isnull=False)
    paired = pairs & (Q(source_id__in=wanted) | Q(target_id__in=wanted))
    promised = Q(decision=RecordLink.Decision.SAME) & (
        Q(decided_target__in=wanted) | Q(source_id__in=wanted) | Q(target_id__in=wanted)
    )
    rows = RecordLink.objects.filter(paired | promised, setting_id__in=settings)
    found: dict[tuple[int, str, str], list[_Claim]] = {}
    for row in rows.only("setting_id", "source_id", "target_id", "decided_target", "name"):
        first, second = row.source_id or "", row.target_id or ""
        if row.paired:
            said = f"it is paired with {row}. Separate that pair first."
        else:
            said = f"it is promised to {row}. Change that decision first."
            first, second = first or row.decided_target, second or row.decided_target
        for side, one, other in (("target", second, first), ("source", first, second)):
            claim = _Claim(row.pk, other, said)
            found.setdefault((row.setting_id, side, one), []).append(claim)
    return found
