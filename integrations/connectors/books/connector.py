"""Zoho Books, REST API v3: https://www.zoho.com/books/api/v3/."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from integrations.connector import Code, Connector, Entity, Form, Page, Record, Role, Written
from integrations.connectors.books import facts, holding, persons
from integrations.connectors.books.catalogue import (
    BANK_FIELDS,
    CONTACT_FIELDS,
    ITEM_FIELDS,
    PERSON_FIELDS,
)
from integrations.connectors.books.codes import CODES
from integrations.connectors.books.entities import ENTITIES
from integrations.connectors.books.forms import FORMS
from integrations.connectors.books.scopes import SCOPES
from integrations.connectors.books.watch import Webhooks
from integrations.http import Response
from mappings.converters import FieldInfo
from mappings.values import moment

# Names used by https://www.zoho.com/books/api/v3/transaction-locking/ for each area.
LOCK_AREAS = ("sales", "purchase", "banking", "accountant")

# How a list of bills is asked for those that are not paid yet.
OPEN_BILLS = ("Status.Open", "Status.Overdue", "Status.PartiallyPaid")

# Roles of https://www.zoho.com/books/help/settings/users-and-roles.html that may do everything.
ADMINISTRATORS = {"admin", "administrator"}


class Books(Connector):
    app = "books"
    label = "Zoho Books"
    root = "/books/v3"
    web = "https://books.{domain}/app/{organization}#{entity.path}/{id}"
    is_ledger = True
    notifications = Webhooks()
    scopes = tuple(SCOPES)
    scope_reasons: ClassVar[Mapping[str, str]] = SCOPES
    forms: ClassVar[Mapping[str, tuple[Form, ...]]] = FORMS
    # https://www.zoho.com/books/api/v3/introduction/#api-call-limit
    calls_per_minute = 100
    calls_per_day: ClassVar[Mapping[str, int]] = {
        "free": 1_000,
        "standard": 2_000,
        "professional": 5_000,
        "premium": 10_000,
        "elite": 10_000,
        "ultimate": 10_000,
    }
    entities: ClassVar[Mapping[str, Entity]] = ENTITIES
    codes: ClassVar[tuple[Code, ...]] = CODES

    # Answers -----------------------------------------------------------------------------------

    def code_of(self, response: Response) -> tuple[str, str]:
        body = response.body if isinstance(response.body, dict) else {}
        code = str(body.get("code", ""))
        return ("" if code == "0" else code), str(body.get("message", ""))

    def field_named(self, message: str) -> str:
        found = re.fullmatch(r"Invalid value passed for (\w+)\.?", message.strip())
        return found[1] if found else ""

    def _query(self, **params: str) -> dict[str, str]:
        return {"organization_id": self.connection.organization_id, **params}

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
        number = int(at or 1)
        # Newest change first: a record edited while pages are read moves to the front and pushes
        # others to later pages, so none is skipped. Inactive contacts are hidden unless asked for.
        by_time = entity.since == "newest_first"
        timed = entity.created_field if order == "created" else entity.modified_field
        order_by = {"sort_column": timed, "sort_order": "D"}
        if not by_time:
            order_by = {"sort_column": entity.order_by} if entity.order_by else {}
        answer = self.http.get(
            entity.path,
            params=self._query(
                page=str(number),
                per_page=str(entity.per_page),
                **({"filter_by": "Status.All"} if "status" in entity.facts else {}),
                **order_by,
            ),
        )
        rows = self._rows(entity, answer)
        context = answer.body.get("page_context") or {}
        # A list that is not paged would answer its first page for ever.
        more = bool(context.get("has_more_page")) and int(context.get("page") or number) == number
        if since is not None and by_time:
            newer = [row for row in rows if (moment(row[timed]) or since) >= since]
            more = more and len(newer) == len(rows)
            rows = newer
        return Page(rows, number + 1 if more else None, answer.date)

    def get(self, entity: Entity, record_id: str, *, fields: Sequence[str] = ()) -> Record:
        answer = self.http.get(f"{entity.path}/{record_id}", params=self._query())
        return self._record(entity, answer)

    def _record(self, entity: Entity, answer: Response) -> Record:
        found = answer.body[entity.envelope]
        # Of a contact person some answers show a list of one.
        return persons.complete(found[0] if isinstance(found, list) else found)

    def _rows(self, entity: Entity, answer: Response) -> list[Record]:
        rows = answer.body.get(entity.rows_in or entity.name) or []
        return [persons.complete(row) for row in rows]

    def get_many(
        self, entity: Entity, ids: Sequence[str], *, fields: Sequence[str] = ()
    ) -> dict[str, Record]:
        if not entity.many_path:
            return super().get_many(entity, ids, fields=fields)
        found: dict[str, Record] = {}
        for start in range(0, len(ids), entity.ids_per_read):
            some = ",".join(ids[start : start + entity.ids_per_read])
            params = self._query(**{f"{entity.envelope}_ids": some})
            answer = self.http.get(entity.many_path, params=params)
            found |= {entity.id_of(row): row for row in self._rows(entity, answer)}
        return found

    # Writing -----------------------------------------------------------------------------------

    def body(
        self, entity: Entity, values: Mapping[str, Any], catalogue: Mapping[str, FieldInfo]
    ) -> Record:
        """Custom fields (``cf_…``) travel in a list of their own."""
        plain = {path: value for path, value in values.items() if not path.startswith("cf_")}
        body = super().body(entity, plain, catalogue)
        custom = [
            {"customfield_id": catalogue[path].remote_id, "value": value}
            if path in catalogue and catalogue[path].remote_id
            else {"api_name": path, "value": value}
            for path, value in values.items()
            if path.startswith("cf_")
        ]
        if custom:
            body["custom_fields"] = custom
        return body

    def create(self, entity: Entity, body: Record) -> Written:
        answer = self._send("POST", entity.path, persons.on_create(dict(body)))
        record = self._record(entity, answer)
        return Written(id=entity.id_of(record), record=record)

    def update(self, entity: Entity, record_id: str, body: Record) -> Written:
        """Some fields are changed by calls of their own; the answer of the last one may not show
        the record."""
        path, rest = f"{entity.path}/{record_id}", dict(body)
        person = rest.pop(persons.PRIMARY, None)
        marks = [rest.pop(name) for name in entity.born if name in rest]
        record = self._put_person(entity, record_id, person) if person else None
        if rest:
            record = self._record(entity, self._send("PUT", path, rest))
        for mark in marks:
            # A status is set by a call of its own, /active or /inactive, that shows no record.
            self._send("POST", f"{path}/{mark}", None)
            record = None
        return Written(id=record_id, record=record)

    def delete(self, entity: Entity, record_id: str) -> Written:
        self.http.send("DELETE", f"{entity.path}/{record_id}", params=self._query())
        return Written(id=record_id)

    def deactivate(self, entity: Entity, record_id: str) -> Written:
        self.http.send("POST", f"{entity.path}/{record_id}/inactive", params=self._query())
        return Written(id=record_id)

    def held_by(self, entity: Entity, record: Record) -> Sequence[str]:
        if not entity.documents:
            return super().held_by(entity, record)
        path = f"{entity.path}/{entity.id_of(record)}/comments"
        answer = self.http.get(path, params=self._query())
        return holding.of_contact(record, (answer.body or {}).get("contact_comments") or [])

    def _put_person(self, entity: Entity, contact_id: str, person: Record) -> Record | None:
        """Change the main contact person, or make one. Answers the contact where Books does.

        A person's own call wants a first name. Without one the contact is sent with the list of
        all its persons, read just before, so that none is left out.
        """
        if not person.get("first_name"):
            present = self.get(entity, contact_id)
            listed = {"contact_persons": persons.listed_with(present, person)}
            return self._record(entity, self._send("PUT", f"{entity.path}/{contact_id}", listed))
        values = {"contact_id": contact_id, **person}
        own = values.pop("contact_person_id", "")
        path = f"{entity.path}/contactpersons"
        self._send("PUT" if own else "POST", f"{path}/{own}" if own else path, values)
        return None

    def _send(self, method: str, path: str, body: Any) -> Response:
        return self.http.send(method, path, params=self._query(), json=body)

    # Settings ----------------------------------------------------------------------------------

    def organizations(self) -> Sequence[Record]:
        rows = self.http.get("/organizations").body["organizations"]
        return [
            {
                "organization_id": str(row["organization_id"]),
                "name": row["name"],
                "base_currency": row.get("currency_code") or "",
                "plan": row.get("plan_name") or "",
                "time_zone": row.get("time_zone") or "",
            }
            for row in rows
        ]

    def role(self) -> Role:
        user = self._me()
        name = str(user.get("user_role") or "")
        return Role(name.capitalize(), name.casefold() in ADMINISTRATORS)

    def _me(self) -> Record:
        return dict(self.http.get("/users/me", params=self._query()).body["user"])

    def signed_in_as(self) -> str:
        user = self._me()
        emails = user.get("email_ids") or []
        return str(emails[0].get("email", "")) if emails else str(user.get("email", ""))

    def fields(self, entity: Entity) -> Sequence[FieldInfo]:
        """Books describes no fields, so the documented ones, with what this organisation adds."""
        if entity.name == "items":
            return [*ITEM_FIELDS, *self._custom_fields(entity)]
        if entity.name == "contactpersons":
            return PERSON_FIELDS
        currencies = self.http.get("/settings/currencies", params=self._query()).body["currencies"]
        codes = {str(row["currency_code"]): str(row["currency_id"]) for row in currencies}
        currency = FieldInfo("currency_id", "Currency", kind="choice", choices=codes)
        return [*CONTACT_FIELDS, *BANK_FIELDS, currency, *self._custom_fields(entity)]

    def _custom_fields(self, entity: Entity) -> Sequence[FieldInfo]:
        """Custom fields, learned from a record: no call of the API lists their definitions."""
        rows = self.page(entity).records
        sample = next((row for row in rows if row.get("custom_fields")), None)
        sample = sample or (self.get(entity, entity.id_of(rows[0])) if rows else {})
        return [
            FieldInfo(
                name=str(item["api_name"]),
                label=str(item.get("label") or item["api_name"]),
                kind={"amount": "money", "decimal": "number", "number": "number"}.get(
                    str(item.get("data_type")), "text"
                ),
                custom=True,
                remote_id=str(item.get("customfield_id") or item.get("field_id") or ""),
            )
            for item in sample.get("custom_fields") or []
            if item.get("api_name")
        ]

    def facts(self, entity: Entity, record: Record) -> Sequence[tuple[str, str]]:
        """Where it is, what it owes and what was written for it: one more call, for its invoices.

        The list gives at most 200 rows and no total: https://www.zoho.com/books/api/v3/invoices/.
        """
        if not record.get("contact_type"):
            return []  # an item, a contact person: the mapped fields say all there is
        if record.get("contact_type") == "vendor":
            return facts.of_contact(record)
        answer = self.http.get(
            "/invoices",
            params=self._query(
                customer_id=entity.id_of(record),
                sort_column="date",
                sort_order="D",
                per_page=str(entity.per_page),
            ),
        )
        more = bool((answer.body.get("page_context") or {}).get("has_more_page"))
        return facts.of_contact(record) + facts.of_invoices(answer.body["invoices"], more=more)

    def open_documents(self, entity: Entity, record: Record) -> bool:
        """Whether a vendor has bills that are not paid: https://www.zoho.com/books/api/v3/bills/."""
        if record.get("contact_type") != "vendor":
            return False
        vendor = {"vendor_id": entity.id_of(record)}
        return any(
            self.http.get("/bills", params=self._query(filter_by=by, per_page="1", **vendor)).body[
                "bills"
            ]
            for by in OPEN_BILLS
        )

    def locks(self) -> dict[str, dt.date]:
        """Last locked day by area, with "all" for a lock of the whole books.

        A partial unlock does not count here: what it would let by waits for a person instead.
        """
        answer = self.http.get("/transactionlocks", params=self._query())
        found: dict[str, dt.date] = {}
        for row in (answer.body or {}).get("transaction_locks") or []:
            if row.get("transaction_lock_status") == "disabled" or not row["transaction_lock_date"]:
                continue
            # The file names the areas in the text only; one it does not name binds everything.
            words = str(row.get("lock_scope_formatted", "")).casefold()
            area = next((name for name in LOCK_AREAS if name in words), "all")
            day = dt.date.fromisoformat(row["transaction_lock_date"])
            found[area] = max(day, found.get(area, day))
        return found
