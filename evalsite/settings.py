"""Settings, read from the environment alone; `.env.example` lists every name."""

import re
import secrets
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from evalsite.core.logs import configure_structlog, log_format
from evalsite.local.paths import paths

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

LOCAL = paths()
VAR_DIR = LOCAL.var


def _secret_key() -> str:
    """The key given, else the one that the one-machine stack keeps, else none."""
    if given := env.str("SECRET_KEY", default=""):
        return given
    kept = VAR_DIR / "secret_key"
    return kept.read_text().strip() if kept.exists() else ""


DEBUG = env.bool("DEBUG", default=False)
KEPT_SECRET_KEY = _secret_key()
# A command without a kept key gets one that ends with it: what it signs nobody can use, and nobody can forge.
SECRET_KEY = KEPT_SECRET_KEY or secrets.token_urlsafe(50)
# Earlier keys, with which encrypted secrets and links can still be read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# How many reverse proxies a request passes; each must append to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.str('PORT', default='') or 8000}").rstrip(
    "/"
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "evalsite.core.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "allauth",
    "evalsite.accounts.apps.AccountConfig",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "evalsite.core",
    "evalsite.accounts",
    "evalsite.webhooks",
    "evalsite.api",
    "generation",
    "generation.training_data",
    "annotations",
    "analysis",
    "evalsite.site",
]

MIDDLEWARE = [
    "evalsite.core.middleware.RequestIds",
    "django.middleware.security.SecurityMiddleware",
    "evalsite.core.statics.CompressedStatics",
    "evalsite.core.middleware.PageHeaders",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "evalsite.core.middleware.StaffSessions",
    "django.middleware.locale.LocaleMiddleware",
    "evalsite.core.middleware.HostCheck",
    "evalsite.core.middleware.BodyLimits",
    "django.middleware.csrf.CsrfViewMiddleware",
    "evalsite.core.middleware.StaffAuthentication",
    "evalsite.core.account_events.ActorMiddleware",
    "evalsite.core.middleware.StaffMessages",
    "evalsite.accounts.middleware.StaffAccounts",
    "evalsite.accounts.middleware.RequireSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "evalsite.core.middleware.RequestLog",
    "annotations.desk.staff_guard.RefuseTeam",
]

SILENCED_SYSTEM_CHECKS = [
    # HSTS for subdomains and preloading concern a whole domain, which is for its owner to decide.
    "security.W005",
    "security.W021",
]

ROOT_URLCONF = "evalsite.urls"
WSGI_APPLICATION = "evalsite.wsgi.application"

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
                "django.template.context_processors.i18n",
                "evalsite.core.views.display",
                "generation.access.roles",
            ],
        },
    }
]

# The owner of the tables changes them, and everything else works with the rights in evalsite/core/grants.py.
# Without DATABASE_OWNER_URL, DATABASE_URL is for both.
OWNER_COMMANDS = {"migrate", "apply_grants", "flush", "backup", "restore", "test"}
_urls = [env.str(name, default="") for name in ("DATABASE_URL", "DATABASE_OWNER_URL")]
if _urls[1] and not _urls[0]:
    raise ImproperlyConfigured("DATABASE_OWNER_URL is set: set DATABASE_URL too, for the application's role.")
if not _urls[0]:
    _urls = [LOCAL.database_url, LOCAL.database_owner_url]
_application, _owner = (env.db_url_config(url) for url in (_urls[0], _urls[1] or _urls[0]))
APPLICATION_ROLE: str = _application.get("USER", "")
TWO_DATABASE_ROLES = _owner.get("USER", "") != APPLICATION_ROLE
DATABASES = {"default": _owner if OWNER_COMMANDS & {*sys.argv[1:2]} else _application}
# Long enough that a rater seldom waits for a new connection and its prepared statements.
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# The statements in annotations/desk/queries.py ask to be prepared; all others are sent as they are.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "sesame.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "staff-login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "staff-login"

# A staff link signs in once and ends after a day.
SESAME_ONE_TIME = True
SESAME_MAX_AGE = 24 * 3600
# Accounts: https://docs.allauth.org. There is no sign-up; people are invited.
ACCOUNT_ADAPTER = "evalsite.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
# The key of a password is account and client address, so that a stranger can't lock out anyone; that of a
# code is the account, for it takes the password to get there.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "100/h/ip,10/h/key",
    "reset_password": "20/h/ip,5/h/key",
    "second_factor": "10/15m/key",
}
MFA_ADAPTER = "evalsite.accounts.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {"reauthenticate": "evalsite.accounts.forms.CodeForm"}
MFA_TOTP_ISSUER = "evalsite"
# Seconds by which a telephone's clock may be off: codes of the period before and after count too.
MFA_TOTP_TOLERANCE = 1
# A passkey belongs to a domain: on 127.0.0.1 and localhost only authenticator apps are offered.
PASSKEYS = SECURE and not re.fullmatch(r"https://(localhost|[\d.]+|\[.*\])(:\d+)?", PUBLIC_URL)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if PASSKEYS else [])]
# Whether admins and team owners must set up a second factor before they can do anything else.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
# Links to choose a password with, in invitations and after a request for a new one.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

# Sign-in with an OpenID Connect provider, for people who have an account here with the same verified address.
SOCIALACCOUNT_ADAPTER = "evalsite.accounts.adapters.OpenIDAdapter"
OIDC_NAME = env.str("OIDC_NAME", default="OpenID Connect")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": env.str("OIDC_ISSUER")},
            }
        ]
        if env.str("OIDC_CLIENT_ID", default="")
        else [],
    }
}
# A link and not a form: the policy of our pages forbids forms that lead to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True
# Counts of failed sign-ins, and codes that have been used, are the same for all web processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
CSRF_FAILURE_VIEW = "evalsite.core.views.csrf_failure"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True
# Hashed names are known when the server starts, also with DEBUG: start it again after a change.
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "evalsite.core.statics.HashedFiles"},
}

# Strict: no inline script or style anywhere, nothing from elsewhere.
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}
# Not `no-referrer`: browsers then send `Origin: null` with every form, and Django refuses that.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
if SECURE:
    # Browsers take a cookie of such a name only from this very host, by https and for all its addresses.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
# Probes ask by plain http, past the proxy.
SECURE_SSL_REDIRECT, SECURE_REDIRECT_EXEMPT = SECURE, [r"^(?:healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=30 * 24 * 3600) if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_HTTPONLY = True
# Staff sign in again after this time.
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # also the limit of evalsite.core.middleware.BodyLimits
# A page that asks about all raters of a study names each of them.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Without EMAIL_HOST no mail is sent, and pages offer links to download instead.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="evalsite@localhost")
MAILERS: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
}
if mail_host := env.str("EMAIL_HOST", default=""):
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": mail_host,
            "port": env.int("EMAIL_PORT", default=25),
            "username": env.str("EMAIL_HOST_USER", default=""),
            "password": env.str("EMAIL_HOST_PASSWORD", default=""),
            "use_tls": env.bool("EMAIL_USE_TLS", default=False),
            "use_ssl": env.bool("EMAIL_USE_SSL", default=False),
            "timeout": env.int("EMAIL_TIMEOUT", default=30),
        },
    }

REST_FRAMEWORK = {
    # The first one decides that a stranger gets 401 and is asked for a token.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "evalsite.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["evalsite.api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["evalsite.api.authentication.TokenRate"],
    "DEFAULT_PARSER_CLASSES": ["evalsite.api.parsers.Json"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "evalsite.api.schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is 405: the schema describes each operation.
    "DEFAULT_FILTER_BACKENDS": ["evalsite.api.input.Filters"],
    "DEFAULT_PAGINATION_CLASS": "evalsite.api.pagination.Pages",
    "EXCEPTION_HANDLER": "evalsite.api.errors.handle",
}
# Requests that one API token may make in a minute.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
SPECTACULAR_SETTINGS = {
    "TITLE": "evalsite",
    "DESCRIPTION": "Programs prepare, run and evaluate studies. Send `Authorization: Bearer TOKEN`. Sealed "
    "studies show only their progress: reports and tables return 403 with the reason until two people have "
    "unblinded the study on its page. No endpoint exposes entries, pairings, slots or single judgments.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "analysis.api_schema.add_report_schema",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "annotations.models.Study.State",
        "ReportState": "analysis.models.Report.State",
        "ReportKind": "analysis.models.Report.Kind",
        "RaterKind": "annotations.models.Rater.Kind",
        "Language": [("en", "en"), ("zh", "zh")],
        "RunState": "generation.models.Run.State",
        "RunKind": "generation.models.Run.Kind",
        "SystemKind": "generation.systems.api.KINDS",
    },
}

# PostgreSQL holds the truth; the broker only wakes workers, so a message that is lost costs a delay.
BROKER_URL = env.str("BROKER_URL", default=LOCAL.broker_url)
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
# Kilobytes. A process that a report has made big is replaced after its task.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 250_000
CELERY_TASK_SOFT_TIME_LIMIT = 3500
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"analysis.*": {"queue": "analysis"}, "generation.work_engine": {"queue": "gpu"}}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 4000, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
    if BROKER_URL.startswith(("redis", "valkey"))
    else {"confirm_publish": True}
)
# A sweep that no worker takes in time is dropped: the next one does the same.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "analysis.sweep", "schedule": 30.0, "options": {"queue": "default", "expires": 30}},
    "erase expired data": {"task": "annotations.erase_expired", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL.run / "beat-schedule")
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}

# The id of RequestIds, which replaces the one of the client.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
# An address names a person.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# Workers log as the rest of the site does; `--loglevel` of Celery still holds.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
configure_structlog()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": log_format(env.str("LOG_FORMAT", default="json" if SECURE else "plain"))},
    "filters": {
        "short_outages": {"()": "evalsite.core.logs.ShortOutages"},
        "no_links": {"()": "evalsite.core.logs.HideSecrets"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "filters": ["short_outages", "no_links"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

# Whether lists name the shipped `fake-*` systems, which answer with canned scenes. `make run` turns this on.
SHOW_FAKE_SYSTEMS = env.bool("SHOW_FAKE_SYSTEMS", default=DEBUG)

# Whether staff may enter addresses of private networks for models and webhooks. `make run` turns this on.
# API_KEYS_FILE is read by `generation.backends.keys`.
ALLOW_INTERNAL_ADDRESSES = env.bool("ALLOW_INTERNAL_ADDRESSES", default=DEBUG)

# What a Prometheus server sends to read /metrics. Without it, only private addresses may.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# The folder whose newest `*.backup` file /metrics reports the age of.
BACKUP_FOLDER = env.str("BACKUP_FOLDER", default="")

# Whether each person who unblinds a study with human raters gives a fresh authenticator code or passkey:
# `required` or `off`. Off by default only on the one-machine stack of `make run`, which has no DATABASE_URL.
UNBLIND_SECOND_FACTOR = env.str(
    "UNBLIND_SECOND_FACTOR", default="required" if env.str("DATABASE_URL", default="") else "off"
)
if UNBLIND_SECOND_FACTOR not in ("required", "off"):
    raise ImproperlyConfigured(
        f"UNBLIND_SECOND_FACTOR is {UNBLIND_SECOND_FACTOR!r}. Fix: set it to required or off."
    )

# Whether a browser that is signed in as a member of a study's team may open its raters' addresses. `make run`
# turns this on, because there one person is both.
STAFF_MAY_JUDGE = env.bool("STAFF_MAY_JUDGE", default=DEBUG)

# How many new seats one client address can take in an hour through a study's shared recruiting address.
RECRUITING_SEATS_PER_HOUR = env.int("RECRUITING_SEATS_PER_HOUR", default=5)

# How long a rater's hold on a slot lasts without a save.
LEASE_MINUTES = env.int("LEASE_MINUTES", default=90)

# A time-stamping authority (RFC 3161) for the head of the audit trail, asked once an hour; none by default.
TIMESTAMP_URL = env.str("TIMESTAMP_URL", default="")

# Public keys of `age`, one or more: `manage.py backup` encrypts for each of them.
BACKUP_AGE_RECIPIENT = env.list("BACKUP_AGE_RECIPIENT", default=[])

# Days after which `manage.py erase_expired` erases personal data, once an hour; 0 keeps it. Contact data of
# raters counts from the closing of a study, their profiles and words from its unblinding.
RETENTION_DAYS_RATER_CONTACT = env.int("RETENTION_DAYS_RATER_CONTACT", default=0)
RETENTION_DAYS_RATER_WORDS = env.int("RETENTION_DAYS_RATER_WORDS", default=0)
RETENTION_DAYS_SIGN_INS = env.int("RETENTION_DAYS_SIGN_INS", default=0)
