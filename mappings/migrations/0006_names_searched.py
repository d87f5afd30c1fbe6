"""Records are found by the beginning of their name whatever its capitals; SQLite has few of them."""

from typing import Any

from django.db import migrations

# As Django asks PostgreSQL for `istartswith`.
NAMES = (
    "CREATE INDEX links_by_name ON mappings_recordlink (UPPER(name::text) text_pattern_ops)"
)


def add(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(NAMES)


def remove(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX links_by_name")


class Migration(migrations.Migration):
    dependencies = [("mappings", "0005_names")]

    operations = [migrations.RunPython(add, remove)]
