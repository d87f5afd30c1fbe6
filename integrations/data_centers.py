"""Zoho's data centres: where a consent is asked for, and whose answer to it is believed.

Each data centre has an accounts server and an API host of its own, and neither follows from the
other: https://www.zoho.com/books/api/v3/introduction/#multiple-data-centers.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from integrations.errors import Misconfigured

# An error that ends a consent is one word; what a broken server says of itself is a phrase.
ERROR_NAME = re.compile(r"[a-z][a-z_]*")

ACCOUNTS = {
    "us": "https://accounts.zoho.com",
    "eu": "https://accounts.zoho.eu",
    "in": "https://accounts.zoho.in",
    "au": "https://accounts.zoho.com.au",
    "jp": "https://accounts.zoho.jp",
    "ca": "https://accounts.zohocloud.ca",
    "sa": "https://accounts.zoho.sa",
    "cn": "https://accounts.zoho.com.cn",
    "uk": "https://accounts.zoho.uk",
    "ae": "https://accounts.zoho.ae",
}
SANDBOX = "sandbox"
# As people know them: by where they are and by what stands in the address bar.
NAMES = {
    "us": "United States (zoho.com)",
    "eu": "Europe (zoho.eu)",
    "in": "India (zoho.in)",
    "au": "Australia (zoho.com.au)",
    "jp": "Japan (zoho.jp)",
    "ca": "Canada (zohocloud.ca)",
    "sa": "Saudi Arabia (zoho.sa)",
    "cn": "China (zoho.com.cn)",
    "uk": "United Kingdom (zoho.uk)",
    "ae": "United Arab Emirates (zoho.ae)",
    SANDBOX: "Sandbox (test data)",
}


def accounts_url(data_center: str, sandbox_url: str = "") -> str:
    """Root of the accounts server of a data centre; ValueError for one that is not listed."""
    if data_center == SANDBOX:
        return sandbox_url.rstrip("/")
    try:
        return ACCOUNTS[data_center]
    except KeyError:
        raise ValueError(
            f"There is no data centre {data_center!r}; there are {', '.join(ACCOUNTS)}."
        ) from None


def data_center_of(accounts: str) -> str:
    """The data centre of an accounts server; the sandbox for one that is not the vendor's."""
    return next((name for name, url in ACCOUNTS.items() if url == accounts), SANDBOX)


def console_url(data_center: str) -> str:
    """Where clients are registered; '' for the sandbox, which has one from the start."""
    return ACCOUNTS.get(data_center, "").replace("//accounts.", "//api-console.")


def authorize_url(
    accounts: str, *, client_id: str, scopes: list[str], redirect_uri: str, state: str
) -> str:
    """Where to send the browser so that its user gives consent."""
    query = urlencode(
        {
            "scope": ",".join(scopes),
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "access_type": "offline",
            "prompt": "consent",
            "state": state,
        }
    )
    return f"{accounts}/oauth/v2/auth?{query}"


def callback_accounts(answer: Mapping[str, str], *, state: str, expected: str) -> str:
    """The accounts server to redeem the code at, after checking the callback.

    Raises Misconfigured when `state` is not ours, consent was refused, or `location` and
    `accounts-server` do not name one data centre of the vendor's list. A sign-in that turned out
    to live in another data centre than the one chosen is redeemed there; between the sandbox and
    the real ones there is no such way.
    """
    if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise Misconfigured(
            "The answer does not belong to a sign-in started here.", "Start connecting again."
        )
    if "error" in answer or not answer.get("code"):
        said = answer.get("error", "")
        said = said if ERROR_NAME.fullmatch(said) else "no code came back"
        raise Misconfigured(f"Consent was not given ({said}).", "Start connecting again.")
    server = answer.get("accounts-server", "").rstrip("/") or expected
    real = expected in ACCOUNTS.values()
    if server != expected and not (real and server in ACCOUNTS.values()):
        raise Misconfigured(
            "The answer names an accounts server that is not Zoho's.",
            "Do not go on; start connecting again from the data centre of your organisation.",
        )
    location = answer.get("location", "")
    if location and location != data_center_of(server):
        raise Misconfigured(
            "The answer names a data centre and an accounts server that do not belong together.",
            "Do not go on; start connecting again from the data centre of your organisation.",
        )
    return server
