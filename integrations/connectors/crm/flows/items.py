"""Items: the products of CRM and the items of Books (rules CRM-70 to CRM-79)."""

from __future__ import annotations

from integrations.sync.flow import Endpoint, Flow, Match, Rule, equals, has
from mappings.fields import Field

items = Flow(
    key="crm.items",
    label="Items",
    source=Endpoint("crm", "Products"),
    target=Endpoint("books", "items"),
    # Both ways, Books' items go to CRM before CRM's products come to Books.
    first="target",
    fields=(
        Field("Product_Name", "name"),
        Field("Product_Code", "sku"),
        Field("Unit_Price", "rate", "money"),
        Field("Description", "description"),
        Field("Usage_Unit", "unit", "choice_label"),
        Field("Product_Active", "status", "active"),
    ),
    required=("name", "rate"),
    rules=(
        Rule(has("Product_Name"), "The product has no name."),
        Rule(
            equals("Exchange_Rate", 1),
            "The product is priced in a foreign currency; Books has prices of items in its own.",
        ),
    ),
    match=(
        Match("crm_product", "Zoho's own integration paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("sku", "the same SKU", exact=True),
        Match("loose", "nearly the same name", 70, within="name"),
    ),
    trace=("name",),
    # CRM has no type of product; a field of its own may be mapped to it.
    fixed={"product_type": "goods"},
)
