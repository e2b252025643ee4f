"""ASGI entry point."""

import os

from config.env import plain_refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with plain_refusals():
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()
