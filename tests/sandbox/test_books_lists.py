"""Lists: what is shown of whom, filters, search, order and pages."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.books import founding


@pytest.fixture
def company(org):
    contacts: list[dict[str, Any]] = [
        {"contact_name": "Beta", "contact_type": "vendor", "notes": "slow payer"},
        {
            "contact_name": "alpha",
            "company_name": "Alpha Holding",
            "contact_persons": [
                {"first_name": "Ann", "last_name": "Lee", "email": "ann@a.example", "phone": "123"}
            ],
            "billing_address": {"city": "Pleasanton"},
            "zcrm_account_id": "77",
            "website": "www.a.example",
        },
        {"contact_name": "Gamma", "status": "inactive"},
        {"contact_name": "Ämter", "custom_values": {"cf_crm_id": "9"}},
    ]
    for contact in contacts:
        founding.add_contact(org, contact)
    return org


def names(books, **query):
    answer = books.get("/contacts", **query)
    assert answer.status == 200, answer.body
    return [row["contact_name"] for row in answer.body["contacts"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["alpha", "Beta", "Ämter"]),
        ({"filter_by": "Status.All"}, ["alpha", "Beta", "Gamma", "Ämter"]),
        ({"filter_by": "Status.Inactive"}, ["Gamma"]),
        ({"filter_by": "Status.Crm"}, ["alpha"]),
        ({"filter_by": "Status.Duplicate"}, []),
        ({"filter_by": "Invoice.Unpaid"}, []),
        ({"sort_order": "D"}, ["Ämter", "Beta", "alpha"]),
        ({"sort_column": "created_time"}, ["Beta", "alpha", "Ämter"]),
        ({"sort_column": "created_time", "sort_order": "D"}, ["Ämter", "alpha", "Beta"]),
        ({"contact_name": "ALPHA"}, ["alpha"]),
        ({"contact_name": "Gamma"}, []),
        ({"contact_name": "Gamma", "filter_by": "Status.All"}, ["Gamma"]),
        ({"contact_name_startswith": "a"}, ["alpha"]),
        ({"contact_name_contains": "et"}, ["Beta"]),
        ({"company_name_contains": "holding"}, ["alpha"]),
        ({"contact_type": "vendor"}, ["Beta"]),
        ({"email": "Ann@A.example"}, ["alpha"]),
        ({"first_name": "ann", "last_name_startswith": "l"}, ["alpha"]),
        ({"phone_contains": "2"}, ["alpha"]),
        ({"address_contains": "pleasant"}, ["alpha"]),
        ({"search_text": "slow"}, ["Beta"]),
        ({"zcrm_account_id": "77"}, ["alpha"]),
        ({"zcrm_account_id": "78"}, []),
        ({"zcrm_contact_id": "77"}, []),
        ({"unheard_of": "x"}, ["alpha", "Beta", "Ämter"]),
        ({"last_modified_time": "2099-01-01T00:00:00-0800"}, ["alpha", "Beta", "Ämter"]),
        ({"page": "2"}, []),
        ({"page": "2", "per_page": "2"}, ["Ämter"]),
    ],
)
def test_who_is_listed(company, books, query, expected):
    assert names(books, **query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"filter_by": "Status.Nonsense"},
        {"sort_column": "shoe_size"},
        {"sort_order": "up"},
        {"page": "one"},
        {"contact_name_contains": "x" * 101},
    ],
)
def test_impossible_values_are_refused(company, books, query):
    answer = books.get("/contacts", **query)
    assert (answer.status, answer.body["code"]) == (400, 2)


def test_rows_are_thin(company, books):
    [row] = books.get("/contacts", contact_name="alpha").body["contacts"]
    assert not {"website", "notes", "billing_address", "contact_persons"} & set(row)
    shown = {name: row[name] for name in ("first_name", "last_name", "email", "phone", "mobile")}
    assert shown == {
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@a.example",
        "phone": "123",
        "mobile": "",
    }


def test_rows_carry_custom_fields_that_have_a_value(company, books):
    [row] = books.get("/contacts", contact_name="Ämter").body["contacts"]
    assert row["cf_crm_id"] == "9"
    assert [one["api_name"] for one in row["custom_fields"]] == ["cf_crm_id"]


def test_pages(org, books):
    for number in range(450):
        founding.add_contact(org, {"contact_name": f"C{number:03}"})
    seen = []
    for page in (1, 2, 3):
        body = books.get("/contacts", page=page, per_page=1000).body
        seen += [row["contact_name"] for row in body["contacts"]]
        context = body["page_context"]
        assert (context["page"], context["per_page"]) == (page, 200)
        assert context["has_more_page"] is (page < 3)
    assert seen == [f"C{number:03}" for number in range(450)]


def test_a_page_sees_the_write_before_it(org, books):
    founding.add_contact(org, {"contact_name": "A"})
    assert names(books) == ["A"]
    books.post("/contacts", {"contact_name": "B"})
    assert names(books) == ["A", "B"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"organization_id": ""}, 400, 6041),
        ({"organization_id": "1"}, 400, 6041),
        ({}, 200, 0),
    ],
)
def test_the_organisation_is_checked(books, query, status, code):
    answer = books.get("/contacts", **query)
    assert (answer.status, answer.body["code"]) == (status, code)


def test_organisations_are_listed_without_naming_one(books):
    books.always = {}
    [found] = books.get("/organizations").body["organizations"]
    assert found["name"] == "Kestrel Instruments"
    assert books.get(f"/organizations/{found['organization_id']}").status == 200
    assert books.get("/organizations/1").body["code"] == 6041


def test_another_organisation_has_its_own_records(world, org, books):
    founding.found(
        world, organization_id="222", name="Other", email="x@y.example", is_default_org=False
    )
    founding.add_contact(org, {"contact_name": "Mine"})
    assert names(books, organization_id="222") == []
    assert books.post("/contacts", {"contact_name": "Mine"}, organization_id="222").status == 201
    assert names(books) == ["Mine"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PATCH", "/contacts", 405), ("DELETE", "/users/me/x", 404)],
)
def test_paths_and_methods_that_are_not_there(books, method, path, status):
    answer = books.call(method, path)
    assert (answer.status, answer.body["code"]) == (status, 5)
