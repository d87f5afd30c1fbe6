"""`make demo` end to end on a small company, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """The demo command with its own folder, database and ports."""

    def __init__(self, folder: Path) -> None:
        self.port, self.sandbox_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "zohosync.settings",
            "DEBUG": "on",
            "ENV_FILE": "",
            "DATABASE_URL": "",
            "VAR_DIR": str(folder),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--accounts", "60", *ports, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def left_behind(self) -> list[str]:
        """Command lines of processes that still know this demo's folder."""
        marker = f"VAR_DIR={self.environment['VAR_DIR']}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (process / "environ").read_bytes() + b"\0":
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue  # it ended while we looked, or belongs to somebody else
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


def test_once_ends_well_again_and_again_and_leaves_nothing_running(demo):
    for _ in range(2):
        process = demo.start("--once")
        output, _ = process.communicate(timeout=120)

        assert process.returncode == 0, output
        assert "crm.customers" in output
        assert f"http://127.0.0.1:{demo.port}/" in output
        for group in ("Auditor", "Finance staff", "Approver", "Integration admin"):
            assert group in output
        assert "No such group" not in output
        assert demo.left_behind() == []


def test_an_interrupted_first_sync_leaves_nothing_running(demo):
    process = demo.start("--once", "--accounts", "5000")
    wait_until(lambda: answers(demo.sandbox_port), process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)

    assert process.returncode != 0, output
    assert demo.left_behind() == []


def test_it_serves_until_it_is_told_to_stop(demo):
    process = demo.start()
    said = read_until("Q Cluster", process)
    wait_until(lambda: answers(demo.port), process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 0, said + output
    assert demo.left_behind() == []


def read_until(words: str, process: subprocess.Popen[str]) -> str:
    """What a process prints, up to the line with these words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it ended without saying {words!r}:\n{said}")


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
