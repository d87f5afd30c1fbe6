"""The settings the tests run with: the product's own, on test keys and a database of their own.

DATABASE_URL from the environment chooses the database; .env is left alone.
"""

import os

os.environ["ENV_FILE"] = ""
os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "0" * 45)
os.environ.setdefault("FIELD_ENCRYPTION_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")
for _name in (
    "DEBUG",
    "ALLOWED_HOSTS",
    "HTTPS",
    "Q_BROKER",
    "SENTRY_DSN",
    "EMAIL_URL",
    "PROXIES",
    "PORT",
    "PUBLIC_URL",
    "VAR_DIR",
):
    os.environ.pop(_name, None)

from zohosync.settings import *  # noqa: E402, F403
from zohosync.settings import (  # noqa: E402
    DATABASES,
    INSTALLED_APPS,
    ON_SQLITE,
    STATIC_ROOT,
    VAR_DIR,
)

# For its `flush`, which may empty tables of evidence.
INSTALLED_APPS = [*INSTALLED_APPS, "tests"]

# A name of its own for each run, so that two runs on one machine do not meet.
_database = DATABASES["default"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
if ON_SQLITE:
    _database["TEST"] = {"NAME": str(VAR_DIR / f"test-{os.getpid()}.sqlite3")}
else:
    _database["TEST"] = {"NAME": f"test_zohosync_{os.getpid()}"}
    # What a test leaves need not outlive the server.
    _database.setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"

# Hashed file names need collectstatic; fast hashing, as users are made for nearly every test.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
