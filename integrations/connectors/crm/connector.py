"""Zoho CRM, REST API v8: https://www.zoho.com/crm/developer/docs/api/v8/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from integrations.connector import (
    Code,
    Connector,
    Deleted,
    Entity,
    Found,
    Page,
    Record,
    Role,
    Search,
    View,
    Written,
)
from integrations.connectors.crm import searching
from integrations.connectors.crm.entities import ENTITIES
from integrations.connectors.crm.scopes import SCOPES
from integrations.connectors.crm.watch import Channels
from integrations.errors import (
    FailRecord,
    Misconfigured,
    Missing,
    Rejected,
    StopRun,
    SyncError,
    TryLater,
)
from integrations.http import Response
from mappings.converters import FieldInfo

# https://www.zoho.com/crm/developer/docs/api/v8/get-records.html: at most 50 field names, 200 rows
MOST_FIELDS = 50
# What the timeline calls it that another record was merged into this one.
MERGED = frozenset({"find_and_merge_duplicate"})

KINDS = {
    "currency": "money",
    "double": "number",
    "integer": "number",
    "bigint": "number",
    "percent": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "email": "email",
    "phone": "phone",
    "website": "url",
    "lookup": "id",
    "ownerlookup": "id",
    "userlookup": "id",
}


class Crm(Connector):
    app = "crm"
    label = "Zoho CRM"
    root = "/crm/v8"
    web = "https://crm.{domain}/crm/org{organization}/tab/{entity.name}/{id}"
    notifications = Channels()
    scopes = tuple(SCOPES)
    scope_reasons: ClassVar[Mapping[str, str]] = SCOPES
    searches: ClassVar[Mapping[str, Search]] = searching.SEARCHES
    # CRM counts credits a day and concurrent calls, not calls a minute.
    entities: ClassVar[Mapping[str, Entity]] = ENTITIES
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "OAUTH_SCOPE_MISMATCH",
            Misconfigured,
            "{name} was connected without a permission this needs.",
            "Press Update credentials on the connection and accept every permission asked for.",
        ),
        Code(
            "NO_PERMISSION",
            Misconfigured,
            "The sign-in used for {name} may not see or change this module.",
            "Ask the CRM administrator to grant the module in the profile of that user.",
        ),
        Code(
            "AUTHORIZATION_FAILED",
            Misconfigured,
            "The role of the sign-in used for {name} is too low.",
            "Ask the CRM administrator for a role that may see all records of the module.",
        ),
        Code(
            "INVALID_MODULE",
            Misconfigured,
            "{name} has no such module, or it is hidden.",
            "Make the module visible in CRM, then try again.",
        ),
        Code(
            "TOO_MANY_REQUESTS",
            TryLater,
            "{name} wants fewer requests.",
            after=dt.timedelta(seconds=60),
        ),
        Code(
            "MANDATORY_NOT_FOUND",
            Rejected,
            "A required field is empty: {message}",
            "Fill it in at the source.",
            cause="required",
        ),
        Code(
            "DUPLICATE_DATA",
            Rejected,
            "CRM already has a record with this value.",
            "Pair the two records, or change the value.",
            cause="name_taken",
        ),
    )

    # Answers -----------------------------------------------------------------------------------

    def code_of(self, response: Response) -> tuple[str, str]:
        body = response.body
        if isinstance(body, dict) and response.status >= 400 and body.get("watch"):
            body = body["watch"][0]
        if isinstance(body, dict) and body.get("status") == "error":
            return str(body.get("code", "")), str(body.get("message", ""))
        return "", ""

    def token_dead(self, response: Response) -> bool:
        code, _ = self.code_of(response)
        return response.status == 401 and code in {"INVALID_TOKEN", "AUTHENTICATION_FAILURE"}

    # Reading -----------------------------------------------------------------------------------

    def page(
        self,
        entity: Entity,
        *,
        at: Any = None,
        since: dt.datetime | None = None,
        fields: Sequence[str] = (),
        view: str = "",
        order: str = "",
    ) -> Page:
        params = {"fields": _names(entity, fields), "per_page": str(entity.per_page)}
        params |= {"page_token": at} if at else {"page": "1"}
        if view:
            params["cvid"] = view
        if order:
            sort = entity.modified_field if order == "modified" else entity.created_field
            params |= {"sort_by": sort, "sort_order": "desc"}
        headers = {}
        if since is not None:
            headers["If-Modified-Since"] = _seconds(since)
        answer = self.http.get(entity.path, params=params, headers=headers)
        body = answer.body or {}
        info = body.get("info") or {}
        following = info.get("next_page_token") if info.get("more_records") else None
        return Page(body.get("data") or [], following, answer.date)

    def count(self, entity: Entity, *, view: str = "") -> int | None:
        if view:
            return None
        answer = self.http.get(f"{entity.path}/actions/count")
        return int(answer.body["count"])

    def get(self, entity: Entity, record_id: str, *, fields: Sequence[str] = ()) -> Record:
        try:
            answer = self.http.get(f"{entity.path}/{record_id}")
        except FailRecord as error:
            # An id of the wrong form is a 400, one that is not there a 204 or a 404.
            raise Missing(f"{entity.label} {record_id} is not in CRM.", cause="missing") from error
        rows = (answer.body or {}).get("data") or []
        if not rows:
            raise Missing(f"{entity.label} {record_id} is not in CRM.", cause="missing")
        return dict(rows[0])

    def get_many(
        self, entity: Entity, ids: Sequence[str], *, fields: Sequence[str] = ()
    ) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for start in range(0, len(ids), entity.ids_per_read):
            some = ids[start : start + entity.ids_per_read]
            answer = self.http.get(
                entity.path,
                params={
                    "ids": ",".join(some),
                    "fields": _names(entity, fields),
                    "per_page": str(entity.per_page),
                },
            )
            found |= {str(row["id"]): row for row in (answer.body or {}).get("data") or []}
        return found

    def deleted(
        self, entity: Entity, since: dt.datetime | None = None
    ) -> Iterator[tuple[dt.datetime, Sequence[Deleted]]]:
        """Recycle bin and gone for good: https://www.zoho.com/crm/developer/docs/api/v8/get-deleted-records.html.

        What was merged into another record is gone for good at once, and the list does not say
        into which (`took_in`, `below` help on); rows stay in it for 60 and 120 days.
        """
        number: int | None = 1
        headers = {} if since is None else {"If-Modified-Since": _seconds(since)}
        while number is not None:
            answer = self.http.get(
                f"{entity.path}/deleted",
                params={"type": "all", "page": str(number), "per_page": str(entity.per_page)},
                headers=headers,
            )
            body = answer.body or {}
            yield answer.date, [_deleted(row) for row in body.get("data") or []]
            number = number + 1 if (body.get("info") or {}).get("more_records") else None

    def took_in(
        self, entity: Entity, record_id: str, since: dt.datetime, until: dt.datetime
    ) -> bool | None:
        """By its timeline: https://www.zoho.com/crm/developer/docs/api/v8/timeline-of-a-record.html.

        The vendor's files name the entry of a merge; that it names the record that went is
        documented nowhere.
        """
        newest_first = {"sort_by": "audited_time", "sort_order": "desc"}
        try:
            answer = self.http.get(f"{entity.path}/{record_id}/__timeline", params=newest_first)
        except FailRecord:
            return None
        rows = (answer.body or {}).get("__timeline") or []
        times = [dt.datetime.fromisoformat(str(row["audited_time"])) for row in rows]
        found = [at for at, row in zip(times, rows, strict=True) if row.get("action") in MERGED]
        if any(since <= at <= until for at in found):
            return True
        more = ((answer.body or {}).get("info") or {}).get("more_records")
        return None if more and min(times) > until else False

    def below(self, entity: Entity, ids: Sequence[str]) -> Sequence[tuple[str, str, str]]:
        return [
            (module, str(row["id"]), str(row[pointer]["id"]))
            for module, pointer in entity.below
            for row in (self._query(searching.below(module, pointer, ids)) if ids else ())
        ]

    def in_view(self, entity: Entity, ids: Sequence[str], view: str) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), entity.ids_per_read):
            some = ",".join(ids[start : start + entity.ids_per_read])
            params = {"ids": some, "fields": _names(entity, ()), "cvid": view}
            answer = self.http.get(entity.path, params={**params, "per_page": "200"})
            found |= {str(row["id"]) for row in (answer.body or {}).get("data") or []}
        # Should the app pass over one of the two conditions, no other record gets in by it.
        return found & set(ids)

    def find(self, entity: Entity, wanted: Mapping[str, str]) -> Sequence[Found]:
        search, name = self.searches[entity.name], entity.name_field
        asked = {field: wanted[field] for field, _ in search.asked if wanted.get(field, "").strip()}
        rows = searching.matching(
            self._query(searching.by_text(entity.name, name, search, asked)), asked
        )
        below: dict[str, list[str]] = {}
        if search.below is not None and rows:
            module, pointer, called = search.below
            ids = [str(row["id"]) for row in rows]
            for row in self._query(searching.by_pointer(module, pointer, called, ids)):
                below.setdefault(str(row[pointer]["id"]), []).append(str(row.get(called) or ""))
        return [searching.found(row, name, search, below.get(str(row["id"]), ())) for row in rows]

    def _query(self, query: str) -> Sequence[Record]:
        if not query:
            return []
        answer = self.http.send("POST", "/coql", json={"select_query": query})
        return (answer.body or {}).get("data") or []

    # Writing -----------------------------------------------------------------------------------

    def body(
        self, entity: Entity, values: Mapping[str, Any], catalogue: Mapping[str, FieldInfo]
    ) -> Record:
        """A lookup is sent as an object with the id."""
        known = {name: info.kind for name, info in catalogue.items()}
        return {
            name: {"id": value} if known.get(name) == "id" and isinstance(value, str) else value
            for name, value in super().body(entity, values, catalogue).items()
        }

    def create(self, entity: Entity, body: Record) -> Written:
        return self._single(self.write_many(entity, [("", body)]))

    def update(self, entity: Entity, record_id: str, body: Record) -> Written:
        return self._single(self.write_many(entity, [(record_id, body)]))

    def _single(self, written: Sequence[Written]) -> Written:
        if written[0].error is not None:
            raise written[0].error
        return written[0]

    def write_many(self, entity: Entity, writes: Sequence[tuple[str, Record]]) -> Sequence[Written]:
        """Up to 100 of one verb a call; the answer has ids only, the engine reads back."""
        if not writes:
            return []
        creating = not writes[0][0]
        # No workflow, approval or blueprint may start, and mail people, because of a sync (G-1).
        data = [body if creating else {"id": record_id, **body} for record_id, body in writes]
        method = "POST" if creating else "PUT"
        try:
            answer = self.http.send(method, entity.path, json={"data": data, "trigger": []})
        except (StopRun, TryLater):
            raise
        except FailRecord as error:
            return [Written(error=error) for _ in writes]
        return [self._outcome(row) for row in answer.body["data"]]

    def _outcome(self, row: Mapping[str, Any]) -> Written:
        details = row.get("details") or {}
        if row.get("code") == "SUCCESS":
            return Written(id=str(details["id"]))
        return Written(error=self._record_error(row, details))

    def _record_error(self, row: Mapping[str, Any], details: Mapping[str, Any]) -> SyncError:
        code, message = str(row.get("code", "")), str(row.get("message", ""))
        name = str(details.get("api_name", ""))
        for known in self.codes:
            if known.code == code and issubclass(known.error, FailRecord):
                text = known.message.format(message=name or message, name=self.connection.name)
                return known.error(text, known.remedy, code=code, field=name, cause=known.cause)
        return Rejected(
            f"CRM refused {name or 'the record'}: {message}",
            "Correct the value at the source.",
            code=code,
            field=name,
        )

    # Settings ----------------------------------------------------------------------------------

    def organizations(self) -> Sequence[Record]:
        rows = self.http.get("/org").body["org"]
        return [
            {
                "organization_id": str(row.get("zgid") or row["id"]),
                "name": row["company_name"],
                "base_currency": row.get("iso_code") or "",
                "plan": _plan(row.get("license_details") or {}),
                "time_zone": row.get("time_zone") or "",
            }
            for row in rows
        ]

    def role(self) -> Role | None:
        """By the profile: the role of a user says whose records are seen, not what may be done.

        https://help.zoho.com/portal/en/kb/crm/manage-crm-account/security-management/profiles
        """
        profile = str((self._me().get("profile") or {}).get("name") or "")
        return Role(profile, profile.casefold() == "administrator") if profile else None

    def _me(self) -> Record:
        answer = self.http.get("/users", params={"type": "CurrentUser"})
        users = (answer.body or {}).get("users") or []
        return dict(users[0]) if users else {}

    def signed_in_as(self) -> str:
        return str(self._me().get("email") or "")

    def views(self, entity: Entity) -> Sequence[View]:
        answer = self.http.get("/settings/custom_views", params={"module": entity.name})
        rows = (answer.body or {}).get("custom_views") or []
        return [View(str(row["id"]), row.get("display_value") or row["name"]) for row in rows]

    def fields(self, entity: Entity) -> Sequence[FieldInfo]:
        answer = self.http.get("/settings/fields", params={"module": entity.name})
        return [_info(row) for row in (answer.body or {}).get("fields") or []]


def _plan(details: Mapping[str, Any]) -> str:
    """The edition in force: while one is being tried out, the one that is tried."""
    trying = details.get("trial_type") if not details.get("paid") else None
    return str(trying or details.get("paid_type") or "")


def _seconds(moment: dt.datetime) -> str:
    """Whole seconds with an offset; a fraction is not understood."""
    return moment.replace(microsecond=0).isoformat()


def _deleted(row: Mapping[str, Any]) -> Deleted:
    at = dt.datetime.fromisoformat(str(row["deleted_time"]))
    return Deleted(str(row["id"]), at, for_good=row.get("type") == "permanent")


def _names(entity: Entity, fields: Sequence[str]) -> str:
    tops = dict.fromkeys(path.split(".")[0] for path in fields)
    names = [name for name in tops if name != "id"]
    for always in (entity.name_field, entity.modified_field, entity.created_field):
        if always not in names:
            names.append(always)
    if len(names) > MOST_FIELDS:
        raise Misconfigured(
            f"{len(names)} fields of {entity.label} are mapped; Zoho CRM lists {MOST_FIELDS}.",
            "Take fields out of the field map.",
        )
    return ",".join(names)


def _info(row: Mapping[str, Any]) -> FieldInfo:
    data_type = str(row.get("data_type", ""))
    kind = KINDS.get(data_type, "text")
    choices = {
        str(item["display_value"]): str(item["actual_value"])
        for item in row.get("pick_list_values") or []
        if item.get("type", "used") == "used"
    }
    may_write = (row.get("operation_type") or {}).get("api_update", True)
    return FieldInfo(
        name=str(row["api_name"]),
        label=str(row.get("field_label") or row["api_name"]),
        kind=kind,
        required=bool(row.get("system_mandatory")),
        length=row.get("length") if kind in {"text", "email", "phone", "url"} else None,
        choices=choices if data_type == "picklist" else {},
        custom=bool(row.get("custom_field")),
        read_only=bool(row.get("field_read_only") or not may_write),
        unique=bool(row.get("unique")),
        remote_id=str(row.get("id") or ""),
    )
