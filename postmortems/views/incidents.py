"""Declaring an incident, its facts, and starting its post-mortem."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from postmortems.domain.document import Language, Section, Severity
from postmortems.forms.incidents import SEVERITIES, IncidentForm, StartForm
from postmortems.forms.stamps import StampForm, saved_values
from postmortems.models import Incident, Postmortem, User
from postmortems.permissions import visible_incidents
from postmortems.selectors.history import FACTS_PAGE, incident_history, last_change
from postmortems.selectors.organisation import (
    load_organisation,
    organisation_name,
    severity_descriptions,
)
from postmortems.services.changes import Stale
from postmortems.services.incidents import (
    AlreadyStarted,
    declare_incident,
    edit_incident,
    start_postmortem,
)
from postmortems.views.requests import SignedInRequest

AND_START = "start"


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: SignedInRequest) -> HttpResponse:
    """Declare an incident, and in the same step start its post-mortem."""
    data = request.POST if request.method == "POST" else None
    facts = IncidentForm(
        data,
        initial={"zone": request.user.time_zone},
        now=timezone.now(),
        descriptions=severity_descriptions(get_language() or "en"),
    )
    start = _start_form(data, request.user)
    if data is not None:
        starting = data.get("then") == AND_START
        sound = [form.is_valid() for form in ([facts, start] if starting else [facts])]
        if all(sound):
            with transaction.atomic():
                incident = _declare(facts, request.user)
                if starting:
                    return _begin(request, incident, start)
            messages.success(request, _("The incident is declared."))
            return redirect("postmortems:incident", incident.pk)
    return render(
        request,
        "postmortems/incident_form.html",
        {"facts": facts, "start": start, "forms": [facts, start], "directory": start.directory},
        status=200 if data is None else 422,
    )


@require_safe
def incident(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Show the facts of an incident that has no post-mortem yet; with one, lead to it."""
    found = _visible(request.user, identifier)
    if postmortem := _postmortem(found):
        return redirect("postmortems:read", postmortem.pk)
    descriptions = {**SEVERITIES, **severity_descriptions(get_language() or "en")}
    return render(
        request,
        "postmortems/incident.html",
        {
            "incident": found,
            "severity": descriptions[Severity(found.severity)],
            "services": list(found.services.all()),
            "history": incident_history(found),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def incident_edit(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Change the facts of an incident that has no post-mortem yet.

    A save from a page that no longer shows what is stored answers 409 with both.
    """
    seen = last_change(FACTS_PAGE, incident=identifier)
    found = _visible(request.user, identifier)
    data = request.POST if request.method == "POST" else None
    started = _postmortem(found)
    if started and data is None:
        return redirect("postmortems:properties", started.pk)
    stamp, facts = StampForm(data, initial={"seen": seen}), _facts_form(found, data)
    status, saved = 200 if data is None else 422, None
    if data is not None and facts.is_valid():
        try:
            edit_incident(
                facts.changed(),
                actor=request.user,
                services=facts.cleaned_data["services"],
                seen=stamp.shown,
            )
        except Stale:
            stamp = StampForm(initial={"seen": last_change(FACTS_PAGE, incident=identifier)})
            found = _visible(request.user, identifier)
            started = _postmortem(found)
            status, saved = 409, saved_values(facts, _facts_form(found))
        else:
            messages.success(request, _("Saved."))
            return redirect("postmortems:incident", found.pk)
    return render(
        request,
        "postmortems/incident_form.html",
        {
            "incident": found,
            "started": started,
            "stamp": stamp,
            "facts": facts,
            "forms": [facts],
            "saved": saved,
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def postmortem_start(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Start the post-mortem of an incident that was declared without one."""
    found = _visible(request.user, identifier)
    if postmortem := _postmortem(found):
        return redirect("postmortems:read", postmortem.pk)
    data = request.POST if request.method == "POST" else None
    start = _start_form(data, request.user)
    if data is not None and start.is_valid():
        return _begin(request, found, start)
    return render(
        request,
        "postmortems/incident_form.html",
        {"incident": found, "start": start, "forms": [start], "directory": start.directory},
        status=200 if data is None else 422,
    )


def _visible(user: User, identifier: str) -> Incident:
    return get_object_or_404(visible_incidents(user).select_related("postmortem"), pk=identifier)


def _postmortem(found: Incident) -> Postmortem | None:
    return getattr(found, "postmortem", None)


def _facts_form(incident: Incident, data: QueryDict | None = None) -> IncidentForm:
    descriptions = severity_descriptions(get_language() or "en")
    return IncidentForm(data, instance=incident, now=timezone.now(), descriptions=descriptions)


def _start_form(data: QueryDict | None, user: User) -> StartForm:
    organisation = load_organisation()
    initial = {
        "language": organisation.language or get_language() or Language.ENGLISH,
        "organisation": organisation_name(organisation),
    }
    return StartForm(data, user=user, initial=initial)


def _declare(facts: IncidentForm, user: User) -> Incident:
    filled = facts.changed()
    return declare_incident(
        actor=user,
        title=filled.title,
        severity=Severity(filled.severity),
        zone=filled.zone,
        started_at=filled.started_at,
        detected_at=filled.detected_at,
        restored_at=filled.restored_at,
        services=facts.cleaned_data["services"],
        public=filled.public,
    )


def _begin(request: SignedInRequest, incident: Incident, start: StartForm) -> HttpResponse:
    """Starts the post-mortem; where somebody else was first, leads to theirs."""
    chosen = start.cleaned_data
    try:
        postmortem = start_postmortem(
            actor=request.user,
            incident=incident,
            language=Language(chosen["language"]),
            people=start.people(),
            organisation=chosen["organisation"],
            visibility=chosen["visibility"],
        )
    except AlreadyStarted:
        messages.info(request, _("Somebody else started this post-mortem a moment ago."))
        return redirect("postmortems:incident", incident.pk)
    if chosen.get("leave"):
        messages.success(request, _("The post-mortem is started, with the people you named."))
        return redirect("postmortems:home")
    return redirect("postmortems:section", postmortem.pk, Section.SUMMARY)
