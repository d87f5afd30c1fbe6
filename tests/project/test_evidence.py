"""Evidence: what the database refuses, to SQL of any origin (G-17)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from integrations import evidence
from integrations.models import Change, Decision, WritingSwitch
from tests.screens import rows

pytestmark = pytest.mark.django_db
TABLES = {one.table for one in evidence.KEPT}


def decision() -> Decision:
    return Decision.objects.create(kind="stop_writing", reason="Month end")


def entry() -> LogEntry:
    rows.company()
    found = LogEntry.objects.first()
    assert found is not None
    return found


def switch() -> WritingSwitch:
    return WritingSwitch.objects.create(stopped=True, reason="Month end")


def written() -> Change:
    made = rows.company()
    return rows.change(rows.run(made.setting), final_at=timezone.now())


def planned() -> Change:
    made = rows.company()
    return rows.change(rows.run(made.setting), status=Change.Status.PLANNED, final_at=None)


def refused(act: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        act()


def rows_of(row: models.Model) -> models.QuerySet[models.Model]:
    return type(row)._base_manager.filter(pk=row.pk)


@pytest.mark.parametrize(
    ("make", "values", "what"),
    [
        (decision, {"reason": "Another"}, "A decision"),
        (switch, {"stopped": False}, "A stop or start of writing"),
        (entry, {"object_repr": "Another"}, "A row"),
        (written, {"reason": "Another"}, "A change"),
        (written, {"status": "planned"}, "A change"),
        (written, {"final_at": None}, "A change"),
        (planned, {"values": {"notes": "Another"}}, "A change"),
        (planned, {"before": {}}, "A change"),
        (planned, {"source_id": "4711"}, "A change"),
    ],
)
def test_what_is_final_is_never_changed(
    make: Callable[[], models.Model], values: dict[str, object], what: str
) -> None:
    row = make()
    refused(lambda: rows_of(row).update(**values), f"{what}.* is never changed")
    assert not rows_of(row).filter(**values).exists()


@pytest.mark.parametrize("make", [decision, switch, entry, written, planned])
def test_evidence_is_never_deleted(make: Callable[[], models.Model]) -> None:
    row = make()
    table = row._meta.db_table
    refused(lambda: rows_of(row).delete(), "is never deleted")
    refused(lambda: rows_of(row)._raw_delete(using="default"), "is never deleted")

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}"')

    refused(by_hand, "is never deleted")
    assert rows_of(row).exists()


def test_a_change_moves_until_it_is_final() -> None:
    row = planned()
    for status in ("sending", "uncertain", "planned", "sending"):
        rows_of(row).update(status=status, sent_at=timezone.now())
    rows_of(row).update(status="written", target_id="9", final_at=timezone.now())
    refused(lambda: rows_of(row).update(target_id="10"), "never changed")
    row.refresh_from_db()
    assert (row.status, row.target_id) == ("written", "9")


@pytest.mark.parametrize("make", [decision, written])
def test_nothing_is_put_in_its_place(make: Callable[[], models.Model]) -> None:
    row = make()

    def put() -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                table = row._meta.db_table
                cursor.execute(
                    f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}" WHERE id = %s',
                    [row.pk],
                )
        else:
            type(row)._base_manager.bulk_create(
                [row], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
            )

    refused(put, "is never (replaced|changed)")


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_no_table_of_it_is_emptied_at_once() -> None:
    row = decision()

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'TRUNCATE "{row._meta.db_table}" CASCADE')

    refused(empty, "is never deleted")


def test_whoever_has_to_touch_it_does_so_in_one_transaction() -> None:
    row = decision()
    with evidence.lifted():
        assert evidence.guarded() == set()
        rows_of(row).update(reason="Masked")
    assert evidence.guarded() == TABLES
    refused(lambda: rows_of(row).update(reason="Another"), "never changed")

    def fail() -> None:
        with evidence.lifted():
            rows_of(row).update(reason="Another")
            raise IntegrityError("disk full")

    refused(fail, "disk full")
    assert evidence.guarded() == TABLES
    assert rows_of(row).filter(reason="Masked").exists()


def test_every_migration_puts_it_up_again_and_only_what_is_missing() -> None:
    evidence.lift()
    call_command("migrate", verbosity=0)
    assert evidence.guarded() == TABLES
    with connection.cursor() as cursor:
        before = evidence._there(connection, cursor)
        name = next(name for _, name in before if "decision" in name)
        evidence._drop(connection, cursor, Decision._meta.db_table, name)
    evidence.enforce()
    with connection.cursor() as cursor:
        assert evidence._there(connection, cursor) == before


@pytest.mark.django_db(transaction=True)
def test_between_tests_the_tables_are_emptied_and_guarded_again() -> None:
    decision()
    call_command("flush", verbosity=0, interactive=False)
    assert Decision.objects.count() == 0
    assert evidence.guarded() == TABLES
