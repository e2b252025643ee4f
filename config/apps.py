"""The composition root as a Django application: it owns the launch command and the checks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Loads the system checks of the project."""

    name = "config"
    label = "site"

    def ready(self) -> None:
        """Register the checks."""
        from config import checks  # noqa: F401, PLC0415 - importing registers them
