"""What may be written to a contact, and what a write does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from . import custom_values, fields, persons
from .contact_shape import new_address, new_contact, terms_label, with_currency
from .envelope import invalid, missing, refuse
from .invoice_shape import settle_customer
from .organisation import CRM_LINKS, Organisation, fold

ADDRESS_FIELDS: dict[str, fields.Check] = {
    "attention": fields.text(100),
    "address": fields.text(500),
    "street2": fields.text(255),
    "city": fields.text(100),
    "state": fields.text(100),
    "state_code": fields.text(100),
    "zip": fields.text(50),
    "country": fields.text(100),
    "country_code": fields.text(100),
    "phone": fields.text(50),
    "fax": fields.text(50),
}
CONTACT: dict[str, fields.Check] = {
    "contact_name": fields.text(200),
    "company_name": fields.text(200),
    "contact_type": fields.choice("customer", "vendor"),
    "customer_sub_type": fields.choice("business", "individual"),
    "contact_number": fields.text(200),
    "website": fields.website,
    "language_code": fields.text(20),
    "credit_limit": fields.money,
    "pricebook_id": fields.record_id,
    "currency_id": fields.record_id,
    "payment_terms": fields.integer,
    "payment_terms_label": fields.text(200),
    "notes": fields.text(),
    "owner_id": fields.record_id,
    "is_portal_enabled": fields.boolean,
    "facebook": fields.text(100),
    "twitter": fields.text(100),
    "track_1099": fields.boolean,
    "tax_id_type": fields.choice("SSN", "ATIN", "ITIN", "EIN", ""),
    "tax_id_value": fields.text(100),
    "is_taxable": fields.boolean,
    "tax_id": fields.record_id,
    "tax_authority_id": fields.record_id,
    "tax_authority_name": fields.text(),
    "tax_exemption_id": fields.record_id,
    "tax_exemption_code": fields.text(),
    "tax_reg_no": fields.text(),
    "vat_reg_no": fields.text(),
    "vat_treatment": fields.text(),
    "tax_treatment": fields.text(),
    "tax_regime": fields.text(),
    "legal_name": fields.text(),
    "gst_no": fields.text(),
    "gst_treatment": fields.text(),
    "place_of_contact": fields.text(),
    "country_code": fields.text(),
    "opening_balances": fields.listed,
    "tags": fields.listed,
    "default_templates": fields.anything(dict),
}
# What only the app itself sets: its own integration with CRM, and its buttons.
OWN_SCREENS: dict[str, fields.Check] = {
    "status": fields.choice("active", "inactive"),
    "payment_reminder_enabled": fields.boolean,
    "crm_owner_id": fields.record_id,
    "source": fields.text(),
    "documents": fields.listed,
    **dict.fromkeys(CRM_LINKS, fields.record_id),
}


def create(org: Organisation, given: Mapping[str, Any], *, own_screen: bool = False) -> Record:
    """A new contact from a body. Raises Refused with the code Books gives."""
    values = _checked(org, given, own_screen=own_screen)
    name = values.get("contact_name", "")
    if not name.strip():
        raise refuse(3013, "Enter a valid contact name.")
    _unused_name(org, name, values.get("contact_type", "customer"), None)
    custom_values.check_unique(org, "contact", org.contacts, values.get("custom_values", {}), None)
    people = persons.read_list(org, given.get("contact_persons") or [])
    if any(own for own, _ in people):
        raise missing("Contact person", 400)
    contact = org.contacts.insert(new_contact(org, values))
    contact_id = contact["contact_id"]
    org.contacts.replace(
        contact_id, persons.put_list(org, contact, given.get("contact_persons") or [])
    )
    _portal_mail(org, None, org.contacts[contact_id])
    return org.contacts[contact_id]


def update(
    org: Organisation, contact_id: str, given: Mapping[str, Any], *, own_screen: bool = False
) -> Record:
    """Change the given fields of a contact; its persons too where the body lists any."""
    before = org.contacts[contact_id]
    values = _checked(org, given, own_screen=own_screen)
    if "contact_name" in values:
        if not values["contact_name"].strip():
            raise refuse(3013, "Enter a valid contact name.")
        _unused_name(org, values["contact_name"], before["contact_type"], contact_id)
    custom = {**before["custom_values"], **values.pop("custom_values", {})}
    custom_values.check_unique(org, "contact", org.contacts, custom, contact_id)
    _fixed_by_transactions(org, before, values)
    people = given.get("contact_persons")
    if people is not None:
        persons.read_list(org, people)
    for name in ("billing_address", "shipping_address"):
        if name in values:
            values[name] = {**before[name], **values[name]}
    if "payment_terms" in values and "payment_terms_label" not in values:
        values["payment_terms_label"] = terms_label(values["payment_terms"])
    changed = {**before, **values, "custom_values": custom}
    if any(values.get(name) for name in CRM_LINKS):
        changed["is_linked_with_zohocrm"] = True
    changed = with_currency(org, org.touched(changed))
    if people is not None:
        changed = persons.put_list(org, changed, people)
    _portal_mail(org, before, changed)
    return org.contacts.replace(contact_id, changed)


def delete(org: Organisation, contact_id: str) -> None:
    """Refused with 3000 while the contact has transactions."""
    if org.has_transactions(contact_id):
        raise refuse(3000, "The contact cannot be deleted as it has transactions.")
    for person in org.persons.by("contact", contact_id):
        org.persons.remove(person)
    for comment in org.comments.by("contact", contact_id):
        org.comments.remove(comment)
    org.contacts.remove(contact_id)


def upsert(org: Organisation, key: str, value: str, create_too: bool, given: Any) -> Any:
    """The contact holding the unique custom field's value, changed; else made where asked.

    Returns the contact and whether it is new.
    """
    field = custom_values.unique_field(org, "contact", key)
    if not given.get("contact_name"):
        raise refuse(3013, "Enter a valid contact name.")
    if "contact_type" not in given:
        raise refuse(4, "Invalid value passed for contact_type")
    found = org.contacts.by("custom", (field["api_name"], value))
    if found:
        return update(org, found[0], given), False
    if not create_too:
        raise missing("Contact")
    named = [*(given.get("custom_fields") or []), {"api_name": key, "value": value}]
    return create(org, {**given, "custom_fields": named}), True


def merge(org: Organisation, contact_id: str, others: list[str]) -> None:
    """Move what the other contacts have to this one, and remove them."""
    for other in others:
        for person in org.persons.by("contact", other):
            moved = {**org.persons[person], "contact_id": contact_id, "is_primary_contact": False}
            org.persons.replace(person, moved)
        for invoice in org.invoices.by("customer", other):
            name = org.contacts[contact_id]["contact_name"]
            moved = {**org.invoices[invoice], "customer_id": contact_id, "customer_name": name}
            org.invoices.replace(invoice, org.touched(moved))
        delete(org, other)
    contact = persons.with_primary(org, org.contacts[contact_id])
    org.contacts.replace(contact_id, org.touched(contact))
    settle_customer(org, contact_id)


def read_address(given: Any, name: str = "address") -> Record:
    return fields.clean(fields.anything(dict)(name, given), ADDRESS_FIELDS)


def add_address(org: Organisation, contact_id: str, given: Any) -> Record:
    address = new_address(org, read_address(given))
    contact = org.contacts[contact_id]
    changed = {**contact, "addresses": [*contact["addresses"], address]}
    org.contacts.replace(contact_id, org.touched(changed))
    return address


def put_addresses(org: Organisation, contact_id: str, addresses: list[Record]) -> None:
    contact = {**org.contacts[contact_id], "addresses": addresses}
    org.contacts.replace(contact_id, org.touched(contact))


def _checked(org: Organisation, given: Mapping[str, Any], *, own_screen: bool) -> Record:
    """The fields of a body that Books takes, checked one by one and against the organisation."""
    values = fields.clean(given, CONTACT)
    if own_screen:
        values |= fields.clean(given, OWN_SCREENS)
    for name in ("billing_address", "shipping_address"):
        if name in given:
            values[name] = read_address(given[name] or {}, name)
    if "custom_fields" in given:
        values["custom_values"] = custom_values.read(org, "contact", given["custom_fields"] or [])
    if values.get("currency_id") and values["currency_id"] not in org.currencies:
        raise refuse(9004, "The currency does not exist.")
    if values.get("tax_id") and values["tax_id"] not in org.taxes:
        raise missing("Tax", 400)
    if values.get("owner_id") and values["owner_id"] not in org.users:
        raise missing("User", 400)
    return values


def _unused_name(org: Organisation, name: str, kind: str, own_id: str | None) -> None:
    """A display name is one contact's, customers and vendors, active and inactive together; unless
    the preference for duplicate display names is on (`world.company["duplicate_names"]`)."""
    if org.world.company.get("duplicate_names"):
        return
    if any(other != own_id for other in org.contacts.by("name", fold(name))):
        raise refuse(
            3062,
            f'The {kind} "{name.strip()}" already exists. Please specify a different name.',
        )


def _fixed_by_transactions(org: Organisation, before: Record, values: Mapping[str, Any]) -> None:
    for name in ("currency_id", "contact_type"):
        changed = values.get(name, before[name]) not in ("", before[name])
        if changed and org.has_transactions(before["contact_id"]):
            raise invalid(name)


def _portal_mail(org: Organisation, before: Record | None, contact: Record) -> None:
    newly = contact["is_portal_enabled"] and not (before and before["is_portal_enabled"])
    if newly and contact["email"]:
        org.world.outbox.add(
            "books",
            contact["email"],
            f"Invitation to the customer portal of {org.record['name']}",
            "the portal was enabled for a contact",
        )
