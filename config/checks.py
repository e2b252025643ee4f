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
