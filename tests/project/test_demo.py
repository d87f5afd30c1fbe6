"""The demo command, as far as it goes without a sandbox."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from integrations.management.commands import demo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize(
    ("option", "variable"), [("port", "PORT"), ("sandbox_port", "SANDBOX_PORT")]
)
@pytest.mark.parametrize("once", [True, False])
def test_a_port_in_use_is_a_clear_error(busy_port, free_port, option, variable, once):
    ports = {"port": free_port, "sandbox_port": free_port} | {option: busy_port}

    with pytest.raises(CommandError) as refusal:
        call_command("demo", once=once, **ports)

    assert str(refusal.value) == (
        f"Port {busy_port} on 127.0.0.1 is in use. "
        f"Choose another one: make demo {variable}={busy_port + 1}"
    )


@pytest.mark.django_db
def test_every_process_knows_where_the_sandbox_is(free_port, monkeypatch):
    served: list[dict[str, str]] = []

    def note(lines: object, environment: dict[str, str]) -> int:
        served.append(environment)
        return 0

    monkeypatch.setenv("SANDBOX_URL", "http://127.0.0.1:9400")
    monkeypatch.setattr(demo, "_run", note)
    monkeypatch.setattr(demo, "require_free", lambda port, name: None)
    monkeypatch.setattr(demo, "call_command", lambda *args, **more: None)
    call_command("demo", port=free_port, sandbox_port=free_port + 1)

    asked = f"http://127.0.0.1:{free_port + 1}"
    assert [environment["SANDBOX_URL"] for environment in served] == [asked, asked]
    show = "from django.conf import settings; print(settings.SANDBOX_URL)"
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", show],
        cwd=ROOT,
        env={**served[-1], "DEBUG": "on", "ENV_FILE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == asked


@pytest.mark.django_db
def test_every_group_gets_a_sign_in_with_a_new_password_each_time(capsys):
    for name in demo.LOGINS:
        Group.objects.get_or_create(name=name)
    demo.show_logins()
    first = capsys.readouterr().out
    demo.show_logins()
    second = capsys.readouterr().out

    for name, login in demo.LOGINS.items():
        user = User.objects.get(username=login)
        assert [group.name for group in user.groups.all()] == [name]
        assert user.is_staff
        assert not user.is_superuser
        assert user.check_password(password_of(login, second))
        assert not user.check_password(password_of(login, first))
    assert User.objects.get(username="admin").is_superuser


@pytest.mark.django_db
def test_a_missing_group_is_named(capsys):
    Group.objects.filter(name="Auditor").delete()
    demo.show_logins()

    assert "Auditor" in capsys.readouterr().out.split("No such group")[1]
    assert not User.objects.filter(username="auditor").exists()


def password_of(login: str, table: str) -> str:
    row = next(line for line in table.splitlines() if f" {login} " in line)
    return row.split("│")[3].strip()


CHILD = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("child was asked", flush=True))
time.sleep(30)
"""
MAIN = """
import pathlib, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("child.py")])
def stop(*_):
    child.kill()
    print("main stopped", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
time.sleep(30)
"""
RUNNER = """
import os, pathlib, sys
from zohosync.processes import Processes
processes = Processes()
main = pathlib.Path(__file__).with_name("main.py")
processes.add_process("cluster", f"exec {sys.executable} {main}")
processes.add_process("short", "sleep 1; exit 7")
sys.exit(processes.run())
"""


def test_only_the_main_process_of_a_command_is_asked_to_stop(tmp_path):
    """A worker cluster whose children get the signal too would hang."""
    for name, program in (("child", CHILD), ("main", MAIN), ("runner", RUNNER)):
        (tmp_path / f"{name}.py").write_text(program)
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, str(tmp_path / "runner.py")],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert result.returncode == 7, result.stdout + result.stderr
    assert "main stopped" in result.stdout
    assert "child was asked" not in result.stdout
    assert time.monotonic() - started < 5
