"""Persons, addresses, comments, items, currencies, users, locks and invoices: their rules."""

from __future__ import annotations

import pytest

from integrations.sandbox.books import founding
from tests.sandbox.conftest import ask


def code(answer):
    return answer.status, answer.body["code"]


@pytest.fixture
def contact(books):
    body = {
        "contact_name": "Acme",
        "contact_persons": [{"first_name": "Ann", "email": "a@a.example"}],
    }
    return books.post("/contacts", body).body["contact"]


@pytest.fixture
def contact_id(contact):
    return contact["contact_id"]


def invoice(books, contact_id, **values):
    line = {"name": "Work", "rate": "0.335", "quantity": 3}
    body = {"customer_id": contact_id, "line_items": [line], **values}
    return books.post("/invoices", body)


class TestPersons:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"first_name": "A"}, (201, 0)),
            ({"last_name": "A"}, (400, 4)),
            ({"first_name": "x" * 101}, (400, 15)),
            ({"first_name": "A", "designation": "x" * 51}, (400, 15)),
            ({"first_name": "A", "email": "nobody"}, (400, 2)),
            ({"first_name": "A", "is_primary_contact": False}, (400, 2)),
            ({"first_name": "A", "contact_id": "1"}, (400, 1002)),
        ],
    )
    def test_values(self, books, contact_id, values, expected):
        body = {"contact_id": contact_id, **values}
        assert code(books.post("/contacts/contactpersons", body)) == expected

    def test_the_primary_person_is_the_contact_s_face(self, books, contact_id):
        body = {"contact_id": contact_id, "first_name": "Bob", "email": "b@b.example"}
        person = books.post("/contacts/contactpersons", body).body["contact_person"][0]
        row = books.get("/contacts").body["contacts"][0]
        assert row["first_name"] == "Ann"
        books.post(f"/contacts/contactpersons/{person['contact_person_id']}/primary")
        row = books.get("/contacts").body["contacts"][0]
        assert (row["first_name"], row["email"]) == ("Bob", "b@b.example")
        people = books.get(f"/contacts/{contact_id}/contactpersons").body["contact_persons"]
        assert [one["is_primary_contact"] for one in people] == [False, True]
        books.delete(f"/contacts/contactpersons/{person['contact_person_id']}")
        assert books.get("/contacts").body["contacts"][0]["first_name"] == "Ann"

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_an_unknown_person(self, books, method):
        answer = books.call(method, "/contacts/contactpersons/5", {"first_name": "A"})
        assert code(answer) == (404, 1002)


class TestParts:
    def test_addresses(self, books, contact_id):
        path = f"/contacts/{contact_id}/address"
        made = books.post(path, {"city": "X"})
        assert made.status == 200
        own = made.body["address_info"]["address_id"]
        books.put(f"{path}/{own}", {"zip": "1"})
        shown = books.get(path).body["addresses"]
        assert len(shown) == 3
        assert (shown[2]["city"], shown[2]["zip"]) == ("X", "1")
        assert code(books.put(f"{path}/7", {"zip": "1"})) == (404, 1002)
        assert code(books.delete(f"{path}/{own}")) == (200, 0)
        assert len(books.get(path).body["addresses"]) == 2

    def test_comments(self, books, contact_id):
        path = f"/contacts/{contact_id}/comments"
        assert code(books.post(path, {"description": ""})) == (400, 4)
        books.post(path, {"description": "one"})
        books.post(path, {"description": "two"})
        shown = books.get(path).body["contact_comments"]
        assert [one["description"] for one in shown] == ["two", "one"]
        assert code(books.delete(f"{path}/{shown[0]['comment_id']}")) == (200, 0)


class TestItems:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"name": "A", "rate": 1}, (201, 0)),
            ({"rate": 1}, (400, 4)),
            ({"name": "A"}, (400, 4)),
            ({"name": "A", "item_type": "purchases"}, (201, 0)),
            ({"name": "x" * 101, "rate": 1}, (400, 15)),
            ({"name": "A", "rate": "dear"}, (400, 2)),
            ({"name": "A", "rate": 1, "product_type": "idea"}, (400, 2)),
            ({"name": "A", "rate": 1, "account_id": "1"}, (400, 1002)),
            ({"name": "TAKEN", "rate": 1}, (400, 1001)),
            ({"name": "A", "rate": 1, "sku": "s1"}, (400, 1001)),
        ],
    )
    def test_values(self, books, values, expected):
        books.post("/items", {"name": "Taken", "rate": 1, "sku": "S1"})
        assert code(books.post("/items", values)) == expected

    def test_money_is_exact(self, books):
        made = books.post("/items", {"name": "A", "rate": "1234567890123.45"}).body["item"]
        assert made["rate"] == 1234567890123.45
        assert made["account_name"] == "Sales"

    def test_an_item_in_use_stays(self, books, contact_id):
        item = books.post("/items", {"name": "A", "rate": 5}).body["item"]["item_id"]
        line = {"item_id": item, "quantity": 2}
        made = books.post("/invoices", {"customer_id": contact_id, "line_items": [line]})
        assert made.body["invoice"]["total"] == 10
        assert code(books.delete(f"/items/{item}")) == (400, 2049)
        assert code(books.put(f"/items/{item}", {"product_type": "service"})) == (400, 2076)

    def test_an_unknown_item(self, books):
        assert code(books.get("/items/5")) == (404, 2006)


class TestCurrencies:
    def test_the_base_currency_stays(self, books, org):
        assert books.delete(f"/settings/currencies/{org.record['currency_id']}").status == 400

    def test_an_unknown_one(self, books):
        assert code(books.get("/settings/currencies/5")) == (404, 9004)

    def test_rates_are_asked_by_day(self, books, org):
        euro = founding.add_currency(org, "EUR", "€", "Euro")["currency_id"]
        path = f"/settings/currencies/{euro}/exchangerates"
        for day, rate in (("2026-01-01", 1.1), ("2026-03-01", 1.3), ("2026-02-01", 1.2)):
            books.post(path, {"effective_date": day, "rate": rate})
        rates = books.get(path, from_date="2026-02-15").body["exchange_rates"]
        assert [one["rate"] for one in rates] == [1.2]
        listed = books.get("/settings/currencies").body["currencies"]
        shown = {one["currency_code"]: one["exchange_rate"] for one in listed}
        assert shown == {"USD": 1, "EUR": 1.3}

    def test_a_used_currency_stays(self, books, org):
        euro = founding.add_currency(org, "EUR", "€", "Euro")["currency_id"]
        founding.add_contact(org, {"contact_name": "A", "currency_id": euro})
        assert books.delete(f"/settings/currencies/{euro}").status == 400


class TestUsers:
    def test_an_invitation_answers_200_and_no_user(self, world, books):
        answer = books.post("/users", {"name": "New", "email": "new@k.example"})
        assert (answer.status, set(answer.body)) == (200, {"code", "message"})
        [mail] = ask(world, "GET", "/_sandbox/outbox").body
        assert mail["to"] == "new@k.example"
        [row] = books.get("/users", filter_by="Status.Invited").body["users"]
        assert row["user_role"] == "staff"

    def test_me_is_whose_token_it_is(self, world, books, org):
        founding.add_user(org, name="Second", email="second@k.example")
        assert books.get("/users/me").body["user"]["name"] == "Ada Owner"
        world.company["owner_email"] = "second@k.example"
        books.token = world.oauth.issue_access(["*"], "second@k.example", "")
        assert books.get("/users/me").body["user"]["name"] == "Second"

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"name": "X"}, (400, 4)),
            ({"name": "X", "email": "OWNER@kestrel.example"}, (400, 1001)),
            ({"name": "X", "email": "x@k.example", "role_id": "5"}, (400, 1002)),
        ],
    )
    def test_values(self, books, body, expected):
        assert code(books.post("/users", body)) == expected

    def test_the_owner_stays(self, books, org):
        owner = next(iter(org.users))
        assert books.delete(f"/users/{owner}").status == 400


class TestLocks:
    def lock(self, books, **values):
        body = {
            "transaction_lock_status": "enabled",
            "transaction_lock_date": "2026-01-31",
            **values,
        }
        return books.put("/transactionlock", body)

    def test_nothing_is_locked_at_first(self, books):
        found = books.get("/transactionlock").body["transaction_lock"]
        assert found["transaction_lock_status"] == "disabled"
        assert books.get("/transactionlocks").body["transaction_locks"] == []

    @pytest.mark.parametrize(
        ("module", "day", "status"),
        [
            ("sales", "2026-01-31", 400),
            ("sales", "2026-02-01", 201),
            ("all", "2026-01-01", 400),
            ("purchase", "2026-01-01", 201),
        ],
    )
    def test_the_lock_day_itself_is_locked(self, books, contact_id, module, day, status):
        self.lock(books, transaction_lock_module=module)
        assert invoice(books, contact_id, date=day).status == status

    def test_a_partial_unlock(self, books, contact_id):
        self.lock(books, transaction_lock_module="sales")
        window = {"lock_module": "sales", "start_date": "2026-01-10", "end_date": "2026-01-12"}
        found = books.put("/transactionlock/partialunlock", {**window, "is_enabled": True})
        assert found.body["transaction_lock"]["lock_status"] == "partially_unlocked"
        assert invoice(books, contact_id, date="2026-01-11").status == 201
        assert invoice(books, contact_id, date="2026-01-13").status == 400
        books.put("/transactionlock/partialunlock", {**window, "is_enabled": False})
        assert invoice(books, contact_id, date="2026-01-11").status == 400

    def test_areas_have_locks_of_their_own(self, books):
        self.lock(books, transaction_lock_module="sales")
        self.lock(books, transaction_lock_module="banking", transaction_lock_date="2025-12-31")
        shown = books.get("/transactionlocks").body["transaction_locks"]
        assert {one["lock_scope_formatted"] for one in shown} == {"Sales", "Banking"}
        summary = shown[0]["active_lock_summary"]
        assert summary["banking"]["transaction_lock_date"] == "2025-12-31"


class TestInvoices:
    def test_totals_are_rounded_by_line(self, books, contact_id):
        made = invoice(books, contact_id).body["invoice"]
        assert (made["total"], made["status"]) == (1.01, "draft")

    def test_numbers_are_one_invoice_s(self, books, contact_id):
        first = invoice(books, contact_id).body["invoice"]["invoice_number"]
        answer = books.call(
            "POST",
            "/invoices",
            {
                "customer_id": contact_id,
                "invoice_number": first.lower(),
                "line_items": [{"name": "X", "rate": 1}],
            },
            ignore_auto_number_generation="true",
        )
        assert code(answer) == (400, 1001)

    def test_the_due_date_makes_it_overdue(self, world, books, contact_id):
        made = invoice(books, contact_id).body["invoice"]["invoice_id"]
        books.post(f"/invoices/{made}/status/sent")
        world.clock.advance(3 * 86_400)
        books.token = world.oauth.issue_access(["*"], "", "")
        assert books.get(f"/invoices/{made}").body["invoice"]["status"] == "overdue"
        assert len(books.get("/contacts", filter_by="Invoice.OverDue").body["contacts"]) == 1

    def test_voiding_frees_the_balance(self, books, contact_id):
        made = invoice(books, contact_id).body["invoice"]["invoice_id"]
        books.post(f"/invoices/{made}/status/sent")
        books.post(f"/invoices/{made}/status/void")
        assert books.get(f"/invoices/{made}").body["invoice"]["balance"] == 0
        assert books.get("/contacts").body["contacts"][0]["outstanding_receivable_amount"] == 0

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"customer_id": "5"}, (400, 1002)),
            ({"line_items": []}, (400, 4)),
            ({"line_items": [{"item_id": "5"}]}, (400, 1002)),
            ({"date": "31.12.2026"}, (400, 2)),
        ],
    )
    def test_values(self, books, contact_id, values, expected):
        assert code(invoice(books, contact_id, **values)) == expected

    def test_only_the_modified_are_listed_since(self, world, books, contact_id):
        old = invoice(books, contact_id).body["invoice"]["invoice_id"]
        world.clock.advance(100)
        since = books.put(f"/invoices/{old}", {"notes": "x"}).body["invoice"]["last_modified_time"]
        world.clock.advance(100)
        new = invoice(books, contact_id).body["invoice"]["invoice_id"]
        for given in (since, since.replace("+", " ")):
            listed = books.get("/invoices", last_modified_time=given).body["invoices"]
            assert {one["invoice_id"] for one in listed} == {old, new}
        answer = books.get("/invoices", last_modified_time="yesterday")
        assert code(answer) == (400, 2)


def test_custom_field_types(books, org):
    for data_type, values in (
        ("dropdown", ("Gold", "Silver")),
        ("number", ()),
        ("date", ()),
        ("check_box", ()),
        ("decimal", ()),
    ):
        founding.add_custom_field(
            org, "contact", f"cf_{data_type}", data_type, data_type=data_type, values=values
        )
    table = [
        ("cf_dropdown", "Gold", "Gold"),
        ("cf_dropdown", "Lead", None),
        ("cf_number", "7", 7),
        ("cf_number", "7.5", None),
        ("cf_decimal", "7.5", 7.5),
        ("cf_date", "2026-01-31", "2026-01-31"),
        ("cf_date", "soon", None),
        ("cf_check_box", "true", True),
        ("cf_check_box", "perhaps", None),
        ("cf_dropdown", "", ""),
    ]
    for number, (name, given, kept) in enumerate(table):
        answer = books.post(
            "/contacts",
            {
                "contact_name": f"C{number}",
                "custom_fields": [{"api_name": name, "value": given}],
            },
        )
        if kept is None:
            assert code(answer) == (400, 2), name
        else:
            assert answer.body["contact"][f"{name}_unformatted"] == kept
