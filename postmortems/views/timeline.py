"""The timeline: adding a line, pasting many, and the chart above them."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from postmortems.domain.document import Section, State
from postmortems.domain.status import Ability
from postmortems.forms.paste import PasteForm
from postmortems.forms.timeline import EventForm, QuickEntryForm
from postmortems.messages import describe_limit, describe_not_editable, section_url
from postmortems.permissions import access_postmortem
from postmortems.services.changes import LimitReached, NotEditable
from postmortems.services.paste import accept_paste
from postmortems.services.review import evaluate_now
from postmortems.services.rows import add_rows
from postmortems.views.requests import SignedInRequest
from postmortems.views.rows import ROW, Place
from postmortems.views.workspace import figures, page

QUICK = "postmortems/sections/timeline.html#quick"
HEAD = "postmortems/sections/timeline.html#head"
PASTE = "postmortems/timeline_paste.html"


@require_http_methods(["GET", "HEAD", "POST"])
def quick_entry(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Adds the event of one line. With htmx the answer is its row and the form for the next one."""
    place = Place(request, access_postmortem(request.user, identifier), EventForm)
    if request.method != "POST":
        place.access.require(Ability.EDIT)
        last = EventForm.stored(place.postmortem).filter(deleted_at__isnull=True).last()
        zone = ZoneInfo(place.postmortem.incident.zone)
        day = last.at.astimezone(zone).date() if last else None
        return _quick_answer(place, QuickEntryForm(postmortem=place.postmortem, day=day, focused=True), 200)
    refusal = place.refusal()
    lines = str(request.POST.get("line", "")).strip()
    if "\n" in lines and not request.htmx:
        # Without script the one-line field takes several lines: they are not merged into one event.
        data = request.POST.copy()
        data["text"] = lines
        pasted = PasteForm(data, postmortem=place.postmortem)
        return _paste_page(place, pasted, readable=pasted.is_valid())
    form = QuickEntryForm(request.POST, postmortem=place.postmortem, focused=True)
    valid = form.is_valid()
    try:
        if refusal:
            raise refusal
        if valid:
            add_rows([form.event], actor=request.user)
    except NotEditable as error:
        form.add_error(None, describe_not_editable(State(str(error))))
        return _quick_answer(place, form, 409)
    except LimitReached as error:
        form.add_error(None, describe_limit(error.limit))
    except ValidationError as error:
        form.add_error(None, error)
    if form.errors:
        return _quick_answer(place, form, 422)
    if not request.htmx:
        for doubt in form.doubts:
            messages.warning(request, doubt)
        return redirect(place.section_url(form.event))
    html = render_to_string(ROW, place.context(row=form.event), request)
    html += render_to_string(QUICK, place.context(quick=form.following()), request)
    return trigger_client_event(HttpResponse(html), "document-changed", {})


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: SignedInRequest, identifier: str) -> HttpResponse:
    """A chat or a log: its rows are shown first, and added when they are accepted. All or none."""
    place = Place(request, access_postmortem(request.user, identifier), EventForm)
    if request.method != "POST":
        place.access.require(Ability.EDIT)
        return _paste_page(place, PasteForm(postmortem=place.postmortem))
    refusal = place.refusal()
    form = PasteForm(request.POST, postmortem=place.postmortem)
    valid = form.is_valid()
    readable = not form.errors.keys() - {"source"}
    status = 200
    try:
        if refusal:
            raise refusal
        if valid and "add" in request.POST and form.corrected:
            events = form.events()
            accept_paste(place.postmortem, events, form.note(), actor=request.user)
            sentence = ngettext("%(count)d event added.", "%(count)d events added.", len(events))
            messages.success(request, sentence % {"count": len(events)})
            return redirect(place.section_url())
    except NotEditable as error:
        form.add_error(None, describe_not_editable(State(str(error))))
        status = 409
    except LimitReached as error:
        form.add_error(None, describe_limit(error.limit))
    except ValidationError as error:
        form.add_error(None, error.messages)
    return _paste_page(
        place, form, readable=readable, status=status if not form.errors or status == 409 else 422
    )


@require_safe
def strip(request: SignedInRequest, identifier: str) -> HttpResponse:
    """What stands above the rows and follows from them: the chart and the durations."""
    access = access_postmortem(request.user, identifier)
    if not request.htmx:
        return redirect(section_url(access.postmortem, Section.TIMELINE))
    standing = evaluate_now(access.postmortem.pk)
    context = {
        "postmortem": access.postmortem,
        "document": standing.document,
        "report": standing.report,
        "measures": figures(standing.document),
    }
    return render(request, HEAD, context)


def _quick_answer(place: Place, form: QuickEntryForm, status: int) -> HttpResponse:
    """The form alone, or without htmx in its section."""
    if place.request.htmx:
        return render(place.request, QUICK, place.context(quick=form), status=status)
    standing = evaluate_now(place.postmortem.pk)
    context = {**page(place.access, standing, Section.TIMELINE), "quick": form}
    return render(place.request, "postmortems/workspace.html", context, status=status)


def _paste_page(place: Place, form: PasteForm, *, readable: bool = False, status: int = 200) -> HttpResponse:
    """The page of the paste, with its rows once the text can be read, whatever else is wrong."""
    context: dict[str, Any] = place.context(form=form, preview=readable, section_url=place.section_url())
    if readable and not form.result.rows:
        context["preview"] = False
        form.add_error("text", _("No line begins with a time, as in “14:35 a user reports a blocked order”."))
        status = 422 if status == 200 else status
    return render(place.request, PASTE, context, status=status)
