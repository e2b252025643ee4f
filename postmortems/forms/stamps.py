"""What a page showed when somebody began to type, and what is stored when that is no longer true."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from postmortems.forms.fields import PeopleField, PersonField

NOTHING = -1


class StampForm(forms.Form):
    """The last change that a page shows, hidden in it. The services refuse to save over a later one."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def shown(self) -> int:
        """What the page showed; where it does not say, a number that no change has."""
        return self.cleaned_data["seen"] if self.is_valid() else NOTHING


def saved_values(typed: forms.BaseForm, stored: forms.BaseForm) -> list[tuple[str, str]]:
    """What is stored where it differs from what somebody typed, as (label, value)."""
    words = ((str(field.label), _words(field), _words(typed[field.name])) for field in stored)
    return [(label, saved) for label, saved, mine in words if saved != mine]


def _words(bound: forms.BoundField) -> str:
    """The value of a field as people read it."""
    field: Any = bound.field
    value = bound.value()
    if isinstance(field, PersonField | PeopleField) and bound.form.is_bound:
        people = bound.form.cleaned_data[bound.name]
        value = [field.directory.written(person.user) if person.user else person.name for person in people]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field.widget, forms.MultiWidget) and not isinstance(value, list):
        value = field.widget.decompress(value)
    parts = value if isinstance(value, list) else str("" if value is None else value).splitlines()
    labels = {str(key): str(text) for key, text in getattr(field, "choices", ())}
    return ", ".join(labels.get(str(part), str(part)) for part in parts if part)
