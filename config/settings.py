"""Settings of every installation; what differs between two of them comes from the environment."""

from pathlib import Path
from urllib.parse import urlsplit

from config import logs
from config.env import EVERYWHERE, Environment, local_url, refusal, url_host

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = Environment()

# --- What the operator decides ---------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO", default=DEBUG)
"""Whether demo accounts, whose password everybody knows, may exist."""

SECRET_KEY = env.secret(
    "SECRET_KEY",
    default="not-a-secret-only-for-trying-the-application-on-one-machine" if DEBUG else "",
    example="$(openssl rand -base64 48)",
)
if not SECRET_KEY:
    raise refusal("SECRET_KEY", "is required unless DEBUG=1", "$(openssl rand -base64 48)")

HOST = env.host("HOST", "127.0.0.1")
"""Host name or IP address that ``manage.py serve`` listens on."""
PORT = env.integer("PORT", 8000, minimum=1, maximum=65_535)

BASE_URL = env.web_address(
    "BASE_URL", local_url(HOST, PORT) if DEBUG else "", example="https://postmortems.example.org"
)
"""Address under which people reach the installation; links in mails and exports start with it."""

_address = urlsplit(BASE_URL)
_secure = _address.scheme == "https"
_host = url_host(_address.hostname or "")
if _address.path:
    raise refusal(
        "BASE_URL", "has a path; pages are served at the root of a host", "https://postmortems.example.org"
    )
ALLOWED_HOSTS = [_host, *env.hosts("ALLOWED_HOSTS")]
if DEBUG and not env.text("ALLOWED_HOSTS"):
    # Whoever tries it on all addresses of a machine may call the machine by any name.
    _everywhere = HOST in EVERYWHERE and not env.text("BASE_URL")
    ALLOWED_HOSTS += ["*"] if _everywhere else ["localhost", "127.0.0.1", "[::1]"]
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, minimum=0, maximum=9)
"""How many proxies every request passes; what they say about its client and its scheme is believed."""

ORGANISATION = env.text("ORGANISATION")
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
DEADLINE_DAYS = env.integer("DEADLINE_DAYS", 5, minimum=1, maximum=90)
DEADLINE_CALENDAR = env.choice("DEADLINE_CALENDAR", "calendar", ("calendar", "business"))
HOLIDAYS = env.dates("HOLIDAYS")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))

# --- Application -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.SiteConfig",
    "postmortems.apps.PostmortemsConfig",
    "actions.apps.ActionsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    # Both are always installed, so that the schema does not depend on the environment.
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "config.middleware.RequestLogMiddleware",
    "config.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.UserLanguageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.SignInMiddleware",
    "config.middleware.NotFoundMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
        },
    }
]

# --- Data ------------------------------------------------------------------------------------------

DATABASES = {"default": env.database(default=f"sqlite:///{VAR_DIR / 'sansblame.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Attachments have no address of their own: a view that checks access serves them.
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The longest text that the domain accepts (100,000 characters) fits in UTF-8 and URL encoding; a
# larger file goes through the upload handlers, which write it to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- Languages -------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "postmortems" / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True

# --- Accounts --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "postmortems.User"
AUTHENTICATION_BACKENDS = ["config.auth.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 3600

ACCOUNT_ADAPTER = "config.auth.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "config.forms.SignInForm",
    "change_password": "config.forms.ChangePasswordForm",
    "set_password": "config.forms.SetPasswordForm",
    "reset_password": "config.forms.ResetPasswordForm",
    "reset_password_from_key": "config.forms.ResetPasswordKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Nothing tells a stranger, not even by mail, which addresses have an account.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "10/m/ip,3/10m/key",
    "reset_password_from_key": "10/m/ip",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SESSION_COOKIE_AGE = 14 * 24 * 3600

SOCIALACCOUNT_ADAPTER = "config.auth.SocialAccountAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
# The operator's own provider is trusted: a verified address signs in to the account of that address.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

OIDC_ISSUER = env.text("OIDC_ISSUER")
OIDC_NAME = env.text("OIDC_NAME", "Single sign-on")
_client_id = env.text("OIDC_CLIENT_ID")
_client_secret = env.secret("OIDC_CLIENT_SECRET", example="the-secret-that-the-provider-gave")
if OIDC_ISSUER:
    OIDC_ISSUER = env.web_address("OIDC_ISSUER", "", example="https://id.example.org/realms/main")
    if not _client_id:
        raise refusal("OIDC_CLIENT_ID", "is required with OIDC_ISSUER", "sans-blame")
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": OIDC_NAME,
                    "client_id": _client_id,
                    "secret": _client_secret,
                    "settings": {"server_url": OIDC_ISSUER},
                }
            ],
        }
    }
elif _client_id or _client_secret:
    _given = "OIDC_CLIENT_ID" if _client_id else "OIDC_CLIENT_SECRET"
    raise refusal("OIDC_ISSUER", f"is required with {_given}", "https://id.example.org/realms/main")

# --- Mail ------------------------------------------------------------------------------------------

_mail = env.mail("console:" if DEBUG else "smtp://localhost:25", sender=f"sans-blame@{_host}")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _mail["EMAIL_FILE_PATH"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail["DEFAULT_FROM_EMAIL"]

# --- Security --------------------------------------------------------------------------------------

CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]
# Scripts read the token from the cookie: one signed in again in another tab is a new token.
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _secure
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_SSL_REDIRECT = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# --- Logs ------------------------------------------------------------------------------------------

LOGGING = logs.configuration(LOG_LEVEL, readable=DEBUG)
