"""System checks of the project, beside Django's own."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def no_demo_in_production(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn about accounts whose password everybody knows."""
    if not settings.DEMO:
        return []
    return [
        checks.Warning(
            "DEMO lets anybody sign in with the demo accounts.",
            hint="Remove DEMO from the environment.",
            id="config.W001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def proxies_are_counted(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where HTTPS ends at a proxy of which the settings know nothing."""
    if settings.TRUSTED_PROXIES or not settings.SECURE_SSL_REDIRECT:
        return []
    return [
        checks.Warning(
            "Behind a proxy everybody shares one limit of sign-in attempts.",
            hint="Set TRUSTED_PROXIES to the number of proxies in front, such as 1.",
            id="config.W002",
        )
    ]
