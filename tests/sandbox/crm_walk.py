"""One call and more of every CRM route, in good and in bad."""

from __future__ import annotations

from typing import Any

from tests.sandbox.crm_world import Crm

ACCOUNT = "Account_Name,Phone,Owner,Parent_Account,Created_Time,Modified_Time,Created_By"


def walk(crm: Crm) -> list[tuple[str, str, Any]]:
    """One call and more of every route, in good and in bad: (method, path, answer)."""
    seen: list[tuple[str, str, Any]] = []

    def call(method: str, path: str, body: Any = None, **query: Any) -> Any:
        headers = query.pop("headers", None)
        bulk = path.startswith("/bulk")
        asked = crm.bulk if bulk else crm
        answer = asked.call(method, path.removeprefix("/bulk"), body, headers, **query)
        whole = f"/crm/bulk/v8{path.removeprefix('/bulk')}" if bulk else f"/crm/v8{path}"
        seen.append((method, whole, answer))
        return answer.body

    _walk_settings(call, crm)
    _walk_records(call, crm)
    _walk_writes(call)
    _walk_queries(call)
    _walk_notifications(call)
    return seen


def _walk_settings(call: Any, crm: Crm) -> None:
    call("GET", "/org")
    currency = call("GET", "/org/currencies")["currencies"][0]["id"]
    call("GET", f"/org/currencies/{currency}")
    call("GET", "/org/currencies/1")
    user = call("GET", "/users", type="ActiveUsers")["users"][0]["id"]
    call("GET", f"/users/{user}")
    call("GET", "/users/1")
    call("GET", "/users", type="DeletedUsers")
    for kind in ("roles", "profiles"):
        one = call("GET", f"/settings/{kind}")[kind][0]["id"]
        call("GET", f"/settings/{kind}/{one}")
        call("GET", f"/settings/{kind}/1")
    call("GET", "/settings/modules")
    for module in ("Accounts", "Contacts", "Deals", "Products", "Vendors"):
        call("GET", f"/settings/modules/{module}")
        fields = call("GET", "/settings/fields", module=module)["fields"]
        call("GET", f"/settings/fields/{fields[3]['id']}", module=module)
        layout = call("GET", "/settings/layouts", module=module)["layouts"][0]["id"]
        call("GET", f"/settings/layouts/{layout}", module=module)
        call("GET", "/settings/related_lists", module=module)
        view = call("GET", "/settings/custom_views", module=module)["custom_views"][-1]["id"]
        call("GET", f"/settings/custom_views/{view}", module=module)
    call("GET", "/settings/custom_views/1", module="Accounts")
    layout = call("GET", "/settings/layouts", module="Deals")["layouts"][0]["id"]
    pipeline = call("GET", "/settings/pipeline", layout_id=layout)["pipeline"][0]["id"]
    call("GET", f"/settings/pipeline/{pipeline}", layout_id=layout)
    call("GET", "/settings/pipeline", layout_id="1")
    for path in ("fields", "layouts", "related_lists", "custom_views"):
        call("GET", f"/settings/{path}")
        call("GET", f"/settings/{path}", module="Nonsense")


def _walk_records(call: Any, crm: Crm) -> None:
    rows = call("GET", "/Accounts", fields=ACCOUNT, per_page=7)
    token = rows["info"]["next_page_token"]
    call("GET", "/Accounts", fields=ACCOUNT, per_page=7, page_token=token)
    call("GET", "/Accounts", fields=ACCOUNT, per_page=8, page_token=token)
    call("GET", "/Accounts", fields=ACCOUNT, cvid=crm.view("Accounts", "Key accounts"))
    call("GET", "/Accounts", fields=ACCOUNT, sort_by="Modified_Time", sort_order="asc")
    now = crm.world.clock.now().replace(microsecond=0).isoformat()
    call("GET", "/Accounts", fields=ACCOUNT, headers={"if-modified-since": now})
    call("GET", "/Accounts", fields=ACCOUNT, ids="1111111111111111111")
    for wrong in ({}, {"fields": "id", "page": "11"}, {"fields": "id", "cvid": "1"},
                  {"fields": "id", "cvid": "1", "sort_by": "id"}):  # fmt: skip
        call("GET", "/Accounts", **wrong)
    call("GET", "/Nonsense", fields="id")
    for module in ("Accounts", "Contacts", "Deals", "Products", "Vendors"):
        record = call("GET", f"/{module}", fields="id")["data"][0]["id"]
        call("GET", f"/{module}/{record}")
        call("GET", f"/{module}/{record}/__timeline", sort_by="audited_time", sort_order="desc")
        call("GET", f"/{module}/actions/count")
    call("GET", "/Accounts/1111111111111111111")
    call("GET", "/Accounts/1111111111111111111/__timeline")
    call("GET", "/Nonsense/1111111111111111111/__timeline")
    call("GET", "/Accounts/abc")
    linked = call("GET", "/Contacts", fields="Account_Name")["data"][0]["Account_Name"]["id"]
    call("GET", f"/Accounts/{linked}/Contacts", fields="Last_Name,Email")
    call("GET", f"/Accounts/{linked}/Contacts")
    call("GET", f"/Accounts/{linked}/Child_Accounts", fields="Account_Name")
    call("GET", "/Accounts/actions/count", word="a", cvid="1")


def _walk_writes(call: Any) -> None:
    good = {"Account_Name": "Walked", "Tax_Number": "W1"}
    made = call("POST", "/Accounts", {"data": [good]})["data"][0]["details"]["id"]
    call("POST", "/Accounts", {"data": [{"Account_Name": "B"}, {"Phone": 1}]})
    call("POST", "/Accounts", {"data": [{"Account_Name": "B", "Tax_Number": "W1"}]})
    call("POST", "/Accounts", {"data": [{"Phone": 1}]})
    call("POST", "/Accounts", {"data": [good] * 101})
    call("POST", "/Nonsense", {"data": [good]})
    call("PUT", "/Accounts", {"data": [{"id": made, "Fax": "1"}]})
    call("PUT", "/Accounts", {"data": [{"id": made, "Fax": "1"}, {"Fax": "1"}]})
    call("PUT", "/Accounts", {"data": [{"Fax": "1"}]})
    call("PUT", f"/Accounts/{made}", {"data": [{"Fax": "2"}]})
    old = {"if-unmodified-since": "2020-01-01T00:00:00+00:00"}
    call("PUT", f"/Accounts/{made}", {"data": [{"Fax": "2"}]}, headers=old)
    call("POST", "/Accounts/upsert", {"data": [{"Account_Name": "Walked"}, {"Account_Name": "C"}]})
    call("POST", "/Accounts/upsert", {"data": [{"Phone": "1"}]})
    call("DELETE", "/Accounts", ids=f"{made},1111111111111111111")
    call("DELETE", "/Accounts", ids="1111111111111111111")
    call("DELETE", "/Accounts")
    other = call("POST", "/Accounts", {"data": [good]})["data"][0]["details"]["id"]
    call("DELETE", f"/Accounts/{other}")
    call("GET", "/Accounts/deleted", type="all")
    call("GET", "/Accounts/deleted", type="gone")
    call("GET", "/Vendors/deleted")


def _walk_queries(call: Any) -> None:
    call("GET", "/Accounts/search", criteria="(Account_Name:starts_with:a)", per_page=5)
    call("GET", "/Accounts/search", word="zzzzzz")
    call("GET", "/Accounts/search")
    call("GET", "/Accounts/search", word="acme", page=11)
    call("GET", "/Accounts/search", criteria="(Nonsense:equals:1)")
    call("GET", "/Nonsense/search", word="acme")
    for text in (
        "select Account_Name, Owner from Accounts where id is not null limit 5",
        "select id from Accounts where id = 1",
        "select id from Accounts",
        "select id from Accounts where Account_Name > 'A'",
        "select Nonsense from Accounts where id = 1",
        "select id from Nonsense where id = 1",
        "select id from Accounts where id = 1 limit 0",
        "select id from Accounts where id = 1 limit x",
        "select id from Accounts where id = 1 limit 9999",
        "select id, id from Accounts where id = 1",
    ):
        call("POST", "/coql", {"select_query": text})
    call("POST", "/coql", {})
    query = {"module": {"api_name": "Accounts"}, "fields": ["Account_Name"]}
    made = call("POST", "/bulk/read", {"query": query})["data"][0]["details"]["id"]
    call("GET", f"/bulk/read/{made}")
    call("GET", f"/bulk/read/{made}")
    call("GET", "/bulk/read/1")
    call("POST", "/bulk/read", {"query": {"module": {"api_name": "Nonsense"}}})
    call("POST", "/bulk/read", {"query": {**query, "page": 1000}})


def _walk_notifications(call: Any) -> None:
    channel = {"channel_id": "1", "events": ["Accounts.all"], "notify_url": "http://x.example/"}
    call("POST", "/actions/watch", {"watch": [channel]})
    call("POST", "/actions/watch", {"watch": [channel, {"channel_id": "2"}]})
    call("POST", "/actions/watch", {"watch": [{"channel_id": "2"}]})
    call("GET", "/actions/watch")
    call("PUT", "/actions/watch", {"watch": [channel]})
    call("PATCH", "/actions/watch", {"watch": [{"channel_id": "1", "token": "t"}]})
    call("DELETE", "/actions/watch", channel_ids="1")
    call("DELETE", "/actions/watch", channel_ids="1")
    call("GET", "/actions/watch")
