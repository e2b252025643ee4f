"""WSGI entry point."""

import os

from config.env import plain_refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with plain_refusals():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
