import json
import logging

import pytest
from django.conf import settings

from zohosync.logs import JsonFormatter, RedactSecrets, redact

ACCESS = "1000.8cb99dxxxxxxxxxxxxx9be93.9b8xxxxxxxxxxxxxxxf"
SECRET = "hush5af31c0e"


@pytest.mark.parametrize(
    "line",
    [
        f"refreshed to {ACCESS}",
        f"Authorization: Zoho-oauthtoken {SECRET}",
        f"{{'Authorization': 'Zoho-oauthtoken {SECRET}', 'Accept': '*/*'}}",
        f'{{"authorization": "Bearer {SECRET}"}}',
        f"Bearer {SECRET}",
        f"POST /oauth/v2/token?refresh_token={SECRET}&client_id=1",
        f"client_secret={SECRET}&grant_type=refresh_token",
        f'{{"client_secret": "{SECRET}", "x": 1}}',
        f"{{'password': '{SECRET}'}}",
        f"password={SECRET}",
        f"postgres://books:{SECRET}@db.example.org/zohosync",
        f"Cookie: sessionid={SECRET}",
    ],
)
def test_a_secret_does_not_reach_a_line(line):
    redacted = redact(line)

    assert SECRET not in redacted
    assert ACCESS not in redacted
    assert "[redacted]" in redacted


@pytest.mark.parametrize(
    "line",
    [
        "run 12: read 1000.50, created 3",
        'books answered 400 {"code": 3062, "message": "The customer already exists."}',
        "GET /books/v3/contacts?page=2&per_page=200",
        "paid 1000.00000000 EUR"[:14],
    ],
)
def test_an_ordinary_line_is_left_as_it_is(line):
    assert redact(line) == line


def record(*arguments: object, message: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, arguments, exc_info)


def test_arguments_are_redacted_too():
    line = record(SECRET, 7, message="client_secret=%s after %d tries")
    RedactSecrets().filter(line)

    assert line.getMessage() == "client_secret=[redacted] after 7 tries"


def test_tracebacks_are_redacted_in_both_formats():
    try:
        raise ValueError(f"refresh_token={SECRET}")
    except ValueError as error:
        line = record(message="failed", error=error)
    RedactSecrets().filter(line)

    as_json = json.loads(JsonFormatter().format(line))
    as_text = logging.Formatter().format(line)
    assert "refresh_token=[redacted]" in as_json["traceback"]
    assert "refresh_token=[redacted]" in as_text
    assert SECRET not in as_text + json.dumps(as_json)


def test_every_handler_redacts():
    assert all("redact" in handler["filters"] for handler in settings.LOGGING["handlers"].values())
    assert not any(logger["handlers"] for logger in settings.LOGGING["loggers"].values())


@pytest.mark.parametrize("name", ["django.request", "django.server", "django-q", "gunicorn.error"])
def test_packages_write_through_the_redacting_handler(name):
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.propagate and logger.parent is not None:
        assert logger.handlers == []
        logger = logger.parent

    assert logger is logging.getLogger()
