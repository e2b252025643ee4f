"""What staff administer: accounts, services, the organisation, severities."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Severity
from postmortems.forms.fields import ZoneField, name_empty_choice
from postmortems.models import Organisation, Service, SeverityDescription, User
from postmortems.services.accounts import refuse_taken_email
from postmortems.services.organisation import refuse_taken_name


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account. ``actor`` is who fills the form in: staff cannot lock themselves out."""

    class Meta:
        model = User
        fields = ("email", "display_name", "language", "time_zone", "is_staff", "is_active")
        field_classes = {"time_zone": ZoneField}
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "display_name": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        labels = {"is_staff": _("Staff"), "is_active": _("Active")}
        help_texts = {
            "language": "",
            "email": _("The login. Invitations and reminders go there."),
            "is_active": _("A deactivated account cannot sign in; what it wrote stays."),
        }

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        name_empty_choice(self, language=_("As the browser asks"))
        if self.instance._state.adding:
            del self.fields["is_active"]

    def clean_email(self) -> str:
        """Addresses are kept in lower case, and each has one account."""
        email: str = self.cleaned_data["email"].strip().lower()
        refuse_taken_email(email, self.instance)
        return email

    def clean_is_staff(self) -> bool:
        """Staff who removed themselves might leave nobody to put them back."""
        staff: bool = self.cleaned_data["is_staff"]
        if self.instance == self.actor and not staff:
            raise ValidationError(_("You cannot take staff rights from yourself. Ask other staff."), "self")
        return staff

    def clean_is_active(self) -> bool:
        """As for staff rights."""
        active: bool = self.cleaned_data["is_active"]
        if self.instance == self.actor and not active:
            raise ValidationError(_("You cannot deactivate your own account. Ask other staff."), "self")
        return active


class NewAccountForm(AccountForm):
    """An account to create, with an invitation where people sign in by password."""

    invite = forms.BooleanField(
        label=_("Send an invitation to choose a password"),
        required=False,
        initial=True,
        help_text=_("Not needed by somebody who signs in through single sign-on."),
    )


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A service that incidents can touch."""

    class Meta:
        model = Service
        fields = ("name", "active")
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        """Each service has a name of its own."""
        name: str = self.cleaned_data["name"]
        refuse_taken_name(name, self.instance)
        return name


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The installation's own settings; what is left empty follows the environment."""

    class Meta:
        model = Organisation
        fields = ("name", "language", "deadline_days", "deadline_calendar", "holidays")
        widgets = {"holidays": forms.Textarea(attrs={"rows": 6})}
        labels = {"name": _("Name"), "holidays": _("Holidays")}
        help_texts = {
            "deadline_days": _("Counted from the end of the incident."),
            "holidays": _("Days without work, one date a line, such as 2026-12-25."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choice(
            self,
            language=_("The language of whoever starts them"),
            deadline_calendar=_("As the environment says"),
        )

    def clean_holidays(self) -> str:
        """One ISO date a line, sorted, each once. The error names every line that is not one."""
        days: set[date] = set()
        errors = []
        for number, line in enumerate(self.cleaned_data["holidays"].splitlines(), 1):
            if not line.strip():
                continue
            try:
                days.add(date.fromisoformat(line.strip()))
            except ValueError:
                message = _("Line %(number)d, “%(line)s”, is not a date. Write it as 2026-12-25.")
                errors.append(ValidationError(message, "date", {"number": number, "line": line.strip()[:40]}))
        if errors:
            raise ValidationError(errors)
        return "\n".join(day.isoformat() for day in sorted(days))


class SeveritiesForm(forms.Form):
    """What each severity means here, in both languages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for severity in Severity:
            for language, label in (("fr", _("In French")), ("en", _("In English"))):
                column: Any = SeverityDescription._meta.get_field(f"description_{language}")
                line = forms.Textarea(attrs={"class": "line", "rows": 1, "data-line": ""})
                self.fields[f"{severity}_{language}"] = column.formfield(label=label, widget=line)

    def rows(self) -> list[tuple[Severity, forms.BoundField, forms.BoundField]]:
        """The two fields of each severity."""
        return [(severity, self[f"{severity}_fr"], self[f"{severity}_en"]) for severity in Severity]

    def descriptions(self) -> dict[Severity, tuple[str, str]]:
        """What was filled in: French, English."""
        data = self.cleaned_data
        return {severity: (data[f"{severity}_fr"], data[f"{severity}_en"]) for severity in Severity}
