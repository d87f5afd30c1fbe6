"""Insert, update, upsert, delete: what each record of a batch is answered."""
# ruff: noqa: F811

from __future__ import annotations

import pytest

from tests.sandbox.crm_world import crm, world  # noqa: F401


def rows_of(answer):
    return answer.body["data"]


def test_insert_answers_with_the_stamps(crm):
    answer = crm.post("/Accounts", {"data": [{"Account_Name": "Acme"}], "trigger": []})
    row = rows_of(answer)[0]
    assert (answer.status, row["code"], row["message"]) == (201, "SUCCESS", "record added")
    assert set(row["details"]) == {
        "id", "Created_Time", "Modified_Time", "Created_By", "Modified_By", "$approval_state"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "status", "codes"),
    [
        ([{"Account_Name": "A"}, {"Account_Name": "B"}], 201, ["SUCCESS", "SUCCESS"]),
        ([{"Account_Name": "A"}, {"Phone": "1"}], 207, ["SUCCESS", "MANDATORY_NOT_FOUND"]),
        ([{"Phone": "1"}, {}], 400, ["MANDATORY_NOT_FOUND", "MANDATORY_NOT_FOUND"]),
    ],
)
def test_a_batch_is_judged_row_by_row(crm, rows, status, codes):
    answer = crm.post("/Accounts", {"data": rows})
    assert answer.status == status
    assert [row["code"] for row in rows_of(answer)] == codes


@pytest.mark.parametrize(
    ("module", "values", "code", "details"),
    [
        ("Accounts", {"Phone": "1"}, "MANDATORY_NOT_FOUND", {"api_name": "Account_Name"}),
        ("Accounts", {"Account_Name": ""}, "MANDATORY_NOT_FOUND", {"api_name": "Account_Name"}),
        ("Accounts", {"Account_Name": "x" * 201}, "INVALID_DATA", {"maximum_length": 200}),
        ("Accounts", {"Account_Name": 12}, "INVALID_DATA", {"expected_data_type": "text"}),
        ("Accounts", {"Account_Name": "A", "Phone": "1" * 101}, "INVALID_DATA",
         {"maximum_length": 100}),
        ("Accounts", {"Account_Name": "A", "Website": "no site"}, "INVALID_DATA",
         {"expected_data_type": "website"}),
        ("Accounts", {"Account_Name": "A", "Employees": "many"}, "INVALID_DATA",
         {"expected_data_type": "integer"}),
        ("Accounts", {"Account_Name": "A", "Employees": 10**9}, "INVALID_DATA",
         {"maximum_length": 9}),
        ("Accounts", {"Account_Name": "A", "Annual_Revenue": "1"}, "INVALID_DATA",
         {"expected_data_type": "double"}),
        ("Accounts", {"Account_Name": "A", "Key_Account": "yes"}, "INVALID_DATA",
         {"expected_data_type": "boolean"}),
        ("Accounts", {"Account_Name": "A", "Credit_Checked_On": "31/01/2026"}, "INVALID_DATA",
         {"expected_data_type": "date"}),
        ("Accounts", {"Account_Name": "A", "Regions": "Europe"}, "INVALID_DATA",
         {"expected_data_type": "jsonarray"}),
        ("Accounts", {"Account_Name": "A", "Currency": "XXX"}, "INVALID_DATA",
         {"api_name": "Currency"}),
        ("Accounts", {"Account_Name": "A", "Parent_Account": "Acme"}, "INVALID_DATA",
         {"expected_data_type": "jsonobject"}),
        ("Accounts", {"Account_Name": "A", "Parent_Account": {"id": "1" * 19}}, "INVALID_DATA",
         {"id": "1" * 19}),
        ("Accounts", {"Account_Name": "A", "Owner": {"id": "1" * 19}}, "INVALID_DATA",
         {"api_name": "Owner"}),
        ("Contacts", {"First_Name": "A"}, "MANDATORY_NOT_FOUND", {"api_name": "Last_Name"}),
        ("Contacts", {"Last_Name": "A", "Email": "a@b"}, "INVALID_DATA",
         {"expected_data_type": "email"}),
        ("Deals", {"Deal_Name": "D", "Pipeline": "Standard (Standard)"}, "MANDATORY_NOT_FOUND",
         {"api_name": "Stage"}),
        ("Deals", {"Deal_Name": "D", "Stage": "Qualification"}, "MANDATORY_NOT_FOUND",
         {"api_name": "Pipeline"}),
        ("Deals", {"Deal_Name": "D", "Stage": "Won!", "Pipeline": "Standard (Standard)"},
         "INVALID_DATA", {"api_name": "Stage"}),
        ("Deals", {"Deal_Name": "D", "Stage": "Joint offer", "Pipeline": "Standard (Standard)"},
         "DEPENDENT_MISMATCH", {"api_name": "Stage"}),
        ("Deals", {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Standard (Standard)",
                   "Probability": 101}, "INVALID_DATA", {"api_name": "Probability"}),
    ],
)  # fmt: skip
def test_what_is_refused(crm, module, values, code, details):
    row = rows_of(crm.post(f"/{module}", {"data": [values]}))[0]
    assert (row["code"], row["status"]) == (code, "error")
    assert details.items() <= row["details"].items()
    assert row["details"]["json_path"].startswith("$.data[0].")


def test_several_things_wrong_with_one_record(crm):
    row = rows_of(crm.post("/Accounts", {"data": [{"Employees": "x", "Phone": 1}]}))[0]
    assert row["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    codes = [error["code"] for error in row["details"]["errors"]]
    assert codes == ["INVALID_DATA", "INVALID_DATA", "MANDATORY_NOT_FOUND"]


def test_unknown_and_read_only_fields_are_passed_over(crm):
    record = crm.made("Accounts", Account_Name="A", Nonsense=1, Created_Time="x", Full_Name="y")
    assert "Nonsense" not in crm.row("Accounts", record)


def test_unique_fields(crm):
    holder = crm.made("Accounts", Account_Name="A", Tax_Number="DE 1")
    answer = crm.post("/Accounts", {"data": [{"Account_Name": "B", "Tax_Number": "de 1 "}]})
    row = rows_of(answer)[0]
    assert (answer.status, row["code"], row["message"]) == (400, "DUPLICATE_DATA", "duplicate data")
    details = row["details"]
    assert (details["id"], details["api_name"], details["more_records"]) == (
        holder, "Tax_Number", False
    )  # fmt: skip
    assert set(details["duplicate_record"]) == {"id", "Owner", "module"}
    again = crm.put("/Accounts", {"data": [{"id": holder, "Tax_Number": "DE 1"}]})
    assert again.status == 200


def test_more_than_a_hundred_records(crm):
    answer = crm.post("/Accounts", {"data": [{"Account_Name": "A"}] * 101})
    row = rows_of(answer)[0]
    assert (answer.status, row["code"]) == (400, "LIMIT_EXCEEDED")
    assert row["details"] == {"maximum_length": 100, "api_name": "data"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"data": []}, "INVALID_DATA"),
        ({"data": {}}, "INVALID_DATA"),
        ([], "INVALID_DATA"),
    ],
)
def test_bodies_of_another_shape(crm, body, code):
    answer = crm.post("/Accounts", body)
    assert (answer.status, answer.body["code"]) == (400, code)


def test_an_unknown_module_stands_inside_data(crm):
    answer = crm.post("/Nonsense", {"data": [{}]})
    assert (answer.status, rows_of(answer)[0]["code"]) == (400, "INVALID_MODULE")


class TestUpdate:
    def test_changes_only_what_was_sent_and_moves_the_time(self, world, crm):
        record = crm.made("Accounts", Account_Name="A", Phone="1", Fax="2")
        before = crm.row("Accounts", record)
        world.clock.advance(60)
        answer = crm.put("/Accounts", {"data": [{"id": record, "Phone": None, "Fax": "3"}]})
        after = crm.row("Accounts", record)
        assert (answer.status, rows_of(answer)[0]["message"]) == (200, "record updated")
        assert (after["Phone"], after["Fax"], after["Account_Name"]) == (None, "3", "A")
        assert after["Modified_Time"] > before["Modified_Time"]
        assert after["Created_Time"] == before["Created_Time"]

    def test_one_record_by_its_path(self, crm):
        record = crm.made("Accounts", Account_Name="A")
        assert crm.put(f"/Accounts/{record}", {"data": [{"Phone": "9"}]}).status == 200
        assert crm.row("Accounts", record)["Phone"] == "9"

    def test_mixed_and_missing_ids(self, crm):
        record = crm.made("Accounts", Account_Name="A")
        rows = [{"id": int(record), "Fax": "1"}, {"Fax": "1"}, {"id": "1" * 19, "Fax": "1"}]
        answer = crm.put("/Accounts", {"data": rows})
        assert answer.status == 207
        codes = [row["code"] for row in rows_of(answer)]
        assert codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "INVALID_DATA"]
        assert crm.put("/Accounts", {"data": rows[1:]}).status == 400

    def test_if_unmodified_since(self, world, crm):
        record = crm.made("Accounts", Account_Name="A")
        seen = crm.row("Accounts", record)["Modified_Time"]
        headers = {"if-unmodified-since": seen}
        body = {"data": [{"id": record, "Fax": "1"}]}
        assert crm.call("PUT", "/Accounts", body, headers).status == 200
        world.clock.advance(5)
        crm.put("/Accounts", body)
        answer = crm.call("PUT", "/Accounts", body, headers)
        row = rows_of(answer)[0]
        assert (answer.status, row["code"]) == (412, "ALREADY_MODIFIED")
        assert row["details"]["Modified_Time"] > seen

    def test_deals_are_reckoned(self, crm):
        deal = crm.made("Deals", Deal_Name="D", Stage="Needs Analysis", Amount=1000,
                        Pipeline="Standard (Standard)")  # fmt: skip
        row = crm.row("Deals", deal)
        assert (row["Probability"], row["Expected_Revenue"]) == (20, 200.0)
        crm.put(f"/Deals/{deal}", {"data": [{"Stage": "Closed Won"}]})
        row = crm.row("Deals", deal)
        assert (row["Probability"], row["Expected_Revenue"]) == (100, 1000.0)

    def test_a_changed_currency_brings_its_rate(self, crm):
        record = crm.made("Accounts", Account_Name="A")
        crm.put(f"/Accounts/{record}", {"data": [{"Currency": "EUR"}]})
        assert crm.row("Accounts", record)["Exchange_Rate"] == 0.92


class TestUpsert:
    def test_by_the_system_field(self, crm):
        first = crm.post("/Accounts/upsert", {"data": [{"Account_Name": "Acme", "Fax": "1"}]})
        second = crm.post("/Accounts/upsert", {"data": [{"Account_Name": "acme", "Fax": "2"}]})
        one, two = rows_of(first)[0], rows_of(second)[0]
        assert (first.status, second.status) == (200, 200)
        assert (one["action"], one["duplicate_field"]) == ("insert", None)
        assert (two["action"], two["duplicate_field"]) == ("update", "Account_Name")
        assert one["details"]["id"] == two["details"]["id"]

    def test_by_the_fields_asked_for_then_the_unique_ones(self, crm):
        record = crm.made("Accounts", Account_Name="A", Tax_Number="1")
        body = {"data": [{"Account_Name": "B", "Tax_Number": "1"}],
                "duplicate_check_fields": ["Account_Name"]}  # fmt: skip
        row = rows_of(crm.post("/Accounts/upsert", body))[0]
        assert (row["details"]["id"], row["duplicate_field"]) == (record, "Tax_Number")

    def test_other_fields_may_not_be_compared(self, crm):
        body = {"data": [{"Account_Name": "B"}], "duplicate_check_fields": ["Phone"]}
        answer = crm.post("/Accounts/upsert", body)
        assert (answer.status, rows_of(answer)[0]["code"]) == (400, "INVALID_DATA")

    def test_mixed(self, crm):
        body = {"data": [{"Account_Name": "A"}, {"Phone": "1"}, {"id": "1" * 19}]}
        answer = crm.post("/Accounts/upsert", body)
        assert answer.status == 207
        codes = [row["code"] for row in rows_of(answer)]
        assert codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "INVALID_DATA"]


class TestDelete:
    def test_many(self, crm):
        ids = crm.accounts(3)
        answer = crm.delete("/Accounts", ids=",".join([*ids[:2], "1" * 19]))
        assert answer.status == 207
        assert [row["code"] for row in rows_of(answer)] == ["SUCCESS", "SUCCESS", "INVALID_DATA"]
        assert rows_of(answer)[2]["message"] == "record not deleted"
        assert crm.get("/Accounts", fields="id").body["info"]["count"] == 1

    def test_one(self, crm):
        record = crm.accounts(1)[0]
        assert crm.delete(f"/Accounts/{record}").status == 200
        assert crm.get(f"/Accounts/{record}").status == 204
        assert crm.delete(f"/Accounts/{record}").status == 400

    def test_ids_are_needed(self, crm):
        assert crm.delete("/Accounts").body["code"] == "REQUIRED_PARAM_MISSING"

    def test_what_pointed_at_it_points_nowhere(self, crm):
        account = crm.made("Accounts", Account_Name="A")
        person = crm.made("Contacts", Last_Name="P", Account_Name={"id": account})
        crm.delete("/Accounts", ids=account)
        assert crm.row("Contacts", person)["Account_Name"] is None


class TestScreens:
    """Changes by the control calls: as a person would make them in CRM itself."""

    def control(self, world, method, path, body=None):
        from tests.sandbox.crm_world import ask

        return ask(world, method, f"/_sandbox/records/crm/{path}", body)

    def test_insert_change_delete(self, world, crm):
        made = self.control(world, "POST", "Accounts", [{"Account_Name": "By hand "}])
        record = made.body[0]["id"]
        before = crm.row("Accounts", record)["Modified_Time"]
        world.clock.advance(9)
        changed = self.control(world, "PATCH", f"Accounts/{record}", {"Website": "no site"})
        assert changed.body["Website"] == "no site"
        assert crm.row("Accounts", record)["Modified_Time"] > before
        assert self.control(world, "DELETE", f"Accounts/{record}").status == 200
        assert crm.get("/Accounts/deleted").body["data"][0]["id"] == record

    def test_the_list_shows_every_field(self, world, crm):
        record = crm.made("Accounts", Account_Name="A")
        listed = self.control(world, "GET", "Accounts").body
        assert listed == [crm.row("Accounts", record)]

    def test_mistakes_are_told(self, world):
        for body in ([{"Nonsense": 1}], [{"Phone": "1"}]):
            assert self.control(world, "POST", "Accounts", body).status == 400

    def test_a_deal_without_a_pipeline_gets_the_standard_one(self, world):
        made = self.control(world, "POST", "Deals", [{"Deal_Name": "D", "Stage": "Qualification"}])
        assert made.body[0]["Pipeline"] == "Standard (Standard)"

    def test_users(self, world, crm):
        made = self.control(
            world, "POST", "users", [{"email": "new@aurora.example", "last_name": "New"}]
        )
        user = made.body[0]["id"]
        self.control(world, "PATCH", f"users/{user}", {"status": "disabled"})
        assert crm.get(f"/users/{user}").body["users"][0]["status"] == "disabled"
        self.control(world, "DELETE", f"users/{user}")
        deleted = crm.get("/users", type="DeletedUsers").body["users"]
        assert [row["id"] for row in deleted] == [user]


class TestEachRecordIsJudgedAlone:
    """Whatever one element of a list holds, those before and behind it are kept: answer 207."""

    ODD = (
        {"Account_Name": None},
        {"Account_Name": {"name": "Acme"}},
        {"Account_Name": ["Acme"]},
        {"Account_Name": "x" * 201},
        {"Account_Name": "O", "Annual_Revenue": "a lot"},
        {"Account_Name": "O", "Annual_Revenue": 10**17},
        {"Account_Name": "O", "Employees": 1.5},
        {"Account_Name": "O", "Owner": "nobody"},
        {"Account_Name": "O", "Owner": {"id": "1"}},
        {"Account_Name": "O", "Parent_Account": 7},
        {"Account_Name": "O", "Currency": "XTS"},
        {"Account_Name": "O", "Tag": {"name": "t"}},
    )

    @pytest.mark.parametrize("odd", ODD, ids=repr)
    @pytest.mark.parametrize("path", ["/Accounts", "/Accounts/upsert"])
    def test_inserted(self, crm, odd, path):
        rows = [{"Account_Name": "Before"}, odd, {"Account_Name": "Behind"}]
        answer = crm.post(path, {"data": rows})
        told = rows_of(answer)
        assert [row["status"] for row in told] == ["success", "error", "success"]
        assert answer.status == 207
        for row, name in ((told[0], "Before"), (told[2], "Behind")):
            assert crm.row("Accounts", row["details"]["id"])["Account_Name"] == name

    @pytest.mark.parametrize("odd", ODD[:4], ids=repr)
    def test_updated(self, crm, odd):
        first, second, third = crm.accounts(3)
        rows = [{"id": first, "Fax": "1"}, {"id": second, **odd}, {"id": third, "Fax": "3"}]
        answer = crm.put("/Accounts", {"data": rows})
        assert [row["status"] for row in rows_of(answer)] == ["success", "error", "success"]
        assert answer.status == 207
        assert crm.row("Accounts", third)["Fax"] == "3"
