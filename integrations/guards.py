"""The brakes of every module: who may write now, and how much may change at once."""

from __future__ import annotations

from django.db import connection
from django.db.models import Avg, Subquery

from integrations.errors import Held, WritingStopped
from integrations.models import Change, FlowSetting, Integration, SyncRun, Writing, WritingSwitch
from mappings.models import RecordLink

# G-2: "the usual" number of new records is the mean of so many earlier syncs.
USUAL_OVER = 10


# Plain SQL, since it goes before every write and building it anew would cost more than running it.
_SWITCHES = f"""
    SELECT latest.stopped, latest.reason, integration.writing, setting.writing, integration.name
    FROM {FlowSetting._meta.db_table} AS setting
    JOIN {Integration._meta.db_table} AS integration ON integration.id = setting.integration_id
    LEFT JOIN {WritingSwitch._meta.db_table} AS latest
        ON latest.id = (SELECT max(id) FROM {WritingSwitch._meta.db_table})
    WHERE setting.id = %s
"""  # noqa: S608 - the names of our own tables


def check_writing(setting_id: int) -> None:
    """Raises WritingStopped unless everything, the integration and the module may write (G-3).

    One statement: it is asked before each single write.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SWITCHES, [setting_id])
        row = cursor.fetchone()
    all_stopped, why, integration, module, name = row
    if all_stopped:
        raise WritingStopped(f"All writing is stopped: {why}", "An admin starts it again.")
    for level, what in ((integration, f"the integration {name}"), (module, "this module")):
        if level != Writing.ON:
            word = Writing(level).label
            raise WritingStopped(f"Writing is set to {word} for {what}.", "Set it to On to write.")


def looks_only(setting: FlowSetting) -> bool:
    """Whether a live run of this module has to be a preview (G-3, *Look only*)."""
    return Writing.LOOK_ONLY in {setting.writing, setting.integration.writing}


def check_amount_of_change(run: SyncRun) -> None:
    """G-2: raises Held when a run nobody watches would change too much at once."""
    setting = run.setting
    planned = Change.objects.filter(run=run, status=Change.Status.PLANNED)
    changed = planned.filter(
        action__in=(Change.Action.UPDATE, Change.Action.LINK, Change.Action.DELETE)
    ).exclude(values={})
    linked = RecordLink.objects.filter(
        setting=setting, flow=run.flow, source_id__isnull=False, target_id__isnull=False
    ).count()
    changes = changed.count()
    allowed = max(setting.change_limit_floor, linked * setting.change_limit_percent // 100)
    if changes > allowed:
        raise Held(
            f"It would change {changes} of {linked} pairs; without a person it may change "
            f"{allowed}.",
            "Look at the preview, then approve it or start the sync by hand.",
        )
    creates = planned.filter(action=Change.Action.CREATE).count()
    usual = usual_creates(run)
    if creates > usual + setting.create_limit:
        raise Held(
            f"It would create {creates} records; {usual} are usual, and without a person "
            f"{setting.create_limit} more are allowed.",
            "Look at the preview, then approve it or start the sync by hand.",
        )


def usual_creates(run: SyncRun) -> int:
    """Mean number of records created by the module's last scheduled syncs."""
    earlier = (
        SyncRun.objects.filter(
            setting=run.setting,
            flow=run.flow,
            direction=run.direction,
            mode=SyncRun.Mode.LIVE,
            status=SyncRun.Status.DONE,
            trigger=SyncRun.Trigger.SCHEDULE,
        )
        .exclude(pk=run.pk)
        .order_by("-id")[:USUAL_OVER]
    )
    mean = SyncRun.objects.filter(pk__in=Subquery(earlier.values("pk"))).aggregate(
        mean=Avg("created")
    )["mean"]
    return int(mean or 0)


def single_writes(setting: FlowSetting, change: Change) -> bool:
    """Whether a change carries an amount that is written and confirmed on its own."""
    limit = setting.single_write_above
    return limit is not None and change.amount is not None and change.amount > limit
