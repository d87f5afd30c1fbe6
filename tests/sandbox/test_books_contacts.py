"""Contacts: what is refused and how, what is answered, what a write does."""

from __future__ import annotations

import re

import pytest

from integrations.sandbox.books import founding
from tests.sandbox.conftest import ask

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")


def add(books, name="Acme", **values):
    answer = books.post("/contacts", {"contact_name": name, **values})
    assert answer.status == 201, answer.body
    return answer.body["contact"]


def get(books, contact):
    return books.get(f"/contacts/{contact['contact_id']}").body["contact"]


def put(books, contact, **values):
    return books.put(f"/contacts/{contact['contact_id']}", values)


def crm_id(value):
    return [{"api_name": "cf_crm_id", "value": value}]


class TestCreate:
    def test_every_field_is_answered_with_blanks_and_not_null(self, books):
        contact = add(books)
        assert None not in contact.values()
        assert contact["website"] == contact["notes"] == contact["zcrm_account_id"] == ""
        assert contact["contact_type"] == "customer"
        assert contact["currency_code"] == "USD"
        assert contact["billing_address"]["address_id"] != contact["shipping_address"]["address_id"]
        assert contact["has_transaction"] is False
        assert STAMP.fullmatch(contact["created_time"])

    def test_custom_fields_come_three_ways(self, books):
        contact = add(books, custom_fields=crm_id("77"))
        assert contact["cf_crm_id"] == contact["cf_crm_id_unformatted"] == "77"
        assert contact["custom_field_hash"]["cf_crm_id"] == "77"
        [field] = contact["custom_fields"]
        assert (field["api_name"], field["value"]) == ("cf_crm_id", "77")
        again = add(
            books, "B", custom_fields=[{"customfield_id": field["customfield_id"], "value": 78}]
        )
        assert again["cf_crm_id"] == "78"

    def test_ids_are_taken_as_numbers_and_answered_as_strings(self, books, org):
        currency = founding.add_currency(org, "EUR", "€", "Euro")
        contact = add(books, currency_id=int(currency["currency_id"]))
        assert contact["currency_id"] == currency["currency_id"]
        assert contact["currency_code"] == "EUR"

    @pytest.mark.parametrize(
        ("values", "status", "code"),
        [
            ({"contact_name": ""}, 400, 3013),
            ({"contact_name": "  "}, 400, 3013),
            ({}, 400, 3013),
            ({"contact_name": "x" * 201}, 400, 15),
            ({"contact_name": "x" * 200}, 201, 0),
            ({"contact_name": ["x"]}, 400, 2),
            ({"contact_name": "A", "contact_type": "partner"}, 400, 2),
            ({"contact_name": "A", "customer_sub_type": "club"}, 400, 2),
            ({"contact_name": "A", "company_name": "x" * 201}, 400, 15),
            ({"contact_name": "A", "currency_id": "1"}, 400, 9004),
            ({"contact_name": "A", "currency_id": "EUR"}, 400, 2),
            ({"contact_name": "A", "website": "not a site"}, 400, 2),
            ({"contact_name": "A", "website": "www.bowman.example"}, 201, 0),
            ({"contact_name": "A", "website": "https://müller.example/a?b"}, 201, 0),
            ({"contact_name": "A", "payment_terms": "soon"}, 400, 2),
            ({"contact_name": "A", "credit_limit": "1000.50"}, 201, 0),
            ({"contact_name": "A", "credit_limit": "NaN"}, 400, 2),
            ({"contact_name": "A", "twitter": "x" * 101}, 400, 15),
            ({"contact_name": "A", "billing_address": {"address": "x" * 501}}, 400, 15),
            ({"contact_name": "A", "billing_address": {"zip": 94588}}, 201, 0),
            ({"contact_name": "A", "billing_address": {"phone": "1" * 51}}, 400, 15),
            ({"contact_name": "A", "billing_address": "here"}, 400, 2),
            ({"contact_name": "A", "custom_fields": [{"api_name": "cf_x", "value": 1}]}, 400, 2),
            ({"contact_name": "A", "contact_persons": [{"email": "a@b"}]}, 400, 2),
            ({"contact_name": "A", "contact_persons": [{"email": "a b@c.de"}]}, 400, 2),
            ({"contact_name": "A", "contact_persons": [{"email": "ä@müller.example"}]}, 201, 0),
            ({"contact_name": "A", "contact_persons": [{"phone": "1" * 51}]}, 400, 15),
            ({"contact_name": "A", "contact_persons": [{"is_primary_contact": False}]}, 400, 2),
            ({"contact_name": "A", "contact_persons": [{"contact_person_id": "1"}]}, 400, 1002),
            ({"contact_name": "A", "owner_id": "1"}, 400, 1002),
            ({"contact_name": "A", "unheard_of": {"x": 1}}, 201, 0),
        ],
    )
    def test_values(self, books, values, status, code):
        answer = books.post("/contacts", values)
        assert (answer.status, answer.body["code"]) == (status, code), answer.body

    def test_nothing_is_stored_of_what_is_refused(self, books, world):
        books.post("/contacts", {"contact_name": "A", "contact_persons": [{"email": "x"}]})
        for kind in ("contacts", "contactpersons"):
            assert ask(world, "GET", f"/_sandbox/records/books/{kind}").body == []

    def test_zcrm_fields_cannot_be_written(self, books):
        assert add(books, zcrm_account_id="5")["zcrm_account_id"] == ""

    @pytest.mark.parametrize("body", [b"{", b'"text"', b"[1]"])
    def test_a_body_that_is_no_object(self, world, books, body):
        headers = {"authorization": f"Zoho-oauthtoken {books.token}"}
        answer = ask(world, "POST", "/books/v3/contacts", body, query=books.always, headers=headers)
        assert (answer.status, answer.body["code"]) == (400, 4)


class TestNames:
    @pytest.mark.parametrize("name", ["Acme", "ACME", " acme ", "acme\t"])
    def test_a_name_is_one_contact_s(self, books, name):
        add(books)
        answer = books.post("/contacts", {"contact_name": name})
        assert (answer.status, answer.body["code"]) == (400, 3062)
        shown = name.strip()
        assert answer.body["message"] == (
            f'The customer "{shown}" already exists. Please specify a different name.'
        )

    @pytest.mark.parametrize("name", ["Acme Ltd", "Ac me", "Acmé"])
    def test_a_like_name_is_another(self, books, name):
        add(books)
        add(books, name)

    def test_folding_goes_beyond_ascii(self, books):
        add(books, "STRAẞE ΑΘΉΝΑ")
        assert books.post("/contacts", {"contact_name": "strasse αθήνα"}).body["code"] == 3062

    def test_inactive_contacts_and_vendors_count(self, books):
        contact = add(books)
        books.post(f"/contacts/{contact['contact_id']}/inactive")
        again = {"contact_name": "acme", "contact_type": "vendor"}
        answer = books.post("/contacts", again)
        assert answer.body["code"] == 3062
        assert answer.body["message"].startswith("The vendor ")

    def test_an_update_is_held_to_it_too(self, books):
        add(books)
        other = add(books, "Other")
        answer = put(books, other, contact_name="ACME")
        assert (answer.status, answer.body["code"]) == (400, 3062)
        assert put(books, other, contact_name="OTHER").status == 200

    def test_a_name_is_free_again_after_a_delete_or_a_rename(self, books):
        contact = add(books)
        put(books, contact, contact_name="New")
        again = add(books)
        books.delete(f"/contacts/{again['contact_id']}")
        add(books)


class TestUpdate:
    def test_only_what_is_given_changes(self, books):
        before = add(
            books, notes="n", website="www.a.example", billing_address={"city": "X", "zip": "1"}
        )
        after = put(books, before, notes="m", billing_address={"zip": "2"}).body["contact"]
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"notes", "billing_address", "last_modified_time"}
        assert after["billing_address"] == {**before["billing_address"], "zip": "2"}

    def test_persons_stay_when_the_key_is_left_out(self, books):
        contact = add(books, contact_persons=[{"first_name": "A"}, {"first_name": "B"}])
        put(books, contact, notes="x")
        assert len(get(books, contact)["contact_persons"]) == 2

    def test_persons_left_out_of_the_list_are_dropped(self, books):
        contact = add(books, contact_persons=[{"first_name": "A"}, {"first_name": "B"}])
        first, second = contact["contact_persons"]
        kept = {"contact_person_id": second["contact_person_id"], "email": "b@b.example"}
        put(books, contact, contact_persons=[kept, {"first_name": "C"}])
        after = get(books, contact)
        assert [one["first_name"] for one in after["contact_persons"]] == ["B", "C"]
        assert after["primary_contact_id"] == second["contact_person_id"]
        assert after["contact_persons"][0]["email"] == "b@b.example"
        gone = books.get(f"/contacts/contactpersons/{first['contact_person_id']}")
        assert gone.body["code"] == 1002
        put(books, contact, contact_persons=[])
        assert get(books, contact)["contact_persons"] == []
        assert get(books, contact)["primary_contact_id"] == ""

    def test_an_unknown_person_is_1002(self, books):
        contact = add(books)
        answer = put(books, contact, contact_persons=[{"contact_person_id": "9"}])
        assert (answer.status, answer.body["code"]) == (400, 1002)

    def test_is_primary_contact_false_is_refused(self, books):
        contact = add(books, contact_persons=[{"first_name": "A"}])
        person = contact["contact_persons"][0]["contact_person_id"]
        entry = {"contact_person_id": person, "is_primary_contact": False}
        answer = put(books, contact, contact_persons=[entry])
        assert answer.body == {
            "code": 2,
            "message": "Invalid value passed for is_primary_contact",
        }

    def test_an_unknown_contact_is_1002(self, books):
        answer = books.put("/contacts/123", {"notes": "x"})
        assert (answer.status, answer.body["code"]) == (404, 1002)

    def test_currency_stays_once_there_are_transactions(self, books, org):
        contact = add(books)
        euro = founding.add_currency(org, "EUR", "€", "Euro")["currency_id"]
        bill(books, contact)
        assert put(books, contact, currency_id=euro).body["code"] == 2
        assert put(books, contact, currency_id=contact["currency_id"]).status == 200


class TestTimes:
    def test_modified_moves_with_every_write_and_never_back(self, world, books):
        contact = add(books)
        seen = [contact["last_modified_time"]]
        for call in (
            lambda: put(books, contact, notes="x"),
            lambda: books.post(f"/contacts/{contact['contact_id']}/inactive"),
            lambda: books.post(f"/contacts/{contact['contact_id']}/active"),
            lambda: books.post(
                "/contacts/contactpersons",
                {"contact_id": contact["contact_id"], "first_name": "A"},
            ),
            lambda: books.post(f"/contacts/{contact['contact_id']}/address", {"city": "X"}),
        ):
            world.clock.advance(2)
            call()
            seen.append(get(books, contact)["last_modified_time"])
        assert seen == sorted(set(seen))
        world.clock.advance(-60)
        put(books, contact, notes="y")
        assert get(books, contact)["last_modified_time"] == seen[-1]

    def test_newest_first_is_stable_within_one_second(self, books):
        made = [add(books, f"C{number}") for number in range(5)]
        put(books, made[2], notes="x")
        put(books, made[0], notes="x")
        listed = books.get("/contacts", sort_column="last_modified_time", sort_order="D").body
        names = [row["contact_name"] for row in listed["contacts"]]
        assert names == ["C0", "C2", "C4", "C3", "C1"]


class TestUpsert:
    def put(self, books, value, key="cf_crm_id", upsert="true", **values):
        headers = {
            "x-unique-identifier-key": key,
            "x-unique-identifier-value": value,
            "x-upsert": upsert,
        }
        body = {"contact_name": "Acme", "contact_type": "customer", **values}
        return books.call("PUT", "/contacts", body, headers)

    def test_201_when_created_and_200_when_updated(self, books):
        first = self.put(books, "7")
        assert first.status == 201
        assert first.body["contact"]["cf_crm_id"] == "7"
        again = self.put(books, "7", notes="x")
        assert again.status == 200
        assert again.body["contact"]["contact_id"] == first.body["contact"]["contact_id"]
        assert again.body["contact"]["notes"] == "x"

    def test_without_x_upsert_nothing_is_made(self, books):
        assert self.put(books, "7", upsert="false").body["code"] == 1002

    def test_only_unique_fields_identify(self, books):
        answer = self.put(books, "7", key="cf_other")
        assert (answer.status, answer.body["code"]) == (400, 2)

    def test_the_name_must_be_free(self, books):
        add(books)
        assert self.put(books, "7").body["code"] == 3062

    def test_a_unique_value_is_one_contact_s(self, books):
        add(books, custom_fields=crm_id("7"))
        answer = books.post("/contacts", {"contact_name": "B", "custom_fields": crm_id("7")})
        assert (answer.status, answer.body["code"]) == (400, 120303)
        other = add(books, "C", custom_fields=crm_id("8"))
        assert put(books, other, custom_fields=crm_id("7")).body["code"] == 120303
        assert put(books, other, custom_fields=crm_id("8")).status == 200
        add(books, "D", custom_fields=crm_id(""))
        add(books, "E", custom_fields=crm_id(""))


def bill(books, contact, rate="10.50", **query):
    body = {
        "customer_id": contact["contact_id"],
        "line_items": [{"name": "Work", "rate": rate, "quantity": 2}],
    }
    return books.post("/invoices", body, **query).body["invoice"]


class TestDelete:
    def test_a_contact_with_transactions_stays(self, books):
        contact = add(books)
        invoice = bill(books, contact)
        assert get(books, contact)["has_transaction"] is True
        answer = books.delete(f"/contacts/{contact['contact_id']}")
        assert (answer.status, answer.body["code"]) == (400, 3000)
        books.delete(f"/invoices/{invoice['invoice_id']}")
        assert books.delete(f"/contacts/{contact['contact_id']}").body["code"] == 0
        assert books.get(f"/contacts/{contact['contact_id']}").status == 404

    def test_several_at_once(self, books):
        ids = [add(books, f"C{number}")["contact_id"] for number in range(3)]
        assert books.delete("/contacts", contact_ids=",".join(ids[:2])).status == 200
        listed = books.get("/contacts").body["contacts"]
        assert [row["contact_id"] for row in listed] == ids[2:]

    def test_merging_moves_what_hangs_on_the_others(self, books):
        kept, gone = add(books), add(books, "Other", contact_persons=[{"first_name": "P"}])
        bill(books, gone)
        path = f"/contacts/{kept['contact_id']}/merge"
        assert books.post(path, {"contact_ids": gone["contact_id"]}).status == 200
        after = get(books, kept)
        assert after["has_transaction"] is True
        assert [one["first_name"] for one in after["contact_persons"]] == ["P"]
        assert books.get(f"/contacts/{gone['contact_id']}").status == 404


def test_what_is_owed_follows_the_invoices(books):
    contact = add(books)
    bill(books, contact)
    assert get(books, contact)["outstanding_receivable_amount"] == 0
    bill(books, contact, send="true")
    assert get(books, contact)["outstanding_receivable_amount"] == 21.0


def test_mail_goes_to_the_outbox(world, books):
    add(books, contact_persons=[{"first_name": "A", "email": "a@b.example", "enable_portal": True}])
    [mail] = ask(world, "GET", "/_sandbox/outbox").body
    assert set(mail) == {"service", "to", "subject", "why"}
    assert mail["to"] == "a@b.example"


class TestScreens:
    def records(self, world, method, path="", body=None):
        return ask(world, method, "/_sandbox/records/books/contacts" + path, body)

    def test_records_show_every_field_of_the_detail(self, world, books):
        contact = add(books, contact_persons=[{"first_name": "A"}])
        [record] = self.records(world, "GET").body
        assert record == get(books, contact)

    def test_changes_move_the_modified_time(self, world, books):
        contact = add(books)
        world.clock.advance(5)
        path = f"/{contact['contact_id']}"
        changed = self.records(world, "PATCH", path, {"notes": "by hand", "cf_crm_id": "3"})
        assert changed.status == 200
        after = get(books, contact)
        assert after["notes"] == "by hand"
        assert after["cf_crm_id"] == "3"
        assert after["last_modified_time"] > contact["last_modified_time"]

    def test_the_app_s_own_integration_sets_the_links(self, world, books):
        body = [{"contact_name": "A", "zcrm_account_id": "55", "status": "inactive"}]
        made = self.records(world, "POST", body=body)
        assert made.status == 201
        listed = books.get("/contacts", zcrm_account_id="55", filter_by="Status.All").body
        assert listed["contacts"][0]["contact_id"] == made.body[0]["contact_id"]
        assert made.body[0]["is_linked_with_zohocrm"] is True

    def test_rules_hold_on_the_screen_too(self, world, books):
        add(books)
        assert self.records(world, "POST", body=[{"contact_name": "ACME"}]).body["code"] == 3062

    def test_delete(self, world, books):
        contact = add(books)
        assert self.records(world, "DELETE", f"/{contact['contact_id']}").status == 200
        assert self.records(world, "GET").body == []
