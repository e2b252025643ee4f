from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    name = "actions"
    verbose_name = _("Corrective actions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The workspace finds the form of a row by its kind, once the module has registered it.
        from actions import forms  # noqa: F401, PLC0415
