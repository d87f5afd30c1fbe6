"""The collections of Zoho Books, as a table: https://www.zoho.com/books/api/v3/."""

from __future__ import annotations

from integrations.connector import Entity
from mappings import keys

# Of a contact with documents, what finance alone changes (guard G-10).
FINANCE_OWNED = frozenset(
    """currency_id tax_id tax_id_type tax_id_value tax_reg_no vat_reg_no gst_no gst_treatment
    vat_treatment tax_treatment place_of_contact is_taxable tax_exemption_id payment_terms
    payment_terms_label credit_limit customer_sub_type accounts_receivable_account_id
    accounts_payable_account_id billing_address.country billing_address.country_code
    shipping_address.country shipping_address.country_code""".split()
)

# Of a vendor whose bills wait to be paid, what a fraud would change: whom and where one pays.
SECOND_LOOK = frozenset(
    """primary_person billing_address shipping_address tax_id_type tax_id_value tax_reg_no
    vat_reg_no gst_no""".split()
)

# What a row of the contact list lacks; only the record's own page has it.
CONTACT_ROWS_LACK = frozenset(
    "website notes billing_address shipping_address contact_persons primary_person tax_id_value "
    "language_code facebook twitter credit_limit has_transaction".split()
)

CONTACTS = Entity(
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
        keys.Key("domain", ("website", "email", "primary_person.email"), keys.domain),
        keys.Key("mail", ("email", "primary_person.email"), keys.exact),
        keys.Key("phone", ("phone", "billing_address.phone", "primary_person.phone"), keys.phone),
        keys.Key("tax", ("tax_id_value", "tax_reg_no", "vat_reg_no", "gst_no"), keys.tax),
        # What Zoho's own integration with CRM leaves behind.
        keys.Key("crm_account", ("zcrm_account_id",), keys.whole),
        keys.Key("crm_contact", ("zcrm_contact_id",), keys.whole),
        keys.Key("crm_vendor", ("zcrm_vendor_id",), keys.whole),
    ),
    unique=("name",),
    whole=frozenset({"billing_address", "shipping_address", "primary_person"}),
    finance_owned=FINANCE_OWNED,
    second_look=SECOND_LOOK,
    documents="has_transaction",
    native="is_linked_with_zohocrm",
    facts=("contact_type", "customer_sub_type", "status"),
    envelope="contact",
    removes=("inactive", "delete"),
    inactive={"status": "inactive"},
)

# The documented row of the item list; what else an item has, only its details show.
ITEM_ROWS_LACK = frozenset(
    """item_type is_taxable tax_exemption_id account_id purchase_rate purchase_description
    purchase_account_id inventory_account_id vendor_id reorder_level hsn_or_sac zcrm_product_id
    created_time last_modified_time""".split()
)

ITEMS = Entity(
    name="items",
    path="/items",
    label="Items",
    id_field="item_id",
    name_field="name",
    modified_field="last_modified_time",
    created_field="created_time",
    # The list can be sorted by name or rate only, and no row tells when it was changed.
    since="none",
    order_by="name",
    lacks=ITEM_ROWS_LACK,
    keys=(
        keys.Key("name", ("name",), keys.exact),
        keys.Key("sku", ("sku",), keys.exact),
        keys.Key("loose", ("name",), keys.loose),
        keys.Key("crm_product", ("zcrm_product_id",), keys.whole),
    ),
    unique=("name", "sku"),
    many_path="/itemdetails",
    ids_per_read=100,
    native="is_linked_with_zohocrm",
    facts=("status",),
    envelope="item",
    # No call tells what hangs on an item, and only what nothing hangs on is deleted (G-6).
    removes=("inactive",),
    inactive={"status": "inactive"},
    born={"status": "active"},
    always=("name", "rate"),
)

PERSONS = Entity(
    name="contactpersons",
    path="/contacts/contactpersons",
    label="Contact persons",
    id_field="contact_person_id",
    name_field="full_name",
    # Books keeps no times of a person.
    modified_field="",
    created_field="",
    since="none",
    keys=(
        # Alike only at one customer: two companies may well have a John Smith each.
        keys.Key(
            "person", ("first_name", "last_name"), keys.exact, joined=True, within="contact_id"
        ),
        keys.Key("person_mail", ("email",), keys.exact, within="contact_id"),
        keys.Key("crm_contact", ("zcrm_contact_id",), keys.whole),
    ),
    envelope="contact_person",
    rows_in="contact_persons",
    part_of="contacts",
    facts=("contact_id",),
    always=("contact_id", "first_name"),
    fixed=frozenset({"contact_id"}),
)

ENTITIES = {entity.name: entity for entity in (CONTACTS, ITEMS, PERSONS)}
