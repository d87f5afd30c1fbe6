"""Zoho Books, REST API v3: https://www.zoho.com/books/api/v3/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from integrations.connector import Code, Connector, Entity, Page, Record, Role, Written
from integrations.connectors.books import facts
from integrations.connectors.books.catalogue import BANK_FIELDS, CONTACT_FIELDS
from integrations.connectors.books.scopes import SCOPES
from integrations.errors import Misconfigured, Missing, Rejected, TryLater
from integrations.http import Response
from mappings import keys
from mappings.converters import FieldInfo
from mappings.values import moment

# Names used by https://www.zoho.com/books/api/v3/transaction-locking/ for each area.
LOCK_AREAS = ("sales", "purchase", "banking", "accountant")

# Of a contact with documents, what finance alone changes (guard G-10).
FINANCE_OWNED = frozenset(
    """currency_id tax_id tax_id_type tax_id_value tax_reg_no vat_reg_no gst_no gst_treatment
    vat_treatment tax_treatment place_of_contact is_taxable tax_exemption_id payment_terms
    payment_terms_label credit_limit customer_sub_type accounts_receivable_account_id
    accounts_payable_account_id billing_address.country billing_address.country_code
    shipping_address.country shipping_address.country_code""".split()
)

# Roles of https://www.zoho.com/books/help/settings/users-and-roles.html that may do everything.
ADMINISTRATORS = {"admin", "administrator"}

# What a row of the contact list lacks; only the record's own page has it.
CONTACT_ROWS_LACK = frozenset(
    "website notes billing_address shipping_address contact_persons tax_id_value language_code "
    "facebook twitter credit_limit has_transaction".split()
)


class Books(Connector):
    app = "books"
    label = "Zoho Books"
    root = "/books/v3"
    web = "https://books.{domain}/app/{organization}#{entity.path}/{id}"
    is_ledger = True
    scopes = tuple(SCOPES)
    scope_reasons: ClassVar[Mapping[str, str]] = SCOPES
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
    entities: ClassVar[Mapping[str, Entity]] = {
        "contacts": Entity(
            name="contacts",
            path="/contacts",
            label="Customers and vendors",
            id_field="contact_id",
            name_field="contact_name",
            modified_field="last_modified_time",
            created_field="created_time",
            since="newest_first",
            lacks=CONTACT_ROWS_LACK,
            keys=(
                keys.Key("name", ("contact_name",), keys.exact),
                keys.Key("loose", ("contact_name", "company_name"), keys.loose),
                keys.Key("domain", ("website", "email"), keys.domain),
                keys.Key("phone", ("phone", "billing_address.phone"), keys.phone),
                keys.Key("tax", ("tax_id_value", "tax_reg_no", "vat_reg_no", "gst_no"), keys.tax),
                keys.Key("account", ("zcrm_account_id",), keys.whole),
            ),
            unique="name",
            whole=frozenset({"billing_address", "shipping_address"}),
            finance_owned=FINANCE_OWNED,
            documents="has_transaction",
            native="is_linked_with_zohocrm",
            facts=("contact_type", "status"),
            envelope="contact",
        ),
    }
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "43",
            TryLater,
            "{name} has blocked requests for a while: too many in a minute.",
            after=dt.timedelta(hours=1),
        ),
        Code("44", TryLater, "{name} takes no more requests this minute."),
        Code(
            "45",
            TryLater,
            "{name} takes no more requests today.",
            "The sync goes on by itself tomorrow; a larger Zoho plan allows more a day.",
            after=dt.timedelta(hours=6),
        ),
        Code(
            "1070",
            TryLater,
            "{name} is working on too many requests.",
            after=dt.timedelta(seconds=5),
        ),
        Code(
            "6041",
            Misconfigured,
            "The sign-in used for {name} does not belong to that organisation.",
            "Choose the organisation again on the connection page.",
        ),
        Code("1002", Missing, "{message}", "It may have been deleted in Books.", cause="missing"),
        Code(
            "3062",
            Rejected,
            "{message}",
            "Rename one of the two, or pair this record with the existing one.",
            cause="name_taken",
        ),
        Code(
            "9004",
            Rejected,
            "The currency is not set up in Zoho Books.",
            "Add it in Books under Settings > Currencies.",
            cause="unknown_choice",
        ),
    )

    # Answers -----------------------------------------------------------------------------------

    def code_of(self, response: Response) -> tuple[str, str]:
        body = response.body if isinstance(response.body, dict) else {}
        code = str(body.get("code", ""))
        return ("" if code == "0" else code), str(body.get("message", ""))

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
        column = entity.created_field if order == "created" else entity.modified_field
        answer = self.http.get(
            entity.path,
            params=self._query(
                page=str(number),
                per_page=str(entity.per_page),
                filter_by="Status.All",
                sort_column=column,
                sort_order="D",
            ),
        )
        rows = answer.body.get(entity.name) or []
        more = bool((answer.body.get("page_context") or {}).get("has_more_page"))
        if since is not None:
            newer = [row for row in rows if (moment(row[column]) or since) >= since]
            more = more and len(newer) == len(rows)
            rows = newer
        return Page(rows, number + 1 if more else None, answer.date)

    def get(self, entity: Entity, record_id: str, *, fields: Sequence[str] = ()) -> Record:
        answer = self.http.get(f"{entity.path}/{record_id}", params=self._query())
        return dict(answer.body[entity.envelope])

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
        answer = self.http.send("POST", entity.path, params=self._query(), json=body)
        return self._written(entity, answer)

    def update(self, entity: Entity, record_id: str, body: Record) -> Written:
        path = f"{entity.path}/{record_id}"
        answer = self.http.send("PUT", path, params=self._query(), json=body)
        return self._written(entity, answer)

    def _written(self, entity: Entity, answer: Response) -> Written:
        record = dict(answer.body[entity.envelope])
        return Written(id=entity.id_of(record), record=record)

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
