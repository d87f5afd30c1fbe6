"""The company itself: its organisations in the apps, its people, its currencies. No records."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..books import founding
from ..books.organisation import Organisation
from ..crm import metadata
from ..crm.clock import stamp
from ..crm.standard_fields import MODULES
from .accounts import DECIMALS, RATES

NAME = "Aurora Instruments"
DOMAIN = "aurora-instruments.example"
ORGANIZATION_ID = "10234695"
ZONE = "America/New_York"
BASE = "USD"

# code, symbol, name, whether Books has it too
CURRENCIES = (
    ("USD", "$", "US Dollar", True),
    ("EUR", "€", "Euro", True),
    ("GBP", "£", "British Pound", True),
    ("INR", "₹", "Indian Rupee", True),
    ("JPY", "¥", "Japanese Yen", True),
    ("KWD", "KD", "Kuwaiti Dinar", True),
    ("SEK", "kr", "Swedish Krona", False),
    ("CHF", "CHF", "Swiss Franc", False),
)
ROLES = (
    ("CEO", None),
    ("Sales Manager", "CEO"),
    ("Sales Representative", "Sales Manager"),
    ("Finance", "CEO"),
    ("Service", "Sales Manager"),
)
PROFILES = (
    ("Administrator", False, "All permissions"),
    ("Standard", False, "All permissions but administration"),
    ("Finance Read Only", True, "Reads accounts and deals"),
)
# first name, last name, role, profile, status, confirmed
USERS = (
    ("Helena", "Marlowe", "CEO", "Administrator", "active", True),
    ("Tobias", "Grün", "Sales Manager", "Administrator", "active", True),
    ("Priya", "Raman", "Sales Manager", "Standard", "active", True),
    ("Marcus", "O'Dell", "Sales Representative", "Standard", "active", True),
    ("Yuki", "Tanaka", "Sales Representative", "Standard", "active", True),
    ("Élodie", "Lefèvre", "Sales Representative", "Standard", "active", True),
    ("Omar", "Al-Sabah", "Sales Representative", "Standard", "active", True),
    ("Wanda", "Kowalska", "Sales Representative", "Standard", "active", True),
    ("Grace", "Whitfield", "Finance", "Finance Read Only", "active", True),
    ("Diego", "Núñez", "Service", "Standard", "active", True),
    ("Sven", "Åberg", "Sales Representative", "Standard", "disabled", True),
    ("Lin", "Chen", "Sales Representative", "Standard", "active", False),
)
BOOKS_USERS = (
    ("Grace Whitfield", "grace.whitfield", "admin", "active"),
    ("Tobias Grün", "tobias.gruen", "staff", "active"),
    ("Priya Raman", "priya.raman", "staff", "active"),
    ("Nadia Ferrante", "nadia.ferrante", "accountant", "active"),
    ("Sven Åberg", "sven.aberg", "staff", "inactive"),
)


def establish(world: Any, moment: datetime) -> Organisation:
    """Found the company in CRM and Books, as of `moment`. Returns the Books organisation."""
    started = moment - timedelta(days=900)
    user = _crm_people(world, started)
    _crm_organisation(world, started, user)
    codes = [code for code, *_ in CURRENCIES]
    profiles = world.store.collection("crm", "profiles").values()
    metadata.install(world, currencies=codes, profiles=profiles, user=user)
    _views(world, started, user)
    world.company.update(
        crm_user=user["id"], base_currency=BASE, organization_id=ORGANIZATION_ID, title=NAME
    )
    return _books(world, started)


def _crm_people(world: Any, started: datetime) -> dict[str, Any]:
    """Roles, profiles, users; returns the administrator the apps are connected with."""
    store, made = world.store, stamp(started)

    def new_id() -> str:
        return store.new_id("crm")

    roles = {name: new_id() for name, _ in ROLES}
    profiles = {name: new_id() for name, _, _ in PROFILES}
    users = [new_id() for _ in USERS]
    for name, above in ROLES:
        store.collection("crm", "roles").insert(
            {
                "id": roles[name],
                "name": name,
                "reporting_to": roles[above] if above else None,
                "share_with_peers": name == "CEO",
                "description": None,
                "created_by": users[0],
                "created_time": made,
            }
        )
    for name, custom, description in PROFILES:
        store.collection("crm", "profiles").insert(
            {
                "id": profiles[name],
                "name": name,
                "custom": custom,
                "description": description,
                "created_by": users[0],
                "created_time": made,
            }
        )
    held = store.collection("crm", "users")
    for number, (first, last, role, profile, status, confirmed) in enumerate(USERS):
        held.insert(
            {
                "id": users[number],
                "zuid": str(744_100_000 + number * 37),
                "email": address_of(first, last),
                "first_name": first,
                "last_name": last,
                "full_name": f"{first} {last}",
                "status": status,
                "confirm": confirmed,
                "role": roles[role],
                "profile": profiles[profile],
                "admin": profile == "Administrator",
                "reporting_to": None if role == "CEO" else users[1] if number != 1 else users[0],
                "phone": f"+1 (585) 555-01{number:02}",
                "time_zone": ZONE,
                "created_by": users[0],
                "created_time": made,
                "modified_time": made,
            }
        )
    return held[users[1]]


def address_of(first: str, last: str) -> str:
    plain = str.maketrans("ÉÅèåüńñúó", "EAeaunnuo", "'-")
    return f"{first}.{last}".translate(plain).lower() + "@" + DOMAIN


def _crm_organisation(world: Any, started: datetime, user: dict[str, Any]) -> None:
    made = stamp(started)
    world.store.collection("crm", "org").insert(
        {
            "id": world.store.new_id("crm"),
            "zgid": "744100999",
            "company_name": NAME,
            "alias": None,
            "type": "sandbox",
            "created_time": made,
            "mc_status": True,
            "iso_code": BASE,
            "currency": "US Dollar - USD",
            "currency_symbol": "$",
            "currency_locale": "en_US",
            "country": "United States",
            "country_code": "US",
            "state": "NY",
            "city": "Rochester",
            "street": "77 Observatory Road",
            "zip": "14604",
            "phone": "+1 (585) 555-0100",
            "mobile": None,
            "fax": None,
            "website": f"https://www.{DOMAIN}",
            "primary_email": user["email"],
            "primary_zuid": user["zuid"],
            "domain_name": "org744100999",
            "time_zone": ZONE,
            "description": None,
            "employee_count": "120",
            "photo_id": None,
            "zia_portal_id": None,
            "deletable_org_account": False,
            "gapps_enabled": False,
            "translation_enabled": False,
            "privacy_settings": False,
            "hipaa_compliance_enabled": False,
            "lite_users_enabled": False,
            "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
            "license_details": {
                "paid": True,
                "paid_type": "enterprise",
                "paid_expiry": None,
                "trial_type": None,
                "trial_expiry": None,
                "users_license_purchased": 15,
                "portal_users_license_purchased": 0,
            },
        }
    )
    for code, symbol, name, _ in CURRENCIES:
        world.store.collection("crm", "currencies").insert(
            {
                "id": world.store.new_id("crm"),
                "iso_code": code,
                "name": name,
                "symbol": symbol,
                "exchange_rate": f"{RATES[code]:.9f}",
                "exchange_rate_auto_update": False,
                "is_base": code == BASE,
                "is_active": True,
                "prefix_symbol": True,
                "format": {
                    "decimal_separator": "Period",
                    "thousand_separator": "Comma",
                    "decimal_places": str(DECIMALS.get(code, 2)),
                    "numeral_system": "Indian" if code == "INR" else "International",
                },
                "created_by": user["id"],
                "modified_by": user["id"],
                "created_time": made,
                "modified_time": made,
            }
        )


def _views(world: Any, started: datetime, user: dict[str, Any]) -> None:
    """The views CRM brings along for each module, and those people here have made."""
    made = stamp(started)

    def add(module: str, name: str, **more: Any) -> None:
        info = metadata.module_info(world, module)
        assert info is not None
        world.store.collection("crm", "custom_views").insert(
            {
                "id": world.store.new_id("crm"),
                "module": module,
                "name": name,
                "system_name": None,
                "system_defined": False,
                "category": "public_views",
                "access_type": "public",
                "default": False,
                "created_by": user["id"],
                "created_time": made,
                "modified_time": made,
                "fields": [info.name_field, "Owner", "Modified_Time"],
                "criteria": None,
                "predefined": None,
                **more,
            }
        )

    def equal(module: str, field: str, value: Any) -> dict[str, Any]:
        info = metadata.module_info(world, module)
        assert info is not None
        found = {"api_name": field, "id": info.fields[field].id}
        return {"comparator": "equal", "field": found, "type": "value", "value": value}

    for module in MODULES:
        add(module, f"All {module}", system_name="ALLVIEWS", system_defined=True, default=True)
        add(module, f"My {module}", system_name="MYVIEWS", system_defined=True, predefined="mine")
        add(module, f"Recently Created {module}", system_name="RECENTCREATED",
            system_defined=True, predefined="recent")  # fmt: skip
    add("Accounts", "Key accounts", criteria=equal("Accounts", "Key_Account", True))
    customers = [
        equal("Accounts", "Currency", "EUR"),
        equal("Accounts", "Account_Type", "Customer"),
    ]
    add("Accounts", "Euro customers", access_type="only_to_me", category="created_by_me",
        criteria={"group_operator": "AND", "group": customers})  # fmt: skip
    add("Deals", "Won deals", criteria=equal("Deals", "Stage", "Closed Won"))
    add("Contacts", "Without e-mail", criteria=equal("Contacts", "Email", "${EMPTY}"))


def _books(world: Any, started: datetime) -> Organisation:
    org = founding.found(
        world,
        organization_id=ORGANIZATION_ID,
        name=NAME,
        email=address_of("Helena", "Marlowe"),
        contact_name="Helena Marlowe",
        currency=(BASE, "$", "US Dollar"),
        time_zone=ZONE,
    )
    add_currencies(org, BASE)
    for name, address, role, status in BOOKS_USERS:
        founding.add_user(
            org, name=name, email=f"{address}@{DOMAIN}", user_role=role, status=status
        )
    founding.add_tax(org, "Sales tax", Decimal("8.00"))
    tiers = ("Gold", "Silver", "Bronze")
    founding.add_custom_field(
        org, "contact", "cf_customer_tier", "Customer tier", data_type="dropdown", values=tiers
    )
    founding.add_custom_field(org, "contact", "cf_account_number", "Account number")
    return org


def add_currencies(org: Organisation, base: str) -> None:
    """Every currency that the company uses in Books, but for the organisation's own."""
    for code, symbol, name, in_books in CURRENCIES:
        if in_books and code != base:
            precision = DECIMALS.get(code, 2)
            founding.add_currency(org, code, symbol, name, price_precision=precision)
