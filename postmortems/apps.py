from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostmortemsConfig(AppConfig):
    name = "postmortems"
    verbose_name = _("Post-mortems")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A page finds the form of a row by its kind, once the module has registered it.
        from postmortems.forms import annexes, causes, timeline  # noqa: F401, PLC0415
