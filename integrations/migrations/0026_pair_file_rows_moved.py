"""Rows of pair files leave the one column that held them all for a table of their own."""

from django.db import migrations

COPIED = (
    "module", "first_organisation", "first_id", "second_organisation", "second_id", "do", "reason",
)


def move(apps, schema_editor):
    files = apps.get_model("integrations", "PairFile").objects
    rows = apps.get_model("integrations", "PairFileRow").objects
    for file in files.iterator(chunk_size=1):
        done = file.done_at is not None
        made = {}
        for row in file.old_rows:
            said = str(row.get("verdict") or "")
            fit = said == "ok"
            made[row["number"]] = rows.model(
                file=file,
                number=row["number"],
                name=str(row.get("name") or "")[:255],
                outcome=("done" if done else "fit") if fit else "refused",
                verdict="" if fit else said,
                **{name: _short(rows.model, name, row.get(name)) for name in COPIED},
            )
        rows.bulk_create(made.values(), batch_size=500)
        file.phase = "done" if done else "checked"
        file.done_by = file.sent_by if done else None
        file.save(update_fields=["phase", "done_by"])


def _short(model, name, value):
    return str(value or "")[: model._meta.get_field(name).max_length]


class Migration(migrations.Migration):

    # PostgreSQL changes no table while rows of the same transaction wait to be checked.
    atomic = False

    dependencies = [
        ("integrations", "0025_pair_file_rows"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, atomic=True),
        migrations.RemoveField(
            model_name="pairfile",
            name="old_rows",
        ),
    ]
