"""The fields of the modules, as tables: what `metadata` unfolds into CRM's field objects.

A row is (api name, label, data type, length or lookup target or values, flags). Flags: `m`
mandatory, `u` unique, `r` read only, `c` custom, `n` the module's display field. Address lengths
and the phone length are this organisation's own, wider than a new organisation's.
"""

from __future__ import annotations

Row = tuple[str, str, str, object, str]

INDUSTRIES = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications",
    "Construction", "Consulting", "Education", "Electronics", "Energy", "Engineering",
    "Food & Beverage", "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing",
    "Media", "Retail", "Shipping", "Technology", "Transportation", "Utilities",
)  # fmt: skip
ACCOUNT_TYPES = (
    "Analyst", "Competitor", "Customer", "Distributor", "Integrator", "Investor", "Other",
    "Partner", "Press", "Prospect", "Reseller", "Supplier", "Vendor",
)  # fmt: skip
RATINGS = ("Acquired", "Active", "Market Failed", "Project Cancelled", "Shut Down")
OWNERSHIPS = ("Other", "Private", "Public", "Subsidiary", "Partnership", "Government")
TIERS = ("Gold", "Silver", "Bronze")
REGIONS = ("Americas", "Europe", "Middle East", "Asia", "Oceania")
LEAD_SOURCES = ("Advertisement", "Cold Call", "Employee Referral", "External Referral",
                "Online Store", "Partner", "Public Relations", "Seminar Partner",
                "Trade Show", "Web Download", "Web Research", "Chat")  # fmt: skip
SALUTATIONS = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")
DEAL_TYPES = ("Existing Business", "New Business")
LOST_REASONS = (
    "Expectation Mismatch", "Price", "Unqualified Customer", "Lack of response",
    "Missed Follow Ups", "Wrong Target", "Competition", "Future Interest", "Other",
)  # fmt: skip
PRODUCT_CATEGORIES = ("Hardware", "Software", "Calibration", "Spare parts", "Services")
UNITS = ("Box", "Carton", "Dozen", "Each", "Hours", "Kg", "Lbs", "Pack", "Pieces", "Sets")
GL_ACCOUNTS = ("Sales-Software", "Sales-Hardware", "Rental Income", "Interest Income")

# (display value, actual value, probability, forecast type, forecast category)
STAGES = (
    ("Qualification", "Qualification", 10, "Open", "Pipeline"),
    ("Needs Analysis", "Needs Analysis", 20, "Open", "Pipeline"),
    ("Value Proposition", "Value Proposition", 40, "Open", "Pipeline"),
    ("Identify Decision Makers", "Id. Decision Makers", 60, "Open", "Pipeline"),
    ("Proposal/Price Quote", "Proposal/Price Quote", 75, "Open", "Pipeline"),
    ("Negotiation/Review", "Negotiation/Review", 90, "Open", "Pipeline"),
    ("Order confirmed", "Closed Won", 100, "Closed Won", "Closed"),
    ("Closed Lost", "Closed Lost", 0, "Closed Lost", "Omitted"),
    ("Closed Lost to Competition", "Closed Lost to Competition", 0, "Closed Lost", "Omitted"),
    ("Partner registered", "Partner registered", 15, "Open", "Pipeline"),
    ("Joint offer", "Joint offer", 65, "Open", "Pipeline"),
)
# pipeline (display, actual, default, stages by actual value)
PIPELINES = (
    ("Standard (Standard)", "Standard (Standard)", True, tuple(s[1] for s in STAGES[:9])),
    (
        "Partner sales",
        "Partner sales",
        False,
        ("Partner registered", "Joint offer", "Negotiation/Review", "Closed Won", "Closed Lost"),
    ),
)


def _address(prefix: str, code: str, label: str) -> tuple[Row, ...]:
    return (
        (f"{prefix}Street", f"{label} Street", "textarea", 600, ""),
        (f"{prefix}City", f"{label} City", "text", 150, ""),
        (f"{prefix}State", f"{label} State", "text", 150, ""),
        (f"{prefix}{code}", f"{label} {code.replace('_', ' ')}", "text", 60, ""),
        (f"{prefix}Country", f"{label} Country", "text", 100, ""),
    )


_MONEY: tuple[Row, ...] = (
    ("Currency", "Currency", "picklist", "currencies", ""),
    ("Exchange_Rate", "Exchange Rate", "double", 20, ""),
)
_SYSTEM: tuple[Row, ...] = (
    ("Created_By", "Created By", "ownerlookup", 120, "r"),
    ("Modified_By", "Modified By", "ownerlookup", 120, "r"),
    ("Created_Time", "Created Time", "datetime", 120, "r"),
    ("Modified_Time", "Modified Time", "datetime", 120, "r"),
    ("Last_Activity_Time", "Last Activity Time", "datetime", 120, "r"),
    ("Layout", "Layout", "layout", 100, ""),
    ("Tag", "Tag", "text", 2000, ""),
    ("Record_Image", "Record Image", "profileimage", 255, "r"),
    ("Locked__s", "Locked", "boolean", 5, "r"),
)
_OWNER = "ownerlookup"
_ACCOUNTS: tuple[Row, ...] = (
    ("Owner", "Account Owner", _OWNER, 120, ""),
    ("Account_Name", "Account Name", "text", 200, "mn"),
    ("Phone", "Phone", "phone", 100, ""),
    ("Fax", "Fax", "phone", 100, ""),
    ("Website", "Website", "website", 255, ""),
    ("Account_Site", "Account Site", "text", 80, ""),
    ("Parent_Account", "Parent Account", "lookup", "Accounts", ""),
    ("Account_Number", "Account Number", "bigint", 18, ""),
    ("Ticker_Symbol", "Ticker Symbol", "text", 30, ""),
    ("Account_Type", "Account Type", "picklist", ACCOUNT_TYPES, ""),
    ("Ownership", "Ownership", "picklist", OWNERSHIPS, ""),
    ("Industry", "Industry", "picklist", INDUSTRIES, ""),
    ("Employees", "Employees", "integer", 9, ""),
    ("Annual_Revenue", "Annual Revenue", "currency", 16, ""),
    ("SIC_Code", "SIC Code", "integer", 9, ""),
    ("Rating", "Rating", "picklist", RATINGS, ""),
    *_MONEY,
    *_address("Billing_", "Code", "Billing"),
    *_address("Shipping_", "Code", "Shipping"),
    ("Description", "Description", "textarea", 32000, ""),
    ("Customer_Tier", "Customer Tier", "picklist", TIERS, "c"),
    ("Tax_Number", "Tax Number", "text", 30, "cu"),
    ("Regions", "Regions", "multiselectpicklist", REGIONS, "c"),
    ("Key_Account", "Key Account", "boolean", 5, "c"),
    ("Credit_Checked_On", "Credit Checked On", "date", 20, "c"),
    ("Branch_Offices", "Branch Offices", "subform", "Branch_Offices", "c"),
    *_SYSTEM,
)
_CONTACTS: tuple[Row, ...] = (
    ("Owner", "Contact Owner", _OWNER, 120, ""),
    ("Salutation", "Salutation", "picklist", SALUTATIONS, ""),
    ("First_Name", "First Name", "text", 40, ""),
    ("Last_Name", "Last Name", "text", 80, "m"),
    ("Full_Name", "Full Name", "text", 80, "rn"),
    ("Account_Name", "Account Name", "lookup", "Accounts", ""),
    ("Vendor_Name", "Vendor Name", "lookup", "Vendors", ""),
    ("Email", "Email", "email", 100, ""),
    ("Secondary_Email", "Secondary Email", "email", 100, ""),
    ("Phone", "Phone", "phone", 100, ""),
    ("Mobile", "Mobile", "phone", 30, ""),
    ("Home_Phone", "Home Phone", "phone", 30, ""),
    ("Other_Phone", "Other Phone", "phone", 30, ""),
    ("Asst_Phone", "Asst Phone", "phone", 30, ""),
    ("Fax", "Fax", "phone", 30, ""),
    ("Title", "Title", "text", 100, ""),
    ("Department", "Department", "text", 50, ""),
    ("Assistant", "Assistant", "text", 50, ""),
    ("Date_of_Birth", "Date of Birth", "date", 20, ""),
    ("Reporting_To", "Reporting To", "lookup", "Contacts", ""),
    ("Lead_Source", "Lead Source", "picklist", LEAD_SOURCES, ""),
    ("Email_Opt_Out", "Email Opt Out", "boolean", 5, ""),
    ("Skype_ID", "Skype ID", "text", 50, ""),
    *_address("Mailing_", "Zip", "Mailing"),
    *_address("Other_", "Zip", "Other"),
    *_MONEY,
    ("Description", "Description", "textarea", 32000, ""),
    *_SYSTEM,
)
_DEALS: tuple[Row, ...] = (
    ("Owner", "Deal Owner", _OWNER, 120, ""),
    ("Deal_Name", "Deal Name", "text", 120, "mn"),
    ("Account_Name", "Account Name", "lookup", "Accounts", ""),
    ("Contact_Name", "Contact Name", "lookup", "Contacts", ""),
    ("Amount", "Amount", "currency", 16, ""),
    ("Closing_Date", "Closing Date", "date", 20, ""),
    ("Pipeline", "Pipeline", "picklist", tuple(p[1] for p in PIPELINES), "m"),
    ("Stage", "Stage", "picklist", "stages", "m"),
    ("Probability", "Probability (%)", "integer", 3, ""),
    ("Expected_Revenue", "Expected Revenue", "currency", 16, "r"),
    ("Type", "Type", "picklist", DEAL_TYPES, ""),
    ("Lead_Source", "Lead Source", "picklist", LEAD_SOURCES, ""),
    ("Next_Step", "Next Step", "text", 100, ""),
    ("Reason_For_Loss__s", "Reason For Loss", "picklist", LOST_REASONS, ""),
    ("Partner_Accounts", "Partner Accounts", "multiselectlookup", "Accounts", "c"),
    *_MONEY,
    ("Description", "Description", "textarea", 32000, ""),
    *_SYSTEM,
)
_PRODUCTS: tuple[Row, ...] = (
    ("Owner", "Product Owner", _OWNER, 120, ""),
    ("Product_Name", "Product Name", "text", 200, "mn"),
    ("Product_Code", "Product Code", "text", 100, ""),
    ("Product_Active", "Product Active", "boolean", 5, ""),
    ("Product_Category", "Product Category", "picklist", PRODUCT_CATEGORIES, ""),
    ("Manufacturer", "Manufacturer", "text", 120, ""),
    ("Usage_Unit", "Usage Unit", "picklist", UNITS, ""),
    ("Unit_Price", "Unit Price", "currency", 16, ""),
    ("Commission_Rate", "Commission Rate", "currency", 16, ""),
    ("Taxable", "Taxable", "boolean", 5, ""),
    ("Vendor_Name", "Vendor Name", "lookup", "Vendors", ""),
    ("Sales_Start_Date", "Sales Start Date", "date", 20, ""),
    ("Sales_End_Date", "Sales End Date", "date", 20, ""),
    ("Qty_in_Stock", "Quantity in Stock", "double", 16, ""),
    ("Reorder_Level", "Reorder Level", "double", 16, ""),
    ("Goods_or_Service", "Goods or Service", "picklist", ("Goods", "Service"), "c"),
    *_MONEY,
    ("Description", "Description", "textarea", 32000, ""),
    *_SYSTEM,
)
_VENDORS: tuple[Row, ...] = (
    ("Owner", "Vendor Owner", _OWNER, 120, ""),
    ("Vendor_Name", "Vendor Name", "text", 200, "mn"),
    ("Email", "Email", "email", 100, ""),
    ("Phone", "Phone", "phone", 100, ""),
    ("Website", "Website", "website", 255, ""),
    ("GL_Account", "GL Account", "picklist", GL_ACCOUNTS, ""),
    ("Category", "Category", "text", 100, ""),
    ("Street", "Street", "textarea", 600, ""),
    ("City", "City", "text", 150, ""),
    ("State", "State", "text", 150, ""),
    ("Zip_Code", "Zip Code", "text", 60, ""),
    ("Country", "Country", "text", 100, ""),
    *_MONEY,
    ("Description", "Description", "textarea", 32000, ""),
    *_SYSTEM,
)

FIELDS: dict[str, tuple[Row, ...]] = {
    "Accounts": _ACCOUNTS,
    "Contacts": _CONTACTS,
    "Deals": _DEALS,
    "Products": _PRODUCTS,
    "Vendors": _VENDORS,
}
# module -> (singular label, the system field by which an upsert finds duplicates)
MODULES: dict[str, tuple[str, str]] = {
    "Accounts": ("Account", "Account_Name"),
    "Contacts": ("Contact", "Email"),
    "Deals": ("Deal", "Deal_Name"),
    "Products": ("Product", "Product_Name"),
    "Vendors": ("Vendor", "Vendor_Name"),
}
# module -> [(related list api name, label, module of its rows, the lookup in that module)]
RELATED: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Accounts": (
        ("Contacts", "Contacts", "Contacts", "Account_Name"),
        ("Deals", "Deals", "Deals", "Account_Name"),
        ("Child_Accounts", "Member Accounts", "Accounts", "Parent_Account"),
    ),
    "Contacts": (("Deals", "Deals", "Deals", "Contact_Name"),),
    "Vendors": (
        ("Products", "Products", "Products", "Vendor_Name"),
        ("Contacts", "Contacts", "Contacts", "Vendor_Name"),
    ),
    "Deals": (),
    "Products": (),
}
