"""Looking records of CRM up by name, with COQL: current at once, where the search index lags.

https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.connector import FOUND_AT_MOST, Found, Search
from mappings.values import read

# A query that gives up to 200 rows costs one credit.
ROWS = 200
# Values that `in` takes.
IN_AT_MOST = 50

SEARCHES = {
    "Accounts": Search(
        asked=(("Account_Name", "Account name"),),
        told=(("Billing_City", "City"), ("Billing_Country", "Country"), ("Phone", "Phone")),
        below=("Contacts", "Account_Name", "Full_Name"),
    ),
    "Contacts": Search(
        asked=(("First_Name", "First name"), ("Last_Name", "Last name")),
        told=(("Account_Name.Account_Name", "Account"), ("Mailing_City", "City")),
    ),
    "Vendors": Search(
        asked=(("Vendor_Name", "Vendor name"),),
        told=(("City", "City"), ("Country", "Country"), ("Phone", "Phone")),
    ),
    "Products": Search(asked=(("Product_Name", "Product name"),), told=(("Product_Code", "Code"),)),
}


def plain(text: str) -> str:
    """The longest part of a text without what a query could take for its own signs.

    How a quotation mark is written inside a value is not documented; what it leaves out is
    compared afterwards.
    """
    parts = re.split(r"""['"\\%_\x00-\x1f]""", text)
    return max((part.strip() for part in parts), key=len)


def by_text(module: str, name: str, search: Search, wanted: Mapping[str, str]) -> str:
    """The query for records of a module each of whose fields contains its text; '' for none."""
    tests = [f"{field} like '%{part}%'" for field, text in wanted.items() if (part := plain(text))]
    if not tests:
        return ""
    columns = dict.fromkeys(["id", name, *wanted, *(path for path, _ in search.told)])
    return (
        f"select {', '.join(columns)} from {module} where {' and '.join(tests)} "  # noqa: S608
        f"order by {name} asc limit {ROWS}"
    )


def by_pointer(module: str, pointer: str, name: str, ids: Sequence[str]) -> str:
    """The query for the names of records that point to one of these."""
    listed = ", ".join(f"'{record_id}'" for record_id in ids[:IN_AT_MOST])
    return (
        f"select {name}, {pointer} from {module} where {pointer} in ({listed}) "  # noqa: S608
        f"order by {name} asc limit {ROWS}"
    )


def below(module: str, pointer: str, ids: Sequence[str]) -> str:
    """The query for the ids of records that point to one of these, the latest changed first."""
    listed = ", ".join(f"'{record_id}'" for record_id in ids[:IN_AT_MOST])
    return (
        f"select id, {pointer} from {module} where {pointer} in ({listed}) "  # noqa: S608
        f"order by Modified_Time desc limit {ROWS}"
    )


def matching(
    rows: Iterable[Mapping[str, Any]], wanted: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The first rows that contain the texts in full, upper and lower case alike."""
    texts = {field: text.strip().casefold() for field, text in wanted.items()}
    fit = [
        row
        for row in rows
        if all(text in str(row.get(field) or "").casefold() for field, text in texts.items())
    ]
    return fit[:FOUND_AT_MOST]


def found(row: Mapping[str, Any], name: str, search: Search, below: Sequence[str] = ()) -> Found:
    told = ((label, row.get(path) or read(row, path)) for path, label in search.told)
    facts = tuple((label, str(value)) for label, value in told if value)
    return Found(str(row["id"]), str(row.get(name) or ""), facts, tuple(below))
