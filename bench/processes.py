"""The processes that are measured: a served sandbox, and an installation connected to it."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import requests

ROOT = Path(__file__).resolve().parents[1]
LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True)
class Finished:
    """A process that has ended: what it printed, CPU seconds (user and system), and how long."""

    output: str
    cpu: float
    wall: float

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object of its last line."""
        found: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return found

    @property
    def rss(self) -> float:
        """Peak memory in MiB as the process told it; the kernel counts its parent's in as well."""
        return float(self.result["peak_rss_mb"])


def finish(command: list[str], environment: dict[str, str]) -> Finished:
    """Run a program to its end, measured by the kernel. RuntimeError when it fails."""
    began = _now()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    # The programs measured say little, so neither pipe fills up while the other is read.
    output, errors = process.stdout.read().decode(), process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{output}{errors}")
    cpu = usage.ru_utime + usage.ru_stime
    return Finished(output, cpu, _now() - began)


def _now() -> float:
    return os.times().elapsed


def free_port() -> int:
    """A port of this machine that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A program that runs beside what is measured, and is asked to end afterwards."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *error: object) -> None:
        # The main process alone: a cluster whose workers are signalled as well hangs.
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()


class Sandbox:
    """A sandbox in a process of its own."""

    def __init__(self, *, accounts: int, limits: str = "off", company: str = "demo") -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.accounts = accounts
        self._session = requests.Session()
        self._session.trust_env = False
        command = [sys.executable, "manage.py", "sandbox", "--port", str(port)]
        command += ["--company", company, "--accounts", str(accounts), "--limits", limits]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith("sandbox ready"):
            raise RuntimeError("the sandbox did not start")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.url}/_sandbox/{path}"
        answer = self._session.request(method, url, json=body, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def calls(self, service: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.ask("GET", "stats")["calls"].get(service, {})
        return found

    def token(self) -> str:
        fields = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        fields |= {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh"}
        answer = self._session.post(f"{self.url}/oauth/v2/token", data=fields, timeout=30)
        return str(answer.json()["access_token"])


def environment(**more: str) -> dict[str, str]:
    """The environment of a program under measurement: no .env, keys of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DEBUG", "DATABASE_URL", "VAR_DIR"}}
    return {
        **kept,
        "ENV_FILE": "",
        "SECRET_KEY": "for-benchmarks-only-" + "0" * 40,
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(b"bench" * 6 + b"00").decode(),
        "LOG_LEVEL": "WARNING",
        **more,
    }


@dataclass
class Installation:
    """An installation of the product on a database of its own."""

    database_url: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return environment(
            DATABASE_URL=self.database_url,
            VAR_DIR=str(self.folder),
            DJANGO_SETTINGS_MODULE="zohosync.settings",
            **self.variables,
        )

    @property
    def database(self) -> str:
        return "SQLite" if self.database_url.startswith("sqlite") else "PostgreSQL"

    def manage(self, *arguments: str) -> Finished:
        return finish([sys.executable, "manage.py", *arguments], self.environment)

    def module(self, name: str, *arguments: str) -> Finished:
        """Run a module of the benchmarks as a program of its own."""
        return finish([sys.executable, "-m", f"bench.{name}", *arguments], self.environment)

    def sync(self, *flags: str) -> Finished:
        return self.manage("sync", "crm.customers", "--json", *flags)

    def connect(self, sandbox: Sandbox) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("connect_sandbox", "--url", sandbox.url)


def server() -> str:
    """The PostgreSQL server at hand, by its URL; empty where there is none."""
    url = os.environ.get("TEST_DATABASE_URL") or LOCAL_POSTGRESQL
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return ""
    return url


@contextmanager
def installation(folder: Path, *, sqlite: bool = False) -> Iterator[Installation]:
    """A fresh one, on PostgreSQL where there is a server and it is not to be SQLite."""
    home = folder / secrets.token_hex(4)
    home.mkdir()
    url = "" if sqlite else server()
    if not url:
        yield Installation(f"sqlite:///{home}/bench.sqlite3", home)
        return
    name = f"bench_zohosync_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield Installation(urlunsplit(urlsplit(url)._replace(path=f"/{name}")), home)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
