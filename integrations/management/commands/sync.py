"""Run syncs in the foreground, by the same functions as the button and the worker."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser

from integrations import guards, jobs, registry
from integrations.management.migrated import MigratedCommand
from integrations.models import COUNTS, FlowSetting, Integration, SyncRun
from integrations.sync import run as pipeline

Status = SyncRun.Status
Progress = Callable[[SyncRun], None]


class Command(MigratedCommand):
    help = (
        "Sync modules now and wait for the end. KEY is a module or an integration; none means all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", metavar="KEY")
        parser.add_argument("--preview", action="store_true", help="plan only, write nothing")
        parser.add_argument(
            "--full",
            action="store_true",
            help="read everything again; a sync that is open already and does not is waited for, "
            "then one that does follows",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a line and run")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = chosen(options["keys"])
        if not settings:
            there = everything()
            raise CommandError(
                f"Every module is switched off; configure {there[0].flow} enabled=on"
                if there
                else "No module is set up. Connect two apps first."
            )
        # What was loaded stays to the end: looking through it again and again for what can be let
        # go costs time, and delays finding what really can.
        gc.freeze()
        show = not options["json"] and sys.stdout.isatty()
        worst = 0
        for setting in settings:
            if not jobs.legs(setting):
                name = registry.flow(setting.flow).label
                self.stderr.write(f"{setting.flow}: {name} take no part, as other modules are set.")
            for run in self.legs(setting, options, show=show):
                self.line(run, as_json=options["json"])
                if run.status != Status.DONE:
                    worst = 1
                    self.stderr.write(f"{run.flow}: {run.get_status_display()}. {run.reason}")
        if worst:
            sys.exit(worst)

    def legs(self, setting: FlowSetting, options: dict[str, Any], *, show: bool) -> list[SyncRun]:
        """The runs of one module, one after the other; what does not end `done` ends the module."""
        runs: list[SyncRun] = []
        group = ""
        for flow, direction in jobs.legs(setting):
            with bar_of(setting, flow, show=show) as progress:
                start = partial(
                    pipeline.start,
                    setting,
                    flow,
                    direction=direction,
                    mode=SyncRun.Mode.PREVIEW if options["preview"] else SyncRun.Mode.LIVE,
                    full=options["full"],
                    group=group,
                )
                run = start()
                while (run.flow, run.direction) != (flow, direction) or run.full < options["full"]:
                    # Another leg of the module is open, or one that does not read everything:
                    # it comes first.
                    runs.append(pipeline.drive(run, progress=progress))
                    if runs[-1].status != Status.DONE:
                        return runs
                    run = start()
                runs.append(pipeline.drive(run, progress=progress))
                # Each page leads to the other parts.
                group = group or run.group
            if runs[-1].status != Status.DONE:
                break
        return runs

    def line(self, run: SyncRun, *, as_json: bool) -> None:
        result = {
            "integration": run.setting.integration.name,
            "flow": run.flow,
            "direction": run.direction,
            "mode": run.mode,
            "status": run.status,
            "held": run.held,
            "run": run.pk,
            **{name: getattr(run, name) for name in COUNTS},
            "calls": run.calls,
            "seconds": run.seconds,
            "peak_rss_mb": run.peak_rss_mb,
            "queries": run.queries,
        }
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        told = [f"{result[name]} {name}" for name in COUNTS if result[name]]
        if len(told) == 1 and result["read"]:
            told.append("nothing to write")
        counts = ", ".join(told)
        self.stdout.write(
            f"{run.setting.integration.name} {run.flow} ({run.direction}, {run.mode}): "
            f"{run.status}; {counts or 'nothing to do'}; {run.seconds:.1f} s"
        )


def bar_of(setting: FlowSetting, flow: str, *, show: bool) -> AbstractContextManager[Progress]:
    """A progress bar on a terminal; nothing elsewhere, nor its library, slow to load."""
    if not show:
        return nullcontext(lambda run: None)
    from integrations.management.bar import Bar

    return Bar(f"{setting.integration.name} {registry.flow(flow).label}")


def chosen(keys: list[str]) -> list[FlowSetting]:
    """The enabled modules that keys name, each once. Exit 2 for an unknown key."""
    if not keys:
        on = [setting for setting in everything() if setting.enabled]
        active = [setting for setting in on if setting.integration.status not in Integration.OFF]
        if on and not active:
            raise CommandError(guards.disabled_words(on[0].integration), returncode=1)
        return active
    found: list[FlowSetting] = []
    for key in keys:
        named = settings_named(key)
        enabled = [setting for setting in named if setting.enabled]
        if not enabled:
            raise CommandError(f"{key} is switched off; configure {key} enabled=on", returncode=2)
        for setting in enabled:
            if setting.integration.status in Integration.OFF:
                raise CommandError(guards.disabled_words(setting.integration), returncode=1)
        found += [setting for setting in enabled if setting not in found]
    return found


def everything() -> list[FlowSetting]:
    """All settings, in the order in which their modules have to run."""
    rows = FlowSetting.objects.select_related("integration__ledger", "integration__other").exclude(
        integration__status=Integration.Status.DELETED
    )
    order = list(registry.discover().flows)
    return sorted(rows, key=lambda setting: (setting.integration_id, order.index(setting.flow)))


def flow_of(key: str) -> str:
    """The module in a key such as ``crm:crm.customers``; '' where it names an integration."""
    wanted = key.rpartition(":")[2]
    return wanted if wanted in registry.discover().flows else ""


def settings_named(key: str) -> list[FlowSetting]:
    """Settings by module, integration, or NAME:MODULE. Exit 2 for an unknown key."""
    there = everything()
    name, colon, rest = key.partition(":")
    wanted = rest if colon else key
    flows = registry.discover().flows
    owner = flows[wanted].setting_key if wanted in flows else wanted
    hits = [
        setting
        for setting in there
        if (not colon or setting.integration.name == name)
        and owner in {setting.flow, setting.integration.name, setting.integration.kind}
    ]
    if not hits:
        known = sorted({s.flow for s in there} | {s.integration.name for s in there})
        raise CommandError(
            f"Unknown key {key!r}. Known are: {', '.join(known) or 'none yet'}.", returncode=2
        )
    return hits
