"""The main contact person of a customer or vendor, shown as a part of the record.

Books keeps the e-mail address, name and phones of a customer with its primary contact person. A
body that lists `contact_persons` removes those it does not list, so an update never lists them:
the main one is changed by a call of its own
(https://www.zoho.com/books/api/v3/contact-persons/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRIMARY = "primary_person"
WRITABLE = (
    "salutation", "first_name", "last_name", "email", "phone", "mobile", "skype", "designation",
    "department",
)  # fmt: skip
Record = dict[str, Any]


def complete(record: Mapping[str, Any]) -> Record:
    """A record as it came, with what it says in parts only: of a contact its main person beside
    the list of all ({} where it has none), of a person the whole name."""
    if "contact_persons" in record:
        persons = record["contact_persons"] or ()
        chosen: Record = next((one for one in persons if one.get("is_primary_contact")), {})
        return {**record, PRIMARY: dict(chosen)}
    if "contact_person_id" in record:
        names = (record.get("first_name"), record.get("last_name"))
        return {**record, "full_name": " ".join(name for name in names if name)}
    return dict(record)


def on_create(body: Record) -> Record:
    """The body of a new contact: its main person is the one in the list."""
    person = body.pop(PRIMARY, None)
    if person:
        body["contact_persons"] = [{**person, "is_primary_contact": True}]
    return body


def listed_with(record: Mapping[str, Any], person: Mapping[str, Any]) -> list[Record]:
    """Every person of a contact as it stands, one of them changed or added: what to list where
    Books has to be sent all of them."""
    own = person.get("contact_person_id")
    kept = []
    for one in record.get("contact_persons") or ():
        values = {name: one[name] for name in WRITABLE if one.get(name)}
        if one["contact_person_id"] == own:
            values |= person
        kept.append({"contact_person_id": one["contact_person_id"], **values})
    return kept if own else [*kept, {**person, "is_primary_contact": True}]
