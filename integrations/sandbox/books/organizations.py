"""Organisations: /organizations, the one list that is asked for without organization_id."""

from __future__ import annotations

from typing import Any

from ..wire import Answer, Request
from . import fields, organisation
from .envelope import object_of, ok, route
from .organisation import Organisation

ORGANISATION: dict[str, fields.Check] = {
    "name": fields.text(200),
    "contact_name": fields.text(200),
    "email": fields.email(),
    "phone": fields.text(50),
    "fax": fields.text(50),
    "website": fields.website,
    "language_code": fields.text(20),
    "date_format": fields.text(),
    "org_address": fields.text(),
    "remit_to_address": fields.text(),
    "address": fields.anything(dict),
}


def _all(asked: Any, request: Request) -> list[dict[str, Any]]:
    """`asked` is the world, or an organisation where the call named one."""
    world = asked.world if isinstance(asked, Organisation) else asked
    held = world.store.collection("books", "organizations", "organization_id")
    return held.values()


@route("GET", "/organizations")
def list_organizations(asked: Any, request: Request) -> Answer:
    return ok(organizations=_all(asked, request))


@route("GET", "/organizations/user")
def list_of_user(asked: Any, request: Request) -> Answer:
    return ok(organizations=_all(asked, request))


@route("GET", "/organizations/{organization_id}")
def get(org: Organisation, request: Request, organization_id: str) -> Answer:
    asked = organisation.of(org.world, organization_id) or org
    return ok(organization=asked.record)


@route("PUT", "/organizations/{organization_id}")
def put(org: Organisation, request: Request, organization_id: str) -> Answer:
    values = fields.clean(object_of(request), ORGANISATION)
    held = org.world.store.collection("books", "organizations", "organization_id")
    return ok(organization=held.replace(org.id, {**org.record, **values}))
