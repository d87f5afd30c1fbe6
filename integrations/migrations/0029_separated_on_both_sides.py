"""Pairs that were separated before: the second record is remembered as well.

Until now only the first one was, so a module that goes both ways took the second one for new.
"""

from django.db import migrations
from django.utils import timezone

AT_ONCE = 500
REASON = "The pair was separated by hand."
READ = "Say what it is to be paired with, or that it is another record."
LEFT = " As the module is set, no sync reads it."
PAIR = "Nothing. If it is to have a partner, pair it on the page of the other record."


def remember_second(apps, schema_editor):
    RecordLink = apps.get_model("mappings", "RecordLink")
    rows = RecordLink.objects.filter(cause="separated", target_id=None)
    some = []
    for link in rows.select_related("setting__integration").order_by("pk"):
        before = link.details.get("candidates") or [{}]
        second = str(before[0].get("id") or "")
        if second:
            some.append(_second(RecordLink, link, second))
        if len(some) >= AT_ONCE:
            RecordLink.objects.bulk_create(some, ignore_conflicts=True)
            some = []
    # One that has a link of its own by now stays as that says.
    RecordLink.objects.bulk_create(some, ignore_conflicts=True)


def _second(RecordLink, link, second):
    now = timezone.now()
    # A module that writes into the ledger only reads the first records; so it is with one-way.
    read = link.setting.extent != "fetch" and link.setting.integration.way not in ("later", "currency")
    return RecordLink(
        setting=link.setting,
        flow=link.flow,
        target_id=second,
        name=link.name,
        origin=link.origin,
        state="undecided" if read else "excluded",
        cause="separated",
        reason=REASON if read else REASON + LEFT,
        remedy=READ if read else PAIR,
        details={"candidates": [{"id": link.source_id, "name": link.name, "score": 0, "why": []}]},
        since=link.since or now,
        updated_at=now,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0028_carried_over"),
        ("mappings", "0008_fetched_by_hand"),
    ]
    operations = [migrations.RunPython(remember_second, migrations.RunPython.noop)]
