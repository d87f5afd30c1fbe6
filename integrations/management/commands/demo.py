"""Shows the product on the demo company: `make demo`."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import socket
import sys
import time
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from honcho.environ import parse_procfile
from rich import box
from rich.console import Console
from rich.table import Table

from integrations.models import Connection, SyncRun
from zohosync.processes import Processes

HOST = "127.0.0.1"
SANDBOX_READY_WITHIN = 120  # seconds; 100,000 accounts take up to half of that to make
SANDBOX_LOG = "sandbox.log"
STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)  # by a person or by the system
LOGINS = {
    "Auditor": "auditor",
    "Finance staff": "finance",
    "Approver": "approver",
    "Integration admin": "integrations",
}
COLUMNS = {
    "read": "Read",
    "created": "New",
    "updated": "Changed",
    "linked": "Paired",
    "excluded": "Left\nout",
    "waiting": "Waiting",
    "undecided": "Possible\ndoubles",
    "failing": "To look\nat",
}


class Command(BaseCommand):
    help = "Start the sandbox, run the first sync of everything, then serve until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the first sync")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=9400)
        parser.add_argument("--accounts", type=int, default=1000)
        # What Procfile.demo starts beside the sandbox.
        parser.add_argument("--first-sync", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        sandbox_url = f"http://{HOST}:{options['sandbox_port']}"
        if options["first_sync"]:
            return first_sync(sandbox_url)
        for name, port in (("PORT", options["port"]), ("SANDBOX_PORT", options["sandbox_port"])):
            require_free(port, name)
        call_command("migrate", verbosity=0, interactive=False)
        if Connection.objects.filter(is_test=False).exists():
            raise CommandError(
                "This database has connections to real organisations; the demo is only for an "
                "installation of its own (another folder, or another DATABASE_URL)."
            )
        environment = {
            **os.environ,
            "PYTHON": sys.executable,
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(settings.VAR_DIR),
            "PORT": str(options["port"]),
            "SANDBOX_PORT": str(options["sandbox_port"]),
            "SANDBOX_URL": sandbox_url,  # where web and worker send who connects
            "ACCOUNTS": str(options["accounts"]),
        }
        started = timezone.now()
        result = run_first_sync(environment)
        show_runs(since=started)
        if result in STOPPED:
            raise CommandError(
                "Stopped before the first sync had ended; started again it goes on.",
                returncode=result,
            )
        if result != 0:
            raise CommandError(
                "The first sync did not end well; the sandbox's output is in "
                f"{settings.VAR_DIR / SANDBOX_LOG}.",
                returncode=result,
            )
        show_logins()
        address = f"http://{HOST}:{options['port']}/"
        if options["once"]:
            self.stdout.write(f"Without ONCE=1 it would now be served at {address}")
            return None
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(f"\n{address}\n(Ctrl-C stops)\n")
        self.stdout.flush()
        result = serve(environment)
        if result not in (0, *STOPPED):
            raise CommandError(
                "One of the processes ended by itself; see above.", returncode=result
            )
        return None


def require_free(port: int, name: str) -> None:
    """Raise CommandError when something listens on the port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {HOST} is in use. Choose another one: make demo {name}={port + 1}"
            ) from error


def first_sync(sandbox_url: str) -> None:
    """Wait for the sandbox, connect all there is, sync it; leaves with `sync`'s exit status."""
    deadline = time.monotonic() + SANDBOX_READY_WITHIN
    while not _answers(sandbox_url):
        if time.monotonic() > deadline:
            raise CommandError(f"The sandbox did not answer within {SANDBOX_READY_WITHIN} s.")
        time.sleep(0.2)
    call_command("connect_sandbox", url=sandbox_url)
    call_command("sync")


def _answers(sandbox_url: str) -> bool:
    try:
        return requests.get(f"{sandbox_url}/_sandbox/info", timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def run_first_sync(environment: dict[str, str]) -> int:
    """Sandbox and first sync side by side; the exit status of whichever ended first."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    log = shlex.quote(str(settings.VAR_DIR / SANDBOX_LOG))
    # The progress display needs the terminal itself, not honcho's pipe.
    terminal = f">{shlex.quote(os.ttyname(1))} 2>&1" if sys.stdout.isatty() else ""
    return _run({"sandbox": f">{log} 2>&1", "first_sync": terminal}, environment)


def serve(environment: dict[str, str]) -> int:
    """Web, worker and sandbox until a signal comes."""
    return _run({"sandbox": "", "worker": "", "web": ""}, environment)


def _run(redirections: dict[str, str], environment: dict[str, str]) -> int:
    """Run these lines of Procfile.demo, each with where its output goes, until the first ends."""
    commands = parse_procfile((settings.BASE_DIR / "Procfile.demo").read_text("utf-8")).processes
    connections.close_all()  # the processes are forked, and must not share a connection
    processes = Processes()
    for name, redirection in redirections.items():
        command = f"{commands[name]} {redirection}".rstrip()
        processes.add_process(name, command, env=environment, cwd=str(settings.BASE_DIR))
    return processes.run()


def show_runs(*, since: datetime) -> None:
    """A table of the runs of the first sync, as far as it got."""
    table = Table(title="First sync", box=box.SIMPLE_HEAD, padding=0, collapse_padding=False)
    table.add_column("Module", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    for heading in (*COLUMNS.values(), "s"):
        table.add_column(heading, justify="right", no_wrap=True)
    # One that was cut off at an earlier start has been taken over.
    of_this_start = Q(created_at__gte=since) | Q(finished_at__gte=since) | Q(finished_at=None)
    for run in SyncRun.objects.filter(of_this_start, mode=SyncRun.Mode.LIVE).order_by("pk"):
        forward = run.direction == SyncRun.Direction.FORWARD
        table.add_row(
            run.flow if forward else f"{run.flow} (back)",
            run.get_status_display(),
            *(f"{getattr(run, count):,}" for count in COLUMNS),
            f"{run.seconds:.1f}",
        )
    _console().print(table)


def _console() -> Console:
    """On the terminal as wide as that is, elsewhere wide enough for the tables."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def show_logins() -> None:
    """Print one sign-in per group, with passwords made for this start."""
    table = Table(title="Sign-ins of this start", show_header=True)
    for column in ("Group", "Name", "Password"):
        table.add_column(column)
    missing = []
    for group_name, name in LOGINS.items():
        group = Group.objects.filter(name=group_name).first()
        if group is None:
            missing.append(group_name)
            continue
        password = _renewed(name)
        get_user_model().objects.get(username=name).groups.set([group])
        table.add_row(group_name, name, password)
    table.add_row("(superuser)", "admin", _renewed("admin", is_superuser=True))
    console = _console()
    console.print(table)
    if missing:
        console.print(f"No such group in this database, so no sign-in: {', '.join(missing)}")


def _renewed(username: str, *, is_superuser: bool = False) -> str:
    """Make the user if need be, with a new password, which is returned."""
    password = get_random_string(14)
    user, _ = get_user_model().objects.get_or_create(username=username)
    user.is_staff = user.is_active = True
    user.is_superuser = is_superuser
    user.set_password(password)
    user.save()
    return password
