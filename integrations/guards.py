"""The brakes of every module: who may write now, and how much may change at once."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import Avg, F, Q, Subquery, Sum

from integrations.errors import Held, StopAsked, WritingStopped
from integrations.models import Change, FlowSetting, Integration, SyncRun, Writing, WritingSwitch
from integrations.words import integration_name
from mappings.counting import counted
from mappings.models import RecordLink

# G-2: "the usual" number of new records is the mean of so many earlier syncs.
USUAL_OVER = 10
# Of a module that is seldom synced by itself: what counts as one go of notifications.
COUNTED_TOGETHER = dt.timedelta(days=1)


# Plain SQL, since it goes before every write and building it anew would cost more than running it.
_SWITCHES = f"""
    SELECT latest.stopped, latest.reason, integration.writing, setting.writing, integration.id,
        (SELECT stop_asked_at FROM {SyncRun._meta.db_table} WHERE id = %s)
    FROM {FlowSetting._meta.db_table} AS setting
    JOIN {Integration._meta.db_table} AS integration ON integration.id = setting.integration_id
    LEFT JOIN {WritingSwitch._meta.db_table} AS latest
        ON latest.id = (SELECT max(id) FROM {WritingSwitch._meta.db_table})
    WHERE setting.id = %s
"""  # noqa: S608 - the names of our own tables


def check_writing(setting_id: int, run_id: int | None = None) -> None:
    """Raises WritingStopped unless everything, the integration and the module may write (G-3), and
    StopAsked once this sync is to end.

    One statement: it is asked before each single write.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SWITCHES, [run_id, setting_id])
        row = cursor.fetchone()
    all_stopped, why, integration, module, integration_id, stop_asked = row
    if stop_asked is not None:
        raise StopAsked("It was stopped.")
    if all_stopped:
        raise WritingStopped(f"All writing is stopped: {why}", "An admin starts it again.")
    for level, whole in ((integration, True), (module, False)):
        if level != Writing.ON:
            what = _named(integration_id) if whole else "this module"
            word = Writing(level).label
            raise WritingStopped(f"Writing is set to {word} for {what}.", "Set it to On to write.")


def _named(integration_id: int) -> str:
    rows = Integration.everything.select_related("ledger", "other")
    return f"the integration {integration_name(rows.get(pk=integration_id))}"


def check_stop(run_id: int) -> None:
    """Raises StopAsked once this sync is to end; asked between pages, where nothing is written."""
    if SyncRun.objects.filter(pk=run_id, stop_asked_at__isnull=False).exists():
        raise StopAsked("It was stopped.")


def disabled_words(integration: Integration) -> str:
    return (
        f"The integration {integration_name(integration)} is "
        f"{integration.get_status_display().lower()}. "
        "Nothing is synced before somebody enables it."
    )


def check_enabled(run: SyncRun) -> None:
    """Raises WritingStopped for a sync of a disabled integration. Taking records out of use is
    part of deleting one, so it goes on."""
    integration = run.setting.integration
    if integration.status in Integration.OFF and not run.act:
        raise WritingStopped(disabled_words(integration), "Enable it, then resume the sync.")


def check_way(integration: Integration, *, into_ledger: bool) -> None:
    """Raises WritingStopped for a run out of the ledger of an integration that became one-way."""
    if integration.one_way and not into_ledger:
        raise WritingStopped(
            f"{integration_name(integration)} is a one-way integration: "
            f"{integration.get_way_display()}.",
            "Stop this sync; another integration may be linked both ways instead.",
        )


def looks_only(setting: FlowSetting) -> bool:
    """Whether a live run of this module has to be a preview (G-3, *Look only*)."""
    return Writing.LOOK_ONLY in {setting.writing, setting.integration.writing}


def check_amount_of_change(run: SyncRun) -> None:
    """G-2: raises Held when a run nobody watches would change too much at once."""
    setting = run.setting
    planned = Change.objects.filter(run=run, status=Change.Status.PLANNED)
    writes = Q(action__in=(Change.Action.UPDATE, Change.Action.LINK)) & ~Q(values={})
    removes = Q(action__in=(Change.Action.DELETE, Change.Action.STEP))
    changed = planned.filter(writes | removes)
    linked = RecordLink.objects.filter(
        setting=setting, flow=run.flow, source_id__isnull=False, target_id__isnull=False
    ).count()
    # Many small syncs after notifications together are held to what one sync would be.
    updated_before, created_before = _since_last_sync(run)
    changes = changed.count() + updated_before
    allowed = max(setting.change_limit_floor, linked * setting.change_limit_percent // 100)
    if changes > allowed:
        raise Held(
            f"It would change {changes} of {counted(linked, 'pair')}; without a person it may "
            f"change {allowed}.",
            "Look at the preview, then approve it or start the sync by hand.",
        )
    creates = planned.filter(action=Change.Action.CREATE).count() + created_before
    usual = usual_creates(run)
    if creates > usual + setting.create_limit:
        raise Held(
            f"It would create {counted(creates, 'record')}, the usual being {usual}; without a "
            f"person it may create {setting.create_limit} more than usual.",
            "Look at the preview, then approve it or start the sync by hand.",
        )


def believable(setting: FlowSetting, flow: str) -> int:
    """How many pairs may have lost a side without a person being asked whether that is true."""
    pairs = RecordLink.objects.filter(
        setting=setting, flow=flow, source_id__isnull=False, target_id__isnull=False
    ).count()
    return max(setting.change_limit_floor, pairs * setting.change_limit_percent // 100)


def _since_last_sync(run: SyncRun) -> tuple[int, int]:
    """Records changed and created by syncs after notifications since the module's last own one."""
    if run.trigger != SyncRun.Trigger.WEBHOOK:
        return 0, 0
    of_module = SyncRun.objects.filter(
        setting=run.setting,
        flow=run.flow,
        direction=run.direction,
        mode=SyncRun.Mode.LIVE,
        act=SyncRun.Act.SYNC,
    )
    last = of_module.filter(only_ids__isnull=True).order_by("-pk").first()
    after = last.pk if last else 0
    since = run.created_at - COUNTED_TOGETHER
    earlier = of_module.filter(trigger=run.trigger, pk__gt=after, created_at__gt=since)
    sums = earlier.exclude(pk=run.pk).aggregate(
        updated=Sum(F("updated") + F("linked") + F("deleted")), created=Sum("created")
    )
    return sums["updated"] or 0, sums["created"] or 0


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
