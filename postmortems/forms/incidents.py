"""Facts of an incident, and what its post-mortem starts with."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Language, Severity
from postmortems.domain.times import AmbiguousTime, NonExistentTime, localise
from postmortems.forms.fields import (
    FoldField,
    LocalMomentField,
    ZoneField,
    ambiguous_time,
    local_pair,
    skipped_time,
)
from postmortems.forms.people import RolesForm
from postmortems.models import Incident, Postmortem, Service
from postmortems.models.choices import choices

SEVERITIES: dict[Severity, str | Promise] = {
    Severity.P1: _("Critical: a main service is down, or data is at risk"),
    Severity.P2: _("Major: a main service is degraded for many users"),
    Severity.P3: _("Moderate: some users are affected, or there is a way around it"),
    Severity.P4: _("Minor: hardly anybody notices"),
}
"""What the severities mean where staff have not said so."""

MOMENTS = ("started_at", "detected_at", "restored_at")


class ServicesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Some of the services. Nobody chooses a key that SQLite cannot hold, but anybody may send one."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list") from None


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an incident is: everything but its times, which belong to the timeline once there is one.

    ``descriptions`` say what the severities mean in this installation; fields in ``locked`` are
    shown and cannot be changed.
    """

    class Meta:
        model = Incident
        fields = ("title", "severity", "zone", "services", "public")
        field_classes = {"zone": ZoneField, "services": ServicesField}
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "severity": forms.RadioSelect,
            "services": forms.CheckboxSelectMultiple,
        }
        error_messages = {
            "title": {"required": _("Give the incident a title: what failed, as users saw it.")},
            "severity": {"required": _("Choose a severity. It can be changed later.")},
        }
        help_texts = {
            "title": _("What failed, as users saw it: “Checkout unavailable”."),
            "public": _("Visible outside the organisation. A public incident requires a post-mortem."),
        }

    def __init__(
        self,
        *args: Any,
        descriptions: dict[Severity, str] | None = None,
        locked: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        lock(self, locked)
        self._offered: list[tuple[int, str]] | None = None
        self.descriptions = {**SEVERITIES, **(descriptions or {})}
        offered = Q(active=True)
        if not self.instance._state.adding:
            offered |= Q(incidents=self.instance)
        services: Any = self.fields["services"]
        services.queryset = Service.objects.filter(offered).distinct()
        services.choices = self._service_choices

    def _service_choices(self) -> list[tuple[int, str]]:
        """Read once, and only when the form is shown."""
        if self._offered is None:
            services: Any = self.fields["services"]
            self._offered = [(service.pk, service.name) for service in services.queryset]
        return self._offered

    def severity_cards(self) -> Iterator[tuple[Any, str | Promise]]:
        """Each severity's radio button, and what the severity means."""
        for radio in self["severity"]:
            severity = radio.data["value"]
            if severity:
                yield radio, self.descriptions[Severity(severity)]


class IncidentForm(FactsForm):
    """The facts of an incident without a post-mortem: also when it began, was detected and ended.

    ``now`` is the aware present. After cleaning, the moments are UTC instants. One that the
    change of clocks makes ambiguous is asked about; one left as it was is kept without asking.
    """

    started_at = LocalMomentField(label=_("Start of impact"), help_text=_("When users began to feel it."))
    detected_at = LocalMomentField(label=_("Detected"), help_text=_("When somebody, or an alert, noticed."))
    restored_at = LocalMomentField(label=_("Restored"), help_text=_("When users no longer felt it."))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.known = {name: getattr(self.instance, name) for name in MOMENTS}
        self.known_zone = self.instance.zone
        for name, instant in self.known.items():
            self.initial[name] = local_pair(instant, self.known_zone)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        zone = data.get("zone")
        if not zone:
            return data
        for name in MOMENTS:
            if data.get(name):
                data[name] = self._instant(name, data[name], zone)
        for index, name in enumerate(MOMENTS):
            for earlier in MOMENTS[:index]:
                if data.get(name) and data.get(earlier) and data[name] < data[earlier]:
                    before = data[earlier].astimezone(ZoneInfo(zone))
                    message = _("This is before “%(earlier)s” (%(time)s). Correct one of the two.")
                    params = {
                        "earlier": self.fields[earlier].label,
                        "time": date_format(before, "SHORT_DATETIME_FORMAT"),
                    }
                    self.add_error(name, ValidationError(message, "order", params))
                    break
        return data

    def moments(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """Each moment, with the question which of two instants it is where that has to be asked."""
        asked = [f"{name}_fold" for name in MOMENTS]
        return [
            (self[name], self[fold] if fold in self.fields else None)
            for name, fold in zip(MOMENTS, asked, strict=True)
        ]

    def changed(self) -> Incident:
        """The incident with everything that was filled in, not saved."""
        for name in MOMENTS:
            setattr(self.instance, name, self.cleaned_data[name])
        incident: Incident = self.instance
        return incident

    def _instant(self, name: str, pair: tuple[date, time], zone: str) -> datetime | None:
        known: datetime | None = self.known[name]
        if known and zone == self.known_zone and pair == local_pair(known, zone):
            return known
        try:
            instant = localise(*pair, zone)
        except NonExistentTime as error:
            self.add_error(name, skipped_time(error, zone))
            return None
        except AmbiguousTime as error:
            chosen = self._ask(name, error)
            if chosen is None:
                return None
            instant = chosen
        if instant > self.now:
            message = _("This is in the future: in %(zone)s it is %(now)s. Correct the date or the time.")
            present = self.now.astimezone(ZoneInfo(zone))
            params = {"zone": zone, "now": date_format(present, "SHORT_DATETIME_FORMAT")}
            self.add_error(name, ValidationError(message, "future", params))
        return instant

    def _ask(self, name: str, error: AmbiguousTime) -> datetime | None:
        field = f"{name}_fold"
        self.fields[field] = FoldField(error)
        chosen = self.data.get(self.add_prefix(field))
        if chosen in {"0", "1"}:
            return error.candidates[int(chosen)]
        self.add_error(field, ambiguous_time())
        return None


def language_field() -> forms.ChoiceField:
    """The choice of the document's language, without an empty one."""
    return forms.ChoiceField(
        label=_("Language"),
        choices=choices(Language),
        widget=forms.RadioSelect,
        help_text=_("Of the document: its headings, dates and numbers."),
    )


class StartForm(RolesForm, forms.ModelForm):  # type: ignore[type-arg]
    """What a post-mortem starts with: its language, who may see it, who is on it."""

    language = language_field()

    class Meta:
        model = Postmortem
        fields = ("language", "organisation", "visibility")
        widgets = {"visibility": forms.RadioSelect}
        help_texts = {
            "organisation": _("Stands beside the date at the head of the document."),
        }


class PropertiesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The properties of a post-mortem. Fields in ``locked`` are shown and cannot be changed."""

    language = language_field()

    class Meta:
        model = Postmortem
        fields = ("language", "organisation", "visibility", "next_review_on", "next_review_note")
        widgets = {
            "visibility": forms.RadioSelect,
            "next_review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        error_messages = {
            "next_review_on": {"invalid": _("This is not a date. Write it as 2026-11-30.")},
        }
        help_texts = {
            "next_review_on": _("When the team looks again at what became of the actions."),
        }

    def __init__(self, *args: Any, locked: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lock(self, locked)


def lock(form: forms.BaseForm, names: Collection[str]) -> None:
    """Shows fields without letting anybody change them."""
    for name in names:
        form.fields[name].disabled = True
