"""The commands of the contract exist; what they do is tested where it happens."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


# What a make that runs these tests hands down to the makes below it.
OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")


def dry_run(*arguments: str) -> str:
    result = subprocess.run(
        ["make", "--dry-run", "--always-make", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in OUTER_MAKE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "faults", "requirements"])
def test_the_target_exists(target):
    assert dry_run(target)


def test_demo_passes_its_variables_on():
    plan = dry_run("demo", "ONCE=1", "PORT=8765", "SANDBOX_PORT=9876", "ACCOUNTS=50")

    command = next(line for line in plan.splitlines() if "manage.py demo" in line)
    assert command.endswith("manage.py demo --port 8765 --sandbox-port 9876 --accounts 50 --once")


def test_demo_serves_unless_told_otherwise():
    assert "--once" not in dry_run("demo")


def test_pytest_gets_the_arguments():
    assert dry_run("test", "ARGS=-k layers -x").rstrip().endswith("tests.run -k layers -x")


def test_ci_runs_what_the_readme_gives():
    commands = (ROOT / ".ci" / "run").read_text().splitlines()

    assert commands[-2:] == ["make check", "make test"]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_name_no_index(name):
    lines = [
        line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")
    ]

    assert all("==" in line for line in lines)
    assert not any("://" in line or line.startswith("-") for line in lines)
