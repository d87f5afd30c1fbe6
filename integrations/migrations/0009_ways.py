"""Which way an integration may go, and the acts that switch it, pause a module and resume it."""

from django.db import migrations, models
from django.db.models import Q

# The kinds of which only one integration with an organisation may go both ways.
LIMITED = ("crm",)


def first_goes_both_ways(apps, schema_editor):
    Integration = apps.get_model("integrations", "Integration")
    taken = set()
    for row in Integration.objects.filter(kind__in=LIMITED).order_by("pk"):
        key = (row.kind, row.other_id)
        row.way = "later" if key in taken else "both"
        taken.add(key)
        row.save(update_fields=["way"])


class Migration(migrations.Migration):
    dependencies = [("integrations", "0008_deletions_read")]

    operations = [
        migrations.AddField(
            model_name="integration",
            name="way",
            field=models.CharField(
                choices=[
                    ("any", "As each module is set"),
                    ("both", "Both ways"),
                    ("later", "One way: another organisation is linked both ways"),
                    ("currency", "One way: the base currencies differ"),
                ],
                default="any",
                max_length=8,
            ),
        ),
        migrations.RunPython(first_goes_both_ways, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="integration",
            constraint=models.UniqueConstraint(
                condition=Q(("way", "both")),
                fields=("other", "kind"),
                name="one_both_ways_per_organisation",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("same", "The same record"),
                    ("different", "Another record"),
                    ("later", "Later"),
                    ("keep_source", "The source's values"),
                    ("keep_target", "The target's values"),
                    ("by_field", "Chosen field by field"),
                    ("try_again", "Tried again"),
                    ("separate", "Pair separated"),
                    ("keep_pair", "Pair kept"),
                    ("pair", "Paired by hand"),
                    ("ask_approval", "Approval asked for"),
                    ("approve", "Approved"),
                    ("reject", "Not approved"),
                    ("start", "Sync started"),
                    ("stop", "Sync stopped"),
                    ("set_up", "Settings changed"),
                    ("pause", "Module paused"),
                    ("resume", "Module resumed"),
                    ("two_way", "Two-way link switched"),
                    ("stop_writing", "All writing stopped"),
                    ("start_writing", "Writing started again"),
                ],
                max_length=14,
            ),
        ),
    ]
