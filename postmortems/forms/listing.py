"""The filters of the list of post-mortems, as they stand in its address."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Severity, State
from postmortems.models import Service
from postmortems.models.choices import choices
from postmortems.selectors.listing import Query

PERIOD = re.compile(r"(?P<year>(?:19|20|21)[0-9]{2})(?:-Q(?P<quarter>[1-4]))?", re.ASCII)
LAST_PAGE = 10_000


class ListFilterForm(forms.Form):
    """Every field may be empty; one that makes no sense narrows nothing, and its error says so."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    state = forms.ChoiceField(label=_("State"), choices=choices(State), required=False)
    severity = forms.ChoiceField(label=_("Severity"), choices=choices(Severity), required=False)
    service = forms.ChoiceField(label=_("Service"), required=False)
    period = forms.CharField(label=_("Period"), max_length=7, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    late = forms.BooleanField(label=_("Late"), required=False)
    page = forms.IntegerField(label=_("Page"), min_value=1, max_value=LAST_PAGE, required=False)

    def __init__(self, data: Mapping[str, Any], services: Iterable[Service]) -> None:
        super().__init__(data, auto_id="filter_%s")
        field: Any = self.fields["service"]
        field.choices = [(str(service.pk), service.name) for service in services]

    def clean_period(self) -> tuple[date, date] | None:
        """A year (``2026``) or a quarter (``2026-Q3``): its first and its last day."""
        written = self.cleaned_data["period"]
        if not written:
            return None
        match = PERIOD.fullmatch(written)
        if match is None:
            raise ValidationError(_("Write a year such as 2026, or a quarter such as 2026-Q3."), "period")
        year, quarter = int(match["year"]), match["quarter"]
        first = 3 * int(quarter) - 2 if quarter else 1
        last = 3 * int(quarter) if quarter else 12
        after = date(year + last // 12, last % 12 + 1, 1)
        return date(year, first, 1), after - timedelta(days=1)

    def clean_page(self) -> int:
        """The first page when none is asked for."""
        number: int | None = self.cleaned_data["page"]
        return number or 1

    def ignored(self) -> list[tuple[str, str]]:
        """The label and the value of each filter that made no sense."""
        return [(str(self[name].label), self.data.get(name, "")) for name in self.errors]

    def query(self) -> Query:
        """What is left to narrow the list by."""
        data = self.cleaned_data
        first, last = data.get("period") or (None, None)
        service = data.get("service")
        return Query(
            words=data.get("q", ""),
            state=data.get("state", ""),
            severity=data.get("severity", ""),
            service=int(service) if service else None,
            since=data.get("since") or first,
            until=data.get("until") or last,
            late=data.get("late", False),
        )
