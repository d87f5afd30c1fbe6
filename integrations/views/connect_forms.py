"""Forms of connecting. A secret that was typed in is never shown again, not even with an error."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django import forms

from integrations import consents, oauth
from integrations.models import Connection, Integration

LEFT_EMPTY = "Left empty, the secret stored with an earlier consent of the same client is used."
AS_SHOWN = "As the API console shows it. For the sandbox both may be left empty."


def _hidden(**attributes: str) -> forms.PasswordInput:
    return forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", **attributes})


class ClientForm(forms.Form):
    """The client registered in the vendor's API console."""

    data_center = forms.ChoiceField(
        label="Data centre",
        help_text="Where the organisation is: look at the address bar when it is open.",
    )
    client_id = forms.CharField(
        label="Client ID",
        max_length=200,
        required=False,
        help_text=AS_SHOWN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        label="Client secret", max_length=200, required=False, help_text=LEFT_EMPTY
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["data_center"].choices = consents.data_centers()  # type: ignore[attr-defined]
        self.fields["client_secret"].widget = _hidden()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        center = values.get("data_center", "")
        if center == oauth.SANDBOX and not values.get("client_id"):
            values["client_id"], values["client_secret"] = consents.SANDBOX_CLIENT
        client_id = values.get("client_id", "")
        if not client_id:
            self.add_error("client_id", "Copy the client ID from the API console.")
        elif center and not values.get("client_secret"):
            values["client_secret"] = consents.known_secret(center, client_id)
            if not values["client_secret"]:
                self.add_error("client_secret", "Copy the client secret from the API console.")
        return values


class CodeForm(ClientForm):
    """A code made by hand: a *self client* of the API console."""

    code = forms.CharField(
        label="Code",
        max_length=400,
        strip=True,
        help_text="It is good once, and for the minutes chosen in the console.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = _hidden()


class InvitationForm(ClientForm):
    """Who else is to give the consent."""

    address = forms.EmailField(
        label="E-mail address of the administrator",
        help_text="The link goes to this address only, and is not shown here.",
    )
    note = forms.CharField(
        label="A line to them (may be left empty)",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class OrganizationForm(forms.Form):
    """Which of the organisations; fixed where there is only one, and chosen beforehand where only
    one is not `connected` yet. Rows stand in the order they are offered in."""

    organization = forms.ChoiceField(label="Organisation")

    def __init__(
        self, *args: Any, rows: list[dict[str, Any]], connected: Collection[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        choices = [
            (key, f"{_described(row)}: connected already" if key in connected else _described(row))
            for row in rows
            for key in [str(row["organization_id"])]
        ]
        free = [key for key, _ in choices if key not in connected]
        if len(choices) == 1:
            # A disabled field takes its initial value, whatever is posted.
            field.disabled, field.initial = True, choices[0][0]
        elif len(free) == 1:
            field.initial = free[0]
        else:
            choices = [("", "Choose one"), *choices]
        field.choices = choices  # type: ignore[attr-defined]


def _described(row: dict[str, Any]) -> str:
    facts = [
        row.get("base_currency"),
        str(row.get("plan") or "").capitalize(),
        row.get("time_zone"),
    ]
    said = ", ".join(str(fact) for fact in facts if fact)
    return f"{row['name']} ({said})" if said else str(row["name"])


class JoinForm(forms.Form):
    """The short name of an integration, as commands and reports use it."""

    name = forms.CharField(
        label="Short name",
        max_length=40,
        help_text="Small letters, figures and hyphens. Commands and reports use it.",
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise forms.ValidationError("Use small letters, figures and hyphens.")
        if Integration.objects.filter(name=name).exists():
            raise forms.ValidationError("Another integration has this name.")
        return name


def first_values(connection: Connection | None = None) -> dict[str, str]:
    """What a form begins with: the client used last, so that it need not be typed twice."""
    known = connection or (
        Connection.objects.select_related("grant")
        .defer("grant__client_secret", "grant__refresh_token", "grant__access_token")
        .order_by("-created_at")
        .first()
    )
    if known is None:
        return {"data_center": "eu"}
    return {"data_center": known.grant.data_center, "client_id": known.grant.client_id}
