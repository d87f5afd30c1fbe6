"""What people do to connect an organisation, in the Django client."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from django.test import Client
from django.urls import reverse

from integrations import oauth
from integrations.models import Connection
from integrations.sandbox.world import World

HOST = "http://testserver"
CLIENT = {"data_center": "sandbox", "client_id": "sandbox-client"}
SECRET = "sandbox-secret"


def ask(client: Client, app: str = "books", **values: str) -> str:
    """Fill in the form; returns the address of the page that leads away."""
    form = {**CLIENT, "client_secret": SECRET, **values}
    answer = client.post(reverse("office:connect", args=[app]), form)
    assert answer.status_code == 302, answer.context["form"].errors
    return str(went(answer))


def way_out(client: Client, page: str) -> str:
    """The link to the accounts server on a page."""
    text = client.get(page).content.decode()
    found = re.search(r'id="to-zoho" href="([^"]+)"', text)
    assert found, text
    return found[1].replace("&amp;", "&")


def went(answer: Any) -> str:
    """Where an answer sends the browser."""
    return str(answer.headers["Location"])


def consent_at(address: str) -> str:
    """What the accounts server does with a browser that agrees: where it is sent back to."""
    answer = oauth.new_session().get(address, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix(HOST)


def connect(client: Client, app: str, organization: str = "", **values: str) -> Connection:
    """`organization`: which one, where the sign-in reaches several."""
    back = consent_at(way_out(client, ask(client, app, **values)))
    choosing = client.get(back)
    assert choosing.status_code == 302
    answer = client.post(went(choosing), {"organization": organization} if organization else {})
    assert answer.status_code == 302, answer.context["form"]
    return Connection.objects.filter(app=app).latest("pk")


def signed_in(world: World, app: str) -> str:
    """Whose sign-in every consent is in the stand-in, by app."""
    if app == "books":
        users = world.store.collection("books", "users", "user_id").values()
        return str(next(user["email"] for user in users if user["is_owner"]))
    return str(world.store.collection("crm", "users")[world.company["crm_user"]]["email"])


def shown(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def altered(back: str, **changes: str | None) -> str:
    parts = urlsplit(back)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = "&".join(f"{k}={quote(v)}" for k, v in query.items() if v is not None)
    return f"{parts.path}?{kept}"


def org_of(world: World) -> dict[str, Any]:
    return dict(next(iter(world.store.collection("crm", "org").values())))


def change_org(world: World, **values: Any) -> None:
    org = org_of(world)
    world.store.collection("crm", "org").replace(org["id"], {**org, **values})
