"""Runs one sync in this process and prints what each page of it cost in statements, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402

from integrations.models import FlowSetting, SyncRun  # noqa: E402
from integrations.pacing import Pacer  # noqa: E402
from integrations.sync import run as pipeline  # noqa: E402
from integrations.sync.apply import Applier  # noqa: E402
from integrations.sync.pages import PagePlanner  # noqa: E402


class Counter:
    """Statements and transactions since the last page, except while writing or pacing."""

    def __init__(self) -> None:
        self.pages: list[dict[str, int]] = []
        self.statements = self.transactions = self.apart = 0

    def count(self, execute: Any, *rest: Any) -> Any:
        if not self.apart:
            self.statements += 1
        return execute(*rest)

    def page_begins(self) -> None:
        self.pages.append({"statements": self.statements, "transactions": self.transactions})
        self.statements = self.transactions = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.apart += 1
        try:
            yield
        finally:
            self.apart -= 1


def wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    inner = getattr(owner, name)

    @wraps(inner)
    def outer(*args: Any, **kwargs: Any) -> Any:
        return around(inner, *args, **kwargs)

    setattr(owner, name, outer)


def main(*, full: bool) -> None:
    counter = Counter()

    def apart(inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with counter.writing():
            return inner(*args, **kwargs)

    def planned(inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        counter.page_begins()
        return inner(*args, **kwargs)

    def committed(inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        counter.transactions += not counter.apart
        return inner(*args, **kwargs)

    for name in ("_take", "close", "hold"):
        wrap(Pacer, name, apart)
    wrap(Applier, "apply_planned", apart)
    wrap(PagePlanner, "add", planned)
    wrap(type(connections["default"]), "commit", committed)
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    run = pipeline.start(setting, "crm.customers", full=full)
    with connection.execute_wrapper(counter.count):
        run = pipeline.drive(run)
    counter.page_begins()
    if run.status != SyncRun.Status.DONE:
        raise SystemExit(f"the sync ended {run.status}: {run.reason}")
    print(json.dumps({"pages": counter.pages[1:]}))


if __name__ == "__main__":
    main(full="--full" in sys.argv)
