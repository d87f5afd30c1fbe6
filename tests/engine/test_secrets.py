"""Secrets at rest: unreadable in the table, readable with any listed key, rotated by a command."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection

from integrations.models import Grant
from integrations.secrets import encrypt_anew
from tests.engine.conftest import make_grant

pytestmark = pytest.mark.django_db

SECRETS = ("client_secret", "refresh_token", "access_token")
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


def stored() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret, refresh_token, access_token FROM integrations_grant")
        return dict(zip(SECRETS, cursor.fetchone(), strict=True))


def readable_with(key: str) -> set[str]:
    found = set()
    for name, value in stored().items():
        try:
            Fernet(key).decrypt(value)
        except InvalidToken:
            continue
        found.add(name)
    return found


def keys(settings: Any, *listed: str) -> None:
    settings.FIELD_ENCRYPTION_KEYS = list(listed)


def test_the_table_holds_nothing_that_could_be_used() -> None:
    make_grant(client_secret="hush", refresh_token="1000.refresh", access_token="1000.access")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_grant")
        row = str(cursor.fetchall())

    assert not any(secret in row for secret in ("hush", "1000.refresh", "1000.access"))
    grant = Grant.objects.get()
    assert [getattr(grant, name) for name in SECRETS] == ["hush", "1000.refresh", "1000.access"]


def test_equal_secrets_do_not_look_alike() -> None:
    make_grant(client_secret="same", refresh_token="same", access_token="same")

    assert len(set(stored().values())) == 3


def test_empty_stays_empty() -> None:
    make_grant(access_token="")

    assert stored()["access_token"] == ""
    assert Grant.objects.get().access_token == ""


def test_the_newest_key_encrypts_and_every_listed_one_decrypts(settings: Any) -> None:
    keys(settings, OLD)
    make_grant(access_token="1000.first")
    keys(settings, NEW, OLD)

    grant = Grant.objects.get()
    assert grant.access_token == "1000.first"
    grant.access_token = "1000.second"
    grant.save(update_fields=["access_token"])

    assert readable_with(NEW) == {"access_token"}
    assert Grant.objects.get().access_token == "1000.second"


def test_a_wrong_key_raises_instead_of_handing_the_ciphertext_on(settings: Any) -> None:
    keys(settings, OLD)
    make_grant()
    keys(settings, OTHER)

    with pytest.raises(InvalidToken):
        Grant.objects.get()


@pytest.mark.parametrize("lookup", ["", "__contains", "__in", "__startswith"])
def test_secrets_cannot_be_searched_for(lookup: str) -> None:
    with pytest.raises(FieldError):
        list(Grant.objects.filter(**{f"access_token{lookup}": "1000.a"}))


def rotate() -> tuple[str, str, int]:
    out, errors = StringIO(), StringIO()
    try:
        call_command("rotate_keys", stdout=out, stderr=errors)
    except SystemExit as ended:
        return out.getvalue(), errors.getvalue(), int(ended.code or 0)
    return out.getvalue(), errors.getvalue(), 0


def test_rotation_makes_the_old_key_dispensable(settings: Any) -> None:
    keys(settings, OLD)
    make_grant(access_token="1000.kept", refresh_token="")
    keys(settings, NEW, OLD)

    out, errors, status = rotate()

    assert ("2 values" in out, errors, status) == (True, "", 0)
    keys(settings, NEW)
    grant = Grant.objects.get()
    assert (grant.access_token, grant.refresh_token) == ("1000.kept", "")
    assert (grant.client_secret, rotate()[0].split()[0]) == ("sandbox-secret", "0")


def test_rotation_says_what_no_key_opens_and_leaves_it(settings: Any) -> None:
    keys(settings, OTHER)
    make_grant()
    before = stored()
    keys(settings, NEW, OLD)

    _, errors, status = rotate()

    assert status == 1
    assert "3 values are readable with none of the keys" in errors
    assert stored() == before


def test_rotation_does_not_undo_what_was_written_meanwhile(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys(settings, OLD)
    make_grant(access_token="1000.before")
    keys(settings, NEW, OLD)
    from integrations import secrets

    replace = secrets._replace

    def refreshed_first(*args: Any) -> int:
        Grant.objects.update(access_token="1000.refreshed")
        return replace(*args)

    monkeypatch.setattr(secrets, "_replace", refreshed_first)
    encrypt_anew(Grant)

    keys(settings, NEW, OLD)
    assert Grant.objects.get().access_token == "1000.refreshed"
