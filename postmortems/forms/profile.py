"""What a person sets for themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postmortems.forms.fields import ZoneField, name_empty_choice
from postmortems.models import User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, language of the interface, time zone."""

    class Meta:
        model = User
        fields = ("display_name", "language", "time_zone")
        field_classes = {"time_zone": ZoneField}
        widgets = {"display_name": forms.TextInput(attrs={"autocomplete": "name"})}
        error_messages = {"display_name": {"required": _("Write the name that others will see.")}}
        help_texts = {
            "display_name": _("How others see you on pages and in exported documents."),
            "language": "",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choice(self, language=_("As the browser asks"))
