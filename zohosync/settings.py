"""Django's settings, all from the environment (docs/operators.md lists the variables)."""

import math
import os
from pathlib import Path

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from zohosync import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.escape_proxy = True  # a value may begin with a dollar sign, written \$
ENV_FILE = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE, parse_comments=True)
# Set to nothing, as in .env.example, counts as not set; a comment leaves blanks behind a value.
env.ENVIRON = {name: value.strip() for name, value in os.environ.items() if value.strip()}

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()  # files of our own
DEBUG = env.bool("DEBUG", default=False)

# Secrets -------------------------------------------------------------------------------------

# Not through env(), to which a leading dollar sign would name another variable.
SECRET_KEY = env.ENVIRON.get("SECRET_KEY", "")
if not SECRET_KEY and DEBUG:
    SECRET_KEY = "for-development-only-" + "0" * 40
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Make one with\n"
        '  python3 -c "import secrets; print(secrets.token_urlsafe(50))"\n'
        "and put it into .env or the environment (DEBUG=on does without, for development only)."
    )

FIELD_ENCRYPTION_KEYS = [
    key.strip() for key in env.ENVIRON.get("FIELD_ENCRYPTION_KEYS", "").split(",") if key.strip()
]
_NEW_KEY = (
    "Make one with\n"
    "  python3 -c "
    '"import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"\n'
    "and put it into .env or the environment, newest first where there are several. "
    "What was stored with a key can only be read with that key: keep it with the backups."
)
if not FIELD_ENCRYPTION_KEYS and DEBUG:
    FIELD_ENCRYPTION_KEYS = ["ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw="]
if not FIELD_ENCRYPTION_KEYS:
    raise ImproperlyConfigured(f"FIELD_ENCRYPTION_KEYS is not set. {_NEW_KEY}")
for _number, _key in enumerate(FIELD_ENCRYPTION_KEYS, start=1):
    try:
        Fernet(_key)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"Key {_number} of FIELD_ENCRYPTION_KEYS is not a Fernet key. {_NEW_KEY}"
        ) from error

# Addresses and transport ---------------------------------------------------------------------

THIS_MACHINE = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=THIS_MACHINE)
# How many proxies of ours stand in front; their X-Forwarded-* headers are believed, no others.
PROXIES = env.int("PROXIES", default=0)
# Off only where nobody but this machine is answered, or where it is switched off by name.
HTTPS = env.bool("HTTPS", default=not DEBUG and not set(ALLOWED_HOSTS) <= set(THIS_MACHINE))

# Where the apps reach this site from outside, to tell of changes; empty: they are not asked to.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
if PUBLIC_URL and not PUBLIC_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(
        f"PUBLIC_URL is {PUBLIC_URL!r}; it needs the whole address, such as "
        "https://sync.example.org."
    )
# Where a sandbox on this machine reaches it; PORT is the port it is served at.
LOCAL_URL = f"http://127.0.0.1:{env.int('PORT', default=8000)}"

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False  # the pages' scripts read it
CSRF_FAILURE_VIEW = "zohosync.failures.not_accepted"

# The admin's scripts evaluate expressions in attributes, hence 'unsafe-eval'; nothing else is
# loosened. form-action also binds the redirect that answers a form: leave for another site by link.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}

# Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",  # before django.contrib.admin and the packages it restyles
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "zohosync.apps.PagesConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "auditlog",
    "csp",
    "django_q",
    "mappings",
    "integrations",
    "reports",
    "import_export",  # behind reports, whose command export takes the place of this package's
    "zohosync",  # last: re-registers the admins of the packages above
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zohosync.urls"
WSGI_APPLICATION = "zohosync.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zohosync.context.organisations",
                "zohosync.context.writing",
            ],
        },
    },
]

# Database ------------------------------------------------------------------------------------

_DATABASE_URL = env.str("DATABASE_URL", default="")
if not _DATABASE_URL:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    _DATABASE_URL = f"sqlite:///{VAR_DIR / 'zohosync.sqlite3'}"
DATABASES = {"default": env.db_url_config(_DATABASE_URL)}
_database = DATABASES["default"]
# No transaction spans a remote call, so none spans a request either.
_database |= {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
ON_SQLITE = _database["ENGINE"] == "django.db.backends.sqlite3"
if ON_SQLITE:
    _database["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # A file and not memory: a sync's lease is renewed by a thread with its own connection.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
elif _database["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured(
        "DATABASE_URL must name PostgreSQL (postgres://user:password@host:5432/name) or SQLite "
        "(sqlite:////absolute/path.sqlite3)."
    )

# Workers -------------------------------------------------------------------------------------

# SQLite has one writer, so a second worker would mostly wait for the first.
Q_WORKERS = env.int("Q_WORKERS", default=1 if ON_SQLITE else 2)
_JOB_SECONDS = 600  # a job is a slice of about a minute
# A fetched job waits behind others in the worker's memory while its lock is already running:
# retry > timeout x (1 + ceil(2 / workers)), or a waiting job is delivered a second time.
_RETRY_SECONDS = _JOB_SECONDS * (1 + math.ceil(2 / Q_WORKERS)) + 300

Q_CLUSTER = {
    "name": "main",
    "label": "Queue",
    "workers": Q_WORKERS,
    "queue_limit": 1,
    "bulk": 1,
    "timeout": _JOB_SECONDS,
    "retry": _RETRY_SECONDS,
    "ack_failures": True,  # the sync's own row decides whether it is tried again
    "max_attempts": 1,
    "save_limit": 0,  # keeps all; pruned by a job, since pruning on every save costs four times
    "catch_up": False,
    "recycle": 200,
    "max_rss": 400_000,  # kB
    "poll": 0.5,
    "guard_cycle": 1,
    # The key must exist, or Q_CLUSTER_NAME makes every command fail with a KeyError.
    "ALT_CLUSTERS": {
        "bulk": {"workers": 1, "timeout": 3300, "retry": 10_800, "queue_limit": 1},
    },
}
Q_BROKER = env.str("Q_BROKER", default="orm")
if Q_BROKER == "orm":
    Q_CLUSTER["orm"] = "default"
elif Q_BROKER == "redis":
    if not env.str("REDIS_URL", default=""):
        raise ImproperlyConfigured("Q_BROKER=redis needs REDIS_URL (redis://host:6379/0).")
    try:
        import redis  # noqa: F401
    except ImportError as error:
        raise ImproperlyConfigured(
            "Q_BROKER=redis needs the package redis: .venv/bin/pip install redis"
        ) from error
    Q_CLUSTER["redis"] = env.str("REDIS_URL")
else:
    raise ImproperlyConfigured(f"Q_BROKER is orm or redis, not {Q_BROKER!r}.")

# For tests and support only. Seconds for which a worker holds a sync without renewing its claim,
# and after which a request that got no answer cannot still be under way at the other side.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=15.0)
ANSWER_LOST_AFTER = env.float("ANSWER_LOST_AFTER", default=65.0)

# Sign-in and history -------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# The pair, so that a stranger's guesses do not lock out a whole office, or one person everywhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False  # no line at the start of every command
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "zohosync/locked_out.html"
AXES_IPWARE_PROXY_COUNT = PROXIES or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXIES else ["REMOTE_ADDR"]
)
AUDITLOG_INCLUDE_ALL_MODELS = False  # settings and users are registered where they are declared

# Pages, files, mail, time --------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"
UNFOLD = {
    "SITE_TITLE": "zohosync",
    "SITE_HEADER": "zohosync",
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "zohosync.look.favicon"}],
    "STYLES": ["zohosync.look.style_sheet"],
    "SIDEBAR": {"navigation": "zohosync.look.sidebar"},
    "DASHBOARD_CALLBACK": "reports.views.on_start_page",
}

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

globals().update(env.email_url_config(env.str("EMAIL_URL", default="consolemail://")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="zohosync@localhost")

# The products' stand-in ----------------------------------------------------------------------

SANDBOX_URL = env.str("SANDBOX_URL", default="http://127.0.0.1:9400")

# Logs and errors -----------------------------------------------------------------------------

LOGGING = logs.configuration(
    level=env.str("LOG_LEVEL", default="INFO"),
    form=env.str("LOG_FORMAT", default="text"),
)
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    logs.report_errors_to_sentry(SENTRY_DSN)
