"""Search, COQL and bulk read."""
# ruff: noqa: F811

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from tests.sandbox.crm_world import crm, world  # noqa: F401


@pytest.fixture
def some(crm):
    """Three accounts, by a short name."""
    acme = crm.made("Accounts", Account_Name="Acme Ltd", Phone="+1 585 100", Employees=10,
                    Annual_Revenue=1000.5, Website="https://acme.example", Key_Account=True,
                    Credit_Checked_On="2026-01-31", Regions=["Europe"])  # fmt: skip
    brand = crm.made("Accounts", Account_Name="Brand (EU), Inc", Employees=200, Industry="Retail",
                     Parent_Account={"id": acme}, Currency="EUR", Annual_Revenue=920.0)  # fmt: skip
    crown = crm.made("Accounts", Account_Name="Crown", Employees=3000, Industry="Media")
    return {"acme": acme, "brand": brand, "crown": crown}


def found(some, answer):
    if answer.status == 204:
        return []
    names = {record_id: name for name, record_id in some.items()}
    return sorted(names[row["id"]] for row in answer.body["data"])


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"criteria": "(Account_Name:equals:cme)"}, ["acme"]),
            ({"criteria": "(Account_Name:starts_with:ac)"}, ["acme"]),
            ({"criteria": r"(Account_Name:equals:Brand \(EU\)\, Inc)"}, ["brand"]),
            ({"criteria": "(Industry:equals:Retail)"}, ["brand"]),
            ({"criteria": "(Industry:equals:Ret)"}, []),
            ({"criteria": "(Industry:in:Retail,Media)"}, ["brand", "crown"]),
            ({"criteria": "(Employees:greater_than:100)"}, ["brand", "crown"]),
            ({"criteria": "(Employees:between:5,300)"}, ["acme", "brand"]),
            ({"criteria": "((Employees:less_than:300)and(Industry:equals:Retail))"}, ["brand"]),
            ({"criteria": "((Industry:equals:Media) or (Phone:starts_with:+1))"},
             ["acme", "crown"]),
            ({"criteria": "(((Industry:equals:Media)or(Industry:equals:Retail))and"
                          "(Employees:less_equal:200))"}, ["brand"]),
            ({"criteria": "(Key_Account:equals:true)"}, ["acme"]),
            ({"criteria": "(Industry:equals:null)"}, ["acme"]),
            ({"word": "crow"}, ["crown"]),
            ({"phone": "585 100"}, ["acme"]),
        ],
    )  # fmt: skip
    def test_what_is_found(self, crm, some, query, names):
        assert found(some, crm.get("/Accounts/search", **query)) == names

    def test_email_is_found_whole(self, crm):
        person = crm.made("Contacts", Last_Name="P", Email="p.q@acme.example")
        answer = crm.get("/Contacts/search", email="P.Q@acme.example", fields="Email")
        assert [row["id"] for row in answer.body["data"]] == [person]
        assert crm.get("/Contacts/search", email="q@acme.example").status == 204

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({}, "EXPECTED_PARAM_MISSING"),
            ({"word": "a"}, "INVALID_DATA"),
            ({"criteria": "Account_Name:equals:A"}, "INVALID_QUERY"),
            ({"criteria": "(Nonsense:equals:A)"}, "INVALID_QUERY"),
            ({"criteria": "(Employees:about:7)"}, "INVALID_QUERY"),
            ({"criteria": "(Employees:equals:many)"}, "INVALID_QUERY"),
            ({"criteria": "(Employees:equals:1) trailing"}, "INVALID_QUERY"),
            ({"criteria": "or".join(["(Employees:equals:1)"] * 16)}, "CRITERIA_LIMIT_EXCEEDED"),
            ({"word": "acme", "page": "11"}, "LIMIT_REACHED"),
            ({"email": "a@b.example"}, "FIELD_TYPE_UNAVAILABLE"),
        ],
    )
    def test_refusals(self, crm, query, code):
        answer = crm.get("/Accounts/search", **query)
        assert (answer.status, answer.body["code"]) == (400, code)

    def test_pages(self, crm):
        crm.accounts(5)
        answer = crm.get("/Accounts/search", word="Account", per_page=2, page=3, fields="id").body
        assert (answer["info"]["count"], answer["info"]["more_records"]) == (1, False)


def coql(crm, text, **more):
    return crm.post("/coql", {"select_query": text, **more})


class TestCoql:
    @pytest.mark.parametrize(
        ("where", "names"),
        [
            ("Account_Name = 'acme ltd'", ["acme"]),
            ("Account_Name != 'Acme Ltd'", ["brand", "crown"]),
            ("Account_Name like '%brand%'", ["brand"]),
            ("Account_Name not like '%r%'", ["acme"]),
            ("Employees > 100", ["brand", "crown"]),
            ("Employees between 5 and 300", ["acme", "brand"]),
            ("Employees not between 5 and 300", ["crown"]),
            ("Industry in ('Retail', 'Media')", ["brand", "crown"]),
            ("Industry not in ('Retail', 'Media')", ["acme"]),
            ("Industry is null", ["acme"]),
            ("Industry is not null", ["brand", "crown"]),
            ("Key_Account = true", ["acme"]),
            ("Credit_Checked_On <= '2026-02-01'", ["acme"]),
            ("Created_Time > '2020-01-01T00:00:00+00:00'", ["acme", "brand", "crown"]),
            ("Parent_Account.Account_Name = 'Acme Ltd'", ["brand"]),
            ("(Employees > 5 and Employees < 300) and Industry = 'Retail'", ["brand"]),
            ("((Industry = 'Retail' or Industry = 'Media') and Employees > 1) or Phone like '%1%'",
             ["acme", "brand", "crown"]),
        ],
    )  # fmt: skip
    def test_criteria(self, crm, some, where, names):
        assert found(some, coql(crm, f"SELECT Account_Name FROM Accounts WHERE {where}")) == names

    def test_rows(self, crm, some):
        answer = coql(
            crm,
            "select Account_Name as N, Parent_Account, Parent_Account.Account_Name, Owner"
            f" from Accounts where id = {some['brand']}",
        )
        row = answer.body["data"][0]
        assert row["N"] == "Brand (EU), Inc"
        assert row["Parent_Account"] == {"id": some["acme"]}
        assert row["Parent_Account.Account_Name"] == "Acme Ltd"
        assert set(row["Owner"]) == {"id"}
        assert row["id"] == some["brand"]
        assert answer.body["info"] == {"count": 1, "more_records": False}

    def test_order_limit_and_offset(self, crm, some):
        text = "select Employees from Accounts where id is not null order by Employees desc"
        first = coql(crm, f"{text} limit 2").body
        assert [row["Employees"] for row in first["data"]] == [3000, 200]
        assert first["info"] == {"count": 2, "more_records": True}
        for rest in ("limit 2, 2", "limit 2 offset 2"):
            assert [row["Employees"] for row in coql(crm, f"{text} {rest}").body["data"]] == [10]

    def test_the_usual_order_is_by_id_and_the_usual_limit_200(self, crm):
        ids = crm.accounts(201)
        answer = coql(crm, "select id from Accounts where Account_Name like '%Acc%'").body
        assert [row["id"] for row in answer["data"]] == ids[:200]
        assert answer["info"]["more_records"] is True

    def test_keyset_by_id_goes_beyond_every_limit(self, crm, some):
        text = f"select id from Accounts where id > {some['acme']} limit 2000"
        answer = coql(crm, text)
        assert answer.status == 200
        assert found(some, answer) == ["brand", "crown"]

    def test_aggregates(self, crm, some):
        crm.made("Accounts", Account_Name="Second", Industry="Retail", Employees=100)
        answer = coql(
            crm,
            "select Industry, count(id) as C, sum(Employees), max(Employees) from Accounts"
            " where Industry is not null group by Industry order by Industry asc",
        )
        assert answer.body["data"] == [
            {"Industry": "Media", "C": 1, "SUM(Employees)": 3000.0, "MAX(Employees)": 3000},
            {"Industry": "Retail", "C": 2, "SUM(Employees)": 300.0, "MAX(Employees)": 200},
        ]

    def test_fields_beside_the_rows(self, crm, some):
        answer = coql(
            crm, "select Phone from Accounts where id is not null", include_meta=["fields"]
        )
        assert answer.body["fields"]["Phone"]["data_type"] == "phone"

    def test_nothing_found(self, crm, some):
        assert coql(crm, "select id from Accounts where Employees = 1").status == 204

    @pytest.mark.parametrize(
        ("text", "code", "message"),
        [
            ("select id from Accounts", "SYNTAX_ERROR", "missing clause"),
            ("update Accounts", "SYNTAX_ERROR", "given coql query not supported"),
            ("select id Accounts where id = 1", "SYNTAX_ERROR", "unexpected token"),
            ("select id from Accounts where Employees = 1 and Employees = 2 and Employees = 3",
             "SYNTAX_ERROR", "error occured while parsing the query"),
            ("select id from Accounts where Employees = 1 limit 2 nonsense", "SYNTAX_ERROR",
             "error occured while parsing the query"),
            ("select id from Accounts where Employees not 1", "SYNTAX_ERROR",
             "operator not supported"),
            ("select id from Accounts where Account_Name > 'A'", "INVALID_QUERY",
             "Invalid query formed"),
            ("select id from Accounts where Nonsense = 1", "INVALID_QUERY",
             "column given seems to be invalid"),
            ("select Nonsense from Accounts where id = 1", "INVALID_QUERY",
             "column given seems to be invalid"),
            ("select Branch_Offices from Accounts where id = 1", "INVALID_QUERY",
             "column given seems to be invalid"),
            ("select id from Nonsense where id = 1", "INVALID_MODULE",
             "the given module is not supported in api"),
            ("select Phone, Phone from Accounts where id = 1", "DUPLICATE_DATA",
             "duplicate select column"),
            ("select Phone as N, Fax as N from Accounts where id = 1", "DUPLICATE_ALIAS",
             "same alias cannot refer more than one column"),
            ("select id from Accounts where id = 1 limit 2001", "LIMIT_EXCEEDED",
             "limit exceeded"),
            ("select id from Accounts where id = 1 limit 0", "INVALID_DATA",
             "limit should be greater than 0"),
            ("select id from Accounts where id = 1 limit s", "INVALID_QUERY",
             "limit given seems to be invalid"),
            ("select id from Accounts where id = 1 limit 2000 offset 99999", "LIMIT_EXCEEDED",
             "limit exceeded"),
            ("select median(Employees) from Accounts where id = 1", "INVALID_DATA",
             "invalid data"),
            ("select " + ", ".join(f"F{n}" for n in range(51)) + " from Accounts where id = 1",
             "LIMIT_EXCEEDED", "limit exceeded"),
            ("select id from Accounts where Employees in ("
             + ", ".join(str(n) for n in range(51)) + ")", "LIMIT_EXCEEDED", "limit exceeded"),
        ],
    )  # fmt: skip
    def test_refusals(self, crm, text, code, message):
        answer = coql(crm, text)
        assert (answer.status, answer.body["code"], answer.body["message"]) == (400, code, message)

    def test_where_the_mistake_is(self, crm):
        details = coql(crm, "select from Accounts where id = 1").body["details"]
        assert details == {"line": 1, "column": 8, "near": "from"}

    def test_no_query_at_all(self, crm):
        answer = crm.post("/coql", {})
        assert (answer.status, answer.body["code"]) == (400, "MANDATORY_NOT_FOUND")


def job(crm, **query):
    body = {"query": {"module": {"api_name": "Accounts"}, **query}}
    answer = crm.bulk.post("/read", body)
    assert answer.status == 201, answer.body
    return answer.body["data"][0]["details"]


def result(crm, job_id):
    states = []
    while "COMPLETED" not in states:
        data = crm.bulk.get(f"/read/{job_id}").body["data"][0]
        states.append(data["state"])
    answer = crm.bulk.get(f"/read/{job_id}/result")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.namelist() == [f"{job_id}.csv"]
        text = archive.read(f"{job_id}.csv").decode()
    return list(csv.DictReader(io.StringIO(text))), data["result"], states


class TestBulkRead:
    def test_a_job_from_beginning_to_end(self, crm, some):
        made = job(crm, fields=["Account_Name", "Parent_Account", "Key_Account", "Id"])
        assert made["state"] == "ADDED"
        rows, told, states = result(crm, made["id"])
        assert states == ["IN PROGRESS", "COMPLETED"]
        assert (told["count"], told["per_page"], told["more_records"]) == (3, 200_000, False)
        assert [row["Account_Name"] for row in rows] == ["Acme Ltd", "Brand (EU), Inc", "Crown"]
        assert rows[1]["Parent_Account"] == some["acme"]
        assert rows[0]["Key_Account"] == "true"
        assert rows[2]["Id"] == some["crown"]

    def test_all_fields_where_none_are_named(self, crm, some):
        rows, _, _ = result(crm, job(crm)["id"])
        assert {"Id", "Owner", "Modified_Time", "Billing_City"} <= set(rows[0])
        assert "Branch_Offices" not in rows[0]

    @pytest.mark.parametrize(
        ("criteria", "count"),
        [
            ({"field": {"api_name": "Employees"}, "comparator": "greater_than", "value": "50"}, 2),
            ({"group_operator": "or", "group": [
                {"field": {"api_name": "Industry"}, "comparator": "equal", "value": "${EMPTY}"},
                {"field": {"api_name": "Industry"}, "comparator": "equal", "value": "Media"},
            ]}, 2),
            # Amounts compare in the home currency: 920 euros are 1000 dollars.
            ({"field": {"api_name": "Annual_Revenue"}, "comparator": "equal", "value": 1000}, 1),
        ],
    )  # fmt: skip
    def test_criteria(self, crm, some, criteria, count):
        rows, _, _ = result(crm, job(crm, criteria=criteria)["id"])
        assert len(rows) == count

    def test_a_view(self, crm, some):
        view = crm.view("Accounts", "Key accounts")
        rows, _, _ = result(crm, job(crm, cvid=view)["id"])
        assert len(rows) == 1

    def test_not_ready_unknown_and_too_old(self, world, crm, some):
        made = job(crm)["id"]
        for path in (f"/read/{made}/result", "/read/123", "/read/123/result"):
            answer = crm.bulk.get(path)
            assert (answer.status, answer.body["code"]) == (404, "RESOURCE_NOT_FOUND")
        world.clock.advance(86_401)
        assert type(crm)(world).bulk.get(f"/read/{made}").status == 404

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "INVALID_REQUEST"),
            ({"query": {"module": {"api_name": "Nonsense"}}}, "MODULE_NOT_AVAILABLE"),
            ({"query": {"module": {"api_name": "Accounts"}, "fields": ["X"]}},
             "FIELD_NOT_AVAILABLE"),
            ({"query": {"module": {"api_name": "Accounts"}, "page": 501}}, "PAGE_RANGE_EXCEEDED"),
            ({"query": {"module": {"api_name": "Accounts"}}, "file_type": "ics"}, "INVALID_DATA"),
            ({"query": {"module": {"api_name": "Accounts"}, "criteria": {"group": []}}},
             "GROUP_OPERATOR_NOT_SUPPORTED"),
        ],
    )  # fmt: skip
    def test_refusals(self, crm, body, code):
        answer = crm.bulk.post("/read", body)
        assert (answer.status, answer.body["code"]) == (400, code)

    def test_a_body_is_json_whatever_its_type_says(self, crm):
        body = {"query": {"module": {"api_name": "Accounts"}}}
        assert crm.bulk.call("POST", "/read", body, {"content-type": ""}).status == 201
        assert crm.bulk.call("POST", "/read").body["code"] == "REQUEST_BODY_IS_EMPTY"
