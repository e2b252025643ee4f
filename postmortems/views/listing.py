"""The list of post-mortems."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from postmortems.domain.document import Severity, State
from postmortems.forms.listing import ListFilterForm
from postmortems.messages import describe_clock
from postmortems.models import Service
from postmortems.models.choices import choices, label
from postmortems.selectors.listing import Entry, list_postmortems
from postmortems.selectors.organisation import deadline_policy
from postmortems.views.requests import SignedInRequest

NAMES = ("q", "state", "severity", "service", "period", "since", "until", "late")
ANY = 12 * "0"
"""Stands for an identifier in an address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter: the address that chooses it, or leaves it when it is chosen already."""

    text: str
    query: str
    chosen: bool


@require_safe
def postmortem_list(request: SignedInRequest) -> HttpResponse:
    """Every post-mortem that the person may read, newest incident first."""
    services = list(Service.objects.all())
    form = ListFilterForm(request.GET, services)
    form.is_valid()
    now = timezone.now()
    chosen = form.cleaned_data
    page = list_postmortems(request.user, form.query(), chosen.get("page", 1), now, deadline_policy())
    kept = {name: request.GET[name] for name in NAMES if name not in form.errors and request.GET.get(name)}
    context = {
        "form": form,
        "lines": _lines(page.entries),
        "page": page,
        "kept": urlencode(kept),
        "filters": _filters(kept, services, now.date()),
        "hidden": [(name, kept[name]) for name in kept if name not in {"q", "since", "until", "period"}],
        "narrowed": bool(kept),
    }
    return render(request, "postmortems/list.html", context)


def _lines(entries: Iterable[Entry]) -> list[dict[str, object]]:
    """The entries as they are shown: a template takes long over what it has to look up or to format."""
    states = {state: str(label(state)) for state in State}
    address = reverse("postmortems:read", args=[ANY])
    return [
        {
            "entry": entry,
            "address": address.replace(ANY, entry.identifier),
            "day": entry.day.isoformat(),
            "date": date_format(entry.day, "SHORT_DATE_FORMAT"),
            "severity": entry.severity.value,
            "state": states[entry.state],
            "services": ", ".join(entry.services),
            "clock": describe_clock(entry.clock) if entry.clock else None,
        }
        for entry in entries
    ]


def _filters(kept: dict[str, str], services: list[Service], today: date) -> list[tuple[str, list[Choice]]]:
    offered = [service for service in services if service.active or kept.get("service") == str(service.pk)]
    return [
        (_("State"), _choices(kept, "state", choices(State))),
        (_("Severity"), _choices(kept, "severity", choices(Severity))),
        (_("Service"), _choices(kept, "service", [(str(service.pk), service.name) for service in offered])),
        (_("Period"), _choices(kept, "period", _periods(today))),
        (_("Late"), _choices(kept, "late", [("1", _("Late post-mortem or action"))])),
    ]


def _choices(kept: dict[str, str], name: str, values: Iterable[tuple[str, object]]) -> list[Choice]:
    dropped = {name, "since", "until"} if name == "period" else {name}
    others = {other: value for other, value in kept.items() if other not in dropped}
    found = []
    for value, text in values:
        if kept.get(name) == value:
            rest = {other: value for other, value in kept.items() if other != name}
            found.append(Choice(str(text), urlencode(rest), True))
        else:
            found.append(Choice(str(text), urlencode({**others, name: value}), False))
    return found


def _periods(today: date) -> list[tuple[str, str]]:
    """This quarter and the one before, this year and the one before."""
    year, quarter = today.year, (today.month - 1) // 3 + 1
    quarters = [(year, quarter), (year, quarter - 1) if quarter > 1 else (year - 1, 4)]
    return [
        *((f"{y}-Q{q}", _("%(year)d-Q%(quarter)d") % {"year": y, "quarter": q}) for y, q in quarters),
        *((str(y), str(y)) for y in (year, year - 1)),
    ]
