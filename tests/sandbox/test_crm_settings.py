"""The organisation, its people and its metadata."""
# ruff: noqa: F811

from __future__ import annotations

import pytest

from tests.sandbox.crm_world import crm, world  # noqa: F401

MODULES = ("Accounts", "Contacts", "Deals", "Products", "Vendors")


def test_org(crm):
    org = crm.get("/org").body["org"][0]
    assert (org["company_name"], org["iso_code"], org["mc_status"]) == (
        "Aurora Instruments", "USD", True
    )  # fmt: skip
    assert org["license_details"]["paid_type"] == "enterprise"


def test_currencies(world, crm):
    currencies = {row["iso_code"]: row for row in crm.get("/org/currencies").body["currencies"]}
    assert [code for code, row in currencies.items() if row["is_base"]] == ["USD"]
    assert {"USD", "EUR", "GBP", "INR", "JPY", "KWD", "SEK"} <= set(currencies)
    assert currencies["EUR"]["exchange_rate"] == "0.920000000"
    places = {code: row["format"]["decimal_places"] for code, row in currencies.items()}
    assert (places["JPY"], places["KWD"], places["USD"]) == ("0", "3", "2")
    one = crm.get(f"/org/currencies/{currencies['EUR']['id']}").body["currencies"]
    assert one == [currencies["EUR"]]
    org = world.store.collection("crm", "org")
    for record in org.values():
        org.replace(record["id"], {**record, "mc_status": False})
    assert crm.get("/org/currencies").status == 403


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (None, 12),
        ("AllUsers", 12),
        ("ActiveUsers", 11),
        ("DeactiveUsers", 1),
        ("ConfirmedUsers", 11),
        ("NotConfirmedUsers", 1),
        ("DeletedUsers", 0),
        ("ActiveConfirmedUsers", 10),
        ("AdminUsers", 2),
        ("ActiveConfirmedAdmins", 2),
        ("CurrentUser", 1),
    ],
)
def test_users_by_type(crm, kind, count):
    answer = crm.get("/users", **({"type": kind} if kind else {}))
    assert (answer.body["info"]["count"] if answer.body else 0) == count
    assert answer.status == (200 if count else 204)


def test_users_in_pages_and_one_by_one(crm):
    answer = crm.get("/users", per_page=5, page=3).body
    assert (answer["info"]["count"], answer["info"]["more_records"]) == (2, False)
    user = answer["users"][0]
    assert set(user["role"]) == set(user["profile"]) == {"name", "id"}
    assert crm.get(f"/users/{user['id']}").body["users"] == [user]
    assert crm.get("/users/1").status == 204
    assert crm.get("/users", type="Everyone").body["details"] == {"param_name": "type"}
    assert crm.get("/users/actions/count").body == {"count": 12}


def test_roles_and_profiles(crm):
    roles = crm.get("/settings/roles").body["roles"]
    names = {role["id"]: role["name"] for role in roles}
    above = {role["name"]: role["reporting_to"] for role in roles}
    assert above["CEO"] is None
    assert names[above["Sales Representative"]["id"]] == "Sales Manager"
    assert crm.get(f"/settings/roles/{roles[1]['id']}").body["roles"] == [roles[1]]
    profiles = crm.get("/settings/profiles").body["profiles"]
    assert [profile["custom"] for profile in profiles] == [False, False, True]
    one = crm.get(f"/settings/profiles/{profiles[0]['id']}").body["profiles"][0]
    assert one["name"] == "Administrator"
    assert crm.get("/settings/roles/1").status == crm.get("/settings/profiles/1").status == 204


def test_modules(crm):
    modules = crm.get("/settings/modules").body["modules"]
    assert tuple(module["api_name"] for module in modules) == MODULES
    for name in (modules[0]["api_name"], modules[0]["id"]):
        one = crm.get(f"/settings/modules/{name}").body["modules"][0]
        assert one["display_field"] == "Account_Name"
        assert one["related_lists"][0]["api_name"] == "Contacts"
    assert crm.get("/settings/modules/Nonsense").body["code"] == "INVALID_MODULE"


@pytest.mark.parametrize("module", MODULES)
def test_fields_say_what_a_mapping_needs(crm, module):
    fields = crm.get("/settings/fields", module=module).body["fields"]
    by_name = {field["api_name"]: field for field in fields}
    assert len(by_name) == len(fields)
    assert all(len({f["id"] for f in fields}) == len(fields) for _ in (1,))
    assert by_name["Owner"]["json_type"] == "jsonobject"
    assert sum(1 for field in fields if field["display_field"]) == 1
    assert by_name["Modified_Time"]["read_only"] is True


def test_single_fields(crm):
    fields = {
        f["api_name"]: f for f in crm.get("/settings/fields", module="Accounts").body["fields"]
    }
    assert fields["Account_Name"]["system_mandatory"] is True
    assert fields["Account_Name"]["length"] == 200
    assert fields["Tax_Number"]["unique"] == {"casesensitive": "false"}
    assert fields["Customer_Tier"]["custom_field"] is True
    assert fields["Parent_Account"]["lookup"]["module"]["api_name"] == "Accounts"
    assert fields["Phone"]["length"] > 50
    codes = [value["actual_value"] for value in fields["Currency"]["pick_list_values"]]
    assert "SEK" in codes
    one = crm.get("/settings/fields/Phone", module="Accounts").body["fields"]
    assert one == [fields["Phone"]]
    assert (
        crm.get(f"/settings/fields/{fields['Phone']['id']}", module="Accounts").body["fields"]
        == one
    )
    assert crm.get("/settings/fields/Nonsense", module="Accounts").status == 204


def test_stages_pipelines_and_layouts(crm):
    fields = {f["api_name"]: f for f in crm.get("/settings/fields", module="Deals").body["fields"]}
    stages = {s["actual_value"]: s for s in fields["Stage"]["pick_list_values"]}
    assert stages["Id. Decision Makers"]["display_value"] == "Identify Decision Makers"
    assert stages["Closed Won"]["forecast_type"] == "Closed Won"
    assert stages["Closed Won"]["display_value"] == "Order confirmed"
    layout = crm.get("/settings/layouts", module="Deals").body["layouts"][0]
    required = {field["api_name"] for field in layout["sections"][0]["fields"] if field["required"]}
    assert required == {"Deal_Name", "Stage", "Pipeline", "Account_Name", "Closing_Date"}
    assert crm.get(f"/settings/layouts/{layout['id']}", module="Deals").body["layouts"] == [layout]
    pipelines = crm.get("/settings/pipeline", layout_id=layout["id"]).body["pipeline"]
    assert [pipeline["default"] for pipeline in pipelines] == [True, False]
    assert "probability" not in pipelines[0]["maps"][0]
    one = crm.get(f"/settings/pipeline/{pipelines[1]['id']}", layout_id=layout["id"])
    assert one.body["pipeline"] == [pipelines[1]]
    told = crm.get("/settings/stages", module="Deals").body["stages"]
    assert {stage["actual_value"]: stage["probability"] for stage in told}["Closed Won"] == 100
    assert crm.get("/settings/pipeline").body["code"] == "REQUIRED_PARAM_MISSING"
    assert crm.get("/settings/pipeline", layout_id="1").body["code"] == "INVALID_DATA"


def test_related_lists(crm):
    lists = crm.get("/settings/related_lists", module="Accounts").body["related_lists"]
    assert [row["api_name"] for row in lists] == ["Contacts", "Deals", "Child_Accounts"]
    assert lists[0]["href"] == "Accounts/{ENTITYID}/Contacts"
    one = crm.get(f"/settings/related_lists/{lists[0]['id']}", module="Accounts")
    assert one.body["related_lists"] == [lists[0]]
    assert crm.get("/settings/related_lists", module="Deals").status == 204


def test_views(crm):
    answer = crm.get("/settings/custom_views", module="Accounts").body
    views = {view["name"]: view for view in answer["custom_views"]}
    assert {"All Accounts", "My Accounts", "Recently Created Accounts", "Key accounts"} <= set(
        views
    )
    assert answer["info"]["default"] == views["All Accounts"]["id"]
    assert [v["system_defined"] for v in views.values()].count(True) == 3
    assert "criteria" not in views["Key accounts"]
    one = crm.get(f"/settings/custom_views/{views['Key accounts']['id']}", module="Accounts")
    criteria = one.body["custom_views"][0]["criteria"]
    assert (criteria["field"]["api_name"], criteria["value"]) == ("Key_Account", True)
    assert crm.get("/settings/custom_views/1", module="Accounts").status == 204


@pytest.mark.parametrize(
    "path",
    ["/settings/fields", "/settings/layouts", "/settings/related_lists", "/settings/custom_views"],
)
def test_a_module_is_needed(crm, path):
    assert crm.get(path).body["code"] == "REQUIRED_PARAM_MISSING"
    answer = crm.get(path, module="Nonsense")
    assert (answer.status, answer.body["code"]) == (400, "INVALID_MODULE")


def test_the_list_of_calls(crm):
    rows = crm.get("/__apis").body["__apis"]
    assert {"path": "/crm/v8/coql", "operation_types": [{"method": "POST"}]} in rows
