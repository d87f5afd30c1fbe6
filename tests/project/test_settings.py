"""What the environment makes of the settings, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"SECRET_KEY": "s" * 60, "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
PRINT_SETTINGS = """
import json, sys
from zohosync import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def settings(*names: str, **environment: str) -> dict:
    result = python("-c", PRINT_SETTINGS, *names, **environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_refuses_to_start_without_a_key_and_says_how_to_make_one(missing):
    result = python("manage.py", "check", **(KEYS | {missing: ""}))

    assert result.returncode == 1
    assert f"{missing} is not set" in result.stderr
    assert "python3 -c" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_advice_for_a_field_key_makes_a_key_that_is_accepted():
    refusal = python("manage.py", "check", SECRET_KEY=KEYS["SECRET_KEY"]).stderr
    program = refusal.split('python3 -c "')[1].split('"\n')[0]
    key = python("-c", program).stdout.strip()

    assert python("manage.py", "check", **(KEYS | {"FIELD_ENCRYPTION_KEYS": key})).returncode == 0


def test_refuses_a_malformed_field_key_without_showing_it():
    keys = f"{KEYS['FIELD_ENCRYPTION_KEYS']},not-a-key"
    result = python("manage.py", "check", **(KEYS | {"FIELD_ENCRYPTION_KEYS": keys}))

    assert result.returncode == 1
    assert "Key 2 of FIELD_ENCRYPTION_KEYS" in result.stderr
    assert "not-a-key" not in result.stderr


def test_starts_without_keys_with_debug_on():
    assert python("manage.py", "check", DEBUG="on").returncode == 0


def test_reads_the_env_file_with_comments_and_leading_dollar_signs(tmp_path):
    file = tmp_path / "env"
    file.write_text(
        f"SECRET_KEY='$ecret#{'x' * 50}'\n"
        f"FIELD_ENCRYPTION_KEYS={KEYS['FIELD_ENCRYPTION_KEYS']}  # newest first\n"
        "TIME_ZONE=Europe/Berlin # of the office\n"
        "DATABASE_URL=\n"
        "Q_WORKERS=\n"
    )
    read = settings("SECRET_KEY", "TIME_ZONE", "Q_WORKERS", ENV_FILE=str(file))

    assert read == {
        "SECRET_KEY": f"$ecret#{'x' * 50}",
        "TIME_ZONE": "Europe/Berlin",
        "Q_WORKERS": 1,
    }


def test_the_environment_wins_over_the_env_file(tmp_path):
    file = tmp_path / "env"
    file.write_text("TIME_ZONE=Europe/Berlin\n")

    assert settings("TIME_ZONE", ENV_FILE=str(file), TIME_ZONE="Asia/Tokyo", **KEYS) == {
        "TIME_ZONE": "Asia/Tokyo"
    }


@pytest.mark.parametrize(
    ("environment", "https"),
    [
        ({}, False),
        ({"ALLOWED_HOSTS": "localhost,127.0.0.1"}, False),
        ({"ALLOWED_HOSTS": "books.example.org"}, True),
        ({"ALLOWED_HOSTS": "localhost,books.example.org"}, True),
        ({"ALLOWED_HOSTS": "books.example.org", "HTTPS": "off"}, False),
        ({"ALLOWED_HOSTS": "books.example.org", "DEBUG": "on"}, False),
    ],
)
def test_https_is_required_as_soon_as_another_host_is_answered(environment, https):
    read = settings(
        "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", **KEYS, **environment
    )

    assert set(read.values()) == {https}


def test_sqlite_is_the_default_and_safe_for_several_processes():
    database = settings("DATABASES", **KEYS)["DATABASES"]["default"]

    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == str(ROOT / "var" / "zohosync.sqlite3")
    assert database["OPTIONS"] == {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    assert database["TEST"]["NAME"].endswith(".sqlite3")


def test_postgresql_by_address_with_an_escaped_password():
    url = "postgres://books:p%40ss%2Fword@db.example.org:5433/zohosync"
    database = settings("DATABASES", DATABASE_URL=url, **KEYS)["DATABASES"]["default"]

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["PASSWORD"], database["PORT"]) == ("p@ss/word", 5433)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    assert database["ATOMIC_REQUESTS"] is False


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_a_waiting_job_is_not_delivered_twice(workers):
    cluster = settings("Q_CLUSTER", Q_WORKERS=str(workers), **KEYS)["Q_CLUSTER"]

    waiting = -(-2 // workers)
    assert cluster["retry"] > cluster["timeout"] * (1 + waiting)
    assert cluster["orm"] == "default"


def test_commands_start_with_a_second_cluster_named():
    assert python("manage.py", "check", Q_CLUSTER_NAME="bulk", **KEYS).returncode == 0


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"Q_BROKER": "rabbit"}, "Q_BROKER is orm or redis"),
        ({"Q_BROKER": "redis"}, "needs REDIS_URL"),
        ({"PUBLIC_URL": "sync.example.org"}, "PUBLIC_URL is 'sync.example.org'"),
        ({"DATABASE_URL": "mysql://root@127.0.0.1/x"}, "DATABASE_URL must name PostgreSQL"),
    ],
)
def test_refuses_what_it_cannot_work_with(environment, advice):
    result = python("manage.py", "check", **KEYS, **environment)

    assert result.returncode == 1
    assert advice in result.stderr


@pytest.mark.parametrize(
    ("package", "environment"),
    [
        ("sentry_sdk", {"SENTRY_DSN": "https://key@errors.example.org/1"}),
        ("redis", {"Q_BROKER": "redis", "REDIS_URL": "redis://127.0.0.1:6379/0"}),
    ],
)
def test_names_the_optional_package_that_is_missing(package, environment):
    program = f"import sys; sys.modules[{package!r}] = None; import zohosync.settings"
    result = python("-c", program, **KEYS, **environment)

    assert result.returncode == 1
    assert ".venv/bin/pip install" in result.stderr.splitlines()[-1]


def test_env_example_names_every_variable_of_the_settings():
    names = {"SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DATABASE_URL", "FIELD_ENCRYPTION_KEYS"} | {
        "Q_BROKER", "REDIS_URL", "Q_WORKERS", "SANDBOX_URL", "TIME_ZONE", "EMAIL_URL", "SENTRY_DSN",
        "HTTPS", "PROXIES", "VAR_DIR", "LOG_LEVEL", "LOG_FORMAT",
        "LEASE_SECONDS", "ANSWER_LOST_AFTER", "PUBLIC_URL",
    }  # fmt: skip
    example = (ROOT / ".env.example").read_text()

    assert {name for name in names if f"{name}=" in example} == names


def test_a_fresh_env_file_has_keys_and_is_kept(tmp_path):
    file = tmp_path / ".env"
    assert python("-m", "zohosync.env_file", str(file)).returncode == 0
    written = file.read_text()
    assert python("-m", "zohosync.env_file", str(file)).returncode == 0

    assert file.read_text() == written
    assert file.stat().st_mode & 0o777 == 0o600
    assert python("manage.py", "check", ENV_FILE=str(file)).returncode == 0


def test_mail_is_from_the_address_of_the_environment():
    said = settings("DEFAULT_FROM_EMAIL", **KEYS, DEFAULT_FROM_EMAIL="Books <office@example.org>")
    assert said["DEFAULT_FROM_EMAIL"] == "Books <office@example.org>"
    assert "DEFAULT_FROM_EMAIL" in (ROOT / "docs" / "operators.md").read_text()
