"""Settings of the one Django project. What a county changes comes from the environment or its pack."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from shaodao.faces.accounts.rates import Rates
from shaodao.run import home, logs, postgres

PACKAGE = Path(__file__).resolve().parent.parent
DATA = home.data_folder()

SECRET_KEY = home.secret("secret_key")
PHONE_HASH_KEY = home.secret("phone_key")  # keyed look-up of telephone numbers; never in the database
DEBUG = os.environ.get("SHAODAO_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("SHAODAO_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
TRUSTED_PROXIES = int(os.environ.get("SHAODAO_PROXIES", "0"))  # reverse proxies of ours in front
HTTPS = os.environ.get("SHAODAO_HTTPS") == "1"
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("SHAODAO_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "shaodao.ground.ledger",
    "shaodao.ground.files",
    "shaodao.ground.messages",
    "shaodao.county.people",
    "shaodao.county.pack",
    "shaodao.centre.cases",
    "shaodao.centre.dispatch",
    "shaodao.centre.intake",
    "shaodao.centre.answers",
    "shaodao.centre.rehearsal",
    "shaodao.centre.topics",
    "shaodao.centre.publishing",
    "shaodao.centre.scores",
    "shaodao.centre.briefings",
    "shaodao.centre.supervision",
    "shaodao.centre.shifts",
    "shaodao.centre.pressing",
    "shaodao.centre.discipline",
    "shaodao.centre.bundles",
    "shaodao.centre.likeness",
    "shaodao.ports.delivery",
    "shaodao.faces",
    "shaodao.faces.api",
]

MIDDLEWARE = [
    "shaodao.run.middleware.request_id",
    "shaodao.run.middleware.caller_address",
    "shaodao.run.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shaodao.faces.language.chosen",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shaodao.faces.accounts.idle.idle_sign_out",
    "shaodao.faces.refusals.in_words",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "shaodao.run.urls"
WSGI_APPLICATION = "shaodao.run.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "faces" / "templates"],  # ours before the libraries'
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shaodao.faces.context.shell",
            ]
        },
    }
]

# Database: the application is one role, migrations are another (`--database=owner`).


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgresql://")
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _embedded(role: str, password: str) -> dict[str, Any]:
    return {
        "NAME": os.environ.get("SHAODAO_DATABASE", postgres.DATABASE),
        "USER": role,
        "PASSWORD": home.secret(password),
        "HOST": str(postgres.Unit(DATA).socket),
        "PORT": postgres.PORT,
        "OPTIONS": {},
    }


_URL = os.environ.get("DATABASE_URL")
EMBEDDED_DATABASE = not _URL
_default = _from_url(_URL) if _URL else _embedded(postgres.APP, "db_app_password")
_owner = (
    _from_url(os.environ.get("DATABASE_OWNER_URL") or _URL)
    if _URL
    else _embedded(postgres.OWNER, "db_owner_password")
)
_engine = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_engine,
        **_default,
        "ENGINE": "shaodao.ground.postgresql",
        "OPTIONS": {
            **_default["OPTIONS"],
            # Statements that come again stay prepared on their connection: half the cost of an intake.
            "server_side_binding": True,
            "prepare_threshold": 3,
            "pool": {"min_size": 1, "max_size": int(os.environ.get("SHAODAO_POOL", "16")), "timeout": 10},
        },
    },
    "owner": {**_engine, **_owner},
}
DATABASE_APP_ROLE = DATABASES["default"]["USER"]  # for migrations that REVOKE rights on their tables
DATABASE_OWNER_ROLE = DATABASES["owner"]["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who one is

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 60  # at the latest; the pack may sign idle staff out earlier
SESSION_SAVE_EVERY_REQUEST = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "work"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "shaodao.faces.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = Rates()
ACCOUNT_FORMS = {
    "login": "shaodao.faces.accounts.forms.SignIn",
    "reauthenticate": "shaodao.faces.accounts.forms.PasswordAgain",
    "change_password": "shaodao.faces.accounts.forms.NewPassword",
    "reset_password_from_key": "shaodao.faces.accounts.forms.FirstPassword",
}
MFA_ADAPTER = "shaodao.faces.accounts.adapter.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # there are no mail addresses
MFA_TOTP_TOLERANCE = 1  # phones' clocks are half a minute off
MFA_FORMS = {
    "authenticate": "shaodao.faces.accounts.forms.SecondFactor",
    "reauthenticate": "shaodao.faces.accounts.forms.SecondFactorAgain",
    "activate_totp": "shaodao.faces.accounts.forms.SetUpSecondFactor",
}

# What counts attempts to sign in must be seen by every web process and survive a restart; it is written by
# little else, so a table does.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "faces_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Words and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Browser and network

if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"  # addresses of whistles are secrets: they never leave in a Referer
X_FRAME_OPTIONS = "DENY"
MAP_TILES = os.environ.get("SHAODAO_MAP_TILES", "")  # `faces.tiles`; empty: the county's own shapes only
MAP_KEY = os.environ.get("SHAODAO_MAP_KEY", "")
MAP_CREDIT = os.environ.get("SHAODAO_MAP_CREDIT", "")  # source and 审图号, shown on maps with tiles

# Files

FILES_STORE = os.environ.get("SHAODAO_FILES", "")  # a bucket, `s3://bucket/prefix`; empty: a folder of DATA
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shaodao.run.statics.Statics"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = logs.configuration(os.environ.get("SHAODAO_LOG", "lines"))
