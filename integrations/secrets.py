"""Text columns that are encrypted at rest, with keys that can be rotated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import connection, models

# The columns of a grant that no page and no file reads.
SECRETS = ("client_secret", "refresh_token", "access_token")


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of `FIELD_ENCRYPTION_KEYS`: the newest key encrypts, every listed one decrypts."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):
    """Text that is stored encrypted. It cannot be searched, and '' and None stay as they are.

    A value that no listed key opens raises `cryptography.fernet.InvalidToken`: sending the
    ciphertext to a remote app as if it were the token would be worse than stopping.
    """

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return cipher().decrypt(value.encode()).decode() if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched by {lookup_name}.")
        return super().get_lookup(lookup_name)


def encrypt_anew(model: type[models.Model]) -> tuple[int, int]:
    """Encrypt a table's values with the newest key where they are not yet; (done, unreadable).

    A value that changes in the meantime is left alone: whoever writes uses the newest key.
    """
    newest = Fernet(settings.FIELD_ENCRYPTION_KEYS[0])
    done = unreadable = 0
    for field in model._meta.concrete_fields:
        if not isinstance(field, EncryptedTextField):
            continue
        for key, stored in _stored(model, field):
            try:
                newest.decrypt(stored)
            except InvalidToken:
                try:
                    fresh = cipher().rotate(stored).decode()
                except InvalidToken:
                    unreadable += 1
                else:
                    done += _replace(model, field, key, stored, fresh)
    return done, unreadable


def _names(model: type[models.Model], field: models.Field[Any, Any]) -> dict[str, str]:
    quote = connection.ops.quote_name
    meta = model._meta
    assert meta.pk is not None
    return {
        "table": quote(meta.db_table),
        "column": quote(str(field.column)),
        "key": quote(str(meta.pk.column)),
    }


def _stored(model: type[models.Model], field: models.Field[Any, Any]) -> list[tuple[Any, str]]:
    """Primary keys and ciphertexts, as they stand in the table."""
    # S608: the names are those of our own models.
    sql = "SELECT {key}, {column} FROM {table} WHERE {column} <> ''"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**_names(model, field)))
        return list(cursor.fetchall())


def _replace(
    model: type[models.Model], field: models.Field[Any, Any], key: Any, stored: str, fresh: str
) -> int:
    sql = "UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**_names(model, field)), [fresh, key, stored])
        return int(cursor.rowcount)
