"""On a database that lacks migrations a command says so in one line, and does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.commands.conftest import Manage

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    ("sync",),
    ("configure", "crm.customers"),
    ("connect_sandbox",),
    ("export", "runs"),
    ("stop", "--reason", "Month end"),
    ("start",),
    ("rotate_keys",),
)
SAID = "The database lacks 1 migration. Run: manage.py migrate"


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_names_the_one_that_mends_it(command: tuple[str, ...], manage: Manage) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    result = manage(*command)
    assert (result.status, result.out, result.err) == (2, "", f"CommandError: {SAID}\n")


def test_an_empty_database_is_no_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "sync"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "zohosync.settings",
            "DEBUG": "on",
            "ENV_FILE": "",
            "DATABASE_URL": "",
            "VAR_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "Run: manage.py migrate" in result.stderr
    assert "Traceback" not in result.stderr
