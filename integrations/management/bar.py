"""The progress bar of a sync on a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from integrations.models import SyncRun


class Bar:
    """Shows, between `with`, how far the syncs given to it have come."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            console=Console(),
        )

    def __enter__(self) -> Callable[[SyncRun], None]:
        self._bar.start()
        return self._show

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def _show(self, run: SyncRun) -> None:
        if self._task is None:
            self._task = self._bar.add_task(self.title, total=run.expected, said="")
        fresh = SyncRun.objects.get(pk=run.pk)
        said = f"{fresh.created} created, {fresh.updated} updated"
        self._bar.update(self._task, completed=fresh.read, total=fresh.expected, said=said)
