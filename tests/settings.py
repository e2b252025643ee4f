"""Settings for tests and type checks: the project's own, read from a known environment."""

import os

VARIABLES = (
    "ALLOWED_HOSTS BASE_URL DATABASE_URL_FILE DEADLINE_ DEBUG DEMO EMAIL_URL HOLIDAYS HOST "
    "LOG_LEVEL OIDC_ ORGANISATION PORT SECRET_KEY TIME_ZONE TRUSTED_PROXIES"
)
for name in list(os.environ):
    if name.startswith(tuple(VARIABLES.split())):
        del os.environ[name]
os.environ.update(
    SECRET_KEY="only-for-tests-and-long-enough-to-sign-with-it", BASE_URL="http://testserver", DEMO="1"
)

from config.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
