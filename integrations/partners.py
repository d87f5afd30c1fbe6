"""Whether a record may become the partner of another: it is in its app, of the right kind, free."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from integrations import registry
from integrations.comparing import connection_for
from integrations.errors import SyncError
from integrations.models import FlowSetting, Integration
from integrations.sync.flow import Endpoint
from integrations.words import app_name, flow_of
from mappings import known
from mappings.models import RecordLink
from mappings.values import id_in, read

# What no app gives as an id must not get into the address of a request.
LIKE_AN_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")


def misfit(end: Endpoint, record: Mapping[str, Any]) -> str:
    """What keeps a record out of one side of a module; empty where nothing does. A fact that is
    not known keeps nothing out."""
    for fact, wanted in end.where.items():
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
    with closing(registry.connector_for(connection_for(integration, end))) as connector:
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
    connection = connection_for(integration, end)
    facts = known.facts(connection.pk, end.above.entity, [upper]).get(upper, {})
    wrong = misfit(Endpoint(end.app, end.above.entity, end.above.where), facts)
    return f"it is part of a record whose {wrong}" if wrong else ""


def only_free(link: RecordLink, target_id: str) -> None:
    """ValueError where another record has that partner, or was promised it.

    Holds the module's setting until the transaction ends, so of two people who name the same
    partner at once only one is heard.
    """
    FlowSetting.objects.select_for_update(no_key=True).get(pk=link.setting_id)
    others = RecordLink.objects.filter(setting_id=link.setting_id).exclude(pk=link.pk)
    taken = others.filter(target_id=target_id, source_id__isnull=False).first()
    if taken is not None:
        raise ValueError(f"That record is paired with {taken}. Separate that pair first.")
    same = RecordLink.Decision.SAME
    promised = others.filter(decision=same, decided_target=target_id).first()
    if promised is not None:
        raise ValueError(
            f"That record is to be paired with {promised}, as was decided. Change that first."
        )
