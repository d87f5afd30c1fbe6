"""What may be fetched follows from the module's choice; contacts, vendors and items too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations import access, fetching, registry
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """An empty company, in which most records are found and never synced."""
    return make_office()


def address(office: Office, key: str = "crm.customers", rest: str = "") -> str:
    return f"/office/fetch/{office.setting(key).pk}/{rest}"


def ask(office: Office, key: str = "crm.customers", **wanted: str) -> Any:
    return client_of(access.FINANCE).post(address(office, key), wanted)


def found(answer: Any) -> list[str]:
    return [line.found.name for line, _ in answer.context["lines"]]


def take(office: Office, key: str = "crm.customers", **sent: Any) -> Any:
    answer = client_of(access.FINANCE).post(address(office, key, "take/"), sent)
    finish_syncs(office)
    return answer


def people(office: Office) -> tuple[str, str, str]:
    """An account with a contact, and a contact without one."""
    (acme,) = office.accounts("Acme Ltd")
    ada, bob = office.add(
        "crm",
        "Contacts",
        {"First_Name": "Ada", "Last_Name": "Lovelace", "Account_Name": acme},
        {"First_Name": "Bob", "Last_Name": "Loveless"},
    )
    return acme, ada, bob


INDIVIDUALS = {"kind": "crm.individuals"}


def test_contacts_are_found_by_first_and_last_name(office: Office) -> None:
    _, ada, _ = people(office)
    office.configure(module="contacts")
    page = client_of(access.FINANCE).get(address(office)).content.decode()
    assert "First name" in page
    assert "Last name" in page
    assert "Account name" not in page
    assert found(ask(office, Last_Name="love")) == ["Ada Lovelace", "Bob Loveless"]
    assert found(ask(office, First_Name="ada", Last_Name="love")) == ["Ada Lovelace"]
    assert "Account: Acme Ltd" in ask(office, First_Name="ada").content.decode()

    take(office, id=[ada])
    made = office.customers()["Ada Lovelace"]
    assert made["customer_sub_type"] == "individual"


def test_an_account_needs_a_choice_with_accounts(office: Office) -> None:
    acme, _, _ = people(office)
    office.configure(module="contacts")
    customers = registry.flow("crm.customers")
    with pytest.raises(ValueError, match="Accounts of CRM are not fetched"):
        fetching.fetch(person(access.FINANCE), office.setting(), customers, [acme])
    assert take(office, kind="crm.customers", id=[acme]).status_code == 404
    assert "Acme Ltd" not in office.customers()


@pytest.mark.parametrize(
    ("module", "included", "kinds"),
    [
        ("accounts", "no", ["crm.customers"]),
        ("accounts", "yes", ["crm.customers"]),
        ("contacts", "no", ["crm.individuals"]),
        ("accounts_contacts", "no", ["crm.customers"]),
        ("accounts_contacts", "yes", ["crm.customers", "crm.individuals"]),
    ],
)
def test_the_choice_decides_which_ids_are_taken(
    office: Office, module: str, included: str, kinds: list[str]
) -> None:
    office.configure(module=module, contacts_without_account=included)
    assert list(fetching.searches(office.setting())) == kinds


def test_with_both_a_contact_of_an_account_is_no_customer_of_its_own(office: Office) -> None:
    _, ada, bob = people(office)
    office.configure(module="accounts_contacts", contacts_without_account="yes")
    page = client_of(access.FINANCE).get(address(office), INDIVIDUALS).content.decode()
    assert "By first name, last name" in page
    take(office, **INDIVIDUALS, id=[ada, bob])
    assert set(office.customers()) == {"Bob Loveless"}


def test_a_contact_is_fetched_as_the_contact_person_of_its_account(office: Office) -> None:
    acme, ada, _ = people(office)
    office.configure(module="accounts_contacts")
    take(office, id=[acme])
    assert found(ask(office, "crm.contact_persons", Last_Name="lovelace")) == ["Ada Lovelace"]
    take(office, "crm.contact_persons", id=[ada])
    (person_made,) = office.records("books", "contactpersons")
    assert person_made["last_name"] == "Lovelace"
    assert (
        "New invoice"
        not in client_of(access.FINANCE).get(f"/office/fetch/done/{latest().pk}/").content.decode()
    )


def test_what_cannot_be_looked_up_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.connector_class("crm"), "searches", {})
    page = client_of(access.FINANCE).get(address(office))
    assert "Customers cannot be looked up by name." in page.content.decode()
    assert take(office, id=["1"]).status_code == 302
    module = client_of(access.ADMIN).get(f"/office/modules/{office.setting().pk}/")
    assert "Search in CRM" not in module.content.decode()


def test_vendors_are_found_and_fetched(office: Office) -> None:
    (paper,) = office.add("crm", "Vendors", {"Vendor_Name": "Paper & Co", "City": "Oslo"})
    assert found(ask(office, "crm.vendors", Vendor_Name="paper")) == ["Paper & Co"]
    take(office, "crm.vendors", id=[paper])
    assert office.customers()["Paper & Co"]["contact_type"] == "vendor"
    page = client_of(access.FINANCE).get(f"/office/fetch/done/{latest().pk}/").content.decode()
    assert "New bill" in page
    assert "New invoice" not in page
    names = client_of(access.AUDITOR).get("/office/lists/crm.vendors/").content.decode()
    assert "Vendors from CRM" in names
    assert "Paper &amp; Co" in names


def test_items_are_found_and_fetched_also_where_books_comes_first(office: Office) -> None:
    (pen,) = office.add("crm", "Products", {"Product_Name": "Pen", "Product_Code": "P-1",
                                            "Unit_Price": 2})  # fmt: skip
    office.configure("crm.items", extent="both")
    assert found(ask(office, "crm.items", Product_Name="pen")) == ["Pen"]
    take(office, "crm.items", id=[pen])
    assert [row["name"] for row in office.records("books", "items")] == ["Pen"]
    assert latest().direction == "forward"
