"""One CRM joined with several Books organisations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integrations import connecting
from integrations.models import Connection, FlowSetting, Integration
from tests.conftest import URL, Office

SERVICES, EUROPE = "Aurora Instruments Services", "Aurora Instruments Europe"


def connection(office: Office, name: str) -> Connection:
    """The connection to a further Books organisation, made as the browser makes it."""
    grant = Connection.objects.filter(app="books").earliest("pk").grant
    rows = connecting.organizations("books", grant, base_url=URL)
    row = next(row for row in rows if row["name"] == name)
    return connecting.keep_connection("books", grant, row, base_url=URL, is_test=True, paced=False)


def join(office: Office, name: str) -> Integration:
    """A further Books organisation joined with the CRM, its modules on where that is allowed."""
    first = Integration.objects.earliest("pk")
    made = connecting.join("crm", connection(office, name), first.other)
    connecting.refresh_catalogues(made)
    for setting in made.flow_settings.all():
        connecting.configure_with_defaults(setting)
    return made


def setting_of(integration: Integration, key: str = "crm.customers") -> FlowSetting:
    return FlowSetting.objects.select_related("integration").get(integration=integration, flow=key)


def customers(office: Office, integration: Integration) -> set[str]:
    """Names of the customers in the integration's Books organisation."""
    ledger = integration.ledger
    path = "records/books/contacts"
    if ledger.name != "Aurora Instruments":
        path += f"?organization_id={ledger.organization_id}"
    return {row["contact_name"] for row in office.control("GET", path)}


@pytest.fixture
def several(make_office: Callable[..., Office]) -> Office:
    """An empty company with three Books organisations; the first is joined already."""
    return make_office(organizations=3)
