"""Lists: fields, pages, order, conditions, single records, counts, deletions, related lists."""
# ruff: noqa: F811

from __future__ import annotations

import pytest

from tests.sandbox.crm_world import FIELDS, crm, world  # noqa: F401


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        ({}, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}),
        ({"fields": ",".join(f"F{n}" for n in range(51))}, "LIMIT_EXCEEDED",
         {"limit": 50, "param_name": "fields"}),
        ({"fields": "id", "per_page": "201"}, "INVALID_DATA", {"param_name": "per_page"}),
        ({"fields": "id", "page": "0"}, "INVALID_DATA", {"param_name": "page"}),
        ({"fields": "id", "page": "11"}, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000}),
        ({"fields": "id", "sort_by": "Account_Name"}, "INVALID_DATA", {"param_name": "sort_by"}),
        ({"fields": "id", "sort_order": "up"}, "INVALID_DATA", {"param_name": "sort_order"}),
        ({"fields": "id", "cvid": "1"}, "INVALID_DATA", {"param_name": "cvid"}),
        ({"fields": "id", "ids": "a,b"}, "INVALID_DATA", {"param_name": "ids"}),
        ({"fields": "id", "page_token": "x"}, "TOKEN_BOUND_DATA_MISMATCH",
         {"param_name": "page_token"}),
    ],
)  # fmt: skip
def test_refusals(crm, query, code, details):
    answer = crm.get("/Accounts", **query)
    assert (answer.status, answer.body["code"], answer.body["details"]) == (400, code, details)


@pytest.mark.parametrize(
    "query", [{"cvid": "1", "sort_by": "id"}, {"page": "1", "page_token": "x"}]
)
def test_what_excludes_each_other(crm, query):
    answer = crm.get("/Accounts", fields="id", **query)
    assert answer.body["code"] == "AMBIGUITY_DURING_PROCESSING"
    assert len(answer.body["details"]["ambiguity_due_to"]) == 2


def test_an_empty_module_has_no_content(crm):
    answer = crm.get("/Accounts", fields="id")
    assert (answer.status, answer.body) == (204, None)


def test_a_row_shows_the_fields_asked_for_and_the_id(crm):
    parent = crm.made("Accounts", Account_Name="Acme Group")
    crm.made("Accounts", Account_Name="Acme", Parent_Account={"id": parent}, Phone="+1 585 1")
    answer = crm.get("/Accounts", fields=FIELDS + ",Nothing,Branch_Offices", per_page=1)
    row = answer.body["data"][0]
    assert row["Account_Name"] == "Acme"
    assert row["Parent_Account"] == {"name": "Acme Group", "id": parent}
    assert set(row["Owner"]) == {"name", "id", "email"}
    assert set(row) == {"id", *FIELDS.split(",")}
    assert answer.body["info"]["more_records"] is True
    crm.put("/Accounts", {"data": [{"id": parent, "Account_Name": "Acme Holding"}]})
    assert crm.row("Accounts", row["id"])["Parent_Account"]["name"] == "Acme Holding"


def test_numbered_pages_count_from_the_newest(crm):
    ids = crm.accounts(5)
    pages = [crm.get("/Accounts", fields="id", per_page=2, page=n).body for n in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page["data"]] == ids[::-1]
    assert [page["info"]["count"] for page in pages] == [2, 2, 1]
    assert [page["info"]["more_records"] for page in pages] == [True, True, False]
    assert pages[2]["info"]["next_page_token"] is None
    assert crm.get("/Accounts", fields="id", per_page=2, page=4).status == 204


@pytest.mark.parametrize("sort_by", ["id", "Created_Time", "Modified_Time"])
@pytest.mark.parametrize("sort_order", ["asc", "desc"])
def test_tokens_walk_through_everything_once(world, crm, sort_by, sort_order):
    ids = []
    for number in range(7):
        ids.append(crm.made("Accounts", Account_Name=f"Account {number}"))
        world.clock.advance(number % 2)
    query = {"fields": "Account_Name", "per_page": 2, "sort_by": sort_by, "sort_order": sort_order}
    seen, token = [], None
    while True:
        answer = crm.get("/Accounts", **query, **({"page_token": token} if token else {})).body
        seen += [row["id"] for row in answer["data"]]
        token = answer["info"]["next_page_token"]
        if token is None:
            break
        assert len(token) <= 100
    assert seen == (ids if sort_order == "asc" else ids[::-1])


def test_a_token_neither_repeats_nor_loses_rows_when_some_are_added(crm):
    ids = crm.accounts(4)
    first = crm.get("/Accounts", fields="id", per_page=2).body
    crm.accounts(3)
    token = first["info"]["next_page_token"]
    second = crm.get("/Accounts", fields="id", per_page=2, page_token=token).body
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    third = second["info"]
    assert (third["page"], third["more_records"]) == (2, False)


@pytest.mark.parametrize("changed", [{"fields": "Phone"}, {"per_page": 3}, {"sort_order": "asc"}])
def test_a_token_is_bound_to_the_parameters(crm, changed):
    crm.accounts(4)
    query = {"fields": "id", "per_page": 2}
    token = crm.get("/Accounts", **query).body["info"]["next_page_token"]
    answer = crm.get("/Accounts", **{**query, **changed, "page_token": token})
    assert answer.body["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    assert crm.get("/Contacts", **query, page_token=token).body["code"] == answer.body["code"]


def test_a_token_expires_after_a_day(world, crm):
    crm.accounts(3)
    token = crm.get("/Accounts", fields="id", per_page=2).body["info"]["next_page_token"]
    world.clock.advance(86_401)
    answer = type(crm)(world).get("/Accounts", fields="id", per_page=2, page_token=token)
    assert (answer.status, answer.body["code"]) == (400, "EXPIRED_VALUE")


def test_numbers_reach_two_thousand_rows_and_tokens_go_on(crm):
    crm.accounts(2001)
    last = crm.get("/Accounts", fields="id", page=10)
    assert (last.status, last.body["info"]["more_records"]) == (200, True)
    token = last.body["info"]["next_page_token"]
    assert crm.get("/Accounts", fields="id", page=11).status == 400
    assert crm.get("/Accounts", fields="id", page_token=token).body["info"]["count"] == 1


def test_the_hundred_thousandth_row_is_the_last(world, crm):
    from integrations.sandbox.crm import paging

    token, _ = paging.token_for(
        world, {"fields": "id"}, f"Accounts {world.company['crm_user']} None", 501,
        ("1", "1"), "UTC",
    )  # fmt: skip
    answer = crm.get("/Accounts", fields="id", page_token=token)
    assert answer.body["code"] == "PAGINATION_LIMIT_EXCEEDED"


class TestSince:
    def test_only_what_was_modified_later(self, world, crm):
        ids = crm.accounts(2)
        mark = crm.row("Accounts", ids[0])["Modified_Time"]
        world.clock.advance(5)
        crm.put("/Accounts", {"data": [{"id": ids[0], "Phone": "1"}]})
        headers = {"if-modified-since": mark}
        answer = crm.call("GET", "/Accounts", headers=headers, fields="id")
        assert [row["id"] for row in answer.body["data"]] == [ids[0]]

    def test_nothing_is_304_without_a_body(self, world, crm):
        crm.accounts(1)
        world.clock.advance(5)
        now = world.clock.now().replace(microsecond=0).isoformat()
        answer = crm.call("GET", "/Accounts", headers={"if-modified-since": now}, fields="id")
        assert (answer.status, answer.body) == (304, None)

    @pytest.mark.parametrize(
        "text", ["yesterday", "2026-01-31", "Sat, 31 Jan 2026 10:00:00 GMT",
                 "2026-01-31T10:00:00.123+05:30", "2026-01-31T10:00:00"]
    )  # fmt: skip
    def test_other_forms_of_time_are_refused(self, crm, text):
        answer = crm.call("GET", "/Accounts", headers={"if-modified-since": text}, fields="id")
        assert (answer.status, answer.body["code"]) == (400, "INVALID_DATA")


def test_ids_up_to_a_hundred(crm):
    ids = crm.accounts(101)
    answer = crm.get("/Accounts", fields="id", ids=",".join([ids[3], ids[1], "1" * 19]))
    assert [row["id"] for row in answer.body["data"]] == [ids[3], ids[1]]
    assert crm.get("/Accounts", fields="id", ids=",".join(ids[:100])).body["info"]["count"] == 100
    assert crm.get("/Accounts", fields="id", ids=",".join(ids)).body["code"] == "LIMIT_EXCEEDED"
    assert crm.get("/Accounts", fields="id", ids="1" * 19).status == 204


class TestViews:
    def test_a_view_with_criteria(self, crm):
        key = crm.made("Accounts", Account_Name="Key", Key_Account=True)
        crm.made("Accounts", Account_Name="Other")
        answer = crm.get("/Accounts", fields="id", cvid=crm.view("Accounts", "Key accounts"))
        assert [row["id"] for row in answer.body["data"]] == [key]

    def test_mine_and_recent(self, world, crm):
        other = crm.get("/users", type="ActiveConfirmedUsers").body["users"][3]["id"]
        mine = crm.made("Accounts", Account_Name="Mine")
        crm.made("Accounts", Account_Name="Not mine", Owner={"id": other})
        answer = crm.get("/Accounts", fields="id", cvid=crm.view("Accounts", "My Accounts"))
        assert [row["id"] for row in answer.body["data"]] == [mine]
        recent = crm.view("Accounts", "Recently Created Accounts")
        assert crm.get("/Accounts", fields="id", cvid=recent).body["info"]["count"] == 2
        world.clock.advance(31 * 86_400)
        assert type(crm)(world).get("/Accounts", fields="id", cvid=recent).status == 204

    def test_a_view_follows_the_records(self, crm):
        record = crm.made("Accounts", Account_Name="Later")
        view = crm.view("Accounts", "Key accounts")
        assert crm.get("/Accounts", fields="id", cvid=view).status == 204
        crm.put(f"/Accounts/{record}", {"data": [{"Key_Account": True}]})
        assert crm.get("/Accounts", fields="id", cvid=view).body["info"]["count"] == 1

    def test_another_module_s_view_is_refused(self, crm):
        view = crm.view("Contacts", "All Contacts")
        assert crm.get("/Accounts", fields="id", cvid=view).body["details"] == {
            "param_name": "cvid"
        }


class TestSingle:
    def test_everything_empty_ones_and_dollar_keys(self, crm):
        record = crm.row("Accounts", crm.made("Accounts", Account_Name="Acme"))
        assert record["Phone"] is None
        assert record["Key_Account"] is False
        assert record["Regions"] == []
        assert record["Currency"] == "USD"
        assert record["$currency_symbol"] == "$"
        assert {"$approval_state", "$editable", "$locked_for_me"} <= set(record)
        assert set(record["Created_By"]) == {"name", "id"}

    def test_sub_forms_come_only_here(self, crm):
        record = crm.made("Accounts", Account_Name="Acme", Branch_Offices=[{"Name": "Depot"}])
        assert crm.row("Accounts", record)["Branch_Offices"][0]["Name"] == "Depot"
        listed = crm.get("/Accounts", fields="Branch_Offices").body["data"][0]
        assert "Branch_Offices" not in listed

    def test_multi_select_lookups_come_only_here(self, crm):
        partner = crm.made("Accounts", Account_Name="Partner")
        deal = crm.made(
            "Deals",
            Deal_Name="D",
            Stage="Qualification",
            Pipeline="Standard (Standard)",
            Partner_Accounts=[{"id": partner}],
        )
        assert crm.row("Deals", deal)["Partner_Accounts"] == [{"name": "Partner", "id": partner}]
        listed = crm.get("/Deals", fields="Partner_Accounts").body["data"][0]
        assert "Partner_Accounts" not in listed

    @pytest.mark.parametrize(("record_id", "status"), [("1" * 19, 204), ("123", 400), ("abc", 404)])
    def test_unknown_ids(self, crm, record_id, status):
        assert crm.get(f"/Accounts/{record_id}").status == status

    def test_times_carry_the_user_s_offset_and_whole_seconds(self, crm):
        moment = crm.row("Accounts", crm.made("Accounts", Account_Name="A"))["Modified_Time"]
        assert moment[-6:] in ("-05:00", "-04:00")
        assert "." not in moment


def test_count(crm):
    crm.accounts(3)
    assert crm.get("/Accounts/actions/count").body == {"count": 3}
    counted = crm.get("/Accounts/actions/count", criteria="(Account_Name:equals:Account 1)")
    assert counted.body == {"count": 1}
    view = crm.view("Accounts", "Key accounts")
    assert crm.get("/Accounts/actions/count", cvid=view).body == {"count": 0}
    both = crm.get("/Accounts/actions/count", cvid=view, word="xx")
    assert both.body["code"] == "AMBIGUITY_DURING_PROCESSING"


class TestDeleted:
    def test_rows(self, world, crm):
        assert crm.get("/Accounts/deleted").status == 204
        ids = crm.accounts(3)
        crm.delete("/Accounts", ids=",".join(ids[:2]))
        answer = crm.get("/Accounts/deleted", type="all").body
        assert {row["id"] for row in answer["data"]} == set(ids[:2])
        row = answer["data"][0]
        assert (row["type"], row["deleted_by"]["name"]) == ("recycle", "Tobias Grün")
        assert answer["info"] == {
            "per_page": 200, "count": 2, "page": 1, "more_records": False
        }  # fmt: skip
        assert crm.get("/Contacts/deleted").status == 204

    def test_for_good_after_sixty_days_and_gone_after_a_hundred_and_eighty(self, world, crm):
        crm.delete("/Accounts", ids=crm.accounts(1)[0])
        world.clock.advance(61 * 86_400)
        later = type(crm)(world)
        row = later.get("/Accounts/deleted", type="permanent").body["data"][0]
        assert (row["display_name"], row["deleted_by"], row["created_by"]) == (None, None, None)
        assert later.get("/Accounts/deleted", type="recycle").status == 204
        world.clock.advance(120 * 86_400)
        assert type(crm)(world).get("/Accounts/deleted").status == 204

    def test_since_and_pages(self, world, crm):
        ids = crm.accounts(2)
        crm.delete("/Accounts", ids=ids[0])
        mark = crm.get("/Accounts/deleted").body["data"][0]["deleted_time"]
        world.clock.advance(2)
        crm.delete("/Accounts", ids=ids[1])
        answer = crm.call("GET", "/Accounts/deleted", headers={"if-modified-since": mark})
        assert [row["id"] for row in answer.body["data"]] == [ids[1]]
        page = crm.get("/Accounts/deleted", per_page=1, page=2).body
        assert (page["data"][0]["id"], page["info"]["more_records"]) == (ids[0], False)

    @pytest.mark.parametrize(
        ("path", "code"),
        [("/Accounts/deleted", "PATTERN_NOT_MATCHED"), ("/Nonsense/deleted", "INVALID_MODULE")],
    )
    def test_refusals(self, crm, path, code):
        assert crm.get(path, type="gone").body["code"] == code


class TestRelated:
    def test_records_and_pages(self, crm):
        account = crm.made("Accounts", Account_Name="A")
        people = [
            crm.made("Contacts", Last_Name=f"P{n}", Account_Name={"id": account}) for n in range(3)
        ]
        crm.made("Contacts", Last_Name="Elsewhere")
        first = crm.get(f"/Accounts/{account}/Contacts", fields="Last_Name", per_page=2).body
        token = first["info"]["next_page_token"]
        rest = crm.get(
            f"/Accounts/{account}/Contacts", fields="Last_Name", per_page=2, page_token=token
        ).body
        assert [row["id"] for row in first["data"] + rest["data"]] == people[::-1]

    @pytest.mark.parametrize(
        ("path", "query", "code"),
        [
            ("/Accounts/{id}/Contacts", {}, "REQUIRED_PARAM_MISSING"),
            ("/Accounts/{id}/Nothing", {"fields": "id"}, "INVALID_DATA"),
            ("/Accounts/1111111111111111111/Contacts", {"fields": "id"}, "INVALID_DATA"),
        ],
    )
    def test_refusals(self, crm, path, query, code):
        account = crm.made("Accounts", Account_Name="A")
        answer = crm.get(path.replace("{id}", account), **query)
        assert (answer.status, answer.body["code"]) == (400, code)

    def test_none_is_no_content(self, crm):
        account = crm.made("Accounts", Account_Name="A")
        assert crm.get(f"/Accounts/{account}/Deals", fields="Deal_Name").status == 204


class TestMerging:
    def merge(self, crm, into, *others):
        body = {"merge": [{"data": [{"id": one} for one in others]}]}
        return crm.post(f"/Accounts/{into}/actions/merge", body)

    def test_the_others_are_gone_for_good_and_the_one_that_stays_is_changed(self, crm):
        stays, goes = crm.accounts(2)
        before = crm.row("Accounts", stays)["Modified_Time"]
        contact = crm.made("Contacts", Last_Name="Berg", Account_Name=goes)
        crm.world.clock.advance(60)

        assert self.merge(crm, stays, goes).status == 200

        assert crm.get(f"/Accounts/{goes}").status == 204
        (row,) = crm.get("/Accounts/deleted").body["data"]
        assert (row["id"], row["type"], row["display_name"]) == (goes, "permanent", None)
        assert crm.get("/Accounts/deleted", type="recycle").status == 204
        assert crm.row("Accounts", stays)["Modified_Time"] > before
        assert crm.row("Contacts", contact)["Account_Name"]["id"] == stays

    def test_what_pointed_to_it_points_to_the_one_that_stays(self, crm):
        stays, goes = crm.accounts(2)
        child = crm.made("Accounts", Account_Name="Child", Parent_Account=goes)
        other = crm.made("Accounts", Account_Name="Other", Parent_Account=stays)
        person = crm.made("Contacts", Last_Name="Berg", Account_Name=goes)

        self.merge(crm, stays, goes)

        parents = [crm.row("Accounts", one)["Parent_Account"]["id"] for one in (child, other)]
        assert parents == [stays, stays]
        assert crm.row("Contacts", person)["Account_Name"]["id"] == stays

    def test_the_timeline_of_the_one_that_stays_tells_of_the_merge(self, crm):
        stays, goes, apart = crm.accounts(3)
        crm.world.clock.advance(60)
        self.merge(crm, stays, goes)

        def told(record):
            rows = crm.get(f"/Accounts/{record}/__timeline").body["__timeline"]
            return [(row["action"], row["source"]) for row in rows]

        assert told(stays) == [
            ("find_and_merge_duplicate", "findandmerge"),
            ("added", "crm_ui"),
        ]
        assert told(apart) == [("added", "crm_ui")]
        assert crm.get(f"/Accounts/{goes}/__timeline").status == 400

    def test_a_record_is_not_merged_into_nothing_or_itself(self, crm):
        (only,) = crm.accounts(1)
        assert self.merge(crm, "1111111111111111111", only).status == 400
        assert self.merge(crm, only, only).status == 400
        assert self.merge(crm, only).status == 400
