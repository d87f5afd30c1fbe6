"""Commands as a script calls them: arguments in; output, errors and exit status out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.sync import run as pipeline
from tests.conftest import Office

Manage = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The objects of `--json`, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def manage() -> Manage:
    """`manage("sync", "crm.customers", "--json")`: what `manage.py` would do."""

    def run(*arguments: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        status = 0
        try:
            call_command(*arguments, stdout=out, stderr=err)
        except CommandError as error:
            # As `manage.py` does with it.
            status = error.returncode
            err.write(f"CommandError: {error}\n")
        except SystemExit as error:
            status = int(error.code or 0)
        return Result(status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def waits_pass(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office, where what a command waits for comes at once."""
    monkeypatch.setitem(pipeline.drive.__kwdefaults__ or {}, "sleep", office.sleep)
    return office


def whole_store(office: Office) -> dict[str, Any]:
    """Every record of every app, and every mail; the tokens apart."""
    return {
        f"{service}/{name}": collection.values()
        for (service, name), collection in sorted(office.world.store._collections.items())
        if service != "oauth"
    }
