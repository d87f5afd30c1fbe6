"""What every connector promises the engine, run over all of them by discovery.

A new folder under integrations/connectors needs a line in `SAMPLES`, nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import registry
from integrations.connector import Connector, Entity
from integrations.errors import Disconnected, FailRecord, Misconfigured, Missing, TryLater
from integrations.models import Connection, Grant
from mappings.keys import keys_of
from mappings.values import expand, moment, read
from tests.conftest import Office

# Values of a record that the app takes, and a change to it, by app and entity.
SAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "crm.Accounts": (
        {"Account_Name": "Sample Ltd", "Billing_City": "Oslo", "Website": "www.sample.example"},
        {"Billing_City": "Bergen"},
    ),
    "crm.Contacts": (
        {"Last_Name": "Berg", "Email": "ann@sample.example", "Phone": "+47 22 33 44 55"},
        {"Phone": "+47 22 33 44 66"},
    ),
    "books.contactpersons": (
        {"first_name": "Ann", "email": "ann@sample.example", "phone": "+47 22 33 44 55"},
        {"phone": "+47 22 33 44 66"},
    ),
    "crm.Vendors": (
        {"Vendor_Name": "Sample Ltd", "City": "Oslo", "Email": "sales@sample.example"},
        {"City": "Bergen"},
    ),
    "crm.Products": (
        {"Product_Name": "Sample Ltd", "Product_Code": "S-1", "Description": "Small"},
        {"Description": "Large"},
    ),
    "books.items": (
        {"name": "Sample Ltd", "sku": "S-1", "rate": 12.5, "description": "Small"},
        {"description": "Large"},
    ),
    "books.contacts": (
        {
            "contact_name": "Sample Ltd",
            "contact_type": "customer",
            "billing_address.city": "Oslo",
            "website": "www.sample.example",
        },
        {"billing_address.city": "Bergen"},
    ),
}
# The field to write where an app puts the name of a record together by itself.
NAMED_BY = {"crm.Contacts": "Last_Name", "books.contactpersons": "first_name"}
ENTITIES = [
    f"{app}.{name}"
    for app, connector in registry.discover().connectors.items()
    for name in connector.entities
]


IN_LEDGERS = [
    key for key in ENTITIES if registry.discover().connectors[key.partition(".")[0]].is_ledger
]
UNIQUE = [
    f"{app}.{name}"
    for app, connector in registry.discover().connectors.items()
    for name, entity in connector.entities.items()
    if entity.unique
]


class Side:
    """One entity of one app, and the sandbox behind it."""

    def __init__(self, office: Office, key: str) -> None:
        app, _, name = key.partition(".")
        self.office, self.app, self.collection = office, app, name
        self.values, self.change = SAMPLES[key]
        self.connector: Connector = registry.connector_for(Connection.objects.get(app=app))
        self.entity: Entity = self.connector.entity(name)
        self.named = NAMED_BY.get(key, self.entity.name_field)
        if "contact_id" in self.entity.fixed:
            row = {"contact_name": "Sample of a customer", "contact_type": "customer"}
            self.values = {**self.values, "contact_id": office.add("books", "contacts", row)[0]}
        self.catalogue = {info.name: info for info in self.connector.fields(self.entity)}

    @property
    def fields(self) -> list[str]:
        return [path for path in self.values if path in self.catalogue]

    def body(self, **values: Any) -> dict[str, Any]:
        return self.connector.body(self.entity, {**self.values, **values}, self.catalogue)

    def create(self, name: str) -> str:
        return self.connector.create(self.entity, self.body(**{self.named: name})).id

    def many(self, number: int) -> list[str]:
        own = [key.paths[0] for key in self.entity.keys if key.kind in self.entity.unique]
        rows = [
            expand({**self.values, **dict.fromkeys(own, ""), self.named: name})
            for name in (f"Sample of place {n}" for n in range(number))
        ]
        return self.office.add(self.app, self.collection, *rows)

    def names(self) -> list[str]:
        rows = self.office.records(self.app, self.collection)
        return sorted(row[self.named] for row in rows)

    def write_path(self) -> str:
        return f"/{self.collection}"


@pytest.fixture(params=ENTITIES)
def side(request: pytest.FixtureRequest, make_office: Callable[..., Office]) -> Iterator[Side]:
    office = make_office()
    made = Side(office, request.param)
    office.pass_time(600)
    yield made
    made.connector.close()


def test_every_entity_has_a_sample() -> None:
    assert set(SAMPLES) == set(ENTITIES)


def test_create_answers_the_id_and_the_record_holds_what_was_sent(side: Side) -> None:
    record_id = side.create("Sample Ltd")

    record = side.connector.get(side.entity, record_id)

    assert side.entity.id_of(record) == record_id
    assert side.entity.name_of(record) == "Sample Ltd"
    sent = {**side.values, side.named: "Sample Ltd"}
    assert {path: read(record, path) for path in side.values} == sent


def test_update_changes_what_was_sent_and_nothing_else(side: Side) -> None:
    record_id = side.create("Sample Ltd")
    side.office.pass_time(60)
    before = side.connector.get(side.entity, record_id)

    side.connector.update(
        side.entity, record_id, side.connector.body(side.entity, side.change, side.catalogue)
    )

    after = side.connector.get(side.entity, record_id)
    expected = {**{path: read(before, path) for path in side.values}, **side.change}
    assert {path: read(after, path) for path in side.values} == expected
    if not side.entity.modified_field:
        return
    modified = [moment(side.entity.modified_of(record)) for record in (before, after)]
    assert modified[0] is not None
    assert modified[1] is not None
    assert modified[0] < modified[1]


@pytest.mark.parametrize("order", ["", "modified", "created"])
def test_a_list_brings_every_record_once_over_several_pages(side: Side, order: str) -> None:
    ids = side.many(side.entity.per_page * 2 + 3)

    pages = list(side.connector.list(side.entity, fields=side.fields, order=order))

    assert [len(page.records) for page in pages] == [side.entity.per_page] * 2 + [3]
    assert sorted(side.entity.id_of(r) for page in pages for r in page.records) == sorted(ids)
    assert all(page.date.tzinfo is not None for page in pages)


def test_a_list_goes_on_from_where_a_worker_stopped(side: Side) -> None:
    side.many(side.entity.per_page + 3)
    first = side.connector.page(side.entity, fields=side.fields)

    rest = side.connector.page(side.entity, at=first.following, fields=side.fields)

    assert len(rest.records) == 3
    assert rest.following is None


def test_rows_hold_every_field_that_the_entity_does_not_declare_lacking(side: Side) -> None:
    side.many(1)

    (row,) = side.connector.page(side.entity, fields=side.fields).records

    unique = {key.paths[0] for key in side.entity.keys if key.kind in side.entity.unique}
    held = [path for path in side.values if side.entity.row_has([path])]
    held = [path for path in held if path == side.named or path not in unique]
    assert {path: read(row, path) for path in held} == {
        path: "Sample of place 0" if path == side.named else side.values[path] for path in held
    }


def test_since_brings_what_changed_and_not_the_rest(side: Side) -> None:
    first, _second = side.many(2)
    side.office.pass_time(3600)
    since = dt.datetime.now(dt.UTC)
    side.office.change(side.app, side.collection, first, **expand(side.change))

    pages = list(side.connector.list(side.entity, since=since, fields=side.fields))

    if side.entity.since == "none":
        # The app cannot be asked, so all is read; nothing that changed is missing.
        assert len([row for page in pages for row in page.records]) == 2
        return
    assert [side.entity.id_of(row) for page in pages for row in page.records] == [first]
    side.office.pass_time(3600)
    later = dt.datetime.now(dt.UTC)
    (empty,) = side.connector.list(side.entity, since=later, fields=side.fields)
    assert empty.records == []


def test_get_many_leaves_out_what_is_not_there(side: Side) -> None:
    ids = side.many(3)
    side.office.remove(side.app, side.collection, ids[1])

    found = side.connector.get_many(side.entity, ids, fields=side.fields)

    assert set(found) == {ids[0], ids[2]}
    assert all(side.entity.id_of(record) == key for key, record in found.items())


def test_a_record_that_is_not_there_is_missing(side: Side) -> None:
    ids = side.many(1)
    side.office.remove(side.app, side.collection, ids[0])
    with pytest.raises(Missing):
        side.connector.get(side.entity, ids[0])


def test_the_catalogue_names_the_fields_of_the_sample_and_their_limits(side: Side) -> None:
    name = side.catalogue[side.named]
    assert name.required
    assert name.length
    with pytest.raises(FailRecord):
        side.create("x" * (name.length + 1))


@pytest.mark.parametrize("side", UNIQUE, indirect=True)
def test_the_unique_key_is_one_the_app_itself_keeps(side: Side) -> None:
    side.create("Sample Ltd")
    with pytest.raises(FailRecord) as caught:
        side.create("sample ltd ")
    assert caught.value.cause == "name_taken"
    assert caught.value.hint


def test_keys_of_a_sample_can_be_looked_for(side: Side) -> None:
    kinds = {key.partition(":")[0] for key in keys_of(expand(side.values), side.entity.keys)}
    declared = {key.kind for key in side.entity.keys if not key.kind.startswith("crm_")}
    assert len(declared & kinds) >= 2


def fault(side: Side, method: str, **more: Any) -> None:
    side.office.faults({"service": side.app, "method": method, **more})


def test_a_read_survives_a_stumble(side: Side) -> None:
    side.many(1)
    fault(side, "GET", kind="status", status=503, body={}, times=2)
    assert len(side.connector.page(side.entity, fields=side.fields).records) == 1


def test_a_write_whose_answer_is_lost_is_not_sent_again(side: Side) -> None:
    fault(side, "POST", kind="drop_answer", times=1)
    with pytest.raises(TryLater) as caught:
        side.create("Sample Ltd")
    assert caught.value.done is None
    assert side.names() == ["Sample Ltd"]


@pytest.mark.parametrize("kind", ["close", "garbage"])
def test_a_write_without_a_usable_answer_may_have_happened(side: Side, kind: str) -> None:
    fault(side, "POST", kind=kind, times=1)
    with pytest.raises(TryLater) as caught:
        side.create("Sample Ltd")
    assert (caught.value.done, caught.value.finished) == (None, False)


def test_too_many_requests_certainly_wrote_nothing(side: Side) -> None:
    fault(side, "POST", kind="status", status=429, body={"code": "429", "message": "slow down"})
    with pytest.raises(TryLater) as caught:
        side.create("Sample Ltd")
    assert caught.value.done is False
    assert caught.value.after >= dt.timedelta(seconds=1)


def test_a_dead_token_is_renewed_without_anybody_noticing(side: Side) -> None:
    side.many(1)
    Grant.objects.update(access_token="1000.dead.token")
    assert len(side.connector.page(side.entity, fields=side.fields).records) == 1


def test_a_lost_consent_stops_the_run_and_asks_to_reconnect(side: Side) -> None:
    fault(side, "GET", kind="revoke")
    with pytest.raises(Disconnected, match="not accepted any more"):
        side.connector.page(side.entity, fields=side.fields)
    connection = Connection.objects.get(pk=side.connector.connection.pk)
    assert connection.status == Connection.Status.RECONNECT


def test_the_organisations_and_the_sign_in_are_told(side: Side) -> None:
    (organization,) = side.connector.organizations()
    assert organization["organization_id"] == side.connector.connection.organization_id
    assert len(organization["base_currency"]) == 3
    assert "@" in side.connector.signed_in_as()


@pytest.mark.parametrize("side", IN_LEDGERS, indirect=True)
def test_a_wrong_organisation_is_a_setting_to_mend(side: Side) -> None:
    side.connector.connection.organization_id = "99"
    with pytest.raises(Misconfigured) as caught:
        side.connector.page(side.entity)
    assert caught.value.hint


@pytest.mark.parametrize("side", IN_LEDGERS, indirect=True)
def test_locked_periods_are_told_by_area(side: Side) -> None:
    def lock(module: str, day: str, status: str = "enabled") -> None:
        side.connector.http.send(
            "PUT",
            "/transactionlock",
            params={"organization_id": side.connector.connection.organization_id},
            json={
                "transaction_lock_module": module,
                "transaction_lock_date": day,
                "transaction_lock_status": status,
                "reason": "Closed",
            },
        )

    assert side.connector.locks() == {}
    lock("sales", "2026-09-30")
    lock("purchase", "2026-08-31")
    lock("banking", "2026-08-31", "disabled")
    assert side.connector.locks() == {
        "sales": dt.date(2026, 9, 30),
        "purchase": dt.date(2026, 8, 31),
    }
