"""The modules of Zoho CRM that are synced, as a table: all of one shape."""

from __future__ import annotations

from integrations.connector import Entity
from mappings import keys


def _module(
    name: str, name_field: str, *found_by: keys.Key, below: tuple[tuple[str, str], ...] = ()
) -> Entity:
    return Entity(
        name=name,
        path=f"/{name}",
        label=name,
        id_field="id",
        name_field=name_field,
        modified_field="Modified_Time",
        created_field="Created_Time",
        since="header",
        keys=found_by,
        batch=100,
        ids_per_read=100,
        told=True,
        below=below,
    )


ACCOUNTS = _module(
    "Accounts",
    "Account_Name",
    keys.Key("name", ("Account_Name",), keys.exact),
    keys.Key("loose", ("Account_Name",), keys.loose),
    keys.Key("domain", ("Website",), keys.domain),
    keys.Key("phone", ("Phone",), keys.phone),
    keys.Key("tax", ("Tax_Number",), keys.tax),
    keys.Key("crm_account", ("id",), keys.whole),
    below=(("Contacts", "Account_Name"),),
)
CONTACTS = _module(
    "Contacts",
    "Full_Name",
    keys.Key("name", ("First_Name", "Last_Name"), keys.exact, joined=True),
    keys.Key("mail", ("Email",), keys.exact),
    keys.Key("phone", ("Phone",), keys.phone),
    # The same at one account only.
    keys.Key("person", ("First_Name", "Last_Name"), keys.exact, joined=True, within="Account_Name"),
    keys.Key("person_mail", ("Email",), keys.exact, within="Account_Name"),
    keys.Key("crm_contact", ("id",), keys.whole),
)
VENDORS = _module(
    "Vendors",
    "Vendor_Name",
    keys.Key("name", ("Vendor_Name",), keys.exact),
    keys.Key("loose", ("Vendor_Name",), keys.loose),
    keys.Key("domain", ("Website", "Email"), keys.domain),
    keys.Key("phone", ("Phone",), keys.phone),
    keys.Key("crm_vendor", ("id",), keys.whole),
)
PRODUCTS = _module(
    "Products",
    "Product_Name",
    keys.Key("name", ("Product_Name",), keys.exact),
    keys.Key("sku", ("Product_Code",), keys.exact),
    keys.Key("loose", ("Product_Name",), keys.loose),
    keys.Key("crm_product", ("id",), keys.whole),
)

ENTITIES = {entity.name: entity for entity in (ACCOUNTS, CONTACTS, VENDORS, PRODUCTS)}
