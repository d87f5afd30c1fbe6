"""Logging: secrets are taken out of every line before a handler sees it."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

REDACTED = "[redacted]"

_SECRETS_ARE_CALLED = (
    r"access_token|refresh_token|id_token|client_secret|password|passwd|secret_key|api_key|apikey"
    r"|webhook_key|field_encryption_keys?|authorization|cookie|sessionid|csrftoken"
)

_PATTERNS = (
    # Authorization headers, as text, as a dict's repr and as JSON, whatever the scheme.
    re.compile(
        r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)"
        r"(?:(?:zoho-oauthtoken|bearer|basic|token)\s+)?[^\s\"',;}&]+"
    ),
    re.compile(r"(?i)((?:zoho-oauthtoken|bearer)\s+)[^\s\"',;}&]+"),
    # name=value, name: value, "name": "value"; JSON and dict reprs with their quotes.
    re.compile(
        rf"(?i)(\b(?:{_SECRETS_ARE_CALLED})[\"']?\s*[:=]\s*)"
        r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s\"',;&}\])]+)"
    ),
    # user:password@ in an address.
    re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)"),
)
_SECRET_NAME = re.compile(rf"(?i)\b(?:{_SECRETS_ARE_CALLED})\b")
# Zoho's access, refresh and grant tokens: 1000.<32 hex>.<32 hex>
# https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token.html
_ZOHO_TOKEN = re.compile(r"\b1000\.[0-9A-Za-z]{8,}(?:\.[0-9A-Za-z]{8,})?")


def redact(text: str) -> str:
    """The text without tokens, Authorization headers, client secrets and passwords."""
    text = _ZOHO_TOKEN.sub(REDACTED, text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text


def _redact_within(value: Any) -> Any:
    """The same nest of dicts and lists, redacted; what has a secret's name is replaced whole."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            key: REDACTED if _SECRET_NAME.search(str(key)) else _redact_within(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redact_within(item) for item in value]
    return value


class RedactSecrets(logging.Filter):
    """Stands on every handler: rewrites message, arguments and traceback, drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            # Formatters take exc_text where it is set, so the traceback is rendered only here.
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, message, process, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """The value of Django's LOGGING: one handler on standard error, redacted; form text or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redact": {"()": "zohosync.logs.RedactSecrets"}},
        "formatters": {
            "text": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": "zohosync.logs.JsonFormatter"},
        },
        "handlers": {
            "standard_error": {
                "class": "logging.StreamHandler",
                "filters": ["redact"],
                "formatter": form,
            },
        },
        "root": {"handlers": ["standard_error"], "level": level},
        # These come with handlers of their own, which would bypass the filter.
        "loggers": {
            **{
                name: {"handlers": [], "level": level, "propagate": True}
                for name in ("django", "django.server", "django-q", "gunicorn.error")
            },
            # A line for every sign-in, which is in the database anyway.
            "axes": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def report_errors_to_sentry(dsn: str) -> None:
    """Send unhandled errors to Sentry, redacted and without personal data.

    Raises ImproperlyConfigured when the package, which is not among our requirements, is missing.
    """
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set but the package is missing: .venv/bin/pip install sentry-sdk"
        ) from error

    def without_secrets(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
        cleaned: dict[str, Any] = _redact_within(event)
        return cleaned

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_secrets,
    )
